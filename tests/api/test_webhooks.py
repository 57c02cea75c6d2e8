"""What telephone exchange and SMS providers call, as they do it; see `test_bad_webhooks`."""

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
from models import Call, InboxMessage, OptOut, OutboxMessage
from models.enums import CallState, MessageState, TextKind
from settings import load
from tests.support.world import LINE, MOBILE, World

OLD, NEW = "old-token-0123456789abcdef", "new-token-0123456789abcdef"
SECRET, NEXT_SECRET = "call-secret-0123456789", "next-secret-0123456789"
TEXT = {"messageid": "701", "from": "09121234567", "to": LINE, "message": "۵ ممنون & + %"}
PLAIN = {"id": "b7-01", "from": "+989121234567", "to": "10009128", "text": TEXT["message"]}
STORED = ("kavenegar", "701", MOBILE, LINE, TEXT["message"])
PLAIN_STORED = ("http", "b7-01", MOBILE, "10009128", TEXT["message"])
PROVIDERS = [("kavenegar", TEXT, STORED), ("http", PLAIN, PLAIN_STORED)]
SETTINGS = {
    "FAVAD_WEBHOOK_TOKENS": f"{OLD},{NEW}",
    "FAVAD_CALL_SECRET": f"{SECRET},{NEXT_SECRET}",
    "FAVAD_HTTP_GATEWAY_URL": "https://sms.example/messages",
    "FAVAD_HTTP_GATEWAY_TOKEN": "bearer-token-0123456789",
    "FAVAD_HTTP_GATEWAY_SENDER": "10009128",
}
INBOUND = f"/webhooks/kavenegar/{OLD}/inbound"
DELIVERY = f"/webhooks/kavenegar/{OLD}/delivery"
HTTP_DELIVERY = f"/webhooks/http/{OLD}/delivery"


def browser(variables: dict[str, str]) -> httpx2.AsyncClient:
    app = Starlette(routes=webhooks.routes(load(variables)))
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://test")


@pytest.fixture
async def client(world: World) -> AsyncIterator[httpx2.AsyncClient]:
    async with browser(SETTINGS) as made:
        yield made


async def texts() -> list[tuple[str, str, str, str, str]]:
    rows = await InboxMessage.all().order_by("id")
    return [(row.provider, row.message_id, row.sender, row.line, row.text) for row in rows]


@pytest.mark.parametrize("token", [OLD, NEW])
@pytest.mark.parametrize(("name", "text", "stored"), PROVIDERS)
async def test_a_text_comes_as_a_form(
    client: httpx2.AsyncClient, token: str, name: str, text: dict[str, str], stored: object
) -> None:
    for _ in range(2):
        reply = await client.post(f"/webhooks/{name}/{token}/inbound", data=text)
        assert (reply.status_code, reply.text) == (200, "ok")
    assert await texts() == [stored]


@pytest.mark.parametrize(("name", "text", "stored"), PROVIDERS)
async def test_a_text_comes_in_the_address(
    client: httpx2.AsyncClient, name: str, text: dict[str, str], stored: object
) -> None:
    assert (await client.get(f"/webhooks/{name}/{OLD}/inbound", params=text)).status_code == 200
    assert await texts() == [stored]


@pytest.mark.parametrize("several", [lambda one: one, lambda one: [one], lambda one: [one, one]])
@pytest.mark.parametrize(("name", "text", "stored"), PROVIDERS)
async def test_a_text_comes_as_json(
    client: httpx2.AsyncClient, name: str, text: dict[str, str], stored: object, several: Any
) -> None:
    path, body = f"/webhooks/{name}/{OLD}/inbound", several(text)
    assert (await client.post(path, json=body)).status_code == 200
    assert (await client.post(path, content=json.dumps(body))).status_code == 200
    assert await texts() == [stored]


async def test_several_texts_come_in_one_form(client: httpx2.AsyncClient) -> None:
    second = TEXT | {"messageid": "702", "message": "بد"}
    body = urlencode(list(TEXT.items()) + list(second.items()))
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    assert (await client.post(INBOUND, content=body, headers=headers)).status_code == 200
    assert [row[1] for row in await texts()] == ["701", "702"]


async def test_providers_have_ids_of_their_own(client: httpx2.AsyncClient) -> None:
    for name, text in (("kavenegar", TEXT), ("http", PLAIN | {"id": TEXT["messageid"]})):
        reply = await client.post(f"/webhooks/{name}/{OLD}/inbound", json=text)
        assert reply.status_code == 200
    assert [row[:2] for row in await texts()] == [("kavenegar", "701"), ("http", "701")]


@pytest.mark.parametrize("name", ["kavenegar", "http"])
@pytest.mark.parametrize("kind", ["inbound", "delivery"])
@pytest.mark.parametrize("token", ["x", OLD[:-1], OLD + "x", OLD.upper(), "%D9%85", "%ED%A0%80"])
async def test_a_wrong_token_is_not_found(
    client: httpx2.AsyncClient, name: str, token: str, kind: str
) -> None:
    path = f"/webhooks/{name}/{token}/{kind}"
    for reply in (await client.post(path, data=TEXT), await client.get(path, params=TEXT)):
        assert reply.status_code == 404
        assert OLD not in reply.text
    assert await texts() == []


