# ruff: noqa: A002 - GraphQL gives the arguments their names
"""The best that is practised with Strawberry today, by hand: types without resolvers where a column
suffices, a loader for each relation, documents parsed and validated once, a statement for a list.

It has the fields of the measured documents only, and no key, no limits, no visibility.
`python -m tests.bench.serve strawberry`.
"""

from __future__ import annotations

from base64 import b64encode, urlsafe_b64encode
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import orjson
import strawberry
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from strawberry.dataloader import DataLoader
from strawberry.extensions import ParserCache, ValidationCache
from strawberry.schema.config import StrawberryConfig

from tests.bench.bare_inputs import position
from tests.bench.strawberry_rows import Row, Rows, moment, open_rows

Info = strawberry.Info[Any, None]


def _written(value: datetime) -> str:
    return value.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _id(kind: str, key: int) -> strawberry.ID:
    return strawberry.ID(b64encode(f"{kind}:{key}".encode()).decode())


def _cursor(*parts: Any) -> str:
    return urlsafe_b64encode(orjson.dumps(parts)).decode()


@strawberry.type
class Agency:
    code: str
    name: str
    level: str


@strawberry.type
class Place:
    code: str
    name: str
    path: str


@strawberry.type
class Indicator:
    code: str
    short: str


@strawberry.type
class PageInfo:
    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None


@strawberry.type
class Referral:
    id: strawberry.ID
    status: str
    instruction: str
    created_at: datetime
    due_at: datetime
    finished_at: datetime | None
    result: str
    agency_id: strawberry.Private[int]

    @strawberry.field
    async def agency(self, info: Info) -> Agency:
        return await info.context.agency.load(self.agency_id)


@strawberry.type
class Event:
    id: strawberry.ID
    kind: str
    at: datetime
    from_status: str | None
    to_status: str | None
    actor_kind: str
    text: str


@strawberry.type
class Timeline:
    nodes: list[Event]
    page_info: PageInfo


@strawberry.type
class Clock:
    due_at: datetime
    stopped: strawberry.Private[datetime | None]

    @strawberry.field
    def total_seconds(self) -> int:
        return 3 * 60 * 60

    @strawberry.field
    def overdue(self) -> bool:
        return self.due_at < (self.stopped or datetime.now(UTC))


@strawberry.type
class Case:
    key: strawberry.Private[int]
    id: strawberry.ID
    tracking_code: str
    kind: str
    reporter_kind: str
    channel: str
    status: str
    subject: str
    text: str
    consent: bool
    at_centre: bool
    registered_at: datetime
    answered_at: datetime | None
    updated_at: datetime
    round_number: int
    rating: int | None
    version: int
    clock: Clock
    agency_id: strawberry.Private[int]
    place_id: strawberry.Private[str]
    indicator_id: strawberry.Private[int]

    @strawberry.field
    async def agency(self, info: Info) -> Agency:
        return await info.context.agency.load(self.agency_id)

    @strawberry.field
    async def place(self, info: Info) -> Place:
        return await info.context.place.load(self.place_id)

    @strawberry.field
    async def indicator(self, info: Info) -> Indicator:
        return await info.context.indicator.load(self.indicator_id)

    @strawberry.field
    async def referrals(self, info: Info) -> list[Referral]:
        return await info.context.referrals.load(self.key)

    @strawberry.field
    async def timeline(self, info: Info, first: int) -> Timeline:
        found = await info.context.events.load((self.key, first))
        kept = found[:first]
        cursors = [_cursor("pk", key, key) for key, _ in kept]
        page = PageInfo(
            has_next_page=len(found) > first,
            has_previous_page=False,
            start_cursor=cursors[0] if cursors else None,
            end_cursor=cursors[-1] if cursors else None,
        )
        return Timeline(nodes=[event for _, event in kept], page_info=page)


@strawberry.type
class CaseEdge:
    cursor: str
    node: Case


@strawberry.type
class CaseConnection:
    edges: list[CaseEdge]
    page_info: PageInfo


@strawberry.input
class CaseFilter:
    status: list[str]
    agency: str
    registered_from: datetime
    registered_before: datetime


_PAGE = """SELECT * FROM cases WHERE status = ANY($1) AND main_agency_id = (
        SELECT id FROM agency WHERE code = $2) AND registered_at >= $3 AND registered_at < $4
    {after} ORDER BY registered_at DESC, id DESC LIMIT $5"""
_AFTER = "AND (registered_at, id) < ($6, $7)"


@strawberry.type
class Query:
    @strawberry.field
    async def case(self, info: Info, tracking_code: str) -> Case | None:
        rows = await info.context.rows.fetch(
            "SELECT * FROM cases WHERE tracking_code = $1", tracking_code
        )
        return _case(rows[0]) if rows else None

    @strawberry.field
    async def cases(
        self, info: Info, filter: CaseFilter, first: int, after: str | None = None
    ) -> CaseConnection:
        at, key = position(after)
        rows = await info.context.rows.fetch(
            _PAGE.format(after=_AFTER if at else ""),
            [status.lower() for status in filter.status],
            filter.agency,
            filter.registered_from,
            filter.registered_before,
            first + 1,
            *((at, key) if at else ()),
        )
        edges = [_edge(_case(row)) for row in rows[:first]]
        page = PageInfo(
            has_next_page=len(rows) > first,
            has_previous_page=at is not None,
            start_cursor=edges[0].cursor if edges else None,
            end_cursor=edges[-1].cursor if edges else None,
        )
        return CaseConnection(edges=edges, page_info=page)


