from __future__ import annotations

import pytest

from domain import outbox, sending
from domain.errors import DomainError, Forbidden, NotFound
from models import Case, Job, OutboxMessage, ProviderAlarm, SendingHalt
from models.enums import MessageState, Resumption, TextKind
from tests.support.provider import history
from tests.support.world import LINE, MOBILE, World

REASON = "شهروند می‌گوید پیامک نرسیده است"


async def queued(case: Case | None = None, kind: TextKind = TextKind.RESULT) -> OutboxMessage:
    row = await outbox.queue(kind, MOBILE, "k", case=case, code="1", result="متن")
    assert row is not None
    return row


async def ended(state: MessageState, case: Case | None = None) -> OutboxMessage:
    row = await queued(case)
    await Job.filter(subject_id=row.id).delete()
    await OutboxMessage.filter(id=row.id).update(state=state, attempts=3, error="x", error_code=1)
    return await OutboxMessage.get(id=row.id)


async def test_a_halt_says_what_stops_where_and_since_when(world: World) -> None:
    assert await sending.halts() == []
    await sending.halt("kavenegar", LINE, 412, "خط فرستنده از آن ما نیست", Resumption.OPERATOR)
    [halt] = await sending.halts()
    assert (halt.gateway, halt.line, halt.code) == ("kavenegar", LINE, 412)
    assert halt.since == world.clock()


async def test_a_halt_for_a_person_is_not_softened(world: World) -> None:
    until = world.clock()
    await sending.halt("kavenegar", "*", 403, "key", Resumption.OPERATOR)
    await sending.halt("kavenegar", "*", 418, "credit", Resumption.CREDIT)
    await sending.halt("kavenegar", "*", 429, "restricted", Resumption.TIME, until)
    [halt] = await sending.halts()
    assert (halt.code, halt.resumes, halt.until) == (403, Resumption.OPERATOR, None)
    await sending.halt("kavenegar", "*", 401, "account", Resumption.OPERATOR)
    assert [halt.code for halt in await sending.halts()] == [401]


async def test_a_halt_by_time_ends_by_itself_and_each_gateway_has_its_own(world: World) -> None:
    await sending.halt("kavenegar", "*", 429, "x", Resumption.TIME, world.clock.at)
    assert await sending.halts() == []
    await sending.halt("kavenegar", "3000999", 412, "x", Resumption.OPERATOR)
    await sending.halt("http", "*", 402, "x", Resumption.CREDIT)
    assert [halt.gateway for halt in await sending.halts()] == ["kavenegar", "http"]
    assert await sending.lift("http", Resumption.CREDIT)
    assert not await sending.lift("http", Resumption.CREDIT)
    await sending.tidy_halts("kavenegar", LINE)
    assert not await SendingHalt.exists()


async def test_only_those_who_answer_for_sending_may_resume_it(world: World) -> None:
    await sending.halt("kavenegar", "*", 403, "x", Resumption.OPERATOR)
    [halt] = await sending.halts()
    for name in ("operator", "senior", "county", "head", "inspector"):
        with pytest.raises(Forbidden):
            await sending.resume(world[name], halt.id)
    for wrong in (halt.id + 1, 0, 10**30, True):
        with pytest.raises(NotFound):
            await sending.resume(world["supervisor"], wrong)
    assert await sending.halts()
    await sending.resume(world["supervisor"], halt.id)
    assert await sending.halts() == []


async def test_an_alarm_stands_once_until_it_is_right_again(world: World) -> None:
    began = world.clock()
    assert await sending.alarm("kavenegar", "debugmode", "الف")
    world.clock.forward(hours=1)
    assert not await sending.alarm("kavenegar", "debugmode", "ب")
    assert await sending.alarm("http", "debugmode")
    first, _second = await sending.alarms()
    assert (first.gateway, first.detail, first.since) == ("kavenegar", "ب", began)
    assert await sending.calm("http", "debugmode")
    assert not await sending.calm("http", "debugmode")
    assert [alarm.gateway for alarm in await sending.alarms()] == ["kavenegar"]


