"""Two gateways: what one surely did not take the other gets, and nothing is sent twice."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain import outbox, sending
from models import Job, OutboxMessage
from models.enums import MessageChannel, MessageState, Resumption, TextKind
from sms import reports
from sms.gateway import Accepted, Action, Capability, NotSent, Outgoing, Refused, Uncertain
from sms.sender import RETRY_AFTER
from tests.support.provider import ScriptedGateway, history, refused, send_due
from tests.support.world import MOBILE, World

SILENT = frozenset[Capability]()
"""What a gateway can that only takes texts."""
_numbers = itertools.count()


@dataclass
class Pair:
    first: ScriptedGateway = field(default_factory=ScriptedGateway)
    second: ScriptedGateway = field(
        default_factory=lambda: ScriptedGateway(name="http", line="3000128", capabilities=SILENT)
    )

    async def send(self) -> int:
        return await send_due(self.first, self.second)

    @property
    def sent(self) -> tuple[int, int]:
        return len(self.first.sent), len(self.second.sent)


async def queue(
    kind: TextKind = TextKind.RESULT, mobile: str = MOBILE, **more: Any
) -> OutboxMessage:
    given = {"code": "1", "result": "متن"} | more
    row = await outbox.queue(kind, mobile, f"f{next(_numbers)}", **given)
    assert row is not None
    return row


async def fresh(row: OutboxMessage) -> OutboxMessage:
    return await OutboxMessage.get(id=row.id)


async def test_the_first_choice_is_the_first(world: World) -> None:
    row, pair = await queue(), Pair()
    await pair.send()
    assert pair.sent == (1, 0)
    sent = await fresh(row)
    assert (sent.gateway, sent.line) == ("kavenegar", pair.first.line)


@pytest.mark.parametrize("code", [409, 451])
async def test_refused_for_now_it_goes_to_the_other_at_once(world: World, code: int) -> None:
    row, pair = await queue(), Pair(ScriptedGateway(answer=refused(code)))
    await pair.send()
    assert (await fresh(row)).gateway == ""
    await pair.send()
    assert pair.sent == (1, 1)
    sent = await fresh(row)
    assert (sent.state, sent.gateway, sent.line) == (MessageState.ACCEPTED, "http", "3000128")
    assert [step[:3] for step in await history(row)] == [
        (MessageState.PENDING, "kavenegar", code),
        (MessageState.ACCEPTED, "http", None),
    ]


@pytest.mark.parametrize("code", [401, 403, 418, 412, 429])
async def test_what_halts_one_leaves_the_other(world: World, code: int) -> None:
    rows = [await queue(mobile=f"+98912000000{n}") for n in range(3)]
    pair = Pair(ScriptedGateway(answer=refused(code)))
    await pair.send()
    world.clock.forward(seconds=1)
    await pair.send()
    assert pair.sent == (1, 3)
    assert {(await fresh(row)).gateway for row in rows} == {"http"}
    assert [halt.gateway for halt in await sending.halts()] == ["kavenegar"]


async def test_not_reached_twice_running_it_goes_to_the_other(world: World) -> None:
    row, pair = await queue(), Pair(ScriptedGateway(answer=NotSent("down")))
    await pair.send()
    assert await pair.send() == 0
    world.clock.forward(seconds=RETRY_AFTER[0] * 1.2)
    await pair.send()
    assert pair.sent == (2, 0)
    world.clock.forward(seconds=RETRY_AFTER[1] * 1.2)
    await pair.send()
    assert pair.sent == (2, 1)
    assert (await fresh(row)).gateway == "http"


async def test_two_busy_gateways_take_turns_with_growing_pauses(world: World) -> None:
    row = await queue()
    pair = Pair(ScriptedGateway(answer=refused(409)), ScriptedGateway(answer=refused(409)))
    pair.second.name = "http"
    pauses = []
    for _ in range(6):
        job = await Job.get(subject_id=row.id)
        pauses.append(round((job.run_at - world.clock()).total_seconds()))
        world.clock.at = max(world.clock.at, job.run_at)
        await pair.send()
    assert pair.sent == (3, 3)
    assert pauses[::2] != pauses[1::2] and pauses[1::2] == [0, 0, 0]
    assert pauses[2] >= RETRY_AFTER[1] and pauses[4] >= RETRY_AFTER[3]


async def test_refused_for_good_it_goes_nowhere(world: World) -> None:
    row, pair = await queue(), Pair(ScriptedGateway(answer=refused(411)))
    await pair.send()
    world.clock.forward(hours=1)
    assert await pair.send() == 0
    assert ((await fresh(row)).state, pair.sent) == (MessageState.FAILED, (1, 0))


@pytest.mark.parametrize("answer", [Uncertain("ReadTimeout"), refused(402)])
async def test_in_doubt_it_never_goes_to_the_other(world: World, answer: Exception) -> None:
    row, pair = await queue(), Pair(ScriptedGateway(answer=answer))
    await pair.send()
    for _ in range(2):
        world.clock.forward(seconds=121)
        await reports.reconcile(pair.first)
        await reports.reconcile(pair.second)
    denied = await fresh(row)
    assert (denied.state, denied.gateway) == (MessageState.PENDING, "kavenegar")

    pair.first.answer = NotSent("down")
    for _ in range(3):
        await pair.send()
        world.clock.forward(minutes=10)
    pair.first.answer = refused(409)
    await pair.send()
    world.clock.forward(minutes=10)
    pair.first.answer = refused(418)
    await pair.send()
    world.clock.forward(minutes=10)
    await pair.send()
    waiting = await fresh(row)
    assert (waiting.state, waiting.gateway) == (MessageState.PENDING, "kavenegar")
    assert pair.second.sent == [] and set(pair.first.sent) == {row.local_id}

    await sending.lift("kavenegar", Resumption.CREDIT)
    pair.first.answer = None
    world.clock.forward(minutes=10)
    await pair.send()
    assert (await fresh(row)).state is MessageState.ACCEPTED
    assert pair.second.sent == []


async def test_while_its_only_gateway_is_halted_a_text_waits_and_is_not_tried(
    world: World,
) -> None:
    row, pair = await queue(), Pair(ScriptedGateway(answer=Uncertain("x")))
    await pair.send()
    await sending.halt("kavenegar", "*", 403, "x", Resumption.OPERATOR)
    for _ in range(2):
        world.clock.forward(seconds=121)
        await reports.reconcile(pair.first)
    assert await pair.send() == 1
    assert await pair.send() == 0
    job = await Job.get(subject_id=row.id)
    assert (job.run_at - world.clock()).total_seconds() == 30
    assert ((await fresh(row)).state, pair.sent) == (MessageState.PENDING, (1, 0))


async def test_without_a_lookup_a_doubt_waits_ten_minutes_for_a_report(world: World) -> None:
    row = await queue()
    only = ScriptedGateway(name="http", capabilities=SILENT, answer=Uncertain("x"))
    await send_due(only)
    world.clock.forward(minutes=9, seconds=59)
    await reports.reconcile(only)
    assert (await fresh(row)).state is MessageState.UNCERTAIN
    world.clock.forward(seconds=1)
    await reports.reconcile(only)
    assert ((await fresh(row)).state, only.asked) == (MessageState.NEEDS_REVIEW, [])


async def test_who_repeats_what_is_repeated_is_still_asked_first(world: World) -> None:
    row = await queue()
    only = ScriptedGateway(name="http", repeatable=False, answer=Uncertain("x"))
    await send_due(only)
    only.local_ids_known[row.local_id] = Accepted("b7", MessageState.DELIVERED, 1200)
    world.clock.forward(seconds=60)
    await reports.reconcile(only)
    known = await fresh(row)
    assert (known.state, known.provider_ref, known.cost) == (MessageState.DELIVERED, "b7", 1200)
    assert len(only.sent) == 1


async def test_a_report_by_our_own_id_settles_a_doubt(world: World) -> None:
    row = await queue()
    only = ScriptedGateway(name="http", capabilities=SILENT, answer=Uncertain("x"))
    await send_due(only)
    await reports.apply("kavenegar", "b7", MessageState.SENT, row.local_id)
    assert (await fresh(row)).state is MessageState.UNCERTAIN
    await reports.apply("http", "b7", MessageState.SENT, row.local_id)
    known = await fresh(row)
    assert (known.state, known.provider_ref) == (MessageState.SENT, "b7")
    await reports.apply("http", "", MessageState.DELIVERED, row.local_id)
    assert (await fresh(row)).state is MessageState.DELIVERED


async def test_a_code_whose_gateway_cannot_tell_is_sent_again_while_it_lives(
    world: World,
) -> None:
    row = await queue(TextKind.IDENTITY_CODE, token="123456")
    pair = Pair(ScriptedGateway(answer=Uncertain("ReadTimeout"), repeatable=False))
    await pair.send()
    assert pair.first.messages[0].token == "123456"
    doubted = await fresh(row)
    assert (doubted.state, doubted.gateway, doubted.doubts) == (
        MessageState.PENDING,
        "kavenegar",
        1,
    )
    for _ in range(20):
        world.clock.forward(minutes=1)
        await pair.send()
    ended = await fresh(row)
    assert (ended.state, ended.error) == (MessageState.FAILED, outbox.EXPIRED)
    assert 1 < len(pair.first.sent) <= 6 and pair.second.sent == []


async def test_a_code_left_by_a_dead_worker_is_sent_again_while_it_lives(world: World) -> None:
    row = await queue(TextKind.IDENTITY_CODE, token="123456")

    async def killed(_message: Outgoing) -> Accepted:
        raise KeyboardInterrupt

    gateway = ScriptedGateway(answer=killed, repeatable=False)
    with pytest.raises(KeyboardInterrupt):
        await send_due(gateway)
    gateway.answer = None
    world.clock.forward(seconds=61)
    await send_due(gateway)
    world.clock.forward(seconds=6)
    await send_due(gateway)
    assert ((await fresh(row)).state, len(gateway.sent)) == (MessageState.ACCEPTED, 2)


async def test_calls_go_only_by_who_can_call_and_not_at_night(world: World) -> None:
    row = await queue(TextKind.RESULT_CALL, channel=MessageChannel.CALL)
    world.clock.forward(hours=12)
    pair = Pair(ScriptedGateway(capabilities=SILENT), ScriptedGateway(name="http"))
    assert await pair.send() == 1
    assert pair.sent == (0, 0)
    world.clock.forward(hours=10, minutes=29)
    assert await pair.send() == 0
    world.clock.forward(minutes=1)
    await pair.send()
    called = await fresh(row)
    assert (called.gateway, called.state, called.parts) == ("http", MessageState.ACCEPTED, 0)
    assert pair.second.messages[0].channel is MessageChannel.CALL


async def test_what_no_gateway_can_take_does_not_wait_for_ever(world: World) -> None:
    call, text = await queue(TextKind.RESULT_CALL, channel=MessageChannel.CALL), await queue()
    await OutboxMessage.filter(id=text.id).update(gateway="gone", doubts=1)
    gateway = ScriptedGateway(capabilities=SILENT)
    await send_due(gateway)
    assert ((await fresh(call)).state, (await fresh(call)).error) == (
        MessageState.FAILED,
        outbox.NO_GATEWAY,
    )
    assert (await fresh(text)).state is MessageState.NEEDS_REVIEW
    assert gateway.sent == [] and not await Job.filter(kind=outbox.KIND).exists()


class Handset:
    """A provider that may take a message and not say so; it knows what the citizen has."""

    def __init__(self, name: str, remembers: bool) -> None:
        self.took: set[int] = set()
        self.received: list[int] = []
        self.faults: list[str] = []
        self.gateway = ScriptedGateway(name=name, answer=self._answer)
        self._remembers = remembers

    async def _answer(self, message: Outgoing) -> Accepted:
        fault = self.faults.pop() if self.faults else "none"
        if fault == "refused":
            raise Refused(1, "busy", Action.RETRY, "مشغول")
        if fault == "unreached":
            raise NotSent("down")
        if fault == "lost before":
            raise Uncertain("ReadTimeout")
        if not (self._remembers and message.local_id in self.took):
            self.received.append(message.local_id)
        self.took.add(message.local_id)
        self.gateway.local_ids_known[message.local_id] = Accepted("1", MessageState.SENT)
        if fault == "lost after":
            raise Uncertain("ReadTimeout")
        return Accepted(str(len(self.received)))


FAULT = st.sampled_from(["none", "refused", "unreached", "lost before", "lost after"])


@pytest.mark.parametrize("remembers", [True, False])
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(first=st.lists(FAULT, max_size=6), second=st.lists(FAULT, max_size=6))
async def test_through_any_faults_of_both_the_citizen_gets_it_once(
    world: World, remembers: bool, first: list[str], second: list[str]
) -> None:
    row = await queue(mobile=f"+98912{next(_numbers):07d}")
    one, two = Handset("kavenegar", remembers), Handset("http", remembers)
    one.faults, two.faults = first, second
    for _ in range(40):
        await send_due(one.gateway, two.gateway)
        world.clock.forward(seconds=121)
        await reports.reconcile(one.gateway)
        await reports.reconcile(two.gateway)
        if (await fresh(row)).provider_ref is not None:
            break
    assert one.received + two.received == [row.local_id]
