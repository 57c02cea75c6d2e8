"""Bad input to the webhooks of the telephone exchange and the provider: nothing changes."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx2
import pytest

from tests.support.application import CALL_SECRET, WEBHOOK_TOKEN, application
from tests.support.unchanged import unchanged
from tests.support.world import LINE, World

HALF = "\ud800"
URLENCODED = "application/x-www-form-urlencoded"


def odd(*values: object) -> tuple[object, ...]:
    return values


Wrong = tuple[object, str, str | None]
GOOD_CALL: dict[str, object] = {"call_id": "c-1", "event": "ringing", "caller": "09121234567"}
BAD_CALLS: list[Wrong] = [
    *[({"call_id": value}, "invalid", "call_id") for value in odd(None, 7, 1.5, True, [], {})],
    ({"call_id": ""}, "required", "call_id"),
    ({"call_id": "x" * 81}, "too_long", "call_id"),
    *[({"call_id": f"c{bad}c"}, "invalid_characters", "call_id") for bad in odd("\0", "\n", HALF)],
    *[
        ({"event": value}, "unknown", "event")
        for value in odd(None, "", "dialled", "RINGING", 1, [], {}, ["ringing"], HALF, "x" * 5000)
    ],
    *[
        ({"caller": value}, "invalid", "caller")
        for value in odd(
            None, "123", "02188776655", "+14155550100", 9121234567, [], {}, True,
            "0912123456\0", f"0912123456{HALF}", "0912" * 2000,
        )
    ],
    ({"caller": ""}, "required", "caller"),
    ({"at": None}, "required", "at"),
    *[
        ({"at": value}, "invalid", "at")
        for value in odd("", "yesterday", 1732428000, [], {}, True, HALF, "2026-11-24T09:30:00")
    ],
]  # fmt: skip


@pytest.fixture
async def exchange(world: World, db: str) -> AsyncIterator[Callable[..., Awaitable[Any]]]:
    """Sends a body as the telephone exchange does, signed now or as told."""
    async with httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app=application(db)), base_url="http://favad.test"
    ) as client:

        async def send(
            body: bytes, *, at: float = 0, secret: str = CALL_SECRET, **headers: Any
        ) -> httpx2.Response:
            stamp = str(int(world.clock().timestamp() + at))
            digest = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256)
            signature = {
                "x-favad-timestamp": stamp,
                "x-favad-signature": f"sha256={digest.hexdigest()}",
            }
            return await client.post("/webhooks/calls", content=body, headers=signature | headers)

        yield send


def call_of(world: World, **changed: object) -> bytes:
    return json.dumps({**GOOD_CALL, "at": world.clock().isoformat(), **changed}).encode()


@pytest.mark.parametrize(("changed", "code", "name"), BAD_CALLS)
async def test_a_bad_call_is_refused(
    exchange: Any, world: World, changed: dict[str, object], code: str, name: str
) -> None:
    async with unchanged():
        answer = await exchange(call_of(world, **changed))
    assert answer.status_code == 400, answer.text
    [error] = answer.json()["errors"]
    assert (error["code"], error["field"]) == (code, name)


@pytest.mark.parametrize("name", ["call_id", "event", "caller", "at"])
async def test_a_call_without_a_field_is_refused(exchange: Any, world: World, name: str) -> None:
    body = {**GOOD_CALL, "at": world.clock().isoformat()}
    del body[name]
    async with unchanged():
        answer = await exchange(json.dumps(body).encode())
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, name)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"null", 400),
        (b"1", 400),
        (b'"ringing"', 400),
        (b"[]", 400),
        (b"[{}]", 400),
        (b"{", 400),
        (b"\xff\xfe", 400),
        (b'{"call_id": "\xff"}', 400),
        (b"[" * 50_000, 400),
        (b'{"call_id": ' + b"9" * 20_000 + b"}", 400),
        (b"call_id=1&event=ringing", 400),
        (b" " * 70_000, 413),
        (b" " * (1024 * 1024 + 1), 413),
    ],
)
async def test_what_is_no_call_is_refused(exchange: Any, body: bytes, status: int) -> None:
    async with unchanged():
        assert (await exchange(body)).status_code == status


@pytest.mark.parametrize(
    "how",
    [
        {"secret": "another-secret-0123456789"},
        {"at": -301},
        {"at": 301},
        {"at": -86_400 * 365},
        {"x-favad-signature": ""},
        {"x-favad-signature": "sha256="},
        {"x-favad-signature": "sha1=00"},
        {"x-favad-signature": b"\xe9"},
        {"x-favad-timestamp": ""},
        {"x-favad-timestamp": "now"},
        {"x-favad-timestamp": "9" * 400},
        {"x-favad-timestamp": "-1"},
        {"x-favad-timestamp": "1.5"},
    ],
)
async def test_a_forged_or_old_call_is_refused(
    exchange: Any, world: World, how: dict[str, Any]
) -> None:
    async with unchanged():
        answer = await exchange(call_of(world), **how)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (401, "unauthorized")


async def test_a_call_told_again_or_replayed_changes_nothing(exchange: Any, world: World) -> None:
    body = call_of(world)
    assert (await exchange(body)).status_code == 200
    assert (await exchange(call_of(world, event="ended"))).status_code == 200
    async with unchanged():
        for _ in range(2):
            assert (await exchange(body)).status_code == 200
        taken_over = await exchange(call_of(world, caller="09351112233"))
    assert (taken_over.status_code, taken_over.json()["errors"][0]["code"]) == (400, "conflict")


TEXT = {"messageid": "701", "from": "09121234567", "to": LINE, "message": "۵"}
STATUS = {"messageid": "701", "status": "10"}
HOOK = f"/webhooks/kavenegar/{WEBHOOK_TOKEN}"


@pytest.fixture
async def provider(world: World, db: str) -> AsyncIterator[httpx2.AsyncClient]:
    transport = httpx2.ASGITransport(app=application(db))
    async with httpx2.AsyncClient(transport=transport, base_url="http://favad.test") as client:
        yield client


@pytest.mark.parametrize("path", ["inbound", "delivery"])
@pytest.mark.parametrize(
    "token", ["x", "", WEBHOOK_TOKEN[:-1], WEBHOOK_TOKEN + "x", WEBHOOK_TOKEN.upper(), "%00", "%ff"]
)
async def test_a_wrong_token_finds_nothing(
    provider: httpx2.AsyncClient, path: str, token: str
) -> None:
    async with unchanged():
        for data in (TEXT, STATUS):
            answer = await provider.post(f"/webhooks/kavenegar/{token}/{path}", data=data)
            assert answer.status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        *[{name: value for name, value in TEXT.items() if name != gone} for gone in
          ("from", "to", "message")],
        *[{**TEXT, "from": bad} for bad in odd("", None, [], {}, "0" * 21, "0\n9", f"9{HALF}")],
        *[{**TEXT, "to": bad} for bad in odd("", None, [], "0" * 21, "\0")],
        *[{**TEXT, "message": bad} for bad in odd(None, 5, [], {}, True)],
        *[{**TEXT, "messageid": bad} for bad in odd([], True, "x" * 81, "۱", "a b", "\0", HALF)],
        None, 1, "text", [], [[]], [TEXT, None], [TEXT, {**TEXT, "message": None}],
    ],
)  # fmt: skip
async def test_a_bad_text_is_refused(provider: httpx2.AsyncClient, body: object) -> None:
    content = json.dumps(body).encode()
    async with unchanged():
        answer = await provider.post(
            f"{HOOK}/inbound", content=content, headers={"content-type": "application/json"}
        )
    assert answer.status_code == 400, answer.text


@pytest.mark.parametrize(
    "body",
    [
        {}, {"messageid": "701"}, {"status": "10"}, {"messageid": "", "status": "10"},
        *[{**STATUS, "messageid": bad} for bad in odd(None, [], True, "x", "-1", "9" * 20, 1.5)],
        *[{**STATUS, "status": bad} for bad in odd(None, [], True, "x", "-1", "9" * 30, HALF)],
        [STATUS, {}], None, 5, [[]],
    ],
)  # fmt: skip
async def test_a_bad_report_is_refused(provider: httpx2.AsyncClient, body: object) -> None:
    content = json.dumps(body).encode()
    async with unchanged():
        answer = await provider.post(
            f"{HOOK}/delivery", content=content, headers={"content-type": "application/json"}
        )
    assert answer.status_code == 400, answer.text


@pytest.mark.parametrize("path", ["inbound", "delivery"])
@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"", 400),
        (b"messageid", 400),
        (b"messageid=1&from=1&to=1&message=%ff&status=%ff", 400),
        (b"\xff\xff", 400),
        (b"messageid=1&messageid=2&status=10&from=1&to=1&message=x", 400),
        (b"[" * 60_000, 400),
        (b"x" * 70_000, 413),
        (b"x" * (1024 * 1024 + 1), 413),
    ],
)
async def test_what_the_provider_never_sends_is_refused(
    provider: httpx2.AsyncClient, path: str, content: bytes, status: int
) -> None:
    async with unchanged():
        answer = await provider.post(
            f"{HOOK}/{path}", content=content, headers={"content-type": URLENCODED}
        )
    assert answer.status_code == status


async def test_a_text_told_twice_is_stored_once(provider: httpx2.AsyncClient) -> None:
    assert (await provider.post(f"{HOOK}/inbound", data=TEXT)).status_code == 200
    async with unchanged():
        for _ in range(2):
            assert (await provider.post(f"{HOOK}/inbound", data=TEXT)).status_code == 200
        assert (await provider.post(f"{HOOK}/delivery", data=STATUS)).status_code == 200


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
async def test_webhooks_take_their_verbs_only(provider: httpx2.AsyncClient, method: str) -> None:
    async with unchanged():
        assert (await provider.request(method, "/webhooks/calls")).status_code == 405
        if method != "GET":
            for path in ("inbound", "delivery"):
                assert (await provider.request(method, f"{HOOK}/{path}")).status_code == 405
