"""Sending through the real client to the simulator: each text reaches the handset once."""

from __future__ import annotations

import itertools
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from structlog.testing import capture_logs

from domain import claiming, jobs, outbox, sending, service
from models import Job, OptOut, OutboxMessage, SendingLine
from models.database import transaction
from models.enums import MessageState, Resumption, TextKind
from sms import halting, reports
from sms.gateway import Accepted, GatewayError, Outgoing
from sms.gateways import Gateways, outgoing
from sms.kavenegar import KavenegarGateway
from sms.sender import RETRY_AFTER, Sender, retry_after
from tests.support.provider import ScriptedGateway, SharedClock, only_message, refused, send_due
from tests.support.queries import recorded
from tests.support.simulator import API_KEY, RunningSimulator, running_simulator
from tests.support.world import LINE, World

PHONE = "09121112233"
MOBILE = "+989121112233"
CLOCK = SharedClock()


@pytest.fixture(scope="module")
def server() -> Iterator[RunningSimulator]:
    with running_simulator(delay_accept=5.0, delay_deliver=5.0, line=LINE, clock=CLOCK) as running:
        yield running


@pytest.fixture
def simulator(server: RunningSimulator, world: World) -> Iterator[RunningSimulator]:
    CLOCK.source = world.clock
    server.reset()
    yield server
    CLOCK.source = None


@pytest.fixture
async def gateway(simulator: RunningSimulator) -> AsyncIterator[KavenegarGateway]:
    made = KavenegarGateway(API_KEY, LINE, simulator.base_url, workers=2, timeout=(1.0, 0.3))
    yield made
    await made.close()


_numbers = itertools.count()


async def queue(
    mobile: str = MOBILE, kind: TextKind = TextKind.RESULT, **values: str
) -> OutboxMessage:
    given: dict[str, Any] = values or {"code": "1", "result": "باجه باز شد"}
    async with transaction():
        row = await outbox.queue(kind, mobile, f"test:{next(_numbers)}", **given)
    assert row is not None
    return row


async def fresh(row: OutboxMessage) -> OutboxMessage:
    return await OutboxMessage.get(id=row.id)


async def die(job: Job) -> None:
    """Claim a message as a worker does that dies before it asks the provider."""
    found = await claiming.candidate(job)
    assert found is not None
    if found.row.state is MessageState.PENDING:
        await claiming.begin(found.row, job, "kavenegar", LINE, 1)


async def reconcile_later(world: World, gateway: KavenegarGateway | ScriptedGateway) -> None:
    world.clock.forward(seconds=121)
    await reports.reconcile(gateway)


async def test_a_queued_text_is_sent_and_its_price_kept(
    simulator: RunningSimulator, gateway: KavenegarGateway
) -> None:
    await queue()
    await send_due(gateway)
    row = await only_message()
    assert (row.state, row.parts, row.cost) == (MessageState.ACCEPTED, 1, 1200)
    assert (row.attempts, row.accepted_at, row.error) == (1, row.attempted_at, "")
    [received] = simulator.messages(PHONE)
    assert (str(received["id"]), received["local_id"]) == (row.provider_ref, row.local_id)
    assert (received["text"], received["line"]) == (row.text, LINE)
    assert not await Job.filter(kind=outbox.KIND).exists()


@pytest.mark.parametrize("fault", ["lost_reply", "bad_gateway"])
async def test_an_accepted_text_without_a_readable_reply_is_found_and_not_sent_again(
    world: World, simulator: RunningSimulator, gateway: KavenegarGateway, fault: str
) -> None:
    row = await queue()
    simulator.faults(**{fault: 1.0})
    await send_due(gateway)
    simulator.faults(**{fault: 0.0})
    assert (await fresh(row)).state is MessageState.UNCERTAIN

    world.clock.forward(seconds=59)
    await reports.reconcile(gateway)
    assert (await fresh(row)).state is MessageState.UNCERTAIN
    world.clock.forward(seconds=1)
    await reports.reconcile(gateway)
    found = await fresh(row)
    assert (found.provider_ref, found.attempts) == (str(simulator.messages(PHONE)[0]["id"]), 1)
    assert found.state is MessageState.DELIVERED or found.accepted_at is not None
    assert len(simulator.texts(PHONE)) == 1


