from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import httpx2
import pytest
from starlette.applications import Starlette

from api import webhooks
from domain import outbox
from models import Call, InboxMessage, OutboxMessage
from models.enums import CallState, MessageState, TextKind
from settings import load
from tests.support.provider import ScriptedGateway, send_due
from tests.support.world import LINE, MOBILE, World

OLD, NEW = "old-token-0123456789abcdef", "new-token-0123456789abcdef"
SECRET, NEXT_SECRET = "call-secret-0123456789", "next-secret-0123456789"
TEXT = {"messageid": "701", "from": "09121234567", "to": LINE, "message": "۵ ممنون & + %"}
INBOUND = f"/webhooks/kavenegar/{OLD}/inbound"
DELIVERY = f"/webhooks/kavenegar/{OLD}/delivery"


@pytest.fixture
async def client(world: World) -> AsyncIterator[httpx2.AsyncClient]:
    settings = load(
        {"FAVAD_WEBHOOK_TOKENS": f"{OLD},{NEW}", "FAVAD_CALL_SECRET": f"{SECRET},{NEXT_SECRET}"}
    )
    app = Starlette(routes=webhooks.routes(settings))
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://test") as made:
        yield made


async def texts() -> list[tuple[str, str, str, str]]:
    rows = await InboxMessage.all().order_by("id")
    return [(row.message_id, row.sender, row.line, row.text) for row in rows]


STORED = [("701", "+989121234567", LINE, TEXT["message"])]


@pytest.mark.parametrize("token", [OLD, NEW])
async def test_a_text_comes_as_a_form(client: httpx2.AsyncClient, token: str) -> None:
    for _ in range(2):
        reply = await client.post(f"/webhooks/kavenegar/{token}/inbound", data=TEXT)
        assert reply.status_code == 200
    assert await texts() == STORED


async def test_a_text_comes_in_the_address(client: httpx2.AsyncClient) -> None:
    assert (await client.get(INBOUND, params=TEXT)).status_code == 200
    assert await texts() == STORED


@pytest.mark.parametrize("body", [TEXT, [TEXT], [TEXT, TEXT]])
async def test_a_text_comes_as_json(client: httpx2.AsyncClient, body: Any) -> None:
    assert (await client.post(INBOUND, json=body)).status_code == 200
    assert (await client.post(INBOUND, content=json.dumps(body))).status_code == 200
    assert await texts() == STORED


async def test_several_texts_come_in_one_form(client: httpx2.AsyncClient) -> None:
    second = TEXT | {"messageid": "702", "message": "بد"}
    body = urlencode(list(TEXT.items()) + list(second.items()))
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    assert (await client.post(INBOUND, content=body, headers=headers)).status_code == 200
    assert [row[0] for row in await texts()] == ["701", "702"]


@pytest.mark.parametrize("kind", ["inbound", "delivery"])
@pytest.mark.parametrize("token", ["x", OLD[:-1], OLD + "x", OLD.upper(), "%D9%85", "%ED%A0%80"])
async def test_a_wrong_token_is_not_found(
    client: httpx2.AsyncClient, token: str, kind: str
) -> None:
    path = f"/webhooks/kavenegar/{token}/{kind}"
    for reply in (await client.post(path, data=TEXT), await client.get(path, params=TEXT)):
        assert reply.status_code == 404
        assert OLD not in reply.text
    assert await texts() == []


async def test_without_tokens_there_is_no_webhook(world: World) -> None:
    transport = httpx2.ASGITransport(app=Starlette(routes=webhooks.routes(load({}))))
    async with httpx2.AsyncClient(transport=transport, base_url="http://test") as client:
        assert (await client.post("/webhooks/kavenegar//inbound", data=TEXT)).status_code == 404
        assert (await client.post(INBOUND, data=TEXT)).status_code == 404
        body, headers = signed({"call_id": "1"}, 0)
        reply = await client.post("/webhooks/calls", content=body, headers=headers)
        assert reply.status_code == 401
    assert await texts() == []


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b"7",
        b"[[]]",
        b'{"messageid": 1',
        b'{"messageid": "1", "from": "0912", "to": "1", "message": "\xff"}',
        b"[" * 60_000,
        b'{"messageid": ' + b"1" * 5_000 + b', "from": "0912", "to": "1", "message": "x"}',
        b"messageid=1&from=0912&to=1",
        b"messageid=1&from=0912&to=1&message=%FF",
        b"messageid=1&messageid=2&from=0912&to=1&message=x",
        "messageid=1&from=0912&to=1&message=".encode("utf-16"),
        json.dumps([TEXT, {"messageid": "702"}]).encode(),
    ],
)
async def test_malformed_bodies_are_refused_and_store_nothing(
    client: httpx2.AsyncClient, content: bytes
) -> None:
    for path in (INBOUND, DELIVERY):
        for kind in ("application/json", "application/x-www-form-urlencoded"):
            reply = await client.post(path, content=content, headers={"Content-Type": kind})
            assert reply.status_code == 400
    assert await texts() == []


