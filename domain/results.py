"""The result (S5): recorded once per round, told to the citizen by SMS, then surveyed."""

from __future__ import annotations

from domain import (
    clock,
    escalation,
    events,
    ladder,
    outbox,
    permissions,
    survey,
    tracking_code,
    visibility,
)
from domain.actors import Actor
from domain.permissions import Act
from domain.text import clean_text
from domain.time import now
from domain.workflow import Move
from models import Case, Round
from models.database import transaction

MAX_RESULT = 400
"""Characters: with the frame of the text about four SMS parts at most."""


async def record(
    actor: Actor,
    case_key: int | str,
    text: object,
    *,
    whole_incident: bool = False,
    expected_version: int | None = None,
) -> list[Case]:
    """Record the result; `whole_incident` answers the incident's other cases under review too."""
    outcome = clean_text(text, "result", max=MAX_RESULT, min=10)
    async with transaction():
        case = await visibility.locked_case(actor, case_key, expected_version)
        permissions.require(actor, case, Act.RECORD_RESULT)
        answered = [case]
        if whole_incident and case.incident_id:
            answered += await _same_incident(actor, case)
        for row in answered:
            await _answer(actor, row, outcome)
    return answered


async def _same_incident(actor: Actor, case: Case) -> list[Case]:
    others = (
        await visibility.cases(actor)
        .filter(incident_id=case.incident_id)
        .exclude(id=case.id)
        .order_by("id")
    )
    locked = [await visibility.locked_case(actor, row.id) for row in others]
    return [row for row in locked if Act.RECORD_RESULT in permissions.acts(actor, row)]


async def _answer(actor: Actor, case: Case, outcome: str) -> None:
    current = await clock.current_round(case)
    if now() > current.due_at:
        await ladder.breach(case, current)
    producer, level = await escalation.producer(case, current)
    current.result = outcome
    current.result_by_id = actor.user_id
    current.producer_id = producer.id if producer else None
    current.producer_level = level
    current.first_action_at = current.first_action_at or now()
    current.answered_at = case.answered_at = now()
    await current.save()
    await events.move(case, Move.ANSWER, actor, text=outcome)
    await ladder.stop(current)
    await _tell(case, current, outcome)
    await survey.schedule(case, current)


async def _tell(case: Case, current: Round, outcome: str) -> None:
    await outbox.queue(
        "result",
        case.mobile,
        f"case:{case.id}:result:{current.number}",
        case=case,
        code=tracking_code.display(case.tracking_code),
        result=outcome,
    )
