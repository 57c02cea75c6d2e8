"""The SQL behind `domain.figures`, for PostgreSQL and SQLite: one query per source of figures."""

# ruff: noqa: S608 (queries are put together from this module's own constants)

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from tortoise.expressions import Q

from domain import workflow
from models import Case, database
from models.conditions import Values, every

Key = int | str | None


@dataclass(frozen=True)
class Group:
    """What is counted together: a value of `cases c` and the join that it needs.

    `sender` is the value of `case_event e` under which misrouting counts, if it is another.
    """

    key: str = "0"
    join: str = ""
    sender: str | None = None


ALL = Group()
BY_AGENCY = Group("c.main_agency_id", sender="e.agency_id")
BY_PROVINCE = Group("c.province_id")
BY_COUNTY = Group("c.county_id")
BY_INDICATOR = Group("i.code", "JOIN indicator i ON i.id = c.indicator_id")


def below_agency(lineage: str) -> Group:
    """By the units directly below the agency of this lineage, each with all below it."""
    key = f"CAST({_next('a.lineage', lineage)} AS bigint)"
    own = f"length(a.lineage) = {len(lineage)}"
    join = "JOIN agency a ON a.id = c.agency_id"
    return Group(f"CASE WHEN {own} THEN a.id ELSE {key} END", join)


def inside_place(lineage: str) -> Group:
    """By the divisions directly inside the place of this lineage, each with all in it."""
    own = f"length(p.lineage) = {len(lineage)}"
    join = "JOIN place p ON p.code = c.place_id"
    return Group(f"CASE WHEN {own} THEN p.code ELSE {_next('p.lineage', lineage)} END", join)


class Scope:
    """The cases that count: those that are `wanted`. `contacts`: calls out of scope count too."""

    def __init__(self, wanted: Sequence[Q], *, contacts: bool) -> None:
        self.contacts = contacts
        self.wanted = wanted

    def seen(self, values: Values) -> str:
        """The condition on `cases c`."""
        return every(Case, self.wanted, "c", values)

    def query(self, *given: Any) -> tuple[list[str], Values]:
        """Places in a query's text for these values, and where its further values go."""
        values = Values()
        return [values.put(value) for value in given], values

    async def run(self, query: str, values: Values) -> list[dict[str, Any]]:
        return await database.connection().execute_query_dict(query, values.given)


async def measure(
    scope: Scope, by: Group, start: datetime, end: datetime, limit: timedelta
) -> dict[Key, dict[str, Any]]:
    """Every figure of [start, end), by key; the only key is 0 where nothing is grouped."""
    found: dict[Key, dict[str, Any]] = defaultdict(dict)
    for rows in (
        await _registered(scope, by, start, end),
        await _answered(scope, by, start, end, limit),
        await _breaches(scope, by, start, end),
        await _surveys(scope, by, start, end),
        await _feedback(scope, by, start, end),
    ):
        _add(found, rows)
    senders = await _misrouted(scope, by, start, end)
    if by.sender is not None and not scope.contacts:  # of agencies that are not counted nothing
        senders = [row for row in senders if row["key"] in found]
    _add(found, senders)
    if by == ALL and scope.contacts:
        total = found[0].get("out_of_scope", 0) + await _contacts(start, end)
        found[0]["out_of_scope"] = total
    return dict(found)


def _add(found: dict[Key, dict[str, Any]], rows: Iterable[dict[str, Any]]) -> None:
    for row in rows:
        values = {name: _whole(value) for name, value in row.items() if name != "key"}
        if any(values.values()):
            found[row["key"]].update(values)


async def waiting(scope: Scope, moment: datetime) -> dict[str, int]:
    """Unanswered cases by the time left of their clock."""
    bounds, values = scope.query(*(moment + timedelta(minutes=m) for m in (0, 30, 60, 120)))
    due = "c.paused_at IS NULL AND c.due_at"
    conditions = {
        "over": f"{due} < {bounds[0]}",
        "under_half_hour": f"{due} >= {bounds[0]} AND c.due_at < {bounds[1]}",
        "under_hour": f"{due} >= {bounds[1]} AND c.due_at < {bounds[2]}",
        "under_two_hours": f"{due} >= {bounds[2]} AND c.due_at < {bounds[3]}",
        "longer": f"{due} >= {bounds[3]}",
        "paused": "c.paused_at IS NOT NULL",
    }
    counts = ", ".join(f"{_count(text)} AS {name}" for name, text in conditions.items())
    [row] = await scope.run(
        f"SELECT {counts} FROM cases c WHERE c.status IN {_UNANSWERED} AND {scope.seen(values)}",
        values,
    )
    return {name: _whole(row[name]) or 0 for name in conditions}


async def _registered(
    scope: Scope, by: Group, start: datetime, end: datetime
) -> Iterable[dict[str, Any]]:
    outside = "c.status = 'out_of_scope'"
    return await _sum(
        scope,
        by,
        {"registered": f"NOT ({outside})", "out_of_scope": outside},
        "cases c",
        "c.registered_at",
        (start, end),
    )


async def _breaches(
    scope: Scope, by: Group, start: datetime, end: datetime
) -> Iterable[dict[str, Any]]:
    source = "breach b JOIN cases c ON c.id = b.case_id"
    return await _sum(scope, by, {"breaches": "1 = 1"}, source, "b.created_at", (start, end))


