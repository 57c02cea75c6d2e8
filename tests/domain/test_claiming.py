from __future__ import annotations

import itertools

import pytest

from domain import claiming, jobs, outbox, sending
from models import Job, OutboxMessage
from models.enums import MessageChannel, MessageState, Resumption, TextKind
from tests.support.provider import history
from tests.support.world import LINE, MOBILE, World

_numbers = itertools.count()


async def queued(kind: TextKind = TextKind.RESULT, mobile: str = MOBILE) -> OutboxMessage:
    row = await outbox.queue(kind, mobile, f"c{next(_numbers)}", code="1", result="متن")
    assert row is not None
    return row


async def job_of(row: OutboxMessage) -> Job:
    claimed = await jobs.claim(50, kinds=[outbox.KIND])
    [mine] = [job for job in claimed if job.subject_id == row.id]
    for job in claimed:
        if job is not mine:
            await jobs.postpone(job, job.run_at)
    return mine


async def begins(row: OutboxMessage, job: Job, gateway: str = "kavenegar") -> bool:
    return await claiming.begin(row, job, gateway, LINE, 2)


async def test_beginning_counts_the_attempt(world: World) -> None:
    row = await queued()
    await OutboxMessage.filter(id=row.id).update(absent_lookups=2, error="busy", error_code=409)
    assert await begins(row, await job_of(row))
    stored = await OutboxMessage.get(id=row.id)
    assert (stored.state, stored.attempts, stored.parts) == (MessageState.SENDING, 1, 2)
    assert (stored.attempted_at, stored.absent_lookups) == (world.clock(), 0)
    assert (stored.error, stored.error_code) == ("", None)
    assert (stored.gateway, stored.line) == ("kavenegar", LINE)
    assert (row.state, row.attempts, row.attempted_at) == (
        MessageState.SENDING,
        1,
        world.clock(),
    )
    assert await history(row) == []


async def test_a_candidate_says_what_speaks_against_it(world: World) -> None:
    first, second = await queued(), await queued()
    job = await job_of(second)
    found = await claiming.candidate(job)
    assert found is not None
    assert (found.row.id, found.behind, found.opted_out, found.halted) == (
        second.id,
        True,
        False,
        False,
    )
    await outbox.opt_out(MOBILE, "reply")
    await sending.halt("http", "*", 1, "x", Resumption.OPERATOR)
    await OutboxMessage.filter(id=first.id).update(state=MessageState.BLOCKED)
    found = await claiming.candidate(job)
    assert found is not None
    assert (found.behind, found.opted_out, found.halted) == (False, True, True)
    await jobs.cancel(job.key)
    assert await claiming.candidate(job) is None


@pytest.mark.parametrize("against", ["lease", "state", "opt-out", "halt", "line", "other", "order"])
async def test_one_statement_finds_whatever_came_in_between(world: World, against: str) -> None:
    earlier = await queued()
    row = await queued()
    job = await job_of(row)
    if against != "order":
        await OutboxMessage.filter(id=earlier.id).update(state=MessageState.ACCEPTED)
    if against == "lease":
        await Job.filter(id=job.id).update(lease="another")
    elif against == "state":
        await OutboxMessage.filter(id=row.id).update(state=MessageState.ACCEPTED)
    elif against == "opt-out":
        await outbox.opt_out(MOBILE, "reply")
    elif against in ("halt", "line"):
        line = LINE if against == "line" else "*"
        await sending.halt("kavenegar", line, 403, "x", Resumption.OPERATOR)
    elif against == "other":
        await OutboxMessage.filter(id=row.id).update(gateway="http", doubts=1)
    before = await OutboxMessage.get(id=row.id).values()
    assert not await begins(row, job)
    assert await OutboxMessage.get(id=row.id).values() == before


async def test_what_does_not_concern_it_holds_it_up_not(world: World) -> None:
    row = await queued()
    job = await job_of(row)
    await sending.halt("http", "*", 403, "x", Resumption.OPERATOR)
    await sending.halt("kavenegar", "3000999", 412, "x", Resumption.OPERATOR)
    await sending.halt("kavenegar", "*", 429, "x", Resumption.TIME, world.clock())
    await outbox.opt_out("+989129999999", "reply")
    assert await begins(row, job)


async def test_a_code_minds_neither_opt_out_nor_order(world: World) -> None:
    await queued()
    code = await queued(TextKind.IDENTITY_CODE)
    await outbox.opt_out(MOBILE, "reply")
    job = await job_of(code)
    found = await claiming.candidate(job)
    assert found is not None and not found.behind and not found.opted_out
    assert await begins(code, job)


async def behind(row: OutboxMessage) -> bool:
    job = await job_of(row)
    found = await claiming.candidate(job)
    await jobs.postpone(job, job.run_at)
    assert found is not None
    return found.behind


async def test_a_later_text_follows_only_one_that_will_go_soon(world: World) -> None:
    first, second = await queued(), await queued()
    assert not await behind(first)
    assert await behind(second)
    job = await job_of(first)
    await begins(first, job)
    assert await behind(second)
    await outbox.return_to_queue(first, "busy", 409)
    assert not await behind(second)
    await OutboxMessage.filter(id=first.id).update(attempts=0)
    assert await behind(second)
    await Job.filter(id=job.id).update(dead=True)
    assert not await behind(second)
    await Job.filter(id=job.id).update(dead=False, run_at=world.clock.at.replace(hour=23))
    assert not await behind(second)


async def test_a_call_and_a_text_do_not_wait_for_each_other(world: World) -> None:
    first, second = await queued(), await queued()
    await OutboxMessage.filter(id=first.id).update(channel=MessageChannel.CALL)
    assert not await behind(second)


async def test_the_last_two_returns_are_told_latest_first(world: World) -> None:
    row = await queued()
    for gateway, code in (("kavenegar", 409), ("http", None), ("kavenegar", 418)):
        await begins(row, await job_of(row), gateway)
        await outbox.return_to_queue(row, "x", code)
        row = await OutboxMessage.get(id=row.id)
        await Job.filter(subject_id=row.id).update(lease="", leased_until=None)
    assert await claiming.returns(row) == [("kavenegar", 418), ("http", None)]


async def test_a_code_is_expired_after_five_minutes_other_texts_never(world: World) -> None:
    code, result = await queued(TextKind.IDENTITY_CODE), await queued()
    world.clock.forward(minutes=5)
    assert not claiming.expired(code)
    world.clock.forward(seconds=1)
    assert claiming.expired(code)
    world.clock.forward(days=30)
    assert not claiming.expired(result)
