"""GraphQL over WebSocket, word by word as its protocol says."""

from __future__ import annotations

import json
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from api.auth import PLAIN_COOKIE
from domain import clients, notes, sign_in
from domain.actors import SYSTEM
from graphql_schema import live, streams_ws
from graphql_schema.limits import MAX_BODY
from models import CaseEvent
from models.enums import EventKind
from tests.support.streams import Partner, Served, opened, partner, until
from tests.support.web import signed_in
from tests.support.world import World

VIEWER = "{ viewer { name } }"
NOTE = """mutation ($case: ID!) {
    addNote(input: {caseId: $case, text: "یادداشت"}) { event { text } errors { code } } }"""
CHANGES = "subscription ($after: String) { caseChanged(after: $after) { cursor event { text } } }"


async def test_who_asks_by_the_handshake(service: Served, edu: Partner) -> None:
    async with opened(service, edu.bearer, init={}) as socket:
        await socket.subscribe("1", VIEWER)
        assert await socket.next() == {"viewer": {"name": "سامانه EDU"}}
        assert await socket.hear() == {"type": "complete", "id": "1"}


@pytest.mark.parametrize("name", ["authorization", "Authorization"])
async def test_who_asks_by_connection_init(service: Served, edu: Partner, name: str) -> None:
    async with opened(service, {}, init={name: f"Bearer {edu.key}"}) as socket:
        await socket.subscribe("1", VIEWER)
        assert await socket.next() == {"viewer": {"name": "سامانه EDU"}}


async def test_who_asks_by_a_session(service: Served, world: World) -> None:
    token = await signed_in(world.users["senior"])
    cookie = {"Cookie": f"{PLAIN_COOKIE}={token}", "Origin": service.http}
    async with opened(service, cookie, init={}) as socket:
        await socket.subscribe("1", VIEWER)
        assert await socket.next() == {"viewer": {"name": "نام senior"}}


@pytest.mark.parametrize(
    "origin",
    [{"Origin": "https://elsewhere.example"}, {}, {"Sec-Fetch-Site": "cross-site"}],
    ids=["another site", "none", "said by the browser"],
)
async def test_another_site_cannot_use_a_session(
    service: Served, world: World, origin: dict[str, str]
) -> None:
    token = await signed_in(world.users["senior"])
    with pytest.raises(InvalidStatus) as refused:
        async with opened(service, {"Cookie": f"{PLAIN_COOKIE}={token}", **origin}):
            pass
    assert refused.value.response.status_code == 403


@pytest.mark.parametrize(
    "payload",
    [{}, {"authorization": "Bearer no.body"}, {"authorization": "Basic eA=="}],
)
async def test_nobody_is_let_in(service: Served, payload: dict[str, str]) -> None:
    async with opened(service, {}) as socket:
        await socket.say("connection_init", payload=payload)
        assert await socket.end() == (4403, "Forbidden")


async def test_a_key_of_connection_init_goes_before_a_session(
    service: Served, world: World
) -> None:
    token = await signed_in(world.users["senior"])
    cookie = {"Cookie": f"{PLAIN_COOKIE}={token}", "Origin": service.http}
    async with opened(service, cookie) as socket:
        await socket.say("connection_init", payload={"authorization": "Bearer no.body"})
        assert await socket.end() == (4403, "Forbidden")


@pytest.mark.parametrize("offered", [None, ["graphql-ws"]])
async def test_only_this_protocol_is_spoken(service: Served, offered: Any) -> None:
    async with connect(service.ws, subprotocols=offered, proxy=None) as connection:
        await connection.wait_closed()
        assert connection.close_code == 4406


async def test_who_says_nothing_is_sent_away(
    service: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams_ws, "INIT_SECONDS", 0.05)
    async with opened(service, {}) as socket:
        assert await socket.end() == (4408, "Connection initialisation timeout")


UNSPEAKABLE: list[tuple[Any, int]] = [
    ("{", 4400),
    ("[]", 4400),
    ("null", 4400),
    (b"{}", 4400),
    ("{}", 4400),
    ({"type": 1}, 4400),
    ({"type": ["ping"]}, 4400),
    ({"type": "start"}, 4400),
    ({"type": "next", "id": "1"}, 4400),
    ({"type": "connection_ack"}, 4400),
    ({"type": "ping", "payload": "x"}, 4400),
    ({"type": "pong", "payload": []}, 4400),
    ({"type": "complete"}, 4400),
    ({"type": "connection_init"}, 4429),
    ({"type": "connection_init", "payload": {}}, 4429),
    ({"type": "subscribe"}, 4400),
    ({"type": "subscribe", "id": "", "payload": {"query": VIEWER}}, 4400),
    ({"type": "subscribe", "id": 1, "payload": {"query": VIEWER}}, 4400),
    ({"type": "subscribe", "id": "x" * 101, "payload": {"query": VIEWER}}, 4400),
    ({"type": "subscribe", "id": "1"}, 4400),
    ({"type": "subscribe", "id": "1", "payload": None}, 4400),
    ({"type": "subscribe", "id": "1", "payload": [VIEWER]}, 4400),
    ({"type": "subscribe", "id": "1", "payload": {}}, 4400),
    ({"type": "subscribe", "id": "1", "payload": {"query": 1}}, 4400),
    ({"type": "subscribe", "id": "1", "payload": {"query": VIEWER, "variables": []}}, 4400),
    ({"type": "subscribe", "id": "1", "payload": {"query": VIEWER, "operationName": 1}}, 4400),
    ({"type": "subscribe", "id": "1", "payload": {"query": VIEWER, "operationName": "x"}}, 4400),
    ('{"type": "ping", "payload": {"x": "' + "x" * MAX_BODY + '"}}', 1009),
]


