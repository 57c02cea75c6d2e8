"""A breach is explained once, by a head of the agency in charge (A5)."""

from __future__ import annotations

import pytest

from domain import breaches
from models import Breach, Case, CaseEvent
from tests.support.life import run_jobs
from tests.support.refusals import BAD_KEYS, refused, refuses, refuses_texts
from tests.support.world import World

WHY = "کارمند باجه در مرخصی بود و جایگزین نداشت"


async def breached(world: World) -> tuple[Case, Breach]:
    case = await world.case()
    world.clock.forward(hours=3)
    await run_jobs()
    return case, await Breach.get(case_id=case.id)


async def test_the_head_explains_once(world: World) -> None:
    case, row = await breached(world)
    world.clock.forward(minutes=5)
    await breaches.explain(world["head"], row.id, WHY)
    await row.refresh_from_db()
    await case.refresh_from_db()
    assert (row.explanation, row.explained_at) == (WHY, world.clock.at)
    assert row.explained_by_id == world.users["head"].id and case.updated_at == world.clock.at
    entry = await CaseEvent.filter(case_id=case.id).order_by("-id").first()
    assert entry is not None and (entry.kind, entry.text) == ("breach_explained", WHY)
    await refused(breaches.explain(world["head"], row.id, WHY), "already_done")


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("senior", "forbidden"),
        ("supervisor", "forbidden"),
        ("centre_head", "forbidden"),
        ("inspector", "forbidden"),
        ("operator", "forbidden"),
        ("county", "not_found"),
        ("senior_ene", "not_found"),
        ("admin", "not_found"),
    ],
)
async def test_nobody_else_explains(world: World, name: str, code: str) -> None:
    _, row = await breached(world)
    await refused(breaches.explain(world[name], row.id, WHY), code)


async def test_not_on_an_older_version(world: World) -> None:
    case, row = await breached(world)
    await case.refresh_from_db()
    await refused(breaches.explain(world["head"], row.id, WHY, case.version - 1), "stale")
    await breaches.explain(world["head"], row.id, WHY, case.version)


async def test_bad_input(world: World) -> None:
    _, row = await breached(world)
    await refuses_texts(
        lambda text: breaches.explain(world["head"], row.id, text), "explanation", 10, 2000
    )
    await refuses(
        lambda key: breaches.explain(world["head"], key, WHY),  # type: ignore[arg-type]
        BAD_KEYS,
        ("not_found", "breach"),
    )
