"""S4: several referrals at once on all four levels, by people and by a partner's system."""

from __future__ import annotations

from tests.journeys.cast import RESULT, referral
from tests.journeys.conftest import Cast


async def test_results_come_back_from_all_four_levels(cast: Cast) -> None:
    code = await cast.operator.opens_case(cast.citizen)
    senior, partner = cast["senior"], cast.partner("EDU")

    form = (await senior.case(code)).form("/order")
    chosen = ["EDU", "EDU-S"]
    searched = await senior.submit(form, units=chosen, search="units", units_query="فارس")
    await senior.submit(
        searched.form("/order"),
        units=[*chosen, "EDU-p2"],
        text="هر سطح در حوزه خود بررسی کند",
        minutes="۹۰",
    )
    case = await partner.case(code)
    assert case is not None and case["status"] == "IN_HANDLING"
    subsidiary = referral(case, "EDU-S")
    await partner.do("acceptReferral", referralId=subsidiary["id"])
    await partner.do(
        "referCase",
        referralId=subsidiary["id"],
        units=["EDU-p1"],
        instruction="استان گیلان بررسی کند",
    )
    await cast["provincial"].act(
        code, "refer", units=["EDU-c1"], instruction="شهرستان رشت بررسی کند"
    )
    case = await cast.centre.sees(code)
    levels = {row["agency"]["code"]: row["status"] for row in case["referrals"]}
    assert levels == {
        "EDU": "PENDING",
        "EDU-S": "REFERRED",
        "EDU-p1": "REFERRED",
        "EDU-c1": "PENDING",
        "EDU-p2": "PENDING",
    }
    assert not (await cast["provincial"].case(code)).has_form("/report")

    await cast["county"].act(code, "report", result="باجه باز شد", actions="بازدید")
    assert "باجه باز شد" in await cast["provincial"].case(code)
    assert "باجه باز شد" not in await cast["fars"].case(code)
    await cast["provincial"].act(code, "report", result="نتیجه شهرستان تأیید شد")
    await partner.do("reportReferral", referralId=subsidiary["id"], result="نتیجه استان تأیید شد")
    await cast["fars"].act(code, "give-back", reason="مربوط به استان فارس نیست")
    assert (await cast.centre.sees(code))["status"] == "IN_HANDLING"
    assert not (await senior.case(code)).has_form("/result")
    await cast["main"].act(code, "report", result="ستاد موضوع را بررسی کرد")

    case = await cast.centre.sees(code)
    assert case["status"] == "UNDER_REVIEW"
    reviewed = await senior.case(code)
    for result in ("باجه باز شد", "نتیجه شهرستان تأیید شد", "ستاد موضوع را بررسی کرد"):
        assert result in reviewed
    await senior.act(code, "result", result=RESULT)
    await cast.service.work()
    assert RESULT in await cast.citizen.last()
    case = await cast.centre.sees(code)
    assert case["rounds"][0]["producer"]["code"] == "EDU"
    assert {row["status"] for row in case["referrals"]} == {"REPORTED", "RETURNED"}


async def test_work_never_goes_to_an_empty_chair_or_another_agency(cast: Cast) -> None:
    code = await cast.operator.opens_case(cast.citizen)
    senior = cast["senior"]
    form = (await senior.case(code)).form("/order")
    searched = await senior.submit(form, search="units", units_query="نیرو")
    assert searched.form("/order").choices.get("units", []) == []
    sent = {**form.filled({"text": "بررسی کنید"}), "units": ["ENE"]}
    answer = await senior.http.post(form.action, data=sent)
    assert answer.status_code == 422
    case = await cast.centre.sees(code)
    assert (case["status"], case["referrals"]) == ("UNDER_REVIEW", [])
