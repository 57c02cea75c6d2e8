"""Calls to 128 as the exchange announces them (S1)."""

from __future__ import annotations

from itertools import permutations

import pytest

from domain import calls
from domain.time import now
from models import Call
from models.enums import CallState
from tests.support.refusals import BAD_KEYS, refused, refuses, refuses_texts
from tests.support.world import MOBILE, World

EVENTS = ("ringing", "answered", "ended")


async def ringing(world: World, number: str = MOBILE, call_id: str = "c-1") -> Call:
    return await calls.announce(call_id, "ringing", number, world.clock.at)


@pytest.mark.parametrize("order", list(permutations(EVENTS)))
async def test_events_come_in_any_order_and_never_turn_it_back(
    world: World, order: tuple[str, ...]
) -> None:
    reached = 0
    for event in (*order, *order):
        call = await calls.announce("c-1", event, "0912-123-4567", now())
        reached = max(reached, EVENTS.index(event))
        assert call.state == EVENTS[reached]
    assert await Call.all().count() == 1 and call.caller == MOBILE


async def test_each_moment_is_kept_from_the_first_announcement(world: World) -> None:
    call = await ringing(world)
    first = world.clock.at
    world.clock.forward(seconds=30)
    call = await ringing(world)
    assert call.ringing_at == first and call.updated_at == world.clock.at


async def test_a_call_id_belongs_to_one_caller(world: World) -> None:
    await ringing(world)
    await refused(calls.announce("c-1", "answered", "09350000000", now()), "conflict")


async def test_bad_announcements(world: World) -> None:
    at = world.clock.at
    await refuses_texts(lambda v: calls.announce(v, "ringing", MOBILE, at), "call_id", 1, 80)
    await refuses(
        lambda v: calls.announce("c-1", v, MOBILE, at),
        [None, "", 5, [], {}, "RINGING", "\ud800"],
        ("unknown", "event"),
    )
    await refuses(
        lambda v: calls.announce("c-1", "ringing", v, at),
        [None, "", 5, [], "02188776655", "0912123456", "\ud800", "\x00", "0" * 5000],
        ("invalid", "caller"),
        ("required", "caller"),
    )


async def test_the_first_operator_takes_it(world: World) -> None:
    call = await ringing(world)
    assert [row.id for row in await calls.waiting()] == [call.id]
    taken = await calls.take(world["operator"], call.id)
    assert (taken.state, taken.operator_id) == (CallState.ANSWERED, world.users["operator"].id)
    assert await calls.waiting() == []
    await refused(calls.take(world["operator2"], call.id), "already_taken")
    again = await calls.take(world["operator"], call.id)
    assert again.answered_at == taken.answered_at
    current = await calls.current(world["operator"])
    assert current is not None and current.id == call.id
    assert await calls.current(world["operator2"]) is None


async def test_only_operators_take_calls(world: World) -> None:
    call = await ringing(world)
    for name in ("senior", "supervisor", "admin", "county"):
        await refused(calls.take(world[name], call.id), "forbidden")
        await refused(calls.own(world[name], call.id), "forbidden")


async def test_an_ended_call_is_not_taken(world: World) -> None:
    call = await ringing(world)
    await calls.announce("c-1", "ended", MOBILE, now())
    await refused(calls.take(world["operator"], call.id), "wrong_state")
    assert await calls.waiting() == []


async def test_hanging_up(world: World) -> None:
    call = await ringing(world)
    await refused(calls.hang_up(world["operator"], call.id), "not_found")
    await calls.take(world["operator"], call.id)
    await refused(calls.hang_up(world["operator2"], call.id), "not_found")
    world.clock.forward(minutes=3)
    ended = await calls.hang_up(world["operator"], call.id)
    assert (ended.state, ended.ended_at) == (CallState.ENDED, world.clock.at)
    assert await calls.current(world["operator"]) is None
    assert (await calls.announce("c-1", "answered", MOBILE, now())).state is CallState.ENDED


async def test_calls_that_are_none(world: World) -> None:
    for act in (calls.take, calls.own, calls.hang_up):
        await refuses(
            lambda key, do=act: do(world["operator"], key),  # type: ignore[misc]
            BAD_KEYS,
            ("not_found", "call"),
        )


async def test_what_was_never_ended_leaves_the_screens(world: World) -> None:
    await ringing(world)
    world.clock.forward(hours=2)
    assert len(await calls.waiting()) == 1
    world.clock.forward(seconds=1)
    assert await calls.waiting() == []


async def test_earlier_cases_of_the_number(world: World) -> None:
    first, second = await world.case(), await world.case()
    await world.case("+989350000001")
    call = await ringing(world, call_id="later")
    assert [row.id for row in await calls.history(call)] == [second.id, first.id]
    assert [row.id for row in await calls.history(call, limit=1)] == [second.id]
