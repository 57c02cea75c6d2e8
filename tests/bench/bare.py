"""The limit: the same answers by hand, a Starlette endpoint and one SQL statement each.

No key, no limits, no visibility, no schema: whoever asks gets. `python -m tests.bench.serve bare`.
A body is the variables of the GraphQL document; the answer is that of GraphQL.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Protocol

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.bench.bare_postgres import PostgresStore
from tests.bench.bare_sqlite import SqliteStore

Variables = dict[str, Any]


class Store(Protocol):
    """Answers as JSON."""

    async def open(self) -> None: ...
    async def close(self) -> None: ...
    async def case(self, given: Variables) -> str: ...
    async def cases(self, given: Variables) -> str: ...
    async def figures(self, given: Variables) -> str: ...
    async def register(self, given: Variables) -> str: ...


def create_app(url: str) -> Starlette:
    store: Store = SqliteStore(url) if url.startswith("sqlite:") else PostgresStore(url)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        await store.open()
        yield
        await store.close()

    def route(path: str, answer: Callable[[Variables], Awaitable[str]]) -> Route:
        async def endpoint(request: Request) -> Response:
            given = orjson.loads(await request.body())
            return Response(await answer(given), media_type="application/json")

        return Route(path, endpoint, methods=["POST"])

    return Starlette(
        routes=[
            route("/case", store.case),
            route("/cases", store.cases),
            route("/figures", store.figures),
            route("/register", store.register),
        ],
        lifespan=lifespan,
    )
