"""The rollup of SMS equals the messages, whatever became of them and whoever counts."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from domain import generate, jalali, outbox, sms_rollup
from domain.time import now
from models import OptOut, OutboxMessage, SmsHour, SmsSummary, Survey
from models.enums import MessageState, SurveyState, TextKind
from tests.support.queries import recorded
from tests.support.world import LINE, MOBILE, World

LINES = [("", LINE), ("kavenegar", LINE), ("kavenegar", "3000128"), ("http", "10009128")]
FIGURES = [
    "queued",
    "accepted",
    "delivered",
    "failed",
    "needs_review",
    "waiting",
    "oldest",
    "parts",
    "cost",
]
Row = tuple[Any, ...]


@dataclass
class Messages:
    """Random messages, and random changes to them that carry their moment as the outbox does."""

    world: World
    rng: Random
    number: int = 0

    async def add(self, back: timedelta) -> None:
        at = now() - back * self.rng.random()
        gateway, line = self.rng.choice(LINES)
        self.number += 1
        row = OutboxMessage(
            local_id=self.number,
            dedupe_key=f"k{self.number}",
            kind=TextKind.RESULT,
            receptor=MOBILE,
            text="متن",
            state=MessageState.PENDING,
            gateway=gateway,
            line=line,
            created_at=at,
            updated_at=now(),
        )
        self._change(row)
        await row.save()

    async def change(self) -> None:
        for row in await OutboxMessage.all():
            if self.rng.random() < 0.3:
                self._change(row)
                row.updated_at = now()
                await row.save()

    def _change(self, row: OutboxMessage) -> None:
        row.state = self.rng.choice(list(MessageState))
        row.gateway, row.line = self.rng.choice(LINES)
        row.parts = self.rng.randrange(5)
        row.cost = self.rng.choice([None, 0, 1200, 4800])
        taken = self.rng.random() < 0.6
        row.accepted_at = row.created_at + timedelta(seconds=1) if taken else None


async def counted() -> set[Row]:
    return {
        (row.hour, row.gateway, row.line, *(getattr(row, name) for name in FIGURES))
        for row in await SmsHour.all()
    }


async def true() -> set[Row]:
    """The same from the messages themselves, one by one."""
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in await OutboxMessage.all():
        key = (sms_rollup.hour_of(row.created_at), row.gateway, row.line)
        values = found.setdefault(key, dict.fromkeys(FIGURES, 0) | {"oldest": None})
        waits = row.state in outbox.WAITING
        values["queued"] += 1
        values["accepted"] += row.accepted_at is not None
        values["delivered"] += row.state is MessageState.DELIVERED
        values["failed"] += row.state in sms_rollup.FAILED
        values["needs_review"] += row.state is MessageState.NEEDS_REVIEW
        values["waiting"] += waits
        values["parts"] += row.parts if row.accepted_at else 0
        values["cost"] += 0 if row.state in sms_rollup.REFUNDED else (row.cost or 0)
        if waits and (values["oldest"] is None or row.created_at < values["oldest"]):
            values["oldest"] = row.created_at
    return {(*key, *(values[name] for name in FIGURES)) for key, values in found.items()}


@pytest.mark.parametrize("seed", range(8))
async def test_after_a_run_it_equals_the_messages(world: World, seed: int) -> None:
    """Random messages, random changes, random pauses between runs."""
    rng = Random(seed)
    messages = Messages(world, rng)
    for _ in range(20):
        await messages.add(timedelta(hours=49))
    await sms_rollup.run()
    for _ in range(8):
        assert await counted() == await true()
        world.clock.forward(seconds=rng.choice([1, 59, 61, 600, 3600, 7300, 200_000]))
        for _ in range(rng.randrange(4)):
            await messages.add(rng.choice([timedelta(seconds=1), timedelta(hours=5)]))
        await messages.change()
        await sms_rollup.run()
    assert await counted() == await true()


async def test_a_second_run_changes_nothing(world: World) -> None:
    messages = Messages(world, Random(1))
    for _ in range(30):
        await messages.add(timedelta(hours=30))
    await sms_rollup.run()
    before = await SmsHour.all().order_by("id").values()
    assert await sms_rollup.run() == now() + timedelta(minutes=1)
    world.clock.forward(hours=1)
    await sms_rollup.run()
    assert await SmsHour.all().order_by("id").values() == before


async def test_two_at_once_count_once(world: World) -> None:
    messages = Messages(world, Random(2))
    for _ in range(30):
        await messages.add(timedelta(hours=3))
    await asyncio.gather(*(sms_rollup.run() for _ in range(4)))
    assert await counted() == await true()
    assert await SmsSummary.all().count() == 1


async def test_a_message_that_finds_its_gateway_leaves_its_old_row(world: World) -> None:
    row = await outbox.queue(TextKind.RESULT, MOBILE, "k", code="1", result="متن")
    assert row is not None
    await sms_rollup.run()
    assert await SmsHour.all().values_list("gateway", "waiting") == [("", 1)]
    row.state, row.gateway = MessageState.SENDING, "http"
    row.updated_at = now()
    await row.save()
    await sms_rollup.run()
    assert await SmsHour.all().values_list("gateway", "waiting") == [("http", 1)]


async def test_hours_are_those_of_the_clock_on_the_wall(world: World) -> None:
    assert jalali.format_time(sms_rollup.hour_of(now())) == "۰۹:۰۰"
    world.clock.forward(minutes=29, seconds=59.999999)
    assert jalali.format_time(sms_rollup.hour_of(now())) == "۰۹:۰۰"
    world.clock.forward(seconds=0.000001)
    assert sms_rollup.hour_of(now()) == now()


async def test_the_first_run_begins_with_the_month_and_generated_ones_are_counted(
    world: World,
) -> None:
    month = jalali.month_bounds(*jalali.year_month(now()))[0]
    await sms_rollup.run()
    assert not await SmsHour.exists()
    await generate.generate(80, 1, seed=3)
    await sms_rollup.run()
    expected = {row for row in await true() if row[0] >= min(month, now() - sms_rollup.WINDOW)}
    assert expected
    assert await counted() == expected


async def test_the_summary(world: World) -> None:
    """Of four asked in 30 days two answered in time and one late; one is still asked."""
    long_ago = now() - timedelta(days=31)
    states = [SurveyState.SCORED, SurveyState.DONE, SurveyState.DONE, SurveyState.EXPIRED]
    cases = [await world.case() for _ in range(7)]
    for number, case in enumerate(cases):
        current = await case.rounds.all().first()  # type: ignore[attr-defined]
        await Survey.create(
            case=case,
            round=current,
            mobile=MOBILE,
            state=[*states, SurveyState.ASKED, SurveyState.SKIPPED, SurveyState.DONE][number],
            send_at=now(),
            asked_at=long_ago if number == 6 else now(),
            scored_at=now() if number in (0, 1, 6) else None,
        )
    await OutboxMessage.filter(case_id=cases[0].id).update(cost=1000)
    await OutboxMessage.filter(case_id=cases[1].id).update(cost=900, state=MessageState.BLOCKED)
    await OptOut.create(mobile="+989120000001", reason="sms", created_at=long_ago)
    await OptOut.create(mobile="+989120000002", reason="sms", created_at=now())
    await sms_rollup.run()
    found = await SmsSummary.get()
    assert (found.surveys, found.replies, found.late) == (4, 2, 1)
    assert (found.cases, found.case_cost) == (7, 1000)
    assert (found.opt_outs, found.new_opt_outs) == (2, 1)


async def test_the_cost_of_a_run_does_not_grow_with_the_messages(world: World) -> None:
    messages = Messages(world, Random(4))
    for size in (5, 40):
        for _ in range(size):
            await messages.add(timedelta(minutes=20))
        await sms_rollup.run()
        world.clock.forward(seconds=1)
        await messages.change()
        with recorded() as statements:
            await sms_rollup.run()
        assert len(statements) <= 1 + 1 + 1 + 3 + 1, size
