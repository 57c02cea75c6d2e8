"""What a text to the line means, in the order of routing."""

from __future__ import annotations

import asyncio

import pytest

from domain import (
    closing,
    contacts,
    conversation,
    jobs,
    opt_outs,
    questions,
    rules,
    tracking_code,
    work,
)
from domain.status_words import STATUS_WORDS
from domain.text import to_persian_digits
from models import (
    Case,
    Contact,
    Feedback,
    InboxMessage,
    Job,
    OptIn,
    OptOut,
    OutboxMessage,
    Question,
    Survey,
)
from models.database import is_postgres, transaction
from models.enums import CaseStatus, InboxState, Language, MessageState, SurveyState
from tests.support.life import SENDER, answered, arrives, asked, run_jobs, survey_of, text_in, texts
from tests.support.world import LINE, MOBILE, World

OTHER = "09350000001"
QUESTION = "شماره باجه چند است؟"


async def questioned(world: World, mobile: str = MOBILE) -> Case:
    case = await answered(world, await world.case(mobile))
    await asked(world, case)
    return case


async def waiting(world: World) -> Case:
    """A case that waits for the citizen's answer to a question."""
    case = await world.case()
    await questions.ask(world["senior"], case.id, QUESTION)
    return case


async def test_a_text_is_stored_once(world: World) -> None:
    async with transaction():
        first = await conversation.receive("kavenegar", "7", SENDER, LINE, "سلام")
        again = await conversation.receive("kavenegar", "7", SENDER, LINE, "سلام")
        other = await conversation.receive("another", "7", SENDER, LINE, "سلام")
    assert first is not None and again is None and other is not None
    assert await InboxMessage.all().count() == await Job.filter(kind="inbox.handle").count() == 2


async def test_every_spelling_of_a_number_is_one_phone(world: World) -> None:
    for sender in (SENDER, "9121234567", "+989121234567", "00989121234567", "989121234567"):
        await arrives("سلام", sender)
    assert {row.sender for row in await InboxMessage.all()} == {MOBILE}
    assert [row.mobile for row in await Contact.all()] == [MOBILE]


@pytest.mark.parametrize("word", ["لغو", "۱۱", "11", "لغو۱۱", "انصراف", "STOP", " لغو. "])
async def test_opting_out_comes_before_everything(world: World, word: str) -> None:
    case = await questioned(world)
    other = await waiting(world)
    row = await text_in(word)
    assert (row.handled_as, row.case_id) == ("opt_out", case.id)
    assert await OptOut.filter(mobile=MOBILE).count() == 1
    assert (await survey_of(case)).state is SurveyState.SKIPPED
    assert (await Question.get(case_id=other.id)).ended_at is None
    assert (await text_in(word)).handled_as == "opt_out"
    world.clock.forward(hours=73)
    await run_jobs()
    await case.refresh_from_db()
    assert (case.status, case.rating) == (CaseStatus.CLOSED, None)
    assert await texts("survey_reminder") == []


async def test_opting_out_after_the_score_keeps_the_score(world: World) -> None:
    case = await questioned(world)
    await text_in("4")
    assert (await text_in("لغو")).handled_as == "opt_out"
    await case.refresh_from_db()
    assert case.rating == 4 and (await survey_of(case)).state is SurveyState.DONE


async def test_who_opted_out_gets_nothing_but_what_they_ask_on_a_call(world: World) -> None:
    await text_in("لغو")
    await world.case()
    states = {row.kind: row.state for row in await OutboxMessage.all()}
    assert states["registered"] is MessageState.BLOCKED
    assert states["identity_code"] is MessageState.PENDING


async def test_a_code_is_answered_with_the_status(world: World) -> None:
    case = await questioned(world)
    for form in (case.tracking_code, tracking_code.display(case.tracking_code)):
        row = await text_in(form)
        assert (row.handled_as, row.case_id) == ("status", case.id)
    first, _second = await texts("status")
    assert "پاسخ داده‌شده" in first
    assert (await survey_of(case)).state is SurveyState.ASKED, "a code is no answer to a survey"


async def test_the_status_is_told_in_the_citizens_language(world: World) -> None:
    case = await world.case()
    await contacts.prefer(MOBILE, Language.ENGLISH, None)
    await text_in(case.tracking_code)
    [text] = await texts("status")
    assert STATUS_WORDS[Language.ENGLISH][CaseStatus.UNDER_REVIEW] in text


