"""A6, B13: what 128 does not hear is answered with the competent body and never counted."""

from __future__ import annotations

from tests.journeys.conftest import Cast


async def test_an_out_of_scope_caller_is_told_where_to_go(cast: Cast) -> None:
    call = await cast.operator.takes(cast.citizen)
    await cast.operator.submit(call.form("/out-of-scope"), 422, category="")
    told = await cast.operator.submit(
        call.form("/out-of-scope"), category="judiciary", note="دعوای ملکی", by_sms="1"
    )
    assert "۱۲۹" in told
    await cast.service.work()
    [text] = await cast.citizen.texts()
    assert "۱۲۹" in text
    assert await cast.centre.count() == 0
    figures = await cast.centre.get("/overview")
    assert "ثبت‌شده امروز ۰" in figures


async def test_a_case_found_out_of_scope_later_ends_and_leaves_the_figures(cast: Cast) -> None:
    code = await cast.operator.opens_case(cast.citizen)
    assert "ثبت‌شده امروز ۱" in await cast.centre.get("/overview")
    assert not (await cast["senior"].case(code)).has_form("/out-of-scope")
    await cast["senior"].act(code, "return", reason="ماهیت خدمت است نه شیوه آن")
    await cast.centre.act(code, "out-of-scope", category="nature_of_service")
    await cast.service.work()
    assert "در شمول ۱۲۸ نیست" in await cast.citizen.last()
    case = await cast.centre.sees(code)
    assert (case["status"], case["permittedActs"]) == ("OUT_OF_SCOPE", ["NOTE"])
    assert "ثبت‌شده امروز ۰" in await cast.centre.get("/overview")
    before = await cast.citizen.texts()
    await cast.service.forward(hours=6)
    assert await cast.citizen.texts() == before
    assert (await cast.centre.sees(code))["breaches"] == []
