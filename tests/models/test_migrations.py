"""Migrating a populated database loses neither rows nor what guards them, on both databases."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from tortoise.exceptions import BaseORMException, IntegrityError

from models import database, migrate

SAMPLE = "tests.models.sample_app"


def sample(which: str, migrations: str = f"{SAMPLE}.migrations") -> migrate.Apps:
    return {
        "sample": {
            "models": [f"{SAMPLE}.{which}"],
            "migrations": migrations,
            "default_connection": "default",
        }
    }


@asynccontextmanager
async def opened(url: str, apps: migrate.Apps) -> AsyncIterator[None]:
    await database.init(url, apps=apps)
    try:
        yield
    finally:
        await database.close()


async def rows(query: str) -> list[dict[str, Any]]:
    return await database.connection().execute_query_dict(query)


@pytest.fixture
async def populated(empty_database_url: str) -> str:
    """The sample app before its change, with two shops and three items."""
    await migrate.migrate(empty_database_url, target="0001_initial", apps=sample("before"))
    async with opened(empty_database_url, sample("before")):
        await database.connection().execute_script(
            """INSERT INTO sample_shop (id, code, name, nickname) VALUES
                 (1, 'a', 'Alef', 'old'), (2, 'b', 'Be', NULL);
               INSERT INTO sample_item (shop_id, title, open) VALUES
                 (1, 'kept', FALSE), (1, 'two', TRUE), (2, 'three', FALSE), (2, 'gone', FALSE);
               DELETE FROM sample_item WHERE title = 'gone';"""
        )
    return empty_database_url


@pytest.fixture
async def migrated(populated: str) -> AsyncIterator[str]:
    assert await migrate.pending(populated, apps=sample("after")) == ["0002_change"]
    assert await migrate.migrate(populated, apps=sample("after")) == ["0002_change"]
    async with opened(populated, sample("after")):
        yield populated


async def test_no_row_is_lost(migrated: str) -> None:
    assert await rows("SELECT id, code, name, city FROM sample_shop ORDER BY id") == [
        {"id": 1, "code": "a", "name": "Alef", "city": ""},
        {"id": 2, "code": "b", "name": "Be", "city": ""},
    ]
    items = await rows("SELECT shop_id, title FROM sample_item ORDER BY id")
    assert [tuple(row.values()) for row in items] == [(1, "kept"), (1, "two"), (2, "three")]


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO sample_shop (code, name) VALUES ('a', 'new')",
        "INSERT INTO sample_item (shop_id, title, open) VALUES (1, 'two', FALSE)",
        "INSERT INTO sample_item (shop_id, title, open) VALUES (1, 'second open', TRUE)",
        "INSERT INTO sample_item (shop_id, title, open) VALUES (99, 'nobody''s', FALSE)",
    ],
    ids=["unique column", "unique together", "partial unique index", "foreign key"],
)
async def test_what_guards_the_rows_is_kept(migrated: str, statement: str) -> None:
    before = await rows("SELECT * FROM sample_item ORDER BY id")
    with pytest.raises(IntegrityError):
        await database.connection().execute_query(statement)
    assert await rows("SELECT * FROM sample_item ORDER BY id") == before


async def test_numbers_are_not_given_twice(migrated: str) -> None:
    await database.connection().execute_query(
        "INSERT INTO sample_item (shop_id, title, open) VALUES (2, 'five', FALSE)"
    )
    assert (await rows("SELECT max(id) AS id FROM sample_item"))[0]["id"] == 5


async def test_every_index_is_kept_and_the_new_one_made(migrated: str) -> None:
    if database.is_postgres():
        query = "SELECT tablename, indexdef AS sql FROM pg_indexes WHERE tablename LIKE 'sample_%'"
    else:
        query = "SELECT tbl_name, sql FROM sqlite_master WHERE type = 'index'"
    found = [str(row["sql"]).replace('"', "") for row in await rows(query)]
    for columns in ("(shop_id, sold_at)", "(name)", "(city)"):
        assert any(columns in sql for sql in found), columns
    assert any("WHERE" in sql for sql in found)


async def test_triggers_are_kept(migrated: str) -> None:
    if database.is_postgres():
        pytest.skip("the sample's trigger is for SQLite")
    with pytest.raises(IntegrityError, match="kept; always"):
        await database.connection().execute_query("DELETE FROM sample_item WHERE title = 'kept'")
    assert len(await rows("SELECT id FROM sample_item WHERE title = 'kept'")) == 1


async def test_a_second_run_finds_nothing(migrated: str) -> None:
    assert await migrate.migrate(migrated, apps=sample("after")) == []
    assert await migrate.pending(migrated, apps=sample("after")) == []


async def test_progress_names_each_migration(empty_database_url: str) -> None:
    seen: list[tuple[str, int, int]] = []
    await migrate.migrate(empty_database_url, lambda *step: seen.append(step), apps=sample("after"))
    assert seen == [("0001_initial", 1, 2), ("0002_change", 2, 2)]


async def test_a_failing_migration_changes_nothing(
    populated: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    package = tmp_path / "failing_migrations"
    package.mkdir()
    (package / "__init__.py").touch()
    original = Path(__file__).parent / "sample_app" / "migrations"
    for name in ("0001_initial.py", "0002_change.py"):
        (package / name).write_text((original / name).read_text())
    (package / "0003_wrong.py").write_text(
        "from tortoise import migrations\n"
        "from tortoise.migrations import operations as ops\n"
        "class Migration(migrations.Migration):\n"
        "    dependencies = [('sample', '0002_change')]\n"
        "    operations = [ops.RunSQL('SELECT nothing FROM nowhere')]\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(BaseORMException):
        await migrate.migrate(populated, apps=sample("after", "failing_migrations"))
    assert await migrate.pending(populated, apps=sample("after")) == ["0002_change"]
    async with opened(populated, sample("before")):
        assert (await rows("SELECT nickname FROM sample_shop WHERE id = 1"))[0]["nickname"] == "old"


async def test_rows_that_refer_to_nothing_are_refused(populated: str) -> None:
    if not populated.startswith("sqlite"):
        pytest.skip("PostgreSQL never lets such a row in")
    async with opened(f"{populated}?foreign_keys=OFF", sample("before")):
        await database.connection().execute_query("DELETE FROM sample_shop WHERE id = 2")
    with pytest.raises(IntegrityError, match=r"1 rows refer to nothing.*sample_item"):
        await migrate.migrate(populated, apps=sample("after"))
    assert await migrate.pending(populated, apps=sample("after")) == ["0002_change"]


async def test_processes_that_start_at_once_migrate_once(empty_database_url: str) -> None:
    script = (
        "import asyncio, sys\n"
        "from models import migrate\n"
        "from tests.models.test_migrations import sample\n"
        "print(asyncio.run(migrate.migrate(sys.argv[1], apps=sample('after'))))\n"
    )
    processes = [
        await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", script, empty_database_url),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        for _ in range(4)
    ]
    results = [await process.communicate() for process in processes]
    assert sorted(out.decode().strip() for out, _ in results) == [
        "['0001_initial', '0002_change']",
        "[]",
        "[]",
        "[]",
    ], results


async def test_missing_sees_a_changed_model() -> None:
    assert not await migrate.missing(apps=sample("after"))
    assert await migrate.missing(apps=sample("before"))


async def test_the_models_have_their_migrations() -> None:
    assert not await migrate.missing()


async def test_make_migration_writes_what_changed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    package = tmp_path / "written_migrations"
    package.mkdir()
    (package / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    apps = sample("before", "written_migrations")
    path = await migrate.make_migration("First one", apps=apps)
    assert path == package / "0001_first_one.py"
    assert "ops.CreateModel" in path.read_text()
    assert await migrate.make_migration("nothing", apps=apps) is None