async def test_somebody_elses_code_tells_nothing(world: World) -> None:
    case = await world.case()
    invented = tracking_code.generate()
    for code, sender in ((case.tracking_code, OTHER), (invented, "09350000002")):
        row = await text_in(code, sender)
        assert (row.handled_as, row.case_id) == ("status_unknown", None)
    real, none = await texts("status_unknown")
    codes = (case.tracking_code, invented)
    shown = [to_persian_digits(tracking_code.display(code)) for code in codes]
    assert [text.replace(code, "…") for text, code in zip((real, none), shown, strict=True)] == [
        "پرونده‌ای با کد \u200e… برای این شماره یافت نشد.\nفواد ۱۲۸"
    ] * 2


async def test_three_answers_about_codes_an_hour(world: World) -> None:
    case = await world.case()
    for code in (case.tracking_code, tracking_code.generate(), case.tracking_code):
        await text_in(code)
    assert (await text_in(case.tracking_code)).handled_as == "status_limited"
    sent = len(await texts("status")) + len(await texts("status_unknown"))
    assert sent == 3
    assert (await text_in(case.tracking_code, OTHER)).handled_as == "status_unknown"
    world.clock.forward(hours=1, seconds=1)
    assert (await text_in(case.tracking_code)).handled_as == "status"


async def test_every_status_has_its_words_in_every_language(world: World) -> None:
    assert set(STATUS_WORDS) == set(Language)
    for words in STATUS_WORDS.values():
        assert set(words) == set(CaseStatus)
        assert all(text.strip() == text and text for text in words.values())


async def test_an_answer_to_a_question(world: World) -> None:
    case = await waiting(world)
    row = await text_in("باجه ۳")
    assert (row.handled_as, row.case_id) == ("reply", case.id)
    question = await Question.get(case_id=case.id)
    assert (question.answer, question.ended_at) == ("باجه ۳", world.clock.at)
    assert not await Job.filter(key=f"question:{question.id}").exists()
    assert (await text_in("باجه ۴")).handled_as == "operator"


async def test_a_number_can_answer_a_question(world: World) -> None:
    case = await waiting(world)
    assert (await text_in("5")).handled_as == "reply"
    assert (await Question.get(case_id=case.id)).answer == "5"


async def test_a_plain_score_is_for_the_survey_asked_last(world: World) -> None:
    other = await waiting(world)
    case = await answered(world, await world.case())
    await asked(world, case)
    assert (await text_in("5")).case_id == case.id
    assert (await text_in("باجه ۳")).case_id == other.id
    assert (await survey_of(case)).state is SurveyState.SCORED


async def test_a_score_is_for_the_question_asked_last(world: World) -> None:
    case = await questioned(world)
    other = await waiting(world)
    assert (await text_in("5")).case_id == other.id
    assert (await text_in("5")).case_id == case.id


async def test_words_are_for_the_question_even_while_a_survey_waits(world: World) -> None:
    other = await waiting(world)
    case = await answered(world, await world.case())
    await asked(world, case)
    row = await text_in("باجه کنار در ورودی")
    assert (row.handled_as, row.case_id) == ("reply", other.id)
    assert not (await survey_of(case)).clarified


async def test_the_newest_question_is_answered_first(world: World) -> None:
    first, second = await waiting(world), await waiting(world)
    assert (await text_in("باجه ۳")).case_id == second.id
    assert (await text_in("باجه ۲")).case_id == first.id


async def test_a_text_after_the_withdrawal_goes_to_a_person(world: World) -> None:
    case = await waiting(world)
    await closing.withdraw(world["supervisor"], case.id, "به درخواست شهروند")
    assert (await text_in("باجه ۳")).handled_as == "operator"
    await case.refresh_from_db()
    assert case.status is CaseStatus.WITHDRAWN
    assert (await Question.get(case_id=case.id)).answer is None


