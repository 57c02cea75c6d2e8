"""Sending effectively once (kavenegar §12): claim and commit, ask the provider, commit the answer.

A worker that dies in between leaves the row `sending`; the next one calls it uncertain and
`reports.reconcile` asks the provider what became of it.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Final

import structlog

from domain import claiming, jobs, outbox, quiet_hours
from domain.claiming import Candidate
from domain.measure import measure
from domain.time import now
from models import Job, OutboxMessage
from models.database import transaction
from models.enums import MessageChannel, MessageState
from sms import halting
from sms.gateway import Accepted, Action, Gateway, NotSent, Refused, Uncertain
from sms.gateways import Gateways, flowing, outgoing, pick
from sms.rate import LOT, Rate

log = structlog.get_logger("sms")

RETRY_AFTER: Final = (5, 15, 45, 120, 300)
"""Seconds, by attempt; the last one repeats. Up to a fifth is added, so that they spread."""
BEHIND_ANOTHER: Final = timedelta(seconds=1)
HALTED: Final = timedelta(seconds=30)


class Sender:
    """Does the jobs `sms.send`, each of which carries one outbox row up to a provider.

    `width`: how many it may do at once.
    """

    def __init__(self, gateways: Gateways, width: int = 1) -> None:
        self._gateways = gateways
        self.rate = Rate(width)
        self._room = 0
        self._wait = 0.0

    async def room(self) -> int:
        """How many messages may be begun just now: none while all is halted or without a token."""
        self._room, self._wait = 0, 0.0
        open_ones = await flowing(self._gateways)
        if open_ones:
            self._wait = await self.rate.ready(open_ones[0])
            self._room = self.rate.at_hand(open_ones[0])
        return self._room

    def pause(self, claimed: int) -> float:
        """Seconds until there may be more room, if as many were claimed as there was room for."""
        if self._wait:
            return self._wait
        return LOT if self._room and claimed == self._room else 0.0

    async def run(self, job: Job) -> None:
        found = await claiming.candidate(job)
        if found is None:
            return
        row = found.row
        gateway = await self._claim(job, found)
        if gateway is None:
            return
        try:
            answer = await gateway.send(outgoing(row))
        except Refused as refusal:
            await self._refused(job, row, gateway, refusal)
        except NotSent:
            await self._retry(job, row, outbox.NOT_REACHED)
        except Uncertain as error:
            await self._doubt(job, row, str(error))
        else:
            await self._accepted(job, row, answer)

    async def _claim(self, job: Job, found: Candidate) -> Gateway | None:
        """The gateway to ask, with the row committed as `sending`; None if it does not go now."""
        row = found.row
        if row.state is not MessageState.PENDING:
            await self._leave(job, row)
            return None
        if await _ended(job, found):
            return None
        later = await _not_yet(found)
        gateway = await self._choose(job, found) if later is None else None
        if gateway is not None:
            wait = await self.rate.take(gateway)
            parts = measure(row.text).parts if row.channel is MessageChannel.SMS else 0
            if not wait and await claiming.begin(row, job, gateway.name, gateway.line, parts):
                return gateway
            later = now() + max(timedelta(seconds=wait), BEHIND_ANOTHER)
        if later is not None:
            await jobs.postpone(job, later)
        return None

    async def _choose(self, job: Job, found: Candidate) -> Gateway | None:
        """The gateway whose turn it is; without one the job is postponed, or done."""
        row = found.row
        able = self._gateways.able(row.channel, row.gateway)
        if not able:
            await _strand(job, row)
            return None
        if found.halted:
            able = await flowing(able)
        if not able:
            await jobs.postpone(job, now() + HALTED)
            return None
        several = row.attempts > 0 and len(able) > 1
        return pick(able, await claiming.returns(row) if several else [])

    async def _leave(self, job: Job, row: OutboxMessage) -> None:
        """A job whose row is not pending: settled meanwhile, or left by a worker that died."""
        if row.state is MessageState.SENDING:
            await self._doubt(job, row, outbox.STOPPED)
        else:
            await jobs.finish(job)

    async def _accepted(self, job: Job, row: OutboxMessage, answer: Accepted) -> None:
        async with transaction():
            await outbox.accepted(row, answer.message_id, answer.state, answer.cost)
            await jobs.finish(job)
        log.info("sms accepted", message=row.id, gateway=row.gateway, attempt=row.attempts)

    async def _refused(
        self, job: Job, row: OutboxMessage, gateway: Gateway, refusal: Refused
    ) -> None:
        action, note = refusal.action, refusal.reason or str(refusal)
        if action in halting.STOPPING:
            async with transaction():
                await outbox.return_to_queue(row, note, refusal.code, counts=False)
                await jobs.postpone(job, now())
                await halting.heed(gateway, refusal)
        elif action is Action.AMBIGUOUS:
            await self._doubt(job, row, note, refusal.code)
        elif action in (Action.RETRY, Action.SLOW_DOWN):
            if action is Action.SLOW_DOWN:
                await self.rate.slow_down(gateway)
            await self._retry(job, row, note, refusal.code)
        else:
            async with transaction():
                await outbox.fail(row, note, refusal.code)
                await jobs.finish(job)
                await halting.heed(gateway, refusal)
            log.error("sms refused", message=row.id, gateway=row.gateway, code=refusal.code)

    async def _retry(
        self, job: Job, row: OutboxMessage, note: str, code: int | None = None
    ) -> None:
        """Surely not taken: again after a pause, or at once by the next gateway after a refusal."""
        again = now() + retry_after(row.attempts)
        if code is not None and not row.doubts:
            turns = len(await flowing(self._gateways.able(row.channel)))
            if turns > 1 and row.attempts % turns:
                again = now()
        async with transaction():
            await outbox.return_to_queue(row, note, code)
            await jobs.postpone(job, again)
        log.warning("sms not sent", message=row.id, gateway=row.gateway, code=code)

    async def _doubt(
        self, job: Job, row: OutboxMessage, note: str, code: int | None = None
    ) -> None:
        """The provider may have it. A code that no provider can tell of is sent again, if soon."""
        gateway = self._gateways.named(row.gateway)
        idempotent = gateway is None or gateway.idempotent(outgoing(row))
        repeatable = not idempotent and row.kind in outbox.SHELF_LIFE
        async with transaction():
            await outbox.doubt(row, note, code, repeatable=repeatable)
            if repeatable:
                await jobs.postpone(job, now() + retry_after(row.attempts))
            else:
                await jobs.finish(job)
        log.warning("sms uncertain", message=row.id, gateway=row.gateway, reason=note)


async def _ended(job: Job, found: Candidate) -> bool:
    """Whether the message must not go out any more, which is then its end."""
    if found.opted_out:
        state, note = MessageState.BLOCKED, outbox.OPTED_OUT
    elif claiming.expired(found.row):
        state, note = MessageState.FAILED, outbox.EXPIRED
    else:
        return False
    async with transaction():
        await outbox.withhold(found.row, state, note)
        await jobs.finish(job)
    return True


async def _strand(job: Job, row: OutboxMessage) -> None:
    """No gateway in use can take it; one that another may have is for a person to judge."""
    async with transaction():
        if row.gateway:
            await outbox.give_up(row, outbox.NO_GATEWAY)
        else:
            await outbox.withhold(row, MessageState.FAILED, outbox.NO_GATEWAY)
        await jobs.finish(job)
    log.error("sms without a gateway", message=row.id)


async def _not_yet(found: Candidate) -> datetime | None:
    """When to look again at a message whose time has not come."""
    opening = await quiet_hours.opening(found.row)
    if opening is not None:
        return opening
    return now() + BEHIND_ANOTHER if found.behind else None


def retry_after(attempts: int) -> timedelta:
    """The pause after so many attempts."""
    seconds = RETRY_AFTER[min(attempts, len(RETRY_AFTER)) - 1]
    return timedelta(milliseconds=seconds * 1000 + secrets.randbelow(seconds * 200))
