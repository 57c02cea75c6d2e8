"""A job's effect and its end are one: a worker stopped anywhere neither loses nor repeats it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from domain import jobs, work
from domain.time import now
from models import Job, OptOut
from tests.support.world import START, World


async def effect(number: int) -> None:
    await OptOut.create(mobile=f"+98912000000{number}", reason="test", created_at=now())


async def due(monkeypatch: pytest.MonkeyPatch, handler: work.Handler) -> Job:
    monkeypatch.setitem(work.HANDLERS, "test", handler)
    await jobs.enqueue("test", "k", subject_id=7)
    [job] = await jobs.claim(1, kinds=["test"])
    return job


async def test_done_and_gone(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    subjects: list[int] = []

    async def handler(subject: int) -> None:
        subjects.append(subject)
        await effect(1)

    await work.run(await due(monkeypatch, handler))
    assert subjects == [7]
    assert await OptOut.all().count() == 1 and not await Job.exists()


async def test_postponed_with_its_effect(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    later = START + timedelta(hours=1)

    async def handler(_subject: int) -> datetime:
        await effect(1)
        return later

    await work.run(await due(monkeypatch, handler))
    row = await Job.get()
    assert (row.run_at, row.lease, row.leased_until, row.attempts) == (later, "", None, 0)
    assert await OptOut.all().count() == 1


@pytest.mark.parametrize("again", [None, START])
async def test_a_lost_lease_takes_the_effect_back(
    world: World, monkeypatch: pytest.MonkeyPatch, again: datetime | None
) -> None:
    async def handler(_subject: int) -> datetime | None:
        await effect(1)
        return again

    job = await due(monkeypatch, handler)
    world.clock.forward(seconds=61)
    [other] = await jobs.claim(1, kinds=["test"])
    with pytest.raises(work.LeaseLost):
        await work.run(job)
    assert not await OptOut.exists()
    await work.run(other)
    assert await OptOut.all().count() == 1


async def test_an_error_keeps_nothing_but_the_job(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def handler(_subject: int) -> None:
        await effect(1)
        await jobs.enqueue("test", "follower")
        raise ValueError("out of luck")

    job = await due(monkeypatch, handler)
    with pytest.raises(ValueError, match="luck"):
        await work.run(job)
    assert not await OptOut.exists()
    assert [row.lease for row in await Job.all()] == [job.lease]


async def test_a_job_woken_while_it_is_done_is_done_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What comes in while a gathering job is at work is done by the next run."""

    async def handler(_subject: int) -> None:
        await effect(1)

    job = await due(monkeypatch, handler)
    await jobs.wake("test", "k", subject_id=7, run_at=now())
    with pytest.raises(work.LeaseLost):
        await work.run(job)
    assert not await OptOut.exists()
    [again] = await jobs.claim(1, kinds=["test"])
    await work.run(again)
    assert await OptOut.all().count() == 1 and not await Job.exists()


async def test_every_kind_that_the_domain_plans_has_a_handler(world: World) -> None:
    assert set(work.HANDLERS) == {
        "ladder",
        "question.expire",
        "survey.ask",
        "survey.remind",
        "survey.expire",
        "case.close",
        "staff.digest",
        "inbox.handle",
    }
