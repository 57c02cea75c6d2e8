"""When a citizen is asked for a verdict, and when not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import outbox, rules, survey, work
from domain.jalali import TEHRAN
from domain.rules import Rules
from models import Case, Job, OutboxMessage, Survey
from models.enums import CaseStatus, MessageState, SurveyState
from tests.support.life import answered, asked, run_jobs, survey_of, text_in, texts
from tests.support.world import MOBILE, START, World

OTHER = "+989350000001"


async def result_text(case: Case) -> OutboxMessage:
    return await OutboxMessage.filter(case_id=case.id, kind="result").order_by("-id").get()


async def an_answered(world: World, mobile: str = MOBILE, **changes: object) -> Case:
    return await answered(world, await world.case(mobile, **changes))


async def test_asked_after_the_delay_and_once(world: World) -> None:
    case = await an_answered(world)
    await world.delivered(case)
    world.clock.forward(minutes=44)
    await run_jobs()
    assert (await survey_of(case)).state is SurveyState.SCHEDULED
    world.clock.forward(minutes=1)
    await run_jobs()
    await run_jobs()
    row = await survey_of(case)
    assert row.state is SurveyState.ASKED and row.asked_at == START + timedelta(minutes=45)
    assert len(await texts("survey")) == 1


async def test_not_before_the_result_is_delivered(world: World) -> None:
    case = await an_answered(world)
    world.clock.forward(hours=4)
    await run_jobs()
    assert (await survey_of(case)).state is SurveyState.SCHEDULED and await texts("survey") == []
    await world.delivered(case)
    world.clock.forward(minutes=10)
    await run_jobs()
    assert (await survey_of(case)).state is SurveyState.ASKED


async def test_accepted_an_hour_ago_is_as_good_as_delivered(world: World) -> None:
    case = await an_answered(world)
    await outbox.accepted(await result_text(case), "7", MessageState.ACCEPTED)
    world.clock.forward(minutes=60)
    await run_jobs()
    assert (await survey_of(case)).state is SurveyState.SCHEDULED
    world.clock.forward(minutes=10)
    await run_jobs()
    assert (await survey_of(case)).state is SurveyState.ASKED


@pytest.mark.parametrize("state", survey.LOST)
async def test_who_did_not_get_the_result_is_not_asked(world: World, state: MessageState) -> None:
    case = await an_answered(world)
    await OutboxMessage.filter(kind="result").update(state=state)
    world.clock.forward(minutes=45)
    await run_jobs()
    assert (await survey_of(case)).state is SurveyState.SKIPPED and await texts("survey") == []
    world.clock.forward(hours=72)
    await run_jobs()
    await case.refresh_from_db()
    assert (case.status, case.rating) == (CaseStatus.CLOSED, None)


async def test_who_opted_out_is_not_asked(world: World) -> None:
    case = await an_answered(world)
    await world.delivered(case)
    await outbox.opt_out(MOBILE, "reply")
    world.clock.forward(minutes=45)
    await run_jobs()
    assert (await survey_of(case)).state is SurveyState.SKIPPED and await texts("survey") == []


@pytest.mark.parametrize(
    ("answered_at", "first", "last"),
    [
        ("2026-11-24 19:30", "2026-11-25 09:00", "2026-11-25 09:10"),
        ("2026-11-24 03:00", "2026-11-24 09:00", "2026-11-24 09:10"),
        ("2026-11-26 23:00", "2026-11-27 10:00", "2026-11-27 10:10"),
        ("2026-11-27 08:30", "2026-11-27 10:00", "2026-11-27 10:10"),
        ("2026-11-27 10:00", "2026-11-27 10:45", "2026-11-27 10:46"),
    ],
)
async def test_only_in_the_hours_for_it(
    world: World, answered_at: str, first: str, last: str
) -> None:
    def local(text: str) -> datetime:
        return datetime.fromisoformat(text).replace(tzinfo=TEHRAN)

    world.clock.at = local(answered_at) - timedelta(minutes=10)
    case = await world.case()
    world.clock.forward(minutes=10)
    await answered(world, case)
    await world.delivered(case)
    while (await survey_of(case)).asked_at is None and world.clock.at <= local(last):
        world.clock.forward(minutes=1)
        await run_jobs()
    asked_at = (await survey_of(case)).asked_at
    assert asked_at is not None and local(first) <= asked_at <= local(last)


@given(st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)))
def test_the_next_opening_is_the_first_allowed_moment(moment: datetime) -> None:
    policy = Rules()
    opening = survey.next_opening(moment, policy)

    def allowed(at: datetime) -> bool:
        local = at.astimezone(TEHRAN)
        first = 10 if local.weekday() == 4 else 9
        return first <= local.hour < 20

    assert opening >= moment and allowed(opening)
    assert opening == moment if allowed(moment) else not allowed(opening - timedelta(seconds=1))
    assert opening - moment <= timedelta(hours=14)
    assert survey.next_opening(opening, policy) == opening


async def test_a_phone_is_asked_about_one_case_a_week(world: World) -> None:
    first, second = await an_answered(world), await an_answered(world)
    for case in (first, second):
        await world.delivered(case)
    world.clock.forward(minutes=46)
    await run_jobs()
    assert (await survey_of(first)).state is SurveyState.ASKED
    assert (await survey_of(second)).state is SurveyState.SKIPPED
    await text_in("5")
    world.clock.forward(days=6)
    third = await an_answered(world)
    await asked(world, third)
    assert (await survey_of(third)).state is SurveyState.SKIPPED
    world.clock.forward(days=1)
    assert (await asked(world, await an_answered(world))).state is SurveyState.ASKED


async def test_another_phone_is_asked_all_the_same(world: World) -> None:
    await asked(world, await an_answered(world))
    assert (await asked(world, await an_answered(world, OTHER))).state is SurveyState.ASKED


async def test_a_reopened_case_is_asked_about_again(world: World) -> None:
    case = await an_answered(world, agency="EDU")
    await asked(world, case)
    await text_in("1 هنوز حل نشده")
    await answered(world, case, by="supervisor")
    assert (await asked(world, case)).state is SurveyState.ASKED
    assert len(await texts("survey")) == 2


async def test_one_question_at_a_time_where_the_week_does_not_hold_it_back(world: World) -> None:
    await rules.store("survey_fatigue_days", 0)
    first = await an_answered(world)
    world.clock.forward(minutes=5)
    second = await an_answered(world)
    await world.delivered(second)
    await asked(world, first, minutes=40)
    world.clock.forward(minutes=6)
    await run_jobs()
    assert (await survey_of(second)).state is SurveyState.SCHEDULED
    assert await Survey.filter(mobile=MOBILE, state=SurveyState.ASKED).count() == 1
    world.clock.forward(hours=1)
    await text_in("4")
    world.clock.forward(minutes=11)
    await run_jobs()
    assert (await survey_of(second)).state is SurveyState.ASKED
    assert (await survey_of(first)).state is SurveyState.DONE
    await text_in("2")
    await first.refresh_from_db()
    await second.refresh_from_db()
    assert (first.rating, second.reopened) == (4, 1)


async def test_one_reminder_after_a_day(world: World) -> None:
    await asked(world, await an_answered(world))
    world.clock.forward(hours=23)
    await run_jobs()
    assert await texts("survey_reminder") == []
    for hours in (1, 24, 24):
        world.clock.forward(hours=hours)
        await run_jobs()
    assert len(await texts("survey_reminder")) == 1


async def test_the_reminder_waits_for_the_hours_too(world: World) -> None:
    world.clock.at = datetime(2026, 11, 26, 9, 5, tzinfo=TEHRAN) - timedelta(minutes=46)
    await asked(world, await an_answered(world))
    world.clock.at = datetime(2026, 11, 27, 9, 30, tzinfo=TEHRAN)
    await run_jobs()
    assert await texts("survey_reminder") == []
    world.clock.at = datetime(2026, 11, 27, 10, 0, tzinfo=TEHRAN) + survey.SPREAD
    await run_jobs()
    assert len(await texts("survey_reminder")) == 1


async def test_the_morning_does_not_begin_with_a_burst(world: World) -> None:
    """Questions and reminders that waited for the hours are spread over ten minutes."""
    first = datetime(2026, 11, 25, 9, 0, tzinfo=TEHRAN)
    world.clock.at = datetime(2026, 11, 24, 20, 30, tzinfo=TEHRAN)
    for number in range(4):
        await world.delivered(await an_answered(world, f"+98912333000{number}"))
    world.clock.forward(minutes=45)
    await run_jobs()
    for kind, opening in (("survey.ask", first), ("survey.remind", first + timedelta(days=1))):
        if kind == "survey.remind":
            await Job.filter(kind=kind).update(run_at=opening - timedelta(hours=1))
            world.clock.at = opening - timedelta(hours=1)
            await run_jobs()
        due = [job.run_at for job in await Job.filter(kind=kind)]
        assert len(set(due)) == 4, kind
        assert all(opening <= at < opening + survey.SPREAD for at in due)
        world.clock.at = opening + survey.SPREAD
        await run_jobs()
    assert len(await texts("survey")) == len(await texts("survey_reminder")) == 4


async def test_no_reminder_where_the_number_blocked_the_line(world: World) -> None:
    """The opt-out came from the provider, so that no text of the citizen ended the survey."""
    case = await an_answered(world)
    await asked(world, case)
    await outbox.opt_out(MOBILE, "blocked")
    world.clock.forward(hours=24)
    await run_jobs()
    assert not await OutboxMessage.exists(kind="survey_reminder")
    assert (await survey_of(case)).state is SurveyState.ASKED


async def test_no_reminder_of_a_survey_whose_time_is_over(world: World) -> None:
    await asked(world, await an_answered(world))
    world.clock.forward(hours=72)
    await work.run(await Job.get(kind="survey.remind"))
    assert await texts("survey_reminder") == []


@pytest.mark.parametrize("text", ["5", "1", "5 ممنون", "لغو"])
async def test_no_reminder_after_an_answer(world: World, text: str) -> None:
    await asked(world, await an_answered(world))
    await text_in(text)
    world.clock.forward(hours=30)
    await run_jobs()
    assert await texts("survey_reminder") == []


async def test_silence_closes_the_case(world: World) -> None:
    case = await an_answered(world)
    await asked(world, case)
    world.clock.forward(hours=72)
    await run_jobs()
    await case.refresh_from_db()
    assert (await survey_of(case)).state is SurveyState.EXPIRED
    assert (case.status, case.rating, case.closed_at) == (CaseStatus.CLOSED, None, world.clock.at)
    assert not await Job.filter(subject_id=case.id, kind="case.close").exists()


async def test_the_citizen_has_72_hours_from_the_question(world: World) -> None:
    """The time limit counts from the question, not from the result."""
    case = await an_answered(world)
    await asked(world, case, hours=20)
    assert (await survey_of(case)).state is SurveyState.SCHEDULED
    world.clock.forward(hours=8)
    await run_jobs()
    assert (await survey_of(case)).state is SurveyState.ASKED
    world.clock.forward(hours=71)
    await run_jobs()
    await case.refresh_from_db()
    assert case.status is CaseStatus.ANSWERED
    await text_in("5")
    await case.refresh_from_db()
    assert (case.status, case.rating) == (CaseStatus.CLOSED, 5)


async def test_a_survey_that_could_never_be_sent_does_not_outlive_the_case(world: World) -> None:
    case = await an_answered(world)
    world.clock.forward(hours=72)
    await run_jobs()
    await case.refresh_from_db()
    assert case.status is CaseStatus.CLOSED
    await world.delivered(case)
    world.clock.forward(minutes=11)
    await run_jobs()
    assert (await survey_of(case)).state is SurveyState.SKIPPED and await texts("survey") == []


async def test_no_reminder_of_step_two(world: World) -> None:
    await asked(world, await an_answered(world))
    world.clock.forward(hours=23)
    await text_in("4")
    for _ in range(3):
        world.clock.forward(hours=24)
        await run_jobs()
    assert await texts("survey_reminder") == []


async def test_no_comment_within_two_days_ends_the_survey(world: World) -> None:
    case = await an_answered(world)
    await asked(world, case)
    await text_in("4")
    world.clock.forward(hours=47)
    await run_jobs()
    assert (await survey_of(case)).state is SurveyState.SCORED
    world.clock.forward(hours=1)
    await run_jobs()
    assert (await survey_of(case)).state is SurveyState.DONE
