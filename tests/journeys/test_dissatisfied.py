"""S6: a dissatisfied citizen's case climbs one level at a time, up to the national centre."""

from __future__ import annotations

from typing import Any

import pytest

from tests.journeys.cast import RESULT, kinds, messages, referral
from tests.journeys.conftest import Cast


async def rates(cast: Cast, *replies: str) -> None:
    """The result arrives, the survey is asked, the citizen answers it."""
    await cast.service.work()
    assert "نتیجه رسیدگی" in await cast.citizen.last()
    await cast.service.forward(minutes=60)
    assert "راضی هستید" in await cast.citizen.last()
    for reply in replies:
        await cast.citizen.replies(reply)


async def handled_by_system(cast: Cast, code: str, agency: str) -> dict[str, Any]:
    """A unit's referral is done by the partner's system, and the result recorded by the senior."""
    partner = cast.partner("EDU")
    case = await partner.case(code)
    assert case is not None
    await partner.do(
        "reportReferral",
        referralId=referral(case, agency)["id"],
        result="موضوع در این سطح پیگیری شد",
    )
    await cast["senior"].act(code, "result", result=f"{RESULT} پیگیری {agency}")
    return await cast.centre.sees(code)


async def test_dissatisfied_up_to_the_national_centre(cast: Cast) -> None:
    citizen = cast.citizen
    code = await cast.operator.opens_case(citizen)
    await cast["senior"].act(code, "order", units=["EDU-c1"], text="باجه را بررسی کنید")
    await cast["county"].act(code, "report", result="باجه باز شد")
    await cast["senior"].act(code, "result", result=RESULT)
    await rates(cast, "1", "باجه هنوز بسته است")
    assert "سپاسگزاریم" in await citizen.last()

    case = await cast.centre.sees(code)
    assert (case["status"], case["roundNumber"], case["reopened"]) == ("IN_HANDLING", 2, 1)
    assert case["rounds"][1]["level"] == "PROVINCIAL"
    assert case["clock"]["remainingSeconds"] == 3 * 3600
    assert "باجه هنوز بسته است" in await cast["provincial"].case(code)
    await handled_by_system(cast, code, "EDU-p1")
    await rates(cast, "۲ هنوز حل نشده")
    assert "سطح بالاتر" in await citizen.last()

    case = await cast.centre.sees(code)
    assert (case["roundNumber"], case["rounds"][2]["level"]) == (3, "SUBSIDIARY")
    await handled_by_system(cast, code, "EDU-S")
    await rates(cast, "خیلی بد")

    case = await cast.centre.sees(code)
    assert (case["status"], case["atCentre"]) == ("UNDER_REVIEW", True)
    assert (case["roundNumber"], case["rounds"][3]["level"]) == (4, "NATIONAL")
    assert not (await cast["senior"].case(code)).has_form("/result")
    assert "نزد مرکز ملی" in await cast.centre.get("/queue") or code in (
        await cast.centre.get("/queue")
    )
    await cast.centre.act(code, "result", result="مرکز ملی موضوع را به نتیجه رساند.")
    await rates(cast, "۱")
    assert "نظر نهایی داده" in await citizen.last()

    case = await cast.centre.sees(code)
    assert (case["status"], case["roundNumber"], case["rating"]) == ("CLOSED", 4, 1)
    assert kinds(case)[-1] in ("CLOSE", "FINAL_VERDICT")
    assert messages(case) == [
        "REGISTERED",
        *("RESULT", "SURVEY", "SURVEY_REOPENED", "SURVEY_THANKS"),
        *("RESULT", "SURVEY", "SURVEY_REOPENED_THANKS"),
        *("RESULT", "SURVEY", "SURVEY_REOPENED"),
        *("RESULT", "SURVEY", "SURVEY_FINAL"),
    ]
    assert len(await citizen.texts()) == 1 + len(messages(case))


async def test_a_closed_case_is_reopened_by_telephone_within_seven_days(cast: Cast) -> None:
    code = await cast.operator.opens_case(cast.citizen)
    await cast["senior"].act(code, "result", result=RESULT)
    await rates(cast, "4")
    await cast.service.forward(hours=5)
    await cast.operator.takes(cast.citizen)
    await cast.operator.act(code, "reopen", reason="باجه دوباره بسته شد")
    case = await cast.centre.sees(code)
    assert (case["roundNumber"], case["rounds"][1]["level"]) == (2, "NATIONAL")
    assert (case["status"], case["atCentre"]) == ("UNDER_REVIEW", True)


@pytest.mark.parametrize("reply", ["۷", "شاید", ""])
async def test_an_unclear_answer_is_asked_once_more(cast: Cast, reply: str) -> None:
    code = await cast.operator.opens_case(cast.citizen)
    await cast["senior"].act(code, "result", result=RESULT)
    await rates(cast, reply or "؟")
    assert "فقط یک عدد" in await cast.citizen.last()
    await cast.citizen.replies("۳")
    case = await cast.centre.sees(code)
    assert (case["status"], case["rating"]) == ("CLOSED", 3)
