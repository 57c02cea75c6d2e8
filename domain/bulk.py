"""Reading of reference lists (CSV) and writing of only those rows that differ."""

from __future__ import annotations

import csv
import gzip
import io
import re
import zlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NoReturn

from domain.errors import DomainError
from domain.text import clean_line
from models import database

Progress = Callable[[int, int], None]
Row = tuple[Any, ...]

_BATCH: Final = 2000
_CODE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")


@dataclass(frozen=True)
class LoadReport:
    """What taking a list over the stored one did, in rows."""

    added: int
    changed: int
    retired: int
    unchanged: int


@dataclass(frozen=True)
class Line:
    """One row of a file, which knows where it stands so that a refusal can say it."""

    file: str
    number: int
    cells: dict[str, str]

    def refuse(self, code: str, column: str) -> NoReturn:
        """Raise DomainError `code` naming file, line and column."""
        raise DomainError(code, file=self.file, line=self.number, column=column)

    def text(self, column: str, *, longest: int, required: bool = True) -> str:
        """A cell as clean text. Raises DomainError file_required or file_value."""
        try:
            value = clean_line(self.cells[column], column, max=longest, min=0)
        except DomainError:
            self.refuse("file_value", column)
        if required and not value:
            self.refuse("file_required", column)
        return value

    def code(self, column: str, *, longest: int, required: bool = True) -> str:
        """A cell as a code of ASCII letters, digits, "-" and "_"."""
        value = self.text(column, longest=longest, required=required)
        if value and not _CODE.fullmatch(value):
            self.refuse("file_value", column)
        return value


def read(path: Path, columns: Sequence[str]) -> Iterator[Line]:
    """The rows of a UTF-8 CSV file with a header, plain or gzip; empty lines are skipped.

    Raises DomainError file_missing, file_encoding, file_unreadable, file_column.
    """
    text = _decoded(path)
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    header: list[str] = []
    try:
        for row in rows:
            if not row:
                continue
            if not header:
                header = _checked_header(path, row, columns, rows.line_num)
            elif len(row) != len(header):
                raise DomainError("file_unreadable", file=path.name, line=rows.line_num)
            else:
                yield Line(path.name, rows.line_num, dict(zip(header, row, strict=True)))
    except csv.Error:
        raise DomainError("file_unreadable", file=path.name, line=rows.line_num) from None
    if not header:
        raise DomainError("file_column", file=path.name, line=1, column=columns[0])


def _decoded(path: Path) -> str:
    try:
        data = path.read_bytes()
        if path.suffix == ".gz":
            data = gzip.decompress(data)
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise DomainError("file_encoding", file=path.name, line=line) from None
    except (EOFError, gzip.BadGzipFile, zlib.error):
        raise DomainError("file_unreadable", file=path.name, line=1) from None
    except OSError:
        raise DomainError("file_missing", file=path.name) from None


def _checked_header(path: Path, row: list[str], columns: Sequence[str], number: int) -> list[str]:
    for column in columns:
        if column not in row:
            raise DomainError("file_column", file=path.name, line=number, column=column)
    return row


class Table:
    """A table whose rows are taken from a list: compared, inserted or updated, never deleted.

    `columns` begin with the key and end with "active"; rows are tuples in their order. The columns
    named in `once` are written with a new row and then left alone.
    """

    def __init__(self, name: str, columns: Sequence[str], once: Collection[str] = ()) -> None:
        self.name = name
        self.columns = tuple(columns)
        self._kept = [n for n, column in enumerate(columns) if column not in once]
        self._updated = [columns[n] for n in self._kept[1:]]

    async def lock(self) -> None:
        """Let no other loader in until the transaction ends (on SQLite it already is alone)."""
        if database.is_postgres():
            await database.connection().execute_query(
                f"LOCK TABLE {self.name} IN SHARE ROW EXCLUSIVE MODE"
            )

    async def stored(self) -> dict[Any, Row]:
        """All rows, by key; SQLite gives its booleans as 0 and 1."""
        rows = await database.connection().execute_query_dict(
            f"SELECT {', '.join(self.columns)} FROM {self.name}"  # noqa: S608
        )
        return {row[self.columns[0]]: tuple(row.values()) for row in rows}

    async def take(
        self,
        rows: Sequence[Row],
        stored: Mapping[Any, Row],
        progress: Progress | None = None,
    ) -> LoadReport:
        """Make the table say what `rows` say; parents come before their children.

        `stored` is the table as it is; what has no row any more becomes inactive.
        `progress(done, total)` counts rows written.
        """
        new = [row for row in rows if row[0] not in stored]
        changed = [row for row in rows if row[0] in stored and self._differ(row, stored[row[0]])]
        gone = stored.keys() - {row[0] for row in rows}
        retired = [key for key in gone if stored[key][-1]]
        await self._upsert(sorted(new + changed, key=_positions(rows)), progress or _silent)
        await self._retire(retired)
        unchanged = len(rows) - len(new) - len(changed)
        return LoadReport(len(new), len(changed), len(retired), unchanged)

    def _differ(self, row: Row, stored: Row) -> bool:
        return any(row[n] != stored[n] for n in self._kept)

    async def _upsert(self, rows: Sequence[Row], report: Progress) -> None:
        names, marks = ", ".join(self.columns), ", ".join(_marks(len(self.columns)))
        updates = ", ".join(f"{column} = excluded.{column}" for column in self._updated)
        query = (
            f"INSERT INTO {self.name} ({names}) VALUES ({marks}) "  # noqa: S608
            f"ON CONFLICT ({self.columns[0]}) DO UPDATE SET {updates}"
        )
        report(0, len(rows))
        for start in range(0, len(rows), _BATCH):
            batch = rows[start : start + _BATCH]
            await database.connection().execute_many(query, [list(row) for row in batch])
            report(start + len(batch), len(rows))

    async def _retire(self, keys: Sequence[Any]) -> None:
        marks = _marks(2)
        await database.connection().execute_many(
            f"UPDATE {self.name} SET active = {marks[0]} WHERE {self.columns[0]} = {marks[1]}",  # noqa: S608
            [[False, key] for key in keys],
        )


def _positions(rows: Sequence[Row]) -> Callable[[Row], int]:
    order = {row[0]: n for n, row in enumerate(rows)}
    return lambda row: order[row[0]]


def _marks(count: int) -> list[str]:
    """Placeholders of the database in use."""
    return [f"${n}" if database.is_postgres() else "?" for n in range(1, count + 1)]


def _silent(done: int, total: int) -> None:
    pass
