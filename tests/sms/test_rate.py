from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import service
from models import SendingLine
from sms import rate
from sms.rate import Bucket, Rate
from tests.support.provider import ScriptedGateway
from tests.support.queries import recorded
from tests.support.world import START, World

GATEWAY = ScriptedGateway()


def at_rate(messages: float) -> None:
    service.configure(replace(service.current(), sms_rate=messages))


@pytest.fixture
def slept(world: World, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses taken, during which the world's clock moves on."""
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)
        world.clock.forward(seconds=seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    return pauses


async def spend(bucket: Rate, gateway: ScriptedGateway = GATEWAY) -> int:
    """Take what can be had without waiting; how many tokens that was."""
    taken = 0
    while not await bucket.ready(gateway):
        assert await bucket.take(gateway) == 0
        taken += 1
    return taken


@pytest.mark.parametrize(("messages", "width", "burst"), [(10, 4, 10), (3, 4, 4), (0.5, 1, 1)])
async def test_a_line_begins_with_a_seconds_worth_at_least_the_concurrency(
    world: World, messages: float, width: int, burst: int
) -> None:
    at_rate(messages)
    assert await spend(Rate(width)) == burst
    assert await spend(Rate(width)) == 0


async def test_two_processes_share_what_a_line_has(world: World) -> None:
    at_rate(10)
    one, other = Rate(4), Rate(4)
    first = [await one.take(GATEWAY) for _ in range(5)]
    assert (first, await spend(other)) == ([0.0] * 5, 5)
    assert await one.ready(GATEWAY) == await other.ready(GATEWAY) == pytest.approx(0.1)
    world.clock.forward(seconds=0.5)
    assert await spend(one) == 5
    assert await spend(other) == 0
    world.clock.forward(minutes=1)
    shares = await asyncio.gather(spend(one), spend(other))
    assert sum(shares) == 10


async def test_each_gateway_and_line_has_its_own(world: World) -> None:
    at_rate(2)
    bucket = Rate()
    assert await spend(bucket) == await spend(bucket, ScriptedGateway(name="http")) == 2
    assert await spend(Rate(), ScriptedGateway(line="3000128")) == 2
    assert await SendingLine.all().count() == 3


async def test_whoever_finds_no_token_sleeps_until_there_is_one(
    world: World, slept: list[float]
) -> None:
    at_rate(10)
    bucket = Rate()
    await spend(bucket)
    for _ in range(20):
        assert await bucket.take(GATEWAY) == 0
    assert (world.clock() - START).total_seconds() == pytest.approx(2, abs=0.01)
    assert len(slept) <= 21 and min(slept) > 0


async def test_whoever_would_wait_long_is_told_how_long_instead(
    world: World, slept: list[float]
) -> None:
    at_rate(0.1)
    bucket = Rate()
    await spend(bucket)
    assert await bucket.take(GATEWAY) == pytest.approx(10)
    assert slept == []


async def test_tokens_are_drawn_in_small_lots(world: World) -> None:
    at_rate(80)
    bucket = Rate(8)
    await bucket.ready(GATEWAY)
    with recorded() as statements:
        for _ in range(40):
            await bucket.take(GATEWAY)
    assert len(statements) == 2 * 4
    at_rate(100_000)
    await bucket.take(GATEWAY)
    assert bucket.at_hand(GATEWAY) < rate.LARGEST_LOT


async def test_tokens_that_nobody_needed_are_worth_nothing(world: World) -> None:
    at_rate(80)
    bucket = Rate(8)
    await bucket.ready(GATEWAY)
    assert bucket.at_hand(GATEWAY) == 8
    world.clock.forward(seconds=1)
    assert bucket.at_hand(GATEWAY) == 0


async def test_too_many_calls_halve_the_rate_once_however_many_say_so(world: World) -> None:
    at_rate(10)
    workers = [Rate(4), Rate(4)]
    for worker in workers:
        await worker.take(GATEWAY)
    for worker in workers:
        await worker.slow_down(GATEWAY)
    line = await SendingLine.get()
    assert (line.rate, line.tokens) == (5, -25)
    assert await workers[0].ready(GATEWAY) == pytest.approx(5.2)
    world.clock.forward(seconds=6)
    assert await workers[0].take(GATEWAY) == 0
    await workers[0].slow_down(GATEWAY)
    assert (await SendingLine.get()).rate == pytest.approx(2.55, abs=0.02)


async def test_the_rate_comes_back_by_a_tenth_each_minute(world: World) -> None:
    at_rate(10)
    bucket = Rate()
    await bucket.slow_down(GATEWAY)
    for minute in range(1, 8):
        world.clock.forward(minutes=1)
        await bucket.ready(GATEWAY)
        assert (await SendingLine.get()).rate == pytest.approx(min(10, 5 + minute))


async def test_a_lower_setting_holds_at_once(world: World) -> None:
    at_rate(10)
    await spend(Rate())
    at_rate(2)
    world.clock.forward(minutes=1)
    assert await spend(Rate()) == 2


RATES = st.floats(0.1, 1000)
TIMES = st.floats(-100_000, 100_000).map(lambda seconds: START + timedelta(seconds=seconds))
BUCKETS = st.builds(Bucket, RATES, st.floats(-5000, 2000), TIMES)


@given(BUCKETS, TIMES, RATES, st.integers(1, 64))
def test_a_bucket_never_holds_more_than_its_burst_nor_fills_faster_than_set(
    bucket: Bucket, moment: object, most: float, width: int
) -> None:
    burst = max(most, width)
    filled = bucket.filled(moment, most, burst)  # type: ignore[arg-type]
    seconds = max(0.0, (moment - bucket.at).total_seconds())  # type: ignore[operator]
    assert filled.at == moment and 0 < filled.rate <= most
    assert filled.tokens <= max(1.0, burst * filled.rate / most)
    assert filled.tokens <= bucket.tokens + seconds * most + 1e-6
    assert filled.filled(filled.at, most, burst) == filled


@given(st.lists(st.floats(0.001, 3), max_size=60), st.integers(1, 8))
def test_over_any_time_no_more_leaves_than_burst_and_rate_allow(
    gaps: list[float], most: int
) -> None:
    bucket, spent, moment = Bucket(most, most, START), 0, START
    for gap in gaps:
        moment += timedelta(seconds=gap)
        bucket = bucket.filled(moment, most, most)
        lot = max(0, int(bucket.tokens))
        bucket = Bucket(bucket.rate, bucket.tokens - lot, bucket.at)
        spent += lot
    assert spent <= most + most * (moment - START).total_seconds() + 1e-6


@given(BUCKETS, RATES)
def test_slowing_down_never_speeds_up_and_never_stops(bucket: Bucket, most: float) -> None:
    slowed = bucket.slowed(bucket.rate, most)
    assert slowed.rate <= bucket.rate and slowed.tokens <= bucket.tokens
    assert slowed.rate >= min(bucket.rate, rate.SLOWEST * most)
    assert slowed.slowed(bucket.rate, most) == slowed
