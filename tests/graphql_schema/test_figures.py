"""Figures through the API: mapping of the domain's, keys as objects, scope, refusals, queries."""

from __future__ import annotations

from typing import Any

import pytest

import models
from domain import figures, generate, questions, results
from domain.actors import SYSTEM
from domain.figures import By
from tests.graphql_schema.conftest import Apis
from tests.support.queries import recorded
from tests.support.world import World

FIGURES = """registered answered breaches misrouted outOfScope medianSeconds p90Seconds meanRating
    inTime { value part whole low high } inTimeWithPauses { value part whole }
    reopened { part whole } responses { part whole } satisfied { value part whole }"""
QUERY = f"""query ($period: String!, $by: FigureGroup, $filter: FigureFilter) {{
  figures(period: $period, by: $by, filter: $filter) {{
    period {{ label start startJalali end endJalali }}
    total {{ {FIGURES} }}
    rows {{ agency {{ code }} place {{ code }} indicator {{ code version }}
            figures {{ {FIGURES} }} }}
    waiting {{ total over underHalfHour underHour underTwoHours longer paused }} }} }}"""
SCOPES = ("figures:read",)


async def day(world: World) -> None:
    """Two answered cases, one of them late, one asked about, and one of another agency."""
    first, late = await world.case(), await world.case("+989350000001")
    world.clock.forward(minutes=60)
    await results.record(world["senior"], first.id, "باجه از ساعت ۸ باز است.")
    asked = await world.case("+989350000002", indicator="I3", agency="EDU-p1", place="p1")
    await questions.ask(world["senior"], asked.id, "چه روزی مراجعه کردید؟")
    await world.case("+989350000003", agency="ENE", place="p2")
    world.clock.forward(minutes=180)
    await results.record(world["senior"], late.id, "باجه از ساعت ۸ باز است.")


async def test_a_day(world: World, api: Apis) -> None:
    await day(world)
    partner = await api("EDU", *SCOPES)
    found = (await partner.ask(QUERY, period="today", by="AGENCY"))["figures"]
    assert found["period"] == {
        "label": "۳ آذر ۱۴۰۵",
        "start": "2026-11-23T20:30:00.000000Z",
        "startJalali": "۱۴۰۵/۰۹/۰۳ ۰۰:۰۰",
        "end": "2026-11-24T20:30:00.000000Z",
        "endJalali": "۱۴۰۵/۰۹/۰۴ ۰۰:۰۰",
    }
    total = found["total"]
    assert (total["registered"], total["answered"], total["breaches"]) == (3, 2, 1)
    assert (total["medianSeconds"], total["p90Seconds"]) == (3600, 14400)
    low, high = figures.Share(1, 2).interval or (0, 0)
    assert total["inTime"] == {"value": 0.5, "part": 1, "whole": 2, "low": low, "high": high}
    assert total["satisfied"] == {"value": None, "part": 0, "whole": 0}
    assert total["meanRating"] is None
    [row] = found["rows"]
    assert row == {
        "agency": {"code": "EDU"},
        "place": None,
        "indicator": None,
        "figures": total,
    }
    assert found["waiting"] == {
        "total": 1,
        "over": 0,
        "underHalfHour": 0,
        "underHour": 0,
        "underTwoHours": 0,
        "longer": 0,
        "paused": 1,
    }


@pytest.mark.parametrize(
    ("by", "filter_", "field", "codes"),
    [
        (None, None, "agency", []),
        ("AGENCY", None, "agency", ["EDU", "ENE"]),
        ("UNIT", {"agency": "EDU"}, "agency", ["EDU-S"]),
        ("UNIT", {"agency": "EDU-S"}, "agency", ["EDU-p1"]),
        ("UNIT", {"agency": "EDU-p1"}, "agency", ["EDU-c1", "EDU-p1"]),
        ("PROVINCE", None, "place", ["p1", "p2"]),
        ("COUNTY", None, "place", ["c1", None]),
        ("PLACE", {"place": "p1"}, "place", ["c1", "p1"]),
        ("PLACE", {"place": "r1", "agency": "EDU"}, "place", ["v1"]),
        ("INDICATOR", None, "indicator", ["I3", "I5"]),
        ("INDICATOR", {"indicator": "I3"}, "indicator", ["I3"]),
        ("INDICATOR", {"agency": "CUL"}, "indicator", []),
    ],
)
async def test_rows_have_their_keys_in_order(
    world: World, api: Apis, by: str | None, filter_: Any, field: str, codes: list[str | None]
) -> None:
    await day(world)
    await models.Indicator.filter(code="I3").update(active=False)
    found = (await (await api("supervisor")).ask(QUERY, period="1405-09", by=by, filter=filter_))[
        "figures"
    ]
    assert [row[field] and row[field]["code"] for row in found["rows"]] == codes
    for row in found["rows"]:
        assert [name for name in ("agency", "place", "indicator") if row[name]] in ([field], [])
    if by:
        rows = [row["figures"]["registered"] for row in found["rows"]]
        assert sum(rows) == found["total"]["registered"]


