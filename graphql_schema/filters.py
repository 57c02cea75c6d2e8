"""Filters of lists as conditions; codes that are not known are refused."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar

import strawberry
from tortoise.expressions import Q, Subquery

import models
from domain import keys, tracking_code, workflow
from domain.errors import DomainError
from domain.permissions import OPEN_REFERRAL
from domain.text import clean_line, fold
from domain.time import now
from graphql_schema.connections import Ordering
from graphql_schema.limits import MAX_PAGE
from graphql_schema.node import key_of
from graphql_schema.types.enums import CaseOrderField, Direction
from models.enums import (
    AgencyLevel,
    CaseKind,
    CaseStatus,
    Channel,
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
    open: bool | None = option("Whether it has not ended: neither closed nor ended otherwise.")
    kind: CaseKind | None = option("Request or complaint.")
    reporter_kind: ReporterKind | None = option("Citizen or employee.")
    channel: Channel | None = option("How it came in.")
    tracking_codes: list[str] | None = option("One of these, at most 100; unknown ones find none.")
    incident: strawberry.ID | None = option("Global id of the incident it belongs to.")
    agency: str | None = option("Code: complaints of this agency or a unit below it.")
    place: str | None = option("Code: in this place or inside it.")
    indicator: str | None = option("Code I1–I8: main indicator, any version.")
    registered_from: datetime | None = option("Registered at or after.")
    registered_before: datetime | None = option("Registered before.")
    answered_from: datetime | None = option("Answered (this round) at or after.")
    answered_before: datetime | None = option("Answered (this round) before.")
    closed_from: datetime | None = option("Ended at or after.")
    closed_before: datetime | None = option("Ended before.")
    updated_from: datetime | None = option("Changed at or after.")
    updated_before: datetime | None = option("Changed before.")
    due_from: datetime | None = option("Clock ends at or after.")
    due_before: datetime | None = option("Clock ends before.")
    paused: bool | None = option("Whether its clock waits for the citizen's answer.")
    overdue: bool | None = option("Whether the clock ran out while the citizen still waits.")
    has_breach: bool | None = option("Whether the clock of any round ran out.")
    at_centre: bool | None = option("Whether the national centre holds it.")
    reopened: bool | None = option("Whether it was ever reopened.")
    misrouted: bool | None = option("Whether it was ever returned as the wrong agency's.")
    rated: bool | None = option("Whether the citizen has given a verdict on this round.")
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
    unit: str | None = option("Code: of this very unit.")
    case: strawberry.ID | None = option("Global id of the case.")
    case_status: list[CaseStatus] | None = option("Of a case in one of these.")
    top: bool | None = option("Whether it reports to the senior coordinator, not to a unit.")
    created_from: datetime | None = option("Handed over at or after.")
    created_before: datetime | None = option("Handed over before.")
    finished_from: datetime | None = option("Reported, returned or cancelled at or after.")
    finished_before: datetime | None = option("Reported, returned or cancelled before.")
    due_from: datetime | None = option("Deadline at or after.")
    due_before: datetime | None = option("Deadline before.")
    overdue: bool | None = option("Whether the deadline has passed and it is still open.")


_COLUMNS = {
    "kind": "kind",
    "reporter_kind": "reporter_kind",
    "channel": "channel",
    "at_centre": "at_centre",
    "indicator": "indicator__code",
    "unit": "agency__code",
    "rating_from": "rating__gte",
    "rating_to": "rating__lte",
    **{
        f"{name}_{end}": f"{name}_at__{lookup}"
        for name in ("registered", "answered", "closed", "updated", "due", "created", "finished")
        for end, lookup in (("from", "gte"), ("before", "lt"))
    },
}
_FLAGS = {
    "open": Q(status__in=sorted(workflow.OPEN)),
    "paused": Q(paused_at__isnull=False),
    "reopened": Q(reopened__gt=0),
    "misrouted": Q(misrouted__gt=0),
    "rated": Q(rating__isnull=False),
}
_REFERRAL_FLAGS = {
    "open": Q(status__in=sorted(OPEN_REFERRAL)),
    "top": Q(parent_id__isnull=True),
}
"""Conditions that a filter asks for, or for the opposite of."""


async def of_cases(given: CaseFilter | None) -> Q:
    """The condition on cases. Raises DomainError unknown for a code that names nothing."""
    if given is None:
        return Q()
    wanted = _direct(given) & _flags(given, _FLAGS)
    if given.has_breach is not None:
        breached = Q(id__in=Subquery(models.Breach.all().values("case_id")))
        wanted &= breached if given.has_breach else ~breached
    if given.tracking_codes is not None:
        wanted &= Q(tracking_code__in=_codes(given.tracking_codes))
    if given.incident is not None:
        wanted &= Q(incident_id=key_of(given.incident, models.Incident))
    if given.agency is not None:
        wanted &= await _agency_of_cases(given.agency)
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
    wanted = _direct(given) & _flags(given, _REFERRAL_FLAGS)
    if given.case is not None:
        wanted &= Q(case_id=key_of(given.case, models.Case))
    if given.case_status is not None:
        wanted &= Q(case__status__in=list(given.case_status))
    if given.agency is not None:
        wanted &= await _agency(given.agency)
    if given.overdue is not None:
        overdue = _REFERRAL_FLAGS["open"] & Q(due_at__lt=now())
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


def _flags(given: CaseFilter | ReferralFilter, flags: Mapping[str, Q]) -> Q:
    wanted = Q()
    for name, condition in flags.items():
        asked = getattr(given, name)
        if asked is not None:
            wanted &= condition if asked else ~condition
    return wanted


def _codes(given: list[str]) -> list[str]:
    if len(given) > MAX_PAGE:
        raise DomainError("too_many", "tracking_codes", max=MAX_PAGE)
    return [code for text in given if (code := tracking_code.parse(text))]


async def _agency(code: str) -> Q:
    agency = await _known(models.Agency, code, "agency")
    return Q(agency__lineage__startswith=agency.lineage)


async def _agency_of_cases(code: str) -> Q:
    agency = await _known(models.Agency, code, "agency")
    if agency.level is AgencyLevel.MAIN:
        return Q(main_agency_id=agency.id)
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
