"""What operators do about texts that no rule understood: none is dropped (S6, docs/survey.md).

Each act settles the text once: of two people at once the second gets `already_done`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from domain import call_backs, conversation, events, feedback, keys, permissions, phone, questions
from domain import survey as surveys
from domain.actors import Actor
from domain.answer_labels import parse_score
from domain.errors import DomainError, NotFound
from domain.text import clean_line
from domain.time import now
from models import Case, Contact, InboxMessage, Question, statements
from models.database import transaction
from models.enums import EventKind, InboxState, MessageChannel, Role, Settlement, TextKind

CASES_SHOWN: Final = 6
LINES_SHOWN: Final = 4
_COMMENT: Final = 1000
"""Characters of a text that are kept beside a score."""

_LINES: Final = """
    SELECT phone, text, at, inbound FROM (
        SELECT phone, text, at, inbound,
            row_number() OVER (PARTITION BY phone ORDER BY at DESC, id DESC) AS place
        FROM (
            SELECT receptor AS phone, text, created_at AS at, FALSE AS inbound, id
            FROM outbox_message
            WHERE receptor IN ({phones}) AND channel = '{sms}' AND kind <> '{secret}'
            UNION ALL
            SELECT sender AS phone, text, received_at AS at, TRUE AS inbound, id
            FROM inbox_message WHERE sender IN ({phones}) AND state <> '{unclear}'
        ) AS spoken
    ) AS numbered
    WHERE place <= {count} ORDER BY phone, place DESC"""


@dataclass(frozen=True)
class Line:
    """One text of a conversation."""

    text: str
    at: datetime
    inbound: bool


@dataclass(frozen=True)
class Entry:
    """An unclear text with what a person needs to judge it."""

    text: InboxMessage
    contact_id: int | None = None
    cases: list[Case] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)


async def entries(texts: list[InboxMessage]) -> list[Entry]:
    """The texts with the last lines of their conversations and the phones' cases, newest first."""
    phones = sorted({row.sender for row in texts})
    contacts = {row.mobile: row.id for row in await Contact.filter(mobile__in=phones)}
    cases = await _cases(phones)
    lines = await _lines(phones)
    return [
        Entry(
            row,
            contacts.get(row.sender),
            cases.get(row.sender, []),
            lines.get(row.sender, []),
        )
        for row in texts
    ]


async def read(actor: Actor, inbox_id: int) -> InboxMessage:
    """A person has read the text, and nothing more is to be done."""
    async with transaction():
        row = await _unsettled(actor, inbox_id)
        case = await Case.filter(id=row.case_id).select_for_update().get() if row.case_id else None
        await _settle(actor, row, Settlement.READ, case)
    return row


async def score(actor: Actor, inbox_id: int, score: object) -> InboxMessage:
    """The text means this score for the survey that its phone was asked last.

    It counts from when the text came: in time, as a correction within ten minutes, or late.
    Raises no_survey when no survey can take it.
    """
    rating = parse_score(score)
    async with transaction():
        row = await _unsettled(actor, inbox_id)
        await surveys.lapse(row.sender)
        asked = await feedback.last_survey(row.sender)
        words = row.text.strip()[:_COMMENT]
        if asked is None or asked.asked_at is None or row.received_at < asked.asked_at:
            raise DomainError("no_survey")
        if await feedback.take(asked, rating, words, row.received_at, actor) is None:
            raise DomainError("no_survey")
        case = await Case.get(id=asked.case_id)
        await _settle(actor, row, Settlement.SCORED, case)
    return row


async def attach(actor: Actor, inbox_id: int, case_id: object) -> InboxMessage:
    """The text belongs to this case of its phone; a question that waits there is answered by it."""
    async with transaction():
        row = await _unsettled(actor, inbox_id)
        case = await _own_case(row, case_id)
        question = (
            await Question.filter(case_id=case.id, ended_at=None)
            .order_by("-id")
            .select_related("case")
            .first()
        )
        if question is not None:
            case = await questions.reply(question, row.text)
        await _settle(actor, row, Settlement.ATTACHED, case)
    return row


async def call_back(actor: Actor, inbox_id: int, reason: object = "") -> InboxMessage:
    """The citizen must be called; the call stands on the operators' list of calls to make."""
    why = clean_line(reason, "reason", max=300, min=0)
    async with transaction():
        row = await _unsettled(actor, inbox_id)
        case = await Case.filter(id=row.case_id).select_for_update().get() if row.case_id else None
        await call_backs.ask(actor, phone.parse_mobile(row.sender), why, text=row, case=case)
        await _settle(actor, row, Settlement.CALLED_BACK, case)
    return row


async def _unsettled(actor: Actor, inbox_id: int) -> InboxMessage:
    """The text, held with its phone for the running transaction."""
    permissions.require_role(actor, Role.OPERATOR, Role.SUPERVISOR)
    number = keys.row_id(inbox_id, "message")
    known = await InboxMessage.get_or_none(id=number)
    if known is None:
        raise NotFound("message")
    await conversation.hold(known.sender)
    row = await InboxMessage.filter(id=number).select_for_update().get()
    if row.state is not InboxState.UNCLEAR:
        raise DomainError("already_done")
    return row


async def _own_case(row: InboxMessage, case_id: object) -> Case:
    try:
        number = keys.row_id(case_id, "case")
    except NotFound:
        raise DomainError("unknown", "case") from None
    case = await Case.filter(id=number, mobile=row.sender).select_for_update().first()
    if case is None:
        raise DomainError("unknown", "case")
    return case


async def _settle(actor: Actor, row: InboxMessage, how: Settlement, case: Case | None) -> None:
    row.state = InboxState.HANDLED
    row.handled_at = now()
    row.settled_as = how
    row.settled_by_id = actor.user_id
    row.case_id = case.id if case else None
    await row.save()
    if case is not None:
        await events.record(case, actor, EventKind.TEXT_SETTLED, text=row.text)


async def _cases(phones: list[str]) -> dict[str, list[Case]]:
    found: dict[str, list[Case]] = {}
    rows = Case.filter(mobile__in=phones).order_by("-id").limit(CASES_SHOWN * len(phones))
    for case in await rows if phones else []:
        of_phone = found.setdefault(case.mobile, [])
        if len(of_phone) < CASES_SHOWN:
            of_phone.append(case)
    return found


async def _lines(phones: list[str]) -> dict[str, list[Line]]:
    """The last lines of each phone but for what is unclear, oldest first."""
    if not phones:
        return {}
    query = _LINES.format(
        phones=", ".join(f"${number + 1}" for number in range(len(phones))),
        sms=MessageChannel.SMS,
        secret=TextKind.IDENTITY_CODE,
        unclear=InboxState.UNCLEAR,
        count=LINES_SHOWN,
    )
    found: dict[str, list[Line]] = {}
    as_moment = InboxMessage._meta.fields_map["received_at"].to_python_value
    for row in await statements.fetch(query, *phones):
        at: Any = as_moment(row["at"])
        found.setdefault(row["phone"], []).append(Line(row["text"], at, bool(row["inbound"])))
    return found
