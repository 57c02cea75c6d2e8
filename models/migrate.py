"""Bring a database up to the models, all or nothing, once however many processes start at once."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.context import TortoiseContext
from tortoise.exceptions import IntegrityError
from tortoise.migrations.autodetector import MigrationAutodetector
from tortoise.migrations.executor import MigrationExecutor, MigrationTarget
from tortoise.migrations.schema_editor import BaseSchemaEditor
from tortoise.migrations.writer import MigrationWriter, format_migration_name

from models import database
from models.schema_editors import PostgresSchemaEditor, SqliteSchemaEditor

Apps = dict[str, dict[str, Any]]
Progress = Callable[[str, int, int], object]

_LOCK = 0x6661766164313238  # "favad128", the advisory lock of migrations on PostgreSQL
_SQLITE = {"foreign_keys": "OFF", "busy_timeout": 600_000}


class _Executor(MigrationExecutor):
    def _schema_editor(self, atomic: bool = True, collect_sql: bool = False) -> BaseSchemaEditor:
        sqlite = self.connection.capabilities.dialect == "sqlite"
        editor = SqliteSchemaEditor if sqlite else PostgresSchemaEditor
        return editor(self.connection, atomic=atomic, collect_sql=collect_sql)


@asynccontextmanager
async def _opened(url: str, apps: Apps | None) -> AsyncIterator[TortoiseContext]:
    """A context of its own beside whatever the process has open. SQLite: foreign keys off,
    because rebuilding a table drops it, which would delete the rows that refer to it."""
    settings = database.config(url, pool=1, apps=apps)
    if url.startswith("sqlite:"):
        settings["connections"][database.CONNECTION]["credentials"].update(_SQLITE)
    async with TortoiseContext() as context:
        await context.init(settings)
        yield context


async def migrate(
    url: str,
    progress: Progress | None = None,
    *,
    target: str | None = None,
    apps: Apps | None = None,
) -> list[str]:
    """Apply what is pending and return the names applied.

    Everything happens in one transaction: a failure leaves the database as it was. Other processes
    that call this meanwhile wait, then find nothing to do. `progress(name, number, total)` is
    called after each migration; `target` stops at that migration.
    Raises `IntegrityError` if rows would refer to nothing afterwards (SQLite checks at the end).
    """
    async with _opened(url, apps), database.transaction() as client:
        if database.is_postgres():
            await client.execute_query("SELECT pg_advisory_xact_lock($1)", [_LOCK])
        executor = _Executor(client, apps or database.APPS)
        await executor.recorder.ensure_schema(executor._schema_editor(atomic=False))
        targets = (
            [MigrationTarget(app, target) for app in apps or database.APPS] if target else None
        )
        names = [step.migration.name for step in await executor.plan(targets)]
        applied: list[str] = []

        def applied_one(event: str, _app: str, name: str) -> None:
            if event == "apply_done":
                applied.append(name)
                if progress is not None:
                    progress(name, len(applied), len(names))

        await executor.migrate(targets, direction="forward", progress=applied_one)
        await _check_references(client)
        return applied


async def _check_references(client: BaseDBAsyncClient) -> None:
    if client.capabilities.dialect != "sqlite":
        return
    broken = await client.execute_query_dict("PRAGMA foreign_key_check")
    if broken:
        tables = ", ".join(sorted({str(row["table"]) for row in broken}))
        raise IntegrityError(f"{len(broken)} rows refer to nothing after migrating: {tables}")


async def pending(url: str, *, apps: Apps | None = None) -> list[str]:
    """The names of the migrations the database still lacks, oldest first."""
    async with _opened(url, apps):
        await database.ping()
        executor = _Executor(database.connection(), apps or database.APPS)
        return [step.migration.name for step in await executor.plan()]


async def _changes(apps: Apps) -> list[MigrationWriter]:
    async with TortoiseContext() as context:
        await context.init(database.config("sqlite://:memory:", apps=apps), init_connections=False)
        assert context.apps is not None
        return await MigrationAutodetector(context.apps, apps).changes()


async def missing(*, apps: Apps | None = None) -> bool:
    """Whether the models say something that no migration does yet."""
    return bool(await _changes(apps or database.APPS))


async def make_migration(name: str, *, apps: Apps | None = None) -> Path | None:
    """Write a migration for what the models changed; `None` if they changed nothing.

    Read the file before it is committed: constraints and partial indexes have to be added as
    `RunSQL`, a new column that may not be null needs a `db_default`.
    """
    for writer in await _changes(apps or database.APPS):
        writer.name = format_migration_name(int(writer.name[:4]), name)
        return Path(writer.write())
    return None


def main(arguments: list[str]) -> int:
    """`python -m models.migrate check` or `python -m models.migrate new NAME`."""
    match arguments:
        case ["check"]:
            if asyncio.run(missing()):
                print("The models have changed: make migration NAME=…", file=sys.stderr)
                return 1
        case ["new", name]:
            print(asyncio.run(make_migration(name)) or "Nothing has changed.")
        case _:
            print(main.__doc__, file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
