"""Filters of lists as conditions; codes that are not known are refused."""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypeVar

import strawberry
from tortoise.expressions import Q

import models
from domain import keys, workflow
from domain.errors import DomainError
from domain.permissions import OPEN_REFERRAL
from domain.text import clean_line, fold
from domain.time import now
from graphql_schema.connections import Ordering
from graphql_schema.types.enums import CaseOrderField, Direction
from models.enums import (
    AgencyLevel,
    CaseKind,
    CaseStatus,
    PlaceLevel,
    ReferralStatus,
    ReporterKind,
)

M = TypeVar("M", models.Agency, models.Place)
_MAX_WORDS = 6


def option(description: str) -> Any:
    """An optional input field."""
    return strawberry.field(description=description, default=None)


@strawberry.input(description="Which cases; every given condition must hold.")
class CaseFilter:
    status: list[CaseStatus] | None = option("In one of these.")
    kind: CaseKind | None = option("Request or complaint.")
    reporter_kind: ReporterKind | None = option("Citizen or employee.")
    agency: str | None = option("Code: complaints of this agency or a unit below it.")
    place: str | None = option("Code: in this place or inside it.")
    indicator: str | None = option("Code I1–I8: main indicator, any version.")
    registered_from: datetime | None = option("Registered at or after.")
    registered_before: datetime | None = option("Registered before.")
    updated_from: datetime | None = option("Changed at or after.")
    due_before: datetime | None = option("Clock ends before.")
    overdue: bool | None = option("Whether the clock ran out while the citizen still waits.")
    at_centre: bool | None = option("Whether the national centre holds it.")
    rating_from: int | None = option("Rated at least, 1–5.")
    rating_to: int | None = option("Rated at most, 1–5.")
    search: str | None = option("Words of subject or text; spelling variants are equal.")


@strawberry.input(description="The order of cases; equal ones by age.")
class CaseOrder:
    field: CaseOrderField = strawberry.field(
        description="By what.", default=CaseOrderField.REGISTERED_AT
    )
    direction: Direction = strawberry.field(description="Which way.", default=Direction.DESC)

    def ordering(self) -> Ordering:
        return Ordering(self.field.value, self.direction is Direction.DESC)


@strawberry.input(description="Which referrals; every given condition must hold.")
class ReferralFilter:
    status: list[ReferralStatus] | None = option("In one of these.")
    open: bool | None = option("Whether work is still to be done by the unit or below it.")
    agency: str | None = option("Code: of this unit or one below it.")
    due_before: datetime | None = option("Deadline before.")
    overdue: bool | None = option("Whether the deadline has passed and it is still open.")


_COLUMNS = {
    "kind": "kind",
    "reporter_kind": "reporter_kind",
    "at_centre": "at_centre",
    "indicator": "indicator__code",
    "registered_from": "registered_at__gte",
    "registered_before": "registered_at__lt",
    "updated_from": "updated_at__gte",
    "due_before": "due_at__lt",
    "rating_from": "rating__gte",
    "rating_to": "rating__lte",
}


async def of_cases(given: CaseFilter | None) -> Q:
    """The condition on cases. Raises DomainError unknown for a code that names nothing."""
    if given is None:
        return Q()
    wanted = _direct(given)
    if given.agency is not None:
        wanted &= await _agency(given.agency)
    if given.place is not None:
        wanted &= await _place(given.place)
    if given.overdue is not None:
        overdue = Q(status__in=list(workflow.UNANSWERED), due_at__lt=now(), paused_at__isnull=True)
        wanted &= overdue if given.overdue else ~overdue
    return wanted & _words(given.search)


async def of_referrals(given: ReferralFilter | None) -> Q:
    """The condition on referrals. Raises DomainError unknown for a code that names nothing."""
    if given is None:
        return Q()
    wanted = _direct(given)
    is_open = Q(status__in=list(OPEN_REFERRAL))
    if given.open is not None:
        wanted &= is_open if given.open else ~is_open
    if given.agency is not None:
        wanted &= await _agency(given.agency)
    if given.overdue is not None:
        overdue = is_open & Q(due_at__lt=now())
        wanted &= overdue if given.overdue else ~overdue
    return wanted


async def of_agencies(search: str | None, level: AgencyLevel | None, within: str | None) -> Q:
    """The condition on agencies that take cases."""
    wanted = Q(active=True) & _words(search)
    if level is not None:
        wanted &= Q(level=level)
    if within is not None:
        top = await _known(models.Agency, within, "within")
        wanted &= Q(lineage__startswith=top.lineage)
    return wanted


async def of_places(levels: list[PlaceLevel] | None, within: str | None) -> Q:
    """The condition on places in force."""
    wanted = Q(active=True)
    if levels is not None:
        wanted &= Q(level__in=list(levels))
    if within is not None:
        top = await _known(models.Place, within, "within")
        wanted &= Q(lineage__startswith=top.lineage)
    return wanted


def _words(search: str | None) -> Q:
    """Every word in any spelling."""
    if search is None:
        return Q()
    words = fold(clean_line(search, "search", max=120)).split()[:_MAX_WORDS]
    return Q(*(Q(folded__contains=word) for word in words))


def _direct(given: CaseFilter | ReferralFilter) -> Q:
    values = {lookup: getattr(given, name, None) for name, lookup in _COLUMNS.items()}
    wanted = Q(**{lookup: value for lookup, value in values.items() if value is not None})
    if given.status is not None:
        wanted &= Q(status__in=list(given.status))
    return wanted


async def _agency(code: str) -> Q:
    agency = await _known(models.Agency, code, "agency")
    return Q(agency__lineage__startswith=agency.lineage)


async def _place(code: str) -> Q:
    place = await _known(models.Place, code, "place")
    if place.level is PlaceLevel.PROVINCE:
        return Q(province_id=code)
    if place.level is PlaceLevel.COUNTY:
        return Q(county_id=code)
    return Q(place__lineage__startswith=place.lineage)


async def _known(model: type[M], code: str, field: str) -> M:
    longest = keys.PLACE if model is models.Place else keys.AGENCY
    found = await model.get_or_none(code=keys.code(code, field, longest))
    if found is None:
        raise DomainError("unknown", field)
    return found