async def test_a_text_that_two_lookups_do_not_know_is_sent_again_with_the_same_local_id(
    world: World, simulator: RunningSimulator, gateway: KavenegarGateway
) -> None:
    row = await queue()
    simulator.faults(hang=1.0)
    await send_due(gateway)
    simulator.faults(hang=0.0)
    assert (await fresh(row)).state is MessageState.UNCERTAIN

    world.clock.forward(seconds=60)
    await reports.reconcile(gateway)
    world.clock.forward(seconds=119)
    await reports.reconcile(gateway)
    doubted = await fresh(row)
    assert (doubted.state, doubted.absent_lookups) == (MessageState.UNCERTAIN, 1)
    world.clock.forward(seconds=1)
    await reports.reconcile(gateway)
    assert (await fresh(row)).state is MessageState.PENDING
    await send_due(gateway)
    sent = await fresh(row)
    assert (sent.state, sent.attempts, sent.local_id) == (MessageState.ACCEPTED, 2, row.local_id)
    assert simulator.messages(PHONE)[0]["local_id"] == row.local_id
    assert len(simulator.texts(PHONE)) == 1


async def test_a_failing_lookup_teaches_nothing(
    world: World, simulator: RunningSimulator, gateway: KavenegarGateway
) -> None:
    row = await queue()
    simulator.faults(hang=1.0)
    await send_due(gateway)
    for _ in range(3):
        await reconcile_later(world, gateway)
    doubted = await fresh(row)
    assert (doubted.state, doubted.absent_lookups) == (MessageState.UNCERTAIN, 0)


async def test_what_cannot_be_settled_in_eleven_hours_goes_to_a_person(world: World) -> None:
    row = await queue()
    gateway = ScriptedGateway(answer=refused(402), failure=refused(409))
    await send_due(gateway)
    world.clock.forward(hours=11)
    await reports.reconcile(gateway)
    assert (await fresh(row)).state is MessageState.UNCERTAIN
    world.clock.forward(seconds=1)
    await reports.reconcile(gateway)
    assert (await fresh(row)).state is MessageState.NEEDS_REVIEW
    gateway.failure = None
    await reconcile_later(world, gateway)
    assert (await fresh(row)).state is MessageState.NEEDS_REVIEW


async def test_a_failed_operation_is_tried_three_times_at_most(world: World) -> None:
    row = await queue()
    gateway = ScriptedGateway(answer=refused(402))
    for _ in range(4):
        await send_due(gateway)
        await reconcile_later(world, gateway)
        await reconcile_later(world, gateway)
    ended = await fresh(row)
    assert (ended.state, ended.attempts, len(gateway.sent)) == (MessageState.FAILED, 3, 3)


@pytest.mark.parametrize(("fault", "code"), [("busy", 409), ("too_many_calls", 451)])
async def test_a_busy_provider_is_asked_again_after_growing_pauses(
    world: World, simulator: RunningSimulator, gateway: KavenegarGateway, fault: str, code: int
) -> None:
    row = await queue()
    simulator.faults(**{fault: 1.0})
    for attempt, pause in enumerate([*RETRY_AFTER, RETRY_AFTER[-1]], 1):
        assert await send_due(gateway) == 1
        waiting = await fresh(row)
        assert (waiting.state, waiting.attempts) == (MessageState.PENDING, attempt)
        assert waiting.error_code == code
        job = await Job.get(kind=outbox.KIND)
        assert pause <= (job.run_at - world.clock()).total_seconds() < pause * 1.2
        world.clock.forward(seconds=pause - 0.001)
        assert await send_due(gateway) == 0
        world.clock.forward(seconds=pause * 0.2 + 0.001)
    simulator.faults(**{fault: 0.0})
    await send_due(gateway)
    assert (await fresh(row)).state is MessageState.ACCEPTED
    assert len(simulator.texts(PHONE)) == 1


async def test_too_many_calls_quieten_the_line_and_halve_its_rate(world: World) -> None:
    service.configure(replace(service.current(), sms_rate=4))
    first, second = await queue(), await queue("+989121112244")
    gateway = ScriptedGateway(answer=refused(451))
    sender = Sender(Gateways([gateway]))
    jobs_due = await jobs.claim(2, kinds=[outbox.KIND])
    for job in jobs_due:
        await sender.run(job)
    assert [await sending.halts(), gateway.sent] == [[], [first.local_id]]
    line = await SendingLine.get(gateway="kavenegar")
    assert (line.rate, line.tokens) == (2, -10)
    waiting = await Job.get(subject_id=second.id)
    assert (waiting.run_at - world.clock()).total_seconds() == pytest.approx(5.5)
    assert (await fresh(second)).state is MessageState.PENDING


