"""The list of conversations by SMS: by their last text, under visibility, a page at a time."""

# ruff: noqa: S608 (names come from the models, everything else is bound)

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from tortoise.expressions import Q
from tortoise.functions import Count, Max
from tortoise.queryset import QuerySet

from domain import contacts
from domain.actors import Actor
from domain.contacts import Phones
from models import Contact, InboxMessage, OptOut, OutboxMessage, statements
from models.conditions import Values, every, of_query
from models.enums import Language

PAGE: Final = 50
RARE: Final = 3000
"""Numbers whose last texts are looked up and sorted for a page of the list."""
_COUNT: Final = """
    SELECT count(*) AS count FROM (SELECT 1 FROM contact WHERE language = $1 LIMIT $2) AS found"""


class Need(StrEnum):
    """Why a conversation needs a person."""

    ANY = "any"
    UNRECEIVED = "unreceived"
    UNCLEAR = "unclear"


@dataclass(frozen=True)
class Cursor:
    """The place of a conversation in the list: the moment of its last text, its contact's id."""

    at: datetime
    contact_id: int


@dataclass(frozen=True)
class Listed:
    """A conversation in the list, with how much of what in it needs a person."""

    contact: Contact
    at: datetime
    last: OutboxMessage | InboxMessage | None = None
    unclear: int = 0
    unreceived: int = 0
    owed_calls: int = 0
    opted_out: bool = False

    @property
    def cursor(self) -> Cursor:
        return Cursor(self.at, self.contact.id)


async def newest(
    actor: Actor,
    *,
    need: Need | None = None,
    language: Language | None = None,
    cursor: Cursor | None = None,
    backwards: bool = False,
    limit: int = PAGE,
) -> list[Listed]:
    """Conversations that `actor` may see, by their last text, latest first, after the cursor.

    `backwards`: those before the cursor, nearest first.
    """
    few = [phones for phones in (contacts.seen(actor), _needing(need)) if phones is not None]
    values = Values()
    by_number = bool(few) or (language is not None and await _is_rare(language))
    condition = _chosen(few, language, values)
    write = _few if by_number else _many
    statement = write(condition, _Place(cursor, backwards, limit), values)
    rows = await statements.fetch(statement, *values.given)
    found = await Contact.in_bulk([row["id"] for row in rows], "id")
    moment = Contact._meta.fields_map["created_at"].to_python_value
    return await _described([Listed(found[row["id"]], moment(row["at"])) for row in rows])


async def _is_rare(language: Language) -> bool:
    """Too few have chosen it to come upon them by going through all texts."""
    [row] = await statements.fetch(_COUNT, language.value, RARE + 1)
    return int(row["count"]) <= RARE


@dataclass(frozen=True)
class _Place:
    """Which part of the list is asked for."""

    cursor: Cursor | None
    backwards: bool
    limit: int

    def beyond(self, at: str, key: str, values: Values) -> str:
        """The condition; the moment apart as well, which an index finds."""
        if self.cursor is None:
            return "TRUE"
        than = ">" if self.backwards else "<"
        moment, number = values.put(self.cursor.at), values.put(self.cursor.contact_id)
        return f"{at} {than}= {moment} AND ({at}, {key}) {than} ({moment}, {number})"

    def order(self, at: str, key: str) -> str:
        way = "ASC" if self.backwards else "DESC"
        return f"ORDER BY {at} {way}, {key} {way}"


def _few(condition: str, place: _Place, values: Values) -> str:
    """Of some numbers: the last texts of each are looked up, and sorted."""
    return f"""
        WITH listed AS (SELECT c.id,
                (SELECT max(created_at) FROM outbox_message WHERE receptor = c.mobile) AS sent,
                (SELECT max(received_at) FROM inbox_message WHERE sender = c.mobile) AS received
            FROM contact c WHERE {condition}),
        placed AS (SELECT id, CASE WHEN sent >= received OR received IS NULL THEN sent
                ELSE received END AS at FROM listed)
        SELECT id, at FROM placed WHERE at IS NOT NULL AND {place.beyond("at", "id", values)}
        {place.order("at", "id")} LIMIT {place.limit}"""


# The last texts of numbers: none is later, and of two of the same moment it is the one sent.
_SENT: Final = """
    SELECT c.id, m.created_at AS at FROM outbox_message m CROSS JOIN contact c
    WHERE c.mobile = m.receptor AND NOT EXISTS (SELECT 1 FROM outbox_message n
            WHERE n.receptor = m.receptor AND (n.created_at, n.id) > (m.created_at, m.id))
        AND NOT EXISTS (SELECT 1 FROM inbox_message n
            WHERE n.sender = m.receptor AND n.received_at > m.created_at)"""
