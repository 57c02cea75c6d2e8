"""Asking the citizen (S4)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain import closing, questions, work
from domain.jobs import claim
from models import CaseEvent, InboxMessage, Job, LadderStep, Notification, Question, Round
from models.enums import CaseStatus
from tests.support.life import arrives, ordered, run_jobs, text_in, texts
from tests.support.refusals import BAD_KEYS, refused, refuses, refuses_texts
from tests.support.world import MOBILE, World

ASK = "شماره باجه چند است؟"


async def test_the_answer_brings_the_case_back_to_where_it_was(world: World) -> None:
    case = await world.case()
    await ordered(world, case)
    asked = await questions.ask(world["county"], case.id, ASK)
    await case.refresh_from_db()
    assert (case.status, case.resume_status) == (CaseStatus.WAITING_CITIZEN, CaseStatus.IN_HANDLING)
    assert case.paused_at == world.clock.at and ASK in (await texts("question", MOBILE))[0]
    world.clock.forward(minutes=20)
    row = await text_in("باجه ۳")
    await case.refresh_from_db()
    await asked.refresh_from_db()
    assert (row.handled_as, row.case_id) == ("reply", case.id)
    assert (case.status, case.resume_status) == (CaseStatus.IN_HANDLING, None)
    assert case.paused_at is None
    assert (asked.answer, asked.ended_at) == ("باجه ۳", world.clock.at)
    assert await Notification.filter(
        kind="citizen_replied", user_id=world.users["county"].id
    ).exists()
    assert not await Job.filter(kind="question.expire").exists()
    entry = await CaseEvent.get(case_id=case.id, kind="reply")
    assert (entry.actor_kind, entry.text) == ("citizen", "باجه ۳")


async def test_a_number_answers_a_question(world: World) -> None:
    case = await world.case()
    asked = await questions.ask(world["senior"], case.id, ASK)
    await text_in("۳")
    await asked.refresh_from_db()
    assert asked.answer == "۳" and case.id == asked.case_id


async def test_silence_is_no_answer(world: World) -> None:
    case = await world.case()
    asked = await questions.ask(world["senior"], case.id, ASK)
    world.clock.forward(hours=24)
    await run_jobs()
    await case.refresh_from_db()
    await asked.refresh_from_db()
    assert (asked.answer, asked.ended_at) == (None, world.clock.at)
    assert case.status is CaseStatus.UNDER_REVIEW
    row = await text_in("باجه ۳")
    assert row.handled_as == "operator"


async def test_an_answer_and_the_time_limit_at_once(world: World) -> None:
    """A worker holds the job of the time limit while the answer is taken: the answer counts."""
    case = await world.case()
    asked = await questions.ask(world["senior"], case.id, ASK)
    await arrives("باجه ۳")
    world.clock.forward(hours=24)
    late, *_ = await claim(1, kinds=["question.expire"])
    await run_jobs()
    with pytest.raises(work.LeaseLost):
        await work.run(late)
    await asked.refresh_from_db()
    await case.refresh_from_db()
    assert asked.answer == "باجه ۳" and case.status is CaseStatus.UNDER_REVIEW


async def test_two_cases_of_one_phone_are_answered_newest_first(world: World) -> None:
    first, second = await world.case(), await world.case(agency="ENE")
    older = await questions.ask(world["senior"], first.id, ASK)
    newer = await questions.ask(world["senior_ene"], second.id, ASK)
    await text_in("پاسخ یک")
    await text_in("پاسخ دو")
    await older.refresh_from_db()
    await newer.refresh_from_db()
    assert (newer.answer, older.answer) == ("پاسخ یک", "پاسخ دو")


async def test_only_the_phone_of_the_case_answers(world: World) -> None:
    case = await world.case()
    asked = await questions.ask(world["senior"], case.id, ASK)
    row = await text_in("باجه ۳", "09350000000")
    await asked.refresh_from_db()
    assert row.handled_as == "operator" and asked.answer is None
    assert await InboxMessage.filter(case_id=case.id).count() == 0


async def test_a_question_may_be_the_first_action_and_need_a_minute(world: World) -> None:
    case = await world.case()
    world.clock.forward(minutes=2)
    await questions.ask(world["senior"], case.id, ASK)
    current = await Round.get(case_id=case.id)
    assert current.first_action_at == world.clock.at
    world.clock.forward(hours=23, minutes=59)
    await text_in("باجه ۳")
    last = await questions.ask(world["senior"], case.id, ASK)
    assert last.expires_at - last.asked_at == questions.SHORTEST_WAIT
    world.clock.forward(seconds=1)
    await text_in("باجه ۳")
    await refused(questions.ask(world["senior"], case.id, ASK), "pause_exhausted")


async def test_one_question_at_a_time(world: World) -> None:
    case = await world.case()
    await questions.ask(world["senior"], case.id, ASK)
    await refused(questions.ask(world["senior"], case.id, ASK), "wrong_state")


async def test_withdrawn_while_waiting(world: World) -> None:
    case = await world.case()
    world.clock.forward(hours=1)
    await ordered(world, case)
    asked = await questions.ask(world["county"], case.id, ASK)
    world.clock.forward(hours=2)
    await closing.withdraw(world["operator"], case.id, "منصرف شدم")
    await case.refresh_from_db()
    await asked.refresh_from_db()
    assert case.status is CaseStatus.WITHDRAWN and case.resume_status is None
    assert (asked.ended_at, asked.answer) == (world.clock.at, None)
    assert case.paused_at is None
    assert case.due_at - case.registered_at == timedelta(hours=5)
    assert not await Job.filter(kind__in=["question.expire", "ladder"]).exists()
    row = await text_in("باجه ۳")
    assert (row.handled_as, row.case_id) == ("operator", None)
    world.clock.forward(days=3)
    await run_jobs()
    assert not await LadderStep.all().exists()


async def test_bad_input(world: World) -> None:
    case = await world.case()
    await refuses_texts(lambda v: questions.ask(world["senior"], case.id, v), "text", 5, 200)
    await refused(questions.ask(world["senior"], case.id, "😀" * 101), "too_long")
    await refuses(
        lambda key: questions.ask(world["senior"], key, ASK),  # type: ignore[arg-type]
        BAD_KEYS,
        ("not_found", "case"),
    )
    await refused(questions.ask(world["senior"], case.id, ASK, case.version - 1), "stale")
    assert not await Question.all().exists()
