"""S4: while the citizen is asked the clock stands, at most 24 hours in all."""

from __future__ import annotations

from tests.journeys.cast import RESULT, kinds
from tests.journeys.conftest import Cast

QUESTION = "شماره باجه و نام کارمند را می‌دانید؟"
HOUR = 3600


async def asked(cast: Cast) -> str:
    """A case whose county coordinator has asked the citizen after 40 minutes; its code."""
    code = await cast.operator.opens_case(cast.citizen)
    await cast.service.forward(minutes=20)
    await cast["senior"].act(code, "order", units=["EDU-c1"], text="باجه را بررسی کنید")
    await cast.service.forward(minutes=20)
    await cast["county"].act(code, "accept")
    await cast["county"].act(code, "ask", text=QUESTION)
    await cast.service.work()
    assert QUESTION in await cast.citizen.last()
    return code


async def test_the_reply_brings_the_case_back_with_the_time_that_was_left(cast: Cast) -> None:
    code = await asked(cast)
    case = await cast.centre.sees(code)
    assert (case["status"], case["clock"]["paused"]) == ("WAITING_CITIZEN", True)
    assert case["clock"]["remainingSeconds"] == 140 * 60
    await cast.service.forward(hours=5)
    case = await cast.centre.sees(code)
    assert case["clock"]["remainingSeconds"] == 140 * 60
    assert not (await cast["county"].case(code)).has_form("/report")

    await cast.citizen.replies("باجه ۳، آقای رضایی")
    case = await cast.centre.sees(code)
    assert (case["status"], case["clock"]["paused"]) == ("IN_HANDLING", False)
    assert case["clock"]["remainingSeconds"] == 140 * 60
    assert case["clock"]["pausedSeconds"] == 5 * HOUR
    assert case["questions"][0]["answer"] == "باجه ۳، آقای رضایی"
    assert "باجه ۳، آقای رضایی" in await cast["county"].case(code)
    assert "شهروند به پرسش پاسخ داد" in await cast["county"].get("/notifications")

    await cast["county"].act(code, "report", result="به آقای رضایی تذکر داده شد")
    await cast["senior"].act(code, "result", result=RESULT)
    case = await cast.centre.sees(code)
    assert (case["status"], case["breaches"]) == ("ANSWERED", [])
    assert kinds(case)[4:8] == ["ACCEPTED", "ASK", "REPLY", "REPORTED"]


async def test_handling_goes_on_after_24_hours_of_silence(cast: Cast) -> None:
    code = await asked(cast)
    await cast.service.forward(hours=23, minutes=30)
    assert (await cast.centre.sees(code))["status"] == "WAITING_CITIZEN"
    await cast.service.forward(minutes=30)
    case = await cast.centre.sees(code)
    assert (case["status"], case["clock"]["paused"]) == ("IN_HANDLING", False)
    assert case["clock"]["remainingSeconds"] == 140 * 60
    assert case["clock"]["pausedSeconds"] == 24 * HOUR
    assert case["questions"][0]["answer"] is None

    refused = await cast["county"].act(code, "ask", 422, text="باز هم می‌پرسیم")
    assert refused.form("/ask").values["ask-text"] == ["باز هم می‌پرسیم"]
    assert len((await cast.centre.sees(code))["questions"]) == 1
    await cast.service.forward(minutes=141)
    assert len((await cast.centre.sees(code))["breaches"]) == 1


async def test_a_late_reply_reaches_a_person(cast: Cast) -> None:
    await asked(cast)
    await cast.service.forward(hours=24)
    await cast.citizen.replies("ببخشید دیر شد")
    assert "کارشناس آن را می‌خواند" in await cast.citizen.last()
    assert "ببخشید دیر شد" in await cast.centre.get("/inbox")
