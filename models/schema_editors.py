"""Schema changes that keep what Tortoise's own editors forget.

On both databases a column added with `db_index=True` gets its index. SQLite cannot alter a column,
so the table is built anew and renamed, which drops every index, trigger and table-level UNIQUE of
the old one and the counter that keeps numbers from being given twice: here they are noted before
and restored after.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tortoise.exceptions import OperationalError
from tortoise.fields.base import Field
from tortoise.fields.relational import ForeignKeyFieldInstance
from tortoise.indexes import Index
from tortoise.migrations.schema_editor import AsyncpgSchemaEditor, BaseSchemaEditor
from tortoise.migrations.schema_editor import SqliteSchemaEditor as TortoiseSqliteSchemaEditor
from tortoise.models import Model

from models.sqlite_engine import statements

FieldPairs = Sequence[tuple[Field[Any], Field[Any]]]


@dataclass(frozen=True)
class _Index:
    name: str
    columns: tuple[str | None, ...]  # None stands for an expression
    unique: bool
    sql: str | None  # None: made by a UNIQUE inside CREATE TABLE

    @property
    def only_column(self) -> str | None:
        return self.columns[0] if len(self.columns) == 1 else None


def _column(field: Field[Any]) -> str:
    return field.source_field or field.model_field_name


class _IndexedColumns(BaseSchemaEditor):
    async def add_field(self, model: type[Model], field_name: str) -> None:
        await super().add_field(model, field_name)
        field = model._meta.fields_map[field_name]
        if isinstance(field, ForeignKeyFieldInstance):
            field = model._meta.fields_map[field.source_field or field_name]
        if field.index and not field.unique:
            await self.add_index(model, Index(fields=(_column(field),)))


class PostgresSchemaEditor(_IndexedColumns, AsyncpgSchemaEditor):
    """Tortoise's editor for PostgreSQL; added columns get their index."""


class SqliteSchemaEditor(_IndexedColumns, TortoiseSqliteSchemaEditor):
    """Tortoise's editor for SQLite; a table built anew keeps its indexes, triggers and counter."""

    async def _run_sql(self, sql: str) -> None:
        if self.collect_sql:
            await super()._run_sql(sql)
            return
        for statement in statements(sql):
            await self.client.execute_query(statement)

    async def _remake_table(
        self,
        model: type[Model],
        create_field: Field[Any] | None = None,
        delete_field: Field[Any] | None = None,
        alter_fields: FieldPairs | None = None,
    ) -> None:
        table = model._meta.db_table
        pairs = alter_fields or ()
        indexes = await self._indexes(table)
        triggers = await self._rows(
            "SELECT sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ?", table
        )
        counter = await self._counter(table)
        await super()._remake_table(model, create_field, delete_field, alter_fields)
        await self._restore_counter(table, counter)
        await self._restore_indexes(model, indexes, pairs)
        await self._create_new_indexes(model, pairs)
        for trigger in triggers:
            await self.client.execute_query(trigger["sql"])

    async def _rows(self, query: str, *values: Any) -> list[dict[str, Any]]:
        return await self.client.execute_query_dict(query, list(values))

    async def _indexes(self, table: str) -> list[_Index]:
        listed = await self._rows(
            """SELECT list.name, list."unique", master.sql
               FROM pragma_index_list(?) AS list LEFT JOIN sqlite_master AS master
                 ON master.type = 'index' AND master.name = list.name
               WHERE list.origin <> 'pk' ORDER BY list.seq DESC""",
            table,
        )
        return [
            _Index(
                row["name"],
                tuple(
                    column["name"]
                    for column in await self._rows(
                        "SELECT name FROM pragma_index_info(?) ORDER BY seqno", row["name"]
                    )
                ),
                bool(row["unique"]),
                row["sql"],
            )
            for row in listed
        ]

    async def _restore_indexes(
        self, model: type[Model], before: list[_Index], pairs: FieldPairs
    ) -> None:
        table = model._meta.db_table
        present = {
            row["name"] for row in await self._rows("SELECT name FROM pragma_table_info(?)", table)
        }
        kept = {index.columns for index in await self._indexes(table) if index.unique}
        renamed = {_column(old) for old, new in pairs if _column(old) != _column(new)}
        ended = {_column(old) for old, new in pairs if _ends(old, new)}
        for index in before:
            columns = {column for column in index.columns if column is not None}
            if columns & renamed:
                raise OperationalError(
                    f"Index {index.name} is on a column that is renamed and changed at once: "
                    "rename it in one migration, change it in the next."
                )
            if not columns <= present or self._was_of_a_field(model, index, ended):
                continue
            if index.sql is not None:
                await self.client.execute_query(index.sql)
            elif index.columns not in kept:
                names = [column for column in index.columns if column is not None]
                await self._run_sql(self._named_unique_index(model, names))

    def _was_of_a_field(self, model: type[Model], index: _Index, columns: set[str]) -> bool:
        """Whether Tortoise made the index for one of these columns; a hand-written one stays."""
        column = index.only_column
        if column not in columns:
            return False
        return index.sql is None or index.name == self._generate_index_name("idx", model, [column])

    def _named_unique_index(self, model: type[Model], columns: list[str]) -> str:
        return self.UNIQUE_INDEX_CREATE_TEMPLATE.format(
            index_name=self._get_unique_constraint_name(model, columns),
            table_name=self.quote(model._meta.db_table),
            fields=", ".join(self.quote(column) for column in columns),
            extra="",
        )

    async def _create_new_indexes(self, model: type[Model], pairs: FieldPairs) -> None:
        for old, new in pairs:
            if new.index and not old.index and not new.unique:
                await self.add_index(model, Index(fields=(_column(new),)))

    async def _counter(self, table: str) -> int | None:
        used = await self._rows("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_sequence'")
        if not used:
            return None
        rows = await self._rows("SELECT seq FROM sqlite_sequence WHERE name = ?", table)
        return int(rows[0]["seq"]) if rows else None

    async def _restore_counter(self, table: str, counter: int | None) -> None:
        if counter is None:
            return
        await self._rows("DELETE FROM sqlite_sequence WHERE name = ?", table)
        await self._rows("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", table, counter)


def _ends(old: Field[Any], new: Field[Any]) -> bool:
    """Whether the change takes the column's own index or uniqueness away."""
    return (old.index and not new.index) or (old.unique and not new.unique)
