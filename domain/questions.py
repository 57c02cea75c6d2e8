"""Asking the citizen (S4): the clock pauses until the reply or the time limit."""

from __future__ import annotations

from datetime import datetime, timedelta

from domain import (
    clock,
    events,
    jobs,
    ladder,
    measure,
    notifications,
    outbox,
    permissions,
    referrals,
    staff,
    tracking_code,
    visibility,
)
from domain.actors import CITIZEN, SYSTEM, Actor
from domain.errors import DomainError
from domain.permissions import Act
from domain.text import clean_line
from domain.time import now
from domain.workflow import Move
from models import Case, Question, Round
from models.database import transaction
from models.enums import NoticeKind, TextKind

SHORTEST_WAIT = timedelta(minutes=1)


async def ask(
    actor: Actor, case_key: int | str, text: object, expected_version: int | None = None
) -> Question:
    """Ask the citizen one question by SMS. All pauses of a round together last at most 24 h."""
    wording = clean_line(text, "text", max=measure.MAX_INSERTED, min=5)
    measure.require_insertable(wording, "text")
    async with transaction():
        case = await visibility.locked_case(actor, case_key, expected_version)
        handling = await referrals.holds_open(actor, case)
        permissions.require(actor, case, Act.ASK_CITIZEN, handling=handling)
        current = await clock.current_round(case)
        left = await clock.pause_left(current)
        if left < SHORTEST_WAIT:
            raise DomainError("pause_exhausted")
        question = await Question.create(
            case=case, round=current, text=wording, asked_at=now(), expires_at=now() + left
        )
        await clock.pause(case, current)
        await events.move(case, Move.ASK, actor, text=wording)
        await clock.first_action(case)
        await ladder.stop(case, current)
        await jobs.enqueue(
            "question.expire",
            f"question:{question.id}",
            subject_id=question.id,
            run_at=question.expires_at,
        )
        await outbox.queue(
            TextKind.QUESTION,
            case.mobile,
            f"question:{question.id}",
            case=case,
            code=tracking_code.display(case.tracking_code),
            question=wording,
        )
    return question


async def waiting_for(mobile: str) -> Question | None:
    """The open question to a phone, the newest first."""
    return (
        await Question.filter(case__mobile=mobile, ended_at=None)
        .order_by("-id")
        .select_related("case")
        .first()
    )


async def reply(question: Question, text: str) -> Case:
    """The citizen's answer brings the case back to where it was (in the caller's transaction)."""
    case = await _end(question.id, question.case_id, CITIZEN, text)
    await jobs.cancel(f"question:{question.id}")
    return case


async def expire(question_id: int) -> datetime | None:
    """Nobody answered in time: handling goes on without the answer."""
    question = await Question.get(id=question_id)
    await _end(question_id, question.case_id, SYSTEM, None)
    return None


async def drop(case: Case, current: Round) -> None:
    """End the open question of a case that ends while it waits."""
    for question in await Question.filter(case_id=case.id, ended_at=None):
        await _stop_waiting(question, case, current)
        await jobs.cancel(f"question:{question.id}")


async def _end(question_id: int, case_id: int, actor: Actor, answer: str | None) -> Case:
    case = await Case.filter(id=case_id).select_for_update().get()
    question = await Question.get(id=question_id)
    if question.ended_at is not None:
        return case
    question.answer = answer
    current = await clock.current_round(case)
    await _stop_waiting(question, case, current)
    await events.move(case, Move.REPLY, actor, text=answer or "")
    await ladder.start(current)
    people = await staff.holders(case)
    await notifications.notify(people, NoticeKind.CITIZEN_REPLIED, case, f"reply:{question.id}")
    return case


async def _stop_waiting(question: Question, case: Case, current: Round) -> None:
    question.ended_at = now()
    await question.save()
    await clock.resume(case, current)
