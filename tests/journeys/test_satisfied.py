"""S1–S6 with a satisfied citizen, by pages and forms alone."""

from __future__ import annotations

from tests.journeys.cast import RESULT, code_in, kinds
from tests.journeys.conftest import Cast


async def test_a_satisfied_citizen(cast: Cast) -> None:
    service, citizen = cast.service, cast.citizen
    call = await cast.operator.takes(citizen)
    assert "۰۹۱۲ ۱۲۳ ۴۵۶۷" in call
    assert not call.has_form("/register")
    call = await cast.operator.proves(call, citizen)
    saved = await cast.operator.registers(call)
    await cast.operator.hangs_up(citizen)
    await service.work()
    code = code_in(await citizen.last())
    assert code in saved

    case = await cast.centre.sees(code)
    assert (case["status"], case["agency"]["code"]) == ("UNDER_REVIEW", "EDU-c1")
    assert case["clock"]["remainingSeconds"] == 3 * 3600

    await service.forward(minutes=10)
    queue = await cast["senior"].get("/queue")
    assert "باز نبودن باجه در ساعت اداری" in queue
    await cast["senior"].act(code, "order", units=["EDU-c1"], text="باجه را بررسی کنید")
    assert "باز نبودن باجه" not in await cast["senior"].get("/queue")

    await service.forward(minutes=10)
    assert "باجه را بررسی کنید" in await cast["county"].get("/queue")
    await cast["county"].act(code, "accept")
    await cast["county"].act(code, "report", result="باجه باز شد", actions="بازدید از باجه")
    assert "باز نبودن باجه" not in await cast["county"].get("/queue")

    await service.forward(minutes=10)
    assert "نتیجه رسیده" in await cast["senior"].get("/queue")
    await cast["senior"].act(code, "result", result=RESULT)
    await service.work()
    assert RESULT in await citizen.last()

    await service.forward(minutes=60)
    assert "از ۱ (خیلی بد) تا ۵ (عالی)" in await citizen.last()
    await citizen.replies("۵")
    await citizen.replies("ممنون از پیگیری")
    assert "سپاسگزاریم" in await citizen.last()

    case = await cast.centre.sees(code)
    assert (case["status"], case["rating"], case["roundNumber"]) == ("CLOSED", 5, 1)
    assert case["feedback"] == [{"rating": 5, "comment": "ممنون از پیگیری"}]
    assert case["rounds"][0]["producer"]["code"] == "EDU-c1"
    assert case["breaches"] == []
    assert kinds(case) == [
        "REGISTERED", "REFER_TO_SENIOR", "ORDER", "REFERRED", "ACCEPTED", "REPORTED",
        "ALL_REPORTED", "ANSWER", "FEEDBACK", "CLOSE", "FEEDBACK_COMMENT",
    ]  # fmt: skip
    texts = await citizen.texts()
    assert len(texts) == len(set(texts)) == 6


async def test_a_status_is_texted_on_request(cast: Cast) -> None:
    code = await cast.operator.opens_case(cast.citizen)
    await cast.citizen.replies(code)
    assert "در حال بررسی راهبر ارشد" in await cast.citizen.last()


async def test_silence_closes_the_case(cast: Cast) -> None:
    code = await cast.operator.opens_case(cast.citizen)
    await cast["senior"].act(code, "result", result=RESULT)
    await cast.service.work()
    await cast.service.forward(minutes=60)
    await cast.service.forward(hours=25)
    assert (await cast.citizen.last()).startswith("یادآوری")
    await cast.service.forward(hours=48)
    case = await cast.centre.sees(code)
    assert (case["status"], case["rating"]) == ("CLOSED", None)
    assert (await cast.centre.case(code)).text.count("در مهلت نظرسنجی نظری نرسید.") == 1
