"""The one visibility rule: who sees which case, referral, entry and identity."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from domain import breaches, calls, identity, referrals, review, time, tracking_code, visibility
from domain.actors import CASES_READ, CITIZEN, IDENTITY_READ, SYSTEM, Actor, of_client, of_user
from domain.errors import DomainError
from models import ActionOrder, Breach, Case, Client, IdentityView, Referral, User
from models.database import transaction
from models.enums import ReporterKind, Role
from tests.support.life import ordered, run_jobs
from tests.support.refusals import BAD_KEYS, refusal, refuses
from tests.support.unchanged import unchanged
from tests.support.world import World, client

OTHER_MOBILE = "+989351112233"


async def seen(actor: Actor) -> list[int]:
    return [row.id for row in await visibility.cases(actor).order_by("id")]


async def client_of(world: World, agency: str, *scopes: str) -> Actor:
    unit = world.units[agency]
    return await of_client(Client(id="x", name="x", agency_id=unit.id, scopes=list(scopes)))


async def test_each_role_sees_its_part(world: World) -> None:
    in_county = await world.case()
    in_ministry = await world.case(agency="EDU")
    elsewhere = await world.case(agency="ENE")
    await ordered(world, in_ministry, "EDU-p1")
    every = [in_county.id, in_ministry.id, elsewhere.id]
    expected = {
        "operator": every,
        "operator2": [],
        "senior": [in_county.id, in_ministry.id],
        "senior_ene": [elsewhere.id],
        "main": [in_ministry.id],
        "subsidiary": [in_ministry.id],
        "provincial": [in_ministry.id],
        "county": [],
        "fars": [],
        "head": [in_county.id, in_ministry.id],
        "inspector": [in_county.id, in_ministry.id],
        "supervisor": every,
        "centre_head": every,
        "admin": [],
    }
    assert {name: await seen(world[name]) for name in expected} == expected


async def test_a_partner_sees_its_subtree_and_only_with_the_scope(world: World) -> None:
    county = await world.case()
    ministry = await world.case(agency="EDU")
    assert await seen(await client_of(world, "EDU", CASES_READ)) == [county.id, ministry.id]
    assert await seen(await client_of(world, "EDU-p1", CASES_READ)) == [county.id]
    assert await seen(await client_of(world, "EDU-p2", CASES_READ)) == []
    assert await seen(await client_of(world, "EDU")) == []


async def test_units_with_like_numbers_are_not_confused(world: World) -> None:
    """Lineages are compared with their separators: unit 1 is not above unit 11."""
    case = await world.case()
    unit = world.units["EDU-c1"]
    stranger = Actor(
        world["head"].kind, role=Role.HEAD, agency_id=1, lineage=unit.lineage[:-1] + "1/"
    )
    assert await seen(stranger) == [] and case.id


async def test_an_operator_sees_the_present_callers_cases_and_no_longer(world: World) -> None:
    case = await world.case()
    operator = world["operator2"]
    assert await seen(operator) == []
    call = await calls.announce("again", "ringing", "09121234567", time.now())
    assert await seen(operator) == []
    await calls.take(operator, call.id)
    assert await seen(operator) == [case.id]
    await calls.hang_up(operator, call.id)
    assert await seen(operator) == []


async def test_a_call_without_an_end_does_not_open_cases_for_ever(world: World) -> None:
    await world.case()
    call = await calls.announce("endless", "ringing", "09121234567", time.now())
    await calls.take(world["operator2"], call.id)
    world.clock.forward(hours=2, minutes=1)
    assert await seen(world["operator2"]) == []
    assert await calls.current(world["operator2"]) is None


@pytest.mark.parametrize("actor", [SYSTEM, CITIZEN])
async def test_the_service_itself_sees_everything(world: World, actor: Actor) -> None:
    case = await world.case()
    assert await seen(actor) == [case.id]


async def test_a_case_is_found_by_id_and_by_code_in_any_spelling(world: World) -> None:
    case = await world.case()
    code = case.tracking_code
    for key in (case.id, code, tracking_code.display(code), f" {code[:4]} {code[4:]} "):
        assert (await visibility.case(world["senior"], key)).id == case.id


async def test_keys_that_are_none_are_not_found(world: World) -> None:
    case = await world.case()
    await refuses(
        lambda key: visibility.case(SYSTEM, key),  # type: ignore[arg-type]
        [*BAD_KEYS, "\ud800", "\x00", case.tracking_code[:-1] + "x"],
        ("not_found", "case"),
    )
    async with transaction():
        for key in BAD_KEYS:
            got = await refusal(visibility.locked_case(SYSTEM, key))  # type: ignore[arg-type]
            assert got == ("not_found", "case")


@pytest.mark.parametrize(
    "name", ["senior", "operator", "head", "inspector", "supervisor", "provincial"]
)
async def test_the_case_can_be_locked_by_whoever_sees_it(world: World, name: str) -> None:
    """Also where the rule joins other tables, which PostgreSQL does not lock."""
    case = await world.case()
    await ordered(world, case, "EDU-c1")
    async with transaction():
        locked = await visibility.locked_case(world[name], case.id, 3)
    assert locked.version == 3
    async with transaction():
        assert await refusal(visibility.locked_case(world[name], case.id, 2)) == (
            "stale",
            "version",
        )


async def test_referrals_of_units_above_and_beside_stay_hidden(world: World) -> None:
    case = await world.case()
    await ordered(world, case, "EDU-S", "EDU-p2")
    top = await Referral.get(agency__code="EDU-S")
    [province] = await referrals.refer(world["subsidiary"], top.id, ["EDU-p1"], "بررسی شود")
    visible = {
        name: {row.id for row in await visibility.referrals(world[name])}
        for name in ("senior", "main", "subsidiary", "provincial", "county", "fars")
    }
    fars = await Referral.get(agency__code="EDU-p2")
    both = {top.id, province.id}
    assert visible == {
        "senior": both | {fars.id},
        "main": both | {fars.id},
        "subsidiary": both,
        "provincial": {province.id},
        "county": set(),
        "fars": {fars.id},
    }
    await refuses(
        lambda key: referrals.accept(world["provincial"], key),  # type: ignore[arg-type]
        [top.id, fars.id, *BAD_KEYS],
        ("not_found", "referral"),
    )


async def test_orders_are_seen_by_whom_they_led_to(world: World) -> None:
    case = await world.case()
    for unit in ("EDU-p1", "EDU-p2"):
        await review.order(world["senior"], case.id, "بررسی و رفع مشکل", [unit])
    first, second = await ActionOrder.all().order_by("id")
    for name, seen in (
        ("senior", [first, second]),
        ("head", [first, second]),
        ("provincial", [first]),
        ("fars", [second]),
        ("county", []),
    ):
        rows = ActionOrder.filter(visibility.order_rule(world[name]), case_id=case.id)
        assert await rows.order_by("id") == seen, name


async def test_an_agency_loses_sight_of_what_went_elsewhere(world: World) -> None:
    case = await world.case()
    await review.return_to_centre(world["senior"], case.id, "مربوط به نیرو است")
    assert await seen(world["senior"]) == [case.id]
    await review.reroute(world["supervisor"], case.id, "ENE", "دستگاه درست")
    assert await seen(world["senior"]) == [] and await seen(world["head"]) == []
    assert await seen(world["senior_ene"]) == [case.id]


SHOWN = ["supervisor", "operator"]
BY_CONSENT = ["senior", "county", "head", "inspector"]


@pytest.mark.parametrize(
    ("consent", "reporter", "open_to_agency"),
    [
        (True, ReporterKind.CITIZEN, True),
        (False, ReporterKind.CITIZEN, False),
        (True, ReporterKind.EMPLOYEE, False),
        (False, ReporterKind.EMPLOYEE, False),
    ],
)
async def test_identity_by_consent_and_never_of_an_employee(
    world: World, consent: bool, reporter: ReporterKind, open_to_agency: bool
) -> None:
    case = Case(consent=consent, reporter_kind=reporter)
    for name in SHOWN:
        assert visibility.shows_identity(world[name], case)
    for name in BY_CONSENT:
        assert visibility.shows_identity(world[name], case) is open_to_agency
        assert visibility.shows_messages(world[name], case) is open_to_agency
    partner = await client_of(world, "EDU", CASES_READ)
    trusted = await client_of(world, "EDU", CASES_READ, IDENTITY_READ)
    assert not visibility.shows_messages(partner, case)
    assert visibility.shows_messages(trusted, case) is open_to_agency


async def test_breaches_are_known_to_the_head_of_the_unit_then_in_charge(world: World) -> None:
    case = await world.case()
    world.clock.forward(hours=4)
    await review.return_to_centre(world["senior"], case.id, "مربوط به نیرو است")
    await run_jobs()
    await review.reroute(world["supervisor"], case.id, "ENE", "دستگاه درست")
    row = await Breach.get(case_id=case.id)
    other = await User.create(
        username="head_ene",
        password_hash="!",
        full_name="نام",
        role=Role.HEAD,
        agency=world.units["ENE"],
        created_at=time.now() - timedelta(days=1),
    )
    head_ene = await of_user(other)
    known = {
        name: [b.id for b in await breaches.of(actor)]
        for name, actor in {
            "head": world["head"],
            "ene": head_ene,
            "centre": world["centre_head"],
            "supervisor": world["supervisor"],
            "county": world["county"],
        }.items()
    }
    assert known == {
        "head": [row.id],
        "ene": [],
        "centre": [row.id],
        "supervisor": [row.id],
        "county": [],
    }
    async with unchanged():
        got = await refusal(breaches.explain(head_ene, row.id, "نبود نیرو در آن ساعت"))
    assert got == ("not_found", "breach")
    explained = await breaches.explain(world["head"], row.id, "نبود نیرو در آن ساعت")
    assert explained.explained_by_id == world["head"].user_id


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
