"""What must be true in the end, by what the telephones hold and what the database says."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain.phone import local_form
from models import InboxMessage, OptOut, OutboxMessage, Survey, statements
from models.enums import InboxState, Meaning, MessageState
from tests.soak.citizens import Citizen
from tests.soak.feed import UNSETTLED
from tests.soak.options import ANSWER_SECONDS
from tests.soak.service import Simulator

SHOWN = 10
"""Rows shown of what breaks one promise."""
HANDED_OVER = ANSWER_SECONDS + 1.0
"""Seconds after the moment of an opt-out in which a provider may still take a text. A worker that
began before the opt-out was committed waits for the answer as long as `ANSWER_SECONDS`; a second is
for the commit, which is later than the moment written down."""
ON_ITS_WAY = ("accepted", "sent")
DELIVERED = 10
_RANKS = {"accepted": 1, "sent": 2, "failed": 3, "undelivered": 3, "cancelled": 3, "blocked": 3,
    "delivered": 4}  # fmt: skip

Broken = Iterator[str]


@dataclass(frozen=True)
class Held:
    """What the telephones hold: rows of the simulator by the local id they carry, and by phone."""

    by_local_id: dict[int, list[dict[str, Any]]]
    by_phone: dict[str, list[dict[str, Any]]]


@dataclass(frozen=True)
class Promise:
    """A promise, what was looked at for it, and what breaks it."""

    name: str
    looked_at: int
    broken: list[str]


async def collect(simulator: Simulator) -> Held:
    """Everything on all telephones."""
    by_local_id: dict[int, list[dict[str, Any]]] = defaultdict(list)
    by_phone = {}
    for phone in await simulator.get("/_sim/phones"):
        rows = await simulator.messages(phone["number"])
        by_phone[phone["number"]] = rows
        for row in rows:
            if row["direction"] == "to_phone":
                by_local_id[int(row["local_id"] or row["reference"])].append(row)
    return Held(by_local_id, by_phone)


async def verify(held: Held, citizens: Sequence[Citizen]) -> list[Promise]:
    """Every promise with what breaks it."""
    rows = await OutboxMessage.all().order_by("id")
    outs = {row.mobile: row for row in await OptOut.all()}
    texts = sum(len(found) for found in held.by_local_id.values())
    inbox = await InboxMessage.all().order_by("id")
    surveys = await Survey.all().order_by("mobile", "asked_at", "id")
    jobs = await statements.fetch("SELECT kind, lease, dead FROM job")
    checks: list[tuple[str, int, Broken]] = [
        ("each message is on its handset exactly once", len(rows), _once(rows, outs, held)),
        ("no handset holds a message twice", texts, _twice(rows, held)),
        ("no message was taken by both gateways", len(held.by_local_id), _both(held)),
        ("no message is stuck", len(rows), _stuck(rows)),
        ("no job is held or dead", len(jobs), _held_jobs(jobs)),
        ("nothing was taken after the opt-out", len(outs), _after_opt_out(outs, held)),
        ("each text was stored and handled once", len(inbox), _handled(inbox, held)),
        ("no two active surveys of one phone", len(surveys), _overlapping(surveys)),
    ]
    promises = [Promise(name, count, list(broken)) for name, count, broken in checks]
    steps = await statements.fetch("SELECT message_id, state FROM message_step ORDER BY id")
    promises.append(Promise("no state went back", len(steps), list(_backwards(steps))))
    return [*promises, await _scores(citizens, inbox)]


def _once(rows: Sequence[OutboxMessage], outs: Mapping[str, OptOut], held: Held) -> Broken:
    """What is delivered is there; what is not there has an opt-out for it."""
    for row in rows:
        there = [one for one in held.by_local_id[row.local_id] if one["status"] == DELIVERED]
        if row.state is MessageState.DELIVERED and len(there) == 1:
            continue
        if row.receptor in outs and row.state is MessageState.BLOCKED and not there:
            continue
        yield f"message {row.id}: {row.state} at {row.gateway or 'none'}, {len(there)} on handset"


def _twice(rows: Sequence[OutboxMessage], held: Held) -> Broken:
    ours = {row.local_id for row in rows}
    for local_id, found in held.by_local_id.items():
        if len(found) > 1:
            yield f"local id {local_id}: {len(found)} times, {[one['status'] for one in found]}"
        if local_id not in ours:
            yield f"local id {local_id}: no message of ours"


def _both(held: Held) -> Broken:
    for local_id, found in held.by_local_id.items():
        if len(names := {row["provider"] for row in found}) > 1:
            yield f"local id {local_id}: {sorted(names)}"


def _stuck(rows: Sequence[OutboxMessage]) -> Broken:
    for row in rows:
        if row.state in (*UNSETTLED, MessageState.NEEDS_REVIEW, *ON_ITS_WAY):
            tried = f"{row.attempts} attempts, {row.doubts} in doubt"
            yield f"message {row.id}: {row.state} at {row.gateway or 'none'}, {tried}: {row.error}"


def _held_jobs(jobs: Sequence[Mapping[str, Any]]) -> Broken:
    for job in jobs:
        if job["lease"] or job["dead"] or job["kind"] in ("sms.send", "inbox.handle"):
            yield f"job {job['kind']}: {'dead' if job['dead'] else 'held' if job['lease'] else ''}"


def _after_opt_out(outs: Mapping[str, OptOut], held: Held) -> Broken:
    for mobile, out in outs.items():
        for row in held.by_phone.get(local_form(mobile), []):
            late = row["at"] - out.created_at.timestamp()
            if row["direction"] == "to_phone" and late > HANDED_OVER:
                yield f"phone ending in {mobile[-4:]}: {late:.2f} s after it, by {row['provider']}"


def _handled(inbox: Sequence[InboxMessage], held: Held) -> Broken:
    stored = Counter(row.message_id.removeprefix("b") for row in inbox)
    sent = [
        str(row["id"])
        for rows in held.by_phone.values()
        for row in rows
        if row["direction"] == "from_phone"
    ]
    for number in sent:
        if stored.pop(number, 0) != 1:
            yield f"text {number}: not stored exactly once"
    yield from (f"text {number}: nobody sent it" for number in stored)
    for row in inbox:
        if row.state is InboxState.NEW or not row.handled_as or row.handled_at is None:
            yield f"text {row.id}: {row.state}"


def _overlapping(surveys: Sequence[Survey]) -> Broken:
    """Each survey of a phone was asked when the one before had ended."""
    ends: dict[str, datetime | None] = {}
    for survey in surveys:
        if survey.asked_at is None:
            continue
        if survey.mobile in ends:
            end = ends[survey.mobile]
            if end is None or end > survey.asked_at:
                yield f"survey {survey.id}: asked while the one before was active"
        ends[survey.mobile] = survey.ended_at


def _backwards(steps: Sequence[Mapping[str, Any]]) -> Broken:
    known: dict[int, str] = {}
    for step in steps:
        before, after = known.get(step["message_id"], "pending"), step["state"]
        if _RANKS.get(after, 0) < _RANKS.get(before, 0):
            yield f"message {step['message_id']}: {before} became {after}"
        known[step["message_id"]] = after


async def _scores(citizens: Sequence[Citizen], inbox: Sequence[InboxMessage]) -> Promise:
    """Each score that was sent was understood as one, and each scored survey has one that counts,
    which was sent."""
    counted = await statements.fetch(
        "SELECT survey.mobile, feedback.round_id, feedback.rating FROM feedback"
        " JOIN survey ON survey.round_id = feedback.round_id WHERE superseded = FALSE"
    )
    ratings: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for row in counted:
        ratings[local_form(row["mobile"])].append((row["round_id"], row["rating"]))
    meanings: dict[str, Counter[str]] = defaultdict(Counter)
    for text in inbox:
        meanings[local_form(text.sender)][text.handled_as] += 1
    broken = [
        f"phone ending in {one.phone[-4:]}: sent {one.scores}, understood as"
        f" {dict(meanings[one.phone])}, counted {ratings[one.phone]}"
        for one in citizens
        if not _counted_once(one, meanings[one.phone], ratings[one.phone])
    ]
    return Promise("each score was counted once", sum(len(c.scores) for c in citizens), broken)


def _counted_once(
    citizen: Citizen, meanings: Counter[str], ratings: Sequence[tuple[int, int]]
) -> bool:
    scored = meanings[Meaning.SCORE] + meanings[Meaning.LATE_SCORE]
    understood = scored + meanings[Meaning.CORRECTION] + meanings[Meaning.NOTE]
    return (
        understood == len(citizen.scores) * (2 if citizen.habit == "twice" else 1)
        and len(ratings) == scored == len({number for number, _ in ratings})
        and not Counter(rating for _, rating in ratings) - Counter(citizen.scores)
    )
