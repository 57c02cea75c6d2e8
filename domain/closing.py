"""Endings other than an answer, and the citizen's right to have a closed case opened again."""

from __future__ import annotations

from datetime import timedelta

from tortoise.expressions import Q

from domain import (
    clock,
    escalation,
    events,
    ladder,
    lookalikes,
    outbox,
    permissions,
    questions,
    referrals,
    rules,
    scope,
    tracking_code,
    visibility,
)
from domain.actors import Actor
from domain.errors import DomainError
from domain.permissions import Act
from domain.text import clean_line
from domain.time import now
from domain.workflow import Move
from models import Case
from models.database import atomic
from models.enums import CaseStatus, TextKind

_NOT_PURSUED = frozenset({CaseStatus.WITHDRAWN, CaseStatus.DUPLICATE, CaseStatus.OUT_OF_SCOPE})


async def withdraw(
    actor: Actor, key: int | str, reason: object, expected_version: int | None = None
) -> Case:
    """The citizen no longer wants the case pursued (asked for on the telephone)."""
    why = clean_line(reason, "reason", max=500, min=3)
    async with atomic():
        case = await visibility.locked_case(actor, key, expected_version)
        permissions.require(actor, case, Act.WITHDRAW)
        await _end(actor, case, Move.WITHDRAW, why)
        await _tell(case, TextKind.WITHDRAWN)
    return case


async def mark_duplicate(
    actor: Actor, key: int | str, original_code: object, expected_version: int | None = None
) -> Case:
    """The same matter is pursued in another case; both belong to one incident.

    Duplicates make no chains: neither a duplicate nor a case that has some is joined to another.
    """
    code = clean_line(original_code, "original", max=40)
    async with atomic():
        await _lock_in_order(actor, key, code)
        case = await visibility.locked_case(actor, key, expected_version)
        permissions.require(actor, case, Act.MARK_DUPLICATE)
        original = await _original(actor, case, code)
        incident = await lookalikes.incident_of(original)
        case.duplicate_of_id = original.id
        case.incident_id = incident.id
        await _end(actor, case, Move.MARK_DUPLICATE, original.tracking_code)
        await _tell(case, TextKind.DUPLICATE)
    return case


async def mark_out_of_scope(
    actor: Actor, key: int | str, category: object, expected_version: int | None = None
) -> Case:
    """The centre finds that the case is not about the manner of a service (A6)."""
    competent = await scope.body(category)
    async with atomic():
        case = await visibility.locked_case(actor, key, expected_version)
        permissions.require(actor, case, Act.MARK_OUT_OF_SCOPE)
        await _end(actor, case, Move.MARK_OUT_OF_SCOPE, competent.title)
        await outbox.queue(
            TextKind.OUT_OF_SCOPE,
            case.mobile,
            f"case:{case.id}:ended",
            case=case,
            body=competent.title,
            guidance=competent.guidance,
        )
    return case


async def reopen(
    actor: Actor, key: int | str, reason: object, expected_version: int | None = None
) -> Case:
    """The citizen asks, within seven days, to have a closed case pursued one level higher."""
    why = clean_line(reason, "reason", max=500, min=3)
    async with atomic():
        case = await visibility.locked_case(actor, key, expected_version)
        permissions.require(actor, case, Act.REOPEN)
        policy = await rules.load()
        if case.closed_at is None or now() - case.closed_at > timedelta(days=policy.reopen_days):
            raise DomainError("expired")
        if not await escalation.reopen(case, actor, why):
            raise DomainError("final")
    return case


async def _original(actor: Actor, case: Case, code: str) -> Case:
    try:
        original = await visibility.case(actor, code)
    except DomainError:
        raise DomainError("unknown", "original") from None
    chained = await Case.exists(duplicate_of_id=case.id)
    if chained or original.id == case.id or original.status in _NOT_PURSUED:
        raise DomainError("invalid", "original")
    return original


async def _lock_in_order(actor: Actor, key: int | str, code: str) -> None:
    """Lock both cases by rising id, so that two merges never wait crosswise."""
    case = await visibility.case(actor, key)
    both = Q(id=case.id) | Q(tracking_code=tracking_code.parse(code) or "")
    await Case.filter(both).order_by("id").select_for_update().only("id")


async def _end(actor: Actor, case: Case, step: Move, text: str) -> None:
    current = await clock.current_round(case)
    await questions.drop(case, current)
    await ladder.stop(case, current)
    case.resume_status = None
    case.closed_at = now()
    await events.move(case, step, actor, text=text)
    await referrals.cancel_open(actor, case)


async def _tell(case: Case, template: TextKind) -> None:
    code = tracking_code.display(case.tracking_code)
    await outbox.queue(template, case.mobile, f"case:{case.id}:ended", case=case, code=code)
