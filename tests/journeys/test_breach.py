"""B16, A5: the clock, its ladder, and the agency's head who answers for a breach."""

from __future__ import annotations

from tests.journeys.cast import OTHER_NATIONAL_ID, OTHER_PHONE, RESULT, Citizen, kinds, mobile_of
from tests.journeys.conftest import Cast


async def notices(cast: Cast, name: str) -> str:
    person = cast.centre if name == "supervisor" else cast[name]
    return (await person.get("/notifications")).text


async def test_the_ladder_is_climbed_and_the_head_explains(cast: Cast) -> None:
    service = cast.service
    code = await cast.operator.opens_case(cast.citizen)
    await service.forward(minutes=89)
    assert "یادآوری" not in await notices(cast, "senior")
    await service.forward(minutes=1)
    assert "یادآوری: نیمی از مهلت گذشته است" in await notices(cast, "senior")

    await cast["senior"].act(code, "order", units=["EDU-c1"], text="باجه را بررسی کنید")
    await service.forward(minutes=54)
    for name in ("county", "senior"):
        assert "هشدار: مهلت رو به پایان است" in await notices(cast, name)
    assert "مهلت سه‌ساعته گذشت" not in await notices(cast, "head")

    await service.forward(minutes=37)
    assert "مهلت سه‌ساعته گذشت" in await notices(cast, "head")
    page = await cast["head"].get("/breaches")
    [form] = [form for form in page.forms if form.action.endswith("/explain")]
    refused = await cast["head"].submit(form, 422, explanation="دیر شد")
    assert "دیر شد" in refused.html
    await cast["head"].submit(form, explanation="کارمند باجه مرخصی بود و جایگزین نداشت")
    await cast["head"].submit(form, 422, explanation="توضیحی دیگر برای همان نقض مهلت")
    case = await cast.centre.sees(code)
    assert case["breaches"][0]["explanation"] == "کارمند باجه مرخصی بود و جایگزین نداشت"
    assert (case["clock"]["overdue"], case["rounds"][0]["breachedAt"]) == (
        True,
        case["clock"]["dueAt"],
    )

    assert "تأخیر پرونده‌ای ادامه دارد" not in await notices(cast, "supervisor")
    await service.forward(hours=3)
    assert "تأخیر پرونده‌ای ادامه دارد" in await notices(cast, "supervisor")
    assert "از یک روز گذشت" not in await notices(cast, "centre_head")
    await service.forward(hours=21)
    assert "از یک روز گذشت" in await notices(cast, "centre_head")

    await cast["county"].act(code, "report", result="باجه باز شد")
    await cast["senior"].act(code, "result", result=RESULT)
    case = await cast.centre.sees(code)
    assert (case["status"], len(case["breaches"])) == ("ANSWERED", 1)
    assert kinds(case).count("BREACH") == 1
    assert [row["text"] for row in case["timeline"]["nodes"] if row["kind"] == "LADDER"] == [
        "reminder", "warning", "centre", "centre_head",
    ]  # fmt: skip


async def test_breaches_at_one_time_make_one_text(cast: Cast) -> None:
    head = mobile_of("head")
    other = Citizen(cast.service, OTHER_PHONE)
    codes = [
        await cast.operator.opens_case(cast.citizen),
        await cast.operator.opens_case(other, OTHER_NATIONAL_ID),
    ]
    await cast.service.forward(minutes=180)
    await cast.service.forward(minutes=10)
    [text] = await cast.service.texts(head)
    assert text.startswith("۲ پرونده از مهلت سه‌ساعته گذشت")
    for code in codes:
        assert code in text
    for staff in ("senior", "supervisor", "county"):
        assert await cast.service.texts(mobile_of(staff)) == []


async def test_an_answer_in_time_breaches_nothing(cast: Cast) -> None:
    code = await cast.operator.opens_case(cast.citizen)
    await cast.service.forward(minutes=179)
    await cast["senior"].act(code, "result", result=RESULT)
    await cast.service.forward(hours=3)
    case = await cast.centre.sees(code)
    assert (case["breaches"], case["rounds"][0]["breachedAt"]) == ([], None)
