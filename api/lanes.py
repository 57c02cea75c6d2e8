"""A lane of the worker: so many jobs of some kinds at once, under leases."""

from __future__ import annotations

import asyncio
import traceback
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
    """Does `width` jobs of these kinds at once by `do`, and claims none while not `ready`."""

    kinds: list[str]
    width: int
    do: Callable[[Job], Awaitable[None]]
    lease: timedelta
    ready: Callable[[], Awaitable[bool]]

    async def claim(self, limit: int) -> list[Job]:
        if not await self.ready():
            return []
        claimed = await jobs.claim(limit, kinds=self.kinds, lease=self.lease)
        return sorted(claimed, key=lambda job: job.id)

    async def run(self, stop: asyncio.Event) -> None:
        """Claim and do jobs until told to stop; then finish those begun."""
        under_way: set[asyncio.Task[None]] = set()
        while not stop.is_set():
            pause = 0.0
            if len(under_way) < self.width:
                pause = await self._start(under_way)
            await wait(under_way, stop, pause if len(under_way) < self.width else None)
            under_way = {task for task in under_way if not task.done()}
        if under_way:
            await asyncio.wait(under_way)

    async def _start(self, under_way: set[asyncio.Task[None]]) -> float:
        """Start what is due; the pause before the next look."""
        free = self.width - len(under_way)
        try:
            claimed = await self.claim(free)
            under_way |= {asyncio.create_task(self.one(job)) for job in claimed}
            return 0.0 if len(claimed) == free else await _until_next()
        except Exception as error:
            log.error("database", error=type(error).__name__, at=place(error))
            return DATABASE_PAUSE

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


async def _until_next() -> float:
    """Seconds until the next job is due, at most `IDLE`."""
    due = await jobs.next_run()
    seconds = (due - now()).total_seconds() if due else IDLE
    return min(seconds, IDLE) if seconds > 0 else IDLE


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
