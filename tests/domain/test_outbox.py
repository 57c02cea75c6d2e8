from __future__ import annotations

import itertools
from collections.abc import Awaitable, Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import outbox
from domain.jobs import cancel
from models import Job, MessageStep, OptOut, OutboxMessage
from models.database import transaction
from models.enums import MessageState, TextKind
from tests.support.provider import begin, history
from tests.support.world import MOBILE, World

Change = Callable[[OutboxMessage], Awaitable[bool]]

CHANGES: dict[str, Change] = {
    "accepted": lambda row: outbox.accepted(row, "7", MessageState.ACCEPTED, 1200),
    "return_to_queue": lambda row: outbox.return_to_queue(row, "busy", 409),
    "fail": lambda row: outbox.fail(row, "bad", 411),
    "doubt": lambda row: outbox.doubt(row, "no answer"),
    "repeatable": lambda row: outbox.doubt(row, "no answer", repeatable=True),
    "withhold": lambda row: outbox.withhold(row, MessageState.BLOCKED, outbox.OPTED_OUT),
    "absent": outbox.absent,
    "give_up": outbox.give_up,
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
    "repeatable": {MessageState.SENDING},
    "withhold": {MessageState.PENDING},
    "absent": {MessageState.UNCERTAIN},
    "give_up": {MessageState.PENDING, MessageState.UNCERTAIN},
}
PROVIDERS = [
    MessageState.ACCEPTED,
    MessageState.SENT,
    MessageState.FAILED,
    MessageState.UNDELIVERED,
    MessageState.CANCELLED,
    MessageState.BLOCKED,
    MessageState.DELIVERED,
]
_numbers = itertools.count()


async def queued(key: str = "k1", kind: TextKind = TextKind.RESULT) -> OutboxMessage:
    row = await outbox.queue(kind, MOBILE, key, code="1", result="متن")
    assert row is not None
    return row


async def begun() -> OutboxMessage:
    return await begin(await queued())


async def accepted(ref: str = "7", mobile: str = MOBILE) -> OutboxMessage:
    row = await outbox.queue(TextKind.RESULT, mobile, f"a{next(_numbers)}", code="1", result="متن")
    assert row is not None
    await outbox.accepted(await begin(row), ref, MessageState.ACCEPTED)
    return row


async def state_of(row: OutboxMessage) -> MessageState:
    return (await OutboxMessage.get(id=row.id)).state


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
    assert (row.state, row.error) == (MessageState.BLOCKED, outbox.OPTED_OUT)
    code = await outbox.queue(TextKind.IDENTITY_CODE, MOBILE, "k2", code="123456")
    assert code is not None and code.state is MessageState.PENDING
    assert [job.subject_id for job in await Job.filter(kind="sms.send")] == [code.id]


@pytest.mark.parametrize("state", list(MessageState))
@pytest.mark.parametrize("change", list(CHANGES))
async def test_a_change_applies_only_from_where_it_may_and_leaves_one_step(
    world: World, state: MessageState, change: str
) -> None:
    row = await begun()
    await OutboxMessage.filter(id=row.id).update(state=state)
    before = await OutboxMessage.get(id=row.id).values()
    applied = await CHANGES[change](row)
    after = await OutboxMessage.get(id=row.id).values()
    assert applied is (state in ALLOWED[change])
    assert (before != after) is applied
    steps = await history(row)
    assert [step[0] for step in steps] == ([after["state"]] if applied else [])


@pytest.mark.parametrize("change", ["return_to_queue", "fail", "doubt"])
async def test_an_earlier_attempt_cannot_speak_for_a_later_one(world: World, change: str) -> None:
    old = await begun()
    await outbox.return_to_queue(old, "busy")
    world.clock.forward(seconds=60)
    await begin(await OutboxMessage.get(id=old.id))
    assert not await CHANGES[change](old)
    assert await state_of(old) is MessageState.SENDING


async def test_what_was_surely_not_sent_is_free_to_take_any_gateway(world: World) -> None:
    row = await begun()
    assert await outbox.return_to_queue(row, "no credit", 418, counts=False)
    await row.refresh_from_db()
    assert (row.state, row.attempts, row.error_code) == (MessageState.PENDING, 0, 418)
    assert row.gateway == ""
    assert await history(row) == [(MessageState.PENDING, "kavenegar", 418, "no credit")]


async def test_after_a_doubt_it_stays_with_its_gateway_for_good(world: World) -> None:
    row = await begun()
    await outbox.doubt(row, "no answer", repeatable=True)
    again = await begin(await OutboxMessage.get(id=row.id))
    assert again.doubts == 1
    await outbox.return_to_queue(again, "busy", 409)
    await row.refresh_from_db()
    assert (row.state, row.gateway, row.attempts) == (MessageState.PENDING, "kavenegar", 2)


