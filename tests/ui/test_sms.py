"""The page about SMS: what is wrong, figures, messages for a person, the banner on other pages."""

from __future__ import annotations

import re

import httpx2
import pytest

from domain import generate, outbox, sending, service, sms_rollup
from domain.service import Provider
from domain.sms_figures import Count, Recent
from domain.time import now
from models import Contact, OutboxMessage, ProviderAlarm, SendingHalt, SendingLine
from models.enums import MessageState, Resumption, TextKind
from tests.support.pages import Page
from tests.support.queries import recorded
from tests.support.unchanged import unchanged
from tests.support.web import application, browser, signed_in
from tests.support.world import LINE, MOBILE, World
from ui import dead_jobs, notices, overview, sms

APP = application([*sms.routes, *overview.routes, *notices.routes, *dead_jobs.routes])
REASON = "شهروند در تماس گفت که نرسیده است"


async def of(world: World, name: str) -> httpx2.AsyncClient:
    return browser(APP, token=await signed_in(world.users[name]))


async def failed(world: World, state: MessageState = MessageState.FAILED) -> OutboxMessage:
    """A result that did not go out, of a case of its own."""
    case = await world.case()
    row = await outbox.queue(
        TextKind.RESULT, MOBILE, f"k{case.id}", case=case, code="1", result="متن محرمانه"
    )
    assert row is not None
    await OutboxMessage.filter(id=row.id).update(
        state=state,
        gateway="kavenegar",
        error="خط فرستنده",
        error_code=411,
        attempts=2,
        updated_at=now(),
    )
    return await OutboxMessage.get(id=row.id)


def tiles(html: str) -> dict[str, str]:
    return dict(re.findall(r'tile-label">([^<]+)</span><span class="tile-value">([^<]+)<', html))


async def test_what_is_wrong_comes_first_and_how_it_ends(world: World) -> None:
    await sending.halt("kavenegar", "*", 418, "اعتبار حساب کافی نیست", Resumption.CREDIT)
    await sending.halt("http", "10009128", 403, "دسترسی مجاز نیست", Resumption.OPERATOR)
    await sending.halt("http", "*", 429, "محدودیت", Resumption.TIME, now())
    await SendingHalt.filter(code=429).update(until=now().replace(hour=9, minute=0))
    await sending.alarm("kavenegar", "credit", "125000")
    for code in ("debugmode", "resendfailed", "code:999", "off:sms.blocked", "unheard"):
        await sending.alarm("kavenegar", code, "شرح")
    text = Page(await (await of(world, "supervisor")).get("/sms")).text
    for said in (
        "ارسال از کاوه‌نگار متوقف است",
        "اعتبار حساب کافی نیست (کد ۴۱۸) · از ۱۴۰۵/۰۹/۰۳ ۰۹:۳۰",
        "با افزایش اعتبار، ارسال خودبه‌خود از سر گرفته می‌شود",
        "ارسال از خط ۱۰۰۰۹۱۲۸ درگاه دوم متوقف است",
        "پس از رفع مشکل، ارسال را از سر بگیرید",
        "ساعت ۱۲:۳۰ خودبه‌خود از سر گرفته می‌شود",
        "اعتبار باقی‌مانده: ۱۲۵٬۰۰۰ ریال",
        "حالت آزمایشی حساب روشن است",
        "پاسخ پیش‌بینی‌نشده: کد ۹۹۹",
        "«خواندن فهرست شماره‌های بسته» برای این حساب مجاز نیست",
        "unheard",
    ):
        assert said in text
    assert "ارسال پیامک برقرار است" not in text


async def test_nothing_is_wrong_and_nothing_was_sent(world: World) -> None:
    shown = await (await of(world, "admin")).get("/sms")
    for said in ("ارسال پیامک برقرار است", "درگاهی تنظیم نشده است", "پیامکی نیازمند بررسی نیست"):
        assert said in shown.text
    assert "sms-banner" not in shown.text


