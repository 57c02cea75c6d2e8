"""Tortoise's PostgreSQL backend with two things a service needs from it.

* A transaction that cannot begin gives its connection back.
* A connection goes back to the pool without asking the server to reset it.
"""

from __future__ import annotations

import asyncpg
from tortoise.backends.asyncpg.client import AsyncpgDBClient, TransactionWrapper
from tortoise.backends.base.client import (
    TransactionalDBClient,
    TransactionContext,
    TransactionContextPooled,
)
from tortoise.connection import get_connections


class _Connection(asyncpg.Connection):  # type: ignore[misc]
    """One that nothing is left on between its users.

    Our code locks names and sets variables inside transactions only, and listens on connections
    outside the pool, if at all; so the round trip by which asyncpg clears all that at each return
    to the pool finds nothing. An open transaction it still rolls back, without that round trip.
    """

    def get_reset_query(self) -> str:
        return ""


class FavadPostgresClient(AsyncpgDBClient):
    connection_class = _Connection

    def _in_transaction(self) -> TransactionContext:
        return _Context(TransactionWrapper(self), self._pool_init_lock)


class _Context(TransactionContextPooled):
    async def __aenter__(self) -> TransactionalDBClient:
        await self.ensure_connection()
        pool = self.client._parent._pool
        self.client._connection = await pool.acquire()
        try:
            await self.client.begin()
        except BaseException:
            await pool.release(self.client._connection)
            raise
        self.token = get_connections().set(self.connection_name, self.client)
        return self.client


client_class = FavadPostgresClient