_RECEIVED: Final = """
    SELECT c.id, m.received_at AS at FROM inbox_message m CROSS JOIN contact c
    WHERE c.mobile = m.sender AND NOT EXISTS (SELECT 1 FROM inbox_message n
            WHERE n.sender = m.sender AND (n.received_at, n.id) > (m.received_at, m.id))
        AND NOT EXISTS (SELECT 1 FROM outbox_message n
            WHERE n.receptor = m.sender AND n.created_at >= m.received_at)"""


def _many(condition: str, place: _Place, values: Values) -> str:
    """Of all numbers: texts of either kind are walked by time, until enough are the last ones."""
    parts = []
    for texts, at in ((_SENT, "m.created_at"), (_RECEIVED, "m.received_at")):
        wanted = place.beyond(at, "c.id", values)
        part = f"{texts} AND {condition} AND {wanted} {place.order(at, 'c.id')} LIMIT {place.limit}"
        parts.append(f"SELECT id, at FROM ({part}) AS walked")
    return f"{' UNION ALL '.join(parts)} {place.order('at', 'id')} LIMIT {place.limit}"


def _needing(need: Need | None) -> list[Phones] | None:
    match need:
        case None:
            return None
        case Need.ANY:
            return contacts.needing_a_person()
        case Need.UNRECEIVED:
            return [contacts.unreceived()]
        case Need.UNCLEAR:
            return [contacts.unclear()]


def _chosen(few: Sequence[list[Phones]], language: Language | None, values: Values) -> str:
    """The conditions on a contact `c`: it is in each of the lists, and of the language."""
    parts = [f"c.id IN ({_union(phones, values)})" for phones in few]
    if language is not None:
        parts.append(every(Contact, [Q(language=language)], "c", values))
    return " AND ".join(parts) or "TRUE"


def _union(phones: list[Phones], values: Values) -> str:
    """The ids of the contacts that the queries name: one by one, so that indexes serve them."""
    parts = ["SELECT 0"]
    for column, query in phones:
        [name] = query._fields_for_select.values()
        meta, inner = query.model._meta, values.alias()
        own = meta.fields_db_projection[str(name)]
        found = of_query(query, inner, values)
        named = f'SELECT {inner}."{own}" FROM "{meta.db_table}" {inner} WHERE {found}'
        parts.append(f"SELECT id FROM contact WHERE {column} IN ({named})")
    return " UNION ".join(parts)


async def _described(listed: list[Listed]) -> list[Listed]:
    """With what the list shows of each, in a fixed number of queries."""
    if not listed:
        return []
    mobiles = [item.contact.mobile for item in listed]
    numbers = [item.contact.id for item in listed]
    sent = await _last(OutboxMessage, "receptor", mobiles)
    received = await _last(InboxMessage, "sender", mobiles)
    unclear = await _counts(contacts.unclear_texts(), "sender", mobiles)
    unreceived = await _counts(contacts.unreceived_messages(), "receptor", mobiles)
    owed = await _counts(contacts.owed_calls(), "contact_id", numbers)
    silent = {row.mobile for row in await OptOut.filter(mobile__in=mobiles)}
    return [
        replace(
            item,
            last=_later(sent.get(item.contact.mobile), received.get(item.contact.mobile)),
            unclear=unclear.get(item.contact.mobile, 0),
            unreceived=unreceived.get(item.contact.mobile, 0),
            owed_calls=owed.get(item.contact.id, 0),
            opted_out=item.contact.mobile in silent,
        )
        for item in listed
    ]


async def _last(model: Any, column: str, mobiles: list[str]) -> dict[str, Any]:
    """The last row of each number."""
    grouped = model.filter(**{f"{column}__in": mobiles}).annotate(last=Max("id"))
    keys = await grouped.group_by(column).values_list("last", flat=True)
    return {getattr(row, column): row for row in await model.filter(id__in=keys)}


async def _counts(query: QuerySet[Any], column: str, among: list[Any]) -> dict[Any, int]:
    grouped = query.filter(**{f"{column}__in": among}).annotate(count=Count("id"))
    return dict(await grouped.group_by(column).values_list(column, "count"))


def _later(
    sent: OutboxMessage | None, received: InboxMessage | None
) -> OutboxMessage | InboxMessage | None:
    if sent is None or received is None:
        return sent or received
    return sent if sent.created_at >= received.received_at else received
