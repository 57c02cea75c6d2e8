"""Tortoise's SQLite backend with the four things a service needs from it.

* Transactions begin with `BEGIN IMMEDIATE`, so two processes queue for the write lock instead of
  failing half-way with "database is locked".
* Queries outside a transaction run on a second, read-only connection: they never wait for a writer.
* Moments are stored in UTC with a fixed width, so that comparing text compares moments.
* `base64(text)` and `base64_url(text)` are there, as PostgreSQL has them.
"""

from __future__ import annotations

import datetime
import re
import sqlite3
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from tortoise.backends.base.client import (
    NestedTransactionContext,
    TransactionalDBClient,
    TransactionContext,
)
from tortoise.backends.sqlite.client import (
    SqliteClient,
    SqliteTransactionContext,
    SqliteTransactionWrapper,
    translate_exceptions,
)
from tortoise.connection import get_connections
from tortoise.exceptions import TransactionManagementError

_READ = re.compile(r"\s*(SELECT|WITH)\b", re.IGNORECASE)
_WRITE = re.compile(r"\b(INSERT|UPDATE|DELETE|REPLACE)\b", re.IGNORECASE)


def _utc(moment: datetime.datetime) -> str:
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone cannot be stored")
    return moment.astimezone(datetime.UTC).isoformat(" ", "microseconds")


sqlite3.register_adapter(datetime.datetime, _utc)


def statements(script: str) -> list[str]:
    """Split an SQL script into statements; triggers and quoted semicolons stay whole."""
    found: list[str] = []
    pending = ""
    for piece in re.split(r"(?<=;)", script):
        pending += piece
        if sqlite3.complete_statement(pending):
            found.append(pending.strip())
            pending = ""
    if pending.strip():
        found.append(pending.strip())
    return found


def _only_reads(query: str) -> bool:
    start = _READ.match(query)
    return start is not None and (start[1].upper() == "SELECT" or not _WRITE.search(query))


class _Client(SqliteClient):
    async def _post_connect(self) -> None:
        await super()._post_connect()
        assert self._connection is not None
        for name, encode in (("base64", b64encode), ("base64_url", urlsafe_b64encode)):
            await self._connection.create_function(name, 1, _encoder(encode), deterministic=True)


def _encoder(encode: Callable[[bytes], bytes]) -> Callable[[str | None], str | None]:
    return lambda text: None if text is None else encode(text.encode()).decode()


class FavadSqliteClient(_Client):
    """One connection that writes and, for a database in a file, one that only reads."""

    def __init__(self, file_path: str, **options: Any) -> None:
        super().__init__(file_path, **options)
        self._reader: SqliteClient | None = None
        if file_path != ":memory:":
            self._reader = _Client(file_path, **(options | {"query_only": "ON"}))

    async def create_connection(self, with_db: bool) -> None:
        if self._reader is not None:
            Path(self.filename).parent.mkdir(parents=True, exist_ok=True)
        await super().create_connection(with_db)

    async def close(self) -> None:
        if self._reader is not None:
            await self._reader.close()
        await super().close()

    def _in_transaction(self) -> TransactionContext:
        return _ImmediateContext(_Transaction(self), self._lock)

    async def _ready_reader(self, query: str) -> SqliteClient | None:
        """The reader for a query that only reads; the writer first makes the file and its mode."""
        if self._reader is None or not _only_reads(query):
            return None
        if not self._connection:
            async with self.acquire_connection():
                pass
        return self._reader

    async def execute_query(
        self, query: str, values: list[Any] | None = None
    ) -> tuple[int, Sequence[dict[str, Any]]]:
        reader = await self._ready_reader(query)
        run = super().execute_query if reader is None else reader.execute_query
        result: tuple[int, Sequence[dict[str, Any]]] = await run(query, values)
        return result

    async def execute_query_dict(
        self, query: str, values: list[Any] | None = None
    ) -> list[dict[str, Any]]:
        reader = await self._ready_reader(query)
        run = super().execute_query_dict if reader is None else reader.execute_query_dict
        result: list[dict[str, Any]] = await run(query, values)
        return result


class _ImmediateContext(SqliteTransactionContext):
    """Leaves neither the lock nor an open transaction behind when it cannot begin or commit."""

    async def __aenter__(self) -> TransactionalDBClient:
        await self._trxlock.acquire()
        try:
            await self.ensure_connection()
            await self.connection.begin()
        except BaseException:
            try:
                await self.connection.abandon()
            finally:
                self._trxlock.release()
            raise
        self.token = get_connections().set(self.connection_name, self.connection)
        return self.connection  # type: ignore[no-any-return]


class _Transaction(SqliteTransactionWrapper):
    def _in_transaction(self) -> TransactionContext:
        return NestedTransactionContext(_Transaction(self))

    async def begin(self) -> None:
        await self.abandon()
        try:
            await self._connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            raise TransactionManagementError(error) from error

    async def abandon(self) -> None:
        """Roll back what is open on the connection, if anything."""
        if self._connection:
            await self._connection.rollback()

    @translate_exceptions
    async def _commit(self, _query: str) -> None:
        await self._connection.commit()

    async def commit(self) -> None:
        if self._finalized:
            raise TransactionManagementError("Transaction already finalised")
        try:
            await self._commit("")
        except BaseException:
            await self.abandon()
            raise
        finally:
            self._finalized = True

    async def execute_script(self, query: str) -> None:
        """Run several statements inside the transaction (`executescript` would commit it)."""
        for statement in statements(query):
            await self.execute_query(statement)


client_class = FavadSqliteClient
