from __future__ import annotations

import itertools

import pytest

from domain import outbox
from models import OptOut, OutboxMessage
from models.enums import MessageChannel, MessageState, TextKind
from sms import reports
from sms.gateway import Accepted, Capability, NotSent, Refused
from tests.support.provider import ScriptedGateway, history, refused, send_due
from tests.support.world import MOBILE, World

_numbers = itertools.count()


async def sent(state: MessageState = MessageState.ACCEPTED) -> OutboxMessage:
    """A message that the provider has accepted, with the id 1001."""
    row = await outbox.queue(TextKind.RESULT, MOBILE, f"r:{next(_numbers)}", code="1", result="متن")
    assert row is not None
    await send_due(ScriptedGateway())
    if state is not MessageState.ACCEPTED:
        await reports.apply("kavenegar", "1001", state)
    return await OutboxMessage.get(id=row.id)


async def state_of(row: OutboxMessage) -> MessageState:
    return (await OutboxMessage.get(id=row.id)).state


@pytest.mark.parametrize(
    ("reported", "state"),
    [
        (["sent"], MessageState.SENT),
        (["delivered", "sent", "accepted"], MessageState.DELIVERED),
        (["sent", "delivered", "delivered"], MessageState.DELIVERED),
        (["undelivered", "delivered"], MessageState.DELIVERED),
        (["undelivered", "sent"], MessageState.UNDELIVERED),
        (["failed", "sent"], MessageState.FAILED),
        (["failed", "undelivered"], MessageState.FAILED),
        (["cancelled"], MessageState.CANCELLED),
    ],
)
async def test_reports_move_a_message_forward_only(
    world: World, reported: list[str], state: MessageState
) -> None:
    row = await sent()
    for told in reported:
        await reports.apply("kavenegar", "1001", MessageState(told))
    await row.refresh_from_db()
    assert row.state is state
    assert (row.delivered_at is not None) is (state is MessageState.DELIVERED)


async def test_only_news_is_written_down(world: World) -> None:
    row = await sent()
    for told in ("sent", "sent", "accepted", "delivered", "sent"):
        await reports.apply("kavenegar", "1001", MessageState(told))
    assert [step[0] for step in await history(row)] == ["accepted", "sent", "delivered"]


async def test_a_report_of_an_unknown_text_or_of_another_provider_changes_nothing(
    world: World,
) -> None:
    row = await sent()
    await reports.apply("kavenegar", "5", MessageState.DELIVERED)
    await reports.apply("http", "1001", MessageState.DELIVERED)
    await reports.apply("http", "1001", MessageState.DELIVERED, row.local_id)
    await reports.apply("kavenegar", "", MessageState.DELIVERED, 5)
    assert await state_of(row) is MessageState.ACCEPTED


async def test_a_report_before_the_answer_is_believed(world: World) -> None:
    row = await outbox.queue(TextKind.RESULT, MOBILE, "k", code="1", result="متن")
    assert row is not None

    async def slow(message: object) -> Accepted:
        await reports.apply("kavenegar", "", MessageState.DELIVERED, row.local_id)
        return Accepted("1001")

    await send_due(ScriptedGateway(answer=slow))
    assert await state_of(row) is MessageState.DELIVERED
    await reports.apply("kavenegar", "1001", MessageState.UNDELIVERED, row.local_id)
    assert await state_of(row) is MessageState.DELIVERED


async def test_a_recipient_who_blocked_the_line_is_opted_out(world: World) -> None:
    row = await sent(MessageState.BLOCKED)
    await reports.apply("kavenegar", "1001", MessageState.BLOCKED)
    assert await state_of(row) is MessageState.BLOCKED
    assert [row.mobile for row in await OptOut.all()] == [MOBILE]