@pytest.mark.parametrize(("message", "code"), UNSPEAKABLE)
async def test_what_the_protocol_does_not_know(
    service: Served, edu: Partner, message: Any, code: int
) -> None:
    async with opened(service, edu.bearer, init={}) as socket:
        raw = json.dumps(message) if isinstance(message, dict) else message
        await socket.connection.send(raw)
        assert (await socket.end())[0] == code


@pytest.mark.parametrize("payload", [{"authorization": 1}, "x"])
async def test_an_initialisation_that_is_none(service: Served, payload: Any) -> None:
    async with opened(service, {}) as socket:
        await socket.say("connection_init", payload=payload)
        assert (await socket.end())[0] == 4400


async def test_nothing_is_asked_before_the_acknowledgement(service: Served, edu: Partner) -> None:
    async with opened(service, edu.bearer) as socket:
        await socket.subscribe("1", VIEWER)
        assert await socket.end() == (4401, "Unauthorized")


async def test_an_id_is_used_once_at_a_time(service: Served, edu: Partner) -> None:
    async with opened(service, edu.bearer, init={}) as socket:
        await socket.subscribe("1", CHANGES)
        await socket.subscribe("1", VIEWER)
        assert await socket.end() == (4409, "Subscriber for 1 already exists")


async def test_an_id_is_free_again_when_its_operation_has_ended(
    service: Served, edu: Partner
) -> None:
    async with opened(service, edu.bearer, init={}) as socket:
        for _ in range(2):
            await socket.subscribe("1", VIEWER)
            await socket.next()
            assert (await socket.hear())["type"] == "complete"
        for _ in range(2):
            await socket.subscribe("1", "{ nothing }")
            assert await socket.error() == "invalid_document"
        for _ in range(2):
            await socket.subscribe("1", CHANGES)
            await socket.say("complete", id="1")
        await socket.silent()


async def test_pings_are_answered_at_any_time(service: Served, edu: Partner) -> None:
    async with opened(service, edu.bearer) as socket:
        await socket.say("ping")
        assert await socket.hear() == {"type": "pong"}
        await socket.say("pong", payload={"unasked": True})
        await socket.say("ping", payload={"at": 1})
        assert await socket.hear() == {"type": "pong", "payload": {"at": 1}}


async def test_an_unknown_id_that_is_completed_is_no_error(service: Served, edu: Partner) -> None:
    async with opened(service, edu.bearer, init={}) as socket:
        await socket.say("complete", id="unknown")
        await socket.silent()


@pytest.mark.parametrize(
    ("query", "variables", "code"),
    [
        ("{ viewer", {}, "syntax_error"),
        ("{ nothing }", {}, "invalid_document"),
        ("{ viewer { name } } query Two { viewer { name } }", {}, "one_operation"),
        ("query ($n: Int!) { cases(first: $n) { nodes { id } } }", {}, "invalid_input"),
        ("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": ["x"] * 30_000}, None),
        ("subscription ($n: Int!) { caseChanged(after: $n) { cursor } }", {}, "invalid_document"),
        (CHANGES, {"after": 1}, "invalid_input"),
        (CHANGES, {"after": "?"}, "invalid"),
        (CHANGES, {"after": "OTk5OTk5"}, "invalid"),
        ('subscription { caseChanged(agency: "NO") { cursor } }', {}, "unknown"),
        ('subscription { caseChanged(trackingCode: "1") { cursor } }', {}, "not_found"),
        ("subscription { caseChanged { cursor } clockWarning { cursor } }", {}, "invalid_document"),
    ],
)
async def test_what_cannot_be_executed_is_an_error(
    service: Served, edu: Partner, query: str, variables: dict[str, Any], code: str | None
) -> None:
    async with opened(service, edu.bearer, init={}) as socket:
        await socket.subscribe("1", query, **variables)
        found = await socket.error()
        assert found == code or (code is None and found in ("too_complex", "too_many_values"))
        await socket.silent()


