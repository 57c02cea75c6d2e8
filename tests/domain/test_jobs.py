"""Work that is due at a time: asked for once, done once, never lost."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from domain import jobs
from models import Job
from models.database import connection, is_postgres, transaction
from tests.support.queries import recorded
from tests.support.world import START, World

KINDS = ("test", "other")


async def claimed(limit: int = 10, kinds: tuple[str, ...] = KINDS) -> list[str]:
    return [job.key for job in await jobs.claim(limit, kinds=kinds)]


async def only(key: str = "k") -> Job:
    """A job that is due, claimed."""
    await jobs.enqueue("test", key, subject_id=1)
    [job] = await jobs.claim(1, kinds=KINDS)
    return job


async def test_a_key_is_one_job_and_the_first_call_counts(world: World) -> None:
    await jobs.enqueue("test", "k", subject_id=1)
    await jobs.enqueue("other", "k", subject_id=2, run_at=START + timedelta(hours=1))
    job = await Job.get()
    assert (job.kind, job.subject_id, job.run_at) == ("test", 1, START)


async def test_what_is_due_comes_longest_due_first(world: World) -> None:
    for minutes in (3, 1, 2, 60):
        await jobs.enqueue("test", f"{minutes}", run_at=START + timedelta(minutes=minutes))
    assert await claimed() == []
    world.clock.forward(minutes=3)
    assert await claimed(2) == ["1", "2"]
    assert await claimed() == ["3"]
    assert await claimed() == []


async def test_a_lane_takes_only_its_kinds(world: World) -> None:
    await jobs.enqueue("one", "1")
    await jobs.enqueue("two", "2")
    assert await claimed(kinds=("two",)) == ["2"]
    assert await claimed(kinds=()) == []


async def test_a_job_rolled_back_with_its_business_does_not_exist(world: World) -> None:
    with pytest.raises(RuntimeError):
        async with transaction():
            await jobs.enqueue("test", "k")
            raise RuntimeError
    assert not await Job.exists()


async def test_a_lease_that_ran_out_is_anybodys(world: World) -> None:
    first = await only()
    world.clock.forward(seconds=60)
    assert await claimed() == []
    world.clock.forward(seconds=1)
    [second] = await jobs.claim(1, kinds=KINDS)
    assert second.id == first.id and second.lease != first.lease
    assert not await jobs.finish(first)
    assert not await jobs.postpone(first, START)
    await jobs.fail(first, "late")
    row = await Job.get()
    assert (row.lease, row.attempts, row.error) == (second.lease, 0, "")
    assert await jobs.finish(second)
    assert not await Job.exists()


async def test_a_postponed_job_comes_again_in_its_time(world: World) -> None:
    job = await only()
    assert await jobs.postpone(job, START + timedelta(minutes=5))
    assert await claimed() == []
    assert await jobs.next_run(KINDS) == START + timedelta(minutes=5)
    world.clock.forward(minutes=5)
    assert await claimed() == ["k"]


async def test_failures_pause_longer_and_longer_until_the_job_is_dead(world: World) -> None:
    await jobs.enqueue("test", "k")
    pauses = []
    for attempt in range(1, jobs.MAX_ATTEMPTS + 1):
        [job] = await jobs.claim(1, kinds=KINDS)
        await jobs.fail(job, "x" * 500)
        row = await Job.get()
        assert row.attempts == attempt and len(row.error) == 300
        pauses.append(row.run_at - world.clock.at)
        world.clock.at = row.run_at
    assert pauses == sorted(pauses) and pauses[0] == timedelta(seconds=10)
    assert max(pauses) == timedelta(hours=1)
    assert (await Job.get()).dead
    world.clock.forward(days=30)
    assert await claimed() == [] and await jobs.next_run(KINDS) is None


async def test_a_cancelled_job_is_gone_also_from_who_has_it(world: World) -> None:
    job = await only()
    await jobs.cancel("k")
    await jobs.cancel("k")
    assert not await jobs.finish(job)


async def test_waking_asks_once_while_nobody_is_at_it(world: World) -> None:
    for minutes in (2, 5):
        at = START + timedelta(minutes=minutes)
        await jobs.wake("test", "k", subject_id=1, run_at=at)
    assert (await Job.get()).run_at == START + timedelta(minutes=2)


async def test_waking_takes_the_job_from_who_is_at_it(world: World) -> None:
    job = await only()
    await jobs.wake("test", "k", subject_id=1, run_at=START)
    assert not await jobs.finish(job)
    assert await claimed() == ["k"]


async def test_nothing_waits(world: World) -> None:
    assert await jobs.next_run(KINDS) is None


async def test_two_workers_at_once_never_get_the_same_job(world: World) -> None:
    """On PostgreSQL over connections of their own, on SQLite one after the other."""
    for number in range(40):
        await jobs.enqueue("test", f"{number}")

    async def work() -> list[str]:
        got: list[str] = []
        while batch := await jobs.claim(3, kinds=KINDS):
            got += [job.key for job in batch]
            await asyncio.sleep(0)
        return got

    shares = await asyncio.gather(*(work() for _ in range(4)))
    keys = [key for share in shares for key in share]
    assert sorted(keys, key=int) == [f"{number}" for number in range(40)]


async def test_a_claim_does_not_wait_for_a_claim_under_way(world: World) -> None:
    if not is_postgres():
        pytest.skip("SQLite has one writer")
    for number in range(4):
        await jobs.enqueue("test", f"{number}")
    holding, seen = asyncio.Event(), asyncio.Event()

    async def slow() -> set[str]:
        async with transaction():
            mine = await Job.all().order_by("id").limit(2).select_for_update(skip_locked=True)
            holding.set()
            await seen.wait()
        return {job.key for job in mine}

    async def quick() -> set[str]:
        await holding.wait()
        async with asyncio.timeout(20):
            got = await claimed()
        seen.set()
        return set(got)

    held, got = await asyncio.gather(slow(), quick())
    assert (held, got) == ({"0", "1"}, {"2", "3"})


async def test_hastening_asks_for_work_now_whenever_it_was_planned(world: World) -> None:
    await jobs.hasten("test", "k")
    assert await claimed() == ["k"]
    await jobs.hasten("test", "k")
    assert (await Job.get()).lease != ""
    await Job.all().update(lease="", leased_until=None, run_at=START + timedelta(hours=1))
    await jobs.hasten("test", "k")
    assert await claimed() == ["k"]


async def test_a_lease_may_be_renewed_only_by_who_has_it(world: World) -> None:
    first = await only()
    world.clock.forward(seconds=50)
    assert await jobs.renew(first)
    world.clock.forward(seconds=50)
    assert await claimed() == []
    world.clock.forward(seconds=11)
    assert await claimed() == ["k"]
    assert not await jobs.renew(first)


async def test_a_condition_leaves_jobs_to_others(world: World) -> None:
    for number in (1, 2):
        await jobs.enqueue("test", f"{number}", subject_id=number)
    assert [job.key for job in await jobs.claim(9, kinds=KINDS, among="subject_id <> 1")] == ["2"]
    found = await jobs.claim(9, kinds=KINDS, among="run_at >= $1")
    assert [job.key for job in found] == ["1"]


async def test_the_longest_due_of_all_kinds_come_first(world: World) -> None:
    for minutes, kind in ((3, "test"), (1, "other"), (2, "test"), (4, "other")):
        at = START + timedelta(minutes=minutes)
        await jobs.enqueue(kind, f"{minutes}", run_at=at)
    assert await jobs.next_run(KINDS) == START + timedelta(minutes=1)
    assert await jobs.next_run(["test"]) == START + timedelta(minutes=2)
    assert await jobs.next_run(["none"]) is await jobs.next_run([]) is None
    world.clock.forward(minutes=5)
    assert await claimed(3) == ["1", "2", "3"]
    assert await claimed(0) == []


async def test_claiming_reads_each_kind_by_its_index(world: World) -> None:
    """So that its cost does not depend on how many wait (docs/sms.md)."""
    if is_postgres():
        pytest.skip("PostgreSQL plans small tables otherwise")
    with recorded() as statements:
        await claimed()
    query, _, _ = statements[0].rpartition(": [")
    plan = await connection().execute_query_dict(
        f"EXPLAIN QUERY PLAN {query}", [world.clock(), "x", world.clock(), *KINDS]
    )
    reads = [row["detail"] for row in plan if "job" in row["detail"]]
    assert len(reads) == len(KINDS) + 1
    assert all("INDEX idx_job_kind" in detail or "PRIMARY KEY" in detail for detail in reads)
