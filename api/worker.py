"""The worker: does what is due in the job table, in the web process or in one of its own.

Lanes run beside each other, so that a provider or a receiver who hangs holds up nothing else: the
domain's jobs, its upkeep, webhooks, sending of SMS, and the regular chores of SMS. A job is leased
while it is done; whoever dies leaves the lease to run out. When the database goes away a lane
waits and tries again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial

import structlog

from api import webhook_sender
from api.lanes import DATABASE_PAUSE, Lane, place, wait
from domain import budgets, feed, jobs, replies, sending, webhook_queue, work
from domain.time import now
from models import Job
from settings import Settings
from sms import halting, inbound, reports, sender
from sms.gateway import Gateway, GatewayError
from sms.kavenegar import KavenegarGateway
from sms.sender import Sender

log = structlog.get_logger("worker")

CHORE_RETRY = timedelta(minutes=1)
LONGEST_READ = 30.0
CONNECT_TIMEOUT = 3.05
DOMAIN_WIDTH = 4

Chore = Callable[[], Awaitable[datetime]]
"""Done again and again: it says when the next time is."""

UPKEEP: dict[str, Chore] = {
    webhook_queue.FAN_OUT: webhook_queue.fan_out,
    webhook_queue.TIDY: webhook_queue.tidy,
    "clients.usage": budgets.prune,
    "feed.prune": feed.prune,
    "replies.prune": replies.prune,
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


class Worker:
    """Everything this deployment does by itself. `gateway` replaces the provider in tests.

    Without Kavenegar's key and line in the settings nothing is sent; texts wait.
    """

    def __init__(self, settings: Settings, gateway: Gateway | None = None) -> None:
        self._gateway = gateway or _gateway(settings)
        lease = timedelta(seconds=min(settings.sms_reconcile_seconds, 60))
        width = 1 if settings.on_sqlite else min(DOMAIN_WIDTH, settings.db_pool)
        self._chores = dict(UPKEEP)
        self._webhooks = webhook_sender.WebhookSender()
        self._lanes = [
            Lane(list(work.HANDLERS), width, work.run, lease, _always),
            Lane(list(UPKEEP), 1, self._chore, lease, _always),
            webhook_sender.lane(self._webhooks),
        ]
        if self._gateway is not None:
            for kind, chore in CHORES.items():
                self._chores[kind] = partial(chore, self._gateway)
            send = Sender(self._gateway).run
            self._lanes += [
                Lane([sender.KIND], settings.sms_concurrency, send, lease, _flows),
                Lane(list(CHORES), 2, self._chore, lease, _always),
            ]

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop`, finish what is held, let go of the provider."""
        log.info("worker started", sends=self._gateway is not None)
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
        if self._gateway is not None:
            await self._gateway.close()

    async def _plan_chores(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                await self._plan()
                return
            except Exception as error:
                log.error("database", error=type(error).__name__, at=place(error))
                await wait(set(), stop, DATABASE_PAUSE)

    async def _plan(self) -> None:
        for kind in self._chores:
            await jobs.enqueue(kind, kind)

    async def _chore(self, job: Job) -> None:
        """A chore always has a next time; one that fails is not given up."""
        try:
            again = await self._chores[job.kind]()
        except GatewayError as error:
            log.warning("chore failed", kind=job.kind, error=type(error).__name__)
            again = now() + CHORE_RETRY
        except Exception as error:
            name = type(error).__name__
            log.error("chore failed", kind=job.kind, error=name, at=place(error))
            again = now() + CHORE_RETRY
        await jobs.postpone(job, again)


def _gateway(settings: Settings) -> Gateway | None:
    """The provider, with timeouts that end a call before its lease does."""
    if settings.kavenegar_api_key is None or settings.kavenegar_sender is None:
        return None
    read = min(LONGEST_READ, settings.sms_reconcile_seconds / 2)
    return KavenegarGateway(
        settings.kavenegar_api_key.get_secret_value(),
        settings.kavenegar_base,
        workers=settings.sms_concurrency + 2,
        timeout=(CONNECT_TIMEOUT, read),
    )


async def _always() -> bool:
    return True


async def _flows() -> bool:
    return not await sending.halts()