async def test_a_failed_field_is_an_answer(service: Served, edu: Partner) -> None:
    async with opened(service, edu.bearer, init={}) as socket:
        await socket.subscribe("1", "{ cases(first: 500) { nodes { id } } }")
        message = await socket.hear()
        assert (message["type"], message["payload"]["data"]) == ("next", None)
        assert message["payload"]["errors"][0]["extensions"]["code"] == "out_of_range"
        assert (await socket.hear())["type"] == "complete"


async def test_a_mutation(service: Served, edu: Partner, world: World) -> None:
    await world.case()
    async with opened(service, edu.bearer, init={}) as socket:
        await socket.subscribe("1", "{ cases(first: 1) { nodes { id } } }")
        [row] = (await socket.next())["cases"]["nodes"]
        assert (await socket.hear())["type"] == "complete"
        await socket.subscribe("2", NOTE, case=row["id"])
        answer = (await socket.next("2"))["addNote"]
        assert answer == {"event": {"text": "یادداشت"}, "errors": []}
    assert await CaseEvent.filter(kind=EventKind.NOTE).count() == 1


async def test_so_many_operations_at_once(
    service: Served, edu: Partner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams_ws, "MAX_OPERATIONS", 2)
    async with opened(service, edu.bearer, init={}) as socket:
        await socket.subscribe("1", CHANGES)
        await socket.subscribe("2", CHANGES)
        await socket.subscribe("3", CHANGES)
        assert await socket.error("3") == "too_many_operations"
        await socket.silent()


async def test_a_budget_holds_here_too(service: Served, world: World) -> None:
    poor = await partner("EDU")
    await clients.change(
        SYSTEM,
        poor.client.id,
        scopes=poor.client.scopes,
        expires_at=None,
        requests_per_minute=1,
        cost_per_minute=20_000,
    )
    async with opened(service, poor.bearer, init={}) as socket:
        await socket.subscribe("1", VIEWER)
        await socket.next()
        await socket.hear()
        await socket.subscribe("1", VIEWER)
        assert await socket.error() == "rate_limited"


async def test_a_subscription_is_heard_until_it_is_completed(
    service: Served, edu: Partner, world: World
) -> None:
    case = await world.case()
    async with opened(service, edu.bearer, init={}) as socket:
        await socket.subscribe("1", CHANGES)
        await until(lambda: live.hub._followers == 1)
        for text in ("یکم", "دوم"):
            await notes.add(world["senior"], case.id, text)
            assert (await socket.next())["caseChanged"]["event"]["text"] == text
        await socket.say("complete", id="1")
        await until(lambda: live.hub._followers == 0)
        await notes.add(world["senior"], case.id, "سوم")
        await socket.silent()


async def test_a_revoked_key_ends_the_connection(
    service: Served, edu: Partner, world: World
) -> None:
    case = await world.case()
    async with opened(service, edu.bearer, init={}) as socket:
        await socket.subscribe("1", CHANGES)
        await until(lambda: live.hub._followers == 1)
        await clients.revoke(SYSTEM, edu.client.id)
        await notes.add(world["senior"], case.id, "نباید شنیده شود")
        assert await socket.error() == "unauthenticated"
        assert await socket.end() == (4403, "Forbidden")


async def test_a_revoked_key_is_noticed_when_nothing_happens(
    service: Served, edu: Partner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "CONFIRM_EVERY", 0.05)
    async with opened(service, edu.bearer, init={}) as socket:
        await socket.subscribe("1", CHANGES)
        await until(lambda: live.hub._followers == 1)
        await clients.revoke(SYSTEM, edu.client.id)
        assert await socket.error() == "unauthenticated"


async def test_a_session_that_is_signed_out(service: Served, world: World) -> None:
    case = await world.case()
    token = await signed_in(world.users["senior"])
    cookie = {"Cookie": f"{PLAIN_COOKIE}={token}", "Origin": service.http}
    async with opened(service, cookie, init={}) as socket:
        await socket.subscribe("1", CHANGES)
        await until(lambda: live.hub._followers == 1)
        await sign_in.sign_out(token)
        await notes.add(world["senior"], case.id, "نباید شنیده شود")
        assert await socket.error() == "unauthenticated"
        assert await socket.end() == (4403, "Forbidden")


async def test_who_is_gone_is_followed_no_more(service: Served, edu: Partner) -> None:
    async with opened(service, edu.bearer, init={}) as socket:
        await socket.subscribe("1", CHANGES)
        await until(lambda: live.hub._followers == 1)
        socket.connection.transport.abort()
    await until(lambda: live.hub._followers == 0)


async def test_a_server_that_stops_lets_go(service: Served, edu: Partner) -> None:
    async with opened(service, edu.bearer, init={}) as socket:
        await socket.subscribe("1", CHANGES)
        await until(lambda: live.hub._followers == 1)
        service.stop()
        assert (await socket.end())[0] in (1001, 1012)
    await until(lambda: live.hub._followers == 0)
