"""Labels of survey answers: an admin's page."""

from __future__ import annotations

import httpx2
import pytest

from models import AnswerLabel
from tests.support.unchanged import unchanged
from tests.support.web import application, browser, signed_in
from tests.support.world import World
from ui import labels_admin

APP = application(labels_admin.routes)


async def of(world: World, name: str = "admin") -> httpx2.AsyncClient:
    return browser(APP, token=await signed_in(world.users[name]))


async def test_add_change_delete(world: World) -> None:
    client = await of(world)
    assert "خیلی خوب" in (await client.get("/admin/labels")).text
    answer = await client.post("/admin/labels/add", data={"label": "دمتون گرم", "score": "4"})
    assert answer.headers["location"] == "/admin/labels?score=4&done=label_added"
    assert "دمتون گرم" in (await client.get(answer.headers["location"])).text
    answer = await client.post("/admin/labels/change", data={"folded": "دمتون گرم", "score": "5"})
    assert answer.headers["location"] == "/admin/labels?score=5&done=label_changed"
    assert (await AnswerLabel.get(folded="دمتون گرم")).score == 5
    answer = await client.post("/admin/labels/delete", data={"folded": "دمتون گرم"})
    assert answer.headers["location"] == "/admin/labels?score=5&done=label_deleted"
    assert not await AnswerLabel.exists(folded="دمتون گرم")


@pytest.mark.parametrize("label", ["لغو", "۵", "خوب نبود", "خوب"])
async def test_a_refusal_keeps_what_was_typed(world: World, label: str) -> None:
    client = await of(world)
    async with unchanged():
        answer = await client.post("/admin/labels/add", data={"label": label, "score": "4"})
    assert answer.status_code == 422
    assert 'href="#f-label"' in answer.text and f'value="{label}"' in answer.text


async def test_odd_tabs_and_labels_that_are_not_there(world: World) -> None:
    client = await of(world)
    for score in ("", "0", "6", "x", "۵", "9" * 30):
        assert (await client.get(f"/admin/labels?score={score}")).status_code == 200
    for act in ("change", "delete"):
        form = {"folded": "نیست", "score": "5"}
        assert (await client.post(f"/admin/labels/{act}", data=form)).status_code == 404


@pytest.mark.parametrize("name", ["operator", "supervisor", "senior"])
async def test_only_admins(world: World, name: str) -> None:
    client = await of(world, name)
    assert (await client.get("/admin/labels")).status_code == 404
    async with unchanged():
        form = {"folded": "خوب", "score": "5", "label": "دمتون گرم"}
        for act in ("add", "change", "delete"):
            assert (await client.post(f"/admin/labels/{act}", data=form)).status_code == 404
