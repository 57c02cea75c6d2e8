"""The result (S5): recorded once per round, told to the citizen by SMS, then surveyed."""

from __future__ import annotations

from domain import (
    clock,
    escalation,
    events,
    ladder,
    measure,
    outbox,
    permissions,
    service,
    survey,
    tracking_code,
    visibility,
)
from domain.actors import Actor
from domain.permissions import Act
from domain.text import clean_text
from domain.time import now
from domain.workflow import Move
from models import Case, Contact, Round
from models.database import atomic
from models.enums import MessageChannel, TextKind

MAX_RESULT = measure.MAX_INSERTED
"""UTF-16 units."""


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
    measure.require_insertable(outcome, "result")
    async with atomic():
        if whole_incident:
            await _lock_incident(actor, case_key)
        case = await visibility.locked_case(actor, case_key, expected_version)
        permissions.require(actor, case, Act.RECORD_RESULT)
        answered = [case]
        if whole_incident and case.incident_id:
            answered += await _same_incident(actor, case)
        for row in answered:
            await _answer(actor, row, outcome)
    return answered


async def _same_incident(actor: Actor, case: Case) -> list[Case]:
    others = visibility.cases(actor).filter(incident_id=case.incident_id).exclude(id=case.id)
    return [
        row
        for row in await others.order_by("id")
        if Act.RECORD_RESULT in permissions.acts(actor, row)
    ]


async def _lock_incident(actor: Actor, case_key: int | str) -> None:
    """Lock all cases of the incident in one order, so that two answers never wait crosswise."""
    case = await visibility.case(actor, case_key)
    if case.incident_id:
        rows = Case.filter(incident_id=case.incident_id).order_by("id")
        await rows.select_for_update().only("id")


async def _answer(actor: Actor, case: Case, outcome: str) -> None:
    current = await clock.current_round(case)
    await ladder.stop(case, current)
    producer, level = await escalation.producer(case, current)
    current.result = outcome
    current.result_by_id = actor.user_id
    current.producer_id = producer.id if producer else None
    current.producer_level = level
    current.first_action_at = current.first_action_at or now()
    current.answered_at = case.answered_at = now()
    await current.save()
    await events.move(case, Move.ANSWER, actor, text=outcome)
    await _tell(case, current, outcome)
    await survey.schedule(case, current)


async def _tell(case: Case, current: Round, outcome: str) -> None:
    """By SMS, and in a call for who asked for it because they cannot read one (A8)."""
    key = f"case:{case.id}:result:{current.number}"
    code = tracking_code.display(case.tracking_code)
    await outbox.queue(TextKind.RESULT, case.mobile, key, case=case, code=code, result=outcome)
    if service.current().voice and await Contact.exists(mobile=case.mobile, voice=True):
        await outbox.queue(
            TextKind.RESULT_CALL,
            case.mobile,
            f"{key}:call",
            case=case,
            channel=MessageChannel.CALL,
            code=tracking_code.spelled(case.tracking_code),
            result=outcome,
        )
