from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import strawberry

import models
from domain import visibility
from graphql_schema.context import Info
from graphql_schema.relations import in_jalali
from graphql_schema.types.enums import MessageDirection
from models.enums import Meaning, MessageState, TextKind


@strawberry.type(description="A text message (SMS) of a case, to or from the citizen.")
class Message:
    direction: MessageDirection = strawberry.field(description="Which way it went.")
    kind: TextKind | None = strawberry.field(
        description="What it was about; null for one from the citizen."
    )
    taken_as: Meaning | None = strawberry.field(
        description="What one from the citizen was taken for, once it was read; else null."
    )
    state: MessageState | None = strawberry.field(
        description="Where it stands; null for one from the citizen."
    )
    parts: int | None = strawberry.field(
        description="Number of SMS parts, once known; null for one from the citizen."
    )
    at: datetime = strawberry.field(description="When it was written, or came.")
    at_jalali: str = in_jalali("at", "`at` in Jalali, Tehran time.")
    delivered_at: datetime | None = strawberry.field(description="When it reached the telephone.")
    text: str | None = strawberry.field(
        description="Its words; null where the viewer may not read them."
    )


@dataclass(frozen=True)
class _Reader:
    open: bool

    def sent(self, row: models.OutboxMessage) -> Message:
        return Message(
            direction=MessageDirection.OUT,
            kind=TextKind(row.kind),
            taken_as=None,
            state=row.state,
            parts=row.parts or None,
            at=row.created_at,
            delivered_at=row.delivered_at,
            text=row.text if self.open else None,
        )

    def received(self, row: models.InboxMessage) -> Message:
        return Message(
            direction=MessageDirection.IN,
            kind=None,
            taken_as=Meaning(row.handled_as) if row.handled_as else None,
            state=None,
            parts=None,
            at=row.received_at,
            delivered_at=None,
            text=row.text if self.open else None,
        )


async def of_case(case: models.Case, info: Info) -> list[Message]:
    """The whole conversation, oldest first."""
    loaders = info.context.loaders
    sent = loaders.children(models.OutboxMessage, "case_id", "id").load(case.id)
    received = loaders.children(models.InboxMessage, "case_id", "id").load(case.id)
    reader = _Reader(visibility.shows_messages(info.context.actor, case))
    messages = [reader.sent(row) for row in await sent]
    messages += [reader.received(row) for row in await received]
    return sorted(messages, key=lambda message: message.at)
