"""Open cases that may be about the same incident (design §3)."""

from __future__ import annotations

from domain import closing, lookalikes
from domain.lookalikes import MIN_SIMILARITY
from models import Case, Incident
from tests.support.life import answered, asked, text_in
from tests.support.world import World

TEXT = "باجه پذیرش صبح بسته بود و کسی نبود"


async def found(world: World, text: str = TEXT, indicator: str = "I5", **where: str) -> list[int]:
    unit = world.units[where.get("agency", "EDU-c1")]
    rows = await lookalikes.find(unit.id, where.get("place", "v1"), indicator, text)
    assert all(MIN_SIMILARITY <= likeness <= 1 for _, likeness in rows)
    assert [likeness for _, likeness in rows] == sorted((s for _, s in rows), reverse=True)
    return [case.id for case, _ in rows]


async def test_the_most_similar_comes_first(world: World) -> None:
    other = await world.case(subject="رفتار نامناسب", text="کارمند با لحن بد پاسخ داد")
    same = await world.case()
    assert await found(world) == [same.id, other.id]


async def test_spelling_does_not_matter(world: World) -> None:
    case = await world.case(indicator="I1", text="باجه‌ی پذيرش تا ساعت ۱۰ بسته بود كاملا")
    assert await found(world, "باجه‌ی پذیرش تا ساعت 10 بسته بود کاملاً") == [case.id]


async def test_same_agency_and_place_only(world: World) -> None:
    await world.case()
    assert await found(world, agency="EDU-p1") == []
    assert await found(world, place="c1") == []


async def test_neither_words_nor_indicator_in_common(world: World) -> None:
    await world.case()
    assert await found(world, "هیچ ربطی ندارد", indicator="I8") == []
    assert await found(world, "", indicator="I8") == []


async def test_only_open_cases_of_a_fortnight(world: World) -> None:
    case = await world.case()
    world.clock.forward(days=14)
    assert await found(world) == [case.id]
    world.clock.forward(seconds=1)
    assert await found(world) == []


async def test_ended_cases_are_none(world: World) -> None:
    withdrawn, closed, open_ = await world.case(), await world.case(), await world.case()
    await closing.withdraw(world["operator"], withdrawn.id, "حل شد")
    await answered(world, closed)
    assert set(await found(world)) == {closed.id, open_.id}
    await asked(world, closed)
    await text_in("5")
    assert await found(world) == [open_.id]


async def test_no_more_than_asked_for(world: World) -> None:
    for _ in range(7):
        await world.case()
    assert len(await found(world)) == 5


async def test_an_incident_is_made_once(world: World) -> None:
    case = await world.case()
    stale = await Case.get(id=case.id)
    first = await lookalikes.incident_of(case)
    assert (await lookalikes.incident_of(stale)).id == first.id
    assert first.title == case.subject and await Incident.all().count() == 1
