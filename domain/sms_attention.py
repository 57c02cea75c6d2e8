"""What about SMS needs a person: messages without a good end, and what is wrong at a provider."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from domain import permissions
from domain.actors import Actor
from domain.time import now
from models import Contact, OutboxMessage, statements
from models.enums import MessageState, Role

SHOWN: Final = 50
"""Messages of a kind, newest first; the next ones show when these are settled."""
FAILED_FOR: Final = timedelta(hours=48)

_TROUBLE: Final = """
    SELECT DISTINCT 'halt' AS kind, gateway FROM sending_halt WHERE until IS NULL OR until > $1
    UNION ALL SELECT DISTINCT 'alarm', gateway FROM provider_alarm ORDER BY 1, 2"""


@dataclass(frozen=True)
class Trouble:
    """Gateways that send nothing, or not from every line, and those that raised an alarm."""

    halted: list[str]
    alarmed: list[str]

    def __bool__(self) -> bool:
        return bool(self.halted or self.alarmed)


@dataclass(frozen=True)
class Unsettled:
    """Messages that a person must see to, newest first; `more`: there are others.

    `contacts` are the conversations, by number, for those who may read them.
    """

    messages: list[OutboxMessage]
    more: bool
    contacts: dict[str, int]


async def trouble() -> Trouble:
    """Whether something is wrong with sending just now, by one small query."""
    rows = await statements.fetch(_TROUBLE, now())
    halted = [row["gateway"] for row in rows if row["kind"] == "halt"]
    return Trouble(halted, [row["gateway"] for row in rows if row["kind"] == "alarm"])


async def unsettled(actor: Actor) -> Unsettled:
    """Messages in doubt for good, and those that failed in the last 48 hours."""
    permissions.require_role(actor, Role.ADMIN, Role.SUPERVISOR)
    doubtful = OutboxMessage.filter(state=MessageState.NEEDS_REVIEW)
    failed = OutboxMessage.filter(state=MessageState.FAILED, updated_at__gte=now() - FAILED_FOR)
    found = [
        await query.order_by("-updated_at", "-id").limit(SHOWN + 1) for query in (doubtful, failed)
    ]
    messages = [message for part in found for message in part[:SHOWN]]
    more = any(len(part) > SHOWN for part in found)
    numbers = {message.receptor for message in messages}
    if actor.role is not Role.SUPERVISOR or not numbers:
        return Unsettled(messages, more, {})
    contacts = await Contact.filter(mobile__in=list(numbers)).values_list("mobile", "id")
    return Unsettled(messages, more, dict(contacts))