async def test_a_bad_query_is_refused(client: httpx2.AsyncClient) -> None:
    for query in ("", "?messageid=1", "?messageid=1&from=09&to=1&message=%ff"):
        assert (await client.get(INBOUND + query)).status_code == 400
    assert await texts() == []


async def test_a_body_that_is_too_large_is_refused(client: httpx2.AsyncClient) -> None:
    reply = await client.post(INBOUND, json=TEXT | {"message": "x" * 65_536})
    assert (reply.status_code, await texts()) == (413, [])


async def test_delivery_reports(client: httpx2.AsyncClient) -> None:
    row = await outbox.queue(TextKind.RESULT, MOBILE, "k", code="1", result="متن")
    assert row is not None
    await send_due(ScriptedGateway())
    for body in ({"messageid": "1001", "status": "10"}, {"messageid": "1001", "status": "4"}):
        assert (await client.post(DELIVERY, data=body)).status_code == 200
    assert (await OutboxMessage.get(id=row.id)).state is MessageState.DELIVERED
    unknown = [{"messageid": 5, "status": 10}, {"messageid": 1001, "status": 77}]
    assert (await client.post(DELIVERY, json=unknown)).status_code == 200
    assert (await client.get(DELIVERY + "?messageid=5&status=10")).status_code == 200
    assert (await OutboxMessage.get(id=row.id)).state is MessageState.DELIVERED


@pytest.mark.parametrize("body", [{"messageid": "1001"}, {"messageid": "x", "status": "10"}])
async def test_a_malformed_report_changes_nothing(
    client: httpx2.AsyncClient, body: dict[str, str]
) -> None:
    await outbox.queue(TextKind.RESULT, MOBILE, "k", code="1", result="متن")
    await send_due(ScriptedGateway())
    reply = await client.post(DELIVERY, json=[{"messageid": "1001", "status": "10"}, body])
    assert reply.status_code == 400
    assert (await OutboxMessage.get()).state is MessageState.ACCEPTED


def signed(
    event: Any, stamp: float, secret: str = SECRET, raw: bytes | None = None
) -> tuple[bytes, dict[str, str]]:
    body = json.dumps(event).encode() if raw is None else raw
    digest = hmac.new(secret.encode(), f"{int(stamp)}.".encode() + body, hashlib.sha256)
    return body, {
        "X-Favad-Timestamp": str(int(stamp)),
        "X-Favad-Signature": f"sha256={digest.hexdigest()}",
    }


def event(world: World, **changes: Any) -> dict[str, Any]:
    at = world.clock().isoformat()
    return {"call_id": "c1", "event": "ringing", "caller": "09121234567", "at": at} | changes


async def announce(
    client: httpx2.AsyncClient, body: bytes, headers: dict[str, str]
) -> httpx2.Response:
    return await client.post("/webhooks/calls", content=body, headers=headers)


@pytest.mark.parametrize("secret", [SECRET, NEXT_SECRET])
async def test_a_signed_call_is_announced_and_a_replay_is_harmless(
    world: World, client: httpx2.AsyncClient, secret: str
) -> None:
    body, headers = signed(event(world), world.clock().timestamp(), secret)
    for _ in range(2):
        reply = await announce(client, body, headers)
        assert (reply.status_code, reply.json()) == (200, {"ok": True})
    ended = signed(event(world, event="ended"), world.clock().timestamp(), secret)
    assert (await announce(client, *ended)).status_code == 200
    assert (await announce(client, body, headers)).status_code == 200
    call = await Call.get()
    assert (call.caller, call.state) == (MOBILE, CallState.ENDED)
    assert call.ringing_at == world.clock()


