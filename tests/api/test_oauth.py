"""OAuth 2 client credentials: tokens for keys, and what is refused."""

from __future__ import annotations

import json
import re
import shlex
from base64 import b64encode
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

import httpx2
import pytest
from structlog.testing import capture_logs

from api import attempts
from api.attempts import Attempts
from domain import clients
from domain.actors import CASES_READ, CASES_WRITE, FIGURES_READ, SYSTEM
from domain.clients import REQUESTS
from models import Client
from tests.support.application import opened
from tests.support.unchanged import unchanged
from tests.support.world import World

TOKEN = "/oauth/token"
GRANT = {"grant_type": "client_credentials"}
QUERY = {"query": "{ viewer { kind scopes } }"}


@pytest.fixture
async def web(world: World, db: str) -> AsyncIterator[httpx2.AsyncClient]:
    async with opened(db) as client:
        client.headers.pop("sec-fetch-site")  # programs send none
        yield client


@pytest.fixture
async def key(world: World) -> str:
    made = await clients.create(SYSTEM, "EDU", "سامانه", [CASES_READ, CASES_WRITE])
    return made[1]


def basic(key: str) -> dict[str, str]:
    name, _, secret = key.partition(".")
    pair = f"{quote_plus(name)}:{quote_plus(secret)}"
    return {"authorization": f"Basic {b64encode(pair.encode()).decode()}"}


def body(key: str) -> dict[str, str]:
    name, _, secret = key.partition(".")
    return GRANT | {"client_id": name, "client_secret": secret}


async def asked(web: httpx2.AsyncClient, token: str) -> httpx2.Response:
    return await web.post("/graphql", json=QUERY, headers={"authorization": f"Bearer {token}"})


async def test_a_token_by_basic(web: httpx2.AsyncClient, key: str) -> None:
    async with unchanged():
        answer = await web.post(TOKEN, data=GRANT, headers=basic(key))
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    said = answer.json()
    assert {name: said[name] for name in ("token_type", "expires_in", "scope")} == {
        "token_type": "Bearer",
        "expires_in": 600,
        "scope": "cases:read cases:write",
    }
    for _ in range(2):
        viewer = (await asked(web, said["access_token"])).json()["data"]["viewer"]
        assert viewer["kind"] == "CLIENT"
        assert len(viewer["scopes"]) == 2


async def test_a_token_by_the_body_with_fewer_scopes(web: httpx2.AsyncClient, key: str) -> None:
    answer = await web.post(TOKEN, data=body(key) | {"scope": "cases:read"})
    assert answer.json()["scope"] == "cases:read"
    viewer = (await asked(web, answer.json()["access_token"])).json()["data"]["viewer"]
    assert len(viewer["scopes"]) == 1


async def test_a_token_opens_no_page(web: httpx2.AsyncClient, key: str) -> None:
    token = (await web.post(TOKEN, data=GRANT, headers=basic(key))).json()["access_token"]
    page = await web.get("/cases", headers={"authorization": f"Bearer {token}"})
    assert page.headers["location"].startswith("/login")


@pytest.mark.parametrize("act", ["revoke", "rotate", "change"])
async def test_a_token_ends_at_once_when_its_client_changes(
    web: httpx2.AsyncClient, world: World, key: str, act: str
) -> None:
    token = (await web.post(TOKEN, data=body(key))).json()["access_token"]
    assert (await asked(web, token)).status_code == 200
    assert (await asked(web, token)).status_code == 200
    client_id = key.partition(".")[0]
    if act == "revoke":
        await clients.revoke(world["admin"], client_id)
    elif act == "rotate":
        await clients.rotate(world["admin"], client_id, timedelta(days=1))
    else:
        await clients.change(
            world["admin"],
            client_id,
            scopes=[FIGURES_READ],
            expires_at=None,
            requests_per_minute=REQUESTS,
            cost_per_minute=clients.COST,
        )
    assert (await asked(web, token)).status_code == 401


async def test_a_key_that_the_process_remembers_ends_at_once_too(
    web: httpx2.AsyncClient, world: World, key: str
) -> None:
    for _ in range(2):
        assert (await asked(web, key)).status_code == 200
    await clients.revoke(world["admin"], key.partition(".")[0])
    for _ in range(2):
        assert (await asked(web, key)).status_code == 401


async def test_a_token_of_yesterday(web: httpx2.AsyncClient, world: World, key: str) -> None:
    token = (await web.post(TOKEN, data=body(key))).json()["access_token"]
    assert (await asked(web, token)).status_code == 200
    world.clock.forward(minutes=10)
    assert (await asked(web, token)).status_code == 401