async def test_gateways_with_what_they_can_do(world: World) -> None:
    before = service.current()
    able = frozenset({"statuses", "calls"})
    service.configure(
        service.Service(
            vault=before.vault,
            sms_line=LINE,
            gateways=(Provider("kavenegar", LINE, able), Provider("http", "1", frozenset())),
        )
    )
    await SendingLine.create(gateway="http", line="1", rate=0.25, tokens=0, refilled_at=now())
    await sending.halt("kavenegar", LINE, 412, "خط", Resumption.OPERATOR)
    await sending.alarm("http", "credit", "90")
    rows = re.findall(r"<tr>.*?</tr>", (await (await of(world, "admin")).get("/sms")).text, re.S)
    first, second = [
        " ".join(re.sub(r"<[^>]+>|&nbsp;", " ", row).split())
        for row in rows
        if "در&nbsp;ثانیه" in row
    ]
    assert first == "کاوه‌نگار خط ۱۰۰۰۴۱۲۸ متوقف تا ۱۰ در ثانیه – پیگیری وضعیت، خواندن نتیجه در تماس"
    assert second == "درگاه دوم خط ۱ هشدار تا ۰٫۲۵ در ثانیه ۹۰ ریال –"


async def test_figures(world: World) -> None:
    await failed(world)
    await OutboxMessage.filter(kind="registered").update(
        gateway="http",
        state=MessageState.DELIVERED,
        accepted_at=now(),
        delivered_at=now(),
        parts=2,
        cost=2400,
    )
    await sms_rollup.run()
    page = await of(world, "supervisor")
    shown = (await page.get("/sms")).text
    assert tiles(shown) == {
        "در صف ارسال": "۱",
        "نیازمند بررسی": "۰",
        "پیامک‌های ۴۸ ساعت": "۳",
        "نرخ تحویل": "۱۰۰٪",
        "از صف تا درگاه": "۰٫۰",
        "از درگاه تا گوشی": "۰٫۰",
        "پاسخ به نظرسنجی": "–",
        "پاسخ دیرهنگام": "–",
        "هزینهٔ امروز": "۲٬۴۰۰",
        "هزینهٔ هر پرونده": "۲٬۴۰۰",
        "بخش در هر پیامک": "۲٫۰۰",
        "لغو دریافت": "۰",
    }
    fresh = await page.get("/sms/figures", headers={"hx-request": "true"})
    assert "<html" not in fresh.text
    assert tiles(fresh.text) == tiles(shown)


def test_bars_stand_on_each_other() -> None:
    first = sms_rollup.hour_of(now())
    hours = [(first + number * sms_rollup.HOUR, Count()) for number in range(48)]
    hours[0][1].queued, hours[0][1].delivered, hours[0][1].failed = 10, 5, 2
    hours[1][1].queued = 5
    found = sms.chart(Recent([], hours, Count(queued=15)))
    assert [(part["tone"], part["from"], part["height"]) for part in found["bars"][0]["parts"]] == [
        ("ok", 0, 50),
        ("way", 50, 30),
        ("error", 80, 20),
    ]
    assert [part["height"] for part in found["bars"][1]["parts"]] == [50]
    assert found["bars"][2]["parts"] == []
    assert (len(found["labels"]), found["top"]) == (8, 10)
    assert sms.chart(Recent([], [(first, Count())], Count()))["top"] == 0


async def test_resuming_and_dismissing(world: World) -> None:
    await sending.halt("kavenegar", "*", 403, "x", Resumption.OPERATOR)
    await sending.alarm("kavenegar", "debugmode")
    halt, alarm = await SendingHalt.get(), await ProviderAlarm.get()
    page = await of(world, "admin")
    answer = await page.post(f"/sms/halts/{halt.id}/resume")
    assert answer.headers["location"] == "/sms?done=sending_resumed"
    answer = await page.post(f"/sms/alarms/{alarm.id}/dismiss")
    assert answer.headers["location"] == "/sms?done=alarm_dismissed"
    assert not await SendingHalt.exists() and not await ProviderAlarm.exists()
    for path in (f"/sms/halts/{halt.id}/resume", f"/sms/alarms/{alarm.id}/dismiss"):
        assert (await page.post(path)).status_code == 404


