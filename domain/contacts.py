"""A citizen's telephone number, how its owner wants to be spoken to, and who may see it (A8)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from tortoise.expressions import Q, Subquery
from tortoise.queryset import QuerySet, ValuesQuery

from domain import keys, permissions, visibility
from domain.actors import Actor
from domain.errors import DomainError, NotFound
from domain.time import now
from models import CallBack, Contact, InboxMessage, OutboxMessage, statements
from models.enums import ActorKind, InboxState, Language, MessageState, Role

READERS: Final = (Role.OPERATOR, Role.SUPERVISOR)
ATTENTION_FOR: Final = timedelta(days=30)
UNRECEIVED: Final = (
    MessageState.NEEDS_REVIEW,
    MessageState.FAILED,
    MessageState.UNDELIVERED,
    MessageState.BLOCKED,
)
"""Ends of a message after which a person must see to it that the citizen is told."""

Phones = tuple[str, ValuesQuery[Any]]
"""A column of `Contact`, and the query for its values."""

_NOBODY = Q(id=-1)
_PREFER = """
    INSERT INTO contact (mobile, language, voice, created_at)
    VALUES ($1, COALESCE(CAST($2 AS VARCHAR(5)), 'fa'), COALESCE(CAST($3 AS BOOLEAN), FALSE), $4)
    ON CONFLICT (mobile) DO UPDATE SET
        language = COALESCE(CAST($2 AS VARCHAR(5)), contact.language),
        voice = COALESCE(CAST($3 AS BOOLEAN), contact.voice)"""


async def of(mobile: str) -> Contact:
    """The contact of a number, created on first sight."""
    known = await Contact.get_or_none(mobile=mobile)
    if known is not None:
        return known
    row = statements.new(Contact, mobile=mobile, created_at=now())
    if await statements.insert(row, unless="mobile"):
        return row
    return await Contact.get(mobile=mobile)  # another transaction was first


async def prefer(mobile: str, language: Language | None, voice: bool | None) -> None:
    """Note how the number's owner wants to be spoken to; None leaves it as it is."""
    await statements.fetch(_PREFER, mobile, language and language.value, voice, now())


async def choose(actor: Actor, contact_id: int, language: object, voice: bool) -> Contact:
    """Staff change how a citizen is spoken to, on the citizen's word."""
    contact = await get(actor, contact_id)
    await prefer(contact.mobile, parse_language(language), voice)
    return await Contact.get(id=contact.id)


async def get(actor: Actor, contact_id: object) -> Contact:
    """The contact, if `actor` may see it."""
    found = await visible(actor).filter(id=keys.row_id(contact_id, "contact")).first()
    if found is None:
        raise NotFound("contact")
    return found


def visible(actor: Actor) -> QuerySet[Contact]:
    """Contacts that `actor` may see: the centre all, operators those they have to do with."""
    phones = seen(actor)
    return Contact.all() if phones is None else Contact.filter(among(phones))


def seen(actor: Actor) -> list[Phones] | None:
    """Where the contacts that `actor` may see come from; None for all of them.

    An operator has to do with the numbers of cases they may see, and with those that any operator
    may have to speak to.
    """
    if actor.kind is ActorKind.USER and actor.role is Role.SUPERVISOR:
        return None
    if actor.kind is ActorKind.USER and actor.role is Role.OPERATOR:
        return [("mobile", visibility.cases(actor).values("mobile")), *needing_a_person()]
    return []


def needing_a_person() -> list[Phones]:
    """Numbers with a text to be read, a call to be made, or a message that did not arrive."""
    return [unclear(), ("id", owed_calls().values("contact_id")), unreceived()]


def unclear() -> Phones:
    """Numbers whose text no rule understood."""
    return "mobile", unclear_texts().values("sender")


def unreceived() -> Phones:
    """Numbers that a message did not reach, or may not have."""
    return "mobile", unreceived_messages().values("receptor")


def unclear_texts() -> QuerySet[InboxMessage]:
    return InboxMessage.filter(state=InboxState.UNCLEAR)


def owed_calls() -> QuerySet[CallBack]:
    return CallBack.filter(done_at=None)


def unreceived_messages() -> QuerySet[OutboxMessage]:
    """Of the last 30 days; by then the citizen was told in another way, or never is."""
    return OutboxMessage.filter(state__in=UNRECEIVED, updated_at__gte=now() - ATTENTION_FOR)


def among(phones: list[Phones]) -> Q:
    """The condition on `Contact` that one of the queries names it."""
    condition = _NOBODY
    for column, query in phones:
        named: dict[str, Any] = {f"{column}__in": Subquery(query)}
        condition |= Q(**named)
    return condition


def parse_language(value: object) -> Language:
    """Raises DomainError unknown."""
    if isinstance(value, str) and value in set(Language):
        return Language(value)
    raise DomainError("unknown", "language")


def require_reader(actor: Actor) -> None:
    permissions.require_role(actor, *READERS)
