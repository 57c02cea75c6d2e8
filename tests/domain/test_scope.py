"""Calls that are not about the manner of a service (A2, A6, B13)."""

from __future__ import annotations

from domain import calls, scope
from domain.seed_data import BODIES
from models import Call, Case, OutboxMessage, OutOfScopeContact
from tests.support.life import texts
from tests.support.refusals import BAD_CODES, BAD_KEYS, refused, refuses
from tests.support.world import MOBILE, World


async def speaking(world: World) -> Call:
    call = await calls.announce("c-1", "ringing", MOBILE, world.clock.at)
    return await calls.take(world["operator"], call.id)


async def test_bodies_in_their_order(world: World) -> None:
    assert [row.code for row in await scope.bodies()] == [row["code"] for row in BODIES]


async def test_the_caller_is_told_and_no_case_arises(world: World) -> None:
    call = await speaking(world)
    for body in BODIES:
        contact = await scope.redirect(world["operator"], call.id, body["code"], "شکایت از قاضی")
        stored = await OutOfScopeContact.get(id=contact.id)
        assert (stored.category, stored.mobile, stored.call_id) == (body["code"], MOBILE, call.id)
        assert stored.operator_id == world.users["operator"].id
    assert len(await texts("out_of_scope", MOBILE)) == len(BODIES)
    assert "۱۲۹" in " ".join(await texts("out_of_scope", MOBILE))
    assert not await Case.all().exists()


async def test_without_a_text(world: World) -> None:
    call = await speaking(world)
    await scope.redirect(world["operator"], call.id, "judiciary", by_sms=False)
    assert not await OutboxMessage.all().exists()
    assert await OutOfScopeContact.all().count() == 1


async def test_who_and_what(world: World) -> None:
    call = await speaking(world)
    for name in ("senior", "supervisor", "admin"):
        await refused(scope.redirect(world[name], call.id, "judiciary"), "forbidden")
    await refused(scope.redirect(world["operator2"], call.id, "judiciary"), "not_found")
    await refuses(
        lambda code: scope.redirect(world["operator"], call.id, code),
        BAD_CODES,
        ("unknown", "category"),
    )
    await refuses(
        lambda key: scope.redirect(world["operator"], key, "judiciary"),  # type: ignore[arg-type]
        BAD_KEYS,
        ("not_found", "call"),
    )
    for note, code in (
        (None, "invalid"),
        ("م" * 501, "too_long"),
        ("a\x00b", "invalid_characters"),
    ):
        act = scope.redirect(world["operator"], call.id, "judiciary", note)
        await refused(act, code)