async def test_without_credit_texts_wait_and_go_out_in_order_when_there_is_some(
    world: World, simulator: RunningSimulator, gateway: KavenegarGateway
) -> None:
    texts = [(await queue(code=str(n), result=f"نتیجه {n}")).text for n in range(3)]
    simulator.faults(no_credit=True)
    await send_due(gateway)
    assert await OutboxMessage.filter(state=MessageState.PENDING, attempts=0).count() == 3
    [halt] = await sending.halts()
    assert (halt.gateway, halt.line, halt.code) == ("kavenegar", sending.ALL_LINES, 418)
    assert halt.resumes is Resumption.CREDIT

    await halting.probe(gateway)
    assert await sending.halts()
    world.clock.forward(seconds=30)
    calls = len(simulator.calls())
    await send_due(gateway)
    assert len(simulator.calls()) == calls

    simulator.faults(no_credit=False)
    await halting.probe(gateway)
    assert await sending.halts() == []
    for _ in range(4):
        world.clock.forward(seconds=31)
        await send_due(gateway)
    assert simulator.texts(PHONE) == texts


async def test_a_bad_key_halts_until_a_person_resumes(
    world: World, simulator: RunningSimulator, gateway: KavenegarGateway
) -> None:
    row = await queue()
    simulator.faults(bad_key=True)
    await send_due(gateway)
    simulator.faults(bad_key=False)
    await halting.probe(gateway)
    world.clock.forward(hours=2)
    await send_due(gateway)
    assert ((await fresh(row)).state, simulator.texts(PHONE)) == (MessageState.PENDING, [])

    [halt] = await sending.halts()
    await sending.resume(world["admin"], halt.id)
    world.clock.forward(seconds=31)
    await send_due(gateway)
    assert ((await fresh(row)).state, len(simulator.texts(PHONE))) == (MessageState.ACCEPTED, 1)


async def test_a_refused_line_halts_that_line_only(world: World) -> None:
    row = await queue()
    gateway = ScriptedGateway(answer=refused(412))
    await send_due(gateway)
    [halt] = await sending.halts()
    assert (halt.line, halt.resumes) == (LINE, Resumption.OPERATOR)
    world.clock.forward(seconds=31)
    other_line = ScriptedGateway(line="3000999")
    await send_due(other_line)
    sent = await fresh(row)
    assert (sent.state, sent.line, gateway.sent) == (
        MessageState.ACCEPTED,
        "3000999",
        other_line.sent,
    )


async def test_a_restricted_address_pauses_for_minutes(world: World) -> None:
    await queue()
    gateway = ScriptedGateway(answer=refused(429))
    await send_due(gateway)
    world.clock.forward(minutes=9)
    await send_due(gateway)
    assert len(gateway.sent) == 1
    gateway.answer = None
    world.clock.forward(minutes=2)
    await send_due(gateway)
    assert (await only_message()).state is MessageState.ACCEPTED


@pytest.mark.parametrize("code", [400, 411, 413, 420, 422, 432, 607, 699])
async def test_what_can_never_be_sent_fails_at_once(world: World, code: int) -> None:
    row = await queue()
    gateway = ScriptedGateway(answer=refused(code))
    await send_due(gateway)
    failed = await fresh(row)
    assert (failed.state, failed.error_code) == (MessageState.FAILED, code)
    assert not await Job.filter(kind=outbox.KIND).exists()
    assert await sending.halts() == []


async def test_an_unreachable_provider_leaves_the_text_queued(world: World) -> None:
    row = await queue()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        gateway = KavenegarGateway(API_KEY, LINE, f"http://127.0.0.1:{port}", timeout=(0.5, 0.5))
        await send_due(gateway)
        await gateway.close()
    waiting = await fresh(row)
    assert (waiting.state, waiting.attempts) == (MessageState.PENDING, 1)
    assert (await Job.get(kind=outbox.KIND)).run_at > world.clock()


