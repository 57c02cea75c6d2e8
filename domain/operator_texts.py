"""What an operator writes to a citizen in their own words (sms-anchors §2, 8).

Signed by the service's frame, logged with its author, and few: it is for what no text of the
service says, not for talking.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from domain import contacts, events, measure, outbox, rules, visibility
from domain.actors import Actor
from domain.errors import DomainError, NotFound
from domain.text import clean_text
from domain.time import now
from models import Case, Contact, OptOut, OutboxMessage
from models.database import atomic, lock_name
from models.enums import EventKind, Language, TextKind

MIN_LENGTH: Final = 2
SAME: Final = timedelta(minutes=10)
"""The same words to the same number within this time are one text, sent twice by mistake."""
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True)
class Preview:
    """A text in its frame. `units` are those of the words alone, `parts` and `cost` of all of it.

    Of the words at most `measure.MAX_INSERTED` units may be sent.
    """

    text: str
    units: int
    parts: int
    cost: int


async def write(
    actor: Actor, contact_id: object, text: object, case_key: int | None = None
) -> OutboxMessage:
    """Text a citizen; with a case it stands in the case's timeline too.

    Refused are a number that opted out (`opted_out`), a case that is not this number's
    (`unknown`), and more than the rules allow an operator in an hour (`texts_used_up`) or a
    number in a day (`texted_enough`).
    """
    contact = await contacts.get(actor, contact_id)
    words = _clean(text, contact)
    policy = await rules.load()
    async with atomic():
        await lock_name(f"operator:{actor.user_id}")
        await lock_name(f"phone:{contact.mobile}")
        case = await _case(actor, contact, case_key)
        if await OptOut.exists(mobile=contact.mobile):
            raise DomainError("opted_out", "text")
        key = _key(actor, contact, words)
        before = await _same(contact, key)
        if before is not None:
            return before
        await _refuse_too_many(actor, contact, policy)
        if case is not None:
            await events.touch(case)
            await events.record(case, actor, EventKind.NOTE, text=f"پیامک به شهروند: {words}")
        return await _queue(actor, contact, case, words, key)


async def preview(contact: Contact, text: str) -> Preview:
    """What the citizen would read, for a person who is still writing; nothing is refused."""
    whole = await outbox.worded(TextKind.OPERATOR_TEXT, contact.mobile, text=text.strip())
    parts = measure.measure(whole).parts
    cost = parts * (await rules.load()).sms_part_cost
    return Preview(whole, measure.utf16_units(text.strip()), parts, cost)


def _clean(text: object, contact: Contact) -> str:
    arabic = contact.language is Language.ARABIC
    words = clean_text(text, "text", max=measure.MAX_INSERTED, min=MIN_LENGTH, arabic=arabic)
    return measure.require_insertable(words, "text")


async def _case(actor: Actor, contact: Contact, case_key: int | None) -> Case | None:
    if case_key is None:
        return None
    try:
        case = await visibility.locked_case(actor, case_key)
    except NotFound:
        raise DomainError("unknown", "case") from None
    if case.mobile != contact.mobile:
        raise DomainError("unknown", "case")
    return case


async def _same(contact: Contact, key: str) -> OutboxMessage | None:
    recent = OutboxMessage.filter(receptor=contact.mobile, created_at__gt=now() - SAME)
    return await recent.filter(dedupe_key__startswith=key).first()


async def _refuse_too_many(actor: Actor, contact: Contact, policy: rules.Rules) -> None:
    moment = now()
    own = OutboxMessage.filter(kind=TextKind.OPERATOR_TEXT)
    by_actor = own.filter(author_id=actor.user_id, created_at__gt=moment - HOUR)
    if await by_actor.count() >= policy.operator_texts_per_hour:
        raise DomainError("texts_used_up", "text", max=policy.operator_texts_per_hour)
    to_phone = own.filter(receptor=contact.mobile, created_at__gt=moment - DAY)
    if await to_phone.count() >= policy.operator_texts_per_phone:
        raise DomainError("texted_enough", "text", max=policy.operator_texts_per_phone)


async def _queue(
    actor: Actor, contact: Contact, case: Case | None, words: str, key: str
) -> OutboxMessage:
    row = await outbox.queue(
        TextKind.OPERATOR_TEXT,
        contact.mobile,
        f"{key}{secrets.token_hex(4)}",
        case=case,
        author_id=actor.user_id,
        text=words,
    )
    assert row is not None  # its key is random
    return row


def _key(actor: Actor, contact: Contact, words: str) -> str:
    digest = hashlib.sha256(words.encode()).hexdigest()[:16]
    return f"operator:{actor.user_id}:{contact.id}:{digest}:"
