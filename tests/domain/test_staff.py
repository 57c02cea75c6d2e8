"""Nobody's work goes to an empty chair."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain import staff
from domain.actors import CASES_READ, CASES_WRITE
from models import User
from tests.support.life import ordered
from tests.support.world import START, World, client


async def off(world: World, *names: str) -> None:
    await User.filter(username__in=names).update(active=False)


async def attended(world: World, code: str) -> str | None:
    unit = await staff.attended_unit(world.units[code])
    return unit.code if unit else None


def names(users: list[User]) -> set[str]:
    return {user.username for user in users}


async def test_the_way_up(world: World) -> None:
    chain = await staff.ancestry(world.units["EDU-c1"])
    assert [unit.code for unit in chain] == ["EDU", "EDU-S", "EDU-p1", "EDU-c1"]


async def test_the_first_present_on_the_way_up(world: World) -> None:
    for gone, expected in [
        (None, "EDU-c1"),
        ("county", "EDU-p1"),
        ("provincial", "EDU-S"),
        ("subsidiary", "EDU"),
        ("main", None),
    ]:
        if gone:
            await off(world, gone)
        assert await attended(world, "EDU-c1") == expected


async def test_who_attends_a_unit(world: World) -> None:
    people = await User.filter(agency_id=world.units["EDU"].id)
    assert staff.is_attended(people, [])
    assert not staff.is_attended([user for user in people if user.username != "main"], [])
    for scopes, attends in (([CASES_READ], False), ([CASES_READ, CASES_WRITE], True)):
        row = await client(world, "ENE", *scopes)
        assert staff.is_attended([], [row]) is attends
        await row.delete()


async def test_a_partner_that_may_write_is_present(world: World) -> None:
    await off(world, "county")
    row = await client(world, "EDU-c1", CASES_READ)
    assert await attended(world, "EDU-c1") == "EDU-p1"
    row.scopes = [CASES_READ, CASES_WRITE]
    await row.save()
    assert await attended(world, "EDU-c1") == "EDU-c1"
    row.expires_at = START - timedelta(seconds=1)
    await row.save()
    assert await attended(world, "EDU-c1") == "EDU-p1"
    row.expires_at = None
    row.revoked_at = START
    await row.save()
    assert await attended(world, "EDU-c1") == "EDU-p1"


@pytest.mark.parametrize(("code", "expected"), [("EDU", True), ("ENE", True), ("CUL", False)])
async def test_who_has_a_senior(world: World, code: str, expected: bool) -> None:
    assert await staff.has_senior(world.units[code].id) is expected


async def test_seniors_of_many_at_once(world: World) -> None:
    ids = [world.units[code].id for code in ("EDU", "ENE", "CUL")]
    assert await staff.with_senior(ids) == set(ids[:2])
    await client(world, "CUL", CASES_WRITE)
    await off(world, "senior")
    assert await staff.with_senior(ids) == set(ids[1:])
    assert await staff.with_senior([]) == set()


async def test_whose_turn_it_is(world: World) -> None:
    case = await world.case()
    assert names(await staff.holders(case)) == {"senior"}
    await ordered(world, case, "EDU-c1", "EDU-p1")
    await case.refresh_from_db()
    assert names(await staff.holders(case)) == {"county", "provincial"}
    waiting = await world.case(agency="CUL")
    assert names(await staff.holders(waiting)) == {"supervisor"}


async def test_heads_from_the_unit_upwards_then_the_centre(world: World) -> None:
    assert names(await staff.heads(world.units["EDU-c1"])) == {"head"}
    assert names(await staff.heads(world.units["ENE"])) == {"supervisor"}
    assert names(await staff.centre_heads()) == {"centre_head"}


async def test_who_was_switched_off_is_nowhere(world: World) -> None:
    await off(world, "senior", "county", "supervisor", "centre_head", "head")
    edu = world.units["EDU"]
    assert await staff.seniors(edu.id) == await staff.supervisors() == []
    assert await staff.centre_heads() == await staff.coordinators(world.units["EDU-c1"].id) == []
