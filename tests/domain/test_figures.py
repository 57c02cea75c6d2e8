"""Each figure against a day that is small enough to count by hand (docs/figures.md)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest

from domain import (
    closing,
    conversation,
    figures,
    generate,
    jobs,
    questions,
    results,
    review,
    scope,
    work,
)
from domain.actors import FIGURES_READ, SYSTEM, Actor, of_client
from domain.errors import DomainError, Forbidden
from domain.figure_queries import Key
from domain.figures import By, Figures, Filters, Share, Waiting
from domain.jalali import day_bounds
from models import Call, Case, InboxMessage
from models.database import transaction
from models.enums import CallState
from tests.support.queries import recorded
from tests.support.world import LINE, START, World, client

RESULT = "باجه از ساعت مقرر باز است و تذکر داده شد."


@dataclass
class Day:
    """Six cases of one morning, `a` to `f`, and where they are."""

    world: World
    a: Case
    b: Case
    c: Case
    f: Case
    start: datetime = day_bounds(START)[0]
    end: datetime = day_bounds(START)[1]

    async def figures(self, actor: Actor, **filters: str) -> Figures:
        return await figures.period(actor, self.start, self.end, Filters(**filters))


async def run_jobs() -> None:
    while batch := await jobs.claim(50, kinds=list(work.HANDLERS)):
        for job in batch:
            await work.run(job)


async def text_in(case: Case, text: str) -> None:
    async with transaction():
        count = str(await InboxMessage.all().count())
        await conversation.receive("kavenegar", count, case.mobile, LINE, text)
    await run_jobs()


async def until(world: World, minutes: int) -> None:
    world.clock.at = START + timedelta(minutes=minutes)
    await run_jobs()


@pytest.fixture
async def day(world: World) -> Day:
    """All begin at 09:30. `a` is answered after 60 minutes and rated 5; `b` is asked for 30
    minutes and answered after 200; `c` is answered after 240 and rated 1; `d` is out of scope,
    `e` is misrouted, `f` (another agency, province and indicator) waits."""
    senior = world["senior"]
    numbers = [f"+98912000001{n}" for n in range(6)]
    a, b, c, d, e = [await world.case(number) for number in numbers[:5]]
    f = await world.case(numbers[5], agency="ENE", place="p2", indicator="I3")
    call = await Call.create(
        call_id="outside",
        caller=numbers[0],
        state=CallState.ANSWERED,
        operator_id=world["operator"].user_id,
        updated_at=START,
    )
    await scope.redirect(world["operator"], call.id, "judiciary")
    await review.return_to_centre(senior, d.id, "موضوع این دستگاه نیست")
    await closing.mark_out_of_scope(world["supervisor"], d.id, "advice")
    await review.return_to_centre(senior, e.id, "موضوع این دستگاه نیست")
    await until(world, 10)
    await questions.ask(senior, b.id, "شماره باجه را بنویسید")
    await until(world, 40)
    await text_in(b, "باجه سه بود")
    await until(world, 60)
    await results.record(senior, a.id, RESULT)
    await world.delivered(a)
    await until(world, 110)
    await text_in(a, "5")
    await until(world, 200)
    await results.record(senior, b.id, RESULT)
    await until(world, 240)
    await results.record(senior, c.id, RESULT)
    await world.delivered(c)
    await until(world, 290)
    await text_in(c, "1")
    return Day(world, a, b, c, f)


async def test_the_day_as_counted_by_hand(day: Day) -> None:
    found = await day.figures(day.world["supervisor"])
    assert found == Figures(
        registered=5,
        answered=3,
        in_time=2,
        in_time_with_pauses=1,
        median_seconds=170 * 60,
        p90_seconds=240 * 60,
        breaches=3,
        reopened=1,
        surveys=2,
        replies=2,
        ratings=2,
        rating_sum=6,
        satisfied=1,
        misrouted=2,
        out_of_scope=2,
    )
    assert found.in_time_share == Share(2, 3)
    assert found.in_time_with_pauses_share.value == pytest.approx(1 / 3)
    assert found.reopened_share.value == pytest.approx(1 / 3)
    assert found.response_share == Share(2, 2)
    assert found.mean_rating == 3
    assert found.csat.value == 0.5
    assert await figures.today(day.world["supervisor"]) == found


async def test_what_waits_now_by_remaining_time(day: Day) -> None:
    world = day.world
    assert await figures.waiting(SYSTEM) == Waiting(over=2, longer=1)
    assert await figures.waiting(world["senior"]) == Waiting(over=1, longer=1)
    await until(world, 290 + 70)
    assert await figures.waiting(world["senior"]) == Waiting(over=1, under_two_hours=1)
    await until(world, 290 + 130)
    assert await figures.waiting(world["senior"]) == Waiting(over=1, under_hour=1)
    await until(world, 290 + 160)
    found = await figures.waiting(world["senior"])
    assert found == Waiting(over=1, under_half_hour=1)
    assert found.total == 2


async def test_groups(day: Day) -> None:
    units = day.world.units
    actor = day.world["supervisor"]
    by_agency = await figures.grouped(actor, By.AGENCY, day.start, day.end)
    assert {key: row.registered for key, row in by_agency.items()} == {
        units["EDU"].id: 4,
        units["ENE"].id: 1,
    }
    assert by_agency[units["EDU"].id].misrouted == 2
    own = await figures.grouped(day.world["senior_ene"], By.AGENCY, day.start, day.end)
    assert set(own) == {units["ENE"].id}
    by_province = await figures.grouped(actor, By.PROVINCE, day.start, day.end)
    assert {key: row.registered for key, row in by_province.items()} == {"p1": 4, "p2": 1}
    by_indicator = await figures.grouped(actor, By.INDICATOR, day.start, day.end)
    assert {key: row.answered for key, row in by_indicator.items()} == {"I5": 3, "I3": 0}
    assert by_indicator["I5"].median_seconds == 170 * 60
    by_county = await figures.grouped(actor, By.COUNTY, day.start, day.end)
    assert {key: row.registered for key, row in by_county.items()} == {"c1": 4, None: 1}


async def test_groups_below_an_agency_and_inside_a_place(day: Day) -> None:
    units = day.world.units
    actor = day.world["supervisor"]

    async def grouped(by: By, **filters: str) -> dict[Key, int]:
        found = await figures.grouped(actor, by, day.start, day.end, Filters(**filters))
        return {key: row.registered for key, row in found.items()}

    assert await grouped(By.UNIT, agency="EDU") == {units["EDU-S"].id: 4}
    assert await grouped(By.UNIT, agency="EDU-S") == {units["EDU-p1"].id: 4}
    assert await grouped(By.UNIT, agency="EDU-c1") == {units["EDU-c1"].id: 4}
    assert await grouped(By.UNIT, agency="CUL") == {}
    assert await grouped(By.PLACE, place="p1") == {"c1": 4}
    assert await grouped(By.PLACE, place="r1") == {"v1": 4}
    assert await grouped(By.PLACE, place="v1") == {"v1": 4}
    assert await grouped(By.PLACE, place="p2", agency="ENE") == {"p2": 1}
    for by, field in ((By.UNIT, "agency"), (By.PLACE, "place")):
        with pytest.raises(DomainError) as error:
            await grouped(by)
        assert (error.value.code, error.value.field) == ("required", field)


@pytest.mark.parametrize("text", ["today", "1405-09-03", "۱۴۰۵/۹/۳"])
def test_a_period_by_its_text(world: World, text: str) -> None:
    found = figures.bounds(text)
    assert (found.start, found.end) == day_bounds(START)
    with pytest.raises(DomainError):
        figures.bounds("yesterday")


async def test_an_actor_counts_what_they_see(day: Day) -> None:
    world = day.world
    energy = await day.figures(world["senior_ene"])
    assert (energy.registered, energy.answered, energy.out_of_scope) == (1, 0, 0)
    assert energy.median_seconds is None
    assert energy.in_time_share.value is None
    assert energy.in_time_share.interval is None
    assert await day.figures(world["county"]) == Figures()
    assert await day.figures(world["admin"]) == Figures()
    partner = await of_client(await client(world, "EDU", FIGURES_READ))
    assert (await day.figures(partner)).registered == 4
    with pytest.raises(Forbidden):
        await day.figures(replace(partner, scopes=frozenset()))


@pytest.mark.parametrize(
    ("filters", "registered"),
    [
        ({"agency": "EDU"}, 4),
        ({"agency": "EDU-S"}, 4),
        ({"agency": "EDU-p2"}, 0),
        ({"agency": "ENE"}, 1),
        ({"place": "p1"}, 4),
        ({"place": "c1"}, 4),
        ({"place": "r1"}, 4),
        ({"place": "v1"}, 4),
        ({"place": "p2"}, 1),
        ({"indicator": "I3"}, 1),
        ({"agency": "EDU", "indicator": "I3"}, 0),
    ],
)
async def test_filters(day: Day, filters: dict[str, str], registered: int) -> None:
    found = await day.figures(day.world["supervisor"], **filters)
    assert found.registered == registered


@pytest.mark.parametrize("field", ["agency", "place", "indicator"])
async def test_unknown_filters_are_refused(world: World, field: str) -> None:
    with pytest.raises(DomainError) as error:
        await figures.today(world["supervisor"], Filters(**{field: "nope"}))
    assert (error.value.code, error.value.field) == ("unknown", field)


async def test_a_period_begins_with_its_start_and_ends_before_its_end(day: Day) -> None:
    actor = day.world["supervisor"]
    at = (await Case.get(id=day.a.id)).registered_at
    first = await figures.period(actor, at, at + timedelta(seconds=1))
    assert first.registered == 5
    before = await figures.period(actor, at - timedelta(hours=1), at)
    assert before == Figures()


async def test_the_number_of_queries_does_not_depend_on_the_number_of_cases(day: Day) -> None:
    await generate.generate(60, 1, seed=5)
    with recorded() as statements:
        await day.figures(day.world["supervisor"])
    assert len(statements) == 8
    with recorded() as statements:
        await figures.grouped(SYSTEM, By.AGENCY, day.start, day.end)
    assert len(statements) == 7
    with recorded() as statements:
        await figures.waiting(day.world["senior"])
    assert len(statements) == 1


async def test_groups_add_up(day: Day) -> None:
    await generate.generate(120, 1, seed=5)
    start = day.start - timedelta(days=40)
    whole = await figures.period(SYSTEM, start, day.end)
    for by in set(By) - {By.UNIT, By.PLACE}:
        parts = await figures.grouped(SYSTEM, by, start, day.end)
        assert _sums(parts.values()) == _sums([whole])
    for by, filters in ((By.UNIT, Filters(agency="EDU")), (By.PLACE, Filters(place="p1"))):
        whole = await figures.period(SYSTEM, start, day.end, filters)
        parts = await figures.grouped(SYSTEM, by, start, day.end, filters)
        assert _sums(parts.values()) == _sums([whole])


def _sums(rows: Iterable[Figures]) -> list[int]:
    names = ("registered", "answered", "in_time", "breaches", "ratings", "misrouted")
    found = list(rows)
    return [sum(getattr(row, name) for row in found) for name in names]


def test_wilson_interval() -> None:
    low, high = Share(45, 50).interval or (0, 0)
    assert (round(low, 4), round(high, 4)) == (0.7864, 0.9565)
    low, high = Share(0, 10).interval or (1, 1)
    assert low == 0
    assert round(high, 4) == 0.2775
    low, high = Share(2, 2).interval or (1, 1)
    assert round(low, 4) == 0.3424
    assert high == 1
