"""Bad input to the webhooks of the telephone exchange and of SMS providers: nothing changes."""

from __future__ import annotations

import hashlib
import hmac
import html
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from urllib.parse import urlencode

import httpx2
import markupsafe
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.auth import PLAIN_COOKIE
from models import InboxMessage
from models.enums import InboxState
from tests.support.application import CALL_SECRET, WEBHOOK_TOKEN, application
from tests.support.unchanged import changes, contents, unchanged
from tests.support.web import signed_in
from tests.support.world import LINE, World
from ui.inbox import LONGEST

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


TEXT: dict[str, object] = {"messageid": "701", "from": "09121234567", "to": LINE, "message": "۵"}
STATUS: dict[str, object] = {"messageid": "701", "status": "10"}
PLAIN: dict[str, object] = {"id": "b7", "from": "09121234567", "to": LINE, "text": "۵"}
REPORT: dict[str, object] = {"id": "b7", "reference": "5", "status": "sent"}
SECOND = {
    "FAVAD_HTTP_GATEWAY_URL": "https://sms.example/messages",
    "FAVAD_HTTP_GATEWAY_TOKEN": "bearer-token-0123456789",
    "FAVAD_HTTP_GATEWAY_SENDER": "10009128",
}
HOOK, HTTP_HOOK = f"/webhooks/kavenegar/{WEBHOOK_TOKEN}", f"/webhooks/http/{WEBHOOK_TOKEN}"
PATHS = [f"{hook}/{kind}" for hook in (HOOK, HTTP_HOOK) for kind in ("inbound", "delivery")]
Provider = Callable[..., Awaitable[httpx2.Response]]


@pytest.fixture
async def provider(world: World, db: str) -> AsyncIterator[httpx2.AsyncClient]:
    transport = httpx2.ASGITransport(app=application(db, **SECOND))
    async with httpx2.AsyncClient(transport=transport, base_url="http://favad.test") as client:
        yield client


async def post_json(provider: httpx2.AsyncClient, path: str, body: object) -> httpx2.Response:
    headers = {"content-type": "application/json"}
    return await provider.post(path, content=json.dumps(body).encode(), headers=headers)


@pytest.mark.parametrize("name", ["kavenegar", "http"])
@pytest.mark.parametrize("path", ["inbound", "delivery"])
@pytest.mark.parametrize(
    "token",
    [
        *("x", "", WEBHOOK_TOKEN[:-1], WEBHOOK_TOKEN + "x", WEBHOOK_TOKEN.upper(), "%00", "%ff"),
        *(
            f"%20{WEBHOOK_TOKEN}",
            f"{WEBHOOK_TOKEN}%00",
            f"x/{WEBHOOK_TOKEN}",
            "*",
            "' OR 1=1 --",
        ),
    ],
)
async def test_a_wrong_token_finds_nothing(
    provider: httpx2.AsyncClient, name: str, path: str, token: str
) -> None:
    async with unchanged():
        for data in (TEXT, STATUS, PLAIN, REPORT):
            answer = await provider.post(f"/webhooks/{name}/{token}/{path}", data=data)
            assert answer.status_code == 404
            assert WEBHOOK_TOKEN not in answer.text


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
    async with unchanged():
        answer = await post_json(provider, f"{HOOK}/inbound", body)
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
    async with unchanged():
        answer = await post_json(provider, f"{HOOK}/delivery", body)
    assert answer.status_code == 400, answer.text


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        *[("inbound", {name: value for name, value in PLAIN.items() if name != gone}) for gone in
          ("from", "to", "text")],
        *[("inbound", {**PLAIN, "text": bad}) for bad in odd(None, 5, [], {}, True)],
        *[("inbound", {**PLAIN, "from": bad}) for bad in odd("", None, [], "0" * 21, f"9{HALF}")],
        *[("inbound", {**PLAIN, "id": bad}) for bad in odd([], True, "x" * 81, "ش", "a b", "\0")],
        *[("inbound", bad) for bad in odd(None, 1, [], [PLAIN, None], TEXT)],
        *[("delivery", {**REPORT, "id": bad}) for bad in odd(None, "", [], True, "x" * 81, "ش")],
        *[("delivery", {**REPORT, "reference": bad}) for bad in odd("x", "-1", [], 1.5, "9" * 20)],
        *[("delivery", {**REPORT, "status": bad}) for bad in odd(None, [], {}, True, 1.5)],
        *[("delivery", bad) for bad in odd(None, 1, [], {}, [REPORT, None], STATUS)],
    ],
)  # fmt: skip
async def test_what_the_second_gateway_may_not_say(
    provider: httpx2.AsyncClient, kind: str, body: object
) -> None:
    async with unchanged():
        answer = await post_json(provider, f"{HTTP_HOOK}/{kind}", body)
    assert answer.status_code == 400, answer.text


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"", 400),
        (b"messageid", 400),
        (b"messageid=1&id=1&from=1&to=1&message=%ff&text=%ff&status=%ff", 400),
        (b"\xff\xff", 400),
        (b"messageid=1&messageid=2&id=1&status=10&from=1&to=1&message=x&text=x", 400),
        (b"[" * 60_000, 400),
        (b'{"id": ' + b"1" * 5_000 + b', "messageid": 1, "status": "sent"}', 400),
        ("messageid=1&from=0912&to=1&message=".encode("utf-16"), 400),
        (b"x" * 70_000, 413),
        (b"x" * (1024 * 1024 + 1), 413),
    ],
)
async def test_what_no_provider_sends_is_refused(
    provider: httpx2.AsyncClient, path: str, content: bytes, status: int
) -> None:
    async with unchanged():
        for kind in (URLENCODED, "application/json", "text/plain", "multipart/form-data"):
            answer = await provider.post(path, content=content, headers={"content-type": kind})
            assert answer.status_code == status