async def test_a_stranger_is_answered_once_a_day_whatever_comes(world: World) -> None:
    """Two robots that answer each other must come to an end."""
    for text in ("سلام", "5", "سلام؟"):
        row = await text_in(text, OTHER)
        assert (row.handled_as, row.state) == ("operator", InboxState.UNCLEAR)
    row = await text_in(tracking_code.generate(), OTHER)
    assert (row.handled_as, row.state) == ("status_limited", InboxState.HANDLED)
    assert await answers_to(OTHER) == ["received"]
    world.clock.forward(hours=24)
    await text_in(tracking_code.generate(), OTHER)
    await text_in("سلام", OTHER)
    assert await answers_to(OTHER) == ["received", "status_unknown"]
    await text_in("سلام", "09350000002")
    assert len(await texts("received")) == 2


async def test_who_has_a_case_is_told_once_a_day_that_a_person_reads(world: World) -> None:
    case = await world.case()
    await text_in(case.tracking_code)
    for _ in range(3):
        await text_in("سلام")
    assert len(await texts("received")) == 1
    world.clock.forward(hours=24)
    await text_in("سلام")
    assert len(await texts("received")) == 2


async def answers_to(sender: str) -> list[str]:
    mobile = "+98" + sender[1:]
    return [row.kind for row in await OutboxMessage.filter(receptor=mobile).order_by("id")]


@pytest.mark.parametrize("sender", ["+4915112345678", "3000505", "", "Bank", "128", "۰۲۱۸۸"])
async def test_a_sender_that_is_no_mobile_goes_to_a_person(world: World, sender: str) -> None:
    for text in ("5", "لغو", "سلام"):
        assert (await text_in(text, sender)).handled_as == "operator"
    assert not await OutboxMessage.exists() and not await OptOut.exists()


@pytest.mark.parametrize("text", ["", "  ", "😀", "الف" * 900, "a\x07b"])
async def test_odd_texts_go_to_a_person(world: World, text: str) -> None:
    assert (await text_in(text)).handled_as == "operator"
    assert await InboxMessage.filter(state=InboxState.NEW).count() == 0


async def test_texts_of_one_phone_are_taken_in_order(world: World) -> None:
    """Two texts in one second, the later one's job first: score and comment are not swapped."""
    case = await questioned(world)
    await arrives("5")
    last = await arrives("ممنون")
    job = await Job.get(key=f"inbox:{last.id}")
    async with transaction():
        await work.HANDLERS[job.kind](last.id)
    verdict = await Feedback.get(case_id=case.id)
    assert (verdict.rating, verdict.comment) == (5, "ممنون")
    await run_jobs()
    assert await Feedback.all().count() == 1
    rows = await InboxMessage.all().order_by("id")
    assert [row.handled_as for row in rows] == ["score", "comment"]


async def test_two_workers_do_not_race_for_a_phone(world: World) -> None:
    if not is_postgres():
        pytest.skip("SQLite has one writer")
    case = await questioned(world)
    rows = [await arrives(text) for text in ("5", "ممنون", "خداحافظ")]
    survey = await survey_of(case)
    world.clock.forward(hours=24)

    async def one(kind: str, subject: int) -> None:
        async with transaction():
            await work.HANDLERS[kind](subject)

    await asyncio.gather(
        one("survey.remind", survey.id),
        *(one("inbox.handle", row.id) for row in reversed(rows)),
        one("survey.remind", survey.id),
    )
    handled = [row.handled_as for row in await InboxMessage.all().order_by("id")]
    assert handled == ["score", "comment", "operator"]
    await survey.refresh_from_db()
    assert survey.state is SurveyState.DONE and survey.scored_at is not None
    assert len(await texts("survey_reminder")) <= 1


async def test_two_workers_do_not_ask_one_phone_twice(world: World) -> None:
    first, second = [await answered(world, await world.case()) for _ in range(2)]
    for case in (first, second):
        await world.delivered(case)
    world.clock.forward(minutes=46)

    async def one(survey: Survey) -> None:
        async with transaction():
            await work.HANDLERS["survey.ask"](survey.id)

    await asyncio.gather(*(one(row) for row in await Survey.all()))
    assert await Survey.filter(state=SurveyState.ASKED).count() == 1
    assert len(await texts("survey")) == 1


