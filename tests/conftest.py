"""Fixtures of the whole suite. `FAVAD_TEST_DB=sqlite|postgres` chooses the database."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from domain.time import set_clock
from models import database, migrate
from tests.support import browser as chromium
from tests.support import postgres
from tests.support.world import World, build

DATABASE = os.environ.get("FAVAD_TEST_DB", "sqlite")
if DATABASE not in {"sqlite", "postgres"}:
    raise pytest.UsageError("FAVAD_TEST_DB must be sqlite or postgres")


NEEDING_A_DATABASE = {"database_url", "empty_database_url", "postgres_server"}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what touches a database, so that a second run on the other one can leave the rest."""
    for item in items:
        if NEEDING_A_DATABASE & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.database)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.Server]:
    """A running server, whatever `FAVAD_TEST_DB` says; started when first asked for."""
    with postgres.server() as server:
        yield server


@pytest.fixture(scope="session")
def _migrated(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """A migrated database, made once: a file to copy, or the name of one that every test resets."""
    if DATABASE == "sqlite":
        path = tmp_path_factory.mktemp("template") / "favad.sqlite3"
        asyncio.run(migrate.migrate(f"sqlite://{path}"))
        yield str(path)
        return
    server = request.getfixturevalue("postgres_server")
    name = postgres.unique_name("migrated")
    postgres.create(server, name)
    asyncio.run(migrate.migrate(server.url(name)))
    postgres.remember(server, name)
    yield name
    postgres.drop(server, name)


@pytest.fixture
def database_url(request: pytest.FixtureRequest, _migrated: str, tmp_path: Path) -> str:
    """The address of a fresh, migrated database that nobody has open yet, for real processes."""
    if DATABASE == "sqlite":
        path = tmp_path / "favad.sqlite3"
        shutil.copyfile(_migrated, path)
        return f"sqlite://{path}"
    server: postgres.Server = request.getfixturevalue("postgres_server")
    postgres.reset(server, _migrated)
    return server.url(_migrated)


@pytest.fixture
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database without a single table, for tests of migrating itself."""
    if DATABASE == "sqlite":
        yield f"sqlite://{tmp_path / 'empty.sqlite3'}"
        return
    server = request.getfixturevalue("postgres_server")
    name = postgres.unique_name("empty")
    postgres.create(server, name)
    yield server.url(name)
    postgres.drop(server, name)


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[str]:
    """A fresh, migrated database, open under the name `default`. Its value is its address."""
    await database.init(database_url)
    try:
        yield database_url
    finally:
        await database.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Headless Chromium for a module of synchronous tests (`pytestmark = pytest.mark.browser`)."""
    with chromium.running() as running:
        yield running


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh page; a script error or a broken content-security policy fails the test."""
    with chromium.page_of(browser) as fresh:
        yield fresh


@pytest.fixture
async def world(db: str) -> AsyncIterator[World]:
    """The small service of `tests.support.world` with a clock that tests move."""
    try:
        yield await build()
    finally:
        set_clock(None)
