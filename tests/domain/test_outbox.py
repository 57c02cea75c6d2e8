from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from domain import outbox
from domain.jobs import cancel
from models import Job, OptOut, OutboxMessage
from models.database import transaction
from models.enums import MessageState, TextKind
from tests.support.world import MOBILE, World

Change = Callable[[OutboxMessage], Awaitable[bool]]

CHANGES: dict[str, Change] = {
    "accepted": lambda row: outbox.accepted(row, 7, MessageState.ACCEPTED, 1200),
    "return_to_queue": lambda row: outbox.return_to_queue(row, "busy", 409),
    "fail": lambda row: outbox.fail(row, "bad", 411),
    "doubt": lambda row: outbox.doubt(row, "no answer"),
    "absent": outbox.absent,
}
OPEN = {
    MessageState.PENDING,
    MessageState.SENDING,
    MessageState.UNCERTAIN,
    MessageState.NEEDS_REVIEW,
}
ALLOWED = {
    "accepted": OPEN,
    "return_to_queue": {MessageState.SENDING},
    "fail": {MessageState.SENDING},
    "doubt": {MessageState.SENDING},
    "absent": {MessageState.UNCERTAIN},
}


async def queued(key: str = "k1", kind: TextKind = TextKind.RESULT) -> OutboxMessage:
    row = await outbox.queue(kind, MOBILE, key, code="1", result="متن")
    assert row is not None
    return row


async def begun() -> OutboxMessage:
    row = await queued()
    assert await outbox.begin(row, 1)
    return row


async def test_an_event_is_texted_once(world: World) -> None:
    await queued()
    assert await outbox.queue(TextKind.RESULT, MOBILE, "k1", code="1", result="دیگر") is None
    assert await OutboxMessage.all().count() == await Job.filter(kind="sms.send").count() == 1


async def test_a_text_rolled_back_with_its_business_is_never_sent(world: World) -> None:
    with pytest.raises(RuntimeError):
        async with transaction():
            await queued()
            raise RuntimeError
    assert not await OutboxMessage.exists()
    assert not await Job.filter(kind="sms.send").exists()


async def test_a_number_that_opted_out_gets_nothing_but_its_code(world: World) -> None:
    await outbox.opt_out(MOBILE, "reply")
    await outbox.opt_out(MOBILE, "blocked")
    assert [row.reason for row in await OptOut.all()] == ["reply"]
    row = await queued()
    assert (row.state, row.error) == (MessageState.BLOCKED, "opt-out")
    code = await outbox.queue(TextKind.IDENTITY_CODE, MOBILE, "k2", code="123456")
    assert code is not None and code.state is MessageState.PENDING
    assert [job.subject_id for job in await Job.filter(kind="sms.send")] == [code.id]


async def test_beginning_counts_the_attempt(world: World) -> None:
    row = await queued()
    await OutboxMessage.filter(id=row.id).update(absent_lookups=2, error="busy", error_code=409)
    await row.refresh_from_db()
    assert await outbox.begin(row, 2)
    await row.refresh_from_db()
    assert (row.state, row.attempts, row.parts) == (MessageState.SENDING, 1, 2)
    assert (row.attempted_at, row.absent_lookups) == (world.clock(), 0)
    assert (row.error, row.error_code) == ("", None)


@pytest.mark.parametrize("state", list(MessageState))
@pytest.mark.parametrize("change", list(CHANGES))
async def test_a_change_applies_only_from_where_it_may(
    world: World, state: MessageState, change: str
) -> None:
    row = await begun()
    await OutboxMessage.filter(id=row.id).update(state=state)
    before = await OutboxMessage.get(id=row.id).values()
    applied = await CHANGES[change](row)
    after = await OutboxMessage.get(id=row.id).values()
    assert applied is (state in ALLOWED[change])
    assert (before != after) is applied


@pytest.mark.parametrize("change", ["return_to_queue", "fail", "doubt"])
async def test_an_earlier_attempt_cannot_speak_for_a_later_one(world: World, change: str) -> None:
    old = await begun()
    await outbox.return_to_queue(old, "busy")
    world.clock.forward(seconds=60)
    new = await OutboxMessage.get(id=old.id)
    await outbox.begin(new, 1)
    assert not await CHANGES[change](old)
    assert (await OutboxMessage.get(id=old.id)).state is MessageState.SENDING


async def test_a_halted_attempt_does_not_count(world: World) -> None:
    row = await begun()
    assert await outbox.return_to_queue(row, "no credit", 418, counts=False)
    await row.refresh_from_db()
    assert (row.state, row.attempts, row.error_code) == (MessageState.PENDING, 0, 418)


async def test_two_denials_send_a_text_again(world: World) -> None:
    row = await begun()
    await outbox.doubt(row, "no answer")
    await cancel(f"sms:{row.id}")
    assert await outbox.doubtful(9) == []
    world.clock.forward(seconds=60)
    [found] = await outbox.doubtful(9)
    await outbox.absent(found)
    assert await outbox.doubtful(9) == []
    world.clock.forward(seconds=120)
    [found] = await outbox.doubtful(9)
    await outbox.absent(found)
    await row.refresh_from_db()
    assert row.state is MessageState.PENDING
    assert await Job.filter(kind="sms.send", subject_id=row.id).exists()


async def test_a_later_text_follows_only_one_that_will_go_soon(world: World) -> None:
    first, second = await queued("k1"), await queued("k2")
    code = await outbox.queue(TextKind.IDENTITY_CODE, MOBILE, "k3", code="1")
    assert code is not None
    assert not await outbox.follows_another(first)
    assert await outbox.follows_another(second)
    assert not await outbox.follows_another(code)
    await outbox.begin(first, 1)
    assert await outbox.follows_another(second)
    await outbox.return_to_queue(first, "busy", 409)
    assert not await outbox.follows_another(second)
    await OutboxMessage.filter(id=first.id).update(attempts=0)
    assert await outbox.follows_another(second)
    await Job.filter(subject_id=first.id).update(dead=True)
    assert not await outbox.follows_another(second)