async def _surveys(
    scope: Scope, by: Group, start: datetime, end: datetime
) -> Iterable[dict[str, Any]]:
    columns = {"surveys": "1 = 1", "replies": "s.scored_at IS NOT NULL"}
    source = "survey s JOIN cases c ON c.id = s.case_id"
    return await _sum(scope, by, columns, source, "s.asked_at", (start, end))


async def _feedback(
    scope: Scope, by: Group, start: datetime, end: datetime
) -> Iterable[dict[str, Any]]:
    columns = {"ratings": _COUNTED, "satisfied": f"{_COUNTED} AND f.rating >= 4"}
    source = "feedback f JOIN cases c ON c.id = f.case_id"
    total = f"sum(CASE WHEN {_COUNTED} THEN f.rating ELSE 0 END) AS rating_sum"
    return await _sum(scope, by, columns, source, "f.created_at", (start, end), total)


async def _misrouted(
    scope: Scope, by: Group, start: datetime, end: datetime
) -> Iterable[dict[str, Any]]:
    """Under the agency that sent the case back, not under the one that has it now."""
    returned = "e.kind = 'return_to_centre'"
    source = f"case_event e JOIN cases c ON c.id = e.case_id AND {returned}"
    columns = {"misrouted": "1 = 1"}
    if by.sender is not None:
        by = replace(by, key=by.sender)
    return await _sum(scope, by, columns, source, "e.at", (start, end))


async def _contacts(start: datetime, end: datetime) -> int:
    everything = Scope([], contacts=True)
    places, values = everything.query(start, end)
    [row] = await everything.run(
        f"SELECT count(*) AS total FROM out_of_scope_contact "
        f"WHERE created_at >= {places[0]} AND created_at < {places[1]}",
        values,
    )
    return int(row["total"])


async def _sum(
    scope: Scope,
    by: Group,
    columns: dict[str, str],
    source: str,
    moment: str,
    bounds: tuple[datetime, datetime],
    more: str = "",
) -> list[dict[str, Any]]:
    """Rows of `source` in the period that meet each condition, by key."""
    places, values = scope.query(*bounds)
    counts = [f"{_count(condition)} AS {name}" for name, condition in columns.items()]
    return await scope.run(
        f"SELECT {by.key} AS key, {', '.join([*counts, *([more] if more else [])])} "
        f"FROM {source} {by.join} WHERE {moment} >= {places[0]} AND {moment} < {places[1]} "
        f"AND {scope.seen(values)} GROUP BY 1",
        values,
    )


async def _answered(
    scope: Scope, by: Group, start: datetime, end: datetime, limit: timedelta
) -> list[dict[str, Any]]:
    """Answered rounds with nearest-rank percentiles of the time their clock ran."""
    places, values = scope.query(start, end, int(limit.total_seconds()))
    whole = f"{_seconds('r.answered_at')} - {_seconds('r.started_at')}"
    following = "n.case_id = r.case_id AND n.number = r.number + 1"
    reopened = f"EXISTS (SELECT 1 FROM case_round n WHERE {following})"
    return await scope.run(
        f"""SELECT key, count(*) AS answered, sum(in_time) AS in_time,
            sum(in_time_with_pauses) AS in_time_with_pauses, sum(reopened) AS reopened,
            max(CASE WHEN rank = (size + 1) / 2 THEN ran END) AS median_seconds,
            max(CASE WHEN rank = (9 * size + 9) / 10 THEN ran END) AS p90_seconds
        FROM (SELECT *, row_number() OVER (PARTITION BY key ORDER BY ran) AS rank,
                count(*) OVER (PARTITION BY key) AS size
            FROM (SELECT {by.key} AS key, {whole} - r.paused_seconds AS ran,
                    {_one("r.answered_at <= r.due_at")} AS in_time,
                    {_one(f"{whole} <= {places[2]}")} AS in_time_with_pauses,
                    {_one(reopened)} AS reopened
                FROM case_round r JOIN cases c ON c.id = r.case_id {by.join}
                WHERE r.answered_at >= {places[0]} AND r.answered_at < {places[1]}
                    AND {scope.seen(values)}) AS rounds) AS ranked
        GROUP BY key""",
        values,
    )


_COUNTED = "(f.superseded = false AND f.late = false)"
_UNANSWERED = "(" + ", ".join(f"'{status}'" for status in sorted(workflow.UNANSWERED)) + ")"


def _next(lineage: str, top: str) -> str:
    """What stands in a column of lineages right after the lineage `top`."""
    rest = f"substr({lineage}, {len(top) + 1})"
    if database.is_postgres():
        return f"split_part({rest}, '/', 1)"
    return f"substr({rest}, 1, instr({rest}, '/') - 1)"


def _one(condition: str) -> str:
    return f"CASE WHEN {condition} THEN 1 ELSE 0 END"


def _count(condition: str) -> str:
    return f"sum({_one(condition)})"


def _seconds(moment: str) -> str:
    """A moment as whole Unix seconds."""
    if database.is_postgres():
        return f"CAST(floor(extract(epoch FROM {moment})) AS bigint)"
    return f"CAST(strftime('%s', {moment}) AS integer)"


def _whole(value: Any) -> int | None:
    """Sums come as integers, as decimals, or as nothing."""
    return None if value is None else int(value)
