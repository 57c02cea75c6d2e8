"""A breach of the clock: the agency's head answers for it (A5)."""

from __future__ import annotations

from tortoise.expressions import Subquery
from tortoise.queryset import QuerySet

from domain import events, permissions, visibility
from domain.actors import Actor
from domain.errors import DomainError, Forbidden, NotFound
from domain.permissions import Act
from domain.text import clean_text
from domain.time import now
from models import Breach
from models.database import transaction


async def explain(actor: Actor, breach_id: int, text: object) -> Breach:
    """The head records, once, why the citizen was not answered in time."""
    explanation = clean_text(text, "explanation", max=2000, min=10)
    async with transaction():
        found = await of(actor).filter(id=breach_id).first()
        if found is None:
            raise NotFound("breach")
        case = await visibility.locked_case(actor, found.case_id)
        breach = await Breach.get(id=breach_id)
        permissions.require(actor, case, Act.EXPLAIN_BREACH)
        if actor.agency_id is None:
            raise Forbidden()
        if breach.explained_at is not None:
            raise DomainError("already_done", "explanation")
        breach.explanation = explanation
        breach.explained_at = now()
        breach.explained_by_id = actor.user_id
        await breach.save()
        await events.touch(case)
        await events.record(case, actor, "breach_explained", text=explanation)
    return breach


def of(actor: Actor) -> QuerySet[Breach]:
    """Breaches of the cases that the actor sees, newest first."""
    seen = Subquery(visibility.cases(actor).values("id"))
    return Breach.filter(case_id__in=seen).order_by("-id")
