"""Late answers: the supervisor's list."""

from __future__ import annotations

import httpx2
import pytest

from models import Case
from tests.support.life import answered, asked, run_jobs, text_in
from tests.support.web import application, browser, signed_in
from tests.support.world import World
from ui import late_answers

APP = application(late_answers.routes)


async def of(world: World, name: str) -> httpx2.AsyncClient:
    return browser(APP, token=await signed_in(world.users[name]))


async def late(world: World, mobile: str, score: str, subject: str) -> Case:
    case = await answered(world, await world.case(mobile, subject=subject))
    await asked(world, case)
    world.clock.forward(hours=73)
    await run_jobs()
    await text_in(score, mobile)
    return case


async def test_the_list(world: World) -> None:
    good = await late(world, "+989123330001", "5", "نبود نوبت‌دهی")
    bad = await late(world, "+989123330002", "1 هنوز بسته است", "باز نبودن باجه")
    client = await of(world, "supervisor")
    decide = (await client.get("/late-answers")).text
    assert f'href="/cases/{bad.id}"' in decide and f'href="/cases/{good.id}"' not in decide
    assert "هنوز بسته است" in decide
    every = (await client.get("/late-answers?tab=all")).text
    assert f'href="/cases/{bad.id}"' in every and f'href="/cases/{good.id}"' in every
    assert "۹۱۲۳۳۳" not in every


async def test_nothing_there(world: World) -> None:
    client = await of(world, "supervisor")
    assert "پاسخی برای تصمیم نیست" in (await client.get("/late-answers")).text
    assert "پاسخ دیرهنگامی نیست" in (await client.get("/late-answers?tab=all")).text


@pytest.mark.parametrize("name", ["operator", "senior", "head", "admin", "county"])
async def test_only_supervisors(world: World, name: str) -> None:
    assert (await (await of(world, name)).get("/late-answers")).status_code == 404
