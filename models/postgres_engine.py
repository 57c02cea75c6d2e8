"""Tortoise's PostgreSQL backend; a transaction that cannot begin gives its connection back."""

from __future__ import annotations

from tortoise.backends.asyncpg.client import AsyncpgDBClient, TransactionWrapper
from tortoise.backends.base.client import (
    TransactionalDBClient,
    TransactionContext,
    TransactionContextPooled,
)
from tortoise.connection import get_connections


class FavadPostgresClient(AsyncpgDBClient):
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
