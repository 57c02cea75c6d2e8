"""The connection: addresses, transactions, readers beside writers, moments in UTC."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import sqlite3
from collections.abc import AsyncIterator
from typing import Any

import pytest
from tortoise.exceptions import ConfigurationError, IntegrityError

from models import database, migrate, sqlite_engine
from tests.models.sample_app.after import Item, Shop
from tests.models.test_migrations import sample

TEHRAN = datetime.timezone(datetime.timedelta(hours=3, minutes=30))


@pytest.fixture
async def shop(empty_database_url: str) -> AsyncIterator[Shop]:
    """One shop in the sample app's database, which is open."""
    await migrate.migrate(empty_database_url, apps=sample("after"))
    await database.init(empty_database_url, apps=sample("after"))
    try:
        yield await Shop.create(code="a", name="Alef")
    finally:
        await database.close()


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("sqlite://var/favad.sqlite3", {"file_path": "var/favad.sqlite3"}),
        ("sqlite:///srv/favad.sqlite3", {"file_path": "/srv/favad.sqlite3"}),
        ("sqlite://:memory:", {"file_path": ":memory:", "foreign_keys": "ON"}),
        ("sqlite://a.sqlite3?foreign_keys=OFF", {"foreign_keys": "OFF", "journal_mode": "WAL"}),
        (
            "asyncpg://me:p%40ss@db.example:5433/favad",
            {
                "user": "me",
                "password": "p@ss",
                "host": "db.example",
                "port": 5433,
                "database": "favad",
                "maxsize": 7,
            },
        ),
        ("postgres://me@db.example/favad", {"host": "db.example", "port": 5432}),
        ("asyncpg://me@/favad?host=/run/postgresql", {"host": "/run/postgresql"}),
        ("asyncpg://me@/favad?host=/run/pg&maxsize=3", {"maxsize": "3"}),
    ],
)
def test_addresses(url: str, expected: dict[str, Any]) -> None:
    connection = database.config(url, pool=7)["connections"]["default"]
    assert connection["credentials"].items() >= expected.items()
    sqlite = url.startswith("sqlite")
    assert connection["engine"] == ("models.sqlite_engine" if sqlite else "models.postgres_engine")


@pytest.mark.parametrize("url", ["oddsql://x/y", "sqlite://", "favad.sqlite3"])
def test_other_addresses_are_refused(url: str) -> None:
    with pytest.raises(ConfigurationError):
        database.config(url)


async def test_ping_and_kind(db: str) -> None:
    await database.ping()
    assert database.is_postgres() == db.startswith("asyncpg")


async def test_a_transaction_is_all_or_nothing(shop: Shop) -> None:
    with pytest.raises(LookupError):
        async with database.transaction():
            await Shop.create(code="b", name="Be")
            raise LookupError
    assert await Shop.all().count() == 1


async def test_a_nested_transaction_is_a_savepoint(shop: Shop) -> None:
    async with database.transaction():
        await Shop.create(code="b", name="Be")
        with pytest.raises(IntegrityError):
            async with database.transaction():
                await Shop.create(code="c", name="Pe")
                await Shop.create(code="a", name="again")
    assert [shop.code for shop in await Shop.all().order_by("code")] == ["a", "b"]


async def test_a_script_does_not_commit_the_transaction(shop: Shop) -> None:
    with pytest.raises(LookupError):
        async with database.transaction() as client:
            await client.execute_script("DELETE FROM sample_shop; SELECT ';';")
            raise LookupError
    assert await Shop.all().count() == 1


async def test_readers_do_not_wait_for_a_writer(shop: Shop) -> None:
    written, read = asyncio.Event(), asyncio.Event()

    async def write() -> None:
        async with database.transaction():
            await Shop.create(code="b", name="Be")
            written.set()
            await read.wait()

    task = asyncio.create_task(write())
    await written.wait()
    assert await Shop.all().count() == 1
    read.set()
    await task
    assert await Shop.all().count() == 2


async def test_one_reads_what_one_wrote(shop: Shop) -> None:
    async with database.transaction():
        for number in range(50):
            await Item.create(shop=shop, title=str(number), open=False)
            assert await Item.all().count() == number + 1
    for number in range(50):
        await Item.create(shop=shop, title=f"{number} alone", open=False)
        assert await Item.all().count() == 51 + number


async def test_writers_queue(shop: Shop) -> None:
    async def rename(number: int) -> None:
        async with database.transaction():
            row = await Shop.select_for_update().get(id=shop.id)
            row.city = f"{row.city}{number % 10}"
            await row.save()

    await asyncio.gather(*(rename(number) for number in range(40)))
    await shop.refresh_from_db()
    assert len(shop.city) == 40


