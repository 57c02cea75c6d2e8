"""Keys and tokens shown to the service: who they are, and for how long."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import OrderedDict
from datetime import timedelta
from typing import Any

import jwt
import pytest

from domain import bearer, clients, service, tokens
from domain.actors import CASES_READ, CASES_WRITE, SYSTEM
from domain.clients import Proof
from models import Client
from tests.support.world import START, World

SCOPES = [CASES_READ, CASES_WRITE]
TERMS: dict[str, Any] = {
    "scopes": SCOPES,
    "expires_at": None,
    "requests_per_minute": 600,
    "cost_per_minute": 120_000,
}


async def proved(**given: Any) -> Proof:
    _, key = await clients.create(SYSTEM, "EDU", "سامانه", SCOPES, **given)
    proof = await clients.prove(key)
    assert proof is not None
    return proof


def claims(token: str) -> dict[str, Any]:
    body = token.split(".")[1]
    found: dict[str, Any] = json.loads(urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return found


async def test_a_key_is_identified_and_then_recalled(world: World) -> None:
    client, key = await clients.create(SYSTEM, "EDU", "سامانه", SCOPES)
    assert bearer.recall(key) is None
    actor = await bearer.identify(key)
    assert actor is not None
    assert (actor.client_id, actor.agency_id) == (client.id, world.units["EDU"].id)
    known = bearer.recall(key)
    assert known is not None
    assert (known.actor, known.version, known.until) == (actor, 1, None)
    assert bearer.recall(f"{key}x") is None


async def test_what_is_recalled_after_a_change_carries_the_old_version(world: World) -> None:
    client, key = await clients.create(SYSTEM, "EDU", "سامانه", SCOPES)
    await bearer.identify(key)
    await clients.change(world["admin"], client.id, **TERMS | {"scopes": [CASES_READ]})
    known = bearer.recall(key)
    assert known is not None
    assert known.version != (await Client.get(id=client.id)).version
    actor = await bearer.identify(key)
    assert actor is not None
    assert actor.scopes == {CASES_READ}
    again = bearer.recall(key)
    assert again is not None
    assert (again.version, again.actor) == (2, actor)


async def test_a_key_that_ended_is_forgotten(world: World) -> None:
    client, key = await clients.create(SYSTEM, "EDU", "سامانه", SCOPES)
    await bearer.identify(key)
    await clients.revoke(world["admin"], client.id)
    assert await bearer.identify(key) is None
    assert bearer.recall(key) is None


async def test_a_previous_key_is_recalled_only_during_the_overlap(world: World) -> None:
    client, key = await clients.create(SYSTEM, "EDU", "سامانه", SCOPES)
    await clients.rotate(world["admin"], client.id, timedelta(minutes=5))
    await bearer.identify(key)
    assert bearer.recall(key) is not None
    world.clock.forward(minutes=5)
    assert bearer.recall(key) is None
    assert await bearer.identify(key) is None


async def test_memory_is_bounded(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bearer, "REMEMBERED", 2)
    monkeypatch.setattr(bearer, "_remembered", OrderedDict())
    made = [(await clients.create(SYSTEM, "EDU", "سامانه", SCOPES))[1] for _ in range(3)]
    for key in made[:2]:
        await bearer.identify(key)
    assert bearer.recall(made[0]) is not None
    await bearer.identify(made[2])
    assert [bearer.recall(key) is not None for key in made] == [True, False, True]


async def test_a_token_holds_ten_minutes_and_only_its_scopes(world: World) -> None:
    proof = await proved()
    token, seconds = tokens.issue(proof, [CASES_READ])
    assert seconds == 600
    said = claims(token)
    assert said["iss"] and said["aud"] == f"{said['iss']}/graphql"
    assert (said["sub"], said["scope"], said["ver"]) == (proof.client.id, CASES_READ, 1)
    assert said["exp"] - said["iat"] == 600
    assert claims(tokens.issue(proof, [CASES_READ])[0])["jti"] != said["jti"]
    actor = await bearer.identify(token)
    assert actor is not None
    assert actor.client_id == proof.client.id
    assert actor.scopes == {CASES_READ}
    known = bearer.recall(token)
    assert known is not None
    assert (known.actor, known.until) == (actor, START + timedelta(minutes=10))
    world.clock.forward(minutes=10)
    assert bearer.recall(token) is None
    assert await bearer.identify(token) is None


async def test_a_token_ends_with_the_secret_it_was_made_for(world: World) -> None:
    client, key = await clients.create(SYSTEM, "EDU", "سامانه", SCOPES)
    await clients.rotate(world["admin"], client.id, timedelta(minutes=2))
    proof = await clients.prove(key)
    assert proof is not None
    token, seconds = tokens.issue(proof, SCOPES)
    assert seconds == 120
    world.clock.forward(minutes=2)
    assert await bearer.identify(token) is None


@pytest.mark.parametrize("act", ["rotate", "revoke", "change", "expire"])
async def test_any_change_of_the_client_ends_its_tokens_at_once(world: World, act: str) -> None:
    proof = await proved(expires_at=START + timedelta(minutes=5))
    token, _ = tokens.issue(proof, SCOPES)
    assert await bearer.identify(token) is not None
    if act == "rotate":
        await clients.rotate(world["admin"], proof.client.id, timedelta(days=1))
    elif act == "revoke":
        await clients.revoke(world["admin"], proof.client.id)
    elif act == "change":
        await clients.change(world["admin"], proof.client.id, **TERMS)
    else:
        world.clock.forward(minutes=5)
    assert await bearer.identify(token) is None


def forged(good: dict[str, Any], **changes: Any) -> str:
    key = service.current().vault.token_key
    return jwt.encode(good | changes, key, algorithm="HS256", headers={"typ": "at+jwt"})


async def test_what_is_no_token_of_ours_opens_nothing(world: World) -> None:
    proof = await proved()
    token, _ = tokens.issue(proof, SCOPES)
    head, body, signature = token.split(".")
    good = claims(token)
    none = urlsafe_b64encode(b'{"alg":"none","typ":"at+jwt"}').decode().rstrip("=")
    key = service.current().vault.token_key
    wrong = [
        f"{head}.{body}.",
        f"{head}.{body}.{signature[::-1]}",
        f"{none}.{body}.",
        f"{none}.{body}.{signature}",
        f"{head}.e30.{signature}",
        f"{token}\ud800",
        f"{token} ",
        "eyJ..",
        "eyJhbGciOiJIUzI1NiJ9.\u06f0.x",
        jwt.encode(good, b"another key of thirty-two bytes!", "HS256", {"typ": "at+jwt"}),
        jwt.encode(good, key * 2, "HS512", {"typ": "at+jwt"}),
        jwt.encode(good, key, "HS256"),
        forged(good, aud="https://other.example/graphql"),
        forged(good, iss="https://other.example"),
        forged(good, sub="nobody"),
        forged(good, sub="a\u0000b"),
        forged(good, ver=2),
        forged(good, exp=good["iat"]),
        *[forged({k: v for k, v in good.items() if k != name}) for name in good if len(name) < 6],
    ]
    for text in wrong:
        assert await bearer.identify(text) is None, text
    assert await bearer.identify(forged(good)) is not None


async def test_a_token_gives_no_scope_that_its_client_lacks(world: World) -> None:
    proof = await proved()
    good = claims(tokens.issue(proof, SCOPES)[0])
    actor = await bearer.identify(forged(good, scope="cases:read identity:read"))
    assert actor is not None
    assert actor.scopes == {CASES_READ}
