"""What an inbound text means, in the routing order of sms-anchors §3: opt-out, tracking code,
waiting question or survey, late answer, operator inbox. Texts of one phone are taken in order."""

from __future__ import annotations

from datetime import datetime, timedelta

from domain import (
    events,
    feedback,
    jobs,
    outbox,
    permissions,
    phone,
    questions,
    survey_parser,
    tracking_code,
)
from domain.actors import Actor
from domain.errors import DomainError, NotFound
from domain.jalali import TEHRAN
from domain.survey_parser import Kind, Parsed
from domain.text import clean_text
from domain.time import now
from models import Case, InboxMessage, OptOut, OutboxMessage, Survey
from models.database import lock_name, transaction
from models.enums import EventKind, InboxState, Meaning, Role, SurveyState, TextKind

STATUS_REPLIES_PER_HOUR = 3


async def receive(
    provider: str, message_id: str, sender: str, line: str, text: str
) -> InboxMessage | None:
    """Store an inbound text and plan its handling; None when it was stored before.

    Runs in one transaction of the caller: after its commit the provider may be told 200.
    """
    if await InboxMessage.exists(provider=provider, message_id=message_id):
        return None
    row = await InboxMessage.create(
        provider=provider,
        message_id=message_id,
        sender=sender[:20],
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
    await lock_name(f"phone:{message.sender}")
    waiting = InboxMessage.filter(sender=message.sender, state=InboxState.NEW, id__lte=inbox_id)
    for row in await waiting.order_by("id"):
        await _handle(row)
    return None


async def settle(actor: Actor, inbox_id: int) -> InboxMessage:
    """A person has read an unclear text and done what it asked for."""
    permissions.require_role(actor, Role.OPERATOR, Role.SUPERVISOR)
    async with transaction():
        row = await InboxMessage.filter(id=inbox_id).select_for_update().get_or_none()
        if row is None:
            raise NotFound("message")
        if row.state is not InboxState.UNCLEAR:
            raise DomainError("already_done")
        row.state = InboxState.HANDLED
        row.handled_at = now()
        await row.save()
        if row.case_id is not None:
            case = await Case.filter(id=row.case_id).select_for_update().get()
            await events.record(case, actor, EventKind.TEXT_SETTLED, text=row.text)
    return row


async def _handle(row: InboxMessage) -> None:
    row.handled_as, row.case_id = await _route(row)
    row.state = InboxState.UNCLEAR if row.handled_as == Meaning.OPERATOR else InboxState.HANDLED
    row.handled_at = now()
    await row.save()


async def _route(row: InboxMessage) -> tuple[Meaning, int | None]:
    try:
        mobile = phone.parse_mobile(row.sender)
        text = clean_text(row.text, "text", max=2000, min=0)
    except DomainError:
        return Meaning.OPERATOR, None
    parsed = survey_parser.parse(text)
    if parsed.kind is Kind.OPT_OUT:
        return await _opt_out(mobile)
    if parsed.kind is Kind.TRACKING_CODE:
        return await _status(mobile, text, row)
    return await _answer(mobile, text, parsed, row)


async def _answer(
    mobile: str, text: str, parsed: Parsed, row: InboxMessage
) -> tuple[Meaning, int | None]:
    question = await questions.waiting_for(mobile)
    survey = await feedback.active_survey(mobile)
    if question and not (survey and _survey_first(survey, parsed, question.asked_at)):
        await questions.reply(question, text)
        return Meaning.REPLY, question.case_id
    if survey:
        return await _survey_answer(survey, text, parsed, row)
    last = await feedback.last_survey(mobile)
    if last and parsed.score is not None:
        if feedback.may_correct(last):
            await feedback.correct(last, parsed.score, parsed.comment)
            return Meaning.CORRECTION, last.case_id
        if feedback.may_be_late(last):
            await feedback.late(last, parsed.score, parsed.comment)
            return Meaning.LATE_SCORE, last.case_id
    return await _to_operator(mobile)


def _survey_first(survey: Survey, parsed: Parsed, question_asked_at: datetime) -> bool:
    """A plain score goes to a survey that was asked after the question."""
    asked_later = survey.asked_at is not None and survey.asked_at > question_asked_at
    return parsed.kind is Kind.SCORE and asked_later


async def _survey_answer(
    survey: Survey, text: str, parsed: Parsed, row: InboxMessage
) -> tuple[Meaning, int | None]:
    if survey.state is SurveyState.SCORED:
        if parsed.kind is Kind.SCORE and feedback.may_correct(survey):
            assert parsed.score is not None
            await feedback.correct(survey, parsed.score, parsed.comment)
            return Meaning.CORRECTION, survey.case_id
        await feedback.comment(survey, text)
        return Meaning.COMMENT, survey.case_id
    if parsed.kind is Kind.SCORE:
        assert parsed.score is not None
        await feedback.score(survey, parsed.score, parsed.comment)
        return Meaning.SCORE, survey.case_id
    if await feedback.clarify(survey):
        return Meaning.CLARIFIED, survey.case_id
    return Meaning.OPERATOR, survey.case_id


async def _opt_out(mobile: str) -> tuple[Meaning, int | None]:
    row = OptOut(mobile=mobile, reason="reply", created_at=now())
    await OptOut.bulk_create([row], ignore_conflicts=True)
    survey = await feedback.active_survey(mobile)
    if survey is None:
        return Meaning.OPT_OUT, None
    survey.state = SurveyState.DONE if survey.scored_at else SurveyState.SKIPPED
    survey.ended_at = now()
    await survey.save()
    return Meaning.OPT_OUT, survey.case_id


async def _status(mobile: str, text: str, row: InboxMessage) -> tuple[Meaning, int | None]:
    code = tracking_code.parse(text)
    hour_ago = now() - timedelta(hours=1)
    sent = OutboxMessage.filter(
        receptor=mobile,
        kind__in=[TextKind.STATUS, TextKind.STATUS_UNKNOWN],
        created_at__gte=hour_ago,
    )
    if code is None or await sent.count() >= STATUS_REPLIES_PER_HOUR:
        return Meaning.STATUS_LIMITED, None
    case = await Case.get_or_none(tracking_code=code, mobile=mobile)
    shown = tracking_code.display(code)
    if case is None:
        await outbox.queue(TextKind.STATUS_UNKNOWN, mobile, f"status:{row.id}", code=shown)
        return Meaning.STATUS_UNKNOWN, None
    await outbox.queue(
        TextKind.STATUS,
        mobile,
        f"status:{row.id}",
        case=case,
        code=shown,
        status=STATUS_TEXT[case.status],
    )
    return Meaning.STATUS, case.id


async def _to_operator(mobile: str) -> tuple[Meaning, int | None]:
    """A person reads it; the sender is told so at most once a day, so that robots do not loop."""
    day = now().astimezone(TEHRAN).date().isoformat()
    await outbox.queue(TextKind.RECEIVED, mobile, f"received:{mobile}:{day}")
    return Meaning.OPERATOR, None


STATUS_TEXT = {
    "registered": "ثبت‌شده",
    "under_review": "در حال بررسی راهبر ارشد",
    "in_handling": "در حال رسیدگی",
    "waiting_citizen": "در انتظار پاسخ شما",
    "answered": "پاسخ داده‌شده",
    "closed": "بسته‌شده",
    "out_of_scope": "خارج از شمول ۱۲۸",
    "duplicate": "پیوسته به پرونده پیشین",
    "withdrawn": "خاتمه‌یافته به درخواست شما",
}