async def test_only_those_who_answer_for_sending_may_dismiss_an_alarm(world: World) -> None:
    await sending.alarm("kavenegar", "code:699")
    [alarm] = await sending.alarms()
    for name in ("operator", "senior", "county", "head", "inspector"):
        with pytest.raises(Forbidden):
            await sending.dismiss(world[name], alarm.id)
    with pytest.raises(NotFound):
        await sending.dismiss(world["admin"], alarm.id + 1)
    assert await ProviderAlarm.exists()
    await sending.dismiss(world["admin"], alarm.id)
    assert not await ProviderAlarm.exists()


@pytest.mark.parametrize("state", list(MessageState))
async def test_a_person_may_send_again_what_did_not_arrive(
    world: World, state: MessageState
) -> None:
    row = await ended(state)
    if state not in sending.RESENDABLE:
        before = await OutboxMessage.get(id=row.id).values()
        with pytest.raises(DomainError) as refusal:
            await sending.send_again(world["admin"], row.id, REASON)
        assert refusal.value.code == "wrong_state"
        assert await OutboxMessage.get(id=row.id).values() == before
        assert not await Job.exists() and not await history(row)
        return
    again = await sending.send_again(world["admin"], row.id, f" {REASON} ")
    assert (again.state, again.attempts, again.error) == (MessageState.PENDING, 0, "")
    assert again.author_id == world.users["admin"].id
    assert await Job.filter(kind="sms.send", subject_id=row.id).exists()
    assert await history(row) == [(MessageState.PENDING, "", None, REASON)]


async def test_operators_send_again_in_the_conversations_they_see(world: World) -> None:
    case = await world.case()
    row = await ended(MessageState.CANCELLED, case)
    for name, error in (
        ("operator2", NotFound),
        ("senior", Forbidden),
        ("county", Forbidden),
        ("head", Forbidden),
        ("inspector", Forbidden),
    ):
        with pytest.raises(error):
            await sending.send_again(world[name], row.id, REASON)
    assert (await OutboxMessage.get(id=row.id)).state is MessageState.CANCELLED
    again = await sending.send_again(world["operator"], row.id, REASON)
    assert again.author_id == world.users["operator"].id


async def test_any_operator_sends_again_what_did_not_arrive(world: World) -> None:
    """Such a conversation stands in the list of all of them."""
    row = await ended(MessageState.FAILED, await world.case())
    again = await sending.send_again(world["operator2"], row.id, REASON)
    assert again.author_id == world.users["operator2"].id


async def test_what_is_of_no_case_is_for_the_national_centre_and_admins(world: World) -> None:
    row = await ended(MessageState.FAILED)
    with pytest.raises(NotFound):
        await sending.send_again(world["operator"], row.id, REASON)
    assert (await OutboxMessage.get(id=row.id)).state is MessageState.FAILED
    await sending.send_again(world["supervisor"], row.id, REASON)


@pytest.mark.parametrize("reason", [None, "", "ab", "x" * 201, 5, "سطر\nدیگر", "\ud800aa"])
async def test_sending_again_needs_a_reason(world: World, reason: object) -> None:
    row = await ended(MessageState.FAILED)
    with pytest.raises(DomainError) as refusal:
        await sending.send_again(world["admin"], row.id, reason)
    assert refusal.value.field == "reason"
    assert (await OutboxMessage.get(id=row.id)).state is MessageState.FAILED
    assert not await Job.exists()


@pytest.mark.parametrize("wrong", [0, -1, 10**9, 2**63, True])
async def test_sending_again_what_is_not_there(world: World, wrong: int) -> None:
    with pytest.raises(NotFound):
        await sending.send_again(world["admin"], wrong, REASON)


async def test_nothing_is_sent_again_to_who_opted_out(world: World) -> None:
    row = await ended(MessageState.UNDELIVERED)
    await outbox.opt_out(MOBILE, "reply")
    with pytest.raises(DomainError) as refusal:
        await sending.send_again(world["admin"], row.id, REASON)
    assert refusal.value.code == "opted_out"
    assert (await OutboxMessage.get(id=row.id)).state is MessageState.UNDELIVERED


async def test_a_code_of_no_use_any_more_is_not_sent_again(world: World) -> None:
    row = await outbox.queue(TextKind.IDENTITY_CODE, MOBILE, "c", code="1")
    assert row is not None
    await OutboxMessage.filter(id=row.id).update(state=MessageState.FAILED)
    world.clock.forward(minutes=6)
    with pytest.raises(DomainError) as refusal:
        await sending.send_again(world["admin"], row.id, REASON)
    assert refusal.value.code == "expired"
