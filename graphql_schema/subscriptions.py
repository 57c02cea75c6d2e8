"""What can be followed: changes, new work and warnings of the clock, each from a cursor on."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from datetime import datetime
from typing import Annotated, Any, TypeVar

import strawberry

import models
from domain import feed, jalali, permissions, visibility
from domain.actors import CASES_READ
from domain.errors import DomainError
from domain.feed import Entry, Topic
from domain.keys import AGENCY
from domain.keys import code as known_code
from graphql_schema import live
from graphql_schema.context import Context, Info
from graphql_schema.errors import coded
from graphql_schema.types.case import Case
from graphql_schema.types.event import CaseEvent
from graphql_schema.types.referral import Referral
from models.enums import EventKind, LadderRung

T = TypeVar("T")
_AFTER = (
    "A cursor heard before: first all that happened since, without a gap or a repetition, then "
    "what happens. Without it: from now on. Kept for 7 days, then `expired`."
)
After = Annotated[str | None, strawberry.argument(description=_AFTER)]
AgencyCode = Annotated[
    str | None, strawberry.argument(description="Code: only of this agency or a unit below it.")
]


@strawberry.type
class Told:
    """What everything that is told has; itself no part of the schema."""

    cursor: str = strawberry.field(description="Opaque; give it as `after` to go on behind this.")
    at: datetime = strawberry.field(description="When it happened.")
    at_jalali: str = strawberry.field(description="`at` in Jalali, Tehran time.")
    case: Case = strawberry.field(description="The case, as it is when this is told.")
    event: CaseEvent = strawberry.field(description="The entry of the case's timeline.")


@strawberry.type(description="Something happened to a case.")
class CaseChange(Told):
    pass


@strawberry.type(description="A unit has new work.")
class ReferralAssignment(Told):
    referral: Referral = strawberry.field(description="The work, as it is when this is told.")


@strawberry.type(description="The clock of a case has reached a rung of the ladder.")
class ClockWarning(Told):
    rung: LadderRung = strawberry.field(description="Which; `BREACH` when the time is over.")


@strawberry.type(
    description="Following, over WebSocket or server-sent events. What the viewer may see is "
    "looked at anew whenever something is told."
)
class Subscription:
    @strawberry.subscription(description="Every entry of the timelines of cases.")
    @staticmethod
    async def case_changed(
        info: Info,
        tracking_code: Annotated[
            str | None, strawberry.argument(description="Only of the case with this code.")
        ] = None,
        agency: AgencyCode = None,
        after: After = None,
    ) -> AsyncGenerator[CaseChange, None]:
        context = info.context
        position = await _begin(context, after)
        unit = await _unit(agency)
        only = None if tracking_code is None else await _case(context, tracking_code)

        async def choose(entries: list[Entry]) -> list[Entry]:
            found = [entry for entry in entries if only is None or entry.case.id == only]
            return await _within(context, unit, found, lambda entry: entry.case.agency_id)

        return _map(_change, live.follow(context, Topic.CASE_CHANGED, position, choose))

    @strawberry.subscription(description="New work of units: each referral once, when it is made.")
    @staticmethod
    async def referral_assigned(
        info: Info, agency: AgencyCode = None, after: After = None
    ) -> AsyncGenerator[ReferralAssignment, None]:
        context = info.context
        position = await _begin(context, after)
        unit = await _unit(agency)

        async def choose(entries: list[Entry]) -> list[Entry]:
            return await _within(context, unit, entries, _receiver)

        found = live.follow(context, Topic.REFERRAL_ASSIGNED, position, choose)
        return _map(_assignment, found)

    @strawberry.subscription(description="Reminders, warnings and breaches of the clock.")
    @staticmethod
    async def clock_warning(info: Info, after: After = None) -> AsyncGenerator[ClockWarning, None]:
        context = info.context
        position = await _begin(context, after)

        async def choose(entries: list[Entry]) -> list[Entry]:
            return entries

        return _map(_warning, live.follow(context, Topic.CLOCK_WARNING, position, choose))


async def _begin(context: Context, after: str | None) -> int:
    """The position to begin after. Refuses whoever may not follow, and every request that ends."""
    if context.stream is None:
        raise coded("subscription_needs_stream", "subscriptions run over /graphql/ws or /stream")
    permissions.require_scope(context.actor, CASES_READ)
    return await live.begin(context.stream, after)


async def _case(context: Context, code: str) -> int:
    return (await visibility.case(context.actor, code)).id


async def _unit(code: str | None) -> models.Agency | None:
    if code is None:
        return None
    found = await models.Agency.get_or_none(code=known_code(code, "agency", AGENCY))
    if found is None:
        raise DomainError("unknown", "agency")
    return found


async def _within(
    context: Context,
    unit: models.Agency | None,
    entries: list[Entry],
    agency_of: Callable[[Entry], int],
) -> list[Entry]:
    """Those of `unit` or one below it; all without a unit."""
    if unit is None or not entries:
        return entries
    loader = context.loaders.row(models.Agency)
    agencies = await loader.load_many([agency_of(entry) for entry in entries])
    pairs = zip(entries, agencies, strict=True)
    return [entry for entry, agency in pairs if agency.lineage.startswith(unit.lineage)]


def _receiver(entry: Entry) -> int:
    assert entry.referral is not None
    return entry.referral.agency_id


async def _map(
    make: Callable[[Entry], T], entries: AsyncGenerator[Entry, None]
) -> AsyncGenerator[T, None]:
    async with aclosing(entries):
        async for entry in entries:
            yield make(entry)


def _change(entry: Entry) -> CaseChange:
    return CaseChange(**_common(entry))


def _assignment(entry: Entry) -> ReferralAssignment:
    shown: Any = entry.referral
    return ReferralAssignment(**_common(entry), referral=shown)


def _warning(entry: Entry) -> ClockWarning:
    reached = entry.event.kind == EventKind.BREACH
    rung = LadderRung.BREACH if reached else LadderRung(entry.event.text)
    return ClockWarning(**_common(entry), rung=rung)


def _common(entry: Entry) -> dict[str, Any]:
    return {
        "cursor": feed.cursor(entry.position),
        "at": entry.event.at,
        "at_jalali": jalali.format_datetime(entry.event.at),
        "case": entry.case,
        "event": entry.event,
    }
