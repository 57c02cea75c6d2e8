"""The senior coordinator's review (S3): orders, returns to the centre, and the centre's reroute."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain import clients, clock, referrals, results, review, rules, staff
from domain.actors import SYSTEM
from models import ActionOrder, Agency, Case, CaseEvent, Client, Notification, Referral, Round, User
from models.enums import AgencyLevel, CaseStatus, ReferralStatus
from tests.support.life import RESULT, answered, ordered
from tests.support.refusals import BAD_CODES, refused, refuses, refuses_texts
from tests.support.world import START, World

TEXT = "بررسی و رفع مشکل باجه"
WHY = "مربوط به وزارت نیرو است"
NO_MINUTES: tuple[object, ...] = ("ده", 30.5, [], True, "9" * 5000, "\ud800", "1_0")


async def told(name: str, world: World) -> list[str]:
    rows = await Notification.filter(user_id=world.users[name].id).order_by("id")
    return [row.kind for row in rows]


async def switch_off(world: World, *names: str) -> None:
    for name in names:
        await User.filter(id=world.users[name].id).update(active=False)


async def test_an_order_refers_to_several_units_at_once(world: World) -> None:
    case = await world.case()
    world.clock.forward(minutes=10)
    rows = await ordered(world, case, "EDU-c1", "EDU-p2", "EDU")
    order = await ActionOrder.get(case_id=case.id)
    await case.refresh_from_db()
    current = await clock.current_round(case)
    assert case.status is CaseStatus.IN_HANDLING
    assert current.first_action_at == world.clock.at == order.created_at
    assert order.issued_by_id == world.users["senior"].id and order.round_id == current.id
    assert {row.status for row in rows} == {ReferralStatus.PENDING}
    assert {row.agency_id for row in rows} == {
        world.units[code].id for code in ("EDU-c1", "EDU-p2", "EDU")
    }
    for name in ("county", "fars", "main"):
        assert await told(name, world) == ["referral"]
    assert await told("provincial", world) == []
    kinds = [e.kind for e in await CaseEvent.filter(case_id=case.id).order_by("id")]
    assert kinds[-4:] == ["order", "referred", "referred", "referred"]


async def test_a_unit_named_twice_is_referred_to_once(world: World) -> None:
    case = await world.case()
    assert len(await ordered(world, case, "EDU-c1", "EDU-c1")) == 1


@pytest.mark.parametrize(
    ("after", "minutes", "order_left", "referral_left"),
    [
        (0, None, 150, 45),
        (100, None, 50, 45),
        (150, None, 45, 45),
        (170, "", 45, 45),
        (0, 5, 5, 5),
        (0, "30", 30, 30),
        (0, "۹۰", 90, 45),
        (0, 7 * 24 * 60, 7 * 24 * 60, 45),
    ],
)
async def test_deadlines(
    world: World, after: int, minutes: object, order_left: int, referral_left: int
) -> None:
    """The order leaves the result its budget, each hop has its own, and all have some time."""
    case = await world.case()
    world.clock.forward(minutes=after)
    [row] = await ordered(world, case, "EDU-c1", minutes=minutes)
    order = await ActionOrder.get(case_id=case.id)
    assert order.due_at - world.clock.at == timedelta(minutes=order_left)
    assert row.due_at - world.clock.at == timedelta(minutes=referral_left)


async def test_budgets_are_data(world: World) -> None:
    await rules.store("referral_budget", 20)
    await rules.store("result_budget", 60)
    case = await world.case()
    [row] = await ordered(world, case)
    order = await ActionOrder.get(case_id=case.id)
    assert (row.due_at - START, order.due_at - START) == (
        timedelta(minutes=20),
        timedelta(minutes=120),
    )


@pytest.mark.parametrize(
    ("minutes", "code"),
    [
        *((value, "out_of_range") for value in (4, 0, -5, 7 * 24 * 60 + 1, "10081")),
        *((value, "invalid") for value in NO_MINUTES),
    ],
)
async def test_bad_minutes(world: World, minutes: object, code: str) -> None:
    case = await world.case()
    await refused(review.order(world["senior"], case.id, TEXT, ["EDU-c1"], minutes), code)


async def test_an_empty_chair_passes_the_work_up(world: World) -> None:
    case = await world.case()
    await switch_off(world, "county", "provincial")
    [row] = await ordered(world, case, "EDU-c1")
    assert row.agency_id == world.units["EDU-S"].id
    await switch_off(world, "subsidiary", "main")
    other = await world.case()
    await refused(
        review.order(world["senior"], other.id, TEXT, ["EDU-c1"]),
        "no_coordinator",
    )


async def test_a_partners_system_fills_a_chair(world: World) -> None:
    await switch_off(world, "county")
    client, _ = await clients.create(SYSTEM, "EDU-c1", "سامانه", ["cases:read", "cases:write"])
    case = await world.case()
    [row] = await ordered(world, case, "EDU-c1")
    assert row.agency_id == world.units["EDU-c1"].id
    await Client.filter(id=client.id).update(expires_at=world.clock.at - timedelta(1))
    other = await world.case()
    [row] = await ordered(world, other, "EDU-c1")
    assert row.agency_id == world.units["EDU-p1"].id


async def test_units_that_cannot_be_referred_to(world: World) -> None:
    case = await world.case()
    await ordered(world, case, "EDU-p1")
    await Agency.filter(code="EDU-p2").update(active=False)

    async def order(units: object) -> object:
        return await review.order(world["senior"], case.id, TEXT, units)  # type: ignore[arg-type]

    await refuses(order, [[code] for code in BAD_CODES], ("unknown", "units"))
    await refuses(order, [["ENE"], ["EDU-p2"], ["EDU-c1", "ENE"]], ("unknown", "units"))
    await refuses(order, [[], (), None, ""], ("required", "units"), ("invalid", "units"))
    await refuses(order, [5, "EDU-c1", {"EDU-c1": 1}, object()], ("invalid", "units"))
    await refuses(order, [["EDU-p1"]], ("already_referred", "units"))
    await refuses(order, [["EDU-c1"] * 21], ("too_many", "units"))


async def test_bad_texts_and_stale_versions(world: World) -> None:
    case = await world.case()
    senior, key = world["senior"], case.id
    await refuses_texts(lambda v: review.order(senior, key, v, ["EDU-c1"]), "text", 5, 2000)
    await refuses_texts(lambda v: review.return_to_centre(senior, key, v), "reason", 5, 500)
    await refused(
        review.order(senior, key, TEXT, ["EDU-c1"], expected_version=case.version - 1), "stale"
    )
    await refused(review.return_to_centre(senior, key, WHY, case.version - 1), "stale")
    await review.return_to_centre(senior, key, WHY, case.version)
    await refuses_texts(
        lambda v: review.reroute(world["supervisor"], key, "ENE", v), "reason", 5, 500
    )
    await refused(review.reroute(world["supervisor"], key, "ENE", WHY, case.version), "stale")


async def test_a_misrouted_case_is_measured_and_finds_its_agency(world: World) -> None:
    case = await world.case()
    await review.return_to_centre(world["senior"], case.id, WHY)
    await case.refresh_from_db()
    assert (case.status, case.at_centre, case.misrouted) == (CaseStatus.REGISTERED, True, 1)
    assert await told("supervisor", world) == ["misrouted"]
    await review.reroute(world["supervisor"], case.id, "ENE", "دستگاه درست")
    await case.refresh_from_db()
    assert (case.status, case.at_centre, case.misrouted) == (CaseStatus.UNDER_REVIEW, False, 1)
    assert (case.agency_id, case.main_agency_id) == (world.units["ENE"].id,) * 2
    assert await told("senior_ene", world) == ["new_case"]
    reasons = [e.text for e in await CaseEvent.filter(case_id=case.id, kind__in=["reroute"])]
    assert reasons == ["وزارت نیرو: دستگاه درست"]


async def test_a_case_may_be_misrouted_more_than_once(world: World) -> None:
    case = await world.case()
    await review.return_to_centre(world["senior"], case.id, WHY)
    await review.reroute(world["supervisor"], case.id, "EDU", "همین دستگاه است")
    await review.return_to_centre(world["senior"], case.id, WHY)
    await case.refresh_from_db()
    assert case.misrouted == 2 and await told("supervisor", world) == ["misrouted"] * 2
    assert await told("senior", world) == ["new_case"] * 2


async def test_reroute_to_nowhere(world: World) -> None:
    case = await world.case()
    await review.return_to_centre(world["senior"], case.id, WHY)
    await Agency.filter(code="EDU-p2").update(active=False)
    await refuses(
        lambda code: review.reroute(world["supervisor"], case.id, code, WHY),
        [*BAD_CODES, "EDU-p2"],
        ("unknown", "agency"),
    )


async def test_the_centre_handles_what_nobody_receives(world: World) -> None:
    """A case of an agency without a senior coordinator waits at the centre, never nowhere."""
    case = await world.case(agency="CUL")
    assert (case.status, case.at_centre) == (CaseStatus.REGISTERED, True)
    assert await told("supervisor", world) == ["no_senior"]
    assert [user.username for user in await staff.holders(case)] == ["supervisor"]
    [row] = await results.record(world["supervisor"], case.id, RESULT)
    assert row.status is CaseStatus.ANSWERED
    current = await Round.get(case_id=case.id)
    assert (current.producer_level, current.producer_id) == ("national", None)


async def test_the_centre_may_order_before_anybody_received(world: World) -> None:
    case = await world.case()
    await review.return_to_centre(world["senior"], case.id, WHY)
    await review.order(world["supervisor"], case.id, TEXT, ["EDU-c1"])
    await case.refresh_from_db()
    assert [user.username for user in await staff.holders(case)] == ["county"]
    row = await Referral.get(case_id=case.id)
    await referrals.report(world["county"], row.id, "باجه باز شد", "")
    await case.refresh_from_db()
    assert (case.status, case.at_centre) == (CaseStatus.UNDER_REVIEW, True)
    assert [user.username for user in await staff.holders(case)] == ["supervisor"]
    assert (await answered(world, case, "supervisor")).status is CaseStatus.ANSWERED


async def test_the_world_has_the_four_levels(world: World) -> None:
    assert [unit.level for unit in await staff.ancestry(world.units["EDU-c1"])] == list(AgencyLevel)
    assert await Case.all().count() == 0