def _edge(case: Case) -> CaseEdge:
    return CaseEdge(
        cursor=_cursor("registered_at", _written(case.registered_at), case.key), node=case
    )


def _case(row: Row) -> Case:
    answered, closed = moment(row["answered_at"]), moment(row["closed_at"])
    due_at = moment(row["due_at"])
    return Case(
        key=row["id"],
        id=_id("Case", row["id"]),
        tracking_code=row["tracking_code"],
        kind=row["kind"].upper(),
        reporter_kind=row["reporter_kind"].upper(),
        channel=row["channel"].upper(),
        status=row["status"].upper(),
        subject=row["subject"],
        text=row["text"],
        consent=bool(row["consent"]),
        at_centre=bool(row["at_centre"]),
        registered_at=moment(row["registered_at"]),
        answered_at=answered,
        updated_at=moment(row["updated_at"]),
        round_number=row["round"],
        rating=row["rating"],
        version=row["version"],
        clock=Clock(due_at=due_at, stopped=answered or closed or moment(row["paused_at"])),
        agency_id=row["agency_id"],
        place_id=row["place_id"],
        indicator_id=row["indicator_id"],
    )


def _referral(row: Row) -> Referral:
    return Referral(
        id=_id("Referral", row["id"]),
        status=row["status"].upper(),
        instruction=row["instruction"],
        created_at=moment(row["created_at"]),
        due_at=moment(row["due_at"]),
        finished_at=moment(row["finished_at"]),
        result=row["result"],
        agency_id=row["agency_id"],
    )


def _event(row: Row) -> Event:
    return Event(
        id=_id("CaseEvent", row["id"]),
        kind=row["kind"].upper(),
        at=moment(row["at"]),
        from_status=row["from_status"] and row["from_status"].upper(),
        to_status=row["to_status"] and row["to_status"].upper(),
        actor_kind=row["actor_kind"].upper(),
        text=row["text"],
    )


class Context:
    """The rows and the loaders of one request."""

    def __init__(self, rows: Rows) -> None:
        self.rows = rows
        self.agency = self._by_key(
            "SELECT id AS key, code, name, level FROM agency WHERE id = ANY($1)",
            lambda row: Agency(code=row["code"], name=row["name"], level=row["level"].upper()),
        )
        self.place = self._by_key(
            "SELECT code AS key, code, name, path FROM place WHERE code = ANY($1)",
            lambda row: Place(code=row["code"], name=row["name"], path=row["path"]),
        )
        self.indicator = self._by_key(
            "SELECT id AS key, code, short FROM indicator WHERE id = ANY($1)",
            lambda row: Indicator(code=row["code"], short=row["short"]),
        )
        self.referrals = DataLoader(load_fn=self._referrals)
        self.events = DataLoader(load_fn=self._events)

    def _by_key(self, query: str, made: Callable[[Row], Any]) -> DataLoader[Any, Any]:
        async def load(keys: list[Any]) -> list[Any]:
            found = {row["key"]: made(row) for row in await self.rows.fetch(query, keys)}
            return [found.get(key) for key in keys]

        return DataLoader(load_fn=load)

    async def _referrals(self, keys: list[int]) -> list[list[Referral]]:
        found: dict[int, list[Referral]] = defaultdict(list)
        query = "SELECT * FROM referral WHERE case_id = ANY($1) ORDER BY id"
        for row in await self.rows.fetch(query, keys):
            found[row["case_id"]].append(_referral(row))
        return [found[key] for key in keys]

    async def _events(self, keys: list[tuple[int, int]]) -> list[list[tuple[int, Event]]]:
        found: dict[int, list[tuple[int, Event]]] = defaultdict(list)
        first = keys[0][1]
        query = """SELECT * FROM (SELECT *, row_number() OVER (PARTITION BY case_id ORDER BY id)
            AS n FROM case_event WHERE case_id = ANY($1)) AS numbered WHERE n <= $2 ORDER BY id"""
        for row in await self.rows.fetch(query, [key for key, _ in keys], first + 1):
            found[row["case_id"]].append((row["id"], _event(row)))
        return [found[key] for key, _ in keys]


DateTime = strawberry.scalar(
    name="DateTime", serialize=_written, parse_value=datetime.fromisoformat
)
schema = strawberry.Schema(
    query=Query,
    extensions=[ParserCache, ValidationCache],
    config=StrawberryConfig(scalar_map={datetime: DateTime}),
)


def create_app(url: str) -> Starlette:
    rows = open_rows(url)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        await rows.open()
        yield
        await rows.close()

    async def graphql(request: Request) -> Response:
        given = orjson.loads(await request.body())
        result = await schema.execute(
            given["query"], variable_values=given["variables"], context_value=Context(rows)
        )
        answer: dict[str, Any] = {"data": result.data}
        if result.errors:
            answer["errors"] = [error.formatted for error in result.errors]
        return Response(orjson.dumps(answer), media_type="application/json")

    return Starlette(routes=[Route("/graphql", graphql, methods=["POST"])], lifespan=lifespan)