async def test_a_way_back_by_text(world: World) -> None:
    await text_in("لغو")
    assert (await text_in("START")).handled_as == "opt_in"
    assert not await OptOut.exists()
    lifted = await OptIn.get()
    assert (lifted.mobile, lifted.reason, lifted.by_id) == (MOBILE, opt_outs.BY_TEXT, None)
    await world.case()
    [registered] = await OutboxMessage.filter(kind="registered")
    assert registered.state is MessageState.PENDING


async def test_who_never_left_cannot_come_back(world: World) -> None:
    """«شروع» is then a text like any other, e.g. the answer to a question."""
    case = await waiting(world)
    assert (await text_in("شروع")).case_id == case.id
    assert (await text_in("شروع")).handled_as == "operator"
    assert not await OptIn.exists()


async def test_an_opt_out_is_confirmed_by_nothing_and_ends_all_that_waits(world: World) -> None:
    await rules.store("survey_fatigue_days", 0)
    first = await questioned(world)
    await text_in("4")
    second = await questioned(world)
    sent = await OutboxMessage.all().count()
    assert (await text_in("۱۱")).case_id == second.id
    assert await OutboxMessage.all().count() == sent
    assert (await survey_of(first)).state is SurveyState.DONE
    assert (await survey_of(second)).state is SurveyState.SKIPPED
    assert (await text_in("5")).handled_as == "operator"
    [received] = await OutboxMessage.filter(kind="received")
    assert received.state is MessageState.BLOCKED


async def test_words_while_a_newer_survey_waits_are_about_that(world: World) -> None:
    await rules.store("survey_fatigue_days", 0)
    first = await questioned(world)
    await text_in("4")
    second = await questioned(world)
    row = await text_in("ممنون")
    assert (row.handled_as, row.case_id) == ("clarified", second.id)
    assert (await Feedback.get(case_id=first.id)).comment == ""


async def work_off() -> None:
    """One worker of several: claims and does what is due until nothing is."""
    while claimed := await jobs.claim(1, kinds=list(work.HANDLERS)):
        for job in claimed:
            try:
                await work.run(job)
            except work.LeaseLost:
                continue


@pytest.mark.parametrize(
    ("sent", "taken"),
    [
        (["5", "ممنون"], ["score", "comment"]),
        (["1", "5", "باجه بسته است"], ["score", "correction", "comment"]),
        (["شاید", "شاید", "4"], ["clarified", "operator", "score"]),
        (["4", "لغو", "ممنون"], ["score", "opt_out", "operator"]),
        (["لغو", "شروع", "5"], ["opt_out", "opt_in", "operator"]),
    ],
)
async def test_two_workers_take_the_texts_of_a_second_in_order(
    world: World, sent: list[str], taken: list[str]
) -> None:
    await questioned(world)
    for text in sent:
        await arrives(text)
    await asyncio.gather(work_off(), work_off())
    assert [row.handled_as for row in await InboxMessage.all().order_by("id")] == taken
    assert not await Job.filter(kind="inbox.handle").exists()


async def test_two_workers_score_while_a_question_waits(world: World) -> None:
    other = await waiting(world)
    case = await questioned(world)
    for text in ("5", "باجه ۳", "ممنون"):
        await arrives(text)
    await asyncio.gather(work_off(), work_off())
    rows = await InboxMessage.all().order_by("id")
    assert [(row.handled_as, row.case_id) for row in rows] == [
        ("score", case.id), ("reply", other.id), ("comment", case.id),
    ]  # fmt: skip


async def test_two_workers_and_many_phones(world: World) -> None:
    phones = [f"+98912333000{number}" for number in range(4)]
    for mobile in phones:
        await questioned(world, mobile)
    for text in ("شاید", "2", "3", "هنوز بسته است"):
        for mobile in phones:
            await arrives(text, mobile)
    await asyncio.gather(*(work_off() for _ in range(3)))
    for mobile in phones:
        rows = await InboxMessage.filter(sender=mobile).order_by("id")
        assert [row.handled_as for row in rows] == ["clarified", "score", "correction", "comment"]
    assert await Feedback.filter(superseded=False, rating=3, comment="هنوز بسته است").count() == 4
    assert await outbox_of("survey_clarify") == dict.fromkeys(phones, 1)


async def outbox_of(kind: str) -> dict[str, int]:
    rows = [row.receptor for row in await OutboxMessage.filter(kind=kind)]
    return {receptor: rows.count(receptor) for receptor in rows}
