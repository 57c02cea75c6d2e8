"""Rules of the service that are data."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain import rules
from domain.rules import Rules, Rung
from models import ServiceRule
from models.enums import LadderRung
from tests.support.world import START, World


async def test_without_rows_the_defaults_hold(world: World) -> None:
    assert await rules.load() == Rules()
    assert Rules().clock == timedelta(hours=3)


async def test_a_row_overrides_one_rule(world: World) -> None:
    await rules.store("limit", 60)
    await rules.store("limit", 90)
    loaded = await rules.load()
    assert loaded.clock == timedelta(minutes=90) and loaded.feedback_hours == 72
    case = await world.case()
    assert case.due_at == START + timedelta(minutes=90)


async def test_a_ladder_is_read_as_rungs(world: World) -> None:
    await rules.store(
        "ladder",
        [
            {"code": "breach", "percent": 100},
            {"code": "of_the_future", "percent": 10},
            {"code": "centre", "after_hours": 2},
        ],
    )
    assert (await rules.load()).ladder == (
        Rung(LadderRung.BREACH, 100),
        Rung(LadderRung.CENTRE, 0, 2),
    )


async def test_an_older_release_ignores_what_it_does_not_know(world: World) -> None:
    await ServiceRule.create(key="of_the_future", value=1)
    assert await rules.load() == Rules()


async def test_an_unknown_rule_is_not_stored(world: World) -> None:
    with pytest.raises(KeyError):
        await rules.store("clock", 1)
    assert not await ServiceRule.exists()
