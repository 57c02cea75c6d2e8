"""Proof of identity (S1): one-time code or registry; without it no case; nothing in clear."""

from __future__ import annotations

import re
from dataclasses import replace
from types import SimpleNamespace

import pytest

from domain import calls, cases, identity, service
from domain.errors import DomainError
from domain.text import to_ascii_digits
from domain.time import now
from models import Call, Case, Citizen, IdentityCheck, OutboxMessage
from models.database import connection
from tests.support.life import ordered, text_in
from tests.support.refusals import BAD_KEYS, refused, refuses, refuses_texts
from tests.support.unchanged import contents, unchanged
from tests.support.world import MOBILE, NATIONAL_ID, World

NAME = "مریم احمدی"
OTHER = ("رضا کریمی", "1276543212")


async def taken_call(world: World, who: str = "operator", mobile: str = MOBILE) -> Call:
    call = await calls.announce(f"c{await Call.all().count()}", "ringing", mobile, now())
    return await calls.take(world[who], call.id)


async def sent_code() -> str:
    message = await OutboxMessage.filter(kind="identity_code").order_by("-id").first()
    assert message is not None
    found = re.search(r"[۰-۹]{6}", message.text)
    assert found is not None
    return found.group()


async def refusal(call: object) -> str:
    with pytest.raises(DomainError) as refused:
        await call  # type: ignore[misc]
    return refused.value.code


async def test_the_code_read_back_proves_the_caller(world: World) -> None:
    call = await taken_call(world)
    check = await identity.start(world["operator"], call.id, NAME, "۰۰۱۲۳۴۵۶۷۹")
    assert check.verified_at is None
    proved = await identity.confirm(world["operator"], check.id, await sent_code())
    assert proved.verified_at is not None
    assert (await Citizen.get(id=proved.citizen_id)).name == NAME
    assert await refusal(identity.confirm(world["operator"], check.id, "000000")) == "already_done"


@pytest.mark.parametrize(
    ("name", "national_id", "field"),
    [
        (None, NATIONAL_ID, "name"),
        ("", NATIONAL_ID, "name"),
        ("م\u0000ریم", NATIONAL_ID, "name"),
        ("x" * 121, NATIONAL_ID, "name"),
        (NAME, "", "national_id"),
        (NAME, "0012345678", "national_id"),
        (NAME, "1111111111", "national_id"),
        (NAME, 12345679, "national_id"),
        (NAME, "\ud800", "national_id"),
    ],
)
async def test_bad_details_start_nothing(
    world: World, name: object, national_id: object, field: str
) -> None:
    call = await taken_call(world)
    async with unchanged():
        with pytest.raises(DomainError) as refused:
            await identity.start(world["operator"], call.id, name, national_id)
    assert refused.value.field == field


async def test_five_wrong_codes_use_a_check_up(world: World) -> None:
    call = await taken_call(world)
    check = await identity.start(world["operator"], call.id, NAME, NATIONAL_ID)
    code = await sent_code()
    for _ in range(5):
        assert await refusal(identity.confirm(world["operator"], check.id, "12345")) == "wrong_code"
    again = identity.confirm(world["operator"], check.id, code)
    assert await refusal(again) == "too_many_attempts"
    assert await Citizen.all().count() == 0


async def test_the_fifth_try_may_be_right(world: World) -> None:
    call = await taken_call(world)
    check = await identity.start(world["operator"], call.id, NAME, NATIONAL_ID)
    for tries in range(1, 5):
        assert await refusal(identity.confirm(world["operator"], check.id, "12345")) == "wrong_code"
        assert (await IdentityCheck.get(id=check.id)).tries == tries
    await identity.confirm(world["operator"], check.id, await sent_code())


async def test_a_code_lives_five_minutes(world: World) -> None:
    operator, call = world["operator"], await taken_call(world)
    in_time = await identity.start(operator, call.id, NAME, NATIONAL_ID)
    world.clock.forward(minutes=5)
    await identity.confirm(operator, in_time.id, await sent_code())
    check = await identity.start(operator, call.id, NAME, NATIONAL_ID)
    world.clock.forward(minutes=5, seconds=1)
    await refused(identity.confirm(operator, check.id, await sent_code()), "expired")