@pytest.mark.parametrize("seconds", [-301, 301, 86_400])
async def test_an_old_or_future_signature_is_refused(
    world: World, client: httpx2.AsyncClient, seconds: int
) -> None:
    signature = signed(event(world), world.clock().timestamp() + seconds)
    assert (await announce(client, *signature)).status_code == 401
    assert not await Call.exists()


async def test_the_window_is_five_minutes_both_ways(
    world: World, client: httpx2.AsyncClient
) -> None:
    for number, seconds in enumerate((-300, 300)):
        signature = signed(event(world, call_id=f"c{number}"), world.clock().timestamp() + seconds)
        assert (await announce(client, *signature)).status_code == 200


async def test_a_forged_signature_is_refused(world: World, client: httpx2.AsyncClient) -> None:
    stamp = world.clock().timestamp()
    body, headers = signed(event(world), stamp)
    signature = headers["X-Favad-Signature"]
    forgeries = [
        (body, {}),
        (body, {"X-Favad-Timestamp": headers["X-Favad-Timestamp"]}),
        (body + b" ", headers),
        (body, headers | {"X-Favad-Timestamp": str(int(stamp) + 1)}),
        (body, headers | {"X-Favad-Timestamp": "1" * 400}),
        (body, headers | {"X-Favad-Timestamp": "-1"}),
        (body, headers | {"X-Favad-Signature": signature.removeprefix("sha256=")}),
        (body, headers | {"X-Favad-Signature": signature[:-1]}),
        (body, headers | {"X-Favad-Signature": ""}),
        signed(event(world), stamp, "another-secret-0123456789"),
    ]
    for forged in forgeries:
        reply = await announce(client, *forged)
        assert (reply.status_code, reply.json()["errors"][0]["code"]) == (401, "unauthorized")
    assert not await Call.exists()


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"call_id": None}, "invalid", "call_id"),
        ({"call_id": ""}, "required", "call_id"),
        ({"call_id": "x" * 81}, "too_long", "call_id"),
        ({"call_id": "a\0b"}, "invalid_characters", "call_id"),
        ({"event": "dialled"}, "unknown", "event"),
        ({"event": ["ringing"]}, "unknown", "event"),
        ({"caller": "123"}, "invalid", "caller"),
        ({"caller": 9121234567}, "invalid", "caller"),
        ({"at": None}, "required", "at"),
        ({"at": "yesterday"}, "invalid", "at"),
        ({"at": 1732428000}, "invalid", "at"),
        ({"at": "2026-11-24T09:30:00"}, "invalid", "at"),
        ({"at": "0001-01-01T00:00:00+14:00"}, "invalid", "at"),
    ],
)
async def test_a_bad_event_is_refused_by_field(
    world: World, client: httpx2.AsyncClient, changes: dict[str, Any], code: str, field: str
) -> None:
    signature = signed(event(world, **changes), world.clock().timestamp())
    reply = await announce(client, *signature)
    assert reply.status_code == 400
    [error] = reply.json()["errors"]
    assert (error["code"], error["field"]) == (code, field)
    assert error["message"]
    assert not await Call.exists()


@pytest.mark.parametrize("raw", [b"", b"[]", b"null", b"\xff", b"{", b"[" * 60_000])
async def test_a_body_that_is_no_object_is_refused(
    world: World, client: httpx2.AsyncClient, raw: bytes
) -> None:
    signature = signed(None, world.clock().timestamp(), raw=raw)
    reply = await announce(client, *signature)
    assert (reply.status_code, reply.json()["errors"][0]["code"]) == (400, "invalid")
    large = signed(None, world.clock().timestamp(), raw=b" " * 65_537)
    assert (await announce(client, *large)).status_code == 413


async def test_a_call_cannot_change_its_caller(world: World, client: httpx2.AsyncClient) -> None:
    stamp = world.clock().timestamp()
    await announce(client, *signed(event(world), stamp))
    reply = await announce(client, *signed(event(world, caller="09350000000"), stamp))
    assert (reply.status_code, reply.json()["errors"][0]["code"]) == (400, "conflict")
    assert (await Call.get()).caller == MOBILE


async def test_times_of_other_zones_are_understood(
    world: World, client: httpx2.AsyncClient
) -> None:
    at = (world.clock() + timedelta(hours=3.5)).strftime("%Y-%m-%dT%H:%M:%S+03:30")
    await announce(client, *signed(event(world, at=at), world.clock().timestamp()))
    assert (await Call.get()).ringing_at == world.clock()
