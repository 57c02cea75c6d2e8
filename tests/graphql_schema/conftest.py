"""The API in front of the small world: `api(actor)` asks as that actor."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.types import ASGIApp, Receive, Scope, Send
from tortoise.models import Model

import models
from domain.actors import Actor, of_client
from graphql_schema import live
from graphql_schema.app import routes
from graphql_schema.node import global_id
from models.database import connection
from tests.support.streams import Partner, Served, partner, served
from tests.support.world import World, client

SCOPES = ("cases:read", "cases:write", "identity:read")


class As:
    """Lets requests through as one actor, as the composition root does by key or session."""

    def __init__(self, app: ASGIApp, actor: Actor | None) -> None:
        self.app = app
        self.actor = actor

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope.setdefault("state", {})["actor"] = self.actor
        await self.app(scope, receive, send)


@dataclass(frozen=True)
class Api:
    """`/graphql` as one actor sees it."""

    http: httpx2.AsyncClient

    async def send(self, query: str, **variables: Any) -> Any:
        """The whole answer."""
        reply = await self.http.post("/graphql", json={"query": query, "variables": variables})
        return reply.json()

    async def ask(self, query: str, **variables: Any) -> Any:
        """The data of an answer without errors."""
        answer = await self.send(query, **variables)
        assert "errors" not in answer, answer
        return answer["data"]

    async def code(self, query: str, **variables: Any) -> str:
        """The stable code of the only error."""
        [error] = (await self.send(query, **variables))["errors"]
        return str(error["extensions"]["code"])

    async def do(self, mutation: str, selection: str = "", **given: Any) -> Any:
        """The payload of a mutation of one `input`."""
        kind = INPUTS[mutation]
        query = f"""mutation ($input: {kind}!) {{
            {mutation}(input: $input) {{ {selection} errors {{ code field message }} }} }}"""
        return (await self.ask(query, input=given))[mutation]

    async def refusal(self, mutation: str, **given: Any) -> tuple[str, str | None]:
        """Code and field of the only reason why a mutation did nothing."""
        [error] = (await self.do(mutation, **given))["errors"]
        assert error["message"]
        return error["code"], error["field"]


INPUTS = {
    "acceptReferral": "ReferralInput",
    "addNote": "AddNoteInput",
    "askCitizen": "AskCitizenInput",
    "explainBreach": "ExplainBreachInput",
    "markDuplicate": "MarkDuplicateInput",
    "markOutOfScope": "MarkOutOfScopeInput",
    "orderAction": "OrderActionInput",
    "readNotifications": "ReadNotificationsInput",
    "recordResult": "RecordResultInput",
    "referCase": "ReferCaseInput",
    "registerCase": "RegisterCaseInput",
    "reopenCase": "CitizenWishInput",
    "reportReferral": "ReportReferralInput",
    "rerouteCase": "RerouteCaseInput",
    "returnCase": "ReasonInput",
    "returnReferral": "ReturnReferralInput",
    "viewIdentity": "ViewIdentityInput",
    "withdrawCase": "CitizenWishInput",
}


class Apis:
    """APIs by actor: a name of the world, a code of an agency (its partner's key) or an Actor."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._made: dict[Any, Api] = {}

    async def __call__(self, who: str | Actor | None, *scopes: str) -> Api:
        actor = await self._actor(who, scopes) if isinstance(who, str) else who
        if actor not in self._made:
            app = As(Starlette(routes=routes), actor)
            self._made[actor] = Api(
                httpx2.AsyncClient(
                    transport=httpx2.ASGITransport(app=app), base_url="http://favad.test"
                )
            )
        return self._made[actor]

    async def _actor(self, who: str, scopes: tuple[str, ...]) -> Actor:
        if who in self.world.actors:
            return self.world[who]
        row = await models.Client.get_or_none(id=f"client-{who}")
        row = row or await client(self.world, who, *SCOPES)
        actor = await of_client(row)
        return replace(actor, scopes=frozenset(scopes)) if scopes else actor

    async def close(self) -> None:
        for api in self._made.values():
            await api.http.aclose()


@pytest.fixture
async def api(world: World) -> AsyncIterator[Apis]:
    apis = Apis(world)
    yield apis
    await apis.close()


@pytest.fixture
async def service(world: World, db: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Served]:
    """The API on a port, with a feed that is looked at often."""
    monkeypatch.setattr(live, "LOOK_EVERY", 0.02)
    async with served(db) as found:
        yield found


@pytest.fixture
async def edu(world: World) -> Partner:
    """The system of the ministry."""
    return await partner("EDU")


async def fingerprint() -> dict[str, str]:
    """What every table holds, so that «nothing changed» is compared with everything."""
    from tortoise.context import get_current_context

    context = get_current_context()
    assert context is not None and context.apps is not None
    found = {}
    for model in context.apps["models"].values():
        rows = await connection().execute_query_dict(f'SELECT * FROM "{model._meta.db_table}"')
        texts = sorted(repr(sorted(row.items())) for row in rows)
        found[model._meta.db_table] = hashlib.sha256("\n".join(texts).encode()).hexdigest()
    return found


def gid(row: Model) -> str:
    return global_id(row)
