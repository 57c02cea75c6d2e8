from __future__ import annotations

from datetime import datetime
from typing import Any

import strawberry
from tortoise.queryset import QuerySet

import models
from domain import notifications
from domain.actors import Actor
from graphql_schema.context import Info
from graphql_schema.node import Node
from graphql_schema.relations import column, in_jalali
from graphql_schema.types.refs import CaseRef
from models.enums import NoticeKind


@strawberry.type(description="Something that a member of staff must know.")
class Notification(Node):
    model = models.Notification

    kind: NoticeKind = column("What.")
    created_at: datetime = column("When it came.")
    created_at_jalali: str = in_jalali("created_at", "`createdAt` in Jalali, Tehran time.")
    read_at: datetime | None = column("When it was read; null before.")

    @strawberry.field(description="The case it is about; null if the viewer no longer sees it.")
    @staticmethod
    async def case(root: strawberry.Parent[models.Notification], info: Info) -> CaseRef | None:
        if root.case_id is None:
            return None
        found: Any = await info.context.loaders.visible(models.Case).load(root.case_id)
        return found

    @classmethod
    def visible(cls, actor: Actor) -> QuerySet[Any]:
        return notifications.of(actor)
