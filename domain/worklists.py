"""What waits for somebody: queues of coordinators and of the centre, breaches, unclear texts."""

from __future__ import annotations

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from domain import breaches, visibility, workflow
from domain.actors import Actor
from models import Case, InboxMessage, Referral
from models.enums import CaseStatus, InboxState, ReferralStatus, Role


def to_review(actor: Actor) -> QuerySet[Case]:
    """Cases whose turn it is at the senior coordinator or the centre, least time first."""
    held = Q(status=CaseStatus.UNDER_REVIEW, at_centre=actor.role is Role.SUPERVISOR)
    if actor.role is Role.SUPERVISOR:
        held |= Q(status=CaseStatus.REGISTERED, at_centre=True)
    return visibility.cases(actor).filter(held).order_by("due_at", "id")


def running(actor: Actor) -> QuerySet[Case]:
    """Every visible case without an answer, least time first."""
    return (
        visibility.cases(actor)
        .filter(status__in=list(workflow.UNANSWERED))
        .order_by("due_at", "id")
    )


def to_handle(actor: Actor) -> QuerySet[Referral]:
    """Referrals that the actor's own unit has to work on now, least time first."""
    return Referral.filter(
        agency_id=actor.agency_id,
        status__in=[ReferralStatus.PENDING, ReferralStatus.ACCEPTED],
        case__status=CaseStatus.IN_HANDLING,
    ).order_by("due_at", "id")


def unclear() -> QuerySet[InboxMessage]:
    """Texts that a person must read."""
    return InboxMessage.filter(state=InboxState.UNCLEAR).order_by("id")


async def waiting_count(actor: Actor) -> int:
    if actor.role is Role.COORDINATOR:
        return await to_handle(actor).count()
    return await to_review(actor).count()


async def unexplained_count(actor: Actor) -> int:
    return await breaches.of(actor).filter(explained_at=None).count()


async def unclear_count(_actor: Actor) -> int:
    return await unclear().count()
