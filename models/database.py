"""Where the data is: one database, SQLite in a file or PostgreSQL, under the name `default`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tortoise.backends.base.client import (
    BaseDBAsyncClient,
    TransactionalDBClient,
    TransactionContext,
)
from tortoise.backends.base.config_generator import expand_db_url
from tortoise.connection import get_connection
from tortoise.context import TortoiseContext, get_current_context
from tortoise.transactions import in_transaction

CONNECTION = "default"
APPS: dict[str, dict[str, Any]] = {
    "models": {
        "models": ["models"],
        "migrations": "models.migrations",
        "default_connection": CONNECTION,
    }
}
SQLITE_PRAGMAS: dict[str, Any] = {
    "busy_timeout": 30_000,
    "journal_mode": "WAL",
    "synchronous": "NORMAL",
    "foreign_keys": "ON",
    "journal_size_limit": 16 * 1024 * 1024,
    "cache_size": -32_768,
    "temp_store": "MEMORY",
}
PREPARED = 400
"""Statements that a PostgreSQL connection keeps prepared; compiled documents are many."""
POSTGRES_SETTINGS = {"timezone": "UTC", "application_name": "favad", "jit": "off"}


def config(
    url: str, *, pool: int = 10, apps: dict[str, dict[str, Any]] | None = None
) -> dict[str, Any]:
    """Tortoise's configuration for a database address.

    `sqlite://relative/path`, `sqlite:///absolute/path`, `sqlite://:memory:` or
    `asyncpg://user:password@host:port/name` (`postgres://` means the same; `?host=/directory`
    names a Unix socket). `pool` is the greatest number of PostgreSQL connections of this process.
    Raises `tortoise.exceptions.ConfigurationError` for any other address.
    """
    connection = expand_db_url(url)
    options = connection["credentials"]
    if url.startswith("sqlite:"):
        connection["engine"] = "models.sqlite_engine"
        given = dict(parse_qsl(urlsplit(url).query))
        connection["credentials"] = {
            "file_path": options["file_path"],
            **SQLITE_PRAGMAS,
            **given,
        }
    else:
        connection["engine"] = "models.postgres_engine"
        options.setdefault("minsize", 1)
        options.setdefault("maxsize", pool)
        options["server_settings"] = POSTGRES_SETTINGS
        options["statement_cache_size"] = PREPARED
        options["max_cached_statement_lifetime"] = 0
    return {
        "connections": {CONNECTION: connection},
        "apps": apps or APPS,
        "use_tz": True,
        "timezone": "UTC",
    }


async def init(url: str, *, pool: int = 10, apps: dict[str, dict[str, Any]] | None = None) -> None:
    """Make the database ready for every task of this process. Connects at the first query."""
    with TortoiseContext() as context:
        await context.init(config(url, pool=pool, apps=apps), _enable_global_fallback=True)


async def close() -> None:
    """Close every connection; without it a process on SQLite does not end."""
    context = get_current_context()
    if context is not None:
        await context.close_connections()


def connection() -> BaseDBAsyncClient:
    """The connection of this task: the open transaction if there is one."""
    return get_connection(CONNECTION)


def transaction() -> TransactionContext:
    """`async with transaction():` all or nothing; inside another one, a savepoint.

    On SQLite it holds the only write lock: never await the network inside.
    """
    return in_transaction(CONNECTION)


@asynccontextmanager
async def atomic() -> AsyncIterator[None]:
    """All or nothing as part of the open transaction, else as one of its own.

    Without a savepoint: who catches an error of it must let the open transaction fail too.
    """
    if isinstance(connection(), TransactionalDBClient):
        yield
        return
    async with transaction():
        yield


def is_postgres() -> bool:
    return connection().capabilities.dialect == "postgres"


async def ping() -> None:
    """Ask the database for a sign of life. Raises whatever keeps it from answering."""
    await connection().execute_query("SELECT 1")


async def lock_name(name: str) -> None:
    """Hold `name` until the transaction ends, so that one thing happens at a time for it.

    On SQLite a transaction holds the only write lock anyway.
    """
    if is_postgres():
        await connection().execute_query(
            "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", [name]
        )
