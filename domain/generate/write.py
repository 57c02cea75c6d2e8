"""Writing of generated rows in bulk: numbers first, then every table in one transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from domain.generate.rows import Row
from domain.generate.tables import TABLES, Table
from models import database


class Batch:
    """Rows that belong together, in the order in which they came about."""

    def __init__(self) -> None:
        self.rows: dict[type[Row], list[Row]] = defaultdict(list)

    def add(self, row: Row) -> None:
        self.rows[type(row)].append(row)

    async def save(self) -> None:
        """Write all or nothing. References are turned into the numbers given here."""
        async with database.transaction():
            for table in TABLES:
                if table.numbered:
                    await _number(table, self.rows[table.kind])
            for table in TABLES:
                await _insert(table, self.rows[table.kind])


async def _number(table: Table, rows: Sequence[Row]) -> None:
    if not rows:
        return
    for row, number in zip(rows, await _numbers(table.name, len(rows)), strict=True):
        row.id = number


async def _numbers(table: str, count: int) -> Sequence[int]:
    """Numbers that nobody else is given: SQLite's writer is alone, PostgreSQL has a sequence."""
    connection = database.connection()
    if database.is_postgres():
        found = await connection.execute_query_dict(
            "SELECT nextval(pg_get_serial_sequence($1, 'id')) AS id FROM generate_series(1, $2)",
            [table, count],
        )
        return [row["id"] for row in found]
    rows = await connection.execute_query_dict(
        f"SELECT coalesce(max(id), 0) AS last FROM {table}"  # noqa: S608
    )
    kept = await connection.execute_query_dict(
        "SELECT seq AS last FROM sqlite_sequence WHERE name = ?", [table]
    )
    first = max(int(row["last"]) for row in (*rows, *kept)) + 1
    return range(first, first + count)


async def _insert(table: Table, rows: Sequence[Row]) -> None:
    if not rows:
        return
    columns = table.columns
    marks = [f"${n}" if database.is_postgres() else "?" for n in range(1, len(columns) + 1)]
    query = (
        f"INSERT INTO {table.name} ({', '.join(columns)}) "  # noqa: S608
        f"VALUES ({', '.join(marks)})"
    )
    values = [list(table.values(row)) for row in rows]
    await database.connection().execute_many(query, values)
