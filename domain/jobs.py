"""Work that is due at a time: one table for outbox, ladder, survey timing and expiry.

A worker claims due jobs under a lease (`SKIP LOCKED` on PostgreSQL). The effect of a job on the
database and its deletion are one transaction, so a worker killed at any moment neither loses nor
repeats an effect; a job whose lease ran out is claimed again.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache

from domain.time import now
from models import Job, statements
from models.database import is_postgres

LEASE = timedelta(seconds=60)
MAX_ATTEMPTS = 12

_COLUMNS = "id, kind, key, subject_id, run_at, lease, leased_until, attempts, error, dead"


async def enqueue(
    kind: str, key: str, *, subject_id: int | None = None, run_at: datetime | None = None
) -> None:
    """Ask for work once: a second call with the same key changes nothing."""
    job = statements.new(Job, kind=kind, key=key, subject_id=subject_id, run_at=run_at or now())
    await statements.insert(job, unless="key")


async def hasten(kind: str, key: str) -> None:
    """Ask for work to be done now, whenever it was planned; who is at it just now goes on."""
    await enqueue(kind, key)
    await statements.fetch(
        "UPDATE job SET run_at = $2 WHERE key = $1 AND run_at > $2 AND lease = '' RETURNING id",
        key,
        now(),
    )


async def wake(kind: str, key: str, *, subject_id: int, run_at: datetime) -> None:
    """Ask for work that gathers: a worker that is at it just now will do it over again."""
    await enqueue(kind, key, subject_id=subject_id, run_at=run_at)
    if not await Job.filter(key=key).update(lease="", leased_until=None):
        await enqueue(kind, key, subject_id=subject_id, run_at=run_at)


async def cancel(key: str) -> None:
    await Job.filter(key=key).delete()


async def claim(
    limit: int, *, kinds: Sequence[str], lease: timedelta = LEASE, among: str = ""
) -> list[Job]:
    """Up to `limit` due jobs of these kinds, longest due first, leased to the caller.

    `among` is a condition in SQL that they must meet; `$1` in it is the present moment. The cost
    depends on the jobs claimed, not on how many wait.
    """
    if not kinds or limit < 1:
        return []
    moment = now()
    query = _claim(limit, len(kinds), among, is_postgres())
    token = secrets.token_hex(8)
    rows = await statements.fetch(query, moment, token, moment + lease, *kinds)
    claimed = [Job._init_from_db(**row) for row in rows]
    return sorted(claimed, key=lambda job: (job.run_at, job.id))


async def renew(job: Job, lease: timedelta = LEASE) -> bool:
    """Hold a job for longer; False when the lease was lost."""
    return bool(
        await statements.fetch(
            "UPDATE job SET leased_until = $3 WHERE id = $1 AND lease = $2 RETURNING id",
            job.id,
            job.lease,
            now() + lease,
        )
    )


async def finish(job: Job) -> bool:
    """Delete a done job; False when the lease was lost, and the caller must roll back."""
    return bool(
        await statements.fetch(
            "DELETE FROM job WHERE id = $1 AND lease = $2 RETURNING id", job.id, job.lease
        )
    )


async def postpone(job: Job, run_at: datetime) -> bool:
    """Give the job back, due at `run_at`; False when the lease was lost."""
    return bool(
        await statements.fetch(
            "UPDATE job SET run_at = $3, leased_until = NULL, lease = ''"
            " WHERE id = $1 AND lease = $2 RETURNING id",
            job.id,
            job.lease,
            run_at,
        )
    )


async def fail(job: Job, error: str) -> None:
    """Retry later with growing pauses; after the last attempt the job is kept as dead."""
    attempts = job.attempts + 1
    await Job.filter(id=job.id, lease=job.lease).update(
        attempts=attempts,
        error=error[:300],
        dead=attempts >= MAX_ATTEMPTS,
        run_at=now() + pause(attempts),
        leased_until=None,
        lease="",
    )


def pause(attempts: int) -> timedelta:
    """How long a job rests after so many failed attempts."""
    return timedelta(seconds=min(5 * 2**attempts, 3600))


async def next_run(kinds: Sequence[str]) -> datetime | None:
    """When the earliest waiting job of these kinds is due."""
    found = await statements.fetch(_next_run(len(kinds)), *kinds) if kinds else []
    times = [Job._meta.fields_map["run_at"].to_python_value(row["at"]) for row in found]
    return min((at for at in times if at is not None), default=None)


@lru_cache(maxsize=256)
def _claim(limit: int, kinds: int, among: str, locking: bool) -> str:
    """The statement; each kind is read in the order of its own index and no further than needed."""
    condition = f" AND {among}" if among else ""
    lock = " FOR UPDATE SKIP LOCKED" if locking else ""
    due = " UNION ALL ".join(
        f"SELECT * FROM (SELECT id, run_at FROM job WHERE kind = ${number + 4} AND dead = FALSE"  # noqa: S608
        f" AND run_at <= $1 AND (leased_until IS NULL OR leased_until < $1){condition}"
        f" ORDER BY run_at LIMIT {limit}{lock}) AS kind_{number}"
        for number in range(kinds)
    )
    return (
        f"WITH due AS MATERIALIZED ({due})"  # noqa: S608
        " UPDATE job SET lease = $2, leased_until = $3"
        f" FROM (SELECT id AS mine FROM due ORDER BY run_at LIMIT {limit}) AS chosen"
        f" WHERE job.id = mine RETURNING {_COLUMNS}"
    )


@lru_cache(maxsize=64)
def _next_run(kinds: int) -> str:
    return " UNION ALL ".join(
        f"SELECT min(run_at) AS at FROM job WHERE kind = ${number + 1} AND dead = FALSE"  # noqa: S608
        for number in range(kinds)
    )
