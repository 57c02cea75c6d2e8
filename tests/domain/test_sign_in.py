"""Signing in and sessions: who gets in, until when, and what strangers learn."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain import sign_in
from domain.errors import DomainError
from models import Session, User
from tests.support.world import World

PASSWORD = "گذرواژه ۱۲۸ مرکز"


async def with_password(world: World, name: str = "senior") -> User:
    user = world.users[name]
    user.password_hash = sign_in.hash_password(PASSWORD)
    await user.save()
    return user


async def refused(name: object, password: object) -> str:
    """The code of a refusal; no session comes of it."""
    before = await Session.all().count()
    with pytest.raises(DomainError) as error:
        await sign_in.sign_in(name, password)
    assert await Session.all().count() == before
    return error.value.code


async def test_right_credentials_open_a_session(world: World) -> None:
    await with_password(world)
    token, user = await sign_in.sign_in(" SENIOR ", PASSWORD, "x" * 500)
    assert user.username == "senior"
    row = await Session.get()
    assert token not in (row.token_hash, row.user_agent)
    assert row.token_hash == sign_in.token_hash(token)
    assert len(row.user_agent) == 200
    found = await sign_in.session_user(token)
    assert found is not None and found.id == user.id


@pytest.mark.parametrize("token", ["", "x", "é", "' or 1=1"])
async def test_an_invented_token_is_nobody(world: World, token: str) -> None:
    await with_password(world)
    await sign_in.sign_in("senior", PASSWORD)
    assert await sign_in.session_user(token) is None


async def test_the_hash_itself_is_no_token(world: World) -> None:
    await with_password(world)
    await sign_in.sign_in("senior", PASSWORD)
    row = await Session.get()
    assert await sign_in.session_user(row.token_hash) is None


async def test_five_errors_lock_for_a_quarter_of_an_hour(world: World) -> None:
    user = await with_password(world)
    for _ in range(sign_in.MAX_FAILURES):
        assert await refused("senior", "نادرست نادرست") == "wrong_credentials"
    assert await refused("senior", PASSWORD) == "wrong_credentials"
    world.clock.forward(minutes=14, seconds=59)
    assert await refused("senior", PASSWORD) == "wrong_credentials"
    world.clock.forward(seconds=1)
    await sign_in.sign_in("senior", PASSWORD)
    await user.refresh_from_db()
    assert (user.failed_sign_ins, user.locked_until) == (0, None)


async def test_errors_during_a_lock_out_do_not_prolong_it(world: World) -> None:
    await with_password(world)
    for _ in range(sign_in.MAX_FAILURES):
        await refused("senior", "نادرست نادرست")
    world.clock.forward(minutes=10)
    for _ in range(sign_in.MAX_FAILURES):
        await refused("senior", "نادرست نادرست")
    world.clock.forward(minutes=5)
    await sign_in.sign_in("senior", PASSWORD)


async def test_four_errors_and_a_success_start_again(world: World) -> None:
    await with_password(world)
    for _ in range(2):
        for _ in range(sign_in.MAX_FAILURES - 1):
            await refused("senior", "نادرست نادرست")
        await sign_in.sign_in("senior", PASSWORD)


async def test_a_lock_out_is_of_one_name(world: World) -> None:
    await with_password(world)
    await with_password(world, "county")
    for _ in range(sign_in.MAX_FAILURES):
        await refused("senior", "نادرست نادرست")
    await sign_in.sign_in("county", PASSWORD)


async def test_strangers_learn_nothing_from_the_answers(world: World) -> None:
    """Existing, unknown, switched-off and locked-out names are refused alike, however often."""
    await with_password(world)
    off = await with_password(world, "county")
    off.active = False
    await off.save()
    for name in ("senior", "nobody", "county", "head"):
        answers = {await refused(name, f"گذرواژه {n}") for n in range(sign_in.MAX_FAILURES + 2)}
        assert answers == {"wrong_credentials"}
    assert await refused("senior", PASSWORD) == "wrong_credentials"


async def test_who_has_no_password_cannot_sign_in_with_the_mark_of_it(world: World) -> None:
    assert await refused("head", sign_in.UNUSABLE) == "wrong_credentials"


@pytest.mark.parametrize(
    ("name", "password", "code"),
    [
        ("", PASSWORD, "required"),
        (None, PASSWORD, "invalid"),
        ("senior", "", "required"),
        ("senior", None, "invalid"),
        ("senior", "x" * 201, "too_long"),
        ("sen\x00ior", PASSWORD, "invalid_characters"),
    ],
)
async def test_what_cannot_be_credentials(
    world: World, name: object, password: object, code: str
) -> None:
    user = await with_password(world)
    assert await refused(name, password) == code
    await user.refresh_from_db()
    assert user.failed_sign_ins == 0


async def test_an_idle_session_ends_after_two_hours(world: World) -> None:
    await with_password(world)
    token, _ = await sign_in.sign_in("senior", PASSWORD)
    world.clock.forward(hours=2, seconds=1)
    assert await sign_in.session_user(token) is None


async def test_a_session_in_use_lives_twelve_hours(world: World) -> None:
    await with_password(world)
    token, _ = await sign_in.sign_in("senior", PASSWORD)
    for _ in range(12):
        world.clock.forward(hours=1)
        assert await sign_in.session_user(token) is not None
    world.clock.forward(seconds=1)
    assert await sign_in.session_user(token) is None


async def test_being_seen_is_written_once_a_minute(world: World) -> None:
    await with_password(world)
    token, _ = await sign_in.sign_in("senior", PASSWORD)
    start = (await Session.get()).last_seen_at
    world.clock.forward(seconds=59)
    await sign_in.session_user(token)
    assert (await Session.get()).last_seen_at == start
    world.clock.forward(seconds=2)
    await sign_in.session_user(token)
    assert (await Session.get()).last_seen_at == start + timedelta(seconds=61)


async def test_a_stream_that_asks_keeps_no_session_from_idling_out(world: World) -> None:
    await with_password(world)
    token, _ = await sign_in.sign_in("senior", PASSWORD)
    for _ in range(4):
        world.clock.forward(minutes=30)
        assert await sign_in.session_user(token, seen=False) is not None
    world.clock.forward(minutes=1)
    assert await sign_in.session_user(token, seen=False) is None


async def test_signing_out_ends_this_session_alone(world: World) -> None:
    await with_password(world)
    one, _ = await sign_in.sign_in("senior", PASSWORD)
    two, _ = await sign_in.sign_in("senior", PASSWORD)
    await sign_in.sign_out(one)
    await sign_in.sign_out(one)
    assert await sign_in.session_user(one) is None
    assert await sign_in.session_user(two) is not None


async def test_a_session_ends_with_its_user(world: World) -> None:
    user = await with_password(world)
    token, _ = await sign_in.sign_in("senior", PASSWORD)
    user.active = False
    await user.save()
    assert await sign_in.session_user(token) is None


def test_equal_passwords_have_different_hashes() -> None:
    one, two = sign_in.hash_password(PASSWORD), sign_in.hash_password(PASSWORD)
    assert one != two and PASSWORD not in one
    assert sign_in.password_matches(one, PASSWORD) and not sign_in.password_matches(one, "x" * 9)
