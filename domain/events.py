"""The case's timeline and the one place where a case changes its status."""

from __future__ import annotations

from domain import workflow
from domain.actors import Actor
from domain.time import now
from models import Case, CaseEvent, Referral
from models.enums import CaseStatus


async def record(
    case: Case,
    actor: Actor,
    kind: str,
    *,
    text: str = "",
    referral: Referral | None = None,
    from_status: CaseStatus | None = None,
    to_status: CaseStatus | None = None,
) -> CaseEvent:
    """Append one entry: who, when, from, to, why. Entries are never edited or deleted."""
    return await CaseEvent.create(
        case_id=case.id,
        round_number=case.round,
        kind=kind,
        at=now(),
        from_status=from_status,
        to_status=to_status,
        actor_kind=actor.kind,
        user_id=actor.user_id,
        client_id=actor.client_id,
        agency_id=actor.agency_id,
        referral_id=referral.id if referral else None,
        text=text,
    )


async def move(
    case: Case,
    step: workflow.Move,
    actor: Actor,
    *,
    text: str = "",
    referral: Referral | None = None,
) -> None:
    """Change the status by the workflow table and append it to the timeline."""
    before = case.status
    case.status = workflow.target(before, step, case.resume_status)
    if step is workflow.Move.ASK:
        case.resume_status = before
    elif step is workflow.Move.REPLY:
        case.resume_status = None
    await touch(case)
    await record(
        case,
        actor,
        step.value,
        text=text,
        referral=referral,
        from_status=before,
        to_status=case.status,
    )


async def touch(case: Case) -> None:
    """Save the case as changed, so that readers and optimistic locks see a new version."""
    case.version += 1
    case.updated_at = now()
    await case.save()
