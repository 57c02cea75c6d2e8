"""What operators do about unclear texts: each act once, logged, refused where it cannot be."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from domain import inbox, questions, worklists
from domain.errors import DomainError
from models import (
    CallBack,
    Case,
    CaseEvent,
    Contact,
    Feedback,
    InboxMessage,
    OutboxMessage,
    Question,
)
from models.enums import CaseStatus, InboxState, Settlement, SurveyState
from tests.support.life import answered, asked, run_jobs, survey_of, text_in, texts
from tests.support.unchanged import unchanged
from tests.support.world import MOBILE, World

OTHER = "+989350000001"


async def questioned(world: World, mobile: str = MOBILE) -> Case:
    case = await answered(world, await world.case(mobile))
    await asked(world, case)
    return case


async def unclear(text: str = "ای بد نبود", sender: str = MOBILE) -> InboxMessage:
    """A text that reached a person."""
    row = await text_in(text, sender)
    if row.handled_as == "clarified":
        row = await text_in(text, sender)
    assert row.state is InboxState.UNCLEAR
    return row


async def settled_events(case: Case) -> list[tuple[str, int | None]]:
    rows = await CaseEvent.filter(case_id=case.id, kind="text_settled").order_by("id")
    return [(row.text, row.user_id) for row in rows]


async def refused(code: str, act: object) -> None:
    async with unchanged():
        with pytest.raises(DomainError) as caught:
            await act  # type: ignore[misc]
    assert caught.value.code == code


async def test_read(world: World) -> None:
    case = await questioned(world)
    row = await unclear()
    settled = await inbox.read(world["operator"], row.id)
    assert (settled.state, settled.settled_as) == (InboxState.HANDLED, Settlement.READ)
    assert settled.settled_by_id == world.users["operator"].id
    assert settled.handled_at == world.clock.at
    assert await settled_events(case) == [("ای بد نبود", world.users["operator"].id)]
    assert await worklists.unclear_count(world["operator"]) == 0


async def test_a_score_for_the_survey_that_waits(world: World) -> None:
    case = await questioned(world)
    row = await unclear()
    settled = await inbox.score(world["supervisor"], row.id, "۴")
    await case.refresh_from_db()
    assert (case.status, case.rating) == (CaseStatus.CLOSED, 4)
    assert (settled.settled_as, settled.case_id) == (Settlement.SCORED, case.id)
    verdict = await Feedback.get(case_id=case.id)
    assert (verdict.comment, verdict.late) == ("ای بد نبود", False)
    assert (await survey_of(case)).state is SurveyState.DONE
    assert len(await texts("survey_thanks")) == 1
    event = await CaseEvent.get(case_id=case.id, kind="feedback")
    assert event.user_id == world.users["supervisor"].id, "a person said so, not the parser"
    assert len(await settled_events(case)) == 1


async def test_a_bad_score_reopens(world: World) -> None:
    case = await questioned(world)
    await inbox.score(world["operator"], (await unclear()).id, "1")
    await case.refresh_from_db()
    assert (case.status, case.reopened) == (CaseStatus.UNDER_REVIEW, 1)
    assert len(await texts("survey_reopened_thanks")) == 1


async def test_the_text_came_in_time_though_it_is_read_later(world: World) -> None:
    """It waited for a person over the time limit, and the case was closed meanwhile."""
    case = await questioned(world)
    row = await unclear("هنوز همان است")
    world.clock.forward(hours=80)
    await run_jobs()
    await case.refresh_from_db()
    assert case.status is CaseStatus.CLOSED
    await inbox.score(world["operator"], row.id, "2")
    await case.refresh_from_db()
    assert (case.status, case.reopened) == (CaseStatus.UNDER_REVIEW, 1)
    assert not (await Feedback.get()).late


async def test_a_case_closed_long_ago_is_not_reopened_by_a_text_that_lay_about(
    world: World,
) -> None:
    case = await questioned(world)
    row = await unclear("هنوز همان است")
    world.clock.forward(days=11)
    await run_jobs()
    await Case.filter(id=case.id).update(closed_at=world.clock.at - timedelta(days=7, seconds=1))
    await inbox.score(world["operator"], row.id, "2")
    await case.refresh_from_db()
    assert (case.status, case.rating, case.reopened) == (CaseStatus.CLOSED, 2, 0)


async def test_a_text_that_came_late_scores_late(world: World) -> None:
    case = await questioned(world)
    world.clock.forward(hours=80)
    await run_jobs()
    await inbox.score(world["operator"], (await unclear()).id, "1")
    await case.refresh_from_db()
    assert (case.status, case.rating, case.reopened) == (CaseStatus.CLOSED, None, 0)
    assert (await Feedback.get()).late


async def test_a_score_within_ten_minutes_of_the_first_corrects_it(world: World) -> None:
    case = await questioned(world)
    await text_in("5 ممنون")
    row = await unclear("ببخشید اشتباه زدم")
    world.clock.forward(hours=5)
    await inbox.score(world["operator"], row.id, "3")
    await case.refresh_from_db()
    assert case.rating == 3
    assert (await CaseEvent.get(kind="feedback_corrected")).user_id == world.users["operator"].id


async def test_no_score_without_a_survey_that_takes_it(world: World) -> None:
    stranger = await unclear(sender=OTHER)
    await refused("no_survey", inbox.score(world["operator"], stranger.id, "5"))
    before = await unclear("پیش از نظرسنجی")
    await questioned(world)
    await refused("no_survey", inbox.score(world["operator"], before.id, "5"))
    await text_in("5 ممنون")
    world.clock.forward(minutes=11)
    again = await unclear("باز هم ممنون")
    await refused("no_survey", inbox.score(world["operator"], again.id, "1"))


@pytest.mark.parametrize(
    ("score", "code"),
    [
        ("", "required"), (None, "required"), ("x", "invalid"), ("4.5", "invalid"),
        ("-1", "invalid"), ("0", "out_of_range"), ("6", "out_of_range"), ("9999", "invalid"),
    ],
)  # fmt: skip
async def test_what_is_no_score(world: World, score: object, code: str) -> None:
    await questioned(world)
    row = await unclear()
    await refused(code, inbox.score(world["operator"], row.id, score))


async def test_attach_to_one_of_the_phones_cases(world: World) -> None:
    first, second = await world.case(), await world.case()
    row = await unclear("عکس را فردا می‌فرستم")
    settled = await inbox.attach(world["operator2"], row.id, first.id)
    assert (settled.settled_as, settled.case_id) == (Settlement.ATTACHED, first.id)
    assert await settled_events(first) == [("عکس را فردا می‌فرستم", world.users["operator2"].id)]
    assert await settled_events(second) == []


async def test_attached_to_a_question_it_is_the_reply(world: World) -> None:
    case = await world.case()
    await questions.ask(world["senior"], case.id, "شماره باجه چند است؟")
    row = await unclear("سلام", OTHER)
    await InboxMessage.filter(id=row.id).update(sender=MOBILE)
    await inbox.attach(world["operator"], row.id, case.id)
    await case.refresh_from_db()
    question = await Question.get(case_id=case.id)
    assert (question.answer, question.ended_at) == ("سلام", world.clock.at)
    assert case.status is CaseStatus.UNDER_REVIEW and case.paused_at is None
    assert await CaseEvent.filter(case_id=case.id, kind="reply").count() == 1


async def test_attach_only_to_the_phones_own_cases(world: World) -> None:
    foreign = await world.case(OTHER)
    await world.case()
    row = await unclear()
    for key in (foreign.id, 10**9, 0, -1, None, "1", 2**63):
        await refused("unknown", inbox.attach(world["operator"], row.id, key))


async def test_call_back(world: World) -> None:
    case = await questioned(world)
    row = await unclear()
    settled = await inbox.call_back(world["operator"], row.id, "نمره‌اش را نگفته است")
    assert (settled.settled_as, settled.case_id) == (Settlement.CALLED_BACK, case.id)
    call = await CallBack.get().select_related("contact")
    assert (call.contact.mobile, call.case_id, call.text_id) == (MOBILE, case.id, row.id)
    assert (call.reason, call.asked_by_id) == (
        "نمره‌اش را نگفته است",
        world.users["operator"].id,
    )
    assert len(await settled_events(case)) == 1
    stranger = await unclear(sender=OTHER)
    await inbox.call_back(world["operator"], stranger.id)
    assert await worklists.call_back_count(world["operator"]) == 2
    assert await CallBack.filter(case_id=None, reason="").count() == 1


async def test_who_has_no_mobile_can_only_be_read(world: World) -> None:
    row = await unclear("تبلیغات", "3000505")
    operator = world["operator"]
    await refused("no_survey", inbox.score(operator, row.id, "5"))
    await refused("unknown", inbox.attach(operator, row.id, 1))
    await refused("invalid", inbox.call_back(operator, row.id))
    await inbox.read(operator, row.id)


async def test_only_operators_and_supervisors(world: World) -> None:
    case = await questioned(world)
    row = await unclear()
    for name in ("senior", "admin", "head", "county", "inspector"):
        actor = world[name]
        for act in (
            inbox.read(actor, row.id),
            inbox.score(actor, row.id, "5"),
            inbox.attach(actor, row.id, case.id),
            inbox.call_back(actor, row.id),
        ):
            await refused("forbidden", act)


async def test_what_is_not_there_or_understood_already(world: World) -> None:
    await questioned(world)
    understood = await text_in("5")
    operator = world["operator"]
    for key, code in ((understood.id, "already_done"), (10**9, "not_found"), (-1, "not_found")):
        await refused(code, inbox.read(operator, key))
        await refused(code, inbox.score(operator, key, "5"))


async def test_two_people_at_once(world: World) -> None:
    case = await questioned(world)
    row = await unclear()
    outcomes = await asyncio.gather(
        inbox.score(world["operator"], row.id, "4"),
        inbox.read(world["operator2"], row.id),
        inbox.attach(world["supervisor"], row.id, case.id),
        return_exceptions=True,
    )
    codes = sorted(o.code if isinstance(o, DomainError) else "done" for o in outcomes)  # type: ignore[union-attr]
    assert codes == ["already_done", "already_done", "done"]
    assert len(await settled_events(case)) == 1


async def test_a_person_and_the_next_text_at_once(world: World) -> None:
    """Whichever is first, there is one score and it is not lost."""
    case = await questioned(world)
    row = await unclear()
    await asyncio.gather(
        inbox.score(world["operator"], row.id, "4"), text_in("4"), return_exceptions=True
    )
    assert await Feedback.filter(case_id=case.id, superseded=False).count() == 1
    await case.refresh_from_db()
    assert case.rating == 4


async def test_what_a_person_sees_of_a_text(world: World) -> None:
    case = await questioned(world)
    await text_in("4")
    world.clock.forward(minutes=1)
    await text_in("ممنون")
    odd = await unclear("چه خبر؟")
    await unclear("کسی هست؟")
    first, _second = await inbox.entries(await worklists.unclear())
    assert (first.text.id, [found.id for found in first.cases]) == (odd.id, [case.id])
    assert first.contact_id == (await Contact.get(mobile=MOBILE)).id
    assert len(first.lines) == inbox.LINES_SHOWN
    assert {line.inbound for line in first.lines} == {True, False}
    assert sorted(first.lines, key=lambda line: line.at) == first.lines
    shown = [line.text for line in first.lines]
    assert "چه خبر؟" not in shown and "کسی هست؟" not in shown
    secret = await OutboxMessage.filter(kind="identity_code").first()
    assert secret is not None and secret.text not in shown


async def test_a_text_of_a_stranger_stands_alone(world: World) -> None:
    await questioned(world)
    await unclear("سلام", "3000505")
    [entry] = await inbox.entries(await worklists.unclear())
    assert (entry.contact_id, entry.cases, entry.lines) == (None, [], [])
    assert await inbox.entries([]) == []
