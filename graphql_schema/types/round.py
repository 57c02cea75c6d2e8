from __future__ import annotations

from datetime import datetime
from typing import Any

import strawberry
from tortoise.expressions import Q
from tortoise.queryset import QuerySet

import models
from domain import breaches, clock
from domain.actors import Actor
from graphql_schema.context import Info
from graphql_schema.node import Node
from graphql_schema.relations import children, column, computed, in_jalali, person, related
from graphql_schema.types.agency import Agency
from graphql_schema.types.refs import CaseRef, RoundRef
from models.enums import DecisionLevel, LadderRung


@strawberry.type(description="The citizen's verdict on one round (S6).")
class Feedback(Node):
    model = models.Feedback

    case: CaseRef = related("case", "The case.")
    round: RoundRef = related("round", "The round it is about.")
    rating: int = column("1 (bad) to 5 (good); 1–2 reopens the case one level higher.")
    comment: str = column("The citizen's words; may be empty.")
    late: bool = column("True if it came after the time limit, where it reopens nothing.")
    superseded: bool = column("True if the citizen corrected it soon after; the last one counts.")
    created_at: datetime = column("When it came.")
    created_at_jalali: str = in_jalali("created_at", "`createdAt` in Jalali, Tehran time.")


@strawberry.type(description="A round that was not answered in time (A5).")
class Breach(Node):
    model = models.Breach

    case: CaseRef | None = related(
        "case", "The case; null if it has gone to another agency since.", visible=True
    )
    round: RoundRef | None = related("round", "The round; null as `case`.", visible=True)
    agency: Agency = related("agency", "The agency whose head must explain it.")
    created_at: datetime = column("When the clock ran out.")
    created_at_jalali: str = in_jalali("created_at", "`createdAt` in Jalali, Tehran time.")
    explanation: str = column("The head's explanation; empty before.")
    explained_at: datetime | None = column("When it was explained.")
    explained_at_jalali: str | None = in_jalali("explained_at", "`explainedAt` in Jalali.")
    explained_by: str | None = person("explained_by", "Who explained it.")

    @classmethod
    def visible(cls, actor: Actor) -> QuerySet[Any]:
        return breaches.of(actor)

    @classmethod
    def within(cls, actor: Actor) -> Q:
        return breaches.rule(actor)


@strawberry.type(description="A rung of the ladder that a round's clock has climbed.")
class LadderStep:
    rung: LadderRung = column("Which.")
    at: datetime = column("When.")
    at_jalali: str = in_jalali("at", "`at` in Jalali, Tehran time.")


def _taken(row: Any, _: Actor) -> int | None:
    taken = clock.taken(row)
    return None if taken is None else int(taken.total_seconds())


@strawberry.type(description="One run of the 3-hour clock; reopening opens the next (B16).")
class Round(Node):
    model = models.Round

    case: CaseRef = related("case", "The case.")
    number: int = column("1 for the first.")
    level: DecisionLevel = column("Who decides it.")
    started_at: datetime = column("When its clock started.")
    started_at_jalali: str = in_jalali("started_at", "`startedAt` in Jalali, Tehran time.")
    due_at: datetime = column("When its clock ends.")
    due_at_jalali: str = in_jalali("due_at", "`dueAt` in Jalali, Tehran time.")
    paused_seconds: int = column("How long the clock has waited for the citizen, in seconds.")
    first_action_at: datetime | None = column("When somebody first acted.")
    breached_at: datetime | None = column("When the clock ran out, if it did.")
    answered_at: datetime | None = column("When the citizen was told the result.")
    answered_at_jalali: str | None = in_jalali("answered_at", "`answeredAt` in Jalali.")
    result: str = column("The result as told to the citizen; empty before.")
    result_by: str | None = person("result_by", "Who recorded it; null for a partner's system.")
    producer: Agency | None = related("producer", "The unit that produced the result.")
    producer_level: DecisionLevel | None = column("The level of that unit.")

    ladder: list[LadderStep] = children("ladder", "id", "The rungs that its clock has climbed.")

    taken_seconds: int | None = computed(
        _taken,
        "Seconds that its clock ran until the answer, without pauses; null before.",
        "started_at",
        "answered_at",
        "paused_seconds",
    )

    @strawberry.field(description="The citizen's verdict that counts, once there is one.")
    @staticmethod
    async def feedback(root: strawberry.Parent[models.Round], info: Info) -> Feedback | None:
        found: Any = await info.context.loaders.verdict.load(root.id)
        return found

    @strawberry.field(description="The breach of this round's clock, if it was breached.")
    @staticmethod
    async def breach(root: strawberry.Parent[models.Round], info: Info) -> Breach | None:
        loader = info.context.loaders.children(models.Breach, "round_id", "id")
        found: list[Any] = await loader.load(root.id)
        return found[0] if found else None