async def test_messages_for_a_person(world: World) -> None:
    """The centre is led to the conversation, administrators see neither; nobody a text."""
    await failed(world)
    contact, _ = await Contact.get_or_create(mobile=MOBILE, defaults={"created_at": now()})
    for name, led in (("supervisor", True), ("admin", False)):
        shown = (await (await of(world, name)).get("/sms")).text
        assert "خط فرستنده" in shown and "کد ۴۱۱" in shown and "۲ تلاش" in shown
        assert (f'href="/conversations/{contact.id}"' in shown) is led
        assert "محرمانه" not in shown and "۱۲۳۴۵۶۷" not in shown and "1234567" not in shown


async def test_sending_again_needs_a_reason(world: World) -> None:
    row = await failed(world)
    page = await of(world, "supervisor")
    path, name = f"/sms/messages/{row.id}/send-again", f"again-{row.id}-reason"
    async with unchanged():
        answer = await page.post(path, data={name: "نه"})
    assert answer.status_code == 422
    assert f'href="#f-{name}"' in answer.text and f'id="f-{name}-error"' in answer.text
    assert f'id="again-{row.id}" open' in answer.text and 'value="نه"' in answer.text
    answer = await page.post(path, data={name: REASON})
    assert answer.headers["location"] == "/sms?done=sent_again"
    assert (await OutboxMessage.get(id=row.id)).state is MessageState.PENDING
    answer = await page.post(path, data={name: REASON})
    assert answer.status_code == 422 and "error-summary" in answer.text
    right = {"again-99999-reason": REASON}
    assert (await page.post("/sms/messages/99999/send-again", data=right)).status_code == 404


@pytest.mark.parametrize("name", ["operator", "senior", "county", "head", "inspector"])
async def test_the_page_is_not_there_for_others(world: World, name: str) -> None:
    await sending.halt("kavenegar", "*", 403, "x", Resumption.OPERATOR)
    halt, page = await SendingHalt.get(), await of(world, name)
    async with unchanged():
        for path in ("/sms", "/sms/figures"):
            assert (await page.get(path)).status_code == 404
        assert (await page.post(f"/sms/halts/{halt.id}/resume")).status_code == 404


async def test_the_cost_does_not_grow_with_the_messages(world: World) -> None:
    supervisor = await of(world, "supervisor")
    await failed(world)
    asked = []
    for cases in (5, 60):
        await generate.generate(cases, 1, seed=cases)
        await sms_rollup.run()
        with recorded() as statements:
            assert (await supervisor.get("/sms/figures")).status_code == 200
        assert len(statements) == 1 + 10
        with recorded() as statements:
            assert (await supervisor.get("/sms")).status_code == 200
        asked.append(len(statements))
    assert asked[0] == asked[1]


# The banner


async def test_every_page_says_so_while_sending_is_halted(world: World) -> None:
    await sending.halt("kavenegar", "*", 403, "x", Resumption.OPERATOR)
    for name, told, led in (
        ("admin", True, True),
        ("supervisor", True, True),
        ("operator", True, False),
        ("senior", False, False),
        ("county", False, False),
    ):
        page = await of(world, name)
        shown = (await page.get("/overview")).text
        banner = re.search(r'<p class="sms-banner".*?</p>', shown, re.S)
        assert bool(banner) is told
        assert banner is None or (('href="/sms"' in banner[0]) is led)
        fresh = await page.get("/sms/banner")
        assert (fresh.status_code, "متوقف" in fresh.text) == (200 if told else 404, told)
    assert 'sms-banner"' not in (await (await of(world, "admin")).get("/sms")).text


async def test_the_banner_goes_when_all_is_well_and_costs_one_query(world: World) -> None:
    page = await of(world, "operator")
    await sending.alarm("http", "credit", "1")
    assert "سامانهٔ پیامک هشدار داده است" in (await page.get("/notifications")).text
    await ProviderAlarm.all().delete()
    assert '<p class="sms-banner"' not in (await page.get("/notifications")).text
    with recorded() as statements:
        assert (await page.get("/sms/banner")).text.strip() == ""
    assert len(statements) == 1 + 1
