"""«Nothing changed» means that no row of any table did."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tortoise.context import get_current_context

from models.database import connection


async def contents() -> dict[str, str]:
    """A digest of the rows of each table."""
    context = get_current_context()
    assert context is not None and context.apps is not None
    found = {}
    for model in context.apps["models"].values():
        table = model._meta.db_table
        rows = await connection().execute_query_dict(f'SELECT * FROM "{table}"')
        texts = sorted(repr(sorted(row.items())) for row in rows)
        found[table] = hashlib.sha256("\n".join(texts).encode()).hexdigest()
    return found


async def changes(before: dict[str, str]) -> set[str]:
    """The tables that hold something else than before."""
    after = await contents()
    return {table for table, digest in before.items() if after[table] != digest}


@asynccontextmanager
async def unchanged(*but: str) -> AsyncIterator[None]:
    """Fails when a table changes meanwhile, other than those named."""
    before = await contents()
    yield
    changed = await changes(before) - set(but)
    assert not changed, f"changed: {sorted(changed)}"
