"""Statements for the busiest paths, where building a query would cost more than running it.

Conditions and queries are written once for both databases, with PostgreSQL's `$1`. What is sent
for a model is made once and remembered; values go to the driver as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from operator import attrgetter
from typing import Any, TypeVar

from tortoise.fields import JSONField
from tortoise.fields.base import Field
from tortoise.models import Model

from models import database

M = TypeVar("M", bound=Model)


async def fetch(query: str, *values: Any) -> Sequence[Mapping[str, Any]]:
    """The rows that a statement answers, as the driver gives them (moments are text on SQLite).

    Errors of the driver come as they are.
    """
    client = database.connection()
    if client.capabilities.dialect != "postgres":
        return await client.execute_query_dict(_for_sqlite(query), list(values))
    async with client.acquire_connection() as driver:
        client.log.debug("%s: %s", query, values)
        found: Sequence[Mapping[str, Any]] = await driver.fetch(query, *values)
        return found


async def select(model: type[M], condition: str, *values: Any) -> list[M]:
    """The rows for which the condition, and what follows it (`ORDER BY …`), holds."""
    rows = await fetch(f"{_select(model)}{condition}", *values)
    return [model._init_from_db(**row) for row in rows]


def new(model: type[M], **values: Any) -> M:
    """A row to insert, with the defaults of what is not given; nothing is checked or converted.

    A tenth of the time of `model(**values)`.
    """
    row = model.__new__(model)
    vars(row).update(_defaults(model), _await_when_save={}, **values)
    return row


async def insert(*rows: Model, unless: str | None = None) -> bool:
    """Write new rows of one table at once; each learns its id. Whether they were written.

    With `unless`, a unique column, nothing is written of a row whose value is there already;
    of several rows none learns its id then.
    """
    if not rows:
        return False
    first, pk = rows[0], rows[0]._meta.pk_attr
    sql, taken = _insert(type(first), len(rows), unless)
    values = [value for row in rows for value in taken(row)]
    found = await fetch(sql, *values)
    if len(found) == len(rows):
        # Ids grow with the rows; in which order they are answered is not promised.
        for row, key in zip(rows, sorted(item["key"] for item in found), strict=True):
            setattr(row, pk, key)
            row._saved_in_db = True
    return bool(found)


@lru_cache(maxsize=512)
def _for_sqlite(query: str) -> str:
    return query.replace("$", "?")


@lru_cache(maxsize=64)
def _defaults(model: type[Model]) -> dict[str, Any]:
    """What a new row holds before its values; no default of ours is a call or a container."""
    columns = {
        name: field.default for name, field in model._meta.fields_map.items() if field.has_db_field
    }
    assert not any(callable(value) or isinstance(value, list | dict) for value in columns.values())
    return {"_partial": False, "_saved_in_db": False, "_custom_generated_pk": False, **columns}


@lru_cache(maxsize=64)
def _select(model: type[Model]) -> str:
    columns = ", ".join(f'"{name}"' for name in model._meta.fields_db_projection.values())
    return f'SELECT {columns} FROM "{model._meta.db_table}" WHERE '  # noqa: S608 - our own names


@lru_cache(maxsize=512)
def _insert(
    model: type[Model], count: int, unless: str | None
) -> tuple[str, Callable[[Model], tuple[Any, ...]]]:
    """The statement for so many rows, and what takes its values from one."""
    meta = model._meta
    names = [name for name, field in meta.fields_map.items() if _is_written(field)]
    columns = ", ".join(f'"{meta.fields_db_projection[name]}"' for name in names)
    width = len(names)
    rows = ", ".join(
        "(" + ", ".join(f"${row * width + at + 1}" for at in range(width)) + ")"
        for row in range(count)
    )
    passed = f' ON CONFLICT ("{unless}") DO NOTHING' if unless else ""
    table, key = meta.db_table, meta.db_pk_column
    into = f'"{table}" ({columns})'
    return f'INSERT INTO {into} VALUES {rows}{passed} RETURNING "{key}" AS key', attrgetter(*names)  # noqa: S608


def _is_written(field: Field[Any]) -> bool:
    assert not isinstance(field, JSONField), "the drivers do not take JSON as it is"
    return field.has_db_field and not field.generated
