"""The citizen no longer wants the case pursued, and says so by telephone."""

from __future__ import annotations

from tests.journeys.cast import kinds
from tests.journeys.conftest import Cast


async def test_a_withdrawn_case_ends_for_everybody(cast: Cast) -> None:
    code = await cast.operator.opens_case(cast.citizen)
    await cast["senior"].act(code, "order", units=["EDU-c1"], text="باجه را بررسی کنید")
    await cast.service.forward(minutes=30)

    call = await cast.operator.takes(cast.citizen)
    assert code in call
    await cast.operator.act(code, "withdraw", 422, reason="")
    await cast.operator.act(code, "withdraw", reason="مشکل حل شد")
    await cast.service.work()
    assert "به درخواست شما پایان یافت" in await cast.citizen.last()

    case = await cast.centre.sees(code)
    assert (case["status"], case["referrals"][0]["status"]) == ("WITHDRAWN", "CANCELLED")
    assert kinds(case)[-2:] == ["WITHDRAW", "REFERRAL_CANCELLED"]
    county = await cast["county"].case(code)
    assert not any(county.has_form(act) for act in ("/accept", "/report", "/refer"))
    assert "باز نبودن باجه" not in await cast["county"].get("/queue")

    texts = await cast.citizen.texts()
    await cast.service.forward(hours=4)
    assert await cast.citizen.texts() == texts
    case = await cast.centre.sees(code)
    assert (case["breaches"], case["status"]) == ([], "WITHDRAWN")


async def test_a_case_is_withdrawn_while_the_citizen_is_asked(cast: Cast) -> None:
    code = await cast.operator.opens_case(cast.citizen)
    await cast["senior"].act(code, "ask", text="شماره باجه را می‌دانید؟")
    await cast.service.work()
    await cast.operator.act(code, "withdraw", reason="مشکل حل شد")
    case = await cast.centre.sees(code)
    assert (case["status"], case["clock"]["paused"]) == ("WITHDRAWN", False)
    await cast.service.forward(hours=25)
    assert (await cast.centre.sees(code))["status"] == "WITHDRAWN"