async def test_update_returning_gives_its_rows(shop: Shop) -> None:
    query = "UPDATE sample_shop SET city = 'Yazd' RETURNING id"
    assert await database.connection().execute_query_dict(query) == [{"id": shop.id}]
    with_query = "WITH old AS (SELECT 1) DELETE FROM sample_shop RETURNING city"
    assert await database.connection().execute_query_dict(with_query) == [{"city": "Yazd"}]


async def test_a_cancelled_transaction_leaves_nothing_behind(shop: Shop) -> None:
    entered = asyncio.Event()

    async def write() -> None:
        async with database.transaction():
            await Shop.create(code="b", name="Be")
            entered.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(write())
    await entered.wait()
    task.cancel()
    await asyncio.wait([task])
    async with database.transaction():
        assert await Shop.all().count() == 1


async def test_a_transaction_cancelled_while_it_begins_leaves_nothing_behind(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = asyncio.Event()
    transaction = database.transaction()
    client = getattr(transaction, "client", None) or transaction.connection  # type: ignore[attr-defined]
    begin = type(client).begin

    async def begin_and_stall(self: object) -> None:
        await begin(self)
        begun.set()
        await asyncio.Event().wait()

    async def write() -> None:
        async with database.transaction():
            pytest.fail("it never began")

    for _ in range(12):
        with monkeypatch.context() as patch:
            patch.setattr(type(client), "begin", begin_and_stall)
            begun.clear()
            task = asyncio.create_task(write())
            await begun.wait()
            task.cancel()
            await asyncio.wait([task])
    async with database.transaction():
        await Shop.create(code="b", name="Be")
    assert await Shop.all().count() == 2


async def test_moments_compare_as_moments(shop: Shop) -> None:
    noon = datetime.datetime(2026, 11, 24, 12, tzinfo=datetime.UTC)
    for title, moment in {
        "earlier": noon.astimezone(TEHRAN) - datetime.timedelta(microseconds=1),
        "noon": noon,
        "later": (noon + datetime.timedelta(microseconds=1)).astimezone(TEHRAN),
    }.items():
        await Item.create(shop=shop, title=title, open=False, sold_at=moment)

    async def titles(**condition: Any) -> list[str]:
        found = Item.filter(**condition).order_by("sold_at").values_list("title", flat=True)
        return [str(title) for title in await found]

    assert await titles(sold_at__lt=noon.astimezone(TEHRAN)) == ["earlier"]
    assert await titles(sold_at=noon.astimezone(TEHRAN)) == ["noon"]
    assert await titles(sold_at__gte=noon) == ["noon", "later"]
    read = (await Item.get(title="later")).sold_at
    assert read is not None and read.utcoffset() == datetime.timedelta(0)
    assert read == noon + datetime.timedelta(microseconds=1)


def test_a_moment_without_a_zone_is_refused_by_sqlite() -> None:
    connection = sqlite3.connect(":memory:")
    with contextlib.closing(connection), pytest.raises(ValueError, match="time zone"):
        connection.execute("SELECT ?", [datetime.datetime(2026, 1, 1)])


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("", []),
        ("SELECT 1", ["SELECT 1"]),
        ("SELECT ';'; SELECT 2;", ["SELECT ';';", "SELECT 2;"]),
        (
            "CREATE TRIGGER t AFTER INSERT ON a BEGIN DELETE FROM b; END; SELECT 1",
            ["CREATE TRIGGER t AFTER INSERT ON a BEGIN DELETE FROM b; END;", "SELECT 1"],
        ),
    ],
)
def test_scripts_are_split_into_statements(script: str, expected: list[str]) -> None:
    assert sqlite_engine.statements(script) == expected


async def test_beginning_that_fails_gives_the_lock_back(shop: Shop) -> None:
    """Another process holds the write lock; the next transaction must still work."""
    client = database.connection()
    if database.is_postgres():
        pytest.skip("SQLite has one write lock")
    await client.execute_query("PRAGMA busy_timeout = 1")
    other = sqlite3.connect(client.filename, isolation_level=None)  # type: ignore[attr-defined]
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Exception, match="locked"):
        async with database.transaction():
            await Shop.create(code="b", name="Be")
    other.rollback()
    other.close()
    async with database.transaction():
        await Shop.create(code="c", name="Pe")
    assert [shop.code for shop in await Shop.all().order_by("code")] == ["a", "c"]
