"""Reopening one level above whoever produced the result (S6), never to an empty chair."""

from __future__ import annotations

import pytest

from domain import closing, escalation, referrals, review, staff
from domain.clock import current_round
from models import Case, CaseEvent, Notification, Referral, Round, User
from models.enums import CaseStatus, DecisionLevel
from tests.support.life import answered, answered_by_county, asked, ordered, text_in
from tests.support.world import World


async def off(world: World, *names: str) -> None:
    await User.filter(id__in=[world.users[name].id for name in names]).update(active=False)


async def dissatisfied(world: World, case: Case) -> Case:
    await asked(world, case)
    await text_in("1")
    await case.refresh_from_db()
    return case


async def by(world: World, case: Case, unit: str, name: str) -> Case:
    """Answered on the report of one unit."""
    [row] = await ordered(world, case, unit)
    await referrals.report(world[name], row.id, "بررسی شد", "")
    return await answered(world, case)


@pytest.mark.parametrize(
    ("unit", "name", "level", "next_unit"),
    [
        ("EDU-c1", "county", DecisionLevel.PROVINCIAL, "EDU-p1"),
        ("EDU-p1", "provincial", DecisionLevel.SUBSIDIARY, "EDU-S"),
        ("EDU-p2", "fars", DecisionLevel.MAIN, None),
        ("EDU-S", "subsidiary", DecisionLevel.MAIN, None),
        ("EDU", "main", DecisionLevel.NATIONAL, None),
        (None, None, DecisionLevel.NATIONAL, None),
    ],
)
async def test_one_level_above_the_producer(
    world: World, unit: str | None, name: str | None, level: DecisionLevel, next_unit: str | None
) -> None:
    case = await world.case()
    if unit is None or name is None:
        await answered(world, case)
    else:
        await by(world, case, unit, name)
    await dissatisfied(world, case)
    current = await current_round(case)
    assert (current.number, current.level, case.reopened) == (2, level, 1)
    assert current.started_at == world.clock.at
    assert case.at_centre is (level is DecisionLevel.NATIONAL)
    referral = await Referral.filter(round_id=current.id).select_related("agency").first()
    if next_unit is None:
        assert referral is None and case.status is CaseStatus.UNDER_REVIEW
        holder = "supervisor" if case.at_centre else "senior"
        assert await Notification.filter(kind="reopened", user_id=world.users[holder].id).exists()
    else:
        assert referral is not None and referral.agency.code == next_unit
        assert case.status is CaseStatus.IN_HANDLING
    assert [u.username for u in await staff.holders(case)] != []


@pytest.mark.parametrize(
    ("absent", "level", "status"),
    [
        (("provincial",), DecisionLevel.SUBSIDIARY, CaseStatus.IN_HANDLING),
        (("provincial", "subsidiary"), DecisionLevel.MAIN, CaseStatus.UNDER_REVIEW),
        (("provincial", "subsidiary", "main"), DecisionLevel.MAIN, CaseStatus.UNDER_REVIEW),
        (("provincial", "subsidiary", "senior"), DecisionLevel.NATIONAL, CaseStatus.UNDER_REVIEW),
    ],
)
async def test_an_empty_chair_passes_the_case_up(
    world: World, absent: tuple[str, ...], level: DecisionLevel, status: CaseStatus
) -> None:
    case = await world.case()
    await answered_by_county(world, case)
    await off(world, *absent)
    await dissatisfied(world, case)
    assert ((await current_round(case)).level, case.status) == (level, status)
    holders = await staff.holders(case)
    assert holders and all(user.active for user in holders)


async def test_the_highest_of_several_producers_counts(world: World) -> None:
    case = await world.case()
    county, province = await ordered(world, case, "EDU-c1", "EDU-p2")
    await referrals.report(world["county"], county.id, "بررسی شد", "")
    await referrals.report(world["fars"], province.id, "بررسی شد", "")
    await answered(world, case)
    current = await Round.get(case_id=case.id)
    assert current.producer_id == world.units["EDU-p2"].id


async def test_only_reports_of_the_round_count(world: World) -> None:
    """Neither those of other cases nor of earlier rounds; here the senior answers round two."""
    case, other = await world.case(), await world.case()
    await by(world, other, "EDU-S", "subsidiary")
    await answered_by_county(world, case)
    assert (await current_round(case)).producer_id == world.units["EDU-c1"].id
    await dissatisfied(world, case)
    row = await Referral.get(case_id=case.id, round__number=2)
    await referrals.give_back(world["provincial"], row.id, "ستاد باید پاسخ دهد")
    await answered(world, case)
    current = await current_round(case)
    assert (current.producer_id, current.producer_level) == (
        world.units["EDU"].id,
        DecisionLevel.MAIN,
    )
    await dissatisfied(world, case)
    assert (await current_round(case)).level is DecisionLevel.NATIONAL


