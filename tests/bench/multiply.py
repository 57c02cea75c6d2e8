"""Many cases from some: copies of generated ones that have ended, moved back in time, by SQL.

A copy keeps persons, agencies, places and words; keys grow by a fixed distance, so that everything
that names a copied row names the copy. What is said of a copy: a case without incident.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from tortoise.fields import DatetimeField
from tortoise.models import Model

from domain.tracking_code import check_digit
from models import (
    ActionOrder,
    Breach,
    Case,
    CaseEvent,
    Feedback,
    Question,
    Referral,
    Round,
    Survey,
)

MODELS: tuple[type[Model], ...] = (
    Case, Round, ActionOrder, Referral, Question, Feedback, Breach, CaseEvent, Survey,
)  # fmt: skip
"""Copied, in the order in which they name each other."""
TABLES = [*(model._meta.db_table for model in MODELS), "case_indicator"]
BACK_DAYS = 540
"""How far back the copies reach, evenly."""
_ENDED = "('closed', 'out_of_scope', 'withdrawn')"
_DROPPED = {"incident_id", "duplicate_of_id"}


class Session(Protocol):
    """What the two databases do each in their way."""

    async def run(self, statement: str) -> None: ...
    async def values(self, query: str) -> list[Any]: ...
    async def codes(self, codes: list[tuple[int, str]]) -> None: ...
    def moved(self, column: str, seconds: int) -> str: ...


@dataclass(frozen=True)
class Copy:
    """The copy with this number: keys grow by `distance`, moments lie `seconds` earlier."""

    distance: int
    seconds: int
    cases: int


async def multiply(session: Session, cases: int, progress: Callable[[int], object]) -> None:
    """Copy until there are `cases`; `progress` is told how many there are."""
    taken = set(await session.values("SELECT tracking_code FROM cases"))
    present = len(taken)
    last = {table: await _last(session, table) for table in TABLES}
    await session.run(
        "CREATE TEMPORARY TABLE source AS SELECT id, row_number() OVER (ORDER BY id) AS place"
        f" FROM cases WHERE status IN {_ENDED}"
    )
    await session.run("CREATE UNIQUE INDEX source_id ON source (id)")
    await session.run("CREATE TEMPORARY TABLE code (place integer PRIMARY KEY, code text)")
    codes = _codes(cases - present, taken)
    [size] = await session.values("SELECT count(*) FROM source")
    for copy in _copies(size, cases - present, last):
        await session.codes([(place, next(codes)) for place in range(1, copy.cases + 1)])
        for model in MODELS:
            await session.run(_statement(session, model, copy, last[model._meta.db_table]))
        await session.run(
            f"INSERT INTO case_indicator (case_id, indicator_id) SELECT case_id + {copy.distance},"
            f" indicator_id FROM case_indicator JOIN source ON source.id = case_id"
            f" WHERE case_id <= {last['case_indicator']} AND place <= {copy.cases}"
        )
        present += copy.cases
        progress(present)


async def _last(session: Session, table: str) -> int:
    key = "case_id" if table == "case_indicator" else "id"
    [found] = await session.values(f"SELECT coalesce(max({key}), 0) FROM {table}")
    return int(found)


def _copies(size: int, wanted: int, last: dict[str, int]) -> Iterator[Copy]:
    distance = max(last.values()) + 1
    number = -(-wanted // size)
    for n in range(1, number + 1):
        seconds = n * BACK_DAYS * 86_400 // number + 61 * n
        yield Copy(n * distance, seconds, min(size, wanted - (n - 1) * size))


def _statement(session: Session, model: type[Model], copy: Copy, last: int) -> str:
    meta = model._meta
    names = {meta.db_pk_column} | {
        str(meta.fields_map[name].source_field)
        for name in meta.fk_fields | meta.o2o_fields
        if meta.fields_map[name].related_model in MODELS  # type: ignore[attr-defined]
    }
    values = []
    for name, column in meta.fields_db_projection.items():
        if column in _DROPPED:
            values.append("NULL")
        elif column == "tracking_code":
            values.append("code.code")
        elif column in names:
            values.append(f"s.{column} + {copy.distance}")
        elif isinstance(meta.fields_map[name], DatetimeField):
            values.append(session.moved(f"s.{column}", copy.seconds))
        else:
            values.append(f"s.{column}")
    case = "s.id" if model is Case else "s.case_id"
    codes = "JOIN code ON code.place = source.place" if model is Case else ""
    return (
        f"INSERT INTO {meta.db_table} ({', '.join(meta.fields_db_projection.values())})"
        f" SELECT {', '.join(values)} FROM {meta.db_table} s JOIN source ON source.id = {case}"
        f" {codes} WHERE s.id <= {last} AND source.place <= {copy.cases} ORDER BY s.id"
    )


def _codes(number: int, taken: set[str]) -> Iterator[str]:
    """Valid tracking codes, each once and none of those taken."""
    for body in random.Random(128).sample(range(10**10, 9 * 10**10), number + len(taken)):
        code = f"{body}{check_digit(str(body))}"
        if code not in taken:
            yield code
