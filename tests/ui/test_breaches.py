"""The list of breaches: who reads it, the head's explanation, refusals that change nothing."""

from __future__ import annotations

import httpx2
import pytest

from models import Breach, CaseEvent
from tests.domain.test_six_steps import run_jobs
from tests.support.queries import recorded
from tests.support.web import application, browser, signed_in
from tests.support.world import World
from ui import breaches

APP = application(breaches.routes)
TEXT = "سامانه شهرستان قطع بود و جایگزینی پیش‌بینی نشده بود."


async def of(world: World, name: str) -> httpx2.AsyncClient:
    return browser(APP, token=await signed_in(world.users[name]))


@pytest.fixture
async def breach(world: World) -> Breach:
    case = await world.case()
    world.clock.forward(hours=4)
    await run_jobs()
    return await Breach.get(case_id=case.id)


@pytest.mark.parametrize(
    ("name", "may"), [("head", True), ("senior", False), ("supervisor", False)]
)
async def test_who_reads_and_who_explains(
    world: World, breach: Breach, name: str, may: bool
) -> None:
    shown = await (await of(world, name)).get("/breaches")
    assert shown.status_code == 200
    assert "باز نبودن باجه" in shown.text
    assert (f"/breaches/{breach.id}/explain" in shown.text) is may


@pytest.mark.parametrize("name", ["operator", "county", "inspector", "admin"])
async def test_the_page_is_not_there_for_other_roles(
    world: World, breach: Breach, name: str
) -> None:
    assert (await (await of(world, name)).get("/breaches")).status_code == 404


async def test_the_explanation_is_recorded_once(world: World, breach: Breach) -> None:
    head = await of(world, "head")
    form = {f"explanation-{breach.id}": TEXT}
    answer = await head.post(f"/breaches/{breach.id}/explain", data=form)
    assert answer.headers["location"] == "/breaches?done=explained"
    await breach.refresh_from_db()
    assert breach.explanation == TEXT
    assert TEXT in (await head.get("/breaches?tab=explained")).text
    assert TEXT not in (await head.get("/breaches")).text
    again = await head.post(f"/breaches/{breach.id}/explain", data=form | {"x": "y"})
    assert again.status_code == 422
    assert await CaseEvent.filter(kind="breach_explained").count() == 1


@pytest.mark.parametrize("text", ["", "کوتاه", "ت" * 2001, "نویسه\x00 کنترل در متن"])
async def test_bad_explanations(world: World, breach: Breach, text: str) -> None:
    head = await of(world, "head")
    name = f"explanation-{breach.id}"
    answer = await head.post(f"/breaches/{breach.id}/explain", data={name: text})
    assert answer.status_code == 422
    assert f'href="#f-{name}"' in answer.text
    assert f'id="f-{name}-error"' in answer.text
    await breach.refresh_from_db()
    assert breach.explained_at is None


@pytest.mark.parametrize(
    ("name", "status"), [("supervisor", 403), ("senior", 403), ("senior_ene", 404), ("county", 404)]
)
async def test_only_the_head_explains(world: World, breach: Breach, name: str, status: int) -> None:
    form = {f"explanation-{breach.id}": TEXT}
    answer = await (await of(world, name)).post(f"/breaches/{breach.id}/explain", data=form)
    assert answer.status_code == status
    await breach.refresh_from_db()
    assert breach.explained_at is None


async def test_cost_and_sign_in(world: World, breach: Breach) -> None:
    head = await of(world, "head")
    with recorded() as statements:
        await head.get("/breaches")
    assert len(statements) <= 2 + 3 + 1
    assert (await browser(APP).get("/breaches")).headers["location"] == "/login?next=/breaches"
