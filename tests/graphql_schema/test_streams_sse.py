"""GraphQL over server-sent events: the protocol `graphql-sse`, distinct connections mode."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest

from api.auth import PLAIN_COOKIE
from domain import clients, feed, notes
from domain.actors import SYSTEM
from graphql_schema import live, streams_sse
from tests.support.streams import PATIENCE, Partner, Served, events, until
from tests.support.web import signed_in
from tests.support.world import World

VIEWER = "{ viewer { name } }"
CHANGES = "subscription ($after: String) { caseChanged(after: $after) { cursor event { text } } }"
NOTE = 'mutation { addNote(input: {caseId: "x", text: "یادداشت"}) { errors { code } } }'


@pytest.fixture
async def http(service: Served, edu: Partner) -> AsyncIterator[httpx2.AsyncClient]:
    headers = {**edu.bearer, "Accept": "text/event-stream"}
    async with httpx2.AsyncClient(
        base_url=service.http, trust_env=False, headers=headers, timeout=PATIENCE
    ) as found:
        yield found


async def test_a_query_is_one_event(service: Served, edu: Partner) -> None:
    async with events(service, edu.bearer, VIEWER) as stream:
        assert stream.reply.status_code == 200
        assert stream.reply.headers["content-type"].startswith("text/event-stream")
        assert stream.reply.headers["cache-control"] == "no-store"
        assert await stream.data() == {"viewer": {"name": "سامانه EDU"}}
        await stream.complete()


async def test_by_get_too(http: httpx2.AsyncClient) -> None:
    reply = await http.get("/graphql/stream", params={"query": VIEWER})
    assert "event: next\r\n" in reply.text
    assert reply.text.endswith("event: complete\r\ndata: \r\n\r\n")


@pytest.mark.parametrize("accept", ["text/event-stream", "text/*", "*/*", "a/b, Text/Event-Stream"])
async def test_what_is_accepted(http: httpx2.AsyncClient, accept: str) -> None:
    reply = await http.post("/graphql/stream", json={"query": VIEWER}, headers={"accept": accept})
    assert reply.status_code == 200


@pytest.mark.parametrize(
    ("query", "variables", "code"),
    [
        ("{ viewer", {}, "syntax_error"),
        ("{ nothing }", {}, "invalid_document"),
        ("query ($n: Int!) { cases(first: $n) { nodes { id } } }", {}, "invalid_input"),
        (CHANGES, {"after": 1}, "invalid_input"),
        (CHANGES, {"after": "?"}, "invalid"),
        ('subscription { caseChanged(agency: "NO") { cursor } }', {}, "unknown"),
    ],
)
async def test_what_is_wrong_with_a_document_is_told_by_an_event(
    service: Served, edu: Partner, query: str, variables: dict[str, Any], code: str
) -> None:
    async with events(service, edu.bearer, query, **variables) as stream:
        assert stream.reply.status_code == 200
        assert await stream.code() == code
        await stream.complete()


@pytest.mark.parametrize(
    ("method", "given", "status", "code"),
    [
        ("POST", {"json": {}}, 400, "invalid_request"),
        ("POST", {"content": b"{", "headers": {"content-type": "application/json"}}, 400,
         "invalid_json"),
        ("POST", {"content": b"{}"}, 415, "unsupported_media_type"),
        ("POST", {"json": {"query": VIEWER, "operationName": "x"}}, 400, "invalid_request"),
        ("POST", {"json": {"query": "x" * 300_000}}, 413, "body_too_large"),
        ("POST", {"json": {"query": VIEWER}, "headers": {"accept": "application/json"}}, 406,
         "not_acceptable"),
        ("POST", {"json": {"query": VIEWER}, "headers": {"authorization": "Bearer no.body"}}, 401,
         "unauthenticated"),
        ("GET", {}, 400, "invalid_request"),
        ("GET", {"params": {"query": NOTE}}, 405, "method_not_allowed"),
    ],
)  # fmt: skip
async def test_what_is_no_request_is_refused(
    http: httpx2.AsyncClient, method: str, given: dict[str, Any], status: int, code: str
) -> None:
    reply = await http.request(method, "/graphql/stream", **given)
    [error] = reply.json()["errors"]
    assert (reply.status_code, error["extensions"]["code"]) == (status, code)


async def test_plain_http_refuses_what_must_be_streamed(http: httpx2.AsyncClient) -> None:
    reply = await http.post(
        "/graphql", json={"query": CHANGES}, headers={"accept": "application/json"}
    )
    [error] = reply.json()["errors"]
    assert (reply.status_code, error["extensions"]["code"]) == (400, "subscription_needs_stream")


async def test_a_subscription_goes_on_behind_the_last_event_id(
    service: Served, edu: Partner, world: World
) -> None:
    case = await world.case()
    async with events(service, edu.bearer, CHANGES) as stream:
        await until(lambda: live.hub._followers == 1)
        await notes.add(world["senior"], case.id, "یکم")
        _, first, _ = await stream.next()
        assert first is not None
    await notes.add(world["senior"], case.id, "دوم")
    async with events(
        service, {**edu.bearer, "Last-Event-ID": first}, CHANGES, after=feed.cursor(0)
    ) as stream:
        event, second, data = await stream.next()
        assert (event, "دوم" in data) == ("next", True)
        assert second == feed.cursor(feed.position(first) + 1)
        await notes.add(world["senior"], case.id, "سوم")
        found = await stream.data()
        assert found["caseChanged"]["event"]["text"] == "سوم"


async def test_the_connection_is_kept_alive(
    service: Served, edu: Partner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams_sse, "KEEP_ALIVE", 0.02)
    async with events(service, edu.bearer, CHANGES) as stream:
        async with asyncio.timeout(PATIENCE):
            lines = [await anext(stream.lines) for _ in range(8)]
    assert set(lines) == {": ", ""}


async def test_a_revoked_key_ends_the_stream(service: Served, edu: Partner, world: World) -> None:
    case = await world.case()
    async with events(service, edu.bearer, CHANGES) as stream:
        await until(lambda: live.hub._followers == 1)
        await clients.revoke(SYSTEM, edu.client.id)
        await notes.add(world["senior"], case.id, "نباید شنیده شود")
        assert await stream.code() == "unauthenticated"
        await stream.complete()


async def test_a_key_that_loses_its_scope_ends_the_stream(
    service: Served, edu: Partner, world: World
) -> None:
    case = await world.case()
    async with events(service, edu.bearer, CHANGES) as stream:
        await until(lambda: live.hub._followers == 1)
        await clients.change(
            SYSTEM,
            edu.client.id,
            scopes=["figures:read"],
            expires_at=None,
            requests_per_minute=600,
            cost_per_minute=120_000,
        )
        await notes.add(world["senior"], case.id, "نباید شنیده شود")
        assert await stream.code() == "forbidden"
        await stream.complete()


async def test_a_signed_in_member_of_staff(service: Served, world: World) -> None:
    token = await signed_in(world.users["senior"])
    headers = {"Cookie": f"{PLAIN_COOKIE}={token}", "Sec-Fetch-Site": "same-origin"}
    async with events(service, headers, VIEWER) as stream:
        assert await stream.data() == {"viewer": {"name": "نام senior"}}


async def test_another_site_cannot_use_a_session(service: Served, world: World) -> None:
    token = await signed_in(world.users["senior"])
    headers = {"Cookie": f"{PLAIN_COOKIE}={token}", "Sec-Fetch-Site": "cross-site"}
    async with events(service, headers, VIEWER) as stream:
        assert stream.reply.status_code == 403


async def test_a_server_that_stops_lets_go(service: Served, edu: Partner) -> None:
    async with events(service, edu.bearer, CHANGES) as stream:
        await until(lambda: live.hub._followers == 1)
        service.stop()
        with pytest.raises((httpx2.TransportError, EOFError)):
            await stream.next()
    await until(lambda: live.hub._followers == 0)


async def test_who_is_gone_is_followed_no_more(service: Served, edu: Partner) -> None:
    async with events(service, edu.bearer, CHANGES):
        await until(lambda: live.hub._followers == 1)
    await until(lambda: live.hub._followers == 0)
