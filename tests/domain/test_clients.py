"""Partners' systems: making, replacing, changing and ending their keys."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from domain import clients
from domain.actors import CASES_READ, CASES_WRITE, FIGURES_READ, SYSTEM
from domain.errors import DomainError, Forbidden, NotFound
from graphql_schema.limits import MAX_COST
from models import Client
from models.enums import CaseStatus
from tests.support.unchanged import unchanged
from tests.support.world import START, World

KEY = "partner.0123456789abcdef"
TERMS: dict[str, Any] = {
    "scopes": [CASES_READ],
    "expires_at": None,
    "requests_per_minute": 600,
    "cost_per_minute": 120_000,
}


async def test_a_partner_that_may_write_receives_what_waited(world: World) -> None:
    case = await world.case(agency="CUL")
    await clients.create(SYSTEM, "CUL", "سامانه فرهنگ", [CASES_READ])
    await case.refresh_from_db()
    assert case.at_centre
    await clients.create(SYSTEM, "CUL", "سامانه فرهنگ", [CASES_READ, CASES_WRITE])
    await case.refresh_from_db()
    assert (case.status, case.at_centre) == (CaseStatus.UNDER_REVIEW, False)


async def test_a_key_is_shown_once_and_opens(world: World) -> None:
    client, key = await clients.create(SYSTEM, "EDU", "سامانه آموزش", [CASES_WRITE, CASES_READ])
    secret = key.partition(".")[2]
    assert len(secret) >= 32 and secret not in client.secret_hash
    assert client.scopes == sorted([CASES_READ, CASES_WRITE])
    found = await clients.authenticate(key)
    assert found is not None and found.id == client.id


@pytest.mark.parametrize(
    ("agency", "scopes", "key", "code", "field"),
    [
        ("NO", [CASES_READ], None, "unknown", "agency"),
        ("EDU", [], None, "unknown", "scopes"),
        ("EDU", ["cases:delete"], None, "unknown", "scopes"),
        ("EDU", [CASES_READ], "no-dot-in-it-anywhere", "invalid", "key"),
        ("EDU", [CASES_READ], "short.secret", "invalid", "key"),
        ("EDU", [CASES_READ], ".0123456789abcdef", "invalid", "key"),
        ("EDU", [CASES_READ], "a b.0123456789abcdef", "invalid", "key"),
        ("EDU", [CASES_READ], KEY, "taken", "key"),
    ],
)
async def test_a_refused_system(
    world: World, agency: str, scopes: list[str], key: str | None, code: str, field: str
) -> None:
    await clients.create(SYSTEM, "ENE", "سامانه نیرو", [CASES_READ], key=KEY)
    with pytest.raises(DomainError) as error:
        await clients.create(SYSTEM, agency, "سامانه", scopes, key=key)
    assert (error.value.code, error.value.field) == (code, field)
    assert await Client.all().count() == 1


WRONG_KEYS = [
    "",
    ".",
    "partner",
    "partner.",
    "partner..",
    ".0123456789abcdef",
    "partner.0123456789abcdeF",
    "partner.0123456789abcdef ",
    "PARTNER.0123456789abcdef",
    "nobody.0123456789abcdef",
    f"{KEY}.{KEY}",
    "پارتنر.۰۱۲۳۴۵۶۷۸۹abcdef",
    "x" * 5000,
]


async def test_a_wrong_key_opens_nothing(world: World) -> None:
    await clients.create(SYSTEM, "EDU", "سامانه آموزش", [CASES_READ], key=KEY)
    assert await clients.authenticate(KEY) is not None
    for key in WRONG_KEYS:
        assert await clients.authenticate(key) is None, key


async def test_the_hash_is_no_key(world: World) -> None:
    client, _ = await clients.create(SYSTEM, "EDU", "سامانه آموزش", [CASES_READ], key=KEY)
    assert await clients.authenticate(f"{client.id}.{client.secret_hash}") is None


async def test_a_key_ends_when_it_was_said_to(world: World) -> None:
    end = START + timedelta(days=1)
    _, key = await clients.create(SYSTEM, "EDU", "سامانه آموزش", [CASES_READ], expires_at=end)
    world.clock.at = end - timedelta(seconds=1)
    assert await clients.authenticate(key) is not None
    world.clock.at = end
    assert await clients.authenticate(key) is None


async def made(**given: Any) -> tuple[Client, str]:
    return await clients.create(SYSTEM, "EDU", "سامانه آموزش", [CASES_READ], **given)


async def test_only_an_administrator_touches_clients(world: World) -> None:
    client, _ = await made()
    acts = {
        "create": lambda actor: clients.create(actor, "EDU", "سامانه", [CASES_READ]),
        "rotate": lambda actor: clients.rotate(actor, client.id, timedelta(0)),
        "change": lambda actor: clients.change(actor, client.id, **TERMS),
        "revoke": lambda actor: clients.revoke(actor, client.id),
    }
    for name in ("senior", "supervisor", "operator", "head"):
        for act in acts.values():
            async with unchanged():
                with pytest.raises(Forbidden):
                    await act(world[name])
    for act in acts.values():
        await act(world["admin"])


async def test_a_new_key_and_the_present_one_until_the_overlap_ends(world: World) -> None:
    client, old = await made()
    new = await clients.rotate(world["admin"], client.id, timedelta(hours=1))
    assert new.partition(".")[0] == client.id
    assert new != old
    both = [await clients.authenticate(old), await clients.authenticate(new)]
    assert [found.version for found in both if found] == [2, 2]
    proof = await clients.prove(old)
    assert proof is not None
    assert proof.until == START + timedelta(hours=1)
    world.clock.forward(minutes=60)
    assert await clients.authenticate(old) is None
    assert await clients.authenticate(new) is not None


async def test_without_overlap_the_present_key_ends_at_once(world: World) -> None:
    client, old = await made()
    new = await clients.rotate(world["admin"], client.id, timedelta(0))
    assert await clients.authenticate(old) is None
    assert await clients.authenticate(new) is not None
    assert await clients.authenticate(f"{client.id}.") is None


async def test_a_second_rotation_ends_the_first_key(world: World) -> None:
    client, first = await made()
    second = await clients.rotate(world["admin"], client.id, timedelta(days=1))
    await clients.rotate(world["admin"], client.id, timedelta(days=1))
    assert await clients.authenticate(first) is None
    assert await clients.authenticate(second) is not None


async def test_a_previous_key_does_not_outlive_its_client(world: World) -> None:
    end = START + timedelta(minutes=30)
    client, old = await made(expires_at=end)
    await clients.rotate(world["admin"], client.id, timedelta(hours=1))
    proof = await clients.prove(old)
    assert proof is not None
    assert proof.until == end
    world.clock.at = end
    assert await clients.authenticate(old) is None


@pytest.mark.parametrize("days", [-1, 31])
async def test_an_overlap_out_of_range(world: World, days: int) -> None:
    client, key = await made()
    async with unchanged():
        with pytest.raises(DomainError) as error:
            await clients.rotate(world["admin"], client.id, timedelta(days=days))
    assert (error.value.code, error.value.field) == ("out_of_range", "overlap")
    assert await clients.authenticate(key) is not None


async def test_a_revoked_client_is_out_at_once_and_for_good(world: World) -> None:
    client, old = await made()
    new = await clients.rotate(world["admin"], client.id, timedelta(days=1))
    ended = await clients.revoke(world["admin"], client.id)
    assert (ended.revoked_at, ended.version) == (START, 3)
    assert await clients.authenticate(old) is None
    assert await clients.authenticate(new) is None
    for act in (
        clients.revoke(world["admin"], client.id),
        clients.rotate(world["admin"], client.id, timedelta(0)),
        clients.change(world["admin"], client.id, **TERMS),
    ):
        async with unchanged():
            with pytest.raises(DomainError) as error:
                await act
        assert error.value.code == "revoked"


async def test_changed_terms(world: World) -> None:
    client, key = await made(expires_at=START + timedelta(days=1))
    await Client.filter(id=client.id).update(last_used_at=START)
    end = START + timedelta(days=9)
    await clients.change(
        world["admin"],
        client.id,
        scopes=[FIGURES_READ, CASES_READ],
        expires_at=end,
        requests_per_minute=5,
        cost_per_minute=20_000,
    )
    found = await clients.authenticate(key)
    assert found is not None
    assert found.scopes == [CASES_READ, FIGURES_READ]
    assert (found.expires_at, found.requests_per_minute, found.cost_per_minute) == (end, 5, 20_000)
    assert (found.version, found.last_used_at) == (2, START)


async def test_an_expired_client_comes_back_with_a_later_end(world: World) -> None:
    client, key = await made(expires_at=START + timedelta(days=1))
    world.clock.forward(days=2)
    kept = TERMS | {"expires_at": client.expires_at}
    await clients.change(world["admin"], client.id, **kept)
    assert await clients.authenticate(key) is None
    later = TERMS | {"expires_at": START + timedelta(days=3)}
    await clients.change(world["admin"], client.id, **later)
    assert await clients.authenticate(key) is not None


async def test_a_client_that_may_now_write_receives_what_waited(world: World) -> None:
    case = await world.case(agency="CUL")
    client, _ = await clients.create(SYSTEM, "CUL", "سامانه فرهنگ", [CASES_READ])
    await clients.change(world["admin"], client.id, **TERMS | {"scopes": [CASES_WRITE]})
    await case.refresh_from_db()
    assert case.status is CaseStatus.UNDER_REVIEW


BAD: list[tuple[dict[str, Any], str, str]] = [
    ({"scopes": []}, "unknown", "scopes"),
    ({"scopes": ["cases:delete"]}, "unknown", "scopes"),
    ({"expires_at": START}, "expired", "expires_at"),
    ({"requests_per_minute": 0}, "out_of_range", "requests_per_minute"),
    ({"requests_per_minute": 60_001}, "out_of_range", "requests_per_minute"),
    ({"requests_per_minute": True}, "out_of_range", "requests_per_minute"),
    ({"requests_per_minute": "5"}, "out_of_range", "requests_per_minute"),
    ({"requests_per_minute": None}, "out_of_range", "requests_per_minute"),
    ({"cost_per_minute": 19_999}, "out_of_range", "cost_per_minute"),
    ({"cost_per_minute": 100_000_001}, "out_of_range", "cost_per_minute"),
]


@pytest.mark.parametrize(("wrong", "code", "field"), BAD)
async def test_terms_that_are_refused(
    world: World, wrong: dict[str, Any], code: str, field: str
) -> None:
    client, _ = await made()
    terms = TERMS | wrong
    new = {name: value for name, value in terms.items() if name != "scopes"}
    for act in (
        lambda: clients.change(world["admin"], client.id, **terms),
        lambda: clients.create(world["admin"], "EDU", "سامانه", terms["scopes"], **new),
    ):
        async with unchanged():
            with pytest.raises(DomainError) as error:
                await act()
        assert (error.value.code, error.value.field) == (code, field)
        assert error.value.message("fa")


@pytest.mark.parametrize("client_id", ["nobody", "", "a\u0000b", "x" * 300])
async def test_a_client_that_is_not_there(world: World, client_id: str) -> None:
    for act in (
        clients.found(client_id),
        clients.revoke(world["admin"], client_id),
        clients.rotate(world["admin"], client_id, timedelta(0)),
        clients.change(world["admin"], client_id, **TERMS),
    ):
        with pytest.raises(NotFound):
            await act


async def test_a_form_filled_in_before_somebody_elses_change_is_stale(world: World) -> None:
    client, _ = await made()
    await clients.rotate(world["admin"], client.id, timedelta(0), version=1)
    for act in (
        clients.rotate(world["admin"], client.id, timedelta(0), version=1),
        clients.change(world["admin"], client.id, **TERMS, version=1),
    ):
        async with unchanged():
            with pytest.raises(DomainError) as error:
                await act
        assert error.value.code == "stale"
    await clients.change(world["admin"], client.id, **TERMS, version=2)


async def test_every_change_is_logged_without_secrets(world: World) -> None:
    with capture_logs() as lines:
        client, first = await clients.create(world["admin"], "EDU", "سامانه", [CASES_READ])
        second = await clients.rotate(world["admin"], client.id, timedelta(hours=1))
        await clients.change(world["admin"], client.id, **TERMS)
        await clients.revoke(world["admin"], client.id)
    assert [line["event"] for line in lines] == [
        "client created",
        "client key rotated",
        "client changed",
        "client revoked",
    ]
    admin = world["admin"].user_id
    assert {(line["client"], line["by"]) for line in lines} == {(client.id, admin)}
    stored = await Client.get(id=client.id)
    for key in (first, second):
        assert key.partition(".")[2] not in repr(lines) + repr(vars(stored))
    assert stored.secret_hash not in repr(lines)


def test_every_budget_has_room_for_the_dearest_document() -> None:
    assert clients.LEAST_COST >= MAX_COST
