"""Webhooks over HTTP: what administrators see and do, and nobody else."""

from __future__ import annotations

import re

import httpx2
import pytest

from domain import service
from models import Webhook, WebhookDelivery
from models.enums import DeliveryState, WebhookStop
from tests.support.hooks import HERE, hook, partner, told
from tests.support.queries import recorded
from tests.support.unchanged import unchanged
from tests.support.web import application, browser, signed_in
from tests.support.world import World
from ui import webhooks as pages

APP = application(pages.routes)
NEW_PATH = "/admin/webhooks/new?client=client-EDU"
NEW = {"url": HERE, "topics": ["case.changed", "clock.warning"]}
SECRET = re.compile(r'<input id="f-secret" value="(whsec_[^"]+)"')


async def of(world: World, name: str = "admin") -> httpx2.AsyncClient:
    return browser(APP, token=await signed_in(world.users[name]))


async def told_hook(world: World) -> Webhook:
    """A webhook with a dead, a delivered and a waiting message."""
    made = await hook(world)
    await world.case()
    await world.case("+989121110000")
    rows = await told(made)
    await WebhookDelivery.filter(id=rows[0].id).update(
        state=DeliveryState.DEAD, attempts=10, error="timeout"
    )
    await WebhookDelivery.filter(id=rows[1].id).update(
        state=DeliveryState.DELIVERED, attempts=1, status_code=204
    )
    return made


async def test_one_is_made_and_its_secret_shown_once(world: World) -> None:
    await partner(world)
    page = await of(world)
    form = (await page.get(NEW_PATH)).text
    assert "سامانه EDU" in form and form.count(" checked") == 3
    answer = await page.post(NEW_PATH, data=NEW)
    assert answer.headers["cache-control"] == "no-store"
    [secret] = SECRET.findall(answer.text)
    made = await Webhook.get()
    assert service.current().vault.open(made.secret) == secret
    assert (made.client_id, made.url, made.topics) == ("client-EDU", HERE, NEW["topics"])
    for path in ("/admin/webhooks", f"/admin/webhooks/{made.id}"):
        shown = (await page.get(path)).text
        assert secret not in shown and HERE in shown and "فعال" in shown


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"url": ""}, "url"),
        ({"url": "http://10.0.0.1/"}, "url"),
        ({"url": "https://nobody.example/"}, "url"),
        ({"topics": []}, "topics"),
        ({"topics": ["x"]}, "topics"),
    ],
)
async def test_bad_input(world: World, changes: dict[str, object], field: str) -> None:
    made = await hook(world)
    page = await of(world)
    async with unchanged():
        for path in (NEW_PATH, f"/admin/webhooks/{made.id}/change"):
            answer = await page.post(path, data={**NEW, **changes})
            assert answer.status_code == 422
            assert f'id="f-{field}-error"' in answer.text


async def test_the_list_can_be_of_one_system(world: World) -> None:
    await hook(world)
    await hook(world, "ENE", "http://127.0.0.1:9/other")
    page = await of(world)
    both = (await page.get("/admin/webhooks")).text
    assert HERE in both and "/other" in both
    one = (await page.get("/admin/webhooks?client=client-ENE")).text
    assert HERE not in one and "/other" in one
    assert "/admin/webhooks/new?client=client-ENE" in one
    assert (await page.get("/admin/webhooks?client=nobody")).status_code == 404
    assert (await page.get("/admin/webhooks/new?client=nobody")).status_code == 404
    assert (await page.get("/admin/webhooks/new")).status_code == 404


async def settled_since(day: str, page: httpx2.AsyncClient, path: str) -> int:
    """How many messages do not wait once those since a day were sent again."""
    answer = await page.post(f"{path}/replay", data={"since": day})
    assert answer.headers["location"] == f"{path}?done=webhook_replayed_since"
    assert "دوباره در صف" in (await page.get(answer.headers["location"])).text
    return await WebhookDelivery.exclude(state=DeliveryState.PENDING).count()


