"""A lane of the worker: so many jobs of some kinds at once, under leases."""

from __future__ import annotations

import asyncio
import traceback
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import structlog

from domain import jobs, work
from domain.time import now
from models import Job

log = structlog.get_logger("worker")

IDLE = 1.0
"""Seconds between looks at the table, at most."""
DATABASE_PAUSE = 2.0


@dataclass(frozen=True)
class Lane:
    """Does `width` jobs of these kinds at once by `do`, and claims none while not `ready`.

    Up to `ahead` more are claimed beforehand, so that many are claimed by one statement.
    """

    kinds: list[str]
    width: int
    do: Callable[[Job], Awaitable[None]]
    lease: timedelta
    ready: Callable[[], Awaitable[bool]]
    ahead: int = 0

    async def claim(self, limit: int) -> list[Job]:
        if not await self.ready():
            return []
        claimed = await jobs.claim(limit, kinds=self.kinds, lease=self.lease)
        return sorted(claimed, key=lambda job: job.id)

    async def until_next(self, _claimed: int) -> float:
        """Seconds until it is worth looking again after so many were claimed, at most `IDLE`."""
        due = await jobs.next_run(self.kinds)
        seconds = (due - now()).total_seconds() if due else IDLE
        return min(seconds, IDLE) if seconds > 0 else IDLE

    async def run(self, stop: asyncio.Event) -> None:
        """Claim and do jobs until told to stop; then finish those begun, give back the others."""
        under_way: set[asyncio.Task[None]] = set()
        claimed: deque[Job] = deque()
        while not stop.is_set():
            pause = await self._fetch(claimed, len(under_way))
            while claimed and len(under_way) < self.width:
                under_way.add(asyncio.create_task(self._begin(claimed.popleft())))
            await wait(under_way, stop, pause if len(under_way) < self.width else None)
            under_way = {task for task in under_way if not task.done()}
        for job in claimed:
            await self._give_back(job)
        if under_way:
            await asyncio.wait(under_way)

    async def _fetch(self, claimed: deque[Job], under_way: int) -> float:
        """Claim what there is room for; the pause before the next look."""
        if under_way >= self.width and len(claimed) > self.ahead // 2:
            return 0.0
        room = self.width + self.ahead - under_way - len(claimed)
        if room <= 0:
            return 0.0
        try:
            found = await self.claim(room)
            claimed.extend(found)
            return 0.0 if len(found) == room else await self.until_next(len(found))
        except Exception as error:
            log.error("database", error=type(error).__name__, at=place(error))
            return DATABASE_PAUSE

    async def _begin(self, job: Job) -> None:
        """Do a job; one that waited long after it was claimed is held for longer first."""
        if job.leased_until is not None and job.leased_until - now() < self.lease * 3 / 4:
            try:
                if not await jobs.renew(job, self.lease):
                    return
            except Exception as error:  # the lease runs out, then the job is done by somebody
                log.error("database", error=type(error).__name__, at=place(error))
                return
        await self.one(job)

    async def one(self, job: Job) -> None:
        """Do a claimed job. A failure is written down by its type: texts may be personal."""
        try:
            await self.do(job)
        except work.LeaseLost:
            log.warning("lease lost", job=job.id, kind=job.kind)
        except Exception as error:
            name = type(error).__name__
            log.error("job failed", job=job.id, kind=job.kind, error=name, at=place(error))
            try:
                await jobs.fail(job, name)
            except Exception as failure:  # the lease runs out, then the job is done again
                log.error("database", error=type(failure).__name__, at=place(failure))

    async def _give_back(self, job: Job) -> None:
        try:
            await jobs.postpone(job, job.run_at)
        except Exception as error:  # the lease runs out instead
            log.error("database", error=type(error).__name__, at=place(error))


async def wait(
    under_way: set[asyncio.Task[None]], stop: asyncio.Event, seconds: float | None
) -> None:
    """Wait until a task ends, `stop` is set, or so many seconds are over."""
    if seconds == 0:
        return
    stopping = asyncio.ensure_future(stop.wait())
    await asyncio.wait({stopping, *under_way}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()


def place(error: BaseException) -> str:
    """Where an error arose: file and line, never what it says."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
