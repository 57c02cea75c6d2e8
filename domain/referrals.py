"""Handling at the four levels (S4): accept, refer down, report the result, return as misrouted.

A child reports to its parent; when the last top referral has reported, the case goes back to the
senior coordinator.
"""

from __future__ import annotations

from collections.abc import Sequence

from tortoise.expressions import Q

from domain import clock, events, notifications, permissions, review, staff, visibility
from domain.actors import SYSTEM, Actor
from domain.permissions import OPEN_REFERRAL, ReferralAct
from domain.text import clean_line, clean_text
from domain.time import now
from domain.workflow import Move
from models import Agency, Case, Referral
from models.database import atomic
from models.enums import EventKind, NoticeKind, ReferralStatus


async def accept(actor: Actor, referral_id: int, expected_version: int | None = None) -> Referral:
    """The unit takes the work on."""
    async with atomic():
        referral, case = await visibility.locked_referral(actor, referral_id, expected_version)
        permissions.require_on_referral(actor, case, referral, ReferralAct.ACCEPT)
        referral.status = ReferralStatus.ACCEPTED
        referral.accepted_at = now()
        await referral.save()
        await events.touch(case)
        await events.record(case, actor, EventKind.ACCEPTED, referral=referral)
        await clock.first_action(case)
    return referral


async def refer(
    actor: Actor,
    referral_id: int,
    units: Sequence[object],
    instruction: object,
    expected_version: int | None = None,
) -> list[Referral]:
    """Refer further down to one or several units below the own one."""
    text = clean_text(instruction, "instruction", max=2000, min=5)
    async with atomic():
        referral, case = await visibility.locked_referral(actor, referral_id, expected_version)
        permissions.require_on_referral(actor, case, referral, ReferralAct.REFER)
        targets = await review.target_units(case, units, below=referral.agency)
        current = await clock.current_round(case)
        referral.status = ReferralStatus.REFERRED
        referral.accepted_at = referral.accepted_at or now()
        await referral.save()
        await events.touch(case)
        children = [
            await review.create_referral(
                actor, case, current, unit, text, referral.due_at, parent=referral
            )
            for unit in targets
        ]
        await clock.first_action(case)
    return children


async def report(
    actor: Actor,
    referral_id: int,
    result: object,
    actions: object,
    expected_version: int | None = None,
) -> Referral:
    """Report the result and what was done; it goes to the parent, or to the senior coordinator."""
    outcome = clean_text(result, "result", max=2000, min=5)
    done = clean_text(actions, "actions", max=2000, min=0)
    async with atomic():
        referral, case = await visibility.locked_referral(actor, referral_id, expected_version)
        permissions.require_on_referral(actor, case, referral, ReferralAct.REPORT)
        referral.status = ReferralStatus.REPORTED
        referral.accepted_at = referral.accepted_at or now()
        referral.result = outcome
        referral.actions = done
        await _finish(actor, case, referral, EventKind.REPORTED, outcome)
    return referral


async def give_back(
    actor: Actor, referral_id: int, reason: object, expected_version: int | None = None
) -> Referral:
    """Return a referral that does not belong to the unit; the reason is kept and counted."""
    why = clean_line(reason, "reason", max=500, min=5)
    async with atomic():
        referral, case = await visibility.locked_referral(actor, referral_id, expected_version)
        permissions.require_on_referral(actor, case, referral, ReferralAct.RETURN)
        referral.status = ReferralStatus.RETURNED
        referral.return_reason = why
        await _finish(actor, case, referral, EventKind.RETURNED, why)
    return referral


async def cancel_open(actor: Actor, case: Case) -> None:
    """End every open referral of a case that ends otherwise."""
    for referral in await Referral.filter(case_id=case.id, status__in=list(OPEN_REFERRAL)):
        referral.status = ReferralStatus.CANCELLED
        referral.finished_at = now()
        await referral.save()
        await events.record(case, actor, EventKind.REFERRAL_CANCELLED, referral=referral)


async def holds_open(actor: Actor, case: Case) -> bool:
    """Whether the actor's unit has work to do on the case."""
    return bool(await held_open(actor, [case.id]))


async def held_open(actor: Actor, case_ids: Sequence[int]) -> set[int]:
    """Those of the cases on which the actor's unit has work to do."""
    wanted = held_rule(actor)
    if wanted is None:
        return set()
    rows = await Referral.filter(wanted, case_id__in=list(case_ids))
    return {row.case_id for row in rows}


def held_rule(actor: Actor) -> Q | None:
    """The condition on `Referral` that it is the actor's to handle now; None if none ever is."""
    units = permissions.handled_units(actor)
    if units is None:
        return None
    return Q(status__in=[ReferralStatus.PENDING, ReferralStatus.ACCEPTED]) & units


async def _finish(actor: Actor, case: Case, referral: Referral, kind: EventKind, text: str) -> None:
    referral.finished_at = now()
    await referral.save()
    await events.touch(case)
    await events.record(case, actor, kind, text=text, referral=referral)
    await clock.first_action(case)
    if referral.parent_id is not None:
        await _back_to_parent(case, referral.parent_id)
    elif not await _open_siblings(case, None):
        await events.move(case, Move.ALL_REPORTED, SYSTEM)
        people = await staff.holders(case)
        await notifications.notify(people, NoticeKind.ALL_REPORTED, case, f"reported:{referral.id}")


async def _back_to_parent(case: Case, parent_id: int) -> None:
    if await _open_siblings(case, parent_id):
        return
    parent = await Referral.get(id=parent_id)
    parent.status = ReferralStatus.ACCEPTED
    await parent.save()
    unit = await Agency.get(id=parent.agency_id)
    await events.record(case, SYSTEM, EventKind.CHILDREN_REPORTED, text=unit.name, referral=parent)
    people = await staff.coordinators(unit.id)
    await notifications.notify(
        people, NoticeKind.CHILDREN_REPORTED, case, f"back:{parent_id}:{case.version}"
    )


async def _open_siblings(case: Case, parent_id: int | None) -> bool:
    return await Referral.filter(
        case_id=case.id, parent_id=parent_id, status__in=list(OPEN_REFERRAL)
    ).exists()
