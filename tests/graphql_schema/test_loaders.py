"""How many statements the main documents cost: the same for two cases as for twelve."""

from __future__ import annotations

import pytest

import models
from domain import review
from tests.graphql_schema.conftest import Apis, gid
from tests.graphql_schema.test_queries import EVERYTHING, handled
from tests.support.queries import recorded
from tests.support.world import World

LISTS = {
    "cases": (
        10,
        """{ cases { nodes { id status agency { code place { path } } mainAgency { code hasSenior }
             place { path } indicator { code } clock { remainingSeconds pausedSeconds }
             permittedActs otherIndicators { code } } } }""",
    ),
    "work list": (
        1,
        """{ referrals { nodes { status agency { code } permittedActs
             case { trackingCode subject place { path } indicator { code } } } } }""",
    ),
    "everything of many cases": (
        15,
        """{ cases(first: 12) { nodes { rounds { result feedback { rating } breach { id } }
             referrals { agency { code } } orders { text issuedBy } questions { text }
             messages { state steps { state by } }
             timeline(first: 5) { nodes { kind actorName } } } } }""",
    ),
    "agencies": (5, "{ agencies { nodes { code hasSenior parent { code } place { path } } } }"),
}


@pytest.mark.parametrize("name", LISTS)
async def test_a_list_costs_the_same_however_long(world: World, api: Apis, name: str) -> None:
    expected, query = LISTS[name]
    senior = await api("senior")
    for count in (2, 10):
        for number in range(count):
            case = await world.case(f"+98935000{count:02}{number:02}")
            await review.order(world["senior"], case.id, "بررسی و رفع مشکل", ["EDU-p1", "EDU-p2"])
        with recorded() as statements:
            await senior.ask(query)
        assert len(statements) == expected, "\n".join(statements)


async def test_one_whole_case(world: World, api: Apis) -> None:
    case = await handled(world)
    senior = await api("senior")
    with recorded() as statements:
        await senior.ask(EVERYTHING, code=case.tracking_code)
    assert len(statements) == 38, "\n".join(statements)


async def test_ids_of_one_kind_are_read_together(world: World, api: Apis) -> None:
    cases = [await world.case(f"+9893500000{number:02}") for number in range(3)]
    supervisor = await api("supervisor")
    with recorded() as statements:
        await supervisor.ask(
            "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=[gid(case) for case in cases]
        )
    assert len(statements) == 1


async def test_the_schema_and_the_viewer_read_nothing(world: World, api: Apis) -> None:
    with recorded() as statements:
        await (await api("supervisor")).ask("{ viewer { name scopes } __typename }")
    assert statements == []
    assert await models.Case.all().count() == 0
