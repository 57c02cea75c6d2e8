"""Work that is due at a time: one table for outbox, ladder, survey timing and expiry.

A worker claims due jobs under a lease (`SKIP LOCKED` on PostgreSQL). The effect of a job on the
database and its deletion are one transaction, so a worker killed at any moment neither loses nor
repeats an effect; a job whose lease ran out is claimed again.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from tortoise.expressions import Q

from domain.time import now
from models import Job, statements
from models.database import transaction

LEASE = timedelta(seconds=60)
MAX_ATTEMPTS = 12


async def enqueue(
    kind: str, key: str, *, subject_id: int | None = None, run_at: datetime | None = None
) -> None:
    """Ask for work once: a second call with the same key changes nothing."""
    job = statements.new(Job, kind=kind, key=key, subject_id=subject_id, run_at=run_at or now())
    await statements.insert(job, unless="key")


async def wake(kind: str, key: str, *, subject_id: int, run_at: datetime) -> None:
    """Ask for work that gathers: a worker that is at it just now will do it over again."""
    await enqueue(kind, key, subject_id=subject_id, run_at=run_at)
    if not await Job.filter(key=key).update(lease="", leased_until=None):
        await enqueue(kind, key, subject_id=subject_id, run_at=run_at)


async def cancel(key: str) -> None:
    await Job.filter(key=key).delete()


async def claim(
    limit: int,
    *,
    kinds: list[str] | None = None,
    lease: timedelta = LEASE,
    among: Q | None = None,
) -> list[Job]:
    """Up to `limit` due jobs, leased to the caller; of those `among` when it is given."""
    moment = now()
    token = secrets.token_hex(8)
    async with transaction():
        due = Job.filter(Q(leased_until=None) | Q(leased_until__lt=moment)).filter(
            dead=False, run_at__lte=moment
        )
        if kinds is not None:
            due = due.filter(kind__in=kinds)
        if among is not None:
            due = due.filter(among)
        jobs = await due.order_by("run_at").limit(limit).select_for_update(skip_locked=True)
        if jobs:
            await Job.filter(id__in=[job.id for job in jobs]).update(
                lease=token, leased_until=moment + lease
            )
    for job in jobs:
        job.lease = token
    return jobs


async def finish(job: Job) -> bool:
    """Delete a done job; False when the lease was lost, and the caller must roll back."""
    return bool(await Job.filter(id=job.id, lease=job.lease).delete())


async def postpone(job: Job, run_at: datetime) -> bool:
    """Give the job back, due at `run_at`; False when the lease was lost."""
    return bool(
        await Job.filter(id=job.id, lease=job.lease).update(
            run_at=run_at, leased_until=None, lease=""
        )
    )


async def fail(job: Job, error: str) -> None:
    """Retry later with growing pauses; after the last attempt the job is kept as dead."""
    attempts = job.attempts + 1
    pause = timedelta(seconds=min(5 * 2**attempts, 3600))
    await Job.filter(id=job.id, lease=job.lease).update(
        attempts=attempts,
        error=error[:300],
        dead=attempts >= MAX_ATTEMPTS,
        run_at=now() + pause,
        leased_until=None,
        lease="",
    )


async def next_run() -> datetime | None:
    """When the earliest waiting job is due."""
    job = await Job.filter(dead=False).order_by("run_at").first()
    return job.run_at if job else None
