"""Databases of many cases, made once and kept in a directory: a PostgreSQL cluster, a SQLite file.

They are made anew when the number of cases, a migration or the way of making them has changed.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import shutil
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import asyncpg
from rich.progress import Progress

from domain import agencies, places, service
from domain.generate import generate
from domain.seed import seed
from domain.vault import Vault
from models import database, migrate
from tests.bench import multiply
from tests.support import postgres

DATABASES = ("postgres", "sqlite")
ROOT = Path(__file__).parents[2]
SECRET = "the-secret-of-a-database-that-is-thrown-away"
GENERATED = 20_000
MONTHS = 6
VERSION = 1
"""Grows when databases that are kept are not any more what would be made."""
_BUILDING = (
    "fsync=off", "full_page_writes=off", "autovacuum=off", "wal_level=minimal",
    "max_wal_senders=0", "max_wal_size=8GB", "shared_buffers=512MB", "maintenance_work_mem=512MB",
    "listen_addresses=",
)  # fmt: skip
SERVING = (
    "shared_buffers=512MB", "effective_cache_size=4GB", "work_mem=16MB", "random_page_cost=1.1",
    "synchronous_commit=on", "max_wal_size=4GB", "autovacuum=off", "max_connections=100",
    "listen_addresses=",
)  # fmt: skip
"""As a careful administrator would set it; no vacuum, so that rounds are alike."""


def vault() -> Vault:
    return Vault.from_secret(SECRET)


def configure() -> None:
    """What the domain needs from outside."""
    service.configure(service.Service(vault=vault(), sms_line="10004128"))


def ensure(kind: str, cases: int, directory: Path) -> Path:
    """The directory of a database with so many cases: made now if it is not there, migrated if it
    is and migrations came to it."""
    made = directory / f"{kind}-{cases}"
    noted = made / "migrations.json"
    known = json.loads(noted.read_text()) if noted.exists() else {}
    state = _state()
    if known == state:
        return made
    with Progress() as progress:
        if known and known.items() <= state.items():
            with _served(kind, made, _BUILDING) as url:
                asyncio.run(migrate.migrate(url))
        else:
            shutil.rmtree(made, ignore_errors=True)
            made.mkdir(parents=True)
            with _served(kind, made, _BUILDING) as url:
                asyncio.run(_build(kind, url, cases, progress))
    noted.write_text(json.dumps(state))
    return made


@contextmanager
def served(kind: str, made: Path) -> Iterator[str]:
    """The address of a database that `ensure` made."""
    with _served(kind, made, SERVING) as url:
        yield url


@contextmanager
def _served(kind: str, made: Path, settings: Sequence[str]) -> Iterator[str]:
    if kind == "sqlite":
        yield f"sqlite://{made.resolve()}/favad.sqlite3"
        return
    with postgres.running(made.resolve(), settings) as base:
        server = postgres.Server(base)
        if not (made / "migrations.json").exists():
            postgres.create(server, "favad")
        yield server.url("favad")


def _state() -> dict[str, str]:
    """What the databases depend on: this way of making them, and each migration."""
    migrations = sorted((ROOT / "models" / "migrations").glob("0*.py"))
    digests = {path.stem: hashlib.sha256(path.read_bytes()).hexdigest() for path in migrations}
    return {"version": str(VERSION), **digests}


async def _build(kind: str, url: str, cases: int, progress: Progress) -> None:
    started = progress.add_task(f"{kind}: places and agencies", total=1)
    await migrate.migrate(url)
    await database.init(url)
    try:
        configure()
        await seed()
        await places.load()
        await agencies.load()
        progress.update(started, advance=1)
        number = min(cases, GENERATED)
        task = progress.add_task(f"{kind}: generated cases", total=number)
        await generate(
            number, MONTHS, seed=1, progress=lambda done, _: progress.update(task, completed=done)
        )
    finally:
        await database.close()
    task = progress.add_task(f"{kind}: cases", total=cases, completed=number)
    async with session(url) as opened:
        if cases > number:
            await _multiply(opened, cases, lambda done: progress.update(task, completed=done))
        await opened.finish()


async def _multiply(
    opened: PostgresSession | SqliteSession, cases: int, progress: Callable[[int], object]
) -> None:
    indexes = await opened.drop_indexes(multiply.TABLES)
    await multiply.multiply(opened, cases, progress)
    for statement in indexes:
        await opened.run(statement)


@asynccontextmanager
async def session(url: str) -> AsyncIterator[PostgresSession | SqliteSession]:
    """One connection for work on whole tables; foreign keys are not checked in it."""
    if url.startswith("sqlite:"):
        bare = sqlite3.connect(url.removeprefix("sqlite://"), isolation_level=None)
        try:
            yield SqliteSession(bare)
        finally:
            bare.close()
        return
    connection = await asyncpg.connect(url.replace("asyncpg:", "postgresql:", 1))
    try:
        await connection.execute("SET session_replication_role = replica")
        yield PostgresSession(connection)
    finally:
        await connection.close()


class PostgresSession:
    def __init__(self, connection: Any) -> None:
        self.connection = connection

    async def run(self, statement: str) -> None:
        await self.connection.execute(statement)

    async def values(self, query: str) -> list[Any]:
        return [row[0] for row in await self.rows(query)]

    async def rows(self, query: str) -> list[Any]:
        return list(await self.connection.fetch(query))

    async def codes(self, codes: list[tuple[int, str]]) -> None:
        await self.run("TRUNCATE code")
        await self.connection.copy_records_to_table("code", records=codes)

    async def insert(self, table: str, columns: Sequence[str], rows: list[tuple[Any, ...]]) -> None:
        await self.connection.copy_records_to_table(table, records=rows, columns=list(columns))

    def moved(self, column: str, seconds: int) -> str:
        return f"{column} - interval '{seconds} s'"

    async def drop_indexes(self, tables: Sequence[str]) -> list[str]:
        """Drop what would slow copying down; the statements that make it again."""
        found = await self.connection.fetch(
            "SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS made"
            " FROM pg_index i WHERE indrelid::regclass::text = ANY($1) AND NOT indisprimary"
            " AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)",
            list(tables),
        )
        for row in found:
            await self.run(f"DROP INDEX {row['name']}")
        return [row["made"] for row in found]

    async def finish(self) -> None:
        for table in await self.values(
            "SELECT table_name FROM information_schema.columns WHERE table_schema = 'public'"
            " AND column_name = 'id' AND column_default LIKE 'nextval%' OR is_identity = 'YES'"
        ):
            await self.run(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'),"
                f" coalesce((SELECT max(id) FROM {table}), 0) + 1, false)"
            )
        await self.run("VACUUM (ANALYZE, FREEZE)")
        await self.run("CHECKPOINT")


class SqliteSession:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        for pragma in ("journal_mode=WAL", "synchronous=OFF", "cache_size=-524288"):
            connection.execute(f"PRAGMA {pragma}")

    async def run(self, statement: str) -> None:
        self.connection.execute(statement)

    async def values(self, query: str) -> list[Any]:
        return [row[0] for row in await self.rows(query)]

    async def rows(self, query: str) -> list[Any]:
        return self.connection.execute(query).fetchall()

    async def codes(self, codes: list[tuple[int, str]]) -> None:
        self.connection.execute("DELETE FROM code")
        self.connection.execute("BEGIN")
        self.connection.executemany("INSERT INTO code VALUES (?, ?)", codes)
        self.connection.execute("COMMIT")

    async def insert(self, table: str, columns: Sequence[str], rows: list[tuple[Any, ...]]) -> None:
        marks = ", ".join("?" * len(columns))
        self.connection.execute("BEGIN")
        self.connection.executemany(
            f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", rows
        )
        self.connection.execute("COMMIT")

    def moved(self, column: str, seconds: int) -> str:
        return f"strftime('%Y-%m-%d %H:%M:%f', {column}, '-{seconds} seconds') || '000+00:00'"

    async def drop_indexes(self, tables: Sequence[str]) -> list[str]:
        """Drop what would slow copying down; the statements that make it again."""
        found = self.connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
            " AND tbl_name IN (SELECT value FROM json_each(?))",
            [json.dumps(tables)],
        ).fetchall()
        for name, _ in found:
            self.connection.execute(f'DROP INDEX "{name}"')
        return [made for _, made in found]

    async def finish(self) -> None:
        self.connection.execute("ANALYZE")
        self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