async def test_two_denials_send_a_text_again(world: World) -> None:
    row = await begun()
    await outbox.doubt(row, "no answer")
    await cancel(f"sms:{row.id}")
    assert await outbox.doubtful("kavenegar", 9) == []
    world.clock.forward(seconds=60)
    assert await outbox.doubtful("http", 9) == []
    [found] = await outbox.doubtful("kavenegar", 9)
    await outbox.absent(found)
    assert await outbox.doubtful("kavenegar", 9) == []
    world.clock.forward(seconds=120)
    [found] = await outbox.doubtful("kavenegar", 9)
    await outbox.absent(found)
    await row.refresh_from_db()
    assert (row.state, row.gateway, row.doubts) == (MessageState.PENDING, "kavenegar", 1)
    assert await Job.filter(kind="sms.send", subject_id=row.id).exists()
    assert await history(row) == [
        (MessageState.UNCERTAIN, "kavenegar", None, "no answer"),
        (MessageState.UNCERTAIN, "kavenegar", None, outbox.UNKNOWN),
        (MessageState.PENDING, "kavenegar", None, outbox.UNKNOWN),
    ]


async def test_who_accepts_is_noted_with_price_and_time(world: World) -> None:
    row = await begun()
    await outbox.accepted(row, "77", MessageState.DELIVERED, 1200)
    await row.refresh_from_db()
    assert (row.provider_ref, row.cost, row.accepted_at) == ("77", 1200, world.clock())
    assert row.delivered_at == world.clock()
    assert await history(row) == [(MessageState.DELIVERED, "kavenegar", None, "")]


async def test_accepting_what_the_citizen_blocks_opts_out(world: World) -> None:
    await outbox.accepted(await begun(), "77", MessageState.BLOCKED)
    assert (await OptOut.get()).mobile == MOBILE


@pytest.mark.parametrize("known", PROVIDERS)
@pytest.mark.parametrize("told", list(MessageState))
async def test_a_report_moves_a_message_as_its_rank_says(
    world: World, known: MessageState, told: MessageState
) -> None:
    row = await accepted()
    await OutboxMessage.filter(id=row.id).update(state=known)
    news = await outbox.report("kavenegar", ["7"], told)
    expected = outbox.advance(known, told)
    assert news == (expected is not known)
    assert await state_of(row) is expected
    moved = [(expected, "kavenegar", None, "")] if news else []
    assert (await history(row))[1:] == moved
    assert await OptOut.exists() is (told is MessageState.BLOCKED)


async def test_references_belong_to_their_gateway(world: World) -> None:
    mine, other = await accepted(), await accepted(mobile="+989121112244")
    await OutboxMessage.filter(id=other.id).update(gateway="http")
    assert await outbox.report("http", ["7", "8"], MessageState.SENT) == 1
    assert await state_of(mine) is MessageState.ACCEPTED
    assert await state_of(other) is MessageState.SENT


async def test_many_reports_are_written_together(world: World) -> None:
    count = outbox.TOGETHER + 3
    rows = [await accepted(f"r{n}", f"+98912{n:07d}") for n in range(count)]
    refs = [f"r{n}" for n in range(count)]
    assert await outbox.report("kavenegar", refs, MessageState.BLOCKED) == count
    assert await outbox.report("kavenegar", refs, MessageState.BLOCKED) == 0
    assert await OptOut.all().count() == count
    assert await MessageStep.filter(state=MessageState.BLOCKED).count() == count
    assert await state_of(rows[-1]) is MessageState.BLOCKED


@given(st.permutations(PROVIDERS), st.integers(0, 7))
def test_in_whatever_order_reports_come_the_furthest_holds(
    told: list[MessageState], count: int
) -> None:
    state = MessageState.SENDING
    for report in told[:count]:
        after = outbox.advance(state, report)
        assert after in (state, report)
        assert outbox.advance(after, state) is after
        state = after
    if MessageState.DELIVERED in told[:count]:
        assert state is MessageState.DELIVERED


async def test_a_person_sends_again_what_a_provider_once_took_under_a_new_local_id(
    world: World,
) -> None:
    row = await accepted()
    await OutboxMessage.filter(id=row.id).update(state=MessageState.UNDELIVERED, doubts=1)
    await row.refresh_from_db()
    assert await outbox.send_again(row, "شهروند می‌گوید نرسیده", world.users["admin"].id)
    again = await OutboxMessage.get(id=row.id)
    assert again.local_id != row.local_id
    assert (again.provider_ref, again.gateway, again.doubts) == (None, "", 0)
    assert again.author_id == world.users["admin"].id
    assert (await history(row))[-1] == (MessageState.PENDING, "", None, "شهروند می‌گوید نرسیده")


async def test_a_person_sends_again_what_may_be_with_a_provider_by_that_one_only(
    world: World,
) -> None:
    row = await begun()
    await outbox.doubt(row, "no answer")
    await OutboxMessage.filter(id=row.id).update(state=MessageState.NEEDS_REVIEW)
    await row.refresh_from_db()
    await outbox.send_again(row, "نرسیده", None)
    again = await OutboxMessage.get(id=row.id)
    assert (again.local_id, again.gateway) == (row.local_id, "kavenegar")


def test_our_own_reasons_have_persian_words() -> None:
    for note in (outbox.OPTED_OUT, outbox.EXPIRED, outbox.NOT_REACHED, outbox.UNDECIDED):
        assert outbox.explained(note) != note
    assert outbox.explained("HTTP 502") == "HTTP 502"
