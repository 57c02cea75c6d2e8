"""The feed of changes: what subscriptions and webhooks tell, each reader from its own position.

An entry of a timeline and its place in the feed are one transaction (`append`). Which number it
has is said after the commit (`number`), one at a time: PostgreSQL commits ids out of order, and a
reader who remembers an id would miss what was begun earlier and committed later.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from domain import visibility
from domain.actors import Actor
from domain.errors import DomainError
from domain.time import now
from models import Case, CaseEvent, Change, Referral, statements
from models.database import connection, lock_name, transaction
from models.enums import EventKind

KEPT: Final = timedelta(days=7)
PAGE: Final = 100
_PRUNE_EVERY: Final = timedelta(hours=6)
_LARGEST: Final = 2**63 - 1
_NUMBER: Final = """
    UPDATE change SET position = fresh.position FROM (
        SELECT id, (SELECT coalesce(max(position), 0) FROM change)
            + row_number() OVER (ORDER BY id) AS position
        FROM change WHERE position IS NULL) AS fresh
    WHERE change.id = fresh.id"""


_KEPT: Final = """SELECT (SELECT min(position) FROM change) AS first,
    (SELECT max(position) FROM change) AS last"""


class Topic(StrEnum):
    CASE_CHANGED = "case.changed"
    """Every entry of a case's timeline."""
    REFERRAL_ASSIGNED = "referral.assigned"
    """The unit of a referral has new work."""
    CLOCK_WARNING = "clock.warning"
    """A rung of the ladder was climbed, the breach among them (design §4)."""


_KINDS: Final[dict[Topic, frozenset[EventKind]]] = {
    Topic.REFERRAL_ASSIGNED: frozenset({EventKind.REFERRED}),
    Topic.CLOCK_WARNING: frozenset({EventKind.LADDER, EventKind.BREACH}),
}
"""Which entries a topic tells of; of every kind where nothing is said."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing to tell; an entry of a timeline may be told under several topics."""

    position: int
    topic: Topic
    event: CaseEvent
    case: Case
    referral: Referral | None
    """The referral that the entry is about, where there is one."""


@dataclass(frozen=True, slots=True)
class Page:
    """A part of the feed. Go on from `position`, also when nothing in it was to be told."""

    entries: list[Entry]
    position: int
    more: bool
    """Whether more was there already."""


async def append(*events: CaseEvent) -> None:
    """Put entries of timelines into the feed, in the transaction that wrote them."""
    changes = [statements.new(Change, event_id=event.id, created_at=event.at) for event in events]
    await statements.insert(*changes)


async def number() -> int:
    """Give positions to what was committed without one; the latest position.

    A transaction of its own, one in the whole service at a time: never inside another one.
    """
    if await Change.filter(position=None).exists():
        async with transaction():
            await lock_name("feed")
            await connection().execute_query(_NUMBER)
    return await latest()


async def latest() -> int:
    """The last position that was given, 0 before the first."""
    _, last = await _kept()
    return last


async def check(after: int) -> int:
    """The last position, if everything between `after` and it is still kept.

    Raises DomainError expired when it is not, invalid for a position that was never given.
    """
    first, last = await _kept()
    if after < first - 1:
        raise DomainError("expired", "after")
    if after > last:
        raise DomainError("invalid", "after")
    return last


async def read(actor: Actor, after: int, topics: Collection[Topic], limit: int = PAGE) -> Page:
    """What follows `after` and the actor may see now, of the next `limit` entries of timelines.

    However many they are, the same number of queries. Raises what `check` raises.
    """
    last = await check(after)
    query = Change.filter(position__gt=after, position__lte=last)
    if Topic.CASE_CHANGED not in topics:
        query = query.filter(event__kind__in=[kind for topic in topics for kind in _KINDS[topic]])
    places = await query.order_by("position").limit(limit).values_list("event_id", "position")
    more = len(places) == limit
    position = places[-1][1] if more else last
    return Page(await _entries(actor, dict(places), topics), position, more)


async def prune() -> datetime:
    """Forget what is older than a week; when to do it again.

    The last position stays, so that numbers never begin anew.
    """
    last = await number()
    kept = Change.filter(created_at__gte=now() - KEPT, position__isnull=False)
    oldest = await kept.order_by("position").first()
    await Change.filter(position__lt=oldest.position if oldest else last).delete()
    return now() + _PRUNE_EVERY


def cursor(position: int) -> str:
    """A position as readers outside keep it: opaque, fit for an address."""
    return urlsafe_b64encode(b"%d" % position).decode().rstrip("=")


def position(text: str) -> int:
    """The position of a cursor. Raises DomainError invalid."""
    try:
        found = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    except ValueError:
        raise DomainError("invalid", "after") from None
    if not re.fullmatch(rb"[0-9]{1,19}", found) or int(found) > _LARGEST:
        raise DomainError("invalid", "after")
    return int(found)


async def _kept() -> tuple[int, int]:
    """The first and the last position; (1, 0) when there is none yet."""
    [row] = await connection().execute_query_dict(_KEPT)
    return row["first"] or 1, row["last"] or 0


async def _entries(actor: Actor, places: dict[int, int], topics: Collection[Topic]) -> list[Entry]:
    """The entries that the actor may see, by position; `places` are positions by entry."""
    events = await CaseEvent.filter(visibility.event_rule(actor), id__in=list(places))
    seen = visibility.cases(actor).filter(id__in=list({event.case_id for event in events}))
    cases = {case.id: case for case in await seen}
    named = [event.referral_id for event in events if event.referral_id is not None]
    referrals = {row.id: row for row in await visibility.referrals(actor).filter(id__in=named)}
    events.sort(key=lambda event: places[event.id])
    return [
        Entry(
            places[event.id],
            topic,
            event,
            cases[event.case_id],
            referrals.get(event.referral_id or 0),
        )
        for event in events
        for topic in topics
        if event.case_id in cases and _tells(topic, event, referrals)
    ]


def _tells(topic: Topic, event: CaseEvent, referrals: dict[int, Referral]) -> bool:
    if topic is Topic.REFERRAL_ASSIGNED and event.referral_id not in referrals:
        return False
    return topic not in _KINDS or event.kind in _KINDS[topic]
