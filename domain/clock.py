"""The citizen's 3-hour clock (B16, design §4): one per round, never restarted, paused only while
the citizen is asked, at most 24 hours in all."""

from __future__ import annotations

from datetime import datetime, timedelta

from domain import calendar, rules
from domain.calendar import ServiceCalendar
from domain.time import now
from models import ActionOrder, Case, Referral, Round


def service_calendar() -> ServiceCalendar:
    """The service hours in force; by default round the clock."""
    return calendar.ALWAYS


def due(start: datetime, limit: timedelta) -> datetime:
    return service_calendar().add(start, limit)


def remaining(case: Case, moment: datetime | None = None) -> timedelta:
    """Service time left until the clock ends; negative when it is over.

    A paused clock shows what was left when it stopped, an ended case what was left then.
    """
    return until(case.due_at, case.answered_at or case.closed_at or case.paused_at or moment)


def until(due_at: datetime, moment: datetime | None = None) -> timedelta:
    """Service time from `moment` (default: now) to a deadline; negative when it has passed."""
    at = moment or now()
    hours = service_calendar()
    return hours.between(at, due_at) if at <= due_at else -hours.between(due_at, at)


def taken(current: Round) -> timedelta | None:
    """Service time from the start to the answer of a round, without its pauses."""
    if current.answered_at is None:
        return None
    whole = service_calendar().between(current.started_at, current.answered_at)
    return whole - timedelta(seconds=current.paused_seconds)


async def pause(case: Case, current: Round) -> None:
    """Stop the clock; saves the round, the caller saves the case."""
    case.paused_at = now()
    await current.save()


async def pause_left(current: Round) -> timedelta:
    """How long the round may still wait for the citizen (all its pauses together: 24 h)."""
    longest = timedelta(hours=(await rules.load()).question_hours)
    return longest - timedelta(seconds=current.paused_seconds)


async def resume(case: Case, current: Round) -> None:
    """Go on with exactly the service time that was left; saves the round and its hops.

    A pause that nobody ended in time, as when no worker ran, counts up to its limit.
    """
    assert case.paused_at is not None
    stopped = case.paused_at
    moment = min(now(), stopped + await pause_left(current))
    current.paused_seconds += int((moment - stopped).total_seconds())
    case.due_at = current.due_at = moved(case.due_at, stopped, moment)
    case.paused_at = None
    await current.save()
    hops: list[Referral | ActionOrder] = [
        *await Referral.filter(round_id=current.id, finished_at=None),
        *await ActionOrder.filter(round_id=current.id, due_at__gt=stopped),
    ]
    for hop in hops:
        hop.due_at = moved(hop.due_at, stopped, moment)
        await hop.save()


def moved(due_at: datetime, stopped: datetime, moment: datetime) -> datetime:
    """A deadline after a pause: as far from `moment` as it was from `stopped`."""
    left = until(due_at, stopped)
    return service_calendar().add(moment, left) if left > timedelta(0) else moment + left


async def current_round(case: Case) -> Round:
    return await Round.get(case_id=case.id, number=case.round)


async def first_action(case: Case, current: Round | None = None) -> None:
    """Note when somebody first acted on the case; later calls change nothing."""
    moment = now()
    if current is not None:
        current.first_action_at = current.first_action_at or moment
    await Round.filter(case_id=case.id, number=case.round, first_action_at=None).update(
        first_action_at=moment
    )