async def test_they_are_the_figures_of_the_domain(world: World, api: Apis) -> None:
    await generate.generate(150, 1, seed=3)
    supervisor = await api("supervisor")
    found = (await supervisor.ask(QUERY, period="1405", by="INDICATOR"))["figures"]
    year = figures.bounds("1405")
    known = await figures.grouped(SYSTEM, By.INDICATOR, year.start, year.end)
    assert [row["indicator"]["code"] for row in found["rows"]] == sorted(map(str, known))
    for row in found["rows"]:
        ours = known[row["indicator"]["code"]]
        theirs = row["figures"]
        assert theirs["registered"] == ours.registered
        assert theirs["medianSeconds"] == ours.median_seconds
        assert theirs["meanRating"] == ours.mean_rating
        for name, share in (
            ("inTime", ours.in_time_share),
            ("inTimeWithPauses", ours.in_time_with_pauses_share),
            ("reopened", ours.reopened_share),
            ("responses", ours.response_share),
            ("satisfied", ours.csat),
        ):
            assert (theirs[name]["part"], theirs[name]["whole"]) == (share.part, share.whole)


async def test_who_counts_what(world: World, api: Apis) -> None:
    await day(world)
    query = '{ figures(period: "today") { total { registered } } }'
    for who, count in (("EDU", 3), ("EDU-p1", 3), ("EDU-p2", 0), ("ENE", 1)):
        found = await (await api(who, *SCOPES)).ask(query)
        assert found["figures"]["total"]["registered"] == count, who
    assert await (await api("EDU", "cases:read")).code(query) == "forbidden"
    assert (await (await api("county")).ask(query))["figures"]["total"]["registered"] == 0


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"period": "yesterday"}, "invalid", "period"),
        ({"period": "1405-13"}, "invalid", "period"),
        ({"period": ""}, "invalid", "period"),
        ({"period": "1405", "by": "UNIT"}, "required", "agency"),
        ({"period": "1405", "by": "PLACE"}, "required", "place"),
        ({"period": "1405", "filter": {"agency": "nope"}}, "unknown", "agency"),
        ({"period": "1405", "filter": {"place": "' OR 1=1 --"}}, "unknown", "place"),
        ({"period": "1405", "filter": {"indicator": "I9"}}, "unknown", "indicator"),
    ],
)
async def test_refusals(
    world: World, api: Apis, given: dict[str, Any], code: str, field: str
) -> None:
    answer = await (await api("supervisor")).send(QUERY, **given)
    [error] = answer["errors"]
    assert error["extensions"] == {"code": code, "field": field}
    assert answer["data"] is None


@pytest.mark.parametrize(
    ("by", "filter_", "queries"),
    [
        ("AGENCY", None, 17),
        ("UNIT", {"agency": "EDU"}, 22),
        ("PLACE", {"place": "p1"}, 22),
        ("INDICATOR", {"indicator": "I5"}, 20),
    ],
)
async def test_queries_do_not_grow(
    world: World, api: Apis, by: str, filter_: Any, queries: int
) -> None:
    supervisor = await api("supervisor")
    await day(world)
    counts = []
    for _ in range(2):
        with recorded() as statements:
            await supervisor.ask(QUERY, period="1405", by=by, filter=filter_)
        counts.append(len(statements))
        await generate.generate(60, 1, seed=len(counts))
    assert counts == [queries, queries]
