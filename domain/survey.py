"""The two-step SMS survey (S6): one question, then an invitation to comment.

Rules of asking: only after the result reached the citizen, in the allowed hours, one active survey
per phone, not more often than the fatigue rule, never after an opt-out.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from domain import events, jobs, outbox, rules, tracking_code
from domain.actors import SYSTEM
from domain.jalali import TEHRAN
from domain.rules import Rules
from domain.time import now
from domain.workflow import Move
from models import Case, OptOut, OutboxMessage, Round, Survey
from models.database import lock_name
from models.enums import CaseStatus, MessageState, SurveyState, TextKind

ACTIVE = (SurveyState.ASKED, SurveyState.SCORED)
LOST = (MessageState.FAILED, MessageState.BLOCKED, MessageState.CANCELLED)
RESULT_RETRY = timedelta(seconds=20)
QUEUE_RETRY = timedelta(minutes=10)
ACCEPTED_IS_ENOUGH_AFTER = timedelta(hours=1)
REMIND_AFTER = timedelta(hours=24)
SPREAD = timedelta(minutes=10)
"""Over which what waited for the hours is spread, so that they do not begin with a burst."""
FRIDAY = 4


async def schedule(case: Case, current: Round) -> None:
    """Plan the survey of an answered round and the closing without feedback."""
    policy = await rules.load()
    survey = await Survey.create(
        case=case,
        round=current,
        mobile=case.mobile,
        state=SurveyState.SCHEDULED,
        send_at=now() + timedelta(minutes=policy.survey_delay),
    )
    await jobs.enqueue(
        "survey.ask", f"survey:{survey.id}:ask", subject_id=survey.id, run_at=survey.send_at
    )
    await jobs.enqueue(
        "case.close",
        close_key(current.id),
        subject_id=current.id,
        run_at=now() + timedelta(hours=policy.feedback_hours),
    )


def close_key(round_id: int) -> str:
    return f"close:{round_id}"


async def ask(survey_id: int) -> datetime | None:
    """Send the question when every rule allows it; returns when to try again, if later."""
    survey = await _held(survey_id)
    policy = await rules.load()
    if survey.state is not SurveyState.SCHEDULED:
        return None
    result = await _result_of(survey)
    if result is None or not await _wanted(survey, policy, result):
        await _end(survey, SurveyState.SKIPPED)
        return None
    later = await _not_yet(survey, policy, result)
    if later is not None:
        return later
    await Survey.filter(mobile=survey.mobile, state=SurveyState.SCORED).update(
        state=SurveyState.DONE, ended_at=now()
    )
    survey.state = SurveyState.ASKED
    survey.asked_at = now()
    survey.expires_at = now() + timedelta(hours=policy.feedback_hours)
    await survey.save()
    await _send(survey, TextKind.SURVEY, "ask")
    await _later(survey, "survey.remind", "remind", now() + REMIND_AFTER)
    await _later(survey, "survey.expire", "expire", survey.expires_at)
    return None


async def remind(survey_id: int) -> datetime | None:
    """One reminder of the same question, unless it was answered or the citizen opted out."""
    survey = await _held(survey_id)
    if survey.state is not SurveyState.ASKED or survey.reminded_at or _over(survey):
        return None
    if await OptOut.exists(mobile=survey.mobile):
        return None
    opening = next_opening(now(), await rules.load())
    if opening > now():
        return opening + _jitter(survey)
    survey.reminded_at = now()
    await survey.save()
    await _send(survey, TextKind.SURVEY_REMINDER, "remind")
    return None


async def expire(survey_id: int) -> datetime | None:
    """Nobody answered in time, or no comment followed the score."""
    survey = await _held(survey_id)
    if survey.expires_at is not None and survey.expires_at > now():
        return survey.expires_at
    if survey.state in ACTIVE:
        await _lapse(survey)
    return None


async def lapse(mobile: str) -> None:
    """End what of this phone is over; so time decides, not when a worker comes to `expire`.

    The caller holds the phone.
    """
    for survey in await Survey.filter(mobile=mobile, state__in=ACTIVE, expires_at__lte=now()):
        await _lapse(survey)


async def stop(mobile: str) -> Survey | None:
    """End what waits for an answer of this phone, for its owner opted out; the one it was."""
    waiting = await Survey.filter(mobile=mobile, state__in=ACTIVE).order_by("-id")
    for survey in waiting:
        scored = survey.state is SurveyState.SCORED
        await _end(survey, SurveyState.DONE if scored else SurveyState.SKIPPED)
    return waiting[0] if waiting else None


async def close_without_feedback(round_id: int) -> datetime | None:
    """Close an answered case whose citizen said nothing in time (design §3)."""
    current = await Round.get(id=round_id)
    case = await Case.filter(id=current.case_id).select_for_update().get()
    if case.round != current.number or case.status is not CaseStatus.ANSWERED:
        return None
    survey = await Survey.get_or_none(round_id=round_id)
    if survey and survey.state is SurveyState.ASKED:
        assert survey.expires_at is not None
        if survey.expires_at > now():
            return survey.expires_at
    case.closed_at = now()
    await events.move(case, Move.CLOSE, SYSTEM, text="no_feedback")
    return None


def next_opening(moment: datetime, policy: Rules) -> datetime:
    """`moment` itself when surveys may be sent then, else the next time they may."""
    local = moment.astimezone(TEHRAN)
    for day in range(8):
        date = (local + timedelta(days=day)).date()
        friday = date.weekday() == FRIDAY
        first = policy.survey_friday_from_hour if friday else policy.survey_from_hour
        midnight = datetime(date.year, date.month, date.day, tzinfo=TEHRAN)
        opens = midnight + timedelta(hours=first)
        closes = midnight + timedelta(hours=policy.survey_to_hour)
        if local < closes:
            return max(local, opens).astimezone(moment.tzinfo)
    raise ValueError("survey hours leave no time")


async def _held(survey_id: int) -> Survey:
    """The survey, while nothing else happens to its phone's texts and surveys."""
    found = await Survey.get(id=survey_id)
    await lock_name(f"phone:{found.mobile}")
    return await Survey.filter(id=survey_id).select_related("case", "round").get()