@pytest.mark.parametrize("path", PATHS)
async def test_a_text_of_a_megabyte_is_refused(provider: httpx2.AsyncClient, path: str) -> None:
    long = "م" * (1024 * 1024)
    async with unchanged():
        for body in ({**TEXT, "message": long}, {**PLAIN, "text": long}):
            assert (await provider.post(path, json=body)).status_code == 413
            assert (await provider.post(path, data=body)).status_code == 413


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "query", ["", "?", "?messageid=1", "?messageid=1&id=1&from=%ff", "?" + "x=1&" * 500]
)
async def test_a_bad_query_is_refused(provider: httpx2.AsyncClient, path: str, query: str) -> None:
    async with unchanged():
        assert (await provider.get(path + query)).status_code == 400


async def test_a_text_told_twice_is_stored_once(provider: httpx2.AsyncClient) -> None:
    for hook, text, report in ((HOOK, TEXT, STATUS), (HTTP_HOOK, PLAIN, REPORT)):
        assert (await provider.post(f"{hook}/inbound", json=text)).status_code == 200
        async with unchanged():
            for _ in range(2):
                assert (await provider.post(f"{hook}/inbound", json=text)).status_code == 200
            assert (await provider.post(f"{hook}/delivery", json=report)).status_code == 200


@pytest.mark.parametrize("path", PATHS)
async def test_reports_of_messages_nobody_knows_change_nothing(
    provider: httpx2.AsyncClient, path: str
) -> None:
    reports = [{**STATUS, **REPORT, "status": status} for status in (1, 10, 14, 100, 7)]
    if path.endswith("delivery"):
        async with unchanged():
            assert (await provider.post(path, json=reports)).status_code == 200


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
async def test_webhooks_take_their_verbs_only(provider: httpx2.AsyncClient, method: str) -> None:
    async with unchanged():
        assert (await provider.request(method, "/webhooks/calls")).status_code == 405
        if method != "GET":
            for path in PATHS:
                answer = await provider.request(
                    method, f"{path}?{urlencode(TEXT | PLAIN | STATUS)}"
                )
                assert answer.status_code == 405


NAMES = ("messageid", "id", "from", "to", "message", "text", "status", "reference")
NEAR = st.dictionaries(
    st.sampled_from(NAMES),
    st.none() | st.integers() | st.text() | st.sampled_from(["09121234567", "1", "sent"]),
)
BODIES = st.one_of(
    st.binary(max_size=300),
    NEAR.map(lambda body: json.dumps(body).encode()),
    st.lists(NEAR, max_size=3).map(lambda body: json.dumps(body).encode()),
    st.dictionaries(st.sampled_from(NAMES), st.text()).map(
        lambda body: urlencode(body, errors="surrogatepass").encode()
    ),
    st.text().map(lambda text: json.dumps(TEXT | PLAIN | {"message": text, "text": text}).encode()),
)
KINDS = st.sampled_from(["", URLENCODED, "application/json", "text/xml", "multipart/form-data"])


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(path=st.sampled_from(PATHS), body=BODIES, kind=KINDS)
async def test_any_body_is_stored_whole_or_refused(
    provider: httpx2.AsyncClient, path: str, body: bytes, kind: str
) -> None:
    before, held = await InboxMessage.all().count(), await contents()
    answer = await provider.post(path, content=body, headers={"content-type": kind})
    assert answer.status_code in (200, 400)
    stored = await InboxMessage.all().count() - before
    changed = await changes(held)
    if answer.status_code == 400 or path.endswith("delivery"):
        assert not changed
    else:
        assert stored or not changed
        for row in await InboxMessage.all().order_by("-id").limit(stored):
            assert not re.search("[\x00\ud800-\udfff]", row.text + row.sender + row.line)


HALF_EMOJI = "\ud83d"
HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'; DROP TABLE inbox_message; --",
    "{{ 7 * 7 }} {% include 'x' %} {code}",
    "%s %n ${jndi:ldap://x} \nSet-Cookie: a=b",
    "\u202e\u2066\u200f۵",
    "a\0b",
    "خوب \ud83d",
    "م" * 5_000,
]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize(
    ("hook", "body", "name"), [(HOOK, TEXT, "message"), (HTTP_HOOK, PLAIN, "text")]
)
async def test_a_hostile_text_is_kept_as_it_is_and_shown_as_text(
    provider: httpx2.AsyncClient,
    world: World,
    hook: str,
    body: dict[str, object],
    name: str,
    text: str,
) -> None:
    answer = await post_json(provider, f"{hook}/inbound", body | {name: text})
    assert answer.status_code == 200
    if HALF_EMOJI not in text:  # a form cannot hold it
        form = {**body, "messageid": "702", "id": "b8", name: text}
        assert (await provider.post(f"{hook}/inbound", data=form)).status_code == 200
    kept = text.replace("\0", "\ufffd").replace(HALF_EMOJI, "\ufffd")
    assert {row.text for row in await InboxMessage.all()} == {kept}
    await InboxMessage.all().update(state=InboxState.UNCLEAR)
    provider.cookies.set(PLAIN_COOKIE, await signed_in(world.users["supervisor"]))
    page = (await provider.get("/inbox", headers={"sec-fetch-site": "same-origin"})).text
    shown = kept[:LONGEST]
    assert str(markupsafe.escape(shown)) in page
    assert shown in html.unescape(page)
    assert not re.search(r"<script>|<img src=x", page)
