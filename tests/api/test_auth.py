"""Signing in and out, sessions and their cookie, partners' keys."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from starlette.types import Receive, Scope, Send

from api.auth import Authentication
from domain import clients, people, sign_in, time
from domain.actors import CASES_READ, SYSTEM
from models import Client, Session, User
from tests.support.application import opened
from tests.support.forms import PASSWORD, URLENCODED
from tests.support.queries import recorded
from tests.support.unchanged import unchanged
from tests.support.world import World

COOKIE = "favad_session"


@pytest.fixture
async def web(world: World, db: str) -> AsyncIterator[httpx2.AsyncClient]:
    await User.filter(username="operator").update(password_hash=sign_in.hash_password(PASSWORD))
    async with opened(db) as client:
        yield client


async def enter(web: httpx2.AsyncClient, **changes: str) -> httpx2.Response:
    return await web.post("/login", data={"username": "operator", "password": PASSWORD, **changes})


async def test_signing_in_and_out(web: httpx2.AsyncClient) -> None:
    entered = await enter(web)
    assert (entered.status_code, entered.headers["location"]) == (303, "/operator")
    cookie = entered.headers["set-cookie"].lower()
    for word in ("httponly", "samesite=lax", "path=/", "max-age=43200"):
        assert word in cookie
    assert "secure" not in cookie
    token = web.cookies[COOKIE]
    assert token not in repr([vars(row) for row in await Session.all()])
    assert (await web.get("/operator")).status_code == 200
    assert (await web.get("/login")).headers["location"] == "/operator"

    left = await web.post("/logout")
    assert "max-age=0" in left.headers["set-cookie"].lower()
    assert COOKIE not in web.cookies
    assert await Session.all().count() == 0
    replayed = await web.get("/operator", headers={"cookie": f"{COOKIE}={token}"})
    assert replayed.headers["location"] == "/login?next=/operator"


async def test_a_secure_deployment_locks_its_cookie_to_the_host(
    web: httpx2.AsyncClient, db: str
) -> None:
    async with opened(db, FAVAD_PUBLIC_URL="https://favad.example") as secure:
        entered = await enter(secure)
        cookie = entered.headers["set-cookie"]
        assert cookie.startswith(f"__Host-{COOKIE}=")
        for word in ("secure", "path=/", "httponly"):
            assert word in cookie.lower()
        assert "domain" not in cookie.lower()
        token = cookie.partition("=")[2].partition(";")[0]
        plain = await secure.get("/operator", headers={"cookie": f"{COOKIE}={token}"})
        assert plain.headers["location"].startswith("/login")
        locked = await secure.get("/operator", headers={"cookie": f"__Host-{COOKIE}={token}"})
        assert locked.status_code == 200


async def test_a_session_that_somebody_brings_along_is_not_taken_over(
    web: httpx2.AsyncClient,
) -> None:
    web.cookies.set(COOKIE, "chosen-by-somebody-else")
    entered = await enter(web)
    token = entered.headers["set-cookie"].partition("=")[2].partition(";")[0]
    assert token != "chosen-by-somebody-else"
    fixed = {"cookie": f"{COOKIE}=chosen-by-somebody-else"}
    assert (await web.get("/operator", headers=fixed)).status_code == 303


async def test_each_signing_in_gives_a_session_of_its_own(web: httpx2.AsyncClient) -> None:
    tokens = set()
    for _ in range(2):
        tokens.add((await enter(web)).headers["set-cookie"].partition(";")[0])
    assert len(tokens) == 2
    await web.post("/logout")
    assert await Session.all().count() == 1


@pytest.mark.parametrize(("minutes", "status"), [(119, 200), (121, 303), (12 * 60 + 1, 303)])
async def test_an_idle_session_ends(
    web: httpx2.AsyncClient, world: World, minutes: int, status: int
) -> None:
    await enter(web)
    world.clock.forward(minutes=minutes)
    assert (await web.get("/operator")).status_code == status


async def test_a_session_ends_after_twelve_hours_however_busy(
    web: httpx2.AsyncClient, world: World
) -> None:
    await enter(web)
    for _ in range(12):
        assert (await web.get("/operator")).status_code == 200
        world.clock.forward(minutes=59.9)
    world.clock.forward(minutes=2)
    assert (await web.get("/operator")).status_code == 303


async def test_who_is_switched_off_is_out_at_once(web: httpx2.AsyncClient, world: World) -> None:
    await enter(web)
    await people.deactivate(world["admin"], world.users["operator"].id)
    assert (await web.get("/operator")).status_code == 303
    assert (await enter(web)).status_code == 422


@pytest.mark.parametrize(
    "cookie",
    [
        f"{COOKIE}=", f"{COOKIE}=x", f"{COOKIE}={'x' * 5000}", f"{COOKIE}=%00", "=;;=", "\x00",
        f"{COOKIE}=\xff", f'{COOKIE}="', f"{COOKIE}=a; {COOKIE}=b",
    ],
)  # fmt: skip
async def test_a_cookie_that_is_no_session_opens_nothing(
    web: httpx2.AsyncClient, cookie: str
) -> None:
    async with unchanged():
        answer = await web.get("/operator", headers={b"cookie": cookie.encode("latin-1")})
    assert answer.headers["location"] == "/login?next=/operator"


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example", "///evil.example", "https://evil.example", "/\\evil.example", "\\\\evil",
        "javascript:alert(1)", "evil.example", "/\t/evil.example", "/\n/evil.example",
        "\t//evil.example", " //evil.example", "/\r\nx: evil",
    ],
)  # fmt: skip
async def test_signing_in_leads_nowhere_else(web: httpx2.AsyncClient, target: str) -> None:
    shown = await web.get("/login", params={"next": target})
    assert "evil" not in shown.text
    location = (await enter(web, next=target)).headers["location"]
    assert location == "/operator"


@pytest.mark.parametrize("target", ["/cases/5?tab=1", "/search"])
async def test_signing_in_leads_back(web: httpx2.AsyncClient, target: str) -> None:
    assert (await enter(web, next=target)).headers["location"] == target


@pytest.mark.parametrize(
    "form",
    [
        {"password": "wrong-password-1"},
        {"password": ""},
        {"password": "x" * 100_000},
        {"password": "\u0000"},
        {"username": "nobody"},
        {"username": ""},
        {"username": "x" * 300},
        {"username": "oper\u0000ator"},
        {"username": "operator' OR 1=1 --"},
    ],
)
async def test_wrong_credentials_open_nothing(
    web: httpx2.AsyncClient, form: dict[str, str]
) -> None:
    async with unchanged("user_account"):
        refused = await enter(web, **form)
    assert refused.status_code == 422
    assert "set-cookie" not in refused.headers
    assert PASSWORD not in refused.text


async def test_unknown_and_known_names_are_refused_alike(web: httpx2.AsyncClient) -> None:
    known = await enter(web, password="wrong-password-1")
    unknown = await enter(web, username="operatox", password="wrong-password-1")
    assert known.text.replace('"operator"', "") == unknown.text.replace('"operatox"', "")


async def test_five_wrong_passwords_lock_for_a_quarter_of_an_hour(
    web: httpx2.AsyncClient, world: World
) -> None:
    for _ in range(5):
        await enter(web, password="wrong-password-1")
    refused = await enter(web)
    assert (refused.status_code, "set-cookie" in refused.headers) == (422, False)
    world.clock.forward(minutes=14)
    assert (await enter(web)).status_code == 422
    world.clock.forward(minutes=2)
    assert (await enter(web)).status_code == 303


PART = b'--x\r\nContent-Disposition: form-data; name="username"'


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        (URLENCODED, "&".join(f"f{n}=1" for n in range(101)).encode()),
        (URLENCODED, b"username=%ff%fe&password=%00"),
        (URLENCODED, b"username=\xff"),
        (URLENCODED, b""),
        ("multipart/form-data", b"no boundary"),
        ("multipart/form-data; boundary=x", b"garbage"),
        ("multipart/form-data; boundary=x", PART + b'; filename="a"\r\n\r\noperator\r\n--x--\r\n'),
        ("application/json", b'{"username": "operator"}'),
        ("text/plain", b"username=operator"),
    ],
)
async def test_a_body_that_is_no_form_opens_nothing(
    web: httpx2.AsyncClient, content_type: str, body: bytes
) -> None:
    async with unchanged():
        refused = await web.post("/login", content=body, headers={"content-type": content_type})
    assert refused.status_code == 422


async def test_a_page_asked_for_before_signing_in_is_come_back_to(web: httpx2.AsyncClient) -> None:
    asked = await web.get("/cases/5")
    assert asked.headers["location"] == "/login?next=/cases/5"
    fragment = await web.get("/operator/waiting", headers={"hx-request": "true"})
    assert (fragment.status_code, fragment.headers["hx-redirect"]) == (204, "/login")
    assert fragment.text == ""


QUERY = {"query": "{ viewer { kind } }"}


async def key_of(world: World, **changes: object) -> str:
    client, key = await clients.create(SYSTEM, "EDU", "سامانه", [CASES_READ])
    await Client.filter(id=client.id).update(**changes) if changes else None
    return key


async def test_a_key_opens_the_api_and_no_page(web: httpx2.AsyncClient, world: World) -> None:
    bearer = {"authorization": f"Bearer {await key_of(world)}"}
    answer = await web.post("/graphql", json=QUERY, headers=bearer)
    assert answer.json() == {"data": {"viewer": {"kind": "CLIENT"}}}
    assert (await web.get("/cases", headers=bearer)).headers["location"].startswith("/login")


async def state_of(path: str, key: str) -> dict[str, Any]:
    """What the middleware says about a request with this key."""
    state: dict[str, Any] = {}

    async def app(_scope: Scope, _receive: Receive, _send: Send) -> None: ...

    async def nothing(*_: Any) -> Any:
        raise AssertionError

    headers = [(b"authorization", f"Bearer {key}".encode())]
    scope = {"type": "http", "path": path, "headers": headers, "state": state}
    await Authentication(app, cookie_secure=False, simulated=True)(scope, nothing, nothing)
    return state


async def test_a_key_shown_before_is_left_to_the_statement_to_check(world: World) -> None:
    key = await key_of(world)
    first = await state_of("/graphql", key)
    assert (first["actor"].client_id, first["known"]) == (key.partition(".")[0], None)
    with recorded() as statements:
        second = await state_of("/graphql", key)
    assert statements == []
    assert (second["actor"], second["known"].actor) == (None, first["actor"])
    assert await second["confirm"]() == first["actor"]
    for path in ("/graphql/stream", "/graphql/ws", "/cases"):
        other = await state_of(path, key)
        assert (other["actor"], other["known"]) == (first["actor"], None)
    await clients.revoke(world["admin"], key.partition(".")[0])
    third = await state_of("/graphql", key)
    assert third["known"].version == 1
    assert await third["confirm"]() is None
    assert (await state_of("/graphql", key))["known"] is None


@pytest.mark.parametrize(
    "header",
    [
        "", "Bearer", "Bearer ", "Bearer x", "Bearer .", "Bearer a.b", "Bearer {id}",
        "Bearer {id}.", "Bearer {id}.wrong", "Basic {key}", "{key}", "Bearer {key}x",
        "Bearer \xff.\xff", "Bearer a\x00.b",
    ],
)  # fmt: skip
async def test_what_is_no_key_opens_nothing(
    web: httpx2.AsyncClient, world: World, header: str
) -> None:
    key = await key_of(world)
    given = header.format(id=key.partition(".")[0], key=key).encode("latin-1")
    answer = await web.post("/graphql", json=QUERY, headers={b"authorization": given})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize("change", ["revoked_at", "expires_at"])
async def test_a_key_that_ended_opens_nothing(
    web: httpx2.AsyncClient, world: World, change: str
) -> None:
    key = await key_of(world, **{change: time.now() - timedelta(seconds=1)})
    bearer = {"authorization": f"Bearer {key}"}
    assert (await web.post("/graphql", json=QUERY, headers=bearer)).status_code == 401


async def test_a_wrong_key_is_not_made_good_by_a_session(web: httpx2.AsyncClient) -> None:
    await enter(web)
    assert (await web.post("/graphql", json=QUERY)).status_code == 200
    bearer = {"authorization": "Bearer wrong.key"}
    assert (await web.post("/graphql", json=QUERY, headers=bearer)).status_code == 401
