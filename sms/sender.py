"""Sending effectively once (kavenegar §12): claim and commit, ask the provider, commit the answer.

A worker that dies in between leaves the row `sending`; the next one calls it uncertain and
`reports.reconcile` asks the provider what became of it.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

import structlog

from domain import jobs, outbox, rules, sending
from domain.phone import local_form
from domain.survey import next_opening
from domain.time import now
from models import Job, OutboxMessage
from models.database import transaction
from models.enums import MessageState, TextKind
from sms import codes, halting
from sms.codes import Action
from sms.gateway import Accepted, Gateway, NotSent, Refused, Uncertain
from sms.measure import measure

log = structlog.get_logger("sms")

KIND = "sms.send"
RETRY_AFTER = (5, 15, 45, 120, 300)
"""Seconds, by attempt; the last one repeats. Up to a fifth is added, so that they spread."""
BEHIND_ANOTHER = timedelta(seconds=1)
HALTED = timedelta(seconds=5)
SURVEY_KINDS = frozenset({TextKind.SURVEY, TextKind.SURVEY_REMINDER})

_STOPPING = frozenset({Action.HALT, Action.HALT_CREDIT, Action.HALT_LINE, Action.PAUSE})


class Sender:
    """Does the jobs `sms.send`, each of which carries one outbox row up to the provider."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    async def run(self, job: Job) -> None:
        row = await _claim(job)
        if row is None:
            return
        try:
            answer = await self._gateway.send(
                receptor=local_form(row.receptor),
                text=row.text,
                line=row.line,
                local_id=row.local_id,
            )
        except Refused as refusal:
            await _refused(row, job, refusal)
        except NotSent as error:
            await _retry(row, job, f"not sent: {error}")
        except Uncertain as error:
            await _doubt(row, job, str(error))
        else:
            await _accepted(row, job, answer)


async def _claim(job: Job) -> OutboxMessage | None:
    """The row, committed as `sending`; None when it is not to be sent now."""
    async with transaction():
        if await Job.filter(id=job.id, lease=job.lease).select_for_update().first() is None:
            return None
        row = await OutboxMessage.filter(id=job.subject_id).select_for_update().get_or_none()
        if row is not None and row.state is MessageState.PENDING:
            later = await _not_yet(row)
            if later is not None:
                await jobs.postpone(job, later)
                return None
            if await outbox.begin(row, measure(row.text).parts):
                return row
        elif row is not None and row.state is MessageState.SENDING:
            await outbox.doubt(row, "the worker stopped")
        await jobs.finish(job)
    return None


async def _not_yet(row: OutboxMessage) -> datetime | None:
    if await sending.halts():
        return now() + HALTED
    if row.kind in SURVEY_KINDS:
        opening = next_opening(now(), await rules.load())
        if opening > now():
            return opening
    return now() + BEHIND_ANOTHER if await outbox.follows_another(row) else None


async def _accepted(row: OutboxMessage, job: Job, answer: Accepted) -> None:
    state = MessageState(codes.advance(MessageState.ACCEPTED, answer.status))
    async with transaction():
        await outbox.accepted(row, answer.message_id, state, answer.cost)
        await jobs.finish(job)
    log.info("sms accepted", message=row.id, attempt=row.attempts)


async def _refused(row: OutboxMessage, job: Job, refusal: Refused) -> None:
    action = codes.action(refusal.code)
    if action in _STOPPING:
        await _stop(row, job, refusal.code)
    elif action is Action.RETRY:
        await halting.slow_down(refusal.code)
        await _retry(row, job, str(refusal), refusal.code)
    elif action is Action.AMBIGUOUS:
        await _doubt(row, job, str(refusal), refusal.code)
    else:
        async with transaction():
            await outbox.fail(row, str(refusal), refusal.code)
            await jobs.finish(job)
        log.error("sms refused", message=row.id, code=refusal.code, action=action.value)


async def _stop(row: OutboxMessage, job: Job, code: int) -> None:
    async with transaction():
        await outbox.return_to_queue(row, codes.return_code(code).en, code, counts=False)
        await jobs.postpone(job, now())
        await halting.halt(code, row.line)


async def _retry(row: OutboxMessage, job: Job, error: str, code: int | None = None) -> None:
    async with transaction():
        await outbox.return_to_queue(row, error, code)
        await jobs.postpone(job, now() + retry_after(row.attempts))
    log.warning("sms not sent", message=row.id, attempt=row.attempts, code=code)


async def _doubt(row: OutboxMessage, job: Job, error: str, code: int | None = None) -> None:
    async with transaction():
        await outbox.doubt(row, error, code)
        await jobs.finish(job)
    log.warning("sms uncertain", message=row.id, attempt=row.attempts, reason=error)


def retry_after(attempts: int) -> timedelta:
    """The pause after so many attempts."""
    seconds = RETRY_AFTER[min(attempts, len(RETRY_AFTER)) - 1]
    return timedelta(milliseconds=seconds * 1000 + secrets.randbelow(seconds * 200))
