from __future__ import annotations

from datetime import datetime

import strawberry

import models
from domain import clock
from domain.time import now
from graphql_schema.context import Info
from graphql_schema.relations import column, in_jalali


@strawberry.type(description="The citizen's clock of the present round: three hours (B16).")
class Clock:
    due_at: datetime = column("When it ends.")
    due_at_jalali: str = in_jalali("due_at", "`dueAt` in Jalali, Tehran time.")

    @strawberry.field(
        description="Seconds left, negative when it is over. Of an answered case what was left."
    )
    @staticmethod
    def remaining_seconds(root: strawberry.Parent[models.Case]) -> int:
        return int(clock.remaining(root).total_seconds())

    @strawberry.field(description="Whether it waits for the citizen's answer to a question.")
    @staticmethod
    def paused(root: strawberry.Parent[models.Case]) -> bool:
        return root.paused_at is not None

    @strawberry.field(description="Seconds that it has waited for the citizen in this round.")
    @staticmethod
    async def paused_seconds(root: strawberry.Parent[models.Case], info: Info) -> int:
        rounds = await info.context.loaders.children(models.Round, "case_id", "number").load(
            root.id
        )
        waiting = now() - root.paused_at if root.paused_at else None
        finished: int = rounds[-1].paused_seconds
        return finished + (int(waiting.total_seconds()) if waiting else 0)

    @strawberry.field(description="Whether it ran out before the citizen was answered.")
    @staticmethod
    def overdue(root: strawberry.Parent[models.Case]) -> bool:
        return clock.remaining(root).total_seconds() < 0
