from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import strawberry

import models
from domain import outbox, visibility
from graphql_schema.context import Info
from graphql_schema.relations import in_jalali
from graphql_schema.types.enums import MessageDirection
from models.enums import Language, Meaning, MessageChannel, MessageState, TextKind


@strawberry.type(description="One entry of a message's history: what was learnt of it, when.")
class MessageStep:
    author_id: strawberry.Private[int | None]
    at: datetime = strawberry.field(description="When.")
    at_jalali: str = in_jalali("at", "`at` in Jalali, Tehran time.")
    state: MessageState = strawberry.field(
        description="Where it stood from then on; `PENDING` is back in the queue."
    )
    gateway: str | None = strawberry.field(
        description="The SMS provider that told it; null where none did."
    )
    code: int | None = strawberry.field(description="The provider's code, if it gave one.")
    reason: str | None = strawberry.field(
        description="Why, in Persian, if there is something to say; null where the viewer may not "
        "read the words of the texts."
    )

    @strawberry.field(
        description="The member of staff who wrote it or had it sent again, if one did."
    )
    @staticmethod
    async def by(root: strawberry.Parent[Any], info: Info) -> str | None:
        if root.author_id is None:
            return None
        user = await info.context.loaders.row(models.User).load(root.author_id)
        return str(user.full_name)


@strawberry.type(description="A text message (SMS) of a case, to or from the citizen.")
class Message:
    row: strawberry.Private[models.OutboxMessage | None]
    open: strawberry.Private[bool]
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
    channel: MessageChannel = strawberry.field(
        description="A text, or a call in which it is read out."
    )
    language: Language | None = strawberry.field(
        description="The language it is written in; null for one from the citizen."
    )
    gateway: str | None = strawberry.field(
        description="The SMS provider that it belongs to; null before one was asked, and for one "
        "from the citizen."
    )
    cost: int | None = strawberry.field(
        description="Its price in Rial, once the provider has told; null for one from the citizen."
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

    @strawberry.field(
        description="What became of it, oldest first; empty for one from the citizen."
    )
    @staticmethod
    async def steps(root: strawberry.Parent[Any], info: Info) -> list[MessageStep]:
        if root.row is None:
            return []
        loaders = info.context.loaders
        rows = await loaders.children(models.MessageStep, "message_id", "id").load(root.row.id)
        return [_step(row, is_open=root.open) for row in rows]


def _step(row: models.MessageStep, *, is_open: bool) -> MessageStep:
    return MessageStep(
        author_id=row.author_id,
        at=row.at,
        state=row.state,
        gateway=row.gateway or None,
        code=row.code,
        reason=outbox.explained(row.note) or None if is_open else None,
    )


@dataclass(frozen=True)
class _Reader:
    open: bool

    def sent(self, row: models.OutboxMessage) -> Message:
        return Message(
            row=row,
            open=self.open,
            direction=MessageDirection.OUT,
            kind=TextKind(row.kind),
            taken_as=None,
            state=row.state,
            channel=row.channel,
            language=row.language,
            gateway=row.gateway or None,
            cost=row.cost,
            parts=row.parts or None,
            at=row.created_at,
            delivered_at=row.delivered_at,
            text=row.text if self.open else None,
        )

    def received(self, row: models.InboxMessage) -> Message:
        return Message(
            row=None,
            open=self.open,
            direction=MessageDirection.IN,
            kind=None,
            taken_as=Meaning(row.handled_as) if row.handled_as else None,
            state=None,
            channel=MessageChannel.SMS,
            language=None,
            gateway=None,
            cost=None,
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
