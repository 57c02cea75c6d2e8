"""The case's timeline and the one place where a case changes its status."""

from __future__ import annotations

from domain import feed, workflow
from domain.actors import Actor
from domain.time import now
from models import Case, CaseEvent, Referral, statements
from models.enums import CaseStatus, EventKind


def entry(
    case: Case,
    actor: Actor,
    kind: EventKind,
    *,
    text: str = "",
    referral: Referral | None = None,
    from_status: CaseStatus | None = None,
    to_status: CaseStatus | None = None,
) -> CaseEvent:
    """An entry for the timeline, not written yet: who, when, from, to, why."""
    return statements.new(
        CaseEvent,
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


async def append(*entries: CaseEvent) -> None:
    """Write entries to their timelines. They are never edited or deleted."""
    await statements.insert(*entries)
    await feed.append(*entries)


async def record(
    case: Case,
    actor: Actor,
    kind: EventKind,
    *,
    text: str = "",
    referral: Referral | None = None,
) -> CaseEvent:
    """Append one entry that changes no status."""
    written = entry(case, actor, kind, text=text, referral=referral)
    await append(written)
    return written


def advance(case: Case, step: workflow.Move) -> None:
    """Change the status by the workflow table; saving and telling it is left to the caller."""
    before = case.status
    case.status = workflow.target(before, step, case.resume_status)
    if step is workflow.Move.ASK:
        case.resume_status = before
    elif step is workflow.Move.REPLY:
        case.resume_status = None


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
    advance(case, step)
    await touch(case)
    await append(
        entry(
            case,
            actor,
            EventKind(step.value),
            text=text,
            referral=referral,
            from_status=before,
            to_status=case.status,
        )
    )


async def touch(case: Case) -> None:
    """Save the case as changed, so that readers and optimistic locks see a new version."""
    case.version += 1
    case.updated_at = now()
    await case.save()