async def test_the_centre_decides_whoever_reports_to_it(world: World) -> None:
    case = await world.case()
    await answered(world, case)
    await dissatisfied(world, case)
    await review.order(world["supervisor"], case.id, "بررسی شود", ["EDU-c1"])
    row = await Referral.get(case_id=case.id)
    await referrals.report(world["county"], row.id, "بررسی شد", "")
    await answered(world, case, "supervisor")
    current = await current_round(case)
    assert (current.producer_id, current.producer_level) == (None, DecisionLevel.NATIONAL)
    await dissatisfied(world, case)
    assert (case.status, case.round) == (CaseStatus.CLOSED, 2)


async def test_what_the_centre_answered_for_an_agency_without_a_senior(world: World) -> None:
    case = await world.case(agency="CUL")
    assert (case.status, case.at_centre) == (CaseStatus.REGISTERED, True)
    await answered(world, case, "supervisor")
    assert (await current_round(case)).producer_level is DecisionLevel.NATIONAL
    await dissatisfied(world, case)
    assert (await current_round(case)).level is DecisionLevel.NATIONAL
    assert case.at_centre and case.status is CaseStatus.UNDER_REVIEW


async def test_whoever_only_passed_a_report_on_did_not_produce_it(world: World) -> None:
    case = await world.case()
    [province] = await ordered(world, case, "EDU-p1")
    [county] = await referrals.refer(world["provincial"], province.id, ["EDU-c1"], "بررسی شود")
    await referrals.report(world["county"], county.id, "بررسی شد", "")
    await referrals.report(world["provincial"], province.id, "تأیید می‌شود", "")
    await answered(world, case)
    assert (await Round.get(case_id=case.id)).producer_id == world.units["EDU-c1"].id


async def test_a_parent_whose_child_gave_back_produced_the_result(world: World) -> None:
    case = await world.case()
    [province] = await ordered(world, case, "EDU-p1")
    [county] = await referrals.refer(world["provincial"], province.id, ["EDU-c1"], "بررسی شود")
    await referrals.give_back(world["county"], county.id, "مربوط به ما نیست")
    await referrals.report(world["provincial"], province.id, "بررسی شد", "")
    await answered(world, case)
    assert (await Round.get(case_id=case.id)).producer_id == world.units["EDU-p1"].id


async def test_never_below_a_level_that_has_decided(world: World) -> None:
    """In the second round the province is passed over: it has decided already."""
    case = await world.case()
    await answered_by_county(world, case)
    await dissatisfied(world, case)
    second = await Referral.get(case_id=case.id, round__number=2)
    await referrals.give_back(world["provincial"], second.id, "شهرستان باید پاسخ دهد")
    await by(world, case, "EDU-c1", "county")
    await dissatisfied(world, case)
    assert (await current_round(case)).level is DecisionLevel.SUBSIDIARY


async def test_the_centres_verdict_is_final(world: World) -> None:
    case = await world.case()
    await answered(world, case)
    await dissatisfied(world, case)
    await answered(world, case, "supervisor")
    await dissatisfied(world, case)
    assert (case.status, case.round, case.rating) == (CaseStatus.CLOSED, 2, 1)
    assert await CaseEvent.filter(case_id=case.id, kind="final_verdict").count() == 1
    assert await escalation.reopen(case, world["operator"]) is False
    await case.refresh_from_db()
    assert case.status is CaseStatus.CLOSED


async def test_both_rounds_are_kept(world: World) -> None:
    case = await world.case()
    await answered_by_county(world, case)
    first = await Round.get(case_id=case.id)
    await dissatisfied(world, case)
    again = await Round.get(id=first.id)
    assert (again.due_at, again.answered_at, again.result) == (
        first.due_at,
        first.answered_at,
        first.result,
    )
    assert (case.answered_at, case.closed_at, case.rating) == (None, None, None)
    assert case.due_at == (await current_round(case)).due_at


async def test_at_most_twice_below_the_centre(world: World) -> None:
    case = await world.case()
    await answered_by_county(world, case)
    await dissatisfied(world, case)
    for name in ("provincial", "subsidiary"):
        row = await Referral.filter(case_id=case.id).order_by("-id").first()
        assert row is not None
        await referrals.report(world[name], row.id, "بررسی شد", "")
        await answered(world, case)
        await dissatisfied(world, case)
    assert (case.at_centre, case.reopened, case.round) == (True, 3, 4)
    rounds = await Round.filter(case_id=case.id).order_by("number")
    assert [row.level.value for row in rounds] == ["main", "provincial", "subsidiary", "national"]


async def test_reopened_on_the_telephone_it_climbs_as_well(world: World) -> None:
    case = await world.case()
    await answered_by_county(world, case)
    await asked(world, case)
    await text_in("3")
    await closing.reopen(world["operator"], case.id, "دوباره بسته شد")
    await case.refresh_from_db()
    assert (await current_round(case)).level is DecisionLevel.PROVINCIAL
