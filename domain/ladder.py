"""The escalation ladder of the clock (design §4, A5): each rung is climbed once per round."""

from __future__ import annotations

from datetime import datetime, timedelta

from domain import events, jobs, notifications, rules, staff, workflow
from domain.actors import SYSTEM
from domain.rules import Rules, Rung
from domain.time import now
from models import Agency, Breach, Case, LadderStep, Round
from models.enums import EventKind, LadderRung, NoticeKind


def rung_at(rung: Rung, due_at: datetime, limit: timedelta) -> datetime:
    """When a rung is due: a share of the clock before its end, or hours after it."""
    before_end = limit * (100 - rung.percent) / 100
    return due_at - before_end + timedelta(hours=rung.after_hours)


async def start(current: Round, policy: Rules | None = None) -> None:
    """Put the round on the ladder, at its first rung; `policy`: the rules, if they are known."""
    policy = policy or await rules.load()
    first = min(rung_at(rung, current.due_at, policy.clock) for rung in policy.ladder)
    await jobs.enqueue("ladder", f"ladder:{current.id}", subject_id=current.id, run_at=first)


async def stop(case: Case, current: Round) -> None:
    """The clock stops: a breach that the worker has not come to yet is recorded now."""
    if now() > current.due_at:
        await breach(case, current)
    await jobs.cancel(f"ladder:{current.id}")


async def climb(round_id: int) -> datetime | None:
    """Climb every rung that is due; returns when the next one is, None when all is done.

    A paused clock waits: the ladder is taken up again when the citizen has replied.
    """
    current = await Round.get(id=round_id)
    case = await Case.filter(id=current.case_id).select_for_update().get()
    if case.round != current.number or case.status not in workflow.RUNNING:
        return None
    policy = await rules.load()
    done = {step.rung for step in await LadderStep.filter(round_id=round_id)}
    for rung, at in _timetable(policy, current):
        if rung.code in done:
            continue
        if at > now():
            return at
        await _climb(rung, case, current)
    return None


async def breach(case: Case, current: Round) -> None:
    """Record that the clock ended without an answer; the agency's head must explain (A5)."""
    if current.breached_at is not None:
        return
    current.breached_at = current.due_at
    await current.save()
    agency = await Agency.get(id=case.agency_id)
    await Breach.create(case=case, round=current, agency=agency, created_at=now())
    await events.record(case, SYSTEM, EventKind.BREACH)
    people = await staff.heads(agency)
    await notifications.notify(people, NoticeKind.BREACH, case, f"breach:{current.id}", by_sms=True)


def _timetable(policy: Rules, current: Round) -> list[tuple[Rung, datetime]]:
    rungs = [(rung, rung_at(rung, current.due_at, policy.clock)) for rung in policy.ladder]
    return sorted(rungs, key=lambda pair: pair[1])


async def _climb(rung: Rung, case: Case, current: Round) -> None:
    await LadderStep.create(round=current, rung=rung.code, at=now())
    key = f"{rung.code}:{current.id}"
    match rung.code:
        case LadderRung.BREACH:
            await breach(case, current)
        case LadderRung.CENTRE:
            await notifications.notify(await staff.supervisors(), NoticeKind.CENTRE, case, key)
        case LadderRung.CENTRE_HEAD:
            await notifications.notify(
                await staff.centre_heads(), NoticeKind.CENTRE_HEAD, case, key
            )
        case LadderRung.WARNING:
            people = await staff.holders(case) + await staff.seniors(case.main_agency_id)
            unique = {user.id: user for user in people}.values()
            await notifications.notify(unique, NoticeKind.WARNING, case, key)
        case LadderRung.REMINDER:
            people = await staff.holders(case)
            await notifications.notify(people, NoticeKind.REMINDER, case, key)
    if rung.code is not LadderRung.BREACH:
        await events.record(case, SYSTEM, EventKind.LADDER, text=rung.code)