@pytest.mark.parametrize("posted", [False, True])
async def test_a_worker_that_dies_before_writing_the_answer_down(
    world: World, simulator: RunningSimulator, gateway: KavenegarGateway, posted: bool
) -> None:
    row = await queue()
    [job] = await jobs.claim(1, kinds=[outbox.KIND])
    await die(job)
    if posted:
        await gateway.send(outgoing(row))
    assert await send_due(gateway) == 0
    world.clock.forward(seconds=61)
    assert await send_due(gateway) == 1
    assert (await fresh(row)).state is MessageState.UNCERTAIN
    await reports.reconcile(gateway)
    await reconcile_later(world, gateway)
    await send_due(gateway)
    ended = await fresh(row)
    assert ended.accepted_at is not None
    assert ended.attempts == (1 if posted else 2)
    assert len(simulator.texts(PHONE)) == 1


async def test_a_late_yes_of_a_worker_thought_dead_is_believed(world: World) -> None:
    row = await queue()

    async def slow(_message: Outgoing) -> Accepted:
        world.clock.forward(seconds=61)
        await send_due(ScriptedGateway())
        assert (await fresh(row)).state is MessageState.UNCERTAIN
        for _ in range(2):
            await reconcile_later(world, ScriptedGateway())
        assert (await fresh(row)).state is MessageState.PENDING
        return Accepted("77", MessageState.ACCEPTED, 1200)

    await send_due(ScriptedGateway(answer=slow))
    assert ((await fresh(row)).state, (await fresh(row)).provider_ref) == (
        MessageState.ACCEPTED,
        "77",
    )
    last = ScriptedGateway()
    await send_due(last)
    assert (last.sent, await Job.filter(kind=outbox.KIND).count()) == ([], 0)


async def test_a_late_no_of_a_worker_thought_dead_changes_nothing(world: World) -> None:
    row = await queue()

    async def slow(_message: Outgoing) -> Accepted:
        world.clock.forward(seconds=61)
        await send_due(ScriptedGateway())
        known = {row.local_id: Accepted("77", MessageState.SENT)}
        await reconcile_later(world, ScriptedGateway(local_ids_known=known))
        raise refused(411)

    await send_due(ScriptedGateway(answer=slow))
    found = await fresh(row)
    assert (found.state, found.provider_ref) == (MessageState.SENT, "77")
    assert (found.error, found.error_code) == ("", None)


async def test_an_opt_out_is_heeded_even_after_queueing(world: World) -> None:
    row, code = await queue(), await queue(kind=TextKind.IDENTITY_CODE, code="123456")
    await outbox.opt_out(MOBILE, "reply")
    gateway = ScriptedGateway()
    await send_due(gateway)
    assert gateway.sent == [code.local_id]
    blocked = await fresh(row)
    assert (blocked.state, blocked.error) == (MessageState.BLOCKED, "opt-out")
    assert not await Job.filter(kind=outbox.KIND).exists()


async def test_a_code_past_its_life_is_not_sent(world: World) -> None:
    row = await queue(kind=TextKind.IDENTITY_CODE, code="123456")
    world.clock.forward(minutes=5, seconds=1)
    gateway = ScriptedGateway()
    await send_due(gateway)
    ended = await fresh(row)
    assert (gateway.sent, ended.state, ended.error) == ([], MessageState.FAILED, "expired")


async def test_a_survey_left_over_from_the_evening_waits_for_the_morning(world: World) -> None:
    row = await queue(kind=TextKind.SURVEY, code="1")
    result = await queue(mobile="+989121112244")
    world.clock.forward(hours=13)  # 22:30 in Tehran
    gateway = ScriptedGateway()
    await send_due(gateway)
    assert gateway.sent == [result.local_id]
    world.clock.forward(hours=10, minutes=30)
    await send_due(gateway)
    assert (await fresh(row)).state is MessageState.ACCEPTED


async def test_texts_to_one_phone_keep_their_order(world: World) -> None:
    first, second = await queue(), await queue()
    other, code = await queue("+989121112244"), await queue(kind=TextKind.IDENTITY_CODE, code="1")
    later = [job for job in await jobs.claim(9, kinds=[outbox.KIND]) if job.subject_id != first.id]
    gateway = ScriptedGateway()
    for job in later:
        await Sender(Gateways([gateway])).run(job)
    assert sorted(gateway.sent) == sorted([other.local_id, code.local_id])
    assert (await fresh(second)).state is MessageState.PENDING
    world.clock.forward(seconds=61)
    await send_due(gateway)
    world.clock.forward(seconds=2)
    await send_due(gateway)
    assert gateway.sent[2:] == [first.local_id, second.local_id]


