"""What waits for somebody: cases, breaches, unclear texts, calls to make, late answers."""

from __future__ import annotations

from datetime import timedelta

from tortoise.expressions import F, Q
from tortoise.queryset import QuerySet

from domain import breaches, call_backs, contacts, permissions, rules, visibility, workflow
from domain.actors import Actor
from domain.feedback import SATISFIED_FROM
from domain.time import now
from models import Case, Feedback, InboxMessage, Referral
from models.enums import CaseStatus, ReferralStatus, Role


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
    return contacts.unclear_texts().order_by("id")


def late_answers(actor: Actor) -> QuerySet[Feedback]:
    """Verdicts that came after their time: kept, counted nowhere, read by the national centre."""
    permissions.require_role(actor, Role.SUPERVISOR)
    return Feedback.filter(late=True, superseded=False)


async def to_decide(actor: Actor) -> QuerySet[Feedback]:
    """Late answers of dissatisfied citizens whose case may still be reopened, and was not."""
    days = (await rules.load()).reopen_days
    return late_answers(actor).filter(
        rating__lt=SATISFIED_FROM,
        case__status=CaseStatus.CLOSED,
        case__closed_at__gte=now() - timedelta(days=days),
        case__closed_at__lte=F("created_at"),
    )


async def waiting_count(actor: Actor) -> int:
    if actor.role is Role.COORDINATOR:
        return await to_handle(actor).count()
    return await to_review(actor).count()


async def unexplained_count(actor: Actor) -> int:
    return await breaches.of(actor).filter(explained_at=None).count()


async def unclear_count(_actor: Actor) -> int:
    return await unclear().count()


async def to_decide_count(actor: Actor) -> int:
    return await (await to_decide(actor)).count()


async def call_back_count(_actor: Actor) -> int:
    return await call_backs.waiting().count()
