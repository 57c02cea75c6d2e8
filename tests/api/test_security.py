"""What protects every request: headers, same-origin, body size; what logs and errors tell."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from structlog.testing import capture_logs

from domain import clients, figures
from domain.actors import CASES_READ, SYSTEM
from models import Case, Session
from tests.support.application import (
    API_KEY,
    CALL_SECRET,
    ORIGIN,
    SECRET_KEY,
    WEBHOOK_TOKEN,
    opened,
)
from tests.support.forms import URLENCODED
from tests.support.unchanged import unchanged
from tests.support.web import signed_in
from tests.support.world import MOBILE, NATIONAL_ID, World

COOKIE = "favad_session"
MIB = 1024 * 1024


@pytest.fixture
async def web(world: World, db: str) -> AsyncIterator[httpx2.AsyncClient]:
    async with opened(db) as client:
        yield client


async def as_user(web: httpx2.AsyncClient, world: World, name: str) -> None:
    web.cookies.set(COOKIE, await signed_in(world.users[name]))


# Headers

OPEN = [
    "/", "/login", "/about", "/public/", "/healthz", "/readyz", "/metrics", "/nowhere", "/graphql",
    "/static/css/tokens.css", "/static/nothing", "/webhooks/calls", "/webhooks/kavenegar/x/inbound",
    "/operator",
]  # fmt: skip
INSIDE = {
    "operator": ["/operator?stay=1", "/inbox", "/search", "/cases", "/cases/{id}", "/cases/99999"],
    "senior": ["/queue", "/queue/list", "/cases/{id}", "/breaches", "/overview", "/notifications"],
    "admin": [
        "/admin/people",
        "/admin/people/new",
        "/admin/clients",
        "/admin/clients/new",
        "/account",
    ],
}


def check(answer: httpx2.Response) -> None:
    policy = answer.headers["content-security-policy"]
    rules = dict(rule.strip().partition(" ")[::2] for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == rules["style-src"] == rules["connect-src"] == "'self'"
    assert rules["form-action"] == "'self'"
    assert rules["frame-ancestors"] == rules["base-uri"] == "'none'"
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert answer.headers["cross-origin-opener-policy"] == "same-origin"
    assert re.fullmatch("[0-9a-f]{16}", answer.headers["x-request-id"])
    assert "server" not in answer.headers
    if "html" in answer.headers.get("content-type", ""):
        assert not re.search(
            r"<script(?![^>]*\bsrc=)|\sstyle=|\son[a-z]+=|javascript:", answer.text
        )


@pytest.mark.parametrize("path", OPEN)
@pytest.mark.parametrize("htmx", [{}, {"hx-request": "true"}])
async def test_every_answer_is_protected(
    web: httpx2.AsyncClient, path: str, htmx: dict[str, str]
) -> None:
    answer = await web.get(path, headers=htmx)
    check(answer)
    stored = path == "/static/css/tokens.css"
    assert (answer.headers["cache-control"] == "no-store") is not stored


@pytest.mark.parametrize("who", sorted(INSIDE))
async def test_every_page_of_staff_is_protected(
    web: httpx2.AsyncClient, world: World, who: str
) -> None:
    case = await world.case()
    await as_user(web, world, who)
    for path in INSIDE[who]:
        answer = await web.get(path.format(id=case.id))
        assert answer.status_code in (200, 404), path
        check(answer)
        assert answer.headers["cache-control"] == "no-store"


async def test_refusals_are_protected_too(web: httpx2.AsyncClient, world: World) -> None:
    await as_user(web, world, "operator")
    crossing = await web.post("/logout", headers={"sec-fetch-site": "cross-site"})
    large = await web.post("/login", content=b"x" * (MIB + 1))
    wrong = await web.put("/login")
    statuses = []
    for answer in (crossing, large, wrong):
        statuses.append(answer.status_code)
        check(answer)
    assert statuses == [403, 413, 405]


async def test_strict_transport_security_only_where_there_is_https(world: World, db: str) -> None:
    async with opened(db) as web:
        assert "strict-transport-security" not in (await web.get("/healthz")).headers
    async with opened(db, FAVAD_PUBLIC_URL="https://favad.example") as web:
        assert "max-age" in (await web.get("/healthz")).headers["strict-transport-security"]


async def test_static_files_with_a_hash_are_kept_for_ever(web: httpx2.AsyncClient) -> None:
    answer = await web.get("/static/css/tokens.css?v=1")
    assert "immutable" in answer.headers["cache-control"]
    assert "immutable" not in (await web.get("/static/css/tokens.css")).headers["cache-control"]
    for path in ("/static/../settings.py", "/static/%2e%2e/%2e%2e/settings.py", "/static/css"):
        assert (await web.get(path)).status_code == 404


# Same origin


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        ({"sec-fetch-site": "same-origin"}, True),
        ({"origin": ORIGIN}, True),
        ({}, False),
        ({"sec-fetch-site": "cross-site"}, False),
        ({"sec-fetch-site": "same-site"}, False),
        ({"sec-fetch-site": "none"}, False),
        ({"sec-fetch-site": "cross-site", "origin": ORIGIN}, False),
        ({"origin": "https://evil.example"}, False),
        ({"origin": "null"}, False),
        ({"origin": ""}, False),
        ({"origin": "http://127.0.0.1:8128.evil.example"}, False),
        ({"referer": ORIGIN}, False),
    ],
)
@pytest.mark.parametrize("path", ["/logout", "/graphql"])
async def test_only_our_own_pages_act_for_a_signed_in_person(
    web: httpx2.AsyncClient, world: World, headers: dict[str, str], allowed: bool, path: str
) -> None:
    await as_user(web, world, "operator")
    del web.headers["sec-fetch-site"]
    json: dict[str, Any] = {"json": {"query": "{ viewer { kind } }"}} if path == "/graphql" else {}
    answer = await web.post(path, headers=headers, **json)
    assert (answer.status_code != 403) is allowed
    if not allowed:
        assert await Session.all().count() == 1


async def test_reading_is_free_from_anywhere(web: httpx2.AsyncClient) -> None:
    answer = await web.get("/about", headers={"sec-fetch-site": "cross-site"})
    assert answer.status_code == 200


# Size


async def chunks(total: int, size: int = 65_536) -> AsyncIterator[bytes]:
    for start in range(0, total, size):
        yield b"x" * min(size, total - start)


@pytest.mark.parametrize("path", ["/login", "/webhooks/calls", "/nowhere"])
async def test_a_body_that_is_announced_too_large_is_refused(
    web: httpx2.AsyncClient, path: str
) -> None:
    async with unchanged():
        assert (await web.post(path, content=b"x" * (MIB + 1))).status_code == 413


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/login", URLENCODED),
        ("/login", "multipart/form-data; boundary=x"),
        ("/graphql", "application/json"),
        ("/webhooks/calls", "application/json"),
        (f"/webhooks/kavenegar/{WEBHOOK_TOKEN}/inbound", URLENCODED),
    ],
)
async def test_a_body_that_turns_out_too_large_is_refused(
    web: httpx2.AsyncClient, world: World, path: str, kind: str
) -> None:
    key = (await clients.create(SYSTEM, "EDU", "سامانه", [CASES_READ]))[1]
    headers = {"content-type": kind, "authorization": f"Bearer {key}"}
    async with unchanged():
        answer = await web.post(path, content=chunks(2 * MIB), headers=headers)
    assert answer.status_code in (413, 422 if "multipart" in kind else 413)


@pytest.mark.parametrize("length", ["-1", "x", "1e3", "9" * 40])
async def test_an_announcement_that_is_no_length_is_refused(
    web: httpx2.AsyncClient, length: str
) -> None:
    answer = await web.post("/login", content=chunks(10), headers={"content-length": length})
    assert answer.status_code in (400, 413)


# Errors


async def test_a_page_that_does_not_exist(web: httpx2.AsyncClient) -> None:
    missing = await web.get("/nowhere")
    assert (missing.status_code, "یافت نشد" in missing.text) == (404, True)
    assert missing.headers["x-request-id"] in missing.text
    fragment = await web.get("/nowhere", headers={"hx-request": "true"})
    assert fragment.status_code == 404
    assert "<html" not in fragment.text


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
async def test_a_verb_that_is_not_taken(web: httpx2.AsyncClient, method: str) -> None:
    answer = await web.request(method, "/login")
    assert answer.status_code == 405
    assert set(answer.headers["allow"].split(", ")) == {"GET", "HEAD", "POST"} or (
        "POST" in answer.headers["allow"] or "GET" in answer.headers["allow"]
    )


async def test_what_breaks_tells_only_its_number(
    web: httpx2.AsyncClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await as_user(web, world, "senior")

    async def broken(*_: object) -> None:
        raise RuntimeError(f"secret of {MOBILE}")

    monkeypatch.setattr(figures, "waiting", broken)
    with capture_logs() as lines:
        answer = await web.get("/overview")
        fragment = await web.get("/overview/figures", headers={"hx-request": "true"})
    assert (answer.status_code, fragment.status_code) == (500, 500)
    number = answer.headers["x-request-id"]
    assert number in answer.text
    for text in (answer.text, fragment.text):
        assert "secret" not in text
        assert "Traceback" not in text
        assert "RuntimeError" not in text
    check(answer)
    failures = [line for line in lines if line["log_level"] == "error"]
    assert [line["path"] for line in failures] == ["/overview", "/overview/figures"]
    assert failures[0]["error"] == "RuntimeError"
    assert any("overview.py" in step for step in failures[0]["way"])
    assert MOBILE not in repr(lines)


# Logs


async def test_no_log_line_tells_a_person_or_a_secret(
    web: httpx2.AsyncClient, world: World
) -> None:
    case = await world.case()
    row = await Case.get(id=case.id)
    _, key = await clients.create(SYSTEM, "EDU", "سامانه", [CASES_READ])
    await as_user(web, world, "supervisor")
    token = web.cookies[COOKIE]
    text = {"messageid": "1", "from": "09121234567", "to": "10004128", "message": "متن محرمانه"}
    with capture_logs() as lines:
        await web.post("/login", data={"username": "operator", "password": "typed-password-1"})
        await web.get(f"/cases/{case.id}?q=09121234567")
        await web.post(f"/cases/{case.id}/identity", data={"identity-reason": "بازرسی"})
        await web.post("/search", data={"q": "09121234567"})
        await web.post(f"/webhooks/kavenegar/{WEBHOOK_TOKEN}/inbound", data=text)
        await web.post(f"/webhooks/kavenegar/{WEBHOOK_TOKEN}/delivery", data={"messageid": "x"})
        await web.post(f"/webhooks/kavenegar/{WEBHOOK_TOKEN}x/delivery", data=text)
        await web.post("/webhooks/calls", json={"caller": "09121234567"})
        bearer = {"authorization": f"Bearer {key}"}
        body = {"query": "query ($s: String) { cases(filter: {search: $s}) { nodes { id } } }"}
        await web.post("/graphql", json={**body, "variables": {"s": NATIONAL_ID}}, headers=bearer)
    told = repr(lines)
    assert len(lines) >= 9
    for secret in (
        *(WEBHOOK_TOKEN, SECRET_KEY, CALL_SECRET, API_KEY, token, key, key.partition(".")[2]),
        *("typed-password-1", "متن محرمانه", row.text, "مریم"),
        *(MOBILE, MOBILE[3:], NATIONAL_ID),
    ):
        assert secret not in told, secret
