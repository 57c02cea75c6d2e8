from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from models import InboxMessage, Job, OptOut
from models.enums import InboxState
from sms import inbound
from sms.gateway import Inbound, Uncertain
from tests.support.provider import ScriptedGateway
from tests.support.world import LINE, World


def text(message_id: str = "701", body: str = "۵", sender: str = "09121234567") -> Inbound:
    return Inbound(message_id, sender, LINE, body, None)


async def stored() -> list[tuple[str, str, str]]:
    return [(row.message_id, row.sender, row.text) for row in await InboxMessage.all()]


async def test_a_text_is_stored_once_with_its_handling_planned(world: World) -> None:
    assert await inbound.store("kavenegar", [text()]) == 1
    assert await inbound.store("kavenegar", [text(), text("702")]) == 1
    assert await stored() == [("701", "+989121234567", "۵"), ("702", "+989121234567", "۵")]
    assert [row.state for row in await InboxMessage.all()] == [InboxState.NEW] * 2
    assert await Job.filter(kind="inbox.handle").count() == 2


async def test_the_same_text_twice_at_once_is_stored_once(world: World) -> None:
    await asyncio.gather(*(inbound.store("kavenegar", [text()]) for _ in range(5)))
    assert len(await stored()) == 1


async def test_a_sender_that_is_no_mobile_is_kept_as_it_came(world: World) -> None:
    await inbound.store("kavenegar", [text(sender="Irancell")])
    assert (await stored())[0][1] == "Irancell"


async def test_without_an_id_the_same_text_within_a_minute_is_one(world: World) -> None:
    world.clock.forward(seconds=59)
    assert await inbound.store("kavenegar", [text("")]) == 1
    assert await inbound.store("kavenegar", [text("", body="۴")]) == 1
    assert await inbound.store("kavenegar", [text("", sender="09351112233")]) == 1
    world.clock.forward(seconds=59)
    assert await inbound.store("kavenegar", [text("", sender="+989121234567")]) == 0
    world.clock.forward(seconds=2)
    assert await inbound.store("kavenegar", [text("")]) == 1
    assert len(await stored()) == 4


async def test_polling_stores_what_no_webhook_brought(world: World) -> None:
    await inbound.store("kavenegar", [text()])
    gateway = ScriptedGateway(unread=[text(), text("702", "سلام")], read=[text("703")])
    assert (await inbound.poll(gateway) - world.clock()).total_seconds() == 120
    await inbound.poll(gateway)
    await inbound.read_again(gateway)
    assert [row[0] for row in await stored()] == ["701", "702", "703"]


async def test_every_gateway_is_asked_for_the_texts_of_its_own_line(world: World) -> None:
    other = ScriptedGateway(name="http", line="3000128", unread=[text()])
    await inbound.poll(other)
    await inbound.poll(ScriptedGateway(unread=[text()]))
    assert [row.provider for row in await InboxMessage.all().order_by("id")] == [
        "http",
        "kavenegar",
    ]


async def test_halves_of_characters_are_replaced_not_refused(world: World) -> None:
    await inbound.poll(ScriptedGateway(unread=[text(body="خوب \ud83d\0")]))
    assert (await stored())[0][2] == "خوب \ufffd\ufffd"


async def test_a_failed_poll_stores_nothing(world: World) -> None:
    with pytest.raises(Uncertain):
        await inbound.poll(ScriptedGateway(unread=[text()], failure=Uncertain("x")))
    assert await stored() == []


async def test_numbers_that_blocked_the_line_are_opted_out(world: World) -> None:
    await inbound.sync_blocked(
        ScriptedGateway(blocked_numbers=["09121234567", "abc", "9351112233"])
    )
    assert {row.mobile for row in await OptOut.all()} == {"+989121234567", "+989351112233"}


async def test_polled_texts_keep_our_own_time_of_arrival(world: World) -> None:
    old = Inbound("9", "09121234567", LINE, "۵", datetime(2020, 1, 1, tzinfo=UTC))
    await inbound.store("kavenegar", [old])
    assert (await InboxMessage.get()).received_at == world.clock()
