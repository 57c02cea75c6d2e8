"""The application put together: its life, its worker, and where it leads."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx2
import pytest

from api import app as composition
from domain import service
from models import database
from settings import SettingsError, load
from tests.support.application import SECRET_KEY, VARIABLES, application, opened
from tests.support.web import signed_in
from tests.support.world import World


async def test_without_a_secret_key_it_does_not_start() -> None:
    with pytest.raises(SettingsError, match="FAVAD_SECRET_KEY"):
        composition.create_app(load({}))


class WatchedWorker:
    """In the place of the worker: remembers that it began and ended."""

    seen: list[str] = []

    def __init__(self, _settings: object) -> None:
        self.seen = WatchedWorker.seen

    async def run(self, stop: asyncio.Event) -> None:
        self.seen.append("began")
        await stop.wait()
        assert await database.connection().execute_query("SELECT 1")
        self.seen.append("ended")


@pytest.mark.parametrize(
    ("setting", "asked", "runs"),
    [("on", None, True), ("off", None, False), ("on", False, False), ("off", True, True)],
)
async def test_its_life_opens_and_closes_what_it_needs(
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
    setting: str,
    asked: bool | None,
    runs: bool,
) -> None:
    monkeypatch.setattr(composition, "Worker", WatchedWorker)
    WatchedWorker.seen = []
    given = load({**VARIABLES, "FAVAD_DATABASE_URL": database_url, "FAVAD_WORKER": setting})
    app = composition.create_app(given, worker=asked)
    async with app.router.lifespan_context(app):
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://favad.test") as web:
            assert (await web.get("/readyz")).json() == {"ready": True}
        assert service.current().sms_line == VARIABLES["FAVAD_KAVENEGAR_SENDER"]
    assert WatchedWorker.seen == (["began", "ended"] if runs else [])


@pytest.mark.parametrize(
    ("who", "home"),
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
async def test_everybody_begins_at_their_own_page(
    world: World, db: str, who: str, home: str
) -> None:
    async with opened(db) as web:
        web.cookies.set("favad_session", await signed_in(world.users[who]))
        assert (await web.get("/")).headers["location"] == home
        assert (await web.get(home)).status_code == 200


async def test_pages_say_that_texts_are_simulated(world: World, db: str) -> None:
    async with opened(db) as web:
        assert "شبیه‌ساز" in (await web.get("/about")).text
    real = {"FAVAD_KAVENEGAR_BASE": "https://api.kavenegar.com"}
    async with opened(db, **real) as web:
        assert "شبیه‌ساز" not in (await web.get("/about")).text


@pytest.mark.parametrize("path", ["/webhooks/kavenegar/x/inbound", "/webhooks/kavenegar//delivery"])
async def test_without_tokens_the_provider_has_no_address(world: World, db: str, path: str) -> None:
    async with opened(db, FAVAD_WEBHOOK_TOKENS="") as web:
        assert (await web.post(path, data={"messageid": "1", "status": "10"})).status_code == 404


async def test_without_a_secret_no_call_is_taken(world: World, db: str) -> None:
    async with opened(db, FAVAD_CALL_SECRET="") as web:
        assert (await web.post("/webhooks/calls", json={})).status_code == 401


def test_no_secret_shows_in_what_describes_the_application() -> None:
    app: Any = application("sqlite://:memory:")
    assert SECRET_KEY not in repr((app, app.routes, app.user_middleware))