async def test_messages_are_shown_and_filtered(world: World) -> None:
    made = await told_hook(world)
    page = await of(world)
    shown = (await page.get(f"/admin/webhooks/{made.id}")).text
    rows = await WebhookDelivery.all()
    assert all(row.key in shown for row in rows)
    assert "گیرنده در زمان مقرر پاسخ نداد" in shown and "۲۰۴" in shown
    assert shown.count("ارسال دوباره") >= 2
    dead = (await page.get(f"/admin/webhooks/{made.id}?state=dead")).text
    assert [row.key in dead for row in sorted(rows, key=lambda row: row.id)] == [
        True,
        *(False for _ in rows[1:]),
    ]
    assert (await page.get(f"/admin/webhooks/{made.id}?state=x")).status_code == 422
    assert (await page.get("/admin/webhooks/999")).status_code == 404


async def test_everything_that_can_be_done(world: World) -> None:
    made = await told_hook(world)
    page, path = await of(world), f"/admin/webhooks/{made.id}"
    first = await WebhookDelivery.all().order_by("id").first()
    assert first is not None
    answer = await page.post(f"{path}/deliveries/{first.id}/replay")
    assert answer.headers["location"] == f"{path}?done=webhook_replayed"
    assert (await WebhookDelivery.get(id=first.id)).state is DeliveryState.PENDING
    await page.post(f"{path}/test")
    assert await WebhookDelivery.filter(topic="webhook.ping").count() == 1
    assert await settled_since("۱۴۰۵/۰۹/۰۴", page, path) == 1
    assert await settled_since("۱۴۰۵/۰۹/۰۳", page, path) == 0
    await page.post(f"{path}/change", data={"url": HERE, "topics": ["clock.warning"]})
    assert (await Webhook.get()).topics == ["clock.warning"]
    rolled = await page.post(f"{path}/roll")
    assert SECRET.findall(rolled.text) and rolled.headers["cache-control"] == "no-store"
    assert "رمز پیشین" in rolled.text
    await page.post(f"{path}/off")
    assert not (await Webhook.get()).active
    shown = (await page.get(path)).text
    assert "روشن کردن" in shown and "ارسال دوباره" not in shown
    assert (await page.post(f"{path}/test")).status_code == 422
    await page.post(f"{path}/on")
    assert (await Webhook.get()).active
    answer = await page.post(f"{path}/delete")
    assert answer.headers["location"] == "/admin/webhooks?done=webhook_deleted"
    assert not await Webhook.exists()
    assert "وب‌هوک حذف شد" in (await page.get(answer.headers["location"])).text


@pytest.mark.parametrize("why", list(WebhookStop))
async def test_one_that_was_stopped_says_why(world: World, why: WebhookStop) -> None:
    made = await hook(world)
    await Webhook.all().update(active=False, stopped=why)
    shown = (await (await of(world)).get(f"/admin/webhooks/{made.id}")).text
    assert "خاموش شد: " in shown


@pytest.mark.parametrize("name", ["supervisor", "senior", "operator", "head"])
async def test_nobody_else_gets_in(world: World, name: str) -> None:
    made = await told_hook(world)
    page, path = await of(world, name), f"/admin/webhooks/{made.id}"
    async with unchanged("sign_in_session"):
        for address in ("/admin/webhooks", NEW_PATH, path):
            assert (await page.get(address)).status_code == 404
        for act in ("change", "off", "on", "test", "roll", "delete", "deliveries/1/replay"):
            assert (await page.post(f"{path}/{act}", data=NEW)).status_code == 404
        assert (await page.post(NEW_PATH, data=NEW)).status_code == 404


async def test_cost(world: World) -> None:
    for agency in ("EDU", "ENE", "EDU-c1"):
        await hook(world, agency)
    page = await of(world)
    with recorded() as statements:
        await page.get("/admin/webhooks")
    assert len(statements) <= 1 + 1 + 1 + 1
