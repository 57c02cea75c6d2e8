"""The worker: does what is due in the job table, in the web process or in one of its own.

Lanes run beside each other, so that a provider or a receiver who hangs holds up nothing else: the
domain's jobs, its upkeep, webhooks, sending of SMS, and the regular chores of SMS. A job is leased
while it is done; whoever dies leaves the lease to run out. When the database goes away a lane
waits and tries again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

import structlog

from api import webhook_sender
from api.lanes import DATABASE_PAUSE, IDLE, Lane, place, wait
from api.wiring import build_gateways
from domain import budgets, feed, jobs, outbox, replies, sms_rollup, webhook_queue, work
from domain.time import now
from models import Job
from settings import Settings
from sms import halting, inbound, reports
from sms.gateway import Action, Capability, Gateway, GatewayError, Refused
from sms.gateways import Gateways
from sms.sender import Sender

log = structlog.get_logger("worker")

CHORE_RETRY = timedelta(minutes=1)
FEATURE_RETRY = timedelta(hours=1)
"""After which a feature that a provider does not allow is tried again."""
DOMAIN_WIDTH = 4
CHORES_WIDTH = 3

Chore = Callable[[], Awaitable[datetime]]
"""Done again and again: it says when the next time is."""

UPKEEP: dict[str, Chore] = {
    webhook_queue.FAN_OUT: webhook_queue.fan_out,
    webhook_queue.TIDY: webhook_queue.tidy,
    "clients.usage": budgets.prune,
    "feed.prune": feed.prune,
    "replies.prune": replies.prune,
    sms_rollup.KIND: sms_rollup.run,
}
CHORES: dict[str, Callable[[Gateway], Awaitable[datetime]]] = {
    "sms.reconcile": reports.reconcile,
    "sms.statuses": reports.poll,
    "sms.receive": inbound.poll,
    "sms.read_again": inbound.read_again,
    "sms.blocked": inbound.sync_blocked,
    "sms.credit": halting.probe,
    "sms.account": halting.check_account,
}
"""Done for each gateway that has what `NEEDED` says."""
NEEDED = {
    "sms.statuses": Capability.STATUSES,
    "sms.receive": Capability.RECEIVE,
    "sms.read_again": Capability.RECEIVE,
    "sms.blocked": Capability.BLOCKED,
    "sms.account": Capability.ACCOUNT,
}
AT_START = frozenset({"sms.account"})
"""Done whenever a worker starts: it would deliver nothing, or twice, on an account set wrong."""


class Worker:
    """Everything this deployment does by itself. `gateways` replace the providers in tests.

    Without a gateway in the settings nothing is sent; texts wait.
    """

    def __init__(self, settings: Settings, *gateways: Gateway) -> None:
        self._gateways = Gateways(gateways or build_gateways(settings))
        self._sender = Sender(self._gateways, settings.sms_concurrency)
        self._chores = dict(UPKEEP)
        self._webhooks = webhook_sender.WebhookSender()
        lease = timedelta(seconds=min(settings.sms_reconcile_seconds, 60))
        width = 1 if settings.on_sqlite else min(DOMAIN_WIDTH, settings.db_pool)
        self._lanes = [
            Lane(list(work.HANDLERS), width, work.run, lease, _always),
            Lane(list(UPKEEP), 1, self._chore, lease, _always),
            webhook_sender.lane(self._webhooks),
        ]
        if len(self._gateways):
            self._lanes += [
                _SendingLane(
                    [outbox.KIND],
                    settings.sms_concurrency,
                    self._sender.run,
                    lease,
                    _always,
                    ahead=settings.sms_concurrency,
                    sender=self._sender,
                ),
                Lane(list(CHORES), CHORES_WIDTH, self._chore, lease, _always),
            ]
        for kind in CHORES:
            for gateway in self._gateways:
                if kind not in NEEDED or NEEDED[kind] in gateway.capabilities:
                    chore = partial(self._at_provider, kind, gateway)
                    self._chores[_key(kind, gateway)] = chore

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop`, finish what is held, let go of the providers."""
        log.info("worker started", gateways=[gateway.name for gateway in self._gateways])
        try:
            await self._plan_chores(stop)
            async with asyncio.TaskGroup() as group:
                for lane in self._lanes:
                    group.create_task(lane.run(stop))
        finally:
            await self.close()
        log.info("worker stopped")

    async def run_due(self) -> int:
        """Do everything that is due, one by one, until nothing is; how many jobs were done."""
        done = 0
        await self._plan()
        while True:
            batches = [(lane, await lane.claim(50)) for lane in self._lanes]
            if not any(claimed for _, claimed in batches):
                return done
            for lane, claimed in batches:
                for job in claimed:
                    await lane.one(job)
                    done += 1

    async def close(self) -> None:
        await self._webhooks.close()
        await self._gateways.close()

    async def _plan_chores(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                await self._plan()
                for kind in AT_START:
                    await self._hasten(kind)
                return
            except Exception as error:
                log.error("database", error=type(error).__name__, at=place(error))
                await wait(set(), stop, DATABASE_PAUSE)

    async def _plan(self) -> None:
        for key in self._chores:
            await jobs.enqueue(_kind(key), key)

    async def _hasten(self, kind: str) -> None:
        for key in self._chores:
            if _kind(key) == kind:
                await jobs.hasten(kind, key)

    async def _chore(self, job: Job) -> None:
        """A chore always has a next time; one that fails is not given up."""
        chore = self._chores.get(job.key)
        if chore is None:  # of a gateway that is not in use any more
            await jobs.finish(job)
            return
        try:
            again = await chore()
        except GatewayError as error:
            log.warning("chore failed", kind=job.kind, error=type(error).__name__)
            again = now() + CHORE_RETRY
        except Exception as error:
            name = type(error).__name__
            log.error("chore failed", kind=job.kind, error=name, at=place(error))
            again = now() + CHORE_RETRY
        await jobs.postpone(job, again)

    async def _at_provider(self, kind: str, gateway: Gateway) -> datetime:
        """A chore at one provider; what a refusal asks for beside it is done."""
        try:
            again = await CHORES[kind](gateway)
        except Refused as refusal:
            if refusal.action is Action.FEATURE_OFF:
                await halting.switched_off(gateway, kind, refusal)
                return now() + FEATURE_RETRY
            if refusal.action is Action.SLOW_DOWN:
                await self._sender.rate.slow_down(gateway)
            await halting.heed(gateway, refusal)
            raise
        await halting.switched_on(gateway, kind)
        return again


@dataclass(frozen=True)
class _SendingLane(Lane):
    """Claims no more messages than may leave now: none while all is halted or without a token."""

    sender: Sender = field(kw_only=True)

    async def claim(self, limit: int) -> list[Job]:
        return await super().claim(min(limit, await self.sender.room()))

    async def until_next(self, claimed: int) -> float:
        pause = self.sender.pause(claimed)
        return min(pause, IDLE) if pause else await super().until_next(claimed)


def _key(kind: str, gateway: Gateway) -> str:
    return f"{kind}:{gateway.name}"


def _kind(key: str) -> str:
    return key.partition(":")[0]


async def _always() -> bool:
    return True
