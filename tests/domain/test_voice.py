"""Results read out in a call, for those who cannot read an SMS (A8)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from domain import contacts, outbox, results, service
from models import Case, OutboxMessage
from models.enums import MessageChannel, MessageState
from tests.support.world import MOBILE, World

RESULT = "باجه از امروز در ساعت اداری باز است."


async def answered(world: World, voice: bool, wanted: bool | None) -> Case:
    service.configure(replace(service.current(), voice=voice))
    case = await world.case()
    if wanted is not None:
        await contacts.prefer(MOBILE, None, wanted)
    await results.record(world["senior"], case.id, RESULT)
    return case


async def test_who_asked_for_it_is_also_called(world: World) -> None:
    case = await answered(world, voice=True, wanted=True)
    text, call = await OutboxMessage.filter(dedupe_key__contains=":result:").order_by("id")
    assert (text.kind, text.channel) == ("result", MessageChannel.SMS)
    assert (call.kind, call.channel) == ("result_call", MessageChannel.CALL)
    assert call.dedupe_key == f"case:{case.id}:result:1:call"
    assert call.case_id == case.id and RESULT in call.text


@pytest.mark.parametrize(("voice", "wanted"), [(False, True), (True, False), (True, None)])
async def test_nobody_else_is_called(world: World, voice: bool, wanted: bool | None) -> None:
    await answered(world, voice, wanted)
    assert not await OutboxMessage.filter(channel=MessageChannel.CALL).exists()
    assert await OutboxMessage.filter(kind="result").count() == 1


async def test_who_opted_out_is_not_called_either(world: World) -> None:
    await outbox.opt_out(MOBILE, "reply")
    await answered(world, voice=True, wanted=True)
    call = await OutboxMessage.get(channel=MessageChannel.CALL)
    assert call.state is MessageState.BLOCKED
