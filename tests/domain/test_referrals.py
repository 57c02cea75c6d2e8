"""Handling on four levels at once (S4): children report to parents, the last to the senior."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from domain import clock, closing, notes, permissions, questions, referrals, review
from domain.actors import Actor
from models import Case, CaseEvent, Notification, Referral, User
from models.enums import CaseStatus, ReferralStatus
from tests.support.life import answered_by_county, asked, ordered, text_in
from tests.support.refusals import BAD_CODES, refused, refuses, refuses_texts
from tests.support.world import World

DONE, WHY, DO = "مشکل برطرف شد", "مربوط به ما نیست", "بررسی شود"


async def state(row: Referral) -> ReferralStatus:
    await row.refresh_from_db()
    return row.status


async def status(case: Case) -> CaseStatus:
    await case.refresh_from_db()
    return case.status


async def told(world: World, name: str) -> list[str]:
    rows = await Notification.filter(user_id=world.users[name].id).order_by("id")
    return [row.kind for row in rows]


async def chain(world: World, case: Case) -> list[Referral]:
    """Main, subsidiary, provincial and county, each referred by the one before."""
    rows = await ordered(world, case, "EDU")
    for name, below in (("main", "EDU-S"), ("subsidiary", "EDU-p1"), ("provincial", "EDU-c1")):
        rows += await referrals.refer(world[name], rows[-1].id, [below], DO)
    return rows


async def test_four_levels_down_and_up_again(world: World) -> None:
    case = await world.case()
    rows = await chain(world, case)
    waiting = ReferralStatus.REFERRED
    assert [await state(row) for row in rows] == [waiting] * 3 + [ReferralStatus.PENDING]
    for row, name in zip(rows[:3], ("main", "subsidiary", "provincial"), strict=True):
        await refused(referrals.report(world[name], row.id, DONE, ""), "wrong_state")
        await refused(referrals.give_back(world[name], row.id, WHY), "wrong_state")
    for row, name in reversed(
        list(zip(rows, ("main", "subsidiary", "provincial", "county"), strict=True))
    ):
        assert await status(case) is CaseStatus.IN_HANDLING
        await referrals.report(world[name], row.id, DONE, "بازدید شد")
        assert await state(row) is ReferralStatus.REPORTED
        if row.parent_id is not None:
            parent = await Referral.get(id=row.parent_id)
            assert parent.status is ReferralStatus.ACCEPTED
    assert await status(case) is CaseStatus.UNDER_REVIEW
    assert await told(world, "senior") == ["new_case", "all_reported"]
    assert await told(world, "provincial") == ["referral", "children_reported"]


async def test_several_units_on_several_levels_at_once(world: World) -> None:
    case = await world.case()
    county, fars, top = await ordered(world, case, "EDU-c1", "EDU-p2", "EDU-S")
    [province] = await referrals.refer(world["subsidiary"], top.id, ["EDU-p1"], DO)
    await referrals.report(world["county"], county.id, DONE, "")
    await referrals.give_back(world["fars"], fars.id, WHY)
    assert await status(case) is CaseStatus.IN_HANDLING
    await referrals.report(world["provincial"], province.id, DONE, "")
    assert await status(case) is CaseStatus.IN_HANDLING
    await referrals.report(world["subsidiary"], top.id, DONE, "")
    assert await status(case) is CaseStatus.UNDER_REVIEW
    assert [await state(row) for row in (county, fars, top)] == ["reported", "returned", "reported"]


async def test_a_parent_waits_for_all_of_its_children(world: World) -> None:
    case = await world.case()
    [main] = await ordered(world, case, "EDU")
    first, second = await referrals.refer(world["main"], main.id, ["EDU-S", "EDU-p2"], DO)
    await referrals.report(world["subsidiary"], first.id, DONE, "")
    assert await state(main) is ReferralStatus.REFERRED
    await referrals.give_back(world["fars"], second.id, WHY)
    assert await state(main) is ReferralStatus.ACCEPTED
    again = await referrals.refer(world["main"], main.id, ["EDU-p2"], DO)
    assert len(again) == 1 and await state(main) is ReferralStatus.REFERRED


async def test_the_last_one_returned_brings_the_case_back(world: World) -> None:
    case = await world.case()
    [row] = await ordered(world, case)
    await referrals.give_back(world["county"], row.id, WHY)
    await row.refresh_from_db()
    assert await status(case) is CaseStatus.UNDER_REVIEW
    assert (row.return_reason, row.finished_at) == (WHY, world.clock.at)
    assert await Referral.filter(status=ReferralStatus.RETURNED).count() == 1
    entry = await CaseEvent.get(case_id=case.id, kind="returned")
    assert (entry.text, entry.referral_id) == (WHY, row.id)


async def test_a_report_is_kept_whole(world: World) -> None:
    case = await world.case()
    [row] = await ordered(world, case)
    world.clock.forward(minutes=7)
    await referrals.accept(world["county"], row.id)
    await refused(referrals.accept(world["county"], row.id), "wrong_state")
    world.clock.forward(minutes=7)
    await referrals.report(world["county"], row.id, DONE, "بازدید\nتذکر")
    await row.refresh_from_db()
    assert (row.result, row.actions, row.finished_at) == (DONE, "بازدید\nتذکر", world.clock.at)
    assert row.accepted_at is not None and row.accepted_at < world.clock.at
    for act in (
        referrals.accept(world["county"], row.id),
        referrals.report(world["county"], row.id, DONE, ""),
        referrals.give_back(world["county"], row.id, WHY),
        referrals.refer(world["county"], row.id, ["EDU-c1"], DO),
    ):
        await refused(act, "wrong_state")


async def test_first_action_is_noted_once(world: World) -> None:
    case = await world.case()
    world.clock.forward(minutes=9)
    [row] = await ordered(world, case)
    first = world.clock.at
    world.clock.forward(minutes=9)
    await referrals.accept(world["county"], row.id)
    await referrals.report(world["county"], row.id, DONE, "")
    assert (await clock.current_round(case)).first_action_at == first


@pytest.mark.parametrize(
    ("kind", "act"),
    [
        ("accepted", lambda actor, key: referrals.accept(actor, key)),
        ("referred", lambda actor, key: referrals.refer(actor, key, ["EDU-c1"], DO)),
        ("reported", lambda actor, key: referrals.report(actor, key, DONE, "")),
        ("returned", lambda actor, key: referrals.give_back(actor, key, WHY)),
    ],
)
async def test_each_act_is_on_the_timeline_and_may_be_the_first(
    world: World, kind: str, act: Callable[[Actor, int], Awaitable[object]]
) -> None:
    """After a reopening nobody ordered anything: the unit acts first."""
    case = await world.case()
    await asked(world, await answered_by_county(world, case))
    await text_in("1")
    await case.refresh_from_db()
    row = await Referral.get(case_id=case.id, round__number=2)
    assert (await clock.current_round(case)).first_action_at is None
    version = case.version
    world.clock.forward(minutes=3)
    await act(world["provincial"], row.id)
    await case.refresh_from_db()
    await row.refresh_from_db()
    assert (await clock.current_round(case)).first_action_at == world.clock.at
    assert case.version > version and case.updated_at == world.clock.at
    taken_on = None if kind == "returned" else world.clock.at
    assert row.accepted_at == taken_on
    entry = await CaseEvent.filter(case_id=case.id, kind=kind).order_by("-id").first()
    assert entry is not None and entry.user_id == world.users["provincial"].id
    assert (entry.at, entry.round_number) == (world.clock.at, 2)


async def test_one_case_does_not_touch_another(world: World) -> None:
    case, other = await world.case(), await world.case()
    [row] = await ordered(world, case)
    [theirs] = await ordered(world, other)
    await referrals.report(world["county"], row.id, DONE, "")
    assert await status(case) is CaseStatus.UNDER_REVIEW
    assert await state(theirs) is ReferralStatus.PENDING
    assert await referrals.held_open(world["county"], [case.id, other.id]) == {other.id}
    await refused(notes.add(world["county"], case.id, "یادداشت"), "forbidden")
    [again] = await ordered(world, case)
    await closing.withdraw(world["operator"], case.id, "منصرف شدم")
    assert [await state(r) for r in (row, again, theirs)] == ["reported", "cancelled", "pending"]
    entry = await CaseEvent.get(kind="referral_cancelled")
    assert (entry.case_id, entry.referral_id) == (case.id, again.id)


async def test_each_report_is_news_though_others_still_work(world: World) -> None:
    case = await world.case()
    [main] = await ordered(world, case, "EDU")
    await referrals.accept(world["main"], main.id)
    accepted_at = world.clock.at
    world.clock.forward(minutes=4)
    children = await referrals.refer(world["main"], main.id, ["EDU-S", "EDU-p2"], DO)
    await main.refresh_from_db()
    assert main.accepted_at == accepted_at
    for name, row in zip(("subsidiary", "fars"), children, strict=True):
        before = (await Case.get(id=case.id)).version
        world.clock.forward(minutes=4)
        await referrals.report(world[name], row.id, DONE, "")
        await case.refresh_from_db()
        assert case.version > before and case.updated_at == world.clock.at
    entry = await CaseEvent.get(case_id=case.id, kind="children_reported")
    assert (entry.referral_id, entry.actor_kind) == (main.id, "system")


async def test_refer_only_below_and_never_twice(world: World) -> None:
    case = await world.case()
    [row] = await ordered(world, case, "EDU-p1")

    async def refer(units: object) -> object:
        return await referrals.refer(world["provincial"], row.id, units, DO)  # type: ignore[arg-type]

    await refuses(refer, [["EDU-p1"], ["EDU"], ["EDU-S"], ["EDU-p2"]], ("not_below", "units"))
    await refuses(refer, [[code] for code in [*BAD_CODES, "ENE"]], ("unknown", "units"))
    await refuses(refer, [[], None], ("required", "units"), ("invalid", "units"))
    await ordered(world, case, "EDU-c1")
    await refuses(refer, [["EDU-c1"]], ("already_referred", "units"))


async def test_no_work_goes_down_to_an_empty_chair(world: World) -> None:
    case = await world.case()
    [row] = await ordered(world, case, "EDU-p1")
    await User.filter(id=world.users["county"].id).update(active=False)
    await refused(referrals.refer(world["provincial"], row.id, ["EDU-c1"], DO), "no_coordinator")


async def test_bad_input_and_stale_versions(world: World) -> None:
    case = await world.case()
    [row] = await ordered(world, case, "EDU-p1")
    actor, old = world["provincial"], case.version
    await refuses_texts(
        lambda v: referrals.refer(actor, row.id, ["EDU-c1"], v), "instruction", 5, 2000
    )
    await refuses_texts(lambda v: referrals.report(actor, row.id, v, ""), "result", 5, 2000)
    await refuses_texts(lambda v: referrals.report(actor, row.id, DONE, v), "actions", 0, 2000)
    await refuses_texts(lambda v: referrals.give_back(actor, row.id, v), "reason", 5, 500)
    for act in (
        referrals.accept(actor, row.id, old),
        referrals.refer(actor, row.id, ["EDU-c1"], DO, old),
        referrals.report(actor, row.id, DONE, "", old),
        referrals.give_back(actor, row.id, WHY, old),
    ):
        await refused(act, "stale")


async def test_nobody_works_while_the_citizen_is_asked(world: World) -> None:
    case = await world.case()
    county, _ = await ordered(world, case, "EDU-c1", "EDU-p2")
    await questions.ask(world["fars"], case.id, "شماره باجه چند است؟")
    await refused(referrals.report(world["county"], county.id, DONE, ""), "wrong_state")
    await text_in("باجه ۳")
    assert await status(case) is CaseStatus.IN_HANDLING
    await referrals.report(world["county"], county.id, DONE, "")


@pytest.mark.parametrize("name", ["county", "provincial"])
async def test_only_the_unit_itself_holds_the_work(world: World, name: str) -> None:
    case = await world.case()
    [row] = await ordered(world, case, "EDU-c1")
    fresh = await Referral.get(id=row.id).select_related("agency")
    await case.refresh_from_db()
    may = permissions.referral_acts(world[name], case, fresh)
    assert bool(may) is (name == "county")
    assert await referrals.holds_open(world[name], case) is (name == "county")


async def test_a_second_order_adds_units_while_others_work(world: World) -> None:
    case = await world.case()
    [first] = await ordered(world, case)
    [second] = await ordered(world, case, "EDU-p2")
    await referrals.report(world["county"], first.id, DONE, "")
    assert await status(case) is CaseStatus.IN_HANDLING
    await referrals.report(world["fars"], second.id, DONE, "")
    assert await status(case) is CaseStatus.UNDER_REVIEW
    await refused(review.order(world["senior"], case.id, DO, ["EDU-c1"], 2), "out_of_range")
