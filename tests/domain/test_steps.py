"""The six steps: where a case stands, and when it passed what is behind it."""

from __future__ import annotations

from datetime import timedelta

from domain import closing, questions, referrals, review, steps
from domain.steps import Step
from models import Case, CaseEvent, Referral, Round
from tests.support.life import answered
from tests.support.world import START, World


async def number(case: Case) -> int:
    await case.refresh_from_db()
    running = await Round.filter(case_id=case.id).order_by("-number").first()
    assert running is not None
    return steps.current(case, running.id, await Referral.filter(case_id=case.id))


async def passed(case: Case) -> dict[Step, int | None]:
    """Minutes from the registration to the end of each step that is passed."""
    running = await Round.filter(case_id=case.id).order_by("-number").first()
    assert running is not None
    events = await CaseEvent.filter(case_id=case.id).order_by("id")
    found = steps.passed(case, running, events, await number(case))
    return {
        step: None if at is None else (at - START) // timedelta(minutes=1)
        for step, at in found.items()
    }


async def test_the_steps_of_a_case(world: World) -> None:
    case = await world.case()
    assert await number(case) == 3
    await questions.ask(world["senior"], case.id, "چه ساعتی مراجعه کردید؟")
    assert await number(case) == 3
    other = await world.case("+989350000001", agency="CUL")
    assert await number(other) == 2
    case = await world.case("+989350000002")
    world.clock.forward(minutes=10)
    await review.order(world["senior"], case.id, "بررسی و رفع مشکل باجه", ["EDU-p1"])
    assert await number(case) == 4
    world.clock.forward(minutes=10)
    top = await Referral.get(case_id=case.id)
    await referrals.report(world["provincial"], top.id, "باجه باز شد", "")
    assert await number(case) == 5
    world.clock.forward(minutes=10)
    await answered(world, case)
    assert await number(case) == 6
    assert await passed(case) == {
        Step.CALL: 0,
        Step.REGISTRATION: 0,
        Step.REVIEW: 10,
        Step.HANDLING: 20,
        Step.RESULT: 30,
    }


async def test_an_answer_without_an_order_and_an_end_without_an_answer(world: World) -> None:
    case = await world.case()
    await answered(world, case)
    assert (await passed(case))[Step.REVIEW] is None
    world.clock.forward(minutes=5)
    case = await world.case("+989350000001")
    await closing.withdraw(world["operator"], case.id, "دیگر لازم نیست")
    assert await number(case) == steps.DONE
    found = await passed(case)
    assert (found[Step.RESULT], found[Step.FEEDBACK]) == (None, 5)
