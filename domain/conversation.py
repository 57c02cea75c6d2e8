"""What an inbound text means, in the routing order of sms-anchors §3 (docs/survey.md).

Opt-out, tracking code, waiting question or survey, late answer, operator inbox. Texts of one phone
are taken in order, by one worker at a time.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from domain import (
    answer_labels,
    contacts,
    feedback,
    jobs,
    opt_outs,
    outbox,
    phone,
    questions,
    survey,
    survey_parser,
    tracking_code,
)
from domain.errors import DomainError
from domain.status_words import STATUS_WORDS
from domain.survey_parser import Kind, Labels, Parsed
from domain.text import clean_text
from domain.time import now
from models import Case, InboxMessage, OutboxMessage, Question, Survey
from models.database import lock_name
from models.enums import InboxState, Meaning, SurveyState, TextKind

STATUS_REPLIES_PER_HOUR = 3
LONGEST_UNDERSTOOD = 2000
"""Characters; a longer text goes to a person."""
_ABOUT_STATUS = (TextKind.STATUS, TextKind.STATUS_UNKNOWN)
_TO_STRANGERS = (TextKind.RECEIVED, TextKind.STATUS_UNKNOWN)
_Taken = tuple[Meaning, int | None]


async def receive(
    provider: str, message_id: str, sender: str, line: str, text: str
) -> InboxMessage | None:
    """Store an inbound text and plan its handling; None when it was stored before.

    Runs in one transaction of the caller: after its commit the provider may be told 200.
    """
    if await InboxMessage.exists(provider=provider, message_id=message_id):
        return None
    mobile = _mobile(sender)
    if mobile is not None:
        await contacts.of(mobile)
    row = await InboxMessage.create(
        provider=provider,
        message_id=message_id,
        sender=mobile or sender[:20],
        line=line[:20],
        text=text,
        received_at=now(),
        state=InboxState.NEW,
    )
    await jobs.enqueue("inbox.handle", f"inbox:{row.id}", subject_id=row.id)
    return row


async def handle(inbox_id: int) -> datetime | None:
    """Handle this phone's texts up to this one, in the order of arrival."""
    message = await InboxMessage.get(id=inbox_id)
    await hold(message.sender)
    waiting = InboxMessage.filter(sender=message.sender, state=InboxState.NEW, id__lte=inbox_id)
    rows = await waiting.order_by("id")
    labels = await answer_labels.load() if rows else {}
    for row in rows:
        row.handled_as, row.case_id = await _route(row, labels)
        row.state = InboxState.UNCLEAR if row.handled_as == Meaning.OPERATOR else InboxState.HANDLED
        row.handled_at = now()
        await row.save()
    return None


async def hold(sender: str) -> None:
    """Let nothing else happen to this phone's texts and surveys until the transaction ends."""
    await lock_name(f"phone:{sender}")


async def _route(row: InboxMessage, labels: Labels) -> _Taken:
    mobile = _mobile(row.sender)
    if mobile is None:
        return Meaning.OPERATOR, None
    try:
        text = clean_text(row.text, "text", max=LONGEST_UNDERSTOOD, min=0)
    except DomainError:
        return await _to_operator(mobile, row)
    parsed = survey_parser.parse(text, labels)
    if parsed.kind is Kind.OPT_OUT:
        return await _opt_out(mobile)
    if parsed.kind is Kind.OPT_IN and await opt_outs.lift(mobile):
        return Meaning.OPT_IN, None
    if parsed.kind is Kind.TRACKING_CODE:
        return await _status(mobile, text, row)
    return await _answer(mobile, text, parsed, row)


async def _answer(mobile: str, text: str, parsed: Parsed, row: InboxMessage) -> _Taken:
    await survey.lapse(mobile)
    question = await questions.waiting_for(mobile)
    asked = await feedback.last_survey(mobile)
    if question and not (asked and _survey_first(asked, parsed, question)):
        await questions.reply(question, text)
        return Meaning.REPLY, question.case_id
    meaning = await _survey_answer(asked, text, parsed, row) if asked else None
    if asked is None or meaning is None:
        return await _to_operator(mobile, row)
    return meaning, asked.case_id


def _survey_first(asked: Survey, parsed: Parsed, question: Question) -> bool:
    """A plain score goes to a survey that waits and was asked after the question."""
    later = asked.asked_at is not None and asked.asked_at > question.asked_at
    return later and asked.state in survey.ACTIVE and parsed.kind is Kind.SCORE


async def _survey_answer(
    asked: Survey, text: str, parsed: Parsed, row: InboxMessage
) -> Meaning | None:
    """What a text does to the survey that the phone was asked last; None: nothing."""
    if parsed.score is not None:
        at = row.received_at
        taken = await feedback.take(asked, parsed.score, parsed.comment, at)
        if taken is not None:
            return taken
        if not parsed.comment and await _recently_scored(asked, at):
            await feedback.note(asked, text)
            return Meaning.NOTE
    if asked.state is SurveyState.SCORED:
        await feedback.comment(asked, text)
        return Meaning.COMMENT
    if asked.state is SurveyState.ASKED:
        return Meaning.CLARIFIED if await feedback.clarify(asked) else Meaning.OPERATOR
    return None


async def _recently_scored(asked: Survey, at: datetime) -> bool:
    given = await feedback.scored_at(asked)
    return given is not None and at - given <= feedback.LATE_WITHIN


async def _opt_out(mobile: str) -> _Taken:
    """Nothing confirms it: that would be one more text. What waits is stopped at claiming."""
    await outbox.opt_out(mobile, "reply")
    stopped = await survey.stop(mobile)
    return Meaning.OPT_OUT, stopped.case_id if stopped else None


async def _status(mobile: str, text: str, row: InboxMessage) -> _Taken:
    code = tracking_code.parse(text)
    assert code is not None
    asked_often = await _sent(mobile, _ABOUT_STATUS, timedelta(hours=1)) >= STATUS_REPLIES_PER_HOUR
    if asked_often or await _stranger_was_answered(mobile):
        return Meaning.STATUS_LIMITED, None
    case = await Case.get_or_none(tracking_code=code, mobile=mobile)
    shown, key = tracking_code.display(code), f"status:{row.id}"
    if case is None:
        await outbox.queue(TextKind.STATUS_UNKNOWN, mobile, key, code=shown)
        return Meaning.STATUS_UNKNOWN, None
    words = STATUS_WORDS[(await contacts.of(mobile)).language]
    await outbox.queue(
        TextKind.STATUS, mobile, key, case=case, code=shown, status=words[case.status]
    )
    return Meaning.STATUS, case.id


async def _to_operator(mobile: str, row: InboxMessage) -> _Taken:
    """A person reads it; the sender is told so at most once a day, so that robots do not loop."""
    told = await _sent(mobile, (TextKind.RECEIVED,), timedelta(days=1))
    if not told and not await _stranger_was_answered(mobile):
        await outbox.queue(TextKind.RECEIVED, mobile, f"received:{row.id}")
    return Meaning.OPERATOR, None


async def _stranger_was_answered(mobile: str) -> bool:
    """Whether a number that has no case got its one answer of the day."""
    if await Case.exists(mobile=mobile):
        return False
    return bool(await _sent(mobile, _TO_STRANGERS, timedelta(days=1)))


async def _sent(mobile: str, kinds: Collection[TextKind], within: timedelta) -> int:
    since = now() - within
    return await OutboxMessage.filter(
        receptor=mobile, kind__in=list(kinds), created_at__gt=since
    ).count()


def _mobile(sender: str) -> str | None:
    try:
        return phone.parse_mobile(sender)
    except DomainError:
        return None
