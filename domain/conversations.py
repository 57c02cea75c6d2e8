"""Reading what was said by SMS with a citizen (design §2, §5; sms-anchors §2, 8).

Who opens a conversation, or has its number shown, is logged like a view of an identity.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from domain import contacts, phone, tracking_code, visibility
from domain.actors import Actor
from domain.text import clean_line
from domain.time import now
from models import (
    CallBack,
    Case,
    Contact,
    IdentityView,
    InboxMessage,
    MessageStep,
    OptIn,
    OptOut,
    OutboxMessage,
    User,
    statements,
)

Text = OutboxMessage | InboxMessage
SHOWN: Final = 100
"""Texts of a conversation on one page."""
OPENED: Final = "گفت‌وگوی پیامکی"
"""What the log of views says of an opened conversation."""

_BEYOND: Final = 10**18 - 1
"""Above every id, and short enough for an address."""

_STAMP: Final = """
    SELECT (SELECT max(id) FROM outbox_message WHERE receptor = $1) AS sent,
        (SELECT max(step.id) FROM message_step AS step
            JOIN outbox_message AS message ON message.id = step.message_id
            WHERE message.receptor = $1) AS step,
        (SELECT max(id) FROM inbox_message WHERE sender = $1) AS received,
        (SELECT count(*) FROM inbox_message WHERE sender = $1 AND state = 'handled') AS handled"""


@dataclass(frozen=True)
class Before:
    """Where an older page of a conversation ends: ids of the oldest texts shown either way."""

    sent: int
    received: int


@dataclass(frozen=True)
class Conversation:
    """One page of a conversation, oldest text first, and what is known of its number.

    `older` is where the page before ends, if there is one. `cases`: those of the number that the
    actor may see, newest first. `steps`: the history of each message sent, by its id. `authors`:
    names by id.
    """

    contact: Contact
    texts: list[Text]
    older: Before | None
    cases: list[Case]
    steps: dict[int, list[MessageStep]]
    authors: dict[int, str]
    opted_out: OptOut | None
    opted_in: OptIn | None
    owed_calls: list[CallBack]


async def read(actor: Actor, contact_id: object, before: Before | None = None) -> Conversation:
    """The latest texts with a number, or those older than `before`."""
    contact = await contacts.get(actor, contact_id)
    mobile = contact.mobile
    texts, older = await _texts(mobile, before)
    steps = await _steps([row.id for row in texts if isinstance(row, OutboxMessage)])
    return Conversation(
        contact=contact,
        texts=texts,
        older=older,
        cases=await visibility.cases(actor).filter(mobile=mobile).order_by("-id"),
        steps=steps,
        authors=await _authors(texts, steps),
        opted_out=await OptOut.get_or_none(mobile=mobile),
        opted_in=await OptIn.filter(mobile=mobile).order_by("-id").first(),
        owed_calls=await contacts.owed_calls().filter(contact_id=contact.id).order_by("id"),
    )


async def stamp(mobile: str) -> str:
    """Changes whenever the latest page of a number's conversation would."""
    [row] = await statements.fetch(_STAMP, mobile)
    return "-".join(str(row[name] or 0) for name in ("sent", "step", "received", "handled"))


async def search(actor: Actor, typed: object) -> Contact | None:
    """The contact with this number, or of the case with this tracking code, if it may be seen."""
    contacts.require_reader(actor)
    text = clean_line(typed, "q", max=120, min=2)
    code = tracking_code.parse(text)
    if code is None:
        mobile = phone.parse_mobile(text, "q")
        return await contacts.visible(actor).filter(mobile=mobile).first()
    case = await visibility.cases(actor).filter(tracking_code=code).first()
    return await contacts.visible(actor).filter(mobile=case.mobile).first() if case else None


async def opened(actor: Actor, contact: Contact) -> None:
    """Log that the conversation was opened."""
    await _log(actor, contact, OPENED)


async def reveal(actor: Actor, contact_id: object, reason: object) -> str:
    """The whole number; who asked for it and why is logged."""
    contact = await contacts.get(actor, contact_id)
    await _log(actor, contact, clean_line(reason, "reason", max=200, min=3))
    return contact.mobile


async def _log(actor: Actor, contact: Contact, reason: str) -> None:
    """Under the number's newest case that the actor may see, if there is one."""
    own = visibility.cases(actor).filter(mobile=contact.mobile)
    newest = await own.order_by("-id").first()
    await IdentityView.create(
        case_id=newest.id if newest else None,
        contact_id=contact.id,
        user_id=actor.user_id,
        reason=reason,
        at=now(),
    )


async def _texts(mobile: str, before: Before | None) -> tuple[list[Text], Before | None]:
    sent = OutboxMessage.filter(receptor=mobile)
    received = InboxMessage.filter(sender=mobile)
    if before is not None:
        sent, received = sent.filter(id__lt=before.sent), received.filter(id__lt=before.received)
    found: list[Any] = [
        *await received.order_by("-id").limit(SHOWN + 1),
        *await sent.order_by("-id").limit(SHOWN + 1),
    ]
    found.sort(key=lambda row: (_at(row), isinstance(row, OutboxMessage), row.id))
    texts = found[-SHOWN:]
    return texts, _older(texts, before) if len(found) > SHOWN else None


def _at(row: Text) -> datetime:
    return row.created_at if isinstance(row, OutboxMessage) else row.received_at


def _older(texts: list[Text], before: Before | None) -> Before:
    """Of a kind that is not on this page all are still to come."""
    last = before or Before(_BEYOND, _BEYOND)
    sent = [row.id for row in texts if isinstance(row, OutboxMessage)]
    received = [row.id for row in texts if isinstance(row, InboxMessage)]
    return Before(min(sent, default=last.sent), min(received, default=last.received))


async def _steps(message_ids: list[int]) -> dict[int, list[MessageStep]]:
    steps: dict[int, list[MessageStep]] = {number: [] for number in message_ids}
    if message_ids:
        for step in await MessageStep.filter(message_id__in=message_ids).order_by("id"):
            steps[step.message_id].append(step)
    return steps


async def _authors(texts: list[Text], steps: dict[int, list[MessageStep]]) -> dict[int, str]:
    """The names of who wrote messages, had them sent again, or settled a text."""
    numbers = {step.author_id for history in steps.values() for step in history}
    for row in texts:
        numbers.add(row.author_id if isinstance(row, OutboxMessage) else row.settled_by_id)
    numbers.discard(None)
    if not numbers:
        return {}
    return dict(await User.filter(id__in=list(numbers)).values_list("id", "full_name"))
