"""The citizen's 3-hour clock: what moves it, and how much, and what never does."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import clock, closing, notes, questions, referrals, review
from domain.errors import DomainError
from models import ActionOrder, Case, Referral, Round
from models.enums import CaseStatus
from tests.support.life import SENDER, answered, asked, ordered, run_jobs, text_in
from tests.support.world import START, World

LIMIT = timedelta(hours=3)


async def due(case: Case) -> timedelta:
    """Length of the clock so far; the same for the case and its round."""
    await case.refresh_from_db()
    current = await clock.current_round(case)
    assert current.due_at == case.due_at
    return case.due_at - current.started_at


async def test_registration_starts_it(world: World) -> None:
    case = await world.case()
    assert case.registered_at == START and await due(case) == LIMIT
    world.clock.forward(hours=1)
    assert clock.remaining(case) == timedelta(hours=2)
    world.clock.forward(hours=3)
    assert clock.remaining(case) == timedelta(hours=-1)


async def test_handling_never_touches_it(world: World) -> None:
    case = await world.case()
    world.clock.forward(minutes=10)
    [province] = await ordered(world, case, "EDU-p1")
    world.clock.forward(minutes=10)
    await referrals.accept(world["provincial"], province.id)
    [county] = await referrals.refer(world["provincial"], province.id, ["EDU-c1"], "بررسی شود")
    world.clock.forward(minutes=10)
    await referrals.report(world["county"], county.id, "باجه باز شد", "")
    await referrals.report(world["provincial"], province.id, "باجه باز شد", "")
    await case.refresh_from_db()
    assert case.status is CaseStatus.UNDER_REVIEW and await due(case) == LIMIT
    [again] = await ordered(world, case, "EDU-S")
    await referrals.give_back(world["subsidiary"], again.id, "مربوط به ما نیست")
    await notes.add(world["senior"], case.id, "یادداشت")
    assert await due(case) == LIMIT


async def test_a_wrong_agency_costs_the_citizen_nothing(world: World) -> None:
    case = await world.case()
    world.clock.forward(minutes=20)
    await review.return_to_centre(world["senior"], case.id, "مربوط به نیرو است")
    world.clock.forward(minutes=20)
    await review.reroute(world["supervisor"], case.id, "ENE", "قطعی برق")
    assert await due(case) == LIMIT
    assert clock.remaining(case) == timedelta(minutes=140)


@pytest.mark.parametrize("minutes", [0, 1, 75, 23 * 60 + 59])
async def test_it_goes_on_with_what_was_left(world: World, minutes: int) -> None:
    case = await world.case()
    world.clock.forward(minutes=50)
    await questions.ask(world["senior"], case.id, "شماره باجه چند است؟")
    await case.refresh_from_db()
    for _ in range(2):
        assert clock.remaining(case) == timedelta(minutes=130)
        world.clock.forward(minutes=minutes / 2)
    await text_in("باجه ۳", SENDER)
    assert await due(case) == LIMIT + timedelta(minutes=minutes)
    assert clock.remaining(case) == timedelta(minutes=130)
    assert (await Round.get(case_id=case.id)).paused_seconds == minutes * 60


async def test_what_is_over_stays_over_by_as_much(world: World) -> None:
    case = await world.case()
    world.clock.forward(hours=4)
    await questions.ask(world["senior"], case.id, "شماره باجه چند است؟")
    world.clock.forward(hours=5)
    await text_in("باجه ۳")
    await case.refresh_from_db()
    assert clock.remaining(case) == timedelta(hours=-1)


async def test_deadlines_of_units_wait_too(world: World) -> None:
    case = await world.case()
    done, running = await ordered(world, case, "EDU-p1", "EDU-c1", minutes=120)
    await referrals.report(world["provincial"], done.id, "انجام شد", "")
    world.clock.forward(minutes=15)
    await questions.ask(world["county"], case.id, "شماره باجه چند است؟")
    world.clock.forward(minutes=100)
    await text_in("باجه ۳")
    later = timedelta(minutes=100)
    assert (await Referral.get(id=running.id)).due_at == running.due_at + later
    assert (await Referral.get(id=done.id)).due_at == done.due_at
    order = await ActionOrder.get(case_id=case.id)
    assert order.due_at == START + timedelta(minutes=120) + later
    await case.refresh_from_db()
    assert case.status is CaseStatus.IN_HANDLING


async def test_silence_of_a_day_ends_the_pause(world: World) -> None:
    case = await world.case()
    await questions.ask(world["senior"], case.id, "شماره باجه چند است؟")
    world.clock.forward(hours=23, minutes=59)
    await run_jobs()
    assert (await Case.get(id=case.id)).status is CaseStatus.WAITING_CITIZEN
    world.clock.forward(minutes=1)
    await run_jobs()
    assert await due(case) == LIMIT + timedelta(hours=24)
    assert case.status is CaseStatus.UNDER_REVIEW


@pytest.mark.parametrize("reply", ["jobs", "text", "withdrawal"])
async def test_a_pause_ends_after_a_day_also_when_no_worker_ran(world: World, reply: str) -> None:
    case = await world.case()
    await questions.ask(world["senior"], case.id, "شماره باجه چند است؟")
    world.clock.forward(hours=40)
    if reply == "withdrawal":
        await closing.withdraw(world["supervisor"], case.id, "به درخواست شهروند")
    elif reply == "text":
        await text_in("باجه ۳")
    else:
        await run_jobs()
    assert await due(case) == LIMIT + timedelta(hours=24)
    assert (await Round.get(case_id=case.id)).paused_seconds == 24 * 3600


async def test_all_pauses_together_last_a_day(world: World) -> None:
    case = await world.case()
    for hours in (10, 13):
        await questions.ask(world["senior"], case.id, "شماره باجه چند است؟")
        world.clock.forward(hours=hours)
        await text_in("باجه ۳")
    question = await questions.ask(world["senior"], case.id, "شماره باجه چند است؟")
    assert question.expires_at - question.asked_at == timedelta(hours=1)
    world.clock.forward(hours=1)
    await run_jobs()
    await case.refresh_from_db()
    before = case.version
    with pytest.raises(DomainError, match="24 hours"):
        await questions.ask(world["senior"], case.id, "شماره باجه چند است؟")
    await case.refresh_from_db()
    assert (case.version, case.status) == (before, CaseStatus.UNDER_REVIEW)
    assert await due(case) == LIMIT + timedelta(hours=24)


async def test_what_an_answer_took_is_without_the_pauses(world: World) -> None:
    case = await world.case()
    assert clock.taken(await clock.current_round(case)) is None
    world.clock.forward(minutes=10)
    await questions.ask(world["senior"], case.id, "چه ساعتی مراجعه کردید؟")
    world.clock.forward(minutes=30)
    await text_in("بله، ساعت ۹ بود")
    world.clock.forward(minutes=20)
    await answered(world, case)
    assert clock.taken(await clock.current_round(case)) == timedelta(minutes=30)


async def test_an_answer_stops_it_and_a_reopening_starts_another(world: World) -> None:
    case = await world.case()
    world.clock.forward(hours=1)
    await answered(world, case)
    await asked(world, case)
    await case.refresh_from_db()
    assert clock.remaining(case) == timedelta(hours=2)
    await text_in("1")
    first, second = await Round.filter(case_id=case.id).order_by("number")
    assert first.due_at == START + LIMIT
    assert second.started_at == world.clock.at and await due(case) == LIMIT


async def test_who_acts_first_is_noted_once(world: World) -> None:
    case = await world.case()
    assert (await Round.get(case_id=case.id)).first_action_at is None
    world.clock.forward(minutes=5)
    await ordered(world, case)
    first = (await Round.get(case_id=case.id)).first_action_at
    assert first == START + timedelta(minutes=5)
    world.clock.forward(minutes=5)
    await questions.ask(world["senior"], case.id, "شماره باجه چند است؟")
    await text_in("باجه ۳")
    assert (await Round.get(case_id=case.id)).first_action_at == first


@given(st.integers(-600, 600), st.integers(0, 1440))
def test_a_deadline_after_a_pause_is_as_far_as_before(left: int, pause: int) -> None:
    due_at = START + timedelta(minutes=left)
    moment = START + timedelta(minutes=pause)
    moved = clock.moved(due_at, START, moment)
    assert clock.until(moved, moment) == clock.until(due_at, START) == timedelta(minutes=left)
