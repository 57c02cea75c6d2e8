from __future__ import annotations

import pytest

from domain import outbox, sending
from domain.errors import DomainError, Forbidden, NotFound
from models import Job, OutboxMessage
from models.enums import MessageState, Resumption, TextKind
from tests.support.world import LINE, MOBILE, World


async def queued() -> OutboxMessage:
    row = await outbox.queue(TextKind.RESULT, MOBILE, "k", code="1", result="متن")
    assert row is not None
    return row


async def test_the_state_of_sending(world: World) -> None:
    assert await sending.sms_state() == sending.SmsState([], 0, None, 0)
    await queued()
    began = world.clock()
    world.clock.forward(minutes=1)
    await sending.halt("3000999", 412, "x", Resumption.OPERATOR)
    state = await sending.sms_state()
    assert (state.flows, state.waiting, state.oldest) == (True, 1, began)
    await sending.halt(LINE, 412, "خط فرستنده از آن ما نیست", Resumption.OPERATOR)
    state = await sending.sms_state()
    assert not state.flows
    assert [(halt.line, halt.code, halt.since) for halt in state.halts] == [
        (LINE, 412, world.clock())
    ]


async def test_only_those_who_answer_for_sending_may_resume_it(world: World) -> None:
    await sending.halt(sending.ALL_LINES, 403, "x", Resumption.OPERATOR)
    for name in ("operator", "senior", "coordinator", "head", "inspector"):
        if name in world.actors:
            with pytest.raises(Forbidden):
                await sending.resume(world[name], sending.ALL_LINES)
    assert await sending.halts()
    with pytest.raises(NotFound):
        await sending.resume(world["supervisor"], LINE)
    await sending.resume(world["supervisor"], sending.ALL_LINES)
    assert await sending.halts() == []


@pytest.mark.parametrize("state", list(MessageState))
async def test_a_person_may_send_again_what_did_not_arrive(
    world: World, state: MessageState
) -> None:
    row = await queued()
    await Job.all().delete()
    await OutboxMessage.filter(id=row.id).update(state=state, attempts=3)
    with pytest.raises(Forbidden):
        await sending.send_again(world["operator"], row.id)
    if state not in sending.RESENDABLE:
        with pytest.raises(DomainError) as refusal:
            await sending.send_again(world["admin"], row.id)
        assert refusal.value.code == "wrong_state"
        assert (await OutboxMessage.get(id=row.id)).state is state
        assert not await Job.exists()
        return
    again = await sending.send_again(world["admin"], row.id)
    assert (again.state, again.attempts) == (MessageState.PENDING, 0)
    assert again.local_id == row.local_id
    assert await Job.filter(kind="sms.send", subject_id=row.id).exists()


async def test_what_was_accepted_before_goes_out_under_a_new_local_id(world: World) -> None:
    row = await queued()
    await OutboxMessage.filter(id=row.id).update(state=MessageState.UNDELIVERED, provider_id=7)
    again = await sending.send_again(world["supervisor"], row.id)
    assert again.local_id != row.local_id and again.provider_id is None
    with pytest.raises(NotFound):
        await sending.send_again(world["supervisor"], 10**9)
