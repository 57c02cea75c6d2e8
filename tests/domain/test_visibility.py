"""Who sees a case and who may act on it (design §2): the same answer for every adapter."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from domain import (
    calls,
    closing,
    identity,
    notes,
    questions,
    referrals,
    results,
    review,
    visibility,
)
from domain.actors import CASES_READ, CASES_WRITE, CITIZEN, SYSTEM, Actor, of_client
from domain.errors import DomainError
from domain.time import now
from models import Case, IdentityView, Referral
from tests.support.life import ordered
from tests.support.unchanged import unchanged
from tests.support.world import World, client

SEES = {
    "operator", "senior", "main", "subsidiary", "provincial", "county", "head", "inspector",
    "supervisor", "centre_head",
}  # fmt: skip
"""Who sees a case of the county EDU-c1 that was referred to it; `main` … stand above the county."""
NEVER = {"operator2", "fars", "admin", "senior_ene"}


async def sees(actor: Actor, case: Case) -> bool:
    try:
        found = await visibility.case(actor, case.tracking_code)
    except DomainError as refused:
        assert refused.code == "not_found"
        return False
    return found.id == case.id and await visibility.cases(actor).filter(id=case.id).exists()


async def test_each_role_sees_what_is_theirs(world: World) -> None:
    case = await world.case()
    await ordered(world, case, "EDU-c1")
    assert set(world.actors) == SEES | NEVER
    seen = {name for name, actor in world.actors.items() if await sees(actor, case)}
    assert seen == SEES


async def test_before_a_referral_no_coordinator_sees_it(world: World) -> None:
    case = await world.case()
    for name in ("main", "subsidiary", "provincial", "county"):
        assert not await sees(world[name], case)


async def test_a_sister_unit_sees_nothing_and_a_referral_opens_it(world: World) -> None:
    case = await world.case()
    await ordered(world, case, "EDU-c1", "EDU-p2")
    assert await sees(world["fars"], case)
    [own] = await visibility.referrals(world["fars"]).select_related("agency")
    assert own.agency.code == "EDU-p2"


async def test_an_operator_sees_the_cases_of_the_present_caller(world: World) -> None:
    case = await world.case()
    assert not await sees(world["operator2"], case)
    call = await calls.announce("again", "ringing", case.mobile, now())
    await calls.take(world["operator2"], call.id)
    assert await sees(world["operator2"], case)
    await calls.hang_up(world["operator2"], call.id)
    assert not await sees(world["operator2"], case)


@pytest.mark.parametrize(
    ("agency", "scopes", "expected"),
    [
        ("EDU", (CASES_READ,), True),
        ("EDU-p1", (CASES_READ,), True),
        ("EDU-p2", (CASES_READ,), False),
        ("ENE", (CASES_READ, CASES_WRITE), False),
        ("EDU", (CASES_WRITE,), False),
        ("EDU", ("figures:read",), False),
    ],
)
async def test_a_partner_sees_its_subtree_by_scope(
    world: World, agency: str, scopes: tuple[str, ...], expected: bool
) -> None:
    case = await world.case()
    actor = await of_client(await client(world, agency, *scopes))
    assert await sees(actor, case) is expected


async def test_the_service_itself_sees_everything(world: World) -> None:
    case = await world.case()
    assert await sees(SYSTEM, case)
    assert await sees(CITIZEN, case)


Act = Callable[[Actor, Case, Referral], Awaitable[Any]]
ACTS: dict[str, tuple[Act, set[str]]] = {
    "order": (
        lambda a, c, r: review.order(a, c.id, "بررسی دوباره", ["EDU-p2"]),
        {"senior"},
    ),
    "return": (lambda a, c, r: review.return_to_centre(a, c.id, "دستگاه دیگری است"), set()),
    "reroute": (lambda a, c, r: review.reroute(a, c.id, "ENE", "دستگاه درست"), set()),
    "result": (lambda a, c, r: results.record(a, c.id, "باجه از ساعت ۸ باز است."), set()),
    "ask": (
        lambda a, c, r: questions.ask(a, c.id, "کدام باجه بسته بود؟"),
        {"senior", "county"},
    ),
    "withdraw": (
        lambda a, c, r: closing.withdraw(a, c.id, "خواست شهروند"),
        {"operator", "supervisor"},
    ),
    "reopen": (lambda a, c, r: closing.reopen(a, c.id, "حل نشده"), set()),
    "out_of_scope": (lambda a, c, r: closing.mark_out_of_scope(a, c.id, "judiciary"), set()),
    "note": (
        lambda a, c, r: notes.add(a, c.id, "پیگیری شد"),
        {"operator", "senior", "county", "head", "supervisor", "centre_head"},
    ),
    "accept": (lambda a, c, r: referrals.accept(a, r.id), {"county"}),
    "report": (lambda a, c, r: referrals.report(a, r.id, "باجه باز شد", ""), {"county"}),
    "give_back": (lambda a, c, r: referrals.give_back(a, r.id, "از ما نیست"), {"county"}),
}


@pytest.mark.parametrize("act", ACTS)
async def test_who_may_do_what_while_it_is_handled(world: World, act: str) -> None:
    """Everybody tries: those who may not are refused and change nothing."""
    case = await world.case()
    [referral] = await ordered(world, case, "EDU-c1")
    do, may = ACTS[act]
    for name, actor in world.actors.items():
        if name in may:
            continue
        async with unchanged():
            with pytest.raises(DomainError) as refused:
                await do(actor, case, referral)
        hidden = name in NEVER
        assert refused.value.code in ({"not_found"} if hidden else {"forbidden", "wrong_state"})
    for name in sorted(may)[:1]:
        await do(world[name], case, referral)


async def test_an_old_version_is_refused(world: World) -> None:
    case = await world.case()
    async with unchanged():
        with pytest.raises(DomainError) as refused:
            await review.order(
                world["senior"], case.id, "بررسی شود", ["EDU-c1"], expected_version=case.version - 1
            )
    assert refused.value.code == "stale"
    await review.order(
        world["senior"], case.id, "بررسی شود", ["EDU-c1"], expected_version=case.version
    )


async def test_identity_is_opened_with_a_reason_and_each_view_is_logged(world: World) -> None:
    case = await world.case(consent=True)
    shown = await identity.view(world["senior"], case.id, "هماهنگی بازدید")
    assert shown["name"] == "مریم احمدی"
    assert shown["national_id"] == "0012345679"
    [entry] = await IdentityView.all()
    assert (entry.user_id, entry.reason) == (world["senior"].user_id, "هماهنگی بازدید")
    async with unchanged():
        with pytest.raises(DomainError) as refused:
            await identity.view(world["senior"], case.id, "")
    assert refused.value.field == "reason"


@pytest.mark.parametrize("changes", [{"consent": False}, {"reporter_kind": "employee"}])
async def test_without_consent_and_for_an_employee_the_agency_never_sees_who(
    world: World, changes: dict[str, Any]
) -> None:
    case = await world.case(**changes)
    for name in ("senior", "head", "inspector"):
        async with unchanged():
            with pytest.raises(DomainError) as refused:
                await identity.view(world[name], case.id, "پیگیری")
        assert refused.value.code == "identity_withheld"
    partner = await of_client(await client(world, "EDU", CASES_READ, "identity:read"))
    with pytest.raises(DomainError):
        await identity.view(partner, case.id, "پیگیری")
    assert (await identity.view(world["supervisor"], case.id, "رسیدگی"))["mobile"]


async def test_a_partner_needs_its_own_scope_for_identity(world: World) -> None:
    case = await world.case(consent=True)
    partner = await of_client(await client(world, "EDU", CASES_READ, "identity:read"))
    without = replace(partner, scopes=frozenset({CASES_READ}))
    with pytest.raises(DomainError) as refused:
        await identity.view(without, case.id, "پیگیری")
    assert refused.value.code == "forbidden"
    assert (await identity.view(partner, case.id, "پیگیری"))["name"]
