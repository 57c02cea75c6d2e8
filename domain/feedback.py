"""The citizen's verdict (S6): scored, kept, counted (B12); 1–2 reopens one level higher.

A verdict comes from the citizen's text, or from a person who read an unclear one (`actor`). When
it came decides what it is, not when it was handled (docs/survey.md).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from domain import (
    clock,
    escalation,
    events,
    jobs,
    notifications,
    outbox,
    rules,
    staff,
    tracking_code,
)
from domain.actors import CITIZEN, Actor
from domain.survey import close_key
from domain.time import now
from domain.workflow import Move
from models import Case, Feedback, Survey
from models.enums import CaseStatus, EventKind, Meaning, NoticeKind, SurveyState, TextKind

SATISFIED_FROM = 3
COMMENT_WITHIN = timedelta(hours=48)
CORRECT_WITHIN = timedelta(minutes=10)
LATE_WITHIN = timedelta(days=14)


async def last_survey(mobile: str) -> Survey | None:
    """The survey that this phone was asked last: the one that waits, or however it ended."""
    return (
        await Survey.filter(mobile=mobile)
        .exclude(asked_at=None)
        .order_by("-asked_at", "-id")
        .select_related("case")
        .first()
    )


async def take(
    survey: Survey, rating: int, words: str, at: datetime, actor: Actor = CITIZEN
) -> Meaning | None:
    """A score that came `at` for the survey asked last; what it was, None when it is too late."""
    given = await scored_at(survey)
    if given is not None:
        if at - given > CORRECT_WITHIN:
            return None
        await correct(survey, rating, words, actor)
        return Meaning.CORRECTION
    if survey.state is SurveyState.ASKED or _in_time(survey, at):
        await score(survey, rating, words, actor)
        return Meaning.SCORE
    if _may_be_late(survey, at):
        await late(survey, rating, words, actor)
        return Meaning.LATE_SCORE
    return None


async def scored_at(survey: Survey) -> datetime | None:
    """When the survey got its first score, in time or late."""
    if survey.scored_at is not None or survey.state is not SurveyState.DONE:
        return survey.scored_at
    first = await Feedback.filter(round_id=survey.round_id).order_by("id").first()
    return first.created_at if first else None


async def score(survey: Survey, rating: int, comment: str, actor: Actor = CITIZEN) -> None:
    """Store the score of step one and let it decide the case."""
    case = await _locked(survey)
    await _store(survey, rating, comment)
    survey.scored_at = now()
    survey.state = SurveyState.DONE if comment else SurveyState.SCORED
    survey.ended_at = now() if comment else None
    survey.expires_at = None if comment else now() + COMMENT_WITHIN
    await survey.save()
    await _cancel_jobs(survey)
    if not comment:
        await jobs.enqueue(
            "survey.expire",
            f"survey:{survey.id}:comment",
            subject_id=survey.id,
            run_at=now() + COMMENT_WITHIN,
        )
    verdict = await _decide(case, survey, rating, comment, actor)
    await _say(survey, case, _reply_template(verdict, bool(comment)), "scored")


async def comment(survey: Survey, text: str) -> None:
    """Attach the free text of step two and say thanks once."""
    case = await _locked(survey)
    last = await Feedback.filter(round_id=survey.round_id, superseded=False).order_by("-id").first()
    if last is not None:
        last.comment = text
        await last.save()
    survey.state = SurveyState.DONE
    survey.ended_at = now()
    await survey.save()
    await jobs.cancel(f"survey:{survey.id}:comment")
    await events.record(case, CITIZEN, EventKind.FEEDBACK_COMMENT, text=text)
    await _say(survey, case, TextKind.SURVEY_THANKS, "thanks")


async def note(survey: Survey, text: str) -> None:
    """A second score that came too late to correct the first: kept in the timeline, no more."""
    case = await _locked(survey)
    await events.touch(case)
    await events.record(case, CITIZEN, EventKind.NOTE, text=text)


async def correct(survey: Survey, rating: int, text: str, actor: Actor = CITIZEN) -> None:
    """A second score within ten minutes replaces the first; both are kept.

    The same one again, as telephones send it at times, changes nothing. What the first one
    reopened stays open; what was late stays late.
    """
    case = await _locked(survey)
    before = await Feedback.filter(round_id=survey.round_id, superseded=False).first()
    if before is not None and before.rating == rating and text in ("", before.comment):
        return
    too_late = before is not None and before.late
    await Feedback.filter(round_id=survey.round_id).update(superseded=True)
    await _store(survey, rating, text or (before.comment if before else ""), late=too_late)
    await events.record(case, actor, EventKind.FEEDBACK_CORRECTED, text=str(rating))
    reopened = False
    if not too_late and (await clock.current_round(case)).id == survey.round_id:
        case.rating = rating
        if rating < SATISFIED_FROM and case.status is CaseStatus.CLOSED:
            reopened = await escalation.reopen(case, actor, str(rating))
    await events.touch(case)
    template = TextKind.SURVEY_REOPENED if reopened else TextKind.SURVEY_CORRECTED
    await _say(survey, case, template, f"corrected:{case.version}", rating=rating)


async def late(survey: Survey, rating: int, text: str, actor: Actor = CITIZEN) -> None:
    """A score after the time limit counts as late and reopens nothing by itself."""
    case = await _locked(survey)
    await _store(survey, rating, text, late=True)
    survey.state = SurveyState.DONE
    await survey.save()
    await events.touch(case)
    await events.record(case, actor, EventKind.LATE_FEEDBACK, text=str(rating))
    people = await staff.supervisors()
    await notifications.notify(people, NoticeKind.LATE_FEEDBACK, case, f"late:{survey.id}")
    await _say(survey, case, TextKind.SURVEY_THANKS, "thanks")


async def clarify(survey: Survey) -> bool:
    """Ask once more for a plain number; False when that was done already."""
    if survey.clarified:
        return False
    survey.clarified = True
    await survey.save()
    await _say(survey, survey.case, TextKind.SURVEY_CLARIFY, "clarify")
    return True


def _in_time(survey: Survey, at: datetime) -> bool:
    """Whether a score for a survey that has expired came before it did."""
    ends = survey.expires_at
    return survey.state is SurveyState.EXPIRED and ends is not None and at <= ends


def _may_be_late(survey: Survey, at: datetime) -> bool:
    """Whether a score still counts, as a late one: the survey expired within 14 days."""
    ended = survey.expires_at or survey.ended_at
    return survey.state is SurveyState.EXPIRED and ended is not None and at - ended <= LATE_WITHIN


async def _decide(case: Case, survey: Survey, rating: int, text: str, actor: Actor) -> str:
    """Close or reopen by the score; returns satisfied, reopened, final or noted."""
    await events.record(case, actor, EventKind.FEEDBACK, text=str(rating))
    if (await clock.current_round(case)).id != survey.round_id:
        await events.touch(case)
        return "noted"
    case.rating = rating
    if not await _open_for_verdict(case):
        await events.touch(case)
        return "noted"
    await jobs.cancel(close_key(survey.round_id))
    if rating < SATISFIED_FROM and await escalation.reopen(case, actor, text or str(rating)):
        return "reopened"
    if case.status is CaseStatus.CLOSED:
        await events.touch(case)
    else:
        case.closed_at = now()
        await events.move(case, Move.CLOSE, actor, text=str(rating))
    return "satisfied" if rating >= SATISFIED_FROM else "final"


async def _open_for_verdict(case: Case) -> bool:
    """Answered, or closed a short while ago because the verdict had not been understood yet."""
    if case.status is not CaseStatus.CLOSED or case.closed_at is None:
        return case.status is CaseStatus.ANSWERED
    return now() - case.closed_at <= timedelta(days=(await rules.load()).reopen_days)


def _reply_template(verdict: str, commented: bool) -> TextKind:
    if verdict == "reopened":
        return TextKind.SURVEY_REOPENED_THANKS if commented else TextKind.SURVEY_REOPENED
    if verdict == "final":
        return TextKind.SURVEY_FINAL
    return TextKind.SURVEY_THANKS if commented else TextKind.SURVEY_COMMENT


async def _store(survey: Survey, rating: int, text: str, *, late: bool = False) -> None:
    await Feedback.create(
        case_id=survey.case_id,
        round_id=survey.round_id,
        rating=rating,
        comment=text,
        late=late,
        created_at=now(),
    )


async def _locked(survey: Survey) -> Case:
    return await Case.filter(id=survey.case_id).select_for_update().get()


async def _cancel_jobs(survey: Survey) -> None:
    for step in ("remind", "expire"):
        await jobs.cancel(f"survey:{survey.id}:{step}")


async def _say(survey: Survey, case: Case, template: TextKind, step: str, **values: Any) -> None:
    await outbox.queue(
        template,
        survey.mobile,
        f"survey:{survey.id}:{step}",
        case=case,
        code=tracking_code.display(case.tracking_code),
        **values,
    )
