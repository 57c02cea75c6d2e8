from __future__ import annotations

from datetime import datetime
from typing import Any

import strawberry
from tortoise.expressions import Q
from tortoise.queryset import QuerySet

import models
from domain import visibility
from domain.actors import Actor
from graphql_schema.node import Node
from graphql_schema.relations import column, computed, in_jalali, related
from graphql_schema.types.agency import Agency
from graphql_schema.types.referral import Referral
from graphql_schema.types.refs import CaseRef, RoundRef
from models.enums import ActorKind, CaseStatus, EventKind, Role


@strawberry.type(description="One entry of a case's timeline; none is ever changed or removed.")
class CaseEvent(Node):
    model = models.CaseEvent

    case: CaseRef = related("case", "The case.")
    round_number: int = column("The round it happened in.")
    kind: EventKind = column("What happened.")
    at: datetime = column("When.")
    at_jalali: str = in_jalali("at", "`at` in Jalali, Tehran time.")
    from_status: CaseStatus | None = column("Status before, if it changed.")
    to_status: CaseStatus | None = column("Status after, if it changed.")
    actor_kind: ActorKind = column("What kind of actor did it.")
    agency: Agency | None = related("agency", "The unit of the actor, if any.")
    referral: Referral | None = related("referral", "The referral it is about.", visible=True)
    text: str = column("Why, or in which words; may be empty.")

    actor_name: str | None = computed(
        lambda row, _: row.user.full_name if row.user else row.client and row.client.name,
        "Name of the person or the partner's system, if one did it.",
        "user.full_name",
        "client.name",
    )
    actor_role: Role | None = computed(
        lambda row, _: row.user and row.user.role,
        "Role of the member of staff who did it, if one did.",
        "user.role",
    )

    @classmethod
    def visible(cls, actor: Actor) -> QuerySet[Any]:
        return super().visible(actor).filter(cls.within(actor))

    @classmethod
    def within(cls, actor: Actor) -> Q:
        return visibility.event_rule(actor)


@strawberry.type(description="A question to the citizen by SMS; the clock waits for the answer.")
class Question(Node):
    model = models.Question

    case: CaseRef = related("case", "The case.")
    round: RoundRef = related("round", "The round it was asked in.")
    text: str = column("The question.")
    asked_at: datetime = column("When it was asked.")
    asked_at_jalali: str = in_jalali("asked_at", "`askedAt` in Jalali, Tehran time.")
    expires_at: datetime = column("When handling goes on without an answer.")
    answer: str | None = column("The citizen's answer; null if there is none.")
    ended_at: datetime | None = column("When the answer came or the time ran out.")
    ended_at_jalali: str | None = in_jalali("ended_at", "`endedAt` in Jalali, Tehran time.")
