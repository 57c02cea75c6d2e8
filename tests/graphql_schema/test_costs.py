"""How many statements a mutation sends, beside those of identifying who asks.

On the write path every statement is a wait for the database: one more needs a reason.
"""

from __future__ import annotations

import pytest

from tests.graphql_schema.conftest import Apis
from tests.graphql_schema.scenarios import SCENARIOS, Scenario
from tests.support.queries import recorded
from tests.support.world import World

AT_MOST = {
    "registerCase": 17,
    "acceptReferral": 10,
    "referCase": 20,
    "reportReferral": 16,
    "orderAction": 21,
    "recordResult": 18,
}
"""Counted with an idempotency key and a payload that asks for nothing related."""
COUNTED = [scenario for scenario in SCENARIOS if scenario.mutation in AT_MOST]


@pytest.mark.parametrize("scenario", COUNTED, ids=lambda scenario: scenario.mutation)
async def test_statements_of_a_mutation(scenario: Scenario, world: World, api: Apis) -> None:
    given = {**await scenario.arrange(world), "idempotencyKey": "k"}
    actor = await api(scenario.who)
    await actor.ask("{ viewer { name } }")  # the first request of a process opens an account
    with recorded() as statements:
        done = await actor.do(scenario.mutation, scenario.selection, **given)
    assert done["errors"] == []
    assert len(statements) <= AT_MOST[scenario.mutation], statements


async def test_a_repeat_only_looks_up_what_was_done(world: World, api: Apis) -> None:
    scenario = next(item for item in SCENARIOS if item.mutation == "registerCase")
    given = {**await scenario.arrange(world), "idempotencyKey": "k"}
    actor = await api(scenario.who)
    first = await actor.do(scenario.mutation, scenario.selection, **given)
    with recorded() as statements:
        assert await actor.do(scenario.mutation, scenario.selection, **given) == first
    assert len(statements) == 3, statements
