"""The case page over HTTP: what each role sees, every act, refusals that change nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence

import httpx2
import pytest

from domain import breaches, questions, referrals, review
from domain.time import now
from models import (
    Breach,
    Case,
    CaseEvent,
    IdentityView,
    InboxMessage,
    Job,
    OutboxMessage,
    Referral,
    Round,
    Session,
)
from models.enums import CaseStatus, InboxState, ReferralStatus
from tests.domain.test_six_steps import answer_by_county, ask_survey, run_jobs, text_in
from tests.support.queries import recorded
from tests.support.web import application, browser, signed_in
from tests.support.world import MOBILE, NATIONAL_ID, World
from ui import case as case_page

APP = application(case_page.routes)


async def of(world: World, name: str) -> httpx2.AsyncClient:
    return browser(APP, token=await signed_in(world.users[name]))


async def marks(case: Case) -> tuple[object, ...]:
    """What an act would change."""
    row = await Case.get(id=case.id)
    return (
        row.version,
        row.status,
        await CaseEvent.filter(case_id=case.id).count(),
        await Referral.filter(case_id=case.id).values_list("id", "status"),
        await OutboxMessage.filter(case_id=case.id).count(),
        await Job.all().count(),
    )


async def ordered(world: World, case: Case, *units: str) -> list[Referral]:
    await review.order(world["senior"], case.id, "بررسی و رفع مشکل", list(units))
    return await Referral.filter(case_id=case.id).order_by("id")


# Reading


async def test_the_page_shows_the_case_and_the_acts_of_a_senior(world: World) -> None:
    case = await world.case()
    shown = await (await of(world, "senior")).get(f"/cases/{case.id}")
    assert shown.status_code == 200
    for text in (case.subject, case.text, "روستای علی‌آباد", "گام‌های شش‌گانه", "کد رهگیری"):
        assert text in shown.text
    assert acts_of(shown.text) == {"order", "result", "ask", "note", "return", "duplicate"}
    ids = re.findall(r'\sid="([^"]+)"', shown.text)
    assert len(ids) == len(set(ids))


def acts_of(html: str) -> set[str]:
    found = re.findall(r'action="/cases/\d+/((?:referrals/\d+/)?[a-z-]+)"', html)
    return {name.rpartition("/")[2] for name in found} - {"identity"}


@pytest.mark.parametrize(
    ("name", "acts"),
    [
        ("operator", {"withdraw", "note"}),
        ("supervisor", {"withdraw", "note", "duplicate", "out-of-scope"}),
        ("head", {"note"}),
        ("inspector", set()),
        ("county", {"ask", "note", "accept", "report", "refer", "give-back"}),
        ("provincial", set()),
    ],
)
async def test_only_permitted_acts_are_shown(world: World, name: str, acts: set[str]) -> None:
    case = await world.case()
    await ordered(world, case, "EDU-c1")
    if name in ("supervisor",):
        acts = acts - {"duplicate", "out-of-scope"}  # the case is being handled
    shown = await (await of(world, name)).get(f"/cases/{case.id}")
    assert shown.status_code == 200
    assert acts_of(shown.text) == acts


@pytest.mark.parametrize("name", ["senior_ene", "fars", "county", "operator2", "admin"])
async def test_others_do_not_know_that_there_is_such_a_case(world: World, name: str) -> None:
    case = await world.case()
    page = await of(world, name)
    for answer in (
        await page.get(f"/cases/{case.id}"),
        await page.get(f"/cases/{case.id}/live"),
        await page.get(f"/cases/{case.id}/units"),
        await page.post(f"/cases/{case.id}/note", data={"note-text": "یادداشت"}),
        await page.post(f"/cases/{case.id}/identity", data={"identity-reason": "کنجکاوی"}),
    ):
        assert answer.status_code == 404
        assert case.subject not in answer.text
    assert not await CaseEvent.filter(kind="note").exists()
    assert not await IdentityView.exists()


async def test_who_is_not_signed_in_is_sent_to_sign_in(world: World) -> None:
    case = await world.case()
    for path in (f"/cases/{case.id}", "/cases"):
        answer = await browser(APP).get(path)
        assert (answer.status_code, answer.headers["location"]) == (303, f"/login?next={path}")
    before = await marks(case)
    answer = await browser(APP).post(f"/cases/{case.id}/note", data={"note-text": "یادداشت"})
    assert answer.status_code == 303
    assert await marks(case) == before


@pytest.mark.parametrize("path", ["/cases/0", "/cases/99999999999999999999", "/cases/x"])
async def test_no_such_case(world: World, path: str) -> None:
    assert (await (await of(world, "supervisor")).get(path)).status_code == 404


async def test_a_page_costs_the_same_whatever_happened(world: World) -> None:
    case = await world.case()
    senior = await of(world, "senior")
    with recorded() as fresh:
        await senior.get(f"/cases/{case.id}")
    await answer_by_county(world, case)
    await ask_survey(world, case)
    await text_in("۱")
    await text_in("هنوز بسته است")
    world.clock.forward(hours=4)
    await run_jobs()
    await Session.all().update(last_seen_at=now())
    with recorded() as worn:
        shown = await senior.get(f"/cases/{case.id}")
    assert "دور دوم گذشت" in shown.text
    around = 6  # sign-in 2, frame 4
    assert len(fresh) <= around + 11
    assert len(worn) <= around + 15


# Privacy


@pytest.mark.parametrize("name", ["senior", "county", "head"])
async def test_an_agency_never_sees_who_reported_without_consent(world: World, name: str) -> None:
    case = await world.case(consent=False)
    await ordered(world, case, "EDU-c1")
    page = await of(world, name)
    shown = await page.get(f"/cases/{case.id}")
    asked = await page.post(f"/cases/{case.id}/identity", data={"identity-reason": "تماس تلفنی"})
    assert asked.status_code == 422
    for text in (shown.text, asked.text):
        assert "رضایت نداده" in text
        for secret in ("9121234567", "۹۱۲", "مریم احمدی", NATIONAL_ID):
            assert secret not in text
    assert not await IdentityView.exists()


async def test_an_employee_stays_confidential(world: World) -> None:
    case = await world.case(reporter_kind="employee", consent=True)
    shown = await (await of(world, "senior")).get(f"/cases/{case.id}")
    assert "محرمانه؛ گزارش‌دهنده از کارکنان است" in shown.text
    assert "/identity" not in shown.text


async def test_an_identity_is_shown_once_and_the_view_is_kept(world: World) -> None:
    case = await world.case()
    senior = await of(world, "senior")
    before = await senior.get(f"/cases/{case.id}")
    assert "مریم احمدی" not in before.text
    opened = await senior.post(f"/cases/{case.id}/identity", data={"identity-reason": "تماس با وی"})
    assert opened.status_code == 200
    assert "مریم احمدی" in opened.text
    assert "۰۹۱۲ ۱۲۳ ۴۵۶۷" in opened.text
    view = await IdentityView.get()
    assert (view.case_id, view.user_id, view.reason) == (
        case.id,
        world.users["senior"].id,
        "تماس با وی",
    )
    assert "مریم احمدی" not in (await senior.get(f"/cases/{case.id}")).text


async def test_no_reason_no_identity(world: World) -> None:
    case = await world.case()
    answer = await (await of(world, "senior")).post(f"/cases/{case.id}/identity", data={})
    assert answer.status_code == 422
    assert 'id="f-identity-reason-error"' in answer.text
    assert not await IdentityView.exists()


async def test_the_conversation_hides_numbers_and_codes(world: World) -> None:
    case = await world.case()
    await OutboxMessage.filter(kind="identity_code").update(case_id=case.id)
    await InboxMessage.create(
        provider="kavenegar",
        message_id="1",
        sender=MOBILE,
        line="1",
        text="پاسخ شهروند اینجاست",
        received_at=world.clock(),
        state=InboxState.HANDLED,
        case_id=case.id,
    )
    shown = (await (await of(world, "senior")).get(f"/cases/{case.id}")).text
    assert "پاسخ شهروند اینجاست" in shown
    assert "کد احراز هویت" not in shown
    assert "9121234567" not in shown


# Acts


async def test_the_six_steps_by_forms_alone(world: World) -> None:
    case = await world.case()
    base = f"/cases/{case.id}"
    senior, county = await of(world, "senior"), await of(world, "county")

    answer = await senior.post(
        f"{base}/order",
        data={"units": ["EDU-c1"], "order-text": "باجه بررسی شود", "order-minutes": "۶۰",
              "version": str((await Case.get(id=case.id)).version)},
    )  # fmt: skip
    assert (answer.status_code, answer.headers["location"]) == (303, f"{base}?done=ordered")
    assert "دستور اقدام صادر" in (await senior.get(answer.headers["location"])).text
    [referral] = await Referral.filter(case_id=case.id)

    own = f"{base}/referrals/{referral.id}"
    assert (await county.post(f"{own}/accept")).headers["location"] == f"{base}?done=accepted"
    p = f"report-{referral.id}-"
    await county.post(
        f"{own}/report", data={f"{p}result": "باجه باز شد", f"{p}actions": "بازدید و تذکر"}
    )
    await referral.refresh_from_db()
    assert (referral.status, referral.actions) == (ReferralStatus.REPORTED, "بازدید و تذکر")

    shown = (await senior.get(base)).text
    assert shown.index('action="' + base + '/result"') < shown.index('action="' + base + '/order"')
    answer = await senior.post(f"{base}/result", data={"result-result": "باجه از ساعت ۸ باز است."})
    assert answer.headers["location"] == f"{base}?done=answered"
    assert (await Case.get(id=case.id)).status is CaseStatus.ANSWERED
    shown = (await senior.get(base)).text
    assert "باجه از ساعت ۸ باز است." in shown
    assert "پاسخ در کمتر از یک دقیقه" in shown


FORMS = [
    ("senior", "ask", {"ask-text": "شماره درخواست چیست؟"}, CaseStatus.WAITING_CITIZEN, "asked"),
    ("senior", "return", {"return-reason": "مربوط به ما نیست"}, CaseStatus.REGISTERED,
     "returned_to_centre"),
    ("senior", "note", {"note-text": "با مدیر تماس گرفته شد"}, CaseStatus.UNDER_REVIEW, "noted"),
    ("supervisor", "out-of-scope", {"out-of-scope-category": "judiciary"},
     CaseStatus.OUT_OF_SCOPE, "out_of_scope"),
    ("operator", "withdraw", {"withdraw-reason": "مشکل حل شد"}, CaseStatus.WITHDRAWN, "withdrawn"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "act", "form", "status", "done"), FORMS)
async def test_acts(
    world: World, name: str, act: str, form: dict[str, str], status: CaseStatus, done: str
) -> None:
    case = await world.case()
    page = await of(world, name)
    answer = await page.post(f"/cases/{case.id}/{act}", data=form)
    assert answer.headers["location"] == f"/cases/{case.id}?done={done}"
    assert (await Case.get(id=case.id)).status is status
    assert (await page.get(f"/cases/{case.id}")).status_code == 200


async def test_duplicate_and_reopen_and_reroute(world: World) -> None:
    first, second = await world.case(), await world.case()
    senior, centre = await of(world, "senior"), await of(world, "supervisor")
    form = {"duplicate-original": first.tracking_code}
    answer = await senior.post(f"/cases/{second.id}/duplicate", data=form)
    assert answer.status_code == 303
    shown = (await senior.get(f"/cases/{second.id}")).text
    assert f'href="/cases/{first.id}"' in shown

    await answer_by_county(world, first)
    await Case.filter(id=first.id).update(status=CaseStatus.CLOSED, closed_at=world.clock())
    answer = await centre.post(f"/cases/{first.id}/reopen", data={"reopen-reason": "حل نشده"})
    assert answer.status_code == 303
    assert (await Case.get(id=first.id)).round == 2

    third = await world.case()
    await review.return_to_centre(world["senior"], third.id, "مربوط به ما نیست")
    form = {"agency": "ENE", "reroute-reason": "مربوط به وزارت نیرو است"}
    answer = await centre.post(f"/cases/{third.id}/reroute", data=form)
    assert answer.status_code == 303
    assert (await Case.get(id=third.id)).agency_id == world.units["ENE"].id


async def test_refer_down_and_give_back(world: World) -> None:
    case = await world.case()
    [top] = await ordered(world, case, "EDU-p1")
    provincial, county = await of(world, "provincial"), await of(world, "county")
    own = f"/cases/{case.id}/referrals/{top.id}"
    await provincial.post(
        f"{own}/refer", data={"units": ["EDU-c1"], f"refer-{top.id}-instruction": "بررسی شود"}
    )
    child = await Referral.get(case_id=case.id, parent_id=top.id)
    answer = await county.post(
        f"/cases/{case.id}/referrals/{child.id}/give-back",
        data={f"give-back-{child.id}-reason": "در حوزه ما نیست"},
    )
    assert answer.headers["location"].endswith("done=given_back")
    assert (await Referral.get(id=child.id)).status is ReferralStatus.RETURNED


async def test_one_result_answers_the_incident(world: World) -> None:
    first = await world.case()
    second = await world.case(like=first.tracking_code)
    senior = await of(world, "senior")
    assert "پاسخ به همه پرونده‌های این رخداد" in (await senior.get(f"/cases/{second.id}")).text
    form = {"result-result": "باجه از ساعت ۸ باز است.", "result-whole_incident": "1"}
    await senior.post(f"/cases/{second.id}/result", data=form)
    assert {row.status for row in await Case.all()} == {CaseStatus.ANSWERED}


async def test_the_head_explains_a_breach_once(world: World) -> None:
    case = await world.case()
    world.clock.forward(hours=4)
    await run_jobs()
    breach = await Breach.get(case_id=case.id)
    head = await of(world, "head")
    path = f"/cases/{case.id}/breaches/{breach.id}/explain"
    assert path in (await head.get(f"/cases/{case.id}")).text
    form = {f"explain-{breach.id}-explanation": "سامانه قطع بود و جایگزین نداشتیم."}
    assert (await head.post(path, data=form)).status_code == 303
    shown = (await head.get(f"/cases/{case.id}")).text
    assert "سامانه قطع بود" in shown
    assert path not in shown
    assert (await head.post(path, data=form)).status_code == 422


BAD = [
    ("order", {"order-text": "دستور کامل"}, "order-units"),
    ("order", {"units": ["EDU-c1"]}, "order-text"),
    ("order", {"units": ["ENE"], "order-text": "دستور کامل"}, "order-units"),
    ("order", {"units": ["nope"], "order-text": "دستور کامل"}, "order-units"),
    ("order", {"units": ["EDU-c1"], "order-text": "دستور کامل", "order-minutes": "۲"},
     "order-minutes"),
    ("order", {"units": ["EDU-c1"], "order-text": "دستور کامل", "order-minutes": "فردا"},
     "order-minutes"),
    ("order", {"units": ["EDU-c1"], "order-text": "د" * 2001}, "order-text"),
    ("result", {"result-result": "کوتاه"}, "result-result"),
    ("result", {"result-result": "ن" * 201}, "result-result"),
    ("result", {"result-result": "نویسه کنترل\x07 در متن"}, "result-result"),
    ("ask", {}, "ask-text"),
    ("ask", {"ask-text": "پ" * 201}, "ask-text"),
    ("note", {"note-text": " "}, "note-text"),
    ("return", {"return-reason": "نه"}, "return-reason"),
    ("duplicate", {"duplicate-original": "123"}, "duplicate-original"),
    ("duplicate", {}, "duplicate-original"),
]  # fmt: skip


@pytest.mark.parametrize(("act", "form", "field"), BAD)
async def test_bad_input_is_shown_at_its_field_and_changes_nothing(
    world: World, act: str, form: dict[str, str | Sequence[str]], field: str
) -> None:
    case = await world.case()
    before = await marks(case)
    answer = await (await of(world, "senior")).post(f"/cases/{case.id}/{act}", data=form)
    assert answer.status_code == 422
    assert f'href="#f-{field}"' in answer.text
    assert f'id="f-{field}-error"' in answer.text
    opened = re.search(rf'<details class="disclosure" id="act-{act}" open>', answer.text)
    assert opened is not None
    assert await marks(case) == before


@pytest.mark.parametrize("version", ["0", "x", "9" * 30])
async def test_a_page_that_has_grown_old_changes_nothing(world: World, version: str) -> None:
    case = await world.case()
    before = await marks(case)
    form = {"note-text": "", "result-result": "باجه از ساعت ۸ باز است.", "version": version}
    answer = await (await of(world, "senior")).post(f"/cases/{case.id}/result", data=form)
    assert answer.status_code == 422
    assert "باجه از ساعت ۸ باز است." in answer.text
    assert await marks(case) == before


@pytest.mark.parametrize(
    ("name", "act", "form", "status"),
    [
        ("head", "result", {"result-result": "باجه از ساعت ۸ باز است."}, 403),
        ("operator", "order", {"units": ["EDU-c1"], "order-text": "دستور کامل"}, 403),
        ("operator", "reopen", {"reopen-reason": "حل نشده است"}, 422),
        ("supervisor", "reroute", {"agency": "ENE", "reroute-reason": "اشتباه است"}, 422),
        ("senior", "no-such-act", {}, 404),
        ("senior", "accept", {}, 404),
        ("senior", "explain", {}, 404),
    ],
)
async def test_an_act_that_is_not_theirs_is_refused(
    world: World, name: str, act: str, form: dict[str, str], status: int
) -> None:
    case = await world.case()
    before = await marks(case)
    answer = await (await of(world, name)).post(f"/cases/{case.id}/{act}", data=form)
    assert answer.status_code == status
    assert await marks(case) == before


async def test_referrals_and_breaches_of_another_case_are_not_found(world: World) -> None:
    case, other = await world.case(), await world.case()
    [referral] = await ordered(world, other, "EDU-c1")
    await ordered(world, case, "EDU-c1")
    world.clock.forward(hours=4)
    await run_jobs()
    breach = await Breach.get(case_id=other.id)
    before = await marks(other)
    county, head = await of(world, "county"), await of(world, "head")
    answer = await county.post(f"/cases/{case.id}/referrals/{referral.id}/accept")
    assert answer.status_code == 404
    form = {f"explain-{breach.id}-explanation": "توضیح کافی و درست"}
    answer = await head.post(f"/cases/{case.id}/breaches/{breach.id}/explain", data=form)
    assert answer.status_code == 404
    fars = await of(world, "fars")
    answer = await fars.post(f"/cases/{other.id}/referrals/{referral.id}/accept")
    assert answer.status_code == 404
    assert await marks(other) == before
    assert not await breaches.of(world["head"]).exclude(explained_at=None).exists()


# Choosing units


async def test_units_near_the_case_are_offered_and_found_by_words(world: World) -> None:
    case = await world.case()
    senior = await of(world, "senior")
    shown = await senior.get(f"/cases/{case.id}/units")
    offered = re.findall(r'value="([^"]+)"', shown.text)
    assert offered[0] == "EDU-c1"
    assert "EDU-p2" not in offered
    found = await senior.get(f"/cases/{case.id}/units?units_query=فارس&units=EDU-c1")
    assert re.findall(r'value="([^"]+)"', found.text) == ["EDU-c1", "EDU-p2"]
    assert found.text.count(" checked") == 1
    nothing = await senior.get(f"/cases/{case.id}/units?units_query=نیرو")
    assert "واحدی پیدا نشد" in nothing.text


async def test_a_coordinator_is_offered_units_below(world: World) -> None:
    case = await world.case()
    [top] = await ordered(world, case, "EDU-p1")
    page = await of(world, "provincial")
    shown = await page.get(f"/cases/{case.id}/units?below={top.id}")
    assert re.findall(r'value="([^"]+)"', shown.text) == ["EDU-c1"]
    assert (await page.get(f"/cases/{case.id}/units?below=999")).status_code == 404


async def test_without_a_script_a_search_keeps_what_was_typed_and_saves_nothing(
    world: World,
) -> None:
    case = await world.case()
    before = await marks(case)
    form = {"search": "units", "units_query": "فارس", "units": ["EDU-c1"], "order-text": "بررسی"}
    answer = await (await of(world, "senior")).post(f"/cases/{case.id}/order", data=form)
    assert answer.status_code == 200
    assert 'id="act-order" open' in answer.text
    assert 'value="EDU-p2"' in answer.text
    assert ">\nبررسی</textarea>" in answer.text
    assert await marks(case) == before


# Live


async def test_the_open_page_hears_of_changes_only(world: World) -> None:
    case = await world.case()
    senior = await of(world, "senior")
    stamp = re.search(r"seen=([^\"]+)", (await senior.get(f"/cases/{case.id}")).text)
    assert stamp is not None
    path = f"/cases/{case.id}/live?seen={stamp[1]}"
    assert (await senior.get(path)).status_code == 204
    await questions.ask(world["senior"], case.id, "شماره درخواست چیست؟")
    fresh = await senior.get(path)
    assert fresh.status_code == 200
    assert "<html" not in fresh.text
    assert "شماره درخواست چیست؟" in fresh.text
    assert "<form" not in fresh.text
    assert "نمایش اقدام‌های تازه" in fresh.text


async def test_news_of_a_text_refreshes_the_page(world: World) -> None:
    case = await world.case()
    senior = await of(world, "senior")
    stamp = re.search(r"seen=([^\"]+)", (await senior.get(f"/cases/{case.id}")).text)
    assert stamp is not None
    world.clock.forward(minutes=1)
    await OutboxMessage.filter(case_id=case.id).update(updated_at=world.clock())
    answer = await senior.get(f"/cases/{case.id}/live?seen={stamp[1]}")
    assert answer.status_code == 200


# What the page says of a case's life


async def test_steps_follow_the_case(world: World) -> None:
    case = await world.case()
    senior = await of(world, "senior")

    async def current() -> str:
        shown = (await senior.get(f"/cases/{case.id}")).text
        found = re.search(r'aria-current="step">\s*<span class="step-mark">(.)<', shown)
        return found[1] if found else "-"

    assert await current() == "۳"
    [referral] = await ordered(world, case, "EDU-c1")
    assert await current() == "۴"
    await referrals.report(world["county"], referral.id, "باجه باز شد", "")
    assert await current() == "۵"
    await questions.ask(world["senior"], case.id, "آیا حل شد؟")
    assert await current() == "۵"


async def test_rounds_verdicts_and_breaches_are_told(world: World) -> None:
    case = await world.case()
    await answer_by_county(world, case)
    await ask_survey(world, case)
    await text_in("2 هنوز حل نشده")
    world.clock.forward(hours=4)
    await run_jobs()
    assert await Round.filter(case_id=case.id).count() == 2
    shown = (await (await of(world, "supervisor")).get(f"/cases/{case.id}")).text
    for text in ("نتیجه دور نخست", "۲ از ۵", "هنوز حل نشده", "مهلت پاسخ در دور دوم گذشت"):
        assert text in shown