async def test_without_tokens_there_is_no_webhook(world: World) -> None:
    async with browser({}) as client:
        assert (await client.post("/webhooks/kavenegar//inbound", data=TEXT)).status_code == 404
        assert (await client.post(INBOUND, data=TEXT)).status_code == 404
        body, headers = signed({"call_id": "1"}, 0)
        reply = await client.post("/webhooks/calls", content=body, headers=headers)
        assert reply.status_code == 401
    assert await texts() == []


async def test_without_a_second_gateway_it_has_no_webhook(world: World) -> None:
    async with browser({"FAVAD_WEBHOOK_TOKENS": OLD}) as client:
        for kind in ("inbound", "delivery"):
            reply = await client.post(f"/webhooks/http/{OLD}/{kind}", json=PLAIN)
            assert reply.status_code == 404
        assert (await client.post(INBOUND, data=TEXT)).status_code == 200
    assert await texts() == [STORED]


async def test_a_second_gateway_with_names_of_its_own(world: World) -> None:
    shape = {"from": "source", "to": "target", "text": "body", "id": "data.no"}
    async with browser(SETTINGS | {"FAVAD_HTTP_GATEWAY_SHAPE": json.dumps(shape)}) as client:
        text = {"data": {"no": 9}, "source": "09121234567", "target": "10009128", "body": "۵"}
        reply = await client.post(f"/webhooks/http/{OLD}/inbound", json=[text])
        assert reply.status_code == 200
    assert await texts() == [("http", "9", MOBILE, "10009128", "۵")]


async def accepted(gateway: str, provider_ref: str | None = "1001") -> OutboxMessage:
    """A text that a gateway has taken, or with no id one that is just being handed to it."""
    row = await outbox.queue(TextKind.RESULT, MOBILE, gateway, code="1", result="متن")
    assert row is not None
    state = MessageState.ACCEPTED if provider_ref else MessageState.SENDING
    await OutboxMessage.filter(id=row.id).update(
        gateway=gateway, provider_ref=provider_ref, state=state
    )
    return row


async def state(row: OutboxMessage) -> MessageState:
    return (await OutboxMessage.get(id=row.id)).state


async def test_delivery_reports(client: httpx2.AsyncClient) -> None:
    row = await accepted("kavenegar")
    for body in ({"messageid": "1001", "status": "10"}, {"messageid": "1001", "status": "4"}):
        assert (await client.post(DELIVERY, data=body)).status_code == 200
    assert await state(row) is MessageState.DELIVERED
    unknown = [{"messageid": 5, "status": 10}, {"messageid": 1001, "status": 77}]
    assert (await client.post(DELIVERY, json=unknown)).status_code == 200
    assert (await client.get(DELIVERY + "?messageid=5&status=10")).status_code == 200
    assert await state(row) is MessageState.DELIVERED


async def test_delivery_reports_of_the_second_gateway(client: httpx2.AsyncClient) -> None:
    row = await accepted("http", "b7")
    for status in ("sent", "queued", "never heard of"):
        reply = await client.post(HTTP_DELIVERY, json={"id": "b7", "status": status})
        assert reply.status_code == 200
        assert await state(row) is MessageState.SENT
    reply = await client.post(HTTP_DELIVERY, data={"id": "b7", "status": "blocked"})
    assert reply.status_code == 200
    assert await state(row) is MessageState.BLOCKED
    assert await OptOut.exists(mobile=MOBILE)


async def test_a_report_is_about_the_messages_of_its_own_gateway(
    client: httpx2.AsyncClient,
) -> None:
    ours, theirs = await accepted("kavenegar"), await accepted("http")
    await client.post(DELIVERY, json={"messageid": 1001, "status": 10})
    assert (await state(ours), await state(theirs)) == (
        MessageState.DELIVERED,
        MessageState.ACCEPTED,
    )
    report = {"id": "1001", "reference": str(ours.local_id), "status": "failed"}
    await client.post(HTTP_DELIVERY, json=report)
    assert (await state(ours), await state(theirs)) == (
        MessageState.DELIVERED,
        MessageState.FAILED,
    )


@pytest.mark.parametrize("before", [MessageState.SENDING, MessageState.UNCERTAIN])
async def test_a_report_with_our_reference_may_come_before_the_answer(
    client: httpx2.AsyncClient, before: MessageState
) -> None:
    row = await accepted("http", None)
    await OutboxMessage.filter(id=row.id).update(state=before)
    strange = {"id": "b7", "reference": str(row.local_id - 1), "status": "delivered"}
    assert (await client.post(HTTP_DELIVERY, json=strange)).status_code == 200
    assert await state(row) is before
    report = strange | {"reference": str(row.local_id)}
    for _ in range(2):
        assert (await client.post(HTTP_DELIVERY, json=report)).status_code == 200
    found = await OutboxMessage.get(id=row.id)
    assert (found.state, found.provider_ref) == (MessageState.DELIVERED, "b7")
    assert found.delivered_at is not None and found.accepted_at is not None
    # the answer itself comes now, and turns nothing back
    await outbox.accepted(row, "b7", MessageState.ACCEPTED, 1200)
    assert await state(row) is MessageState.DELIVERED


async def test_an_early_report_of_another_s_message_changes_nothing(
    client: httpx2.AsyncClient,
) -> None:
    row = await accepted("kavenegar", None)
    report = {"id": "b7", "reference": str(row.local_id), "status": "delivered"}
    assert (await client.post(HTTP_DELIVERY, json=report)).status_code == 200
    assert await state(row) is MessageState.SENDING


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
