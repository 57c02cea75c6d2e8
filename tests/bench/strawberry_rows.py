"""Rows for `strawberry_best`, from asyncpg's pool or from SQLite in the event loop."""

from __future__ import annotations

import json
import sqlite3
from datetime import datetime
from typing import Any, Protocol

import asyncpg

Row = Any


class Rows(Protocol):
    async def open(self) -> None: ...
    async def close(self) -> None: ...
    async def fetch(self, query: str, *values: Any) -> list[Row]:
        """Rows of a query in PostgreSQL's words: `$1`, `= ANY($2)`."""
        ...


class PostgresRows:
    def __init__(self, url: str) -> None:
        self.url = url.replace("asyncpg:", "postgresql:", 1)

    async def open(self) -> None:
        settings = {"timezone": "UTC", "jit": "off"}
        self.pool = await asyncpg.create_pool(
            self.url, min_size=10, max_size=10, server_settings=settings
        )

    async def close(self) -> None:
        await self.pool.close()

    async def fetch(self, query: str, *values: Any) -> list[Row]:
        return await self.pool.fetch(query, *values)


class SqliteRows:
    def __init__(self, url: str) -> None:
        self.path = url.removeprefix("sqlite://")

    async def open(self) -> None:
        self.connection = sqlite3.connect(self.path, cached_statements=256)
        self.connection.row_factory = sqlite3.Row
        self.connection.execute("PRAGMA cache_size=-32768")

    async def close(self) -> None:
        self.connection.close()

    async def fetch(self, query: str, *values: Any) -> list[Row]:
        for number, value in enumerate(values, 1):
            if isinstance(value, list):
                query = query.replace(
                    f"= ANY(${number})", f"IN (SELECT value FROM json_each(?{number}))"
                )
        given = [_bound(value) for value in values]
        return self.connection.execute(query.replace("$", "?"), given).fetchall()


def open_rows(url: str) -> Rows:
    return SqliteRows(url) if url.startswith("sqlite:") else PostgresRows(url)


def moment(value: Any) -> Any:
    """A moment of a row, or None; SQLite keeps text."""
    return datetime.fromisoformat(value) if isinstance(value, str) else value


def _bound(value: Any) -> Any:
    if isinstance(value, list):
        return json.dumps(value)
    return value.isoformat(" ", "microseconds") if isinstance(value, datetime) else value
