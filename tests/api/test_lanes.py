"""A lane that claims more than it does at once: what waits is held for longer, or given back."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from api.lanes import Lane
from domain import jobs
from models import Job
from tests.support.world import World

LEASE = timedelta(seconds=60)


class Work:
    """Does jobs one after the other, each when it is let go on."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.news = asyncio.Event()
        self.go_on = asyncio.Semaphore(0)

    async def do(self, job: Job) -> None:
        self.begun.append(job.key)
        self.news.set()
        await self.go_on.acquire()
        await jobs.finish(job)

    async def until(self, count: int) -> None:
        async with asyncio.timeout(10):
            while len(self.begun) < count:
                self.news.clear()
                await self.news.wait()


async def always() -> bool:
    return True


def lane(work: Work) -> Lane:
    return Lane(["test"], 1, work.do, LEASE, always, ahead=2)


async def planned(count: int) -> None:
    for number in range(count):
        await jobs.enqueue("test", f"{number}")


async def leases() -> list[bool]:
    return [bool(job.lease) for job in await Job.all().order_by("id")]


async def test_some_are_claimed_beforehand_and_given_back_at_a_stop(world: World) -> None:
    await planned(5)
    work, stop = Work(), asyncio.Event()
    running = asyncio.create_task(lane(work).run(stop))
    await work.until(1)
    assert await leases() == [True] * 3 + [False] * 2
    stop.set()
    work.go_on.release()
    await asyncio.wait_for(running, 10)
    assert (work.begun, await leases()) == (["0"], [False] * 4)


async def test_a_job_that_waited_long_is_held_for_longer_before_it_is_done(world: World) -> None:
    await planned(2)
    work, stop = Work(), asyncio.Event()
    running = asyncio.create_task(lane(work).run(stop))
    await work.until(1)
    world.clock.forward(seconds=50)
    work.go_on.release()
    await work.until(2)
    held = await Job.get(key="1")
    assert held.leased_until == world.clock() + LEASE
    stop.set()
    work.go_on.release()
    await asyncio.wait_for(running, 10)


async def test_a_job_that_another_worker_has_by_now_is_left_to_it(world: World) -> None:
    await planned(3)
    work, stop = Work(), asyncio.Event()
    running = asyncio.create_task(lane(work).run(stop))
    await work.until(1)
    world.clock.forward(seconds=61)
    until = world.clock() + LEASE
    await Job.filter(key="1").update(lease="another", leased_until=until)
    work.go_on.release()
    await work.until(2)
    assert work.begun == ["0", "2"]
    stop.set()
    work.go_on.release()
    await asyncio.wait_for(running, 10)
    assert (await Job.get()).lease == "another"
