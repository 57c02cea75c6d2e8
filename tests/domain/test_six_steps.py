"""The six steps as use cases: satisfied, and dissatisfied up to the national centre."""

from __future__ import annotations

from domain import conversation, jobs, referrals, results, review, work
from models import Case, Feedback, InboxMessage, Referral, Round, Survey
from models.database import transaction
from models.enums import CaseStatus, DecisionLevel, SurveyState
from tests.support.world import LINE, World


async def run_jobs() -> None:
    """Do everything that is due, as the worker does, but for sending."""
    while batch := await jobs.claim(50, kinds=list(work.HANDLERS)):
        for job in batch:
            await work.run(job)


async def text_in(text: str, sender: str = "09121234567") -> None:
    count = await InboxMessage.all().count()
    async with transaction():
        await conversation.receive("kavenegar", f"in-{count}", sender, LINE, text)
    await run_jobs()


async def answer_by_county(world: World, case: Case) -> Case:
    await review.order(world["senior"], case.id, "بررسی و رفع مشکل باجه", ["EDU-c1"])
    referral = await Referral.filter(case_id=case.id).order_by("-id").first()
    assert referral is not None
    await referrals.accept(world["county"], referral.id)
    await referrals.report(world["county"], referral.id, "باجه باز شد و تذکر داده شد", "بازدید")
    [answered] = await results.record(
        world["senior"], case.id, "باجه از ساعت ۸ باز است و به کارمند تذکر داده شد."
    )
    return answered


async def ask_survey(world: World, case: Case) -> Survey:
    await world.delivered(case)
    world.clock.forward(minutes=46)
    await run_jobs()
    found = await Survey.filter(case_id=case.id).order_by("-id").first()
    assert found is not None
    return found


async def test_a_satisfied_citizen_closes_the_case(world: World) -> None:
    case = await world.case()
    assert case.status is CaseStatus.UNDER_REVIEW
    case = await answer_by_county(world, case)
    assert case.status is CaseStatus.ANSWERED
    asked = await ask_survey(world, case)
    assert asked.state is SurveyState.ASKED
    await text_in("۵")
    await case.refresh_from_db()
    assert (case.status, case.rating) == (CaseStatus.CLOSED, 5)
    await text_in("ممنون از پیگیری")
    verdict = await Feedback.get(case_id=case.id)
    assert verdict.comment == "ممنون از پیگیری"


async def test_dissatisfaction_climbs_one_level_at_a_time_to_the_centre(world: World) -> None:
    case = await world.case()
    await answer_by_county(world, case)
    await ask_survey(world, case)
    await text_in("1")
    await case.refresh_from_db()
    assert (case.status, case.round, case.reopened) == (CaseStatus.IN_HANDLING, 2, 1)
    second = await Referral.filter(case_id=case.id, round__number=2).select_related("agency").get()
    assert second.agency.code == "EDU-p1"

    await text_in("باجه هنوز بسته است")
    await referrals.report(world["provincial"], second.id, "بازدید استانی انجام شد", "")
    await results.record(world["senior"], case.id, "استان موضوع را پیگیری کرد و باجه باز است.")
    await ask_survey(world, case)
    await text_in("2 هنوز حل نشده")
    await case.refresh_from_db()
    third = await Referral.filter(case_id=case.id, round__number=3).select_related("agency").get()
    assert third.agency.code == "EDU-S"

    await referrals.report(world["subsidiary"], third.id, "سازمان موضوع را بررسی کرد", "")
    await results.record(world["senior"], case.id, "سازمان موضوع را پیگیری کرد و باجه باز است.")
    await ask_survey(world, case)
    await text_in("۱")
    await case.refresh_from_db()
    assert (case.status, case.at_centre, case.round) == (CaseStatus.UNDER_REVIEW, True, 4)
    last = await Round.get(case_id=case.id, number=4)
    assert last.level is DecisionLevel.NATIONAL

    await results.record(world["supervisor"], case.id, "مرکز ملی موضوع را به نتیجه رساند.")
    await ask_survey(world, case)
    await text_in("۱")
    await case.refresh_from_db()
    assert (case.status, case.reopened) == (CaseStatus.CLOSED, 3)
