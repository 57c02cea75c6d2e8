# ruff: noqa: A002 - GraphQL gives the arguments their names
"""Figures of the service for a period, in all and by key (docs/figures.md).

`FiguresQuery` is the part of `Query` with them. They are counted live, each selection with a fixed
number of queries, however many cases and keys there are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

import strawberry

import models
from domain import figures, jalali
from domain.actors import Actor
from domain.figure_queries import Key
from domain.figures import By
from graphql_schema.context import Info
from graphql_schema.filters import option
from graphql_schema.relations import column, in_jalali
from graphql_schema.types.agency import Agency
from graphql_schema.types.enums import described
from graphql_schema.types.indicator import Indicator
from graphql_schema.types.place import Place

described(
    By,
    "FigureGroup",
    "What figures are grouped by.",
    AGENCY="By main agency.",
    UNIT="By the units directly below the agency of the filter, each with all below it; what is "
    "complained of that agency itself stands under it.",
    PROVINCE="By province.",
    COUNTY="By county; what lies in a province at large has no place.",
    PLACE="By the divisions directly inside the place of the filter, each with all in it, down to "
    "the village; what lies in that place at large stands under it.",
    INDICATOR="By main indicator.",
)


@strawberry.input(description="Which cases count; every given condition must hold.")
class FigureFilter:
    agency: str | None = option("Code: complaints of this agency or a unit below it.")
    place: str | None = option("Code: in this place or inside it.")
    indicator: str | None = option("Code I1–I8: main indicator, any version.")

    def filters(self) -> figures.Filters:
        return figures.Filters(self.agency, self.place, self.indicator)


@strawberry.type(description="A part of a whole, with the Wilson interval at 95 %.")
class Share:
    value: float | None = column("`part` / `whole`, 0–1; null when there is no whole.")
    part: int = column("How many.")
    whole: int = column("Of how many.")

    @strawberry.field(description="Lower end of the interval; null when there is no whole.")
    @staticmethod
    def low(root: strawberry.Parent[figures.Share]) -> float | None:
        return root.interval[0] if root.interval else None

    @strawberry.field(description="Upper end of the interval; null when there is no whole.")
    @staticmethod
    def high(root: strawberry.Parent[figures.Share]) -> float | None:
        return root.interval[1] if root.interval else None


@strawberry.type(description="The figures of one period and key; docs/figures.md defines each.")
class Figures:
    registered: int = column("Cases registered, but for those found to be out of scope.")
    answered: int = column("Rounds answered.")
    in_time_share: Share = column("Answered within the clock, of all answered.", name="inTime")
    in_time_with_pauses_share: Share = column(
        "The same with the time counted in which the citizen was asked.", name="inTimeWithPauses"
    )
    median_seconds: int | None = column("Median time to answer; null if nothing was answered.")
    p90_seconds: int | None = column("Time within which nine of ten were answered.")
    breaches: int = column("Clocks that ran out.")
    reopened_share: Share = column("Reopened, of all answered.", name="reopened")
    response_share: Share = column("Surveys with a score, of all sent.", name="responses")
    csat: Share = column("Ratings 4 and 5, of all ratings.", name="satisfied")
    mean_rating: float | None = column("Mean of the ratings 1–5; null if there is none.")
    misrouted: int = column("Cases that an agency returned as not its own.")
    out_of_scope: int = column("Matters that 128 does not handle; in no other figure.")


@strawberry.type(description="Unanswered cases now, by the time left of their clock.")
class Waiting:
    total: int = column("All of them.")
    over: int = column("The clock has run out.")
    under_half_hour: int = column("Less than half an hour is left.")
    under_hour: int = column("Less than an hour, at least half an hour.")
    under_two_hours: int = column("Less than two hours, at least one.")
    longer: int = column("Two hours or more.")
    paused: int = column("The citizen was asked; the clock waits.")


@strawberry.type(description="The figures of one key; only the field that was grouped by is set.")
class FigureRow:
    agency: Agency | None = strawberry.field(description="The agency or unit.", default=None)
    place: Place | None = strawberry.field(description="The place.", default=None)
    indicator: Indicator | None = strawberry.field(
        description="The indicator, in its last version.", default=None
    )
    figures: Figures = strawberry.field(description="Its figures.")


@strawberry.type(description="The period counted: [start, end).")
class FigurePeriod:
    label: str = column("In Persian: «آبان ۱۴۰۵».")
    start: datetime = column("Its first moment.")
    start_jalali: str = in_jalali("start", "`start` in Jalali, Tehran time.")
    end: datetime = column("The first moment after it.")
    end_jalali: str = in_jalali("end", "`end` in Jalali, Tehran time.")


@dataclass(frozen=True)
class Asked:
    """What is to be counted for whom."""

    actor: Actor
    period: jalali.Period
    by: By | None
    filters: figures.Filters


@strawberry.type(description="Figures of the cases that the viewer may see.")
class FiguresReport:
    period: FigurePeriod = column("The period.")

    @strawberry.field(description="All cases together.")
    @staticmethod
    async def total(root: strawberry.Parent[Asked]) -> Figures:
        found: Any = await figures.period(
            root.actor, root.period.start, root.period.end, root.filters
        )
        return found

    @strawberry.field(
        description="One row for each key that has any figure, by the key's code; what has no key "
        "comes last. Empty when nothing is grouped by."
    )
    @staticmethod
    async def rows(root: strawberry.Parent[Asked]) -> list[FigureRow]:
        if root.by is None:
            return []
        found = await figures.grouped(
            root.actor, root.by, root.period.start, root.period.end, root.filters
        )
        return await _rows(root.by, found)

    @strawberry.field(description="What waits for an answer now, whatever the period.")
    @staticmethod
    async def waiting(root: strawberry.Parent[Asked]) -> Waiting:
        found: Any = await figures.waiting(root.actor, root.filters)
        return found


@strawberry.type
class FiguresQuery:
    @strawberry.field(description="Figures of a period; a partner's key needs `figures:read`.")
    @staticmethod
    async def figures(
        info: Info,
        period: Annotated[
            str,
            strawberry.argument(
                description="A Jalali year, month or day: `1405`, `1405-08`, `1405-08-12`; or "
                "`today`."
            ),
        ],
        by: Annotated[By | None, strawberry.argument(description="Grouped by what.")] = None,
        filter: Annotated[FigureFilter | None, strawberry.argument(description="Of what.")] = None,
    ) -> FiguresReport:
        filters = (filter or FigureFilter()).filters()
        await figures.check(info.context.actor, by, filters)
        found: Any = Asked(info.context.actor, figures.bounds(period), by, filters)
        return found


async def _rows(by: By, found: Mapping[Key, figures.Figures]) -> list[FigureRow]:
    name, things = await _things(by, [key for key in found if key is not None])
    codes = {key: thing.code for key, thing in things.items()}
    ordered = sorted(found, key=lambda key: (key not in codes, codes.get(key, "")))
    shown: list[Any] = [{name: things.get(key), "figures": found[key]} for key in ordered]
    return [FigureRow(**row) for row in shown]


async def _things(by: By, keys: list[Any]) -> tuple[str, dict[Key, Any]]:
    """The field of a row and what its keys stand for, one query."""
    if by in (By.AGENCY, By.UNIT):
        return "agency", dict(await models.Agency.in_bulk(keys, "id"))
    if by is By.INDICATOR:
        versions = await models.Indicator.filter(code__in=keys).order_by("version")
        return "indicator", {row.code: row for row in versions}
    return "place", dict(await models.Place.in_bulk(keys, "code"))
