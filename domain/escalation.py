"""Reopening a case one level above whoever produced the result (S6, design §3)."""

from __future__ import annotations

from domain import clock, events, ladder, levels, notifications, review, rules, staff
from domain.actors import SYSTEM, Actor
from domain.time import now
from domain.workflow import Move
from models import Agency, Case, Referral, Round
from models.enums import DecisionLevel, EventKind, NoticeKind, ReferralStatus

INSTRUCTION = "بررسی مجدد به درخواست شهروند ناراضی"


async def producer(case: Case, current: Round) -> tuple[Agency | None, DecisionLevel]:
    """The unit that produced the result: the highest-level one among those that acted last.

    Reports of another agency, from before a reroute, do not count.
    Where the senior coordinator answered without a report it is the main agency, or the centre.
    """
    if case.at_centre:
        return None, DecisionLevel.NATIONAL
    reported = await Referral.filter(
        round_id=current.id, status=ReferralStatus.REPORTED
    ).select_related("agency")
    parents = {row.parent_id for row in reported}
    leaves = [
        row.agency
        for row in reported
        if row.id not in parents and row.agency.main_id == case.main_agency_id
    ]
    if not leaves:
        return await Agency.get(id=case.main_agency_id), DecisionLevel.MAIN
    top = max(leaves, key=lambda unit: levels.RANK[levels.of_agency(unit.level)])
    return top, levels.of_agency(top.level)


async def reopen(case: Case, actor: Actor, text: str = "") -> bool:
    """Open the next round one level higher; False when the national centre has spoken already."""
    current = await clock.current_round(case)
    unit = await Agency.get(id=current.producer_id) if current.producer_id else None
    chain = await staff.ancestry(unit) if unit else []
    level = levels.next_level(
        current.producer_level or DecisionLevel.MAIN,
        current.level,
        case.reopened,
        [levels.of_agency(item.level) for item in chain[:-1]],
    )
    if level is None:
        await events.record(case, actor, EventKind.FINAL_VERDICT, text=text)
        return False
    target = next((item for item in chain if item.level.value == level.value), None)
    await _open_round(case, actor, level, target, text)
    return True


async def _open_round(
    case: Case, actor: Actor, level: DecisionLevel, target: Agency | None, text: str
) -> None:
    attended = await staff.attended_unit(target) if target else None
    level = await _decided_by(case, level, attended)
    moment = now()
    case.round += 1
    case.reopened += 1
    case.at_centre = level is DecisionLevel.NATIONAL
    case.answered_at = case.closed_at = case.rating = None
    case.due_at = clock.due(moment, (await rules.load()).clock)
    current = await Round.create(
        case=case, number=case.round, level=level, started_at=moment, due_at=case.due_at
    )
    handled_below = level not in (DecisionLevel.MAIN, DecisionLevel.NATIONAL)
    step = Move.REOPEN_TO_HANDLING if handled_below else Move.REOPEN_TO_REVIEW
    await events.move(case, step, actor, text=text)
    await ladder.start(current)
    if handled_below:
        assert attended is not None
        await review.create_referral(SYSTEM, case, current, attended, INSTRUCTION, case.due_at)
        return
    people = await staff.holders(case)
    await notifications.notify(people, NoticeKind.REOPENED, case, f"reopened:{current.id}")


async def _decided_by(case: Case, level: DecisionLevel, attended: Agency | None) -> DecisionLevel:
    """The level that can really decide: an empty chair passes the case up."""
    if level is DecisionLevel.NATIONAL:
        return level
    if attended is not None and attended.id != case.main_agency_id:
        return levels.of_agency(attended.level)
    has_senior = await staff.has_senior(case.main_agency_id)
    return DecisionLevel.MAIN if has_senior else DecisionLevel.NATIONAL
