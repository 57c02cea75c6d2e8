"""What claiming costs with a small backlog and with a large one."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import timedelta
from statistics import median

from domain import claiming, jobs, outbox
from domain.time import now
from models import Job, OutboxMessage
from models.database import transaction
from models.enums import MessageState
from tests.bench import data, sms_data
from tests.bench.sms_report import Found
from tests.support.simulator import LINE

SMALL, LARGE, DELETED = 1_000, 1_000_000, 100_000
CLAIMED = 50
BLOCKS, ROUNDS = 12, 8
"""The databases alternate in blocks of so many rounds; the first of a block is not counted."""
AIM = 1.3


@dataclass
class Backlog:
    """A database with so many messages waiting, and the milliseconds that rounds took."""

    url: str
    size: int
    claims: list[float] = field(default_factory=list)
    whole: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.next_number = self.size + 1


async def run(server: sms_data.Server, kind: str) -> list[Found]:
    backlogs = small, large = await _made(server, SMALL), await _made(server, LARGE)
    for _ in range(BLOCKS):
        for backlog in backlogs:
            await _block(backlog)
    found = _found(kind, "claiming 50", small, large, AIM)
    for backlog in backlogs:
        backlog.claims, backlog.whole = [], []
    await _delete_before(large)
    for _ in range(BLOCKS):
        for backlog in backlogs:
            await _block(backlog)
    return found + _found(kind, "claiming 50 after deletions", small, large, None)


async def _made(server: sms_data.Server, size: int) -> Backlog:
    url = await server.create(f"claim_{size}")
    await sms_data.fill(url, 1, size)
    async with data.session(url) as session:
        await session.finish()
    return Backlog(url, size)


async def _block(backlog: Backlog) -> None:
    async with sms_data.opened(backlog.url):
        for number in range(ROUNDS):
            claimed, claim, whole = await _round()
            if number:
                backlog.claims.append(claim)
                backlog.whole.append(whole)
            await _settle(claimed)
            await sms_data.fill(backlog.url, backlog.next_number, CLAIMED, now())
            backlog.next_number += CLAIMED


async def _round() -> tuple[list[Job], float, float]:
    """What was claimed, milliseconds of that, and of claiming and beginning every message."""
    began = time.perf_counter()
    claimed = await jobs.claim(CLAIMED, kinds=[outbox.KIND], lease=timedelta(minutes=10))
    got = time.perf_counter()
    for job in claimed:
        found = await claiming.candidate(job)
        assert found is not None
        assert await claiming.begin(found.row, job, "kavenegar", LINE, 1)
    ended = time.perf_counter()
    assert len(claimed) == CLAIMED
    return claimed, (got - began) * 1000, (ended - began) * 1000


async def _settle(claimed: list[Job]) -> None:
    """The messages have arrived."""
    async with transaction():
        for job in claimed:
            assert await jobs.finish(job)
        ids = [job.subject_id for job in claimed]
        await OutboxMessage.filter(id__in=ids).update(state=MessageState.DELIVERED)


async def _delete_before(backlog: Backlog) -> None:
    """Jobs due before all others come and go, and leave what a database leaves of them."""
    first = backlog.size * 10
    await sms_data.fill(backlog.url, first, DELETED, now() - timedelta(days=1))
    async with data.session(backlog.url) as session:
        await session.run(f"DELETE FROM job WHERE subject_id >= {first}")
        await session.run(f"UPDATE outbox_message SET state = 'delivered' WHERE id >= {first}")


def _found(kind: str, what: str, small: Backlog, large: Backlog, aim: float | None) -> list[Found]:
    pairs = [
        (f"{what}, the statement alone", median(large.claims), median(small.claims), aim),
        (f"{what} and beginning each", median(large.whole), median(small.whole), AIM),
    ]
    return [
        Found(kind, name, f"{much:.2f} ms", f"{little:.2f} ms", much / little, aimed)
        for name, much, little, aimed in pairs
    ]
