from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import sending
from models import OutboxMessage
from models.enums import MessageChannel, Resumption
from sms.gateway import Capability
from sms.gateways import Gateways, flowing, outgoing, pick
from tests.support.provider import ScriptedGateway
from tests.support.world import LINE, World

FIRST = ScriptedGateway(name="kavenegar")
SECOND = ScriptedGateway(name="http", line="3000128", capabilities=frozenset())
BOTH = [FIRST, SECOND]


@pytest.mark.parametrize(
    ("returns", "picked"),
    [
        ([], FIRST),
        ([("kavenegar", 409)], SECOND),
        ([("http", 409)], FIRST),
        ([("http", 1204), ("kavenegar", 409)], FIRST),
        ([("kavenegar", None)], FIRST),
        ([("kavenegar", None), ("kavenegar", None)], SECOND),
        ([("kavenegar", None), ("http", None)], FIRST),
        ([("http", None), ("kavenegar", None)], FIRST),
        ([("kavenegar", None), ("kavenegar", 409)], FIRST),
        ([("kavenegar", 409), ("kavenegar", None)], SECOND),
        ([("gone", 1)], FIRST),
    ],
)
def test_the_next_is_asked_after_a_refusal_or_two_calls_that_reached_nobody(
    returns: list[tuple[str, int | None]], picked: ScriptedGateway
) -> None:
    assert pick(BOTH, returns) is picked


@given(
    st.lists(
        st.tuples(st.sampled_from(["kavenegar", "http"]), st.none() | st.integers(1, 900)),
        max_size=2,
    )
)
def test_some_gateway_is_always_picked(returns: list[tuple[str, int | None]]) -> None:
    assert pick(BOTH, returns) in BOTH
    assert pick([SECOND], returns) is SECOND


def test_who_is_able() -> None:
    gateways = Gateways(BOTH)
    assert gateways.able(MessageChannel.SMS) == BOTH
    assert gateways.able(MessageChannel.SMS, "http") == [SECOND]
    assert gateways.able(MessageChannel.CALL) == [FIRST]
    assert (
        gateways.able(MessageChannel.CALL, "http") == gateways.able(MessageChannel.SMS, "x") == []
    )
    assert (gateways.named("http"), gateways.named("x"), len(gateways)) == (SECOND, None, 2)


def test_two_gateways_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError):
        Gateways([ScriptedGateway(), ScriptedGateway()])


async def test_a_halt_stops_its_gateway_or_its_line(world: World) -> None:
    assert await flowing(BOTH) == BOTH
    await sending.halt("kavenegar", "3000999", 412, "x", Resumption.OPERATOR)
    await sending.halt("http", LINE, 412, "x", Resumption.OPERATOR)
    assert await flowing(BOTH) == BOTH
    await sending.halt("kavenegar", LINE, 412, "x", Resumption.OPERATOR)
    assert await flowing(BOTH) == [SECOND]
    await sending.halt("http", "*", 401, "x", Resumption.OPERATOR)
    assert await flowing(Gateways(BOTH)) == []


def test_a_message_as_a_gateway_takes_it() -> None:
    row = OutboxMessage(
        receptor="+989121234567",
        text="متن",
        line=LINE,
        local_id=5,
        channel=MessageChannel.SMS,
        token="123456",
    )
    taken = outgoing(row)
    assert (taken.receptor, taken.text, taken.line) == ("09121234567", "متن", LINE)
    assert (taken.local_id, taken.channel, taken.token) == (5, MessageChannel.SMS, "123456")


async def test_closing_closes_all() -> None:
    gateways = [ScriptedGateway(), ScriptedGateway(name="http")]
    await Gateways(gateways).close()
    assert all(gateway.closed for gateway in gateways)
    assert Capability.CALLS not in SECOND.capabilities
