"""What anybody may read, and that no figure rests on fewer than five cases."""

from __future__ import annotations

import pytest

from models import Case, Feedback, Round
from models.enums import CaseStatus
from tests.domain.test_six_steps import answer_by_county
from tests.support.web import application, browser, signed_in
from tests.support.world import World
from ui import public

APP = application(public.routes)


@pytest.mark.parametrize("path", ["/", "/about", "/public/"])
async def test_public_pages_need_no_sign_in(world: World, path: str) -> None:
    shown = await browser(APP).get(path)
    assert shown.status_code == 200
    assert shown.text.count("<h1") == 1
    assert "۱۲۸" in shown.text


@pytest.mark.parametrize(
    ("name", "home"),
    [
        ("operator", "/operator"),
        ("senior", "/queue"),
        ("county", "/queue"),
        ("head", "/breaches"),
        ("inspector", "/cases"),
        ("supervisor", "/queue"),
        ("admin", "/admin/people"),
    ],
)
async def test_who_is_signed_in_goes_to_their_work(world: World, name: str, home: str) -> None:
    page = browser(APP, token=await signed_in(world.users[name]))
    answer = await page.get("/")
    assert (answer.status_code, answer.headers["location"]) == (303, home)


async def test_no_figure_rests_on_fewer_than_five_cases(world: World) -> None:
    page = browser(APP)
    cases = [await world.case(text="متن محرمانه شکایت اینجاست") for _ in range(4)]
    for case in cases:
        await answer_by_county(world, case)
        current = await Round.get(case_id=case.id)
        await Feedback.create(case=case, round=current, rating=5, created_at=world.clock())
    shown = (await page.get("/public/")).text
    assert "tile-value" not in shown
    assert "هنوز رقمی برای انتشار نیست" in shown

    fifth = await world.case()
    shown = (await page.get("/public/")).text
    assert "ثبت‌شده امروز" in shown
    assert "پاسخ در ۳ ساعت" not in shown
    assert "رضایت شهروندان" in shown  # in the sentence only
    assert shown.count("tile-value") == 1

    await answer_by_county(world, fifth)
    shown = (await page.get("/public/")).text
    assert "۱۰۰٪" in shown
    assert shown.count("tile-value") == 2
    for secret in ("متن محرمانه", "آموزش و پرورش", "علی‌آباد"):
        assert secret not in shown


async def test_out_of_scope_cases_are_not_counted(world: World) -> None:
    for _ in range(5):
        await world.case()
    await Case.all().update(status=CaseStatus.OUT_OF_SCOPE)
    assert "tile-value" not in (await browser(APP).get("/public/")).text
