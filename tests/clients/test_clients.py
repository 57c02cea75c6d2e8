"""Programs as partners write them, against the real server: JavaScript clients and Python's gql.

They are what decides whether the endpoint speaks GraphQL over HTTP as others do.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import orjson
import pytest
from gql import Client, GraphQLRequest, gql
from gql.transport.exceptions import TransportQueryError
from gql.transport.httpx import HTTPXAsyncTransport
from gql.transport.websockets import WebsocketsTransport

from domain.trusted import hash_of
from tests.support import node
from tests.support.running import RunningService, running_service

pytestmark = pytest.mark.processes

INPUT = {
    "reporterName": "زهرا کریمی",
    "nationalId": "0012345679",
    "mobile": "09351112233",
    "kind": "COMPLAINT",
    "reporterKind": "CITIZEN",
    "agency": "EDU-p1",
    "place": "c1",
    "indicator": "I5",
    "subject": "باز نبودن باجه",
    "text": "ساعت ۹ مراجعه کردم و باجه تا ساعت ۱۰ و نیم بسته بود.",
    "consent": True,
}
REGISTER = """mutation ($input: RegisterCaseInput!) {
    registerCase(input: $input) { case { id subject } errors { code } } }"""


@pytest.fixture
async def service(database_url: str) -> AsyncIterator[RunningService]:
    node.require()
    async with running_service(database_url) as running:
        yield running


async def program(service: RunningService, name: str, *arguments: str) -> Any:
    """What a JavaScript program finds with the key of EDU."""
    return await node.result(
        name, *arguments, FAVAD_URL=service.base_url, FAVAD_KEY=service.keys["EDU"]
    )


async def test_the_audits_of_graphql_over_http(service: RunningService) -> None:
    audits = await program(service, "audit.mjs")
    assert len(audits) > 50
    failed = {audit["name"]: audit["reason"] for audit in audits if audit["status"] != "ok"}
    assert failed == {}


def is_registered(found: Any) -> None:
    """A case was registered, and the page of cases shows it."""
    assert found["registered"]["errors"] == []
    case = found["registered"]["case"]
    assert (case["subject"], case["agency"]["code"]) == (INPUT["subject"], INPUT["agency"])
    assert [row["id"] for row in found["cases"]] == [case["id"]]


async def test_apollo_client(service: RunningService) -> None:
    found = await program(service, "apollo.mjs", orjson.dumps(INPUT).decode())
    is_registered(found)
    [refusal] = found["refused"]
    assert refusal["extensions"] == {"code": "invalid_document"}
    assert found["byHash"] == {"viewer": {"__typename": "Viewer", "kind": "CLIENT"}}
    assert found["requests"] == [False, True], "the hash first, then the text"


async def test_urql(service: RunningService) -> None:
    found = await program(service, "urql.mjs", orjson.dumps(INPUT).decode())
    is_registered(found)
    assert found["byGet"]["viewer"]["kind"] == "CLIENT"
    assert found["refused"] == [{"code": "invalid_document"}]


async def test_code_generation_and_type_check(service: RunningService) -> None:
    await node.run("node_modules/@graphql-codegen/cli/esm/bin.js", "--config", "codegen.mjs")
    await node.run("node_modules/typescript/bin/tsc", "--project", "tsconfig.json")
    manifest = orjson.loads((node.CLIENTS / "generated" / "persisted-documents.json").read_bytes())
    assert manifest.keys() == {f"sha256:{hash_of(text)}" for text in manifest.values()}
    found = await program(service, "typed.ts", orjson.dumps(INPUT).decode())
    assert found["errors"] == []
    assert found["row"] == found["made"]
    assert found["seconds"] == 3 * 3600
    assert found["viewer"]["kind"] == "CLIENT"


async def test_gql(service: RunningService) -> None:
    transport = HTTPXAsyncTransport(
        url=f"{service.base_url}/graphql",
        headers={"Authorization": f"Bearer {service.keys['EDU']}"},
        trust_env=False,
    )
    async with Client(transport=transport, fetch_schema_from_transport=True) as session:
        done = await session.execute(GraphQLRequest(REGISTER, variable_values={"input": INPUT}))
        found = await session.execute(gql("{ cases(first: 10) { nodes { id subject } } }"))
        with pytest.raises(TransportQueryError) as refused:
            await session.execute(gql("{ cases(first: 500) { nodes { id } } }"))
    assert found["cases"]["nodes"] == [done["registerCase"]["case"]]
    [error] = refused.value.errors or []
    assert error["extensions"]["code"] == "out_of_range"


async def test_clients_follow_changes(service: RunningService) -> None:
    found = await program(service, "subscribe.mjs", orjson.dumps(INPUT).decode())
    assert set(found) == {"graphqlWs", "graphqlSse", "apollo", "urql"}
    for client, heard in found.items():
        assert heard["known"], client
        change = heard["data"]["caseChanged"]
        assert change["cursor"] and change["case"]["subject"] == INPUT["subject"]


async def test_gql_follows_changes(service: RunningService) -> None:
    transport = WebsocketsTransport(
        url=f"{service.base_url.replace('http', 'ws')}/graphql/ws",
        init_payload={"authorization": f"Bearer {service.keys['EDU']}"},
    )
    request = gql("subscription { caseChanged { case { subject } } }")
    body = {"query": REGISTER, "variables": {"input": INPUT}}
    headers = {"authorization": f"Bearer {service.keys['EDU']}"}
    async with (
        Client(transport=transport) as session,
        httpx2.AsyncClient(base_url=service.base_url, headers=headers, trust_env=False) as http,
    ):
        changes = session.subscribe(request)
        first = asyncio.ensure_future(anext(changes))
        while not first.done():
            assert (await http.post("/graphql", json=body)).status_code == 200
            await asyncio.wait([first], timeout=0.5)
        assert first.result()["caseChanged"]["case"]["subject"] == INPUT["subject"]
        await changes.aclose()
