"""The feed of changes: nothing missed, nothing repeated, nothing told to who may not see it."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import feed, ladder, notes, referrals
from domain.actors import CASES_READ, Actor, of_client
from domain.errors import DomainError
from domain.feed import Topic
from domain.time import now
from models import CaseEvent, Change, Round
from models.database import is_postgres, transaction
from models.enums import EventKind
from tests.support.life import ordered
from tests.support.queries import recorded
from tests.support.world import World, client

EVERYTHING = list(Topic)


async def told(actor: Actor, after: int = 0, *topics: Topic) -> list[tuple[Topic, str]]:
    await feed.number()
    page = await feed.read(actor, after, topics or [Topic.CASE_CHANGED], 1000)
    return [(entry.topic, entry.event.kind) for entry in page.entries]


async def kinds(actor: Actor, *topics: Topic) -> list[str]:
    return [kind for _, kind in await told(actor, 0, *topics)]


async def test_every_entry_of_a_timeline_has_a_place(world: World) -> None:
    await world.case()
    await feed.number()
    entries = await CaseEvent.all().order_by("id").values_list("id", flat=True)
    places = await Change.all().order_by("position").values_list("event_id", "position")
    assert places == [(event, number) for number, event in enumerate(entries, 1)]


async def test_what_was_rolled_back_is_not_told(world: World) -> None:
    case = await world.case()
    before = await feed.number()
    with suppress(RuntimeError):
        async with transaction():
            await notes.add(world["senior"], case.id, "یادداشت")
            raise RuntimeError
    assert await feed.number() == before
    assert await Change.filter(position=None).count() == 0


async def test_numbers_go_on(world: World) -> None:
    case = await world.case()
    first = await feed.number()
    await notes.add(world["senior"], case.id, "یکم")
    await notes.add(world["senior"], case.id, "دوم")
    assert await feed.latest() == first
    assert await feed.number() == await feed.latest() == first + 2
    page = await feed.read(world["supervisor"], first, [Topic.CASE_CHANGED])
    assert [(entry.position, entry.event.text) for entry in page.entries] == [
        (first + 1, "یکم"),
        (first + 2, "دوم"),
    ]
    assert [entry.case.id for entry in page.entries] == [case.id, case.id]


async def test_numbering_nothing_asks_twice(world: World) -> None:
    await world.case()
    await feed.number()
    with recorded() as statements:
        await feed.number()
    assert len(statements) == 2


async def test_two_at_once_give_each_number_once(world: World) -> None:
    case = await world.case()
    for _ in range(20):
        await notes.add(world["senior"], case.id, "یادداشت")
        await asyncio.gather(*(feed.number() for _ in range(4)))
    positions = [change.position for change in await Change.all().order_by("position")]
    assert positions == list(range(1, len(positions) + 1))


async def test_what_began_earlier_and_ends_later_is_not_missed(world: World) -> None:
    """PostgreSQL: an entry with a smaller id is committed after the reader has passed it."""
    if not is_postgres():
        pytest.skip("on SQLite one transaction writes at a time")
    slow, fast = await world.case(), await world.case(mobile="+989121230000")
    written, may_end = asyncio.Event(), asyncio.Event()

    async def begin_early() -> None:
        async with transaction():
            await notes.add(world["senior"], slow.id, "زودتر آغاز شد")
            written.set()
            await may_end.wait()

    start = await feed.number()
    early = asyncio.create_task(begin_early())
    await written.wait()
    await notes.add(world["senior"], fast.id, "زودتر پایان یافت")
    position = await feed.number()
    page = await feed.read(world["supervisor"], start, [Topic.CASE_CHANGED])
    assert [entry.event.text for entry in page.entries] == ["زودتر پایان یافت"]
    assert page.position == position
    may_end.set()
    await early
    await feed.number()
    rest = await feed.read(world["supervisor"], position, [Topic.CASE_CHANGED])
    assert [entry.event.text for entry in rest.entries] == ["زودتر آغاز شد"]
    assert rest.entries[0].event.id < page.entries[0].event.id


HEARING = ("supervisor", "senior", "head", "operator", "county", "provincial", "main", "inspector")


@pytest.mark.parametrize(
    ("who", "sees"),
    [
        *((who, True) for who in HEARING),
        *((who, False) for who in ("operator2", "fars", "senior_ene", "admin")),
    ],
)
async def test_each_hears_of_what_they_see(world: World, who: str, sees: bool) -> None:
    case = await world.case()
    await ordered(world, case)
    assert (EventKind.REGISTERED in await kinds(world[who])) is sees
    assigned = [EventKind.REFERRED] if sees else []
    assert await kinds(world[who], Topic.REFERRAL_ASSIGNED) == assigned


async def test_a_unit_hears_of_its_own_referrals_only(world: World) -> None:
    case = await world.case()
    await ordered(world, case, "EDU-c1", "EDU-p2")
    for unit in ("EDU-c1", "EDU-p2"):
        partner = await of_client(await client(world, unit, CASES_READ))
        await feed.number()
        page = await feed.read(partner, 0, [Topic.REFERRAL_ASSIGNED])
        [entry] = page.entries
        assert entry.referral is not None
        assert entry.referral.agency_id == world.units[unit].id
        heard = await kinds(partner)
        assert heard.count(EventKind.REFERRED) == 1
        assert EventKind.ORDER in heard


async def test_without_the_scope_nothing_is_told(world: World) -> None:
    await world.case()
    partner = await of_client(await client(world, "EDU", "figures:read"))
    assert await told(partner, 0, *EVERYTHING) == []


async def test_one_entry_under_two_topics(world: World) -> None:
    case = await world.case()
    start = await feed.number()
    await ordered(world, case)
    heard = await told(world["county"], start, *EVERYTHING)
    assert heard == [
        (Topic.CASE_CHANGED, EventKind.ORDER),
        (Topic.CASE_CHANGED, EventKind.REFERRED),
        (Topic.REFERRAL_ASSIGNED, EventKind.REFERRED),
    ]


async def test_warnings_of_the_clock(world: World) -> None:
    case = await world.case()
    current = await Round.get(case_id=case.id)
    start = await feed.number()
    world.clock.forward(hours=3, minutes=1)
    await ladder.climb(current.id)
    heard = await told(world["senior"], start, Topic.CLOCK_WARNING)
    assert [kind for _, kind in heard] == [EventKind.LADDER, EventKind.LADDER, EventKind.BREACH]
    assert await told(world["fars"], start, Topic.CLOCK_WARNING) == []


async def test_a_page_goes_on_where_it_ended(world: World) -> None:
    case = await world.case()
    for number in range(5):
        await notes.add(world["senior"], case.id, f"یادداشت {number}")
    last = await feed.number()
    position, found = 0, []
    for _ in range(10):
        page = await feed.read(world["senior"], position, [Topic.CASE_CHANGED], 2)
        found += [entry.position for entry in page.entries]
        position = page.position
        if not page.more:
            break
    assert found == list(range(1, last + 1))
    assert position == last


@pytest.mark.parametrize("topics", [[Topic.CASE_CHANGED], [Topic.REFERRAL_ASSIGNED]])
async def test_who_sees_nothing_moves_on_all_the_same(world: World, topics: list[Topic]) -> None:
    await world.case()
    last = await feed.number()
    page = await feed.read(world["fars"], 0, topics)
    assert (page.entries, page.position, page.more) == ([], last, False)


async def test_a_page_costs_the_same_however_long(world: World) -> None:
    costs = set()
    for mobile in ("+989121230001", "+989121230002", "+989121230003"):
        case = await world.case(mobile=mobile)
        [referral] = await ordered(world, case)
        await referrals.accept(world["county"], referral.id)
        await feed.number()
        with recorded() as statements:
            await feed.read(world["county"], 0, EVERYTHING)
        costs.add(len(statements))
    assert costs == {5}


async def test_a_week_is_kept(world: World) -> None:
    case = await world.case()
    old = await feed.number()
    world.clock.forward(days=6)
    await notes.add(world["senior"], case.id, "یادداشت تازه")
    world.clock.forward(days=1, minutes=1)
    again = await feed.prune()
    assert now() < again <= now() + timedelta(days=1)
    assert [change.position for change in await Change.all()] == [old + 1]
    page = await feed.read(world["senior"], old, [Topic.CASE_CHANGED])
    assert [entry.event.text for entry in page.entries] == ["یادداشت تازه"]
    with pytest.raises(DomainError) as refused:
        await feed.read(world["senior"], old - 1, [Topic.CASE_CHANGED])
    assert (refused.value.code, refused.value.field) == ("expired", "after")


async def test_numbers_never_begin_anew(world: World) -> None:
    case = await world.case()
    last = await feed.number()
    world.clock.forward(days=30)
    await feed.prune()
    assert await feed.latest() == last
    assert await Change.all().count() == 1
    await notes.add(world["senior"], case.id, "یادداشت")
    assert await feed.number() == last + 1
    assert len((await feed.read(world["senior"], last, [Topic.CASE_CHANGED])).entries) == 1


async def test_what_nobody_numbered_is_numbered_before_it_is_forgotten(world: World) -> None:
    await world.case()
    count = await Change.filter(position=None).count()
    await feed.prune()
    assert await feed.latest() == count


async def test_a_position_that_was_never_given(world: World) -> None:
    await world.case()
    last = await feed.number()
    with pytest.raises(DomainError) as refused:
        await feed.read(world["senior"], last + 1, [Topic.CASE_CHANGED])
    assert (refused.value.code, refused.value.field) == ("invalid", "after")


@given(st.integers(min_value=0, max_value=2**63 - 1))
def test_a_cursor_is_read_back(position: int) -> None:
    assert feed.position(feed.cursor(position)) == position


@given(st.text(max_size=40))
def test_any_text_is_a_position_or_refused(text: str) -> None:
    try:
        assert 0 <= feed.position(text) < 2**63
    except DomainError as refused:
        assert (refused.code, refused.field) == ("invalid", "after")


@pytest.mark.parametrize(
    "text", ["", "=", "abc", "LTE", "MTIuNQ", "۱۲", "OTk5OTk5OTk5OTk5OTk5OTk5OQ"]
)
def test_texts_that_are_no_cursor(text: str) -> None:
    with pytest.raises(DomainError):
        feed.position(text)
