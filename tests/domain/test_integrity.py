"""Cases that went through the use cases keep every promise, at every step."""

from __future__ import annotations

from domain import closing, integrity, jobs, questions, referrals, results, review, work
from models import Case, Referral
from models.enums import CaseStatus
from tests.support.world import World

RESULT = "باجه از ساعت مقرر باز است و تذکر داده شد."


async def sound() -> bool:
    return await integrity.check() == []


async def run_jobs() -> None:
    while batch := await jobs.claim(50, kinds=list(work.HANDLERS)):
        for job in batch:
            await work.run(job)


async def newest(case: Case) -> Referral:
    found = await Referral.filter(case_id=case.id).order_by("-id").first()
    assert found is not None
    return found


async def test_an_empty_service_is_sound(world: World) -> None:
    assert await sound()


async def test_four_levels_a_question_and_a_withdrawal(world: World) -> None:
    case = await world.case()
    assert await sound()
    await review.order(world["senior"], case.id, "بررسی شود", ["EDU-S", "EDU-p2"])
    top = await Referral.filter(case_id=case.id).order_by("id").first()
    assert top is not None
    await referrals.refer(world["subsidiary"], top.id, ["EDU-p1"], "بررسی شود")
    await referrals.refer(world["provincial"], (await newest(case)).id, ["EDU-c1"], "بررسی شود")
    assert await sound()
    await referrals.report(world["county"], (await newest(case)).id, "انجام شد", "بازدید")
    assert await sound()
    await questions.ask(world["provincial"], case.id, "شماره باجه را بنویسید")
    assert await sound()
    await closing.withdraw(world["supervisor"], case.id, "کارش انجام شد")
    assert await sound()


async def test_misrouted_duplicate_and_without_senior(world: World) -> None:
    first, second = await world.case(), await world.case("+989121110000")
    await closing.mark_duplicate(world["senior"], second.id, first.tracking_code)
    assert await sound()
    await review.return_to_centre(world["senior"], first.id, "موضوع این دستگاه نیست")
    assert await sound()
    await review.reroute(world["supervisor"], first.id, "CUL", "دستگاه صحیح")
    assert await sound()
    await review.reroute(world["supervisor"], first.id, "ENE", "دستگاه صحیح")
    assert await sound()


async def test_a_breach_silence_and_a_call_within_the_week(world: World) -> None:
    case = await world.case()
    world.clock.forward(hours=30)
    await run_jobs()
    assert await sound()
    await results.record(world["senior"], case.id, RESULT)
    await world.delivered(case)
    for _ in range(8):
        world.clock.forward(hours=13)
        await run_jobs()
        assert await sound()
    await case.refresh_from_db()
    assert case.status is CaseStatus.CLOSED
    await closing.reopen(world["supervisor"], case.id, "کار انجام نشده است")
    assert await sound()