def bad(key: str) -> list[tuple[dict[str, Any], str, int]]:
    """What is sent, the error, the status."""
    good, named = body(key), {"data": GRANT}
    other = "other.0123456789abcdef"
    form = {"content-type": "application/x-www-form-urlencoded"}
    return [
        ({"data": {**good, "grant_type": "password"}}, "unsupported_grant_type", 400),
        ({"data": {**good, "grant_type": ""}}, "invalid_request", 400),
        ({"json": good}, "invalid_request", 400),
        ({"content": b""}, "invalid_request", 400),
        ({"content": b"grant_type=%ff", "headers": form}, "invalid_request", 400),
        ({"content": b"grant_type=\xff", "headers": form}, "invalid_request", 400),
        ({"content": b"a=1&" * 30, "headers": form}, "invalid_request", 400),
        (
            {"content": b"grant_type=client_credentials&scope=a&scope=b", "headers": form},
            "invalid_request",
            400,
        ),
        ({"data": good, "headers": basic(key)}, "invalid_request", 400),
        ({"data": {**GRANT, "client_id": "x"}, "headers": basic(key)}, "invalid_request", 400),
        (named, "invalid_client", 401),
        ({"data": {**GRANT, "client_id": good["client_id"]}}, "invalid_client", 401),
        ({**named, "headers": basic(other)}, "invalid_client", 401),
        ({**named, "headers": basic(key + "x")}, "invalid_client", 401),
        ({**named, "headers": {"authorization": f"Bearer {key}"}}, "invalid_client", 401),
        ({**named, "headers": {"authorization": "Basic %%%"}}, "invalid_client", 401),
        ({**named, "headers": {"authorization": "Basic /w=="}}, "invalid_client", 401),
        ({**named, "headers": {"authorization": "Basic eA=="}}, "invalid_client", 401),
        ({"data": {**good, "client_id": "a\0b"}}, "invalid_client", 401),
        ({"data": {**good, "scope": "figures:read"}}, "invalid_scope", 400),
        ({"data": {**good, "scope": "cases:read nothing"}}, "invalid_scope", 400),
        ({"data": {**good, "scope": " "}}, "invalid_scope", 400),
    ]


async def test_what_is_refused_and_why(web: httpx2.AsyncClient, key: str) -> None:
    async with unchanged():
        for given, error, status in bad(key):
            answer = await web.post(TOKEN, **given)
            assert (answer.status_code, answer.json()["error"]) == (status, error), given
            assert answer.json()["error_description"]
            assert answer.headers["cache-control"] == "no-store"
            if status == 401:
                assert answer.headers["www-authenticate"].startswith("Basic")
    assert (await web.get(TOKEN)).status_code == 405


@pytest.mark.parametrize("change", ["revoked_at", "expires_at"])
async def test_a_client_that_ended(
    web: httpx2.AsyncClient, world: World, key: str, change: str
) -> None:
    await Client.all().update(**{change: world.clock.at})
    answer = await web.post(TOKEN, data=body(key))
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


async def test_guessing_secrets_leads_nowhere(
    web: httpx2.AsyncClient, world: World, key: str
) -> None:
    with capture_logs() as lines:
        for _ in range(attempts.MOST):
            assert (await web.post(TOKEN, data=body(key + "x"))).status_code == 401
    [line] = [line for line in lines if line["log_level"] == "warning"]
    assert line["client"] == key.partition(".")[0]
    assert key.partition(".")[2] not in repr(lines)
    right = await web.post(TOKEN, data=body(key))
    assert (right.status_code, right.headers["retry-after"]) == (429, "60")
    assert right.json()["error"] == "invalid_client"
    other = (await clients.create(SYSTEM, "ENE", "سامانه", [CASES_READ]))[1]
    assert (await web.post(TOKEN, data=body(other))).status_code == 200
    world.clock.forward(minutes=1)
    assert (await web.post(TOKEN, data=body(key))).status_code == 200


def test_failures_are_counted_in_bounded_memory(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempts, "REMEMBERED", 2)
    counted = Attempts()
    for name in ("a", "b", "c"):
        for _ in range(attempts.MOST):
            counted.fail((name, "::1"))
    assert [bool(counted.wait((name, "::1"))) for name in ("a", "b", "c")] == [False, True, True]
    counted.succeed(("b", "::1"))
    assert counted.wait(("b", "::1")) == 0
    assert counted.wait(("c", "::2")) == 0


async def test_the_example_of_the_docs(web: httpx2.AsyncClient, key: str) -> None:
    text = (Path(__file__).parents[2] / "docs/api/keys.md").read_text(encoding="utf-8")
    [command] = re.findall(r"^```sh\n(curl [^`]*/oauth/token[^`]*)^```", text, re.MULTILINE)
    words = shlex.split(command.replace("\\\n", " "))
    fields = [words[at + 1] for at, word in enumerate(words) if word == "-d"]
    assert words[words.index("-u") + 1] == "${FAVAD_KEY%%.*}:${FAVAD_KEY#*.}"
    given = dict(field.split("=") for field in fields)
    answer = (await web.post(TOKEN, data=given, headers=basic(key))).json()
    [shown] = [json.loads(line) for line in text.splitlines() if line.startswith('{"access_token')]
    assert answer | {"access_token": shown["access_token"]} == shown


async def test_metadata(web: httpx2.AsyncClient) -> None:
    answer = await web.get("/.well-known/oauth-authorization-server")
    said = answer.json()
    assert said["grant_types_supported"] == ["client_credentials"]
    assert said["token_endpoint"] == f"{said['issuer']}{TOKEN}"
    assert "cases:read" in said["scopes_supported"]
