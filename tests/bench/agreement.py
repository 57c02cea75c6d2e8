"""That two servers do the same, shown before they are measured."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import orjson

from tests.bench import data, processes
from tests.bench.processes import Server
from tests.bench.scenarios import Scenario

CHECKED = 12
COUNTED = (
    "idempotent_reply", "notification", "job", "outbox_message", "change", "case_event",
    "case_round", "cases", "citizen",
)  # fmt: skip
"""Where a registration writes, those that name others first."""


Requests = Callable[[Scenario, str, int], Iterator[bytes]]
"""So many HTTP requests of a scenario to the server of this name."""


class Disagreement(Exception):
    """The servers answer differently, so their speeds cannot be compared."""


async def check(
    url: str,
    scenario: Scenario,
    product: Server,
    beside: Server,
    requests: Requests,
) -> None:
    """Raise `Disagreement` unless both give the same answers, or write as many rows."""
    if scenario.writes:
        await _check_rows(url, scenario, product, beside, requests)
        return
    pairs = zip(
        requests(scenario, product.name, CHECKED),
        requests(scenario, beside.name, CHECKED),
        strict=True,
    )
    for ours, theirs in pairs:
        answers = [await _answer(product, ours), await _answer(beside, theirs)]
        if scenario.same and answers[0] != answers[1]:
            raise Disagreement(f"differs at {difference(*answers)} for\n{ours.decode()}")


def _rounded(value: Any) -> Any:
    """A JSON value with fractions of twelve digits; the databases write more or fewer."""
    if isinstance(value, dict):
        return {key: _rounded(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_rounded(inner) for inner in value]
    return float(f"{value:.12g}") if isinstance(value, float) else value


def difference(one: Any, other: Any, path: str = "answer") -> str:
    """Where two JSON values differ first."""
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        return next(
            difference(one[key], other[key], f"{path}.{key}")
            for key in one
            if one[key] != other[key]
        )
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        return next(
            difference(left, right, f"{path}.{index}")
            for index, (left, right) in enumerate(zip(one, other, strict=True))
            if left != right
        )
    return f"{path}: {str(one)[:500]} and {str(other)[:500]}"


async def _check_rows(
    url: str,
    scenario: Scenario,
    product: Server,
    beside: Server,
    requests: Requests,
) -> None:
    written = []
    for server in (product, beside):
        before = await _counts(url)
        for request in requests(scenario, server.name, CHECKED):
            await _answer(server, request)
        after = await _counts(url)
        written.append({table: after[table] - before[table] for table in after})
    if written[0] != written[1]:
        raise Disagreement(f"rows written: {written[0]} and {written[1]}")


async def _answer(server: Server, request: bytes) -> Any:
    status, body = await processes.post(server, request)
    answer = orjson.loads(body) if status == 200 else None
    if answer is None or "errors" in answer or b'"errors":[{' in body:
        raise Disagreement(f"{server.name} answers {status}: {body[:2000].decode()}")
    return _rounded(answer)


async def _counts(url: str) -> dict[str, int]:
    async with data.session(url) as opened:
        return {
            table: (await opened.values(f"SELECT count(*) FROM {table}"))[0] for table in COUNTED
        }


async def forget_new_rows(opened: Any) -> None:
    """Remove what earlier runs have registered, so that all runs find the same database."""
    await opened.run("CREATE TABLE IF NOT EXISTS bench_mark (name text PRIMARY KEY, last bigint)")
    marks = dict(await opened.rows("SELECT name, last FROM bench_mark"))
    for table in COUNTED:
        if table in marks:
            await opened.run(f"DELETE FROM {table} WHERE id > {marks[table]}")
        else:
            await opened.run(
                f"INSERT INTO bench_mark SELECT '{table}', coalesce(max(id), 0) FROM {table}"
            )
