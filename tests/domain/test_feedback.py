"""The citizen's verdict: what a score does to the case, and what may follow it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain import conversation, escalation, referrals, review
from models import (
    Case,
    CaseEvent,
    Feedback,
    InboxMessage,
    Job,
    Notification,
    OutboxMessage,
    Referral,
    Round,
    Survey,
)
from models.database import transaction
from models.enums import CaseStatus, DecisionLevel, SurveyState
from tests.support.life import (
    answered,
    answered_by_county,
    arrives,
    asked,
    ordered,
    run_jobs,
    survey_of,
    text_in,
    texts,
)
from tests.support.world import MOBILE, World


async def questioned(world: World, mobile: str = MOBILE) -> Case:
    """A case of which the citizen was just asked."""
    case = await answered(world, await world.case(mobile))
    await asked(world, case)
    return case


async def verdicts(case: Case) -> list[tuple[int, bool]]:
    """Scores with whether a later one replaced them."""
    rows = await Feedback.filter(case_id=case.id).order_by("id")
    return [(row.rating, row.superseded) for row in rows]


async def test_three_to_five_close(world: World) -> None:
    for number, score in enumerate("۳45"):
        mobile = f"+98912333000{number}"
        case = await questioned(world, mobile=mobile)
        assert (await text_in(score, mobile)).handled_as == "score"
        await case.refresh_from_db()
        assert (case.status, case.rating) == (CaseStatus.CLOSED, number + 3)
        assert case.closed_at == world.clock.at
        assert len(await texts("survey_comment", mobile)) == 1
        assert (await survey_of(case)).state is SurveyState.SCORED


@pytest.mark.parametrize("score", ["1", "۲", "افتضاح", "دو"])
async def test_one_and_two_reopen(world: World, score: str) -> None:
    case = await questioned(world)
    await text_in(score)
    await case.refresh_from_db()
    assert case.status is CaseStatus.UNDER_REVIEW and case.at_centre
    assert (case.round, case.reopened, case.rating, case.answered_at) == (2, 1, None, None)
    assert len(await texts("survey_reopened")) == 1
    assert not await Job.filter(key__startswith="close:").exists()


async def test_the_next_text_is_the_comment_then_silence(world: World) -> None:
    case = await questioned(world)
    await text_in("4")
    world.clock.forward(minutes=30)
    assert (await text_in("ممنون از پیگیری")).handled_as == "comment"
    assert (await Feedback.get(case_id=case.id)).comment == "ممنون از پیگیری"
    assert len(await texts("survey_thanks")) == 1
    assert (await survey_of(case)).state is SurveyState.DONE
    assert (await text_in("خداحافظ")).handled_as == "operator"
    assert (await Feedback.get(case_id=case.id)).comment == "ممنون از پیگیری"


async def test_a_score_with_a_comment_skips_step_two(world: World) -> None:
    case = await questioned(world)
    await text_in("5 ولی دیر شد")
    verdict = await Feedback.get(case_id=case.id)
    assert (verdict.rating, verdict.comment) == (5, "ولی دیر شد")
    assert (await survey_of(case)).state is SurveyState.DONE
    assert await texts("survey_comment") == [] and len(await texts("survey_thanks")) == 1
    assert not await Job.filter(key__startswith="survey:").exists()


async def test_a_bad_score_with_a_comment_reopens_with_it(world: World) -> None:
    case = await questioned(world)
    await text_in("2 هنوز حل نشده")
    assert len(await texts("survey_reopened_thanks")) == 1
    event = await CaseEvent.get(case_id=case.id, kind="reopen_to_review")
    assert event.text == "هنوز حل نشده"


@pytest.mark.parametrize("text", ["0", "10", "شاید", "؟", "۴.۵", "خوب نبود", "09121234567"])
async def test_unclear_is_asked_once_more_then_read_by_a_person(world: World, text: str) -> None:
    case = await questioned(world)
    assert (await text_in(text)).handled_as == "clarified"
    assert len(await texts("survey_clarify")) == 1
    assert (await text_in(text)).handled_as == "operator"
    assert len(await texts("survey_clarify")) == 1
    await case.refresh_from_db()
    assert case.status is CaseStatus.ANSWERED and not await Feedback.exists()
    assert (await text_in("5")).handled_as == "score"


async def test_a_correction_keeps_both(world: World) -> None:
    case = await questioned(world)
    await text_in("4")
    world.clock.forward(minutes=10)
    assert (await text_in("5")).handled_as == "correction"
    assert await verdicts(case) == [(4, True), (5, False)]
    await case.refresh_from_db()
    assert (case.status, case.rating) == (CaseStatus.CLOSED, 5)
    assert len(await texts("survey_corrected")) == 1


async def test_corrected_to_bad_reopens(world: World) -> None:
    case = await questioned(world)
    await text_in("5")
    await text_in("2")
    await case.refresh_from_db()
    assert (case.status, case.reopened, case.rating) == (CaseStatus.UNDER_REVIEW, 1, None)
    assert await verdicts(case) == [(5, True), (2, False)]
    assert len(await texts("survey_reopened")) == 1 and await texts("survey_corrected") == []


async def test_corrected_to_good_stays_reopened(world: World) -> None:
    case = await questioned(world)
    await text_in("2")
    await text_in("5")
    await case.refresh_from_db()
    assert (case.status, case.reopened) == (CaseStatus.UNDER_REVIEW, 1)
    assert case.rating is None, "the verdict is on the round before"
    assert await verdicts(case) == [(2, True), (5, False)]
    assert len(await texts("survey_corrected")) == 1


async def test_corrected_up_and_down_again_reopens_once(world: World) -> None:
    case = await questioned(world)
    for score in "2514":
        await text_in(score)
    await case.refresh_from_db()
    assert (case.reopened, case.round) == (1, 2)
    assert [rating for rating, gone in await verdicts(case) if not gone] == [4]
    assert len(await texts("survey_corrected")) == 3


@pytest.mark.parametrize("again", ["5", "5 ممنون"])
async def test_a_correction_after_the_comment(world: World, again: str) -> None:
    case = await questioned(world)
    await text_in("5 ممنون")
    assert (await text_in(again)).handled_as == "correction"
    assert await verdicts(case) == [(5, False)], "the same one again says nothing new"
    assert (await text_in("1")).handled_as == "correction"
    await case.refresh_from_db()
    assert case.reopened == 1
    assert (await Feedback.get(superseded=False)).comment == "ممنون"


async def test_after_ten_minutes_a_score_is_a_note(world: World) -> None:
    case = await questioned(world)
    await text_in("5")
    world.clock.forward(minutes=10, seconds=1)
    assert (await text_in("1")).handled_as == "note"
    await case.refresh_from_db()
    assert (case.status, case.rating, case.reopened) == (CaseStatus.CLOSED, 5, 0)
    assert (await Feedback.get(case_id=case.id)).comment == ""
    assert (await CaseEvent.get(case_id=case.id, kind="note")).text == "1"
    assert (await survey_of(case)).state is SurveyState.SCORED, "the comment may still come"
    assert (await text_in("1 ولی دیر شد")).handled_as == "comment"
    assert (await Feedback.get(case_id=case.id)).comment == "1 ولی دیر شد"


async def test_a_note_after_the_end_is_answered_by_nothing(world: World) -> None:
    case = await questioned(world)
    await text_in("5 ممنون")
    sent = await OutboxMessage.all().count()
    world.clock.forward(days=13)
    assert (await text_in("۲")).handled_as == "note"
    assert await OutboxMessage.all().count() == sent
    world.clock.forward(days=1, seconds=1)
    assert (await text_in("۲")).handled_as == "operator"
    assert await verdicts(case) == [(5, False)]


async def test_words_after_the_end_are_read_by_a_person(world: World) -> None:
    await questioned(world)
    await text_in("5 ممنون")
    world.clock.forward(hours=1)
    assert (await text_in("1 دوباره خراب شد")).handled_as == "operator"


async def test_a_late_score_is_kept_and_reopens_nothing(world: World) -> None:
    case = await questioned(world)
    world.clock.forward(hours=73)
    await run_jobs()
    world.clock.forward(days=13, hours=23)
    assert (await text_in("1 هنوز باز نیست")).handled_as == "late_score"
    await case.refresh_from_db()
    assert (case.status, case.rating, case.reopened) == (CaseStatus.CLOSED, None, 0)
    verdict = await Feedback.get(case_id=case.id)
    assert (verdict.late, verdict.rating, verdict.comment) == (True, 1, "هنوز باز نیست")
    assert await Notification.filter(kind="late_feedback").count() == 1
    assert len(await texts("survey_thanks")) == 1


async def test_a_late_score_may_be_corrected_and_stays_late(world: World) -> None:
    case = await questioned(world)
    world.clock.forward(hours=73)
    await run_jobs()
    await text_in("4")
    assert (await text_in("1")).handled_as == "correction"
    await case.refresh_from_db()
    assert (case.status, case.rating, case.reopened) == (CaseStatus.CLOSED, None, 0)
    assert await Feedback.filter(case_id=case.id, late=True).count() == 2
    assert await verdicts(case) == [(4, True), (1, False)]
    world.clock.forward(minutes=11)
    assert (await text_in("5")).handled_as == "note"


async def test_no_late_score_where_a_newer_survey_was_asked(world: World) -> None:
    first = await questioned(world)
    world.clock.forward(days=7)
    await run_jobs()
    second = await questioned(world)
    world.clock.forward(hours=72)
    await run_jobs()
    assert (await text_in("1")).case_id == second.id
    world.clock.forward(minutes=11)
    await text_in("2")
    assert await verdicts(first) == [] and await verdicts(second) == [(1, False)]


async def test_after_two_weeks_a_score_goes_to_a_person(world: World) -> None:
    case = await questioned(world)
    world.clock.forward(hours=73)
    await run_jobs()
    world.clock.forward(days=14, minutes=1)
    assert (await text_in("5")).handled_as == "operator"
    assert await verdicts(case) == []


async def test_time_decides_and_not_the_worker(world: World) -> None:
    """The worker was down: nobody had told the survey that its time was over."""
    case = await questioned(world)
    world.clock.forward(hours=72, seconds=1)
    row = await arrives("1")
    async with transaction():
        await conversation.handle(row.id)
    assert (await InboxMessage.get(id=row.id)).handled_as == "late_score"
    await run_jobs()
    await case.refresh_from_db()
    assert (case.status, case.rating, case.reopened) == (CaseStatus.CLOSED, None, 0)


async def test_a_score_that_came_in_time_counts_when_it_is_read_later(world: World) -> None:
    case = await questioned(world)
    world.clock.forward(hours=71)
    row = await arrives("1")
    await Job.filter(kind="inbox.handle").update(run_at=world.clock.at + timedelta(hours=2))
    world.clock.forward(hours=2)
    await run_jobs()
    await case.refresh_from_db()
    assert (await InboxMessage.get(id=row.id)).handled_as == "score"
    assert (case.status, case.reopened) == (CaseStatus.UNDER_REVIEW, 1)
    assert not (await Feedback.get()).late


async def test_the_centres_verdict_is_final(world: World) -> None:
    case = await questioned(world)
    await text_in("1")
    await answered(world, case, by="supervisor")
    await asked(world, case)
    await text_in("1")
    await case.refresh_from_db()
    assert (case.status, case.rating, case.reopened) == (CaseStatus.CLOSED, 1, 1)
    assert len(await texts("survey_final")) == 1
    await text_in("2")
    await case.refresh_from_db()
    assert (case.status, case.rating, case.reopened) == (CaseStatus.CLOSED, 2, 1)


async def test_a_final_verdict_corrected_to_bad_reopens_nothing(world: World) -> None:
    case = await questioned(world)
    await text_in("1")
    await answered(world, case, by="supervisor")
    await asked(world, case)
    await text_in("5")
    await text_in("1")
    await case.refresh_from_db()
    assert (case.status, case.rating, case.round) == (CaseStatus.CLOSED, 1, 2)
    assert len(await texts("survey_corrected")) == 1


async def test_one_level_above_whoever_produced_the_result(world: World) -> None:
    case = await answered_by_county(world, await world.case())
    await asked(world, case)
    await text_in("1")
    referral = await Referral.filter(case_id=case.id).order_by("-id").first()
    assert referral is not None and referral.agency_id == world.units["EDU-p1"].id
    second = await Round.get(case_id=case.id, number=2)
    assert second.level is DecisionLevel.PROVINCIAL


async def test_reports_of_an_agency_that_lost_the_case_do_not_count(world: World) -> None:
    case = await world.case()
    [referral] = await ordered(world, case)
    await referrals.report(world["county"], referral.id, "مربوط به ما نیست", "")
    await review.return_to_centre(world["senior"], case.id, "مربوط به نیرو است")
    await review.reroute(world["supervisor"], case.id, "ENE", "قطعی برق")
    await answered(world, case, by="senior_ene")
    current = await Round.get(case_id=case.id)
    assert current.producer_id == world.units["ENE"].id
    await asked(world, case)
    await text_in("1")
    assert not await Referral.filter(case_id=case.id, round__number=2).exists()
    await case.refresh_from_db()
    assert case.at_centre


async def test_an_empty_chair_passes_the_case_up(world: World) -> None:
    for name in ("provincial", "subsidiary"):
        world.users[name].active = False
        await world.users[name].save()
    case = await answered_by_county(world, await world.case())
    await asked(world, case)
    await text_in("1")
    await case.refresh_from_db()
    assert (case.status, case.at_centre) == (CaseStatus.UNDER_REVIEW, False)
    assert (await Round.get(case_id=case.id, number=2)).level is DecisionLevel.MAIN


async def test_the_highest_of_the_last_to_act_produced_it(world: World) -> None:
    case = await world.case()
    province, fars = await ordered(world, case, "EDU-p1", "EDU-p2")
    [county] = await referrals.refer(world["provincial"], province.id, ["EDU-c1"], "بررسی شود")
    await referrals.report(world["county"], county.id, "باجه باز شد", "")
    await referrals.report(world["provincial"], province.id, "باجه باز شد", "")
    await referrals.give_back(world["fars"], fars.id, "مربوط به ما نیست")
    current = await Round.get(case_id=case.id)
    await case.refresh_from_db()
    unit, level = await escalation.producer(case, current)
    assert unit is not None and (unit.code, level) == ("EDU-c1", DecisionLevel.COUNTY)


async def test_a_comment_reaches_the_round_it_is_about(world: World) -> None:
    case = await questioned(world)
    await text_in("1")
    await text_in("باجه هنوز بسته است")
    verdict = await Feedback.get(case_id=case.id).select_related("round")
    assert (verdict.round.number, verdict.comment) == (1, "باجه هنوز بسته است")
    assert await Survey.filter(state=SurveyState.DONE).count() == 1
