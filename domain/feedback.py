"""The citizen's verdict (S6): scored, kept, counted (B12); 1–2 reopens one level higher."""

from __future__ import annotations

from datetime import timedelta

from domain import clock, escalation, events, jobs, notifications, outbox, staff, tracking_code
from domain.actors import CITIZEN
from domain.survey import ACTIVE, close_key
from domain.time import now
from domain.workflow import Move
from models import Case, Feedback, Survey
from models.enums import CaseStatus, EventKind, NoticeKind, SurveyState, TextKind

SATISFIED_FROM = 3
COMMENT_WITHIN = timedelta(hours=48)
CORRECT_WITHIN = timedelta(minutes=10)
LATE_WITHIN = timedelta(days=14)


async def active_survey(mobile: str) -> Survey | None:
    """The survey that waits for this phone."""
    return (
        await Survey.filter(mobile=mobile, state__in=ACTIVE)
        .order_by("-id")
        .select_related("case")
        .first()
    )


async def last_survey(mobile: str) -> Survey | None:
    """The survey that this phone was asked last, however it ended."""
    return (
        await Survey.filter(mobile=mobile)
        .exclude(asked_at=None)
        .order_by("-asked_at", "-id")
        .select_related("case")
        .first()
    )


def may_be_late(survey: Survey) -> bool:
    """Whether a score still counts, as a late one: the survey expired within 14 days."""
    if survey.state is not SurveyState.EXPIRED or survey.ended_at is None:
        return False
    return now() - survey.ended_at <= LATE_WITHIN


async def score(survey: Survey, rating: int, comment: str) -> None:
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
    verdict = await _decide(case, survey, rating, comment)
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


def may_correct(survey: Survey) -> bool:
    return survey.scored_at is not None and now() - survey.scored_at <= CORRECT_WITHIN


async def correct(survey: Survey, rating: int, text: str) -> None:
    """A second score within ten minutes replaces the first; both are kept.

    The same one again, as telephones send it at times, changes nothing. What the first one
    reopened stays open.
    """
    case = await _locked(survey)
    before = await Feedback.filter(round_id=survey.round_id, superseded=False).first()
    if before is not None and before.rating == rating and text in ("", before.comment):
        return
    await Feedback.filter(round_id=survey.round_id).update(superseded=True)
    await _store(survey, rating, text or (before.comment if before else ""))
    await events.record(case, CITIZEN, EventKind.FEEDBACK_CORRECTED, text=str(rating))
    reopened = False
    if (await clock.current_round(case)).id == survey.round_id:
        case.rating = rating
        if rating < SATISFIED_FROM and case.status is CaseStatus.CLOSED:
            reopened = await escalation.reopen(case, CITIZEN, str(rating))
    await events.touch(case)
    template = TextKind.SURVEY_REOPENED if reopened else TextKind.SURVEY_CORRECTED
    await _say(survey, case, template, f"corrected:{case.version}", rating=rating)


async def late(survey: Survey, rating: int, text: str) -> None:
    """A score after the time limit counts as late and reopens nothing by itself."""
    case = await _locked(survey)
    await _store(survey, rating, text, late=True)
    survey.state = SurveyState.DONE
    await survey.save()
    await events.touch(case)
    await events.record(case, CITIZEN, EventKind.LATE_FEEDBACK, text=str(rating))
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


async def _decide(case: Case, survey: Survey, rating: int, text: str) -> str:
    """Close or reopen by the score; returns satisfied, reopened, final or noted."""
    case.rating = rating
    open_for_verdict = case.status is CaseStatus.ANSWERED
    await events.record(case, CITIZEN, EventKind.FEEDBACK, text=str(rating))
    if not open_for_verdict:
        await events.touch(case)
        return "noted"
    await jobs.cancel(close_key(survey.round_id))
    if rating < SATISFIED_FROM and await escalation.reopen(case, CITIZEN, text or str(rating)):
        return "reopened"
    case.closed_at = now()
    await events.move(case, Move.CLOSE, CITIZEN, text=str(rating))
    return "satisfied" if rating >= SATISFIED_FROM else "final"


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


async def _say(survey: Survey, case: Case, template: TextKind, step: str, **values: object) -> None:
    code = tracking_code.display(case.tracking_code)
    await outbox.queue(
        template, survey.mobile, f"survey:{survey.id}:{step}", case=case, code=code, **values
    )
