"""Switching people off and on, and changing one's own password."""

from __future__ import annotations

import pytest

from domain import people, sign_in
from domain.errors import DomainError, Forbidden, NotFound
from models import Session, User
from tests.support.web import signed_in
from tests.support.world import World

OLD, NEW = "گذرواژه کهنه ۱۲۸", "گذرواژه تازه ۱۲۸"


async def reader(world: World) -> User:
    """A member of staff with a password and two open sessions."""
    user = world.users["senior"]
    user.password_hash = sign_in.hash_password(OLD)
    await user.save()
    await sign_in.sign_in("senior", OLD)
    await signed_in(user)
    return user


async def test_switching_off_ends_the_sessions_and_the_sign_in(world: World) -> None:
    user = await reader(world)
    switched = await people.deactivate(world["admin"], user.id)
    assert not switched.active
    assert not await Session.filter(user_id=user.id).exists()
    with pytest.raises(DomainError) as refused:
        await sign_in.sign_in("senior", OLD)
    assert refused.value.code == "wrong_credentials"


async def test_switching_on_also_ends_a_lock_out(world: World) -> None:
    user = await reader(world)
    for _ in range(sign_in.MAX_FAILURES):
        with pytest.raises(DomainError):
            await sign_in.sign_in("senior", "wrong wrong")
    await people.deactivate(world["admin"], user.id)
    await people.activate(world["admin"], user.id)
    _token, found = await sign_in.sign_in("senior", OLD)
    assert found.id == user.id


@pytest.mark.parametrize("act", [people.deactivate, people.activate])
@pytest.mark.parametrize("name", ["supervisor", "senior", "head", "operator"])
async def test_only_the_admin_switches(world: World, act, name: str) -> None:
    user = world.users["county"]
    with pytest.raises(Forbidden):
        await act(world[name], user.id)
    await user.refresh_from_db()
    assert user.active


async def test_nobody_switches_themselves_off(world: World) -> None:
    admin = world.users["admin"]
    with pytest.raises(Forbidden):
        await people.deactivate(world["admin"], admin.id)
    await admin.refresh_from_db()
    assert admin.active


@pytest.mark.parametrize("act", [people.deactivate, people.activate])
async def test_no_such_person(world: World, act) -> None:
    with pytest.raises(NotFound):
        await act(world["admin"], 10**9)


async def test_a_new_password_ends_the_other_sessions(world: World) -> None:
    user = await reader(world)
    token, _ = await sign_in.sign_in("senior", OLD)
    await sign_in.change_password(user, OLD, NEW, token)
    assert await Session.filter(user_id=user.id).count() == 1
    assert await sign_in.session_user(token) is not None
    await sign_in.sign_in("senior", NEW)
    with pytest.raises(DomainError):
        await sign_in.sign_in("senior", OLD)


@pytest.mark.parametrize(
    ("old", "new", "code", "field"),
    [
        ("نادرست است", NEW, "wrong_code", "old_password"),
        ("", NEW, "required", "old_password"),
        (None, NEW, "invalid", "old_password"),
        (OLD, "کوتاه", "too_short", "new_password"),
        (OLD, "", "required", "new_password"),
        (OLD, None, "invalid", "new_password"),
        (OLD, "ن" * 201, "too_long", "new_password"),
        (OLD, "گذرواژه\ud800 تازه ۱۲۸", "invalid_characters", "new_password"),
    ],
)
async def test_a_refused_password_changes_nothing(
    world: World, old: object, new: object, code: str, field: str
) -> None:
    user = await reader(world)
    before = (await User.get(id=user.id)).password_hash
    with pytest.raises(DomainError) as refused:
        await sign_in.change_password(user, old, new, "token-of-senior")
    assert (refused.value.code, refused.value.field) == (code, field)
    assert (await User.get(id=user.id)).password_hash == before
    assert await Session.filter(user_id=user.id).count() == 2


async def test_guessing_the_old_password_locks(world: World) -> None:
    user = await reader(world)
    for _ in range(sign_in.MAX_FAILURES):
        with pytest.raises(DomainError):
            await sign_in.change_password(user, "wrong wrong", NEW, "token-of-senior")
    with pytest.raises(DomainError) as refused:
        await sign_in.change_password(user, OLD, NEW, "token-of-senior")
    assert refused.value.code == "locked"


async def test_a_password_is_read_as_it_was_set(world: World) -> None:
    """Arabic letters and spaces around it make no difference, neither when set nor when typed."""
    await people.create_user("tester", "کاربر آزمون", "inspector", password=" كلمه عبور يك ۱۲۸ ")
    _token, user = await sign_in.sign_in("tester", "کلمه عبور یک ۱۲۸")
    assert user.username == "tester"
