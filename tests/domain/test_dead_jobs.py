"""Jobs that were given up: seen, tried again and deleted by administrators alone."""

from __future__ import annotations

import pytest

from domain import dead_jobs, jobs, outbox, work
from domain.errors import Forbidden, NotFound
from models import Job, MessageStep, OutboxMessage
from models.enums import MessageState, TextKind
from tests.support.unchanged import unchanged
from tests.support.world import MOBILE, World


async def dead(world: World, kind: str = "ladder", subject_id: int = 1) -> Job:
    """A job that failed at its last attempt, now."""
    key = f"{kind}:{subject_id}:test"
    await jobs.enqueue(kind, key, subject_id=subject_id)
    await Job.filter(key=key).update(attempts=jobs.MAX_ATTEMPTS - 1, lease="x")
    await jobs.fail(await Job.get(key=key), "ValueError")
    return await Job.get(key=key)


async def message(world: World, state: MessageState) -> OutboxMessage:
    row = await outbox.queue(TextKind.RESULT, MOBILE, "k", code="1", result="متن")
    assert row is not None
    await Job.filter(subject_id=row.id, kind=outbox.KIND).delete()
    await OutboxMessage.filter(id=row.id).update(state=state, attempted_at=world.clock())
    return await OutboxMessage.get(id=row.id)


async def test_administrators_see_what_was_given_up_and_when(world: World) -> None:
    job = await dead(world)
    await jobs.enqueue("ladder", "alive", subject_id=2)
    given_up = world.clock()
    world.clock.forward(hours=5)
    assert await dead_jobs.of(world["admin"]) == [job]
    assert dead_jobs.since(job) == given_up
    for name in ("supervisor", "operator", "senior", "head"):
        with pytest.raises(Forbidden):
            dead_jobs.of(world[name])


async def test_one_that_is_tried_again_is_done(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = []

    async def climb(subject_id: int) -> None:
        done.append(subject_id)

    monkeypatch.setitem(work.HANDLERS, "ladder", climb)
    job = await dead(world, subject_id=7)
    assert await jobs.claim(9, kinds=["ladder"]) == []
    await dead_jobs.retry(world["admin"], job.id)
    [claimed] = await jobs.claim(9, kinds=["ladder"])
    assert (claimed.id, claimed.attempts, claimed.error) == (job.id, 0, "")
    await work.run(claimed)
    assert done == [7]
    assert not await Job.exists()


async def test_a_deleted_one_is_never_done(world: World) -> None:
    job = await dead(world)
    await dead_jobs.delete(world["admin"], job.id)
    assert not await Job.exists()


@pytest.mark.parametrize("act", [dead_jobs.retry, dead_jobs.delete])
async def test_refusals_change_nothing(world: World, act) -> None:  # type: ignore[no-untyped-def]
    job = await dead(world)
    await jobs.enqueue("ladder", "alive", subject_id=2)
    alive = await Job.get(key="alive")
    async with unchanged():
        with pytest.raises(Forbidden):
            await act(world["supervisor"], job.id)
        for wrong in (alive.id, job.id + 100, 0, -1, "1", None, True, 10**30):
            with pytest.raises(NotFound):
                await act(world["admin"], wrong)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (MessageState.PENDING, MessageState.NEEDS_REVIEW),
        (MessageState.SENDING, MessageState.UNCERTAIN),
        (MessageState.UNCERTAIN, MessageState.NEEDS_REVIEW),
        (MessageState.DELIVERED, MessageState.DELIVERED),
    ],
)
async def test_the_message_of_a_deleted_job_is_not_left_behind(
    world: World, before: MessageState, after: MessageState
) -> None:
    row = await message(world, before)
    job = await dead(world, outbox.KIND, row.id)
    await dead_jobs.delete(world["admin"], job.id)
    assert (await OutboxMessage.get(id=row.id)).state is after
    steps = await MessageStep.filter(message_id=row.id)
    assert [step.state for step in steps] == ([] if after is before else [after])


async def test_a_send_job_whose_message_is_gone_can_be_deleted(world: World) -> None:
    job = await dead(world, outbox.KIND, 10**6)
    await dead_jobs.delete(world["admin"], job.id)
    assert not await Job.exists()