async def _wanted(survey: Survey, policy: Rules, result: OutboxMessage) -> bool:
    case = survey.case
    if case.status is not CaseStatus.ANSWERED or case.round != survey.round.number:
        return False
    if result.state in LOST or await OptOut.exists(mobile=survey.mobile):
        return False
    since = now() - timedelta(days=policy.survey_fatigue_days)
    recent = Survey.filter(mobile=survey.mobile, asked_at__gte=since).exclude(case_id=case.id)
    return not await recent.exists()


async def _not_yet(survey: Survey, policy: Rules, result: OutboxMessage) -> datetime | None:
    if not _arrived(result):
        waited = now() - survey.send_at
        return now() + (RESULT_RETRY if waited < QUEUE_RETRY else QUEUE_RETRY)
    opening = next_opening(now(), policy)
    if opening > now():
        return opening + _jitter(survey)
    if await Survey.filter(mobile=survey.mobile, state=SurveyState.ASKED).exists():
        return now() + QUEUE_RETRY
    return None


def _arrived(result: OutboxMessage) -> bool:
    if result.state is MessageState.DELIVERED:
        return True
    accepted = result.accepted_at
    return accepted is not None and now() - accepted > ACCEPTED_IS_ENOUGH_AFTER


async def _result_of(survey: Survey) -> OutboxMessage | None:
    key = f"case:{survey.case_id}:result:{survey.round.number}"
    return await OutboxMessage.get_or_none(dedupe_key=key)


async def _lapse(survey: Survey) -> None:
    asked = survey.state is SurveyState.ASKED
    await _end(survey, SurveyState.EXPIRED if asked else SurveyState.DONE)


async def _end(survey: Survey, state: SurveyState) -> None:
    survey.state = state
    survey.ended_at = now()
    await survey.save()


def _over(survey: Survey) -> bool:
    return survey.expires_at is not None and survey.expires_at <= now()


def _jitter(survey: Survey) -> timedelta:
    """When after the opening this one's turn is; the same each time it is asked."""
    return timedelta(seconds=survey.id % int(SPREAD.total_seconds()))


async def _send(survey: Survey, template: TextKind, step: str) -> None:
    await outbox.queue(
        template,
        survey.mobile,
        f"survey:{survey.id}:{step}",
        case=survey.case,
        code=tracking_code.display(survey.case.tracking_code),
    )


async def _later(survey: Survey, kind: str, step: str, at: datetime) -> None:
    await jobs.enqueue(kind, f"survey:{survey.id}:{step}", subject_id=survey.id, run_at=at)
