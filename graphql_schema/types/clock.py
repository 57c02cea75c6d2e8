from __future__ import annotations

from datetime import datetime
from typing import Any, Final

import strawberry

import models
from domain import clock, rules
from domain.actors import Actor
from domain.time import now
from graphql_schema.context import Info
from graphql_schema.relations import column, computed, in_jalali
from graphql_schema.types.enums import ClockState


@strawberry.type(description="A time in which a clock waited for the citizen's answer.")
class Pause:
    asked_at: datetime = column("When the citizen was asked.", name="startedAt")
    started_at_jalali: str = in_jalali("asked_at", "`startedAt` in Jalali, Tehran time.")
    ended_at: datetime | None = column("When the clock went on; null while it waits.")
    ended_at_jalali: str | None = in_jalali("ended_at", "`endedAt` in Jalali, Tehran time.")
    expires_at: datetime = column("When it goes on without an answer.", name="endsAtLatest")


ENDS: Final = ("answered_at", "closed_at", "paused_at")
"""What stops a clock."""


def _state(row: Any, _: Actor) -> ClockState:
    if row.answered_at or row.closed_at:
        return ClockState.STOPPED
    return ClockState.PAUSED if row.paused_at else ClockState.RUNNING


def _remaining(row: Any, _: Actor) -> int:
    return int(clock.remaining(row).total_seconds())


@strawberry.type(description="The citizen's clock of the present round: three hours (B16).")
class Clock:
    due_at: datetime = column("When it ends.")
    due_at_jalali: str = in_jalali("due_at", "`dueAt` in Jalali, Tehran time.")

    state: ClockState = computed(_state, "Whether it runs.", *ENDS)
    remaining_seconds: int = computed(
        _remaining,
        "Seconds left, negative when it is over. Of an answered case what was left.",
        "due_at",
        *ENDS,
    )
    paused: bool = computed(
        lambda row, _: row.paused_at is not None,
        "Whether it waits for the citizen's answer to a question.",
        "paused_at",
    )
    overdue: bool = computed(
        lambda row, _: clock.remaining(row).total_seconds() < 0,
        "Whether it ran out before the citizen was answered.",
        "due_at",
        *ENDS,
    )

    @strawberry.field(description="Seconds that a whole clock has.")
    @staticmethod
    async def total_seconds(root: strawberry.Parent[models.Case]) -> int:
        return int((await rules.load()).clock.total_seconds())

    @strawberry.field(description="Seconds that it has waited for the citizen in this round.")
    @staticmethod
    async def paused_seconds(root: strawberry.Parent[models.Case], info: Info) -> int:
        running = await running_round(root, info)
        waiting = now() - root.paused_at if root.paused_at else None
        return running.paused_seconds + (int(waiting.total_seconds()) if waiting else 0)

    @strawberry.field(description="The times in which it waited for the citizen in this round.")
    @staticmethod
    async def pauses(root: strawberry.Parent[models.Case], info: Info) -> list[Pause]:
        running = await running_round(root, info)
        loader = info.context.loaders.children(models.Question, "case_id", "id")
        found: list[Any] = await loader.load(root.id)
        return [question for question in found if question.round_id == running.id]


async def running_round(case: models.Case, info: Info) -> models.Round:
    rounds = info.context.loaders.children(models.Round, "case_id", "number")
    found: list[models.Round] = await rounds.load(case.id)
    return found[-1]