async def test_the_code_of_one_check_does_not_prove_another(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even where chance gives both the same digits: a proof is of one national id."""
    operator, call = world["operator"], await taken_call(world)
    codes = iter([111111, 222222, 222222])
    monkeypatch.setattr("domain.identity.secrets", SimpleNamespace(randbelow=lambda _: next(codes)))
    first = await identity.start(operator, call.id, NAME, NATIONAL_ID)
    second = await identity.start(operator, call.id, *OTHER)
    assert await refusal(identity.confirm(operator, first.id, "222222")) == "wrong_code"
    assert await refusal(identity.confirm(operator, second.id, "111111")) == "wrong_code"
    await identity.confirm(operator, first.id, "111111")
    await refused(cases.register(operator, second.id, world.draft()), "identity_required")
    third = await identity.start(operator, call.id, NAME, NATIONAL_ID)
    assert third.code_hash != second.code_hash


async def test_a_call_has_five_codes(world: World) -> None:
    operator, call = world["operator"], await taken_call(world)
    for _ in range(5):
        await identity.start(operator, call.id, NAME, NATIONAL_ID)
    await refused(identity.start(operator, call.id, NAME, NATIONAL_ID), "too_many_attempts")
    await identity.start(operator, (await taken_call(world)).id, NAME, NATIONAL_ID)


async def test_bad_codes_and_keys(world: World) -> None:
    operator, call = world["operator"], await taken_call(world)
    check = await identity.start(operator, call.id, NAME, NATIONAL_ID)
    await refuses_texts(lambda code: identity.confirm(operator, check.id, code), "code", 1, 12)
    await refuses(
        lambda key: identity.confirm(operator, key, "123456"),  # type: ignore[arg-type]
        BAD_KEYS,
        ("not_found", "check"),
    )
    await refuses(
        lambda key: identity.start(operator, key, NAME, NATIONAL_ID),  # type: ignore[arg-type]
        BAD_KEYS,
        ("not_found", "call"),
    )
    for name in ("senior", "supervisor", "admin"):
        await refused(identity.start(world[name], call.id, NAME, NATIONAL_ID), "forbidden")


async def test_the_latest_proof_of_a_call(world: World) -> None:
    operator, call, other = world["operator"], await taken_call(world), await taken_call(world)
    assert await identity.latest(call.id) is None
    await identity.start(operator, call.id, *OTHER)
    check = await identity.start(operator, call.id, NAME, NATIONAL_ID)
    await identity.start(operator, other.id, NAME, NATIONAL_ID)
    found = await identity.latest(call.id)
    assert found is not None and found.id == check.id


async def test_another_operator_has_nothing_to_do_with_it(world: World) -> None:
    call = await taken_call(world)
    check = await identity.start(world["operator"], call.id, NAME, NATIONAL_ID)
    code = await sent_code()
    async with unchanged():
        stranger = identity.confirm(world["operator2"], check.id, code)
        assert await refusal(stranger) == "not_found"
        begun = identity.start(world["operator2"], call.id, NAME, NATIONAL_ID)
        assert await refusal(begun) == "not_found"
    await identity.confirm(world["operator"], check.id, code)
    assert await refusal(identity.proved(world["operator2"], check.id)) == "not_found"


async def test_without_proof_no_case(world: World) -> None:
    call = await taken_call(world)
    check = await identity.start(world["operator"], call.id, NAME, NATIONAL_ID)
    async with unchanged():
        unproved = cases.register(world["operator"], check.id, world.draft())
        assert await refusal(unproved) == "identity_required"
        unknown = cases.register(world["operator"], 999, world.draft())
        assert await refusal(unknown) == "identity_required"
    assert await Case.all().count() == 0


async def test_a_proof_serves_the_call_not_the_day(world: World) -> None:
    check = await world.proved_caller()
    world.clock.forward(hours=2)
    await cases.register(world["operator"], check, world.draft())
    world.clock.forward(seconds=1)
    late = cases.register(world["operator"], check, world.draft(subject="موضوعی دیگر"))
    await refused(late, "identity_required")


class Registry:
    def __init__(self, answer: bool | None) -> None:
        self.answer = answer

    async def matches(self, national_id: str, mobile: str) -> bool | None:
        assert (national_id, mobile) == (NATIONAL_ID, MOBILE)
        return self.answer


def ask_registry(answer: bool | None) -> None:
    service.configure(replace(service.current(), verifier=Registry(answer)))


async def test_the_registry_proves_at_once(world: World) -> None:
    ask_registry(answer=True)
    call = await taken_call(world)
    check = await identity.start(world["operator"], call.id, NAME, NATIONAL_ID)
    assert check.verified_at is not None
    assert await OutboxMessage.all().count() == 0


async def test_a_mismatch_of_the_registry_is_refused(world: World) -> None:
    ask_registry(answer=False)
    call = await taken_call(world)
    async with unchanged("identity_check"):
        started = identity.start(world["operator"], call.id, NAME, NATIONAL_ID)
        assert await refusal(started) == "identity_mismatch"
    check = await IdentityCheck.get(call_id=call.id)
    assert check.verified_at is None and await identity.latest(call.id) is None
    await refused(identity.confirm(world["operator"], check.id, "123456"), "wrong_state")
    assert await OutboxMessage.all().count() == 0
    for _ in range(4):
        started = identity.start(world["operator"], call.id, NAME, NATIONAL_ID)
        assert await refusal(started) == "identity_mismatch"
    await refused(
        identity.start(world["operator"], call.id, NAME, NATIONAL_ID), "too_many_attempts"
    )


async def test_a_registry_that_cannot_tell_leaves_it_to_the_code(world: World) -> None:
    ask_registry(answer=None)
    call = await taken_call(world)
    check = await identity.start(world["operator"], call.id, NAME, NATIONAL_ID)
    await identity.confirm(world["operator"], check.id, await sent_code())
    assert (await IdentityCheck.get(id=check.id)).verified_at is not None


async def test_the_same_person_is_one_citizen(world: World) -> None:
    await world.proved_caller()
    await world.proved_caller("+989350000001")
    assert await Citizen.all().count() == 1


async def test_the_national_id_is_nowhere_in_clear(world: World) -> None:
    """Neither it nor the code is in any table, but for the text of the code on its way."""
    case = await world.case()
    code = await sent_code()
    await ordered(world, case)
    await text_in("باجه ۳")
    await identity.view(world["supervisor"], case.id, "رسیدگی")
    for table in await contents():
        rows = repr(await connection().execute_query_dict(f'SELECT * FROM "{table}"'))
        assert NATIONAL_ID not in to_ascii_digits(rows), table
        assert code not in rows or table == "outbox_message", table
