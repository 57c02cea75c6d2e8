"""Pages: the whole list in order, both ways, and steady while rows are added."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

import models
from domain import events, review
from domain.actors import SYSTEM
from domain.text import fold
from domain.time import now
from models.enums import AgencyLevel, EventKind, ReferralStatus
from tests.graphql_schema.conftest import Api, Apis, gid
from tests.support.world import World

CASES = """query ($first: Int, $after: String, $last: Int, $before: String, $by: CaseOrder) {
  cases(first: $first, after: $after, last: $last, before: $before, orderBy: $by) {
    edges { cursor node { id } } nodes { id }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"""


async def many(world: World, count: int) -> list[str]:
    """Cases of which every two were registered at the same moment; their ids, oldest first."""
    case = await world.case()
    rows = [case]
    for number in range(1, count):
        row = models.Case(
            **{
                **{name: getattr(case, name) for name in case._meta.db_fields if name != "id"},
                "tracking_code": f"{100000000000 + number}",
                "registered_at": case.registered_at + timedelta(minutes=number // 2),
                "due_at": case.due_at - timedelta(minutes=number // 3),
            }
        )
        await row.save()
        rows.append(row)
    return [gid(row) for row in rows]


async def walk(api: Api, size: int, *, forward: bool = True, **given: Any) -> list[str]:
    """The ids of all pages, as a client collects them."""
    found: list[str] = []
    cursor = None
    while True:
        part = {"first": size, "after": cursor} if forward else {"last": size, "before": cursor}
        page = (await api.ask(CASES, **part, **given))["cases"]
        ids = [edge["node"]["id"] for edge in page["edges"]]
        assert ids == [node["id"] for node in page["nodes"]]
        found = found + ids if forward else ids + found
        info = page["pageInfo"]
        assert info["startCursor"] == page["edges"][0]["cursor"]
        assert info["endCursor"] == page["edges"][-1]["cursor"]
        assert info["hasPreviousPage" if forward else "hasNextPage"] is (cursor is not None)
        if not info["hasNextPage" if forward else "hasPreviousPage"]:
            return found
        cursor = info["endCursor" if forward else "startCursor"]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
@pytest.mark.parametrize("direction", ["ASC", "DESC"])
async def test_all_pages_are_the_whole_list(
    world: World, api: Apis, size: int, direction: str
) -> None:
    ids = await many(world, 7)
    senior = await api("senior")
    for column in ("REGISTERED_AT", "DUE_AT", "UPDATED_AT"):
        by = {"field": column, "direction": direction}
        whole = await walk(senior, 100, by=by)
        assert sorted(whole) == sorted(ids)
        assert await walk(senior, size, by=by) == whole
        assert await walk(senior, size, forward=False, by=by) == whole
    oldest_first = await walk(senior, size, by={"field": "REGISTERED_AT", "direction": "ASC"})
    assert oldest_first == ids


async def test_a_page_stays_where_it_is_when_rows_are_added(world: World, api: Apis) -> None:
    await many(world, 6)
    senior = await api("senior")
    first = (await senior.ask(CASES, first=3))["cases"]
    after = first["pageInfo"]["endCursor"]
    second = (await senior.ask(CASES, first=3, after=after))["cases"]
    world.clock.forward(hours=1)
    newest = await world.case("+989350000001")
    assert (await senior.ask(CASES, first=3, after=after))["cases"] == second
    assert (await senior.ask(CASES, first=1))["cases"]["nodes"] == [{"id": gid(newest)}]


async def test_between_two_cursors_and_nothing(world: World, api: Apis) -> None:
    await many(world, 5)
    senior = await api("senior")
    edges = (await senior.ask(CASES))["cases"]["edges"]
    cursors = [edge["cursor"] for edge in edges]
    inside = (await senior.ask(CASES, after=cursors[0], before=cursors[4]))["cases"]
    assert inside["edges"] == edges[1:4]
    empty = (await senior.ask(CASES, first=0))["cases"]
    assert empty["edges"] == []
    assert empty["pageInfo"] == {
        "hasNextPage": True,
        "hasPreviousPage": False,
        "startCursor": None,
        "endCursor": None,
    }


async def test_a_cursor_of_another_order_is_refused(world: World, api: Apis) -> None:
    await many(world, 2)
    senior = await api("senior")
    cursor = (await senior.ask(CASES, first=1))["cases"]["pageInfo"]["endCursor"]
    by = {"field": "DUE_AT"}
    assert await senior.code(CASES, first=1, after=cursor, by=by) == "invalid"


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "WyJwayJd",  # ["pk"]
        "eyJhIjogMX0=",  # {"a": 1}
        "WyJyZWdpc3RlcmVkX2F0IiwgMSwgMV0=",  # a number for a moment
        "WyJyZWdpc3RlcmVkX2F0IiwgIjIwMjYtMTEtMjRUMDY6MDA6MDAiLCAxXQ==",  # without an offset
        "WyJyZWdpc3RlcmVkX2F0IiwgIjIwMjYtMTEtMjRUMDY6MDA6MDBaIiwgIngiXQ==",  # a text for a key
        "WyJyZWdpc3RlcmVkX2F0IiwgIjIwMjYtMTEtMjRUMDY6MDA6MDBaIiwgMWU0MF0=",  # a huge key
        "WyJyZWdpc3RlcmVkX2F0IiwgIjIwMjYtMTEtMjRUMDY6MDA6MDBaIiwgdHJ1ZV0=",  # true for a key
        "ی",
        "/+==",
    ],
)
async def test_cursors_that_are_none(world: World, api: Apis, cursor: str) -> None:
    senior = await api("senior")
    assert await senior.code(CASES, first=1, after=cursor) == "invalid"
    assert await senior.code(CASES, last=1, before=cursor) == "invalid"


TIMELINES = """query ($first: Int, $after: String, $last: Int, $before: String) {
  cases(orderBy: {field: REGISTERED_AT, direction: ASC}) { nodes {
    timeline(first: $first, after: $after, last: $last, before: $before) {
      nodes { text } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } } }"""


async def test_a_page_of_each_timeline(world: World, api: Apis) -> None:
    cases = [await world.case(), await world.case("+989350000001")]
    for number in range(3):
        for case in cases:
            await events.record(case, SYSTEM, EventKind.NOTE, text=f"{case.id}-{number}")
    senior = await api("senior")

    async def pages(**given: Any) -> list[Any]:
        nodes = (await senior.ask(TIMELINES, **given))["cases"]["nodes"]
        return [node["timeline"] for node in nodes]

    def texts(page: Any) -> list[str]:
        return [node["text"] for node in page["nodes"]]

    first, second = await pages(first=4)
    assert texts(first) == ["", "", f"{cases[0].id}-0", f"{cases[0].id}-1"]
    assert texts(second)[2:] == [f"{cases[1].id}-0", f"{cases[1].id}-1"]
    assert first["pageInfo"]["hasNextPage"] is True
    rest = (await pages(first=4, after=first["pageInfo"]["endCursor"]))[0]
    assert texts(rest) == [f"{cases[0].id}-2"]
    assert rest["pageInfo"]["hasNextPage"] is False
    last = (await pages(last=2))[0]
    assert texts(last) == [f"{cases[0].id}-1", f"{cases[0].id}-2"]
    assert last["pageInfo"]["hasPreviousPage"] is True
    before = (await pages(last=2, before=last["pageInfo"]["startCursor"]))[0]
    assert texts(before) == ["", f"{cases[0].id}-0"]


async def test_units_below_page_by_page(world: World, api: Apis) -> None:
    top = world.units["EDU"]
    for number in range(5):
        await models.Agency.create(
            code=f"EDU-x{number}",
            name=f"واحد {number}",
            folded=fold(f"واحد {number}"),
            kind="ministry",
            level=AgencyLevel.SUBSIDIARY,
            parent=top,
            main=top,
            lineage=f"{top.lineage}x/",
        )
    query = """query ($id: ID!, $after: String) { node(id: $id) { ... on Agency {
        children(first: 4, after: $after) { nodes { code } pageInfo { endCursor } } } } }"""
    admin = await api("admin")
    first = (await admin.ask(query, id=gid(top)))["node"]["children"]
    assert [row["code"] for row in first["nodes"]] == ["EDU-S", "EDU-p2", "EDU-x0", "EDU-x1"]
    cursor = first["pageInfo"]["endCursor"]
    rest = (await admin.ask(query, id=gid(top), after=cursor))["node"]["children"]
    assert [row["code"] for row in rest["nodes"]] == ["EDU-x2", "EDU-x3", "EDU-x4"]


async def test_the_work_list_has_the_nearest_deadline_first(world: World, api: Apis) -> None:
    case = await world.case()
    current = await models.Round.get(case_id=case.id)
    for minutes, unit in ((30, "EDU-p1"), (10, "EDU-c1"), (20, "EDU-p2")):
        await models.Referral.create(
            case=case,
            round=current,
            agency=world.units[unit],
            status=ReferralStatus.PENDING,
            instruction="بررسی",
            due_at=now() + timedelta(minutes=minutes),
            created_at=now(),
        )
    query = "{ referrals(first: 2) { nodes { agency { code } } pageInfo { hasNextPage } } }"
    page = (await (await api("EDU")).ask(query))["referrals"]
    assert [row["agency"]["code"] for row in page["nodes"]] == ["EDU-c1", "EDU-p2"]
    assert page["pageInfo"]["hasNextPage"] is True
    own = (await (await api("provincial")).ask(query))["referrals"]
    assert [row["agency"]["code"] for row in own["nodes"]] == ["EDU-c1", "EDU-p1"]


async def test_below_the_main_agency_only_own_referrals_stand_in_a_timeline(
    world: World, api: Apis
) -> None:
    case = await world.case()
    await review.order(world["senior"], case.id, "بررسی و گزارش", ["EDU-c1", "EDU-p2"])
    for who in ("county", "EDU-c1"):
        [found] = (await (await api(who)).ask(TIMELINES))["cases"]["nodes"]
        texts = {node["text"] for node in found["timeline"]["nodes"]}
        assert world.units["EDU-c1"].name in texts
        assert world.units["EDU-p2"].name not in texts
    [whole] = (await (await api("senior")).ask(TIMELINES))["cases"]["nodes"]
    assert world.units["EDU-p2"].name in {node["text"] for node in whole["timeline"]["nodes"]}
