"""G6: an agency whose own system does the whole of its part through GraphQL."""

from __future__ import annotations

from typing import Any

from tests.journeys.cast import NAME, RESULT, referral
from tests.journeys.conftest import Cast
from tests.support.world import MOBILE, NATIONAL_ID


async def test_the_agency_takes_part_by_its_own_system_alone(cast: Cast) -> None:
    partner = cast.partner("EDU")
    code = await cast.operator.opens_case(cast.citizen)
    case = await partner.case(code)
    assert case is not None and case["status"] == "UNDER_REVIEW"
    assert await cast.partner("ENE").case(code) is None

    order = {"caseId": case["id"], "text": "باجه را بررسی کنید", "units": ["EDU-p1", "EDU-p2"]}
    done = await partner.do("orderAction", **order, minutes=60, idempotencyKey="order-1")
    again = await partner.do("orderAction", **order, minutes=60, idempotencyKey="order-1")
    assert done == again
    case = await partner.case(code)
    assert case is not None and len(case["referrals"]) == 2

    provincial, fars = referral(case, "EDU-p1"), referral(case, "EDU-p2")
    await partner.do("acceptReferral", referralId=provincial["id"])
    down = await partner.do(
        "referCase", referralId=provincial["id"], units=["EDU-c1"], instruction="بررسی کنید"
    )
    county = down["referrals"][0]
    await partner.do("askCitizen", caseId=case["id"], text="شماره باجه را می‌دانید؟")
    await cast.service.work()
    refused = await partner.attempt("reportReferral", referralId=county["id"], result="باز شد")
    assert refused["errors"] == [{"code": "wrong_state", "field": None}]
    await cast.citizen.replies("باجه ۳")

    await partner.do("reportReferral", referralId=county["id"], result="باجه باز شد")
    await partner.do("reportReferral", referralId=provincial["id"], result="تأیید شد")
    await partner.do("returnReferral", referralId=fars["id"], reason="مربوط به فارس نیست")
    answered = await partner.do("recordResult", caseId=case["id"], result=RESULT)
    assert answered["case"]["status"] == "ANSWERED"
    identity = await partner.do("viewIdentity", caseId=case["id"], reason="تماس با شهروند")
    assert identity["identity"] == {"name": NAME, "nationalId": NATIONAL_ID, "mobile": MOBILE}

    await cast.service.work()
    assert RESULT in await cast.citizen.last()
    await cast.service.forward(minutes=60)
    await cast.citizen.replies("4")
    case = await partner.case(code)
    assert case is not None and (case["status"], case["rating"]) == ("CLOSED", 4)
    assert case["rounds"][0]["producer"]["code"] == "EDU-c1"


async def test_another_agencys_system_can_do_nothing(cast: Cast) -> None:
    code = await cast.operator.opens_case(cast.citizen)
    before = await cast.centre.sees(code)
    stranger = cast.partner("ENE")
    attempts: dict[str, dict[str, Any]] = {
        "orderAction": {"text": "بررسی کنید", "units": ["ENE"]},
        "recordResult": {"result": RESULT},
        "returnCase": {"reason": "مربوط نیست"},
        "viewIdentity": {"reason": "کنجکاوی"},
    }
    for mutation, given in attempts.items():
        refused = await stranger.attempt(mutation, caseId=before["id"], **given)
        assert [row["code"] for row in refused["errors"]] == ["not_found"], mutation
    assert await cast.centre.sees(code) == before


async def test_a_case_that_a_partner_forwards_is_handled_like_any_other(cast: Cast) -> None:
    done = await cast.partner("EDU").do(
        "registerCase",
        reporterName=NAME,
        nationalId=NATIONAL_ID,
        mobile=MOBILE,
        kind="COMPLAINT",
        reporterKind="CITIZEN",
        agency="EDU-c1",
        place="v1",
        indicator="I5",
        subject="باز نبودن باجه در ساعت اداری",
        text="ساعت ۹ مراجعه کردم و باجه بسته بود.",
    )
    code = done["case"]["trackingCode"]
    await cast.service.work()
    assert "کد رهگیری" in await cast.citizen.last()
    case = await cast.centre.sees(code)
    assert (case["status"], case["channel"]) == ("UNDER_REVIEW", "API")
    await cast["senior"].act(code, "result", result=RESULT)
    await cast.service.work()
    assert RESULT in await cast.citizen.last()
