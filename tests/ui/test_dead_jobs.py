"""The page of jobs that were given up."""

from __future__ import annotations

import httpx2
import pytest

from domain import jobs, work
from models import Job
from tests.support.queries import recorded
from tests.support.unchanged import unchanged
from tests.support.web import application, browser, signed_in
from tests.support.world import World
from ui import dead_jobs

APP = application(dead_jobs.routes)


async def of(world: World, name: str) -> httpx2.AsyncClient:
    return browser(APP, token=await signed_in(world.users[name]))


async def dead(world: World, number: int = 1) -> Job:
    key = f"ladder:{number}"
    await jobs.enqueue("ladder", key, subject_id=number)
    await Job.filter(key=key).update(attempts=jobs.MAX_ATTEMPTS - 1)
    await jobs.fail(await Job.get(key=key), "ValueError")
    return await Job.get(key=key)


async def test_a_dead_job_with_its_error(world: World) -> None:
    await dead(world)
    world.clock.forward(hours=2)
    shown = (await (await of(world, "admin")).get("/admin/jobs")).text
    for said in ("پله‌های مهلت پرونده", "ladder:1", "ValueError", "۲ ساعت پیش", ">۱۲<"):
        assert said in shown


async def test_no_dead_job(world: World) -> None:
    await jobs.enqueue("ladder", "alive", subject_id=1)
    shown = (await (await of(world, "admin")).get("/admin/jobs")).text
    assert "کار ناموفقی نیست" in shown and "alive" not in shown


async def test_trying_again_and_deleting(world: World) -> None:
    first, second = await dead(world, 1), await dead(world, 2)
    page = await of(world, "admin")
    answer = await page.post(f"/admin/jobs/{first.id}/retry")
    assert answer.headers["location"] == "/admin/jobs?done=job_retried"
    answer = await page.post(f"/admin/jobs/{second.id}/delete")
    assert answer.headers["location"] == "/admin/jobs?done=job_deleted"
    assert await Job.all().values_list("id", "dead") == [(first.id, False)]
    assert (await page.post(f"/admin/jobs/{first.id}/delete")).status_code == 404


@pytest.mark.parametrize("name", ["supervisor", "operator", "senior", "head"])
async def test_others_know_no_such_page(world: World, name: str) -> None:
    job, page = await dead(world), await of(world, name)
    async with unchanged():
        assert (await page.get("/admin/jobs")).status_code == 404
        for act in ("retry", "delete"):
            assert (await page.post(f"/admin/jobs/{job.id}/{act}")).status_code == 404


async def test_long_lists_have_pages_that_cost_the_same(world: World) -> None:
    page = await of(world, "admin")
    for number in range(1, 53):
        world.clock.forward(seconds=1)
        await dead(world, number)
    with recorded() as statements:
        shown = (await page.get("/admin/jobs")).text
    assert len(statements) == 1 + 1 + 2
    assert "ladder:52" in shown and "ladder:2<" not in shown and 'rel="next"' in shown


def test_every_job_of_the_domain_has_a_name() -> None:
    assert set(work.HANDLERS) <= set(dead_jobs.KINDS)
