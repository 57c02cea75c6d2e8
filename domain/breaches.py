"""A breach of the clock: the agency's head answers for it (A5)."""

from __future__ import annotations

from tortoise.expressions import Q, Subquery
from tortoise.queryset import QuerySet

from domain import events, keys, permissions, visibility
from domain.actors import SYSTEM, Actor
from domain.errors import DomainError, NotFound
from domain.permissions import Act
from domain.text import clean_text
from domain.time import now
from models import Breach
from models.database import atomic
from models.enums import EventKind, Role


async def explain(
    actor: Actor, breach_id: int, text: object, expected_version: int | None = None
) -> Breach:
    """The head records, once, why the citizen was not answered in time."""
    explanation = clean_text(text, "explanation", max=2000, min=10)
    async with atomic():
        found = await of(actor).filter(id=keys.row_id(breach_id, "breach")).first()
        if found is None:
            raise NotFound("breach")
        case = await visibility.locked_case(SYSTEM, found.case_id, expected_version)
        breach = await Breach.get(id=breach_id)
        permissions.require(actor, case, Act.EXPLAIN_BREACH)
        if breach.explained_at is not None:
            raise DomainError("already_done", "explanation")
        breach.explanation = explanation
        breach.explained_at = now()
        breach.explained_by_id = actor.user_id
        await breach.save()
        await events.touch(case)
        await events.record(case, actor, EventKind.BREACH_EXPLAINED, text=explanation)
    return breach


def of(actor: Actor) -> QuerySet[Breach]:
    """Breaches that the actor may know of, newest first.

    A head answers for those of the own subtree, also when the case has gone to another agency
    since, and for no others; everybody else sees those of the cases they see.
    """
    if _answers(actor):
        return Breach.filter(rule(actor)).order_by("-id")
    seen = Subquery(visibility.cases(actor).values("id"))
    return Breach.filter(case_id__in=seen).order_by("-id")


def rule(actor: Actor) -> Q:
    """Which breaches of a visible case the actor may know of."""
    return Q(agency__lineage__startswith=actor.lineage) if _answers(actor) else Q()


def _answers(actor: Actor) -> bool:
    return actor.role is Role.HEAD and actor.agency_id is not None