async def test_polling_is_dense_for_young_texts_and_sparse_for_old_ones(world: World) -> None:
    row = await sent()
    gateway = ScriptedGateway()
    assert (await reports.poll(gateway) - world.clock()).total_seconds() == 60
    for _ in range(9):
        world.clock.forward(minutes=1)
        await reports.poll(gateway)
    assert gateway.asked == [["1001"]] * 10
    gateway.asked.clear()
    for _ in range(60):
        world.clock.forward(minutes=1)
        await reports.poll(gateway)
    assert gateway.asked == [["1001"]] * 4
    gateway.statuses_known["1001"] = MessageState.DELIVERED
    world.clock.forward(minutes=15)
    await reports.poll(gateway)
    assert await state_of(row) is MessageState.DELIVERED
    gateway.asked.clear()
    world.clock.forward(minutes=15)
    await reports.poll(gateway)
    assert gateway.asked == []


async def test_many_texts_are_asked_about_in_batches(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway = ScriptedGateway(capabilities=frozenset({Capability.STATUSES}))
    for number in range(2 * reports.BATCH + 1):
        mobile = f"+98912{number:07d}"
        await outbox.queue(TextKind.RESULT, mobile, f"m{number}", code="1", result="متن")
    while await send_due(gateway):
        pass
    gateway.statuses_known = {f"{number}": MessageState.SENT for number in range(1001, 2200, 2)}
    await reports.poll(gateway)
    assert [len(ids) for ids in gateway.asked] == [reports.BATCH, reports.BATCH, 1]
    assert await OutboxMessage.filter(state=MessageState.SENT).count() == reports.BATCH + 1


async def test_each_gateway_is_asked_about_its_own_and_calls_apart(world: World) -> None:
    row = await sent()
    other = ScriptedGateway(name="http")
    await reports.poll(other)
    assert other.asked == []
    await OutboxMessage.filter(id=row.id).update(channel=MessageChannel.CALL)
    only_texts = ScriptedGateway(capabilities=frozenset({Capability.STATUSES}))
    await reports.poll(only_texts)
    assert only_texts.asked == []
    caller = ScriptedGateway(statuses_known={"1001": MessageState.DELIVERED})
    await reports.poll(caller)
    assert await state_of(row) is MessageState.DELIVERED


async def test_texts_older_than_the_providers_memory_are_not_asked_about(world: World) -> None:
    await sent()
    world.clock.forward(hours=47)
    gateway = ScriptedGateway()
    await reports.poll(gateway)
    assert gateway.asked == []


async def test_a_failed_poll_changes_nothing(world: World) -> None:
    await sent()
    before = await OutboxMessage.all().values()
    with pytest.raises(NotSent):
        await reports.poll(ScriptedGateway(failure=NotSent("x")))
    assert await OutboxMessage.all().values() == before


@pytest.mark.parametrize("failure", [NotSent("down"), refused(409)])
async def test_a_failing_lookup_teaches_nothing(world: World, failure: Exception) -> None:
    row = await outbox.queue(TextKind.RESULT, MOBILE, "k", code="1", result="متن")
    assert row is not None
    await send_due(ScriptedGateway(answer=refused(402)))
    gateway = ScriptedGateway(failure=failure)
    for _ in range(3):
        world.clock.forward(minutes=5)
        await reports.reconcile(gateway)
    doubted = await OutboxMessage.get(id=row.id)
    assert (doubted.state, doubted.absent_lookups) == (MessageState.UNCERTAIN, 0)
    assert len(gateway.asked) == 3


async def test_a_lookup_that_is_refused_for_the_account_halts(world: World) -> None:
    from domain import sending

    await outbox.queue(TextKind.RESULT, MOBILE, "k", code="1", result="متن")
    await send_due(ScriptedGateway(answer=refused(402)))
    world.clock.forward(minutes=5)
    await reports.reconcile(ScriptedGateway(failure=refused(403)))
    assert [halt.code for halt in await sending.halts()] == [403]
    assert isinstance(refused(403), Refused)
