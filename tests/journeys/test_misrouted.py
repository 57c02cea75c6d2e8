"""S3: a case of the wrong agency goes back to the centre and on to the right one."""

from __future__ import annotations

from tests.journeys.cast import RESULT, kinds
from tests.journeys.conftest import Cast


async def test_a_misrouted_case_keeps_its_clock(cast: Cast) -> None:
    code = await cast.operator.opens_case(cast.citizen)
    due_at = (await cast.centre.sees(code))["clock"]["dueAt"]

    await cast.service.forward(minutes=30)
    page = await cast["senior"].case(code)
    await cast["senior"].submit(page.form("/return"), 422, reason="نه")
    await cast["senior"].act(code, "return", reason="این موضوع به وزارت نیرو مربوط است")
    case = await cast.centre.sees(code)
    assert (case["status"], case["atCentre"], case["misrouted"]) == ("REGISTERED", True, 1)
    assert case["clock"]["dueAt"] == due_at

    await cast.service.forward(minutes=30)
    assert "باز نبودن باجه" in await cast.centre.get("/queue")
    form = (await cast.centre.case(code)).form("/reroute")
    searched = await cast.centre.submit(form, search="agency", agency_query="نیرو")
    await cast.centre.submit(
        searched.form("/reroute"), agency="ENE", reason="موضوع در صلاحیت وزارت نیرو است"
    )
    case = await cast.centre.sees(code)
    assert (case["status"], case["mainAgency"]["code"]) == ("UNDER_REVIEW", "ENE")
    assert case["clock"]["dueAt"] == due_at
    assert case["clock"]["remainingSeconds"] == 2 * 3600
    await cast["senior"].get(page.path, status=404)

    await cast["senior_ene"].act(code, "result", result=RESULT)
    await cast.service.work()
    assert RESULT in await cast.citizen.last()
    case = await cast.centre.sees(code)
    assert (case["status"], case["misrouted"]) == ("ANSWERED", 1)
    assert kinds(case) == [
        "REGISTERED", "REFER_TO_SENIOR", "RETURN_TO_CENTRE", "REROUTE", "REFER_TO_SENIOR", "ANSWER",
    ]  # fmt: skip


async def test_an_agency_without_a_senior_coordinator_leaves_the_case_at_the_centre(
    cast: Cast,
) -> None:
    code = await cast.operator.opens_case(cast.citizen, agency="CUL")
    case = await cast.centre.sees(code)
    assert (case["status"], case["atCentre"], case["misrouted"]) == ("REGISTERED", True, 0)
    assert "باز نبودن باجه" in await cast.centre.get("/queue")
    assert "پرونده‌ای به دستگاهی بی‌راهبر ارشد رسید" in await cast.centre.get("/notifications")
