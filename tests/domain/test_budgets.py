"""Budgets of clients and staff, and how processes share what they count."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from domain import budgets, clients
from domain.actors import CASES_READ, SYSTEM, Actor, of_client
from domain.budgets import Budget, Budgets, OverBudget
from models import Client, ClientUsage
from tests.support.queries import recorded
from tests.support.world import START, World


async def partner(agency: str = "EDU", requests: int = 5, cost: int = 20_000) -> Actor:
    client, _ = await clients.create(
        SYSTEM,
        agency,
        "سامانه",
        [CASES_READ],
        requests_per_minute=requests,
        cost_per_minute=cost,
    )
    return await of_client(client)


async def usage() -> list[tuple[str, int, int]]:
    rows = await ClientUsage.all().order_by("minute", "client_id")
    return [(row.client_id, row.requests, row.cost) for row in rows]


async def test_a_request_is_counted(world: World) -> None:
    actor = await partner()
    world.clock.forward(seconds=18)
    mine = Budgets()
    assert await mine.spend(actor, 100) == Budget(5, 4, 20_000, 19_900, 42)
    assert await mine.spend(actor, 0) == Budget(5, 3, 20_000, 19_900, 42)


async def test_too_many_requests(world: World) -> None:
    actor = await partner()
    mine = Budgets()
    for _ in range(5):
        await mine.spend(actor, 1)
    world.clock.forward(seconds=59.5)
    with pytest.raises(OverBudget) as error:
        await mine.spend(actor, 1)
    assert (error.value.code, error.value.retry_seconds) == ("rate_limited", 1)
    assert error.value.budget == Budget(5, 0, 20_000, 19_995, 1)
    assert "۱ ثانیه" in error.value.message("fa")
    world.clock.forward(seconds=0.5)
    assert (await mine.spend(actor, 1)).remaining == 4


async def test_too_dear_requests_are_not_counted(world: World) -> None:
    actor = await partner()
    mine = Budgets()
    await mine.spend(actor, 15_000)
    with pytest.raises(OverBudget) as error:
        await mine.spend(actor, 5_001)
    assert error.value.budget == Budget(5, 4, 20_000, 5_000, 60)
    assert (await mine.spend(actor, 5_000)).cost_remaining == 0


async def test_clients_do_not_spend_each_others_budget(world: World) -> None:
    mine = Budgets()
    first, second = await partner("EDU"), await partner("ENE")
    for _ in range(5):
        await mine.spend(first, 1)
    assert (await mine.spend(second, 1)).remaining == 4


async def test_two_processes_share_what_they_count(world: World) -> None:
    actor = await partner()
    one, other = Budgets(), Budgets()
    for process in (one, one, other):
        await process.spend(actor, 100)
    await one.share()
    await other.share()
    assert await usage() == [(actor.client_id, 3, 300)]
    assert (await other.spend(actor, 100)).remaining == 1
    assert (await one.spend(actor, 100)).remaining == 2
    await other.share()
    await one.share()
    assert await usage() == [(actor.client_id, 5, 500)]
    with pytest.raises(OverBudget):
        await one.spend(actor, 1)


async def test_a_process_that_starts_takes_over_what_was_counted(world: World) -> None:
    actor = await partner()
    one = Budgets()
    await one.spend(actor, 100)
    await one.share()
    assert (await Budgets().spend(actor, 100)).cost_remaining == 19_800


async def test_only_the_first_request_asks_the_database(world: World) -> None:
    actor = await partner()
    mine = Budgets()
    await mine.spend(actor, 1)
    with recorded() as statements:
        await mine.spend(actor, 1)
        world.clock.forward(minutes=1)
        await mine.spend(actor, 1)
    assert statements == []


async def test_sharing_is_one_upsert_for_all_clients_and_minutes(world: World) -> None:
    first, second = await partner("EDU"), await partner("ENE")
    mine = Budgets()
    await mine.spend(second, 7)
    await mine.spend(first, 5)
    world.clock.forward(minutes=1)
    await mine.spend(first, 6)
    with recorded() as statements:
        await mine.share()
    assert len([text for text in statements if "INSERT" in str(text)]) == 1
    assert len(statements) == 3
    before = sorted([(first.client_id, 1, 5), (second.client_id, 1, 7)])
    assert await usage() == [*before, (first.client_id, 1, 6)]
    with recorded() as statements:
        await mine.share()
    assert statements == []


async def test_what_is_counted_while_sharing_is_kept(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    actor = await partner()
    mine = Budgets()
    await mine.spend(actor, 1)
    add = budgets._add

    async def slow(told: Any) -> Any:
        await mine.spend(actor, 2)
        return await add(told)

    with monkeypatch.context() as patch:
        patch.setattr(budgets, "_add", slow)
        await mine.share()
    assert await usage() == [(actor.client_id, 1, 1)]
    assert (await mine.spend(actor, 4)).cost_remaining == 20_000 - 7
    await mine.share()
    assert await usage() == [(actor.client_id, 3, 7)]


async def test_what_could_not_be_shared_is_shared_later(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    actor = await partner()
    mine = Budgets()
    await mine.spend(actor, 3)

    async def broken(_told: Any) -> Any:
        raise OSError("no database")

    stop = asyncio.Event()
    stop.set()
    with monkeypatch.context() as patch, capture_logs() as lines:
        patch.setattr(budgets, "_add", broken)
        await mine.keep_sharing(stop)
    assert [line["event"] for line in lines] == ["budgets not shared"]
    await mine.spend(actor, 4)
    await mine.keep_sharing(stop)
    assert await usage() == [(actor.client_id, 2, 7)]


async def test_a_deleted_client_keeps_nobody_else_from_sharing(world: World) -> None:
    gone, there = await partner("EDU"), await partner("ENE")
    mine = Budgets()
    await mine.spend(gone, 1)
    await mine.spend(there, 1)
    await Client.filter(id=gone.client_id).delete()
    await mine.share()
    assert await usage() == [(there.client_id, 1, 1)]


async def test_a_changed_budget_is_heeded(world: World) -> None:
    actor = await partner(requests=1)
    mine = Budgets()
    await mine.spend(actor, 1)
    await mine.share()
    with pytest.raises(OverBudget):
        await mine.spend(actor, 1)
    assert actor.client_id is not None
    await clients.change(
        world["admin"],
        actor.client_id,
        scopes=[CASES_READ],
        expires_at=None,
        requests_per_minute=9,
        cost_per_minute=30_000,
    )
    await mine.share()
    assert await mine.spend(actor, 1) == Budget(9, 7, 30_000, 29_998, 60)


async def test_when_a_client_was_last_here_is_noted_once_a_minute(world: World) -> None:
    actor = await partner(requests=100)
    mine = Budgets()
    seen = []
    for seconds in (0, 30, 30):
        world.clock.forward(seconds=seconds)
        await mine.spend(actor, 1)
        await mine.share()
        seen.append((await Client.get(id=actor.client_id)).last_used_at)
    assert seen == [START, START, START + timedelta(minutes=1)]
    assert (await Client.get(id=actor.client_id)).version == 1


async def test_who_does_not_come_any_more_is_forgotten(world: World) -> None:
    gone, there = await partner("EDU"), await partner("ENE")
    mine = Budgets()
    await mine.spend(gone, 1)
    await mine.share()
    world.clock.forward(minutes=5)
    await mine.spend(there, 1)
    await mine.share()
    assert set(mine._accounts) == {there.client_id}
    assert set(mine._used_at) == {there.client_id}


async def test_staff_have_a_generous_budget_in_memory(world: World) -> None:
    mine = Budgets()
    with recorded() as statements:
        budget = await mine.spend(world["senior"], 10)
        await mine.spend(world["supervisor"], 10)
        await mine.share()
    assert (budget.limit, budget.remaining) == (budgets.STAFF_REQUESTS, budgets.STAFF_REQUESTS - 1)
    assert statements == []
    with pytest.raises(OverBudget):
        await mine.spend(world["senior"], budgets.STAFF_COST)


async def test_old_usage_is_deleted(world: World) -> None:
    actor = await partner()
    mine = Budgets()
    await mine.spend(actor, 1)
    await mine.share()
    world.clock.forward(hours=24)
    await mine.spend(actor, 2)
    await mine.share()
    world.clock.forward(hours=24)
    again = await budgets.prune()
    assert len(await usage()) == 2
    world.clock.forward(minutes=1)
    await budgets.prune()
    assert await usage() == [(actor.client_id, 1, 2)]
    assert again > START
