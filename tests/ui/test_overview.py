"""Today's figures: what they count, under whose eyes, and the histogram."""

from __future__ import annotations

import re

import httpx2
import pytest

from domain import questions
from domain.figures import Waiting
from models import Feedback, Round
from tests.domain.test_six_steps import answer_by_county, run_jobs
from tests.support.queries import recorded
from tests.support.web import application, browser, signed_in
from tests.support.world import World
from ui import overview

APP = application(overview.routes)


async def of(world: World, name: str) -> httpx2.AsyncClient:
    return browser(APP, token=await signed_in(world.users[name]))


async def busy_day(world: World) -> None:
    """One answered in time and praised, one answered late and blamed, one that waits."""
    good, bad, waits = await world.case(), await world.case(), await world.case()
    world.clock.forward(hours=1)
    await questions.ask(world["senior"], waits.id, "شماره درخواست چیست؟")
    await answer_by_county(world, good)
    world.clock.forward(hours=3)
    await answer_by_county(world, bad)
    for case, rating in ((good, 5), (bad, 2)):
        current = await Round.get(case_id=case.id)
        await Feedback.create(case=case, round=current, rating=rating, created_at=world.clock())
    await run_jobs()


def tiles(html: str) -> dict[str, str]:
    found = re.findall(r'tile-label">([^<]+)</span><span class="tile-value">([^<]+)<', html)
    return dict(found)


def lines(html: str) -> dict[str, list[str]]:
    rows = re.findall(r'<tr><th scope="row">([^<]+)</th>(.*?)</tr>', html, re.DOTALL)
    return {name: re.findall(r"<td[^>]*>([^<]+)</td>", cells) for name, cells in rows}


async def test_today_in_figures(world: World) -> None:
    await busy_day(world)
    await world.case(agency="ENE", indicator="I3")
    shown = (await (await of(world, "supervisor")).get("/overview")).text
    assert tiles(shown) == {
        "ثبت‌شده امروز": "۴",
        "پاسخ داده‌شده امروز": "۲",
        "پاسخ در ۳ ساعت": "۵۰٪",
        "میانه زمان پاسخ": "۶۰",
        "در انتظار پاسخ": "۲",
        "نقض مهلت امروز": "۱",
        "رضایت شهروندان": "۵۰٪",
        "بازگشایی": "۰٪",
    }
    table = lines(shown)
    assert table["وزارت آموزش و پرورش"] == ["۳", "۲", "۵۰٪", "۵۰٪"]
    assert table["وزارت نیرو"] == ["۱", "۰", "–", "–"]
    assert table["گیلان"][0] == "۴"
    assert table["زمان قانونی شروع و پایان خدمت"][0] == "۳"
    assert (table["گذشته از مهلت"], table["در انتظار شهروند"]) == (["۰"], ["۱"])


@pytest.mark.parametrize(
    ("name", "registered", "whose"),
    [
        ("senior", "۳", "وزارت آموزش و پرورش"),
        ("senior_ene", "۰", "وزارت نیرو"),
        ("county", "۲", "اداره آموزش و پرورش شهرستان رشت"),
        ("operator2", "۰", "پرونده‌های شما"),
        ("admin", "۳", "سراسر کشور"),
    ],
)
async def test_figures_follow_visibility(
    world: World, name: str, registered: str, whose: str
) -> None:
    await busy_day(world)
    shown = (await (await of(world, name)).get("/overview")).text
    assert tiles(shown)["ثبت‌شده امروز"] == registered
    assert whose in shown
    assert ("به تفکیک دستگاه" in shown) is (name == "admin")


@pytest.mark.parametrize("name", ["operator", "senior", "county", "head", "supervisor", "admin"])
async def test_the_page_for_every_role(world: World, name: str) -> None:
    await busy_day(world)
    page = await of(world, name)
    shown = await page.get("/overview")
    assert shown.status_code == 200
    for text in ("پاسخ در ۳ ساعت", "بازه ۹۵٪", "در انتظار پاسخ", "<caption>", "every 30s"):
        assert text in shown.text
    for path, text in (("figures", "پاسخ در ۳ ساعت"), ("tables", "به تفکیک شاخص")):
        fresh = await page.get(f"/overview/{path}", headers={"hx-request": "true"})
        assert "<html" not in fresh.text
        assert text in fresh.text


async def test_an_empty_day(world: World) -> None:
    shown = await (await of(world, "supervisor")).get("/overview")
    assert "هنوز پاسخی نیست" in shown.text
    assert (await browser(APP).get("/overview")).headers["location"] == "/login?next=/overview"


async def test_cost_does_not_grow(world: World) -> None:
    await busy_day(world)
    supervisor = await of(world, "supervisor")
    for path, most in (("/overview/figures", 1 + 9), ("/overview/tables", 1 + 24)):
        with recorded() as statements:
            assert (await supervisor.get(path)).status_code == 200
        assert len(statements) <= most, path


def test_bars_are_seen_however_small() -> None:
    bars = overview.bars(Waiting(over=1000, longer=1))
    assert [bar["height"] for bar in bars] == [100, 0, 0, 0, 2, 0]
    assert overview.bars(Waiting())[0]["height"] == 0
