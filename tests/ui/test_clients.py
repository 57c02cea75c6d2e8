"""Partners' systems over HTTP: what administrators see and do, and nobody else."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import httpx2
import pytest

from domain import clients, jalali, service, webhook_address, webhooks
from domain.actors import CASES_READ, CASES_WRITE, SCOPES, SYSTEM, of_client
from domain.budgets import Budgets
from models import Client
from tests.support.hooks import ALL, HERE
from tests.support.queries import recorded
from tests.support.unchanged import unchanged
from tests.support.web import application, browser, signed_in
from tests.support.world import START, World
from ui import clients as pages

APP = application(pages.routes)
TERMS = {
    "scopes": [CASES_READ, CASES_WRITE],
    "expires_at": "۱۴۰۶/۱۲/۲۹",
    "requests_per_minute": "۳۰۰",
    "cost_per_minute": "60000",
}
NEW = {"name": "سامانه آموزش", "agency": "EDU", **TERMS}
KEY = re.compile(r'<input id="f-key" value="([^"]+)"')


async def of(world: World, name: str = "admin") -> httpx2.AsyncClient:
    return browser(APP, token=await signed_in(world.users[name]))


async def made(**given: object) -> tuple[Client, str]:
    return await clients.create(SYSTEM, "EDU", "سامانه آموزش", [CASES_READ], **given)  # type: ignore[arg-type]


async def test_a_system_is_created_and_its_key_shown_once(world: World) -> None:
    page = await of(world)
    form = (await page.get("/admin/clients/new")).text
    assert f'value="{CASES_READ}" checked' in form
    assert f'value="{CASES_WRITE}" checked' not in form
    answer = await page.post("/admin/clients/new", data=NEW)
    assert answer.headers["cache-control"] == "no-store"
    [key] = KEY.findall(answer.text)
    client = await clients.authenticate(key)
    assert client is not None
    assert client.scopes == [CASES_READ, CASES_WRITE]
    assert (client.requests_per_minute, client.cost_per_minute) == (300, 60_000)
    assert client.expires_at == jalali.parse_period("1406/12/29").end
    secret = key.partition(".")[2]
    for path in ("/admin/clients", f"/admin/clients/{client.id}"):
        assert secret not in (await page.get(path)).text


async def test_searching_an_agency_without_a_script_saves_nothing(world: World) -> None:
    page = await of(world)
    async with unchanged():
        form = NEW | {"search": "agency", "agency_query": "فارس", "agency": ""}
        answer = await page.post("/admin/clients/new", data=form)
    assert answer.status_code == 200
    assert 'value="EDU-p2"' in answer.text
    assert 'value="سامانه آموزش"' in answer.text
    assert f'value="{CASES_WRITE}" checked' in answer.text


async def test_systems_are_listed_with_what_they_use(world: World) -> None:
    living, _ = await made(requests_per_minute=10)
    ended, _ = await clients.create(SYSTEM, "ENE", "سامانه نیرو", [CASES_READ])
    await clients.revoke(world["admin"], ended.id)
    process = Budgets()
    for _ in range(4):
        await process.spend(await of_client(living), 100)
    await process.share()
    page = await of(world)
    text = (await page.get("/admin/clients")).text
    assert text.count('href="/admin/clients/') == 2 + 1
    for words in ("۴ درخواست", "۴۰٪ سهمیه", "هنوز استفاده نشده", "باطل‌شده", "وزارت نیرو"):
        assert words in text
    assert living.secret_hash not in text
    only = (await page.get("/admin/clients?state=living&words=اموزش")).text
    assert living.id in only
    assert ended.id not in only
    assert ended.id in (await page.get("/admin/clients?state=ended")).text
    none = await page.get("/admin/clients?state=ended&words=اموزش")
    assert "سامانه‌ای با این پالایش نیست" in none.text
    assert (await page.get("/admin/clients?state=odd")).status_code == 422


async def test_a_system_leads_to_its_webhooks(world: World) -> None:
    client, _ = await made()
    page, path = await of(world), f"/admin/clients/{client.id}"
    link = f'href="/admin/webhooks?client={client.id}"'
    shown = (await page.get(path)).text
    assert link in shown and "هنوز ندارد" in shown
    service.configure(replace(service.current(), local_webhooks=True))
    for _ in range(2):
        await webhooks.create(await of_client(client), webhook_address.parse(HERE), ALL)
    shown = (await page.get(path)).text
    assert link in shown and "۲ وب‌هوک" in shown


async def test_terms_are_changed(world: World) -> None:
    client, _ = await made(expires_at=START + timedelta(hours=30))
    page = await of(world)
    path = f"/admin/clients/{client.id}"
    shown = (await page.get(path)).text
    assert 'value="۱۴۰۵/۰۹/۰۴"' in shown
    untouched = TERMS | {"expires_at": "۱۴۰۵/۰۹/۰۴", "version": "1"}
    answer = await page.post(f"{path}/change", data=untouched)
    assert answer.headers["location"] == f"{path}?done=client_changed"
    changed = await Client.get(id=client.id)
    assert changed.expires_at == client.expires_at
    assert (changed.requests_per_minute, changed.version) == (300, 2)
    async with unchanged():
        stale = await page.post(f"{path}/change", data=untouched)
        assert stale.status_code == 422
        wrong = await page.post(
            f"{path}/change", data=TERMS | {"version": "2", "cost_per_minute": "5"}
        )
    assert wrong.status_code == 422
    assert 'id="f-cost_per_minute-error"' in wrong.text
    assert 'value="۵"' in wrong.text
    assert "باید بین" in wrong.text
    endless = TERMS | {"version": "2", "expires_at": ""}
    await page.post(f"{path}/change", data=endless)
    assert (await Client.get(id=client.id)).expires_at is None


async def test_a_key_is_replaced_with_an_overlap(world: World) -> None:
    client, old = await made()
    page = await of(world)
    path = f"/admin/clients/{client.id}"
    form = {"overlap": "1", "version": "1"}
    answer = await page.post(f"{path}/rotate", data=form)
    [new] = KEY.findall(answer.text)
    assert "کلید پیشین تا" in answer.text
    assert await clients.authenticate(old) is not None
    assert await clients.authenticate(new) is not None
    assert "در حال تعویض کلید" in (await page.get(path)).text
    async with unchanged():
        again = await page.post(f"{path}/rotate", data=form)
    assert again.status_code == 422
    assert not KEY.findall(again.text)
    async with unchanged():
        odd = await page.post(f"{path}/rotate", data={"overlap": "2", "version": "2"})
    assert 'id="f-overlap-error"' in odd.text
    world.clock.forward(hours=1)
    assert await clients.authenticate(old) is None


async def test_a_system_is_revoked_for_good(world: World) -> None:
    client, key = await made()
    page = await of(world)
    path = f"/admin/clients/{client.id}"
    answer = await page.post(f"{path}/revoke")
    assert answer.headers["location"] == f"{path}?done=client_revoked"
    assert await clients.authenticate(key) is None
    shown = (await page.get(path)).text
    assert "باطل‌شده" in shown
    assert "/revoke" not in shown
    async with unchanged():
        for act in ("revoke", "change", "rotate"):
            given = TERMS | {"version": "2", "overlap": "0"}
            refused = await page.post(f"{path}/{act}", data=given)
            assert refused.status_code == 422
            assert "باطل شده است" in refused.text


@pytest.mark.parametrize("name", ["supervisor", "senior", "operator", "head"])
async def test_nobody_else_gets_in(world: World, name: str) -> None:
    client, _ = await made()
    page = await of(world, name)
    path = f"/admin/clients/{client.id}"
    async with unchanged():
        for answer in (
            await page.get("/admin/clients"),
            await page.get("/admin/clients/new"),
            await page.get(path),
            await page.post("/admin/clients/new", data=NEW),
            await page.post(f"{path}/change", data=TERMS | {"version": "1"}),
            await page.post(f"{path}/rotate", data={"overlap": "0", "version": "1"}),
            await page.post(f"{path}/revoke"),
        ):
            assert answer.status_code == 404


@pytest.mark.parametrize("client_id", ["nobody", "%00", "x" * 300])
async def test_a_system_that_is_not_there(world: World, client_id: str) -> None:
    page = await of(world)
    path = f"/admin/clients/{client_id}"
    given = TERMS | {"version": "1", "overlap": "0"}
    for answer in (
        await page.get(path),
        *[await page.post(f"{path}/{act}", data=given) for act in ("change", "rotate", "revoke")],
    ):
        assert answer.status_code == 404


async def test_cost(world: World) -> None:
    for _ in range(3):
        await made()
    page = await of(world)
    with recorded() as statements:
        await page.get("/admin/clients")
    assert len(statements) <= 5


def test_every_scope_has_a_name() -> None:
    assert set(pages.SCOPE_LABELS) == SCOPES
