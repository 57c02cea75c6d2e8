"""Figures about SMS, counted by hand, and that they cost the same however many messages."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import generate, jalali, outbox, sending, sms_attention, sms_figures, sms_rollup
from domain.errors import Forbidden
from domain.figures import Share
from domain.sms_figures import Costs, Speed, Times
from domain.time import now
from models import Contact, OutboxMessage, SmsSummary
from models.enums import MessageState, Resumption, TextKind
from tests.support.queries import recorded
from tests.support.world import LINE, MOBILE, World

_numbers = count(1)


async def message(
    state: MessageState = MessageState.DELIVERED,
    at: datetime | None = None,
    took: tuple[float, float] | None = (1, 10),
    **values: Any,
) -> OutboxMessage:
    """A message queued `at`; `took`: seconds to acceptance, and from there to the handset."""
    at = at or now()
    number = next(_numbers)
    accepted = at + timedelta(seconds=took[0]) if took else None
    delivered = None
    if took and accepted and state is MessageState.DELIVERED:
        delivered = accepted + timedelta(seconds=took[1])
    given: dict[str, Any] = {
        "gateway": "kavenegar",
        "line": LINE,
        "parts": 2,
        "cost": 1000,
        **values,
    }
    return await OutboxMessage.create(
        local_id=number,
        dedupe_key=f"f{number}",
        kind=TextKind.RESULT,
        receptor=MOBILE,
        text="متن",
        state=state,
        created_at=at,
        updated_at=at,
        accepted_at=accepted,
        delivered_at=delivered,
        **{**given, **values},
    )


async def test_lines_and_hours(world: World) -> None:
    """Three delivered and one failed by one gateway, one under way by another, all waits told."""
    hour = sms_rollup.hour_of(now())
    for at in (now(), now(), hour - timedelta(hours=47)):
        await message(at=at)
    await message(MessageState.FAILED, took=None)
    await message(MessageState.SENT, gateway="http", line="10009128", parts=1, cost=None)
    await message(MessageState.NEEDS_REVIEW, took=None, gateway="http", line="10009128")
    long_ago = hour - timedelta(hours=60)
    await message(MessageState.PENDING, at=long_ago, took=None, gateway="", parts=0, cost=None)
    await message(at=hour - timedelta(hours=47, seconds=1))
    await sms_rollup.run()
    found = await sms_figures.recent()
    first, second, unsent = found.lines
    assert (first.gateway, first.count.queued, first.count.failed) == ("kavenegar", 4, 1)
    assert first.count.delivery == Share(3, 3)
    assert (first.count.parts, first.count.parts_each, first.count.cost) == (6, 2, 4000)
    assert (second.gateway, second.count.under_way, second.needs_review) == ("http", 2, 1)
    assert (unsent.gateway, unsent.count.queued, unsent.waiting) == ("", 0, 1)
    assert unsent.oldest == long_ago
    assert (found.waiting, found.needs_review, found.total.queued) == (1, 1, 6)
    assert len(found.hours) == sms_figures.HOURS
    assert [values.queued for _, values in found.hours] == [1, *[0] * 46, 5]
    assert found.hours[-1][0] == hour
    assert found.total.delivery == Share(3, 4)


async def test_nothing_yet(world: World) -> None:
    found = await sms_figures.recent()
    assert (found.lines, found.total.parts_each, found.total.delivery.value) == ([], None, None)
    assert await sms_figures.oldest() is None
    assert await sms_figures.speed() == Speed(0, Times(None, None), Times(None, None))
    assert await sms_figures.costs() == Costs(0, 0)
    assert await sms_figures.summary() is None


async def test_the_oldest_waiting_is_live(world: World) -> None:
    """Also before the first count, and for what was queued or sent since the last one."""
    first = await message(MessageState.PENDING, took=None)
    assert await sms_figures.oldest() == first.created_at
    await sms_rollup.run()
    world.clock.forward(hours=3)
    second = await message(MessageState.UNCERTAIN, took=None)
    assert await sms_figures.oldest() == first.created_at
    await OutboxMessage.filter(id=first.id).update(state=MessageState.SENT)
    assert await sms_figures.oldest() == second.created_at
    await OutboxMessage.filter(id=second.id).update(state=MessageState.FAILED)
    assert await sms_figures.oldest() is None
    await sms_rollup.run()
    world.clock.forward(days=2)
    third = await message(MessageState.SENDING, took=None)
    assert await sms_figures.oldest() == third.created_at


async def test_how_long_messages_took(world: World) -> None:
    for took in ((1, 10), (2, 20), (3, 30), (40, -5)):
        await message(took=took)
    await message(MessageState.SENT, took=(5, 0))
    await message(MessageState.PENDING, took=None)
    await message(took=(999, 999), at=now() - timedelta(hours=24, seconds=1))
    assert await sms_figures.speed() == Speed(5, Times(3, 40), Times(10, 30))


@given(st.lists(st.floats(min_value=-10, max_value=1e6), min_size=1))
def test_percentiles_are_times_that_somebody_waited(seconds: list[float]) -> None:
    found = sms_figures.percentiles(seconds)
    assert found.median is not None and found.p90 is not None
    waited = [max(0.0, value) for value in seconds]
    assert found.median in waited and found.p90 in waited
    for share, value in ((0.5, found.median), (0.9, found.p90)):
        assert sum(other <= value for other in waited) >= share * len(waited)
        assert sum(other >= value for other in waited) >= (1 - share) * len(waited)


async def test_costs_of_the_jalali_day_and_month(world: World) -> None:
    """3 Azar: yesterday is of this month, the day before Azar began is not."""
    midnight = jalali.day_bounds(now())[0]
    await message(cost=700)
    await message(at=midnight, cost=20)
    await message(at=midnight - timedelta(seconds=1), cost=5)
    await message(at=midnight - timedelta(days=2, seconds=1), cost=90_000)
    await message(MessageState.BLOCKED, cost=300_000)
    await sms_rollup.run()
    assert await sms_figures.costs() == Costs(720, 725)


async def test_shares_of_the_summary() -> None:
    found = SmsSummary(surveys=40, replies=10, late=2, cases=4, case_cost=9000)
    assert (sms_figures.response(found), sms_figures.late(found)) == (Share(10, 40), Share(2, 40))
    assert sms_figures.cost_per_case(found) == 2250
    assert sms_figures.cost_per_case(SmsSummary(cases=0, case_cost=0)) is None


async def test_states_and_parts_by_line(world: World) -> None:
    await message()
    await message(MessageState.FAILED, took=None, gateway="http")
    await message(at=now() - timedelta(hours=1, seconds=1))
    await sms_rollup.run()
    assert sorted(
        (row["gateway"], row["state"], row["messages"]) for row in await sms_figures.states()
    ) == [("http", "failed", 1), ("kavenegar", "delivered", 1)]
    assert {row["gateway"]: row["parts"] for row in await sms_figures.parts()} == {
        "http": 0,
        "kavenegar": 4,
    }


async def test_the_cost_does_not_grow_with_the_messages(world: World) -> None:
    for cases in (5, 100):
        await generate.generate(cases, 1, seed=cases)
        await sms_rollup.run()
        with recorded() as statements:
            await sms_figures.recent()
            await sms_figures.costs()
            await sms_figures.speed()
            await sms_figures.oldest()
            await sms_figures.summary()
        assert len(statements) == 1 + 1 + 1 + 3 + 1


# What needs a person


async def test_trouble_is_what_stops_or_is_wrong_now(world: World) -> None:
    assert not await sms_attention.trouble()
    await sending.halt("kavenegar", "*", 1, "x", Resumption.TIME, until=now())
    assert not await sms_attention.trouble()
    for line in (LINE, "2"):
        await sending.halt("kavenegar", line, 1, "x", Resumption.OPERATOR)
    for code in ("credit", "debugmode"):
        await sending.alarm("http", code)
    with recorded() as statements:
        found = await sms_attention.trouble()
    assert (found.halted, found.alarmed) == (["kavenegar"], ["http"])
    assert found and len(statements) == 1


async def test_messages_that_need_a_person(world: World) -> None:
    contact = await Contact.create(mobile=MOBILE, created_at=now())
    old = now() - timedelta(hours=49)
    failed = await message(MessageState.FAILED, took=None)
    await message(MessageState.FAILED, took=None, at=old)
    doubtful = await message(MessageState.NEEDS_REVIEW, took=None, at=old)
    await message(MessageState.UNDELIVERED)
    await message()
    found = await sms_attention.unsettled(world["supervisor"])
    assert [row.id for row in found.messages] == [doubtful.id, failed.id]
    assert (found.more, found.contacts) == (False, {MOBILE: contact.id})
    assert (await sms_attention.unsettled(world["admin"])).contacts == {}
    for name in ("operator", "senior", "county", "head", "inspector"):
        with pytest.raises(Forbidden):
            await sms_attention.unsettled(world[name])


async def test_of_many_the_newest_are_shown(world: World) -> None:
    for _ in range(sms_attention.SHOWN + 1):
        world.clock.forward(seconds=1)
        last = await message(MessageState.NEEDS_REVIEW, took=None)
    with recorded() as statements:
        found = await sms_attention.unsettled(world["supervisor"])
    assert (len(found.messages), found.more, len(statements)) == (sms_attention.SHOWN, True, 3)
    assert found.messages[0].id == last.id


async def test_what_was_queued_is_counted(world: World) -> None:
    """The outbox itself leaves what the count looks for."""
    row = await outbox.queue(TextKind.RESULT, MOBILE, "k", code="1", result="متن")
    assert row is not None
    await sms_rollup.run()
    world.clock.forward(hours=5)
    await sms_rollup.run()
    await outbox.withhold(row, MessageState.FAILED, outbox.EXPIRED)
    await sms_rollup.run()
    found = await sms_figures.recent()
    assert (found.waiting, found.total.failed) == (0, 1)
