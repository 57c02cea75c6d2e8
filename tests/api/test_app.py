"""The real application: headers, sign-in, same-origin, limits, health, error pages."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
import pytest
from structlog.testing import capture_logs

import settings
from api.app import create_app
from domain import sign_in
from models import Session, User, database
from tests.support.world import MOBILE, NATIONAL_ID, World

PASSWORD = "a-long-password-128"
SECRET = "0123456789abcdef0123456789abcdef"
ORIGIN = "http://127.0.0.1:8128"
TOKEN = "webhook-token-0123456789"
VARIABLES = {
    "FAVAD_SECRET_KEY": SECRET,
    "FAVAD_KAVENEGAR_BASE": "http://127.0.0.1:1",
    "FAVAD_KAVENEGAR_API_KEY": "api-key-of-tests",
    "FAVAD_KAVENEGAR_SENDER": "10004128",
    "FAVAD_WEBHOOK_TOKENS": TOKEN,
    "FAVAD_CALL_SECRET": "call-secret-0123456789",
}


@asynccontextmanager
async def opened(url: str, **changes: str) -> AsyncIterator[httpx2.AsyncClient]:
    """A browser on the application, which shares the test's open database."""
    given = settings.load({**VARIABLES, "FAVAD_DATABASE_URL": url, **changes})
    transport = httpx2.ASGITransport(
        app=create_app(given, worker=False), raise_app_exceptions=False
    )
    async with httpx2.AsyncClient(
        transport=transport, base_url=ORIGIN, headers={"sec-fetch-site": "same-origin"}
    ) as client:
        yield client


@pytest.fixture
async def web(world: World, db: str) -> AsyncIterator[httpx2.AsyncClient]:
    async with opened(db) as client:
        yield client


@pytest.fixture
async def operator(world: World) -> User:
    user = world.users["operator"]
    user.password_hash = sign_in.hash_password(PASSWORD)
    await user.save()
    return user


async def enter(web: httpx2.AsyncClient, **changes: str) -> httpx2.Response:
    form = {"username": "operator", "password": PASSWORD, **changes}
    return await web.post("/login", data=form)


@pytest.mark.parametrize("path", ["/", "/login", "/about", "/healthz", "/nowhere", "/graphql"])
async def test_every_answer_is_protected_by_headers(web: httpx2.AsyncClient, path: str) -> None:
    answer = await web.get(path)
    policy = answer.headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"
    assert len(answer.headers["x-request-id"]) == 16


async def test_static_files_with_a_hash_are_kept_for_ever(web: httpx2.AsyncClient) -> None:
    answer = await web.get("/static/css/tokens.css?v=1")
    assert "immutable" in answer.headers["cache-control"]
    assert (await web.get("/static/../settings.py")).status_code == 404


async def test_signing_in_and_out(web: httpx2.AsyncClient, operator: User) -> None:
    entered = await enter(web)
    assert (entered.status_code, entered.headers["location"]) == (303, "/operator")
    cookie = entered.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "samesite=lax" in cookie.lower()
    token = web.cookies["favad_session"]
    assert token not in (await Session.get()).token_hash
    assert (await web.get("/operator")).status_code == 200

    await web.post("/logout")
    replayed = await web.get("/operator", headers={"cookie": f"favad_session={token}"})
    assert replayed.headers["location"].startswith("/login")


async def test_a_secure_deployment_locks_its_cookie_to_the_host(db: str, operator: User) -> None:
    async with opened(db, FAVAD_PUBLIC_URL="https://favad.example") as web:
        entered = await enter(web)
    assert entered.headers["set-cookie"].startswith("__Host-favad_session=")
    assert "Secure" in entered.headers["set-cookie"]
    assert "strict-transport-security" in entered.headers


@pytest.mark.parametrize(
    "target", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)"]
)
async def test_signing_in_leads_nowhere_else(
    web: httpx2.AsyncClient, operator: User, target: str
) -> None:
    assert (await enter(web, next=target)).headers["location"] == "/operator"


@pytest.mark.parametrize(
    "form",
    [
        {"password": "wrong-password-1"},
        {"username": "nobody"},
        {"username": ""},
        {"password": ""},
        {"username": "x" * 300},
        {"username": "oper\u0000ator"},
    ],
)
async def test_wrong_credentials_open_nothing(
    web: httpx2.AsyncClient, operator: User, form: dict[str, str]
) -> None:
    refused = await enter(web, **form)
    assert refused.status_code == 422
    assert "set-cookie" not in refused.headers
    assert await Session.all().count() == 0


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "", "origin": "https://evil.example"},
    ],
)
async def test_another_site_cannot_act(
    web: httpx2.AsyncClient, operator: User, headers: dict[str, str]
) -> None:
    await enter(web)
    given = {key: value for key, value in headers.items() if value}
    if "sec-fetch-site" not in given:
        del web.headers["sec-fetch-site"]
    assert (await web.post("/logout", headers=given)).status_code == 403
    assert await Session.all().count() == 1