async def test_a_text_stuck_in_retries_holds_up_no_other(world: World) -> None:
    await queue()
    gateway = ScriptedGateway(answer=refused(409))
    await send_due(gateway)
    second = await queue()
    gateway.answer = None
    await send_due(gateway)
    assert (await fresh(second)).state is MessageState.ACCEPTED


async def test_a_message_costs_five_statements(world: World) -> None:
    await queue()
    sender = Sender(Gateways([ScriptedGateway()]))
    assert await sender.room()
    [job] = await jobs.claim(1, kinds=[outbox.KIND])
    with recorded() as statements:
        await sender.run(job)
    found = [" ".join(text.split())[:25] for text in statements]
    assert found == [
        "SELECT m.*, EXISTS ( SELE",
        "UPDATE outbox_message AS ",
        "UPDATE outbox_message SET",
        'INSERT INTO "message_step',
        "DELETE FROM job WHERE id ",
    ]


async def test_a_late_answer_is_not_taken_for_that_to_sending_again(world: World) -> None:
    row = await queue()

    async def slow(_message: Outgoing) -> Accepted:
        await reports.apply("kavenegar", "1000", MessageState.UNDELIVERED, row.local_id)
        await sending.send_again(world["supervisor"], row.id, "شهروند دریافت نکرده است")
        return Accepted("1000")

    await send_due(ScriptedGateway(answer=slow))
    waiting = await fresh(row)
    assert (waiting.state, waiting.provider_ref) == (MessageState.PENDING, None)
    last = ScriptedGateway()
    await send_due(last)
    assert last.sent == [waiting.local_id] != [row.local_id]


async def test_a_text_leaves_from_the_line_in_use_now(world: World) -> None:
    row = await queue()
    await OutboxMessage.filter(id=row.id).update(line="3000111")
    await send_due(ScriptedGateway())
    assert (await fresh(row)).line == LINE


@pytest.mark.parametrize("dedupe", [True, False])
@pytest.mark.parametrize("round_number", range(2))
async def test_through_faults_and_deaths_every_text_arrives_exactly_once(
    world: World,
    simulator: RunningSimulator,
    gateway: KavenegarGateway,
    dedupe: bool,
    round_number: int,
) -> None:
    phones = [f"0912{round_number}{n:06d}" for n in range(30)]
    expected = {
        phone: [(await queue("+98" + phone[1:], code=str(n), result="ا")).text for n in range(2)]
        for phone in phones
    }
    simulator.faults(lost_reply=0.2, bad_gateway=0.1, busy=0.05, hang=0.02, dedupe_local_ids=dedupe)
    with capture_logs() as logs:
        await settle(world, gateway)
    for phone in phones:
        assert sorted(simulator.texts(phone)) == sorted(expected[phone])
        assert phone[1:] not in str(logs)
    assert API_KEY not in str(logs)


async def settle(world: World, gateway: KavenegarGateway) -> None:
    """Work, dying at every tenth text, until the provider has them all."""
    settled = {MessageState.ACCEPTED, MessageState.SENT, MessageState.DELIVERED}
    for turn in range(60):
        claimed = await jobs.claim(200, kinds=[outbox.KIND])
        for number, job in enumerate(sorted(claimed, key=lambda job: job.id)):
            if (number + turn) % 10 == 9:
                await die(job)
            else:
                await Sender(Gateways([gateway])).run(job)
        world.clock.forward(seconds=61)
        await reports.reconcile(gateway)
        with suppress(GatewayError):
            await reports.poll(gateway)
        if {row.state for row in await OutboxMessage.all()} <= settled:
            return
    raise AssertionError("some texts are stuck")


def test_pauses_grow_and_spread() -> None:
    for attempts in range(1, 12):
        base = RETRY_AFTER[min(attempts, 5) - 1]
        assert base <= retry_after(attempts).total_seconds() < base * 1.2


async def test_a_blocked_number_counts_as_opted_out(world: World) -> None:
    row = await queue()
    await send_due(ScriptedGateway())
    await reports.apply("kavenegar", (await fresh(row)).provider_ref or "", MessageState.BLOCKED)
    assert (await fresh(row)).state is MessageState.BLOCKED
    assert await OptOut.exists(mobile=MOBILE)
