"""Finding cases: by code, number and words, never beyond what the actor may see."""

from __future__ import annotations

import pytest

from domain import calls, search, tracking_code
from domain.errors import DomainError
from models import Case
from tests.support.life import ordered
from tests.support.world import MOBILE, World


async def found(world: World, name: str, query: object) -> list[int]:
    return [row.id for row in await search.cases(world[name], query)]


@pytest.mark.parametrize(
    "query",
    ["باجه پذيرش", "  پذیرش   باجه ", "ساعت ۹ مراجعه", "ساعت ٩", "ساعت 9", "كردم", "پذ یرش"[:2]],
)
async def test_words_however_they_are_written(world: World, query: str) -> None:
    case = await world.case()
    assert await found(world, "senior", query) == [case.id]
    assert await found(world, "senior_ene", query) == []


@pytest.mark.parametrize("query", ["باجه فضاپیما", "%%", "__", "' or 1=1 --", "\\%"])
async def test_nothing_matches(world: World, query: str) -> None:
    await world.case()
    assert await found(world, "senior", query) == []


async def test_a_code_in_any_form(world: World) -> None:
    case = await world.case()
    other = await world.case()
    for form in (case.tracking_code, tracking_code.display(case.tracking_code)):
        assert await found(world, "supervisor", form) == [case.id]
        assert await found(world, "county", form) == []
    [_referral] = await ordered(world, other)
    assert await found(world, "county", other.tracking_code) == [other.id]


@pytest.mark.parametrize("query", ["09121234567", "+98 912 123 4567", "۰۹۱۲۱۲۳۴۵۶۷"])
async def test_a_number_only_for_who_may_see_numbers(world: World, query: str) -> None:
    case = await world.case(MOBILE)
    assert await found(world, "supervisor", query) == [case.id]
    assert await found(world, "operator", query) == [case.id]
    assert await found(world, "operator2", query) == []
    for name in ("senior", "head", "admin", "inspector", "county"):
        assert await found(world, name, query) == []


async def test_an_operator_finds_their_own_and_the_callers(world: World) -> None:
    case = await world.case()
    assert await found(world, "operator2", "باجه") == []
    call = await calls.announce("again", "ringing", MOBILE, world.clock.at)
    await calls.take(world["operator2"], call.id)
    assert await found(world, "operator2", "باجه") == [case.id]
    await calls.hang_up(world["operator2"], call.id)
    assert await found(world, "operator2", "باجه") == []


async def test_newest_first_up_to_the_limit(world: World) -> None:
    cases = [await world.case() for _ in range(3)]
    rows = await search.cases(world["senior"], "باجه", limit=2)
    assert [row.id for row in rows] == [cases[2].id, cases[1].id]
    assert rows[0].agency.code == "EDU-c1", "what a list shows is loaded"


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("", "required"),
        ("ب", "too_short"),
        ("ب" * 121, "too_long"),
        (None, "invalid"),
        ([], "invalid"),
    ],
)
async def test_what_cannot_be_searched(world: World, query: object, code: str) -> None:
    with pytest.raises(DomainError) as refused:
        await search.cases(world["senior"], query)
    assert (refused.value.code, refused.value.field) == (code, "q")
    assert not await Case.exists()