async def test_a_body_over_the_limit_is_refused(web: httpx2.AsyncClient) -> None:
    announced = await web.post("/login", content=b"x" * (1024 * 1024 + 1))
    assert announced.status_code == 413

    async def stream() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b"x" * 65_536

    form = {"content-type": "application/x-www-form-urlencoded"}
    assert (await web.post("/login", content=stream(), headers=form)).status_code == 413


URLENCODED = "application/x-www-form-urlencoded"
PARTS = b'--x\r\nContent-Disposition: form-data; name="username"'


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        (URLENCODED, "&".join(f"f{n}=1" for n in range(101)).encode()),
        (URLENCODED, b"username=%ff%fe&password=%00"),
        (URLENCODED, b"username=\xff"),
        ("multipart/form-data", b"no boundary"),
        ("multipart/form-data; boundary=x", b"garbage"),
        (
            "multipart/form-data; boundary=x",
            PARTS + b'; filename="a.txt"\r\n\r\noperator\r\n--x--\r\n',
        ),
        ("application/json", b'{"username": "operator"}'),
        ("text/plain", b"username=operator"),
    ],
)
async def test_a_body_that_is_no_form_changes_nothing(
    web: httpx2.AsyncClient, operator: User, content_type: str, body: bytes
) -> None:
    refused = await web.post("/login", content=body, headers={"content-type": content_type})
    assert refused.status_code == 422
    assert await Session.all().count() == 0


async def test_health(web: httpx2.AsyncClient, db: str) -> None:
    assert (await web.get("/healthz")).text == "ok"
    assert (await web.get("/readyz")).json() == {"ready": True}


async def test_not_ready_before_migrations(empty_database_url: str, world: World, db: str) -> None:
    async with opened(empty_database_url) as web:
        answer = await web.get("/readyz")
    assert (answer.status_code, answer.json()["reason"]) == (503, "migrations")


async def test_not_ready_without_a_database(web: httpx2.AsyncClient) -> None:
    await database.close()
    answer = await web.get("/readyz")
    assert (answer.status_code, answer.json()["reason"]) == (503, "database")


async def test_metrics_need_their_token(db: str, world: World) -> None:
    await world.case()
    async with opened(db) as web:
        assert (await web.get("/metrics")).status_code == 404
    async with opened(db, FAVAD_METRICS_TOKEN="scraper-token") as web:
        assert (await web.get("/metrics")).status_code == 404
        bearer = {"authorization": "Bearer scraper-token"}
        answer = await web.get("/metrics", headers=bearer)
    assert "favad_clocks_running 1.0" in answer.text
    assert "favad_sms_waiting 2.0" in answer.text


async def test_errors_have_pages_that_tell_nothing(web: httpx2.AsyncClient, operator: User) -> None:
    missing = await web.get("/nowhere")
    assert (missing.status_code, "یافت نشد" in missing.text) == (404, True)
    fragment = await web.get("/nowhere", headers={"hx-request": "true"})
    assert "<html" not in fragment.text
    assert (await web.delete("/login")).status_code == 405
    await enter(web)
    for path in ("/operator/calls/99999999999999999999999", "/cases/999999", "/cases/x"):
        assert (await web.get(path)).status_code == 404


async def test_no_log_line_tells_a_person_or_a_secret(
    web: httpx2.AsyncClient, operator: User, world: World
) -> None:
    case = await world.case()
    with capture_logs() as lines:
        await enter(web)
        await web.get(f"/cases/{case.id}")
        await web.post("/search", data={"q": "09121234567"})
        await web.post(
            f"/webhooks/kavenegar/{TOKEN}/inbound",
            data={"messageid": "1", "from": "09121234567", "to": "10004128", "message": "۵"},
        )
        await web.get("/graphql", headers={"authorization": "Bearer client.secret-secret-secret"})
    text = repr(lines)
    assert len(lines) >= 5
    for secret in (TOKEN, SECRET, PASSWORD, "secret-secret", MOBILE, "09121234567", NATIONAL_ID):
        assert secret not in text
