"""One definition of each figure (design §6), live from the cases an actor sees; docs/figures.md.

A period is [start, end). Shares carry their numbers, so that nobody reads 100 % out of two cases.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import datetime
from enum import StrEnum
from math import sqrt

from tortoise.expressions import Q

from domain import figure_queries, jalali, keys, rules, visibility
from domain.actors import CASES_READ, FIGURES_READ, Actor
from domain.errors import DomainError
from domain.figure_queries import Group, Key, Scope
from domain.permissions import require_scope
from domain.time import now
from models import Agency, Indicator, Place
from models.enums import AgencyLevel, PlaceLevel

Z95 = 1.959964


class By(StrEnum):
    """What figures are grouped by; the keys are agency ids, place codes, I1–I8.

    UNIT: the units directly below the agency of the filter, and that agency itself for what is
    complained of it directly. PLACE: likewise the divisions inside the place of the filter, down
    to the village (B10). COUNTY has the key None for what lies in a province at large.
    """

    AGENCY = "agency"
    UNIT = "unit"
    PROVINCE = "province"
    COUNTY = "county"
    PLACE = "place"
    INDICATOR = "indicator"


_GROUPS = {
    By.AGENCY: figure_queries.BY_AGENCY,
    By.PROVINCE: figure_queries.BY_PROVINCE,
    By.COUNTY: figure_queries.BY_COUNTY,
    By.INDICATOR: figure_queries.BY_INDICATOR,
}
TODAY = "today"


@dataclass(frozen=True)
class Filters:
    """Codes that narrow the cases counted: an agency or unit with all below it, a place with all
    in it, an indicator."""

    agency: str | None = None
    place: str | None = None
    indicator: str | None = None


@dataclass(frozen=True)
class Share:
    """`part` of `whole` with its Wilson 95 % interval, 0–1; nothing when there is no whole."""

    part: int
    whole: int

    @property
    def value(self) -> float | None:
        return self.part / self.whole if self.whole else None

    @property
    def interval(self) -> tuple[float, float] | None:
        if not self.whole:
            return None
        n, p = self.whole, self.part / self.whole
        middle = p + Z95**2 / (2 * n)
        spread = Z95 * sqrt(p * (1 - p) / n + Z95**2 / (4 * n**2))
        scale = 1 + Z95**2 / n
        return max(0.0, (middle - spread) / scale), min(1.0, (middle + spread) / scale)


@dataclass(frozen=True)
class Figures:
    """The figures of one period. Times in seconds; None where nothing was measured."""

    registered: int = 0
    answered: int = 0
    in_time: int = 0
    in_time_with_pauses: int = 0
    median_seconds: int | None = None
    p90_seconds: int | None = None
    breaches: int = 0
    reopened: int = 0
    surveys: int = 0
    replies: int = 0
    ratings: int = 0
    rating_sum: int = 0
    satisfied: int = 0
    misrouted: int = 0
    out_of_scope: int = 0

    @property
    def in_time_share(self) -> Share:
        """Answered within the clock, of all answered (B16)."""
        return Share(self.in_time, self.answered)

    @property
    def in_time_with_pauses_share(self) -> Share:
        """The same with the time counted in which the citizen was asked."""
        return Share(self.in_time_with_pauses, self.answered)

    @property
    def reopened_share(self) -> Share:
        return Share(self.reopened, self.answered)

    @property
    def response_share(self) -> Share:
        return Share(self.replies, self.surveys)

    @property
    def csat(self) -> Share:
        """Ratings 4 and 5, of all ratings."""
        return Share(self.satisfied, self.ratings)

    @property
    def mean_rating(self) -> float | None:
        return self.rating_sum / self.ratings if self.ratings else None


@dataclass(frozen=True)
class Waiting:
    """Unanswered cases now, by the time left of their clock."""

    over: int = 0
    under_half_hour: int = 0
    under_hour: int = 0
    under_two_hours: int = 0
    longer: int = 0
    paused: int = 0

    @property
    def total(self) -> int:
        return sum(getattr(self, item.name) for item in fields(self))


def bounds(text: str) -> jalali.Period:
    """A Jalali year, month or day, "1405", "1405-08", "1405-08-12", or `today`.

    Raises DomainError invalid.
    """
    return jalali.parse_period(jalali.format_date(now()) if text == TODAY else text)


async def check(actor: Actor, by: By | None = None, filters: Filters | None = None) -> None:
    """Raises DomainError if the actor may not count, or a filter is unknown or missing."""
    await _scope(actor, filters or Filters())
    await _group(by, filters or Filters())


async def today(actor: Actor, filters: Filters | None = None) -> Figures:
    """The figures of the running day in Tehran."""
    start, end = jalali.day_bounds(now())
    return await period(actor, start, end, filters)


async def period(
    actor: Actor, start: datetime, end: datetime, filters: Filters | None = None
) -> Figures:
    """The figures of all cases together that `actor` sees."""
    found = await _measure(actor, start, end, filters or Filters(), None)
    return found.get(0, Figures())


async def grouped(
    actor: Actor, by: By, start: datetime, end: datetime, filters: Filters | None = None
) -> dict[Key, Figures]:
    """The figures of each key that has any."""
    return await _measure(actor, start, end, filters or Filters(), by)


async def waiting(actor: Actor, filters: Filters | None = None) -> Waiting:
    """What waits for an answer now."""
    scope = await _scope(actor, filters or Filters())
    return Waiting(**await figure_queries.waiting(scope, now()))


async def _measure(
    actor: Actor, start: datetime, end: datetime, filters: Filters, by: By | None
) -> dict[Key, Figures]:
    scope = await _scope(actor, filters)
    limit = (await rules.load()).clock
    group = await _group(by, filters)
    measured = await figure_queries.measure(scope, group, start, end, limit)
    return {key: Figures(**values) for key, values in measured.items()}


async def _group(by: By | None, filters: Filters) -> Group:
    if by is By.UNIT:
        if filters.agency is None:
            raise DomainError("required", "agency")
        return figure_queries.below_agency((await _agency(filters.agency)).lineage)
    if by is By.PLACE:
        if filters.place is None:
            raise DomainError("required", "place")
        return figure_queries.inside_place((await _place(filters.place)).lineage)
    return figure_queries.ALL if by is None else _GROUPS[by]


async def _scope(actor: Actor, filters: Filters) -> Scope:
    """The cases that the actor sees and the filters let through."""
    require_scope(actor, FIGURES_READ)
    actor = replace(actor, scopes=actor.scopes | {CASES_READ})  # to count is not to read
    wanted = [visibility.rule(actor)]
    if filters == Filters() and wanted == [Q()]:
        return Scope([], contacts=True)
    if filters.agency is not None:
        wanted.append(_of_agency(await _agency(filters.agency)))
    if filters.place is not None:
        wanted.append(_in_place(await _place(filters.place)))
    if filters.indicator is not None:
        if not await Indicator.exists(code=filters.indicator):
            raise DomainError("unknown", "indicator")
        wanted.append(Q(indicator__code=filters.indicator))
    return Scope(wanted, contacts=False)


async def _agency(code: str) -> Agency:
    agency = await Agency.get_or_none(code=keys.code(code, "agency"))
    if agency is None:
        raise DomainError("unknown", "agency")
    return agency


async def _place(code: str) -> Place:
    place = await Place.get_or_none(code=keys.code(code, "place", keys.PLACE))
    if place is None:
        raise DomainError("unknown", "place")
    return place


def _of_agency(agency: Agency) -> Q:
    if agency.level is AgencyLevel.MAIN:
        return Q(main_agency_id=agency.id)
    return Q(agency__lineage__startswith=agency.lineage)


def _in_place(place: Place) -> Q:
    if place.level is PlaceLevel.PROVINCE:
        return Q(province_id=place.code)
    if place.level is PlaceLevel.COUNTY:
        return Q(county_id=place.code)
    return Q(place__lineage__startswith=place.lineage)
