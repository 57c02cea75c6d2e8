"""The operator's desk over HTTP: take a call, prove identity, register, redirect."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from domain import calls, contacts, service
from domain.time import now
from models import Call, Case, Contact, IdentityCheck, OutboxMessage, OutOfScopeContact
from models.enums import Language
from tests.support.web import application, browser, signed_in
from tests.support.world import MOBILE, NATIONAL_ID, World
from ui import operator

FORM = {
    "kind": "complaint",
    "reporter_kind": "citizen",
    "agency": "EDU-c1",
    "place": "v1",
    "indicator": "I5",
    "other_indicators": ["I7"],
    "subject": "باز نبودن باجه",
    "text": "باجه پذیرش تا ساعت ۱۰ و نیم بسته بود.",
    "consent": "1",
}


async def ringing(mobile: str = MOBILE) -> Call:
    return await calls.announce(f"c-{await Call.all().count()}", "ringing", mobile, now())


async def open_desk(world: World, name: str = "operator"):
    token = await signed_in(world.users[name])
    return browser(application(operator.routes), token=token)


async def read_code() -> str:
    message = await OutboxMessage.filter(kind="identity_code").order_by("-id").first()
    assert message is not None
    found = re.search(r"[۰-۹]{6}", message.text)
    assert found is not None
    return found.group()


async def proved_call(world: World, desk) -> Call:
    call = await ringing()
    await desk.post(f"/operator/calls/{call.id}/take")
    path = f"/operator/calls/{call.id}/identity"
    await desk.post(path, data={"name": "مریم احمدی", "national_id": NATIONAL_ID})
    await desk.post(f"{path}/confirm", data={"code": await read_code()})
    return call


async def test_a_call_becomes_a_case(world: World) -> None:
    desk = await open_desk(world)
    call = await ringing()
    shown = await desk.get("/operator")
    assert "۰۹۱۲ ۱۲۳ ۴۵۶۷" in shown.text

    taken = await desk.post(f"/operator/calls/{call.id}/take")
    assert (taken.status_code, taken.headers["location"]) == (303, f"/operator/calls/{call.id}")
    page = await desk.get(taken.headers["location"])
    assert "بدون احراز هویت" in page.text

    base = f"/operator/calls/{call.id}"
    await desk.post(f"{base}/identity", data={"name": "مریم احمدی", "national_id": NATIONAL_ID})
    wrong = await desk.post(f"{base}/identity/confirm", data={"code": "000000x"})
    assert wrong.status_code == 422
    await desk.post(f"{base}/identity/confirm", data={"code": await read_code()})
    assert "ثبت و ارجاع به راهبر ارشد" in (await desk.get(base)).text

    saved = await desk.post(f"{base}/register", data=FORM)
    case = await Case.get()
    assert saved.headers["location"] == f"{base}?registered={case.id}"
    assert "پرونده ثبت و به راهبر ارشد ارجاع شد" in (await desk.get(saved.headers["location"])).text


async def test_lookalikes_are_shown_once_before_saving(world: World) -> None:
    desk = await open_desk(world)
    first = await proved_call(world, desk)
    await desk.post(f"/operator/calls/{first.id}/register", data=FORM)
    earlier = await Case.get()
    other = {**FORM, "subject": "باز نبودن باجه دوم"}
    again = await desk.post(f"/operator/calls/{first.id}/register", data=other)
    assert "پرونده‌های مشابه باز" in again.text
    assert await Case.all().count() == 1
    linked = {**other, "seen": "1", "like": earlier.tracking_code}
    await desk.post(f"/operator/calls/{first.id}/register", data=linked)
    assert await Case.all().count() == 2
    assert {case.incident_id for case in await Case.all()} == {1}


async def test_the_same_form_sent_twice_makes_one_case(world: World) -> None:
    desk = await open_desk(world)
    call = await proved_call(world, desk)
    form = {**FORM, "seen": "1"}
    first = await desk.post(f"/operator/calls/{call.id}/register", data=form)
    second = await desk.post(f"/operator/calls/{call.id}/register", data=form)
    assert first.headers["location"] == second.headers["location"]
    assert await Case.all().count() == 1
    assert await OutboxMessage.filter(kind="registered").count() == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("kind", "opinion"),
        ("kind", ""),
        ("reporter_kind", "robot"),
        ("agency", "NONE"),
        ("agency", ""),
        ("place", "v999"),
        ("indicator", "I9"),
        ("other_indicators", "I0"),
        ("subject", ""),
        ("subject", "x" * 201),
        ("subject", "با\u0000صفر"),
        ("text", "کوتاه"),
        ("text", "x" * 5001),
        ("like", "111122223333"),
    ],
)
async def test_a_bad_form_saves_nothing(world: World, field: str, value: str) -> None:
    desk = await open_desk(world)
    call = await proved_call(world, desk)
    before = await OutboxMessage.all().count()
    refused = await desk.post(
        f"/operator/calls/{call.id}/register", data={**FORM, "seen": "1", field: value}
    )
    assert refused.status_code in (404, 422)
    assert await Case.all().count() == 0
    assert await OutboxMessage.all().count() == before


async def test_without_identity_no_case(world: World) -> None:
    desk = await open_desk(world)
    call = await ringing()
    await desk.post(f"/operator/calls/{call.id}/take")
    refused = await desk.post(f"/operator/calls/{call.id}/register", data=FORM)
    assert refused.status_code == 422
    assert await Case.all().count() == 0


async def test_another_operators_call_does_not_exist(world: World) -> None:
    desk = await open_desk(world)
    call = await proved_call(world, desk)
    other = await open_desk(world, "operator2")
    assert (await other.get(f"/operator/calls/{call.id}")).status_code == 404
    assert (await other.post(f"/operator/calls/{call.id}/register", data=FORM)).status_code == 404
    assert (await other.post(f"/operator/calls/{call.id}/take")).status_code == 422
    assert await Case.all().count() == 0


async def test_out_of_scope_callers_are_told_the_competent_body(world: World) -> None:
    desk = await open_desk(world)
    call = await ringing()
    await desk.post(f"/operator/calls/{call.id}/take")
    base = f"/operator/calls/{call.id}"
    bad = await desk.post(f"{base}/out-of-scope", data={"category": "moon"})
    assert bad.status_code == 422
    assert await OutOfScopeContact.all().count() == 0
    told = await desk.post(f"{base}/out-of-scope", data={"category": "judiciary", "by_sms": "1"})
    assert "۱۲۹" in (await desk.get(told.headers["location"])).text
    message = await OutboxMessage.get(kind="out_of_scope")
    assert "۱۲۹" in message.text


@pytest.mark.parametrize("name", ["senior", "county", "head", "supervisor", "admin"])
async def test_the_desk_is_for_operators(world: World, name: str) -> None:
    desk = await open_desk(world, name)
    assert (await desk.get("/operator")).status_code == 404


async def test_a_stranger_must_sign_in(world: World) -> None:
    stranger = browser(application(operator.routes))
    answer = await stranger.get("/operator")
    assert answer.headers["location"] == "/login?next=/operator"


async def test_another_site_cannot_act_for_the_operator(world: World) -> None:
    desk = await open_desk(world)
    call = await ringing()
    forged = await desk.post(
        f"/operator/calls/{call.id}/take", headers={"sec-fetch-site": "cross-site"}
    )
    assert forged.status_code == 403
    assert (await Call.get(id=call.id)).operator_id is None


async def test_the_registry_may_prove_identity_at_once(world: World) -> None:
    desk = await open_desk(world)
    call = await proved_call(world, desk)
    check = await IdentityCheck.get(call_id=call.id)
    assert check.verified_at is not None
    assert NATIONAL_ID not in (await desk.get(f"/operator/calls/{call.id}")).text


async def test_a_call_the_exchange_has_answered_still_waits_for_an_operator(world: World) -> None:
    desk = await open_desk(world)
    call = await ringing()
    await calls.announce(call.call_id, "answered", MOBILE, now())
    assert "پاسخ‌گویی" in (await desk.get("/operator/waiting")).text
    await calls.announce(call.call_id, "ended", MOBILE, now())
    assert "پاسخ‌گویی" not in (await desk.get("/operator/waiting")).text


async def test_language_and_voice_are_asked_for_and_remembered(world: World) -> None:
    service.configure(replace(service.current(), voice=True))
    desk = await open_desk(world)
    call = await proved_call(world, desk)
    base = f"/operator/calls/{call.id}"
    blank = (await desk.get(base)).text
    assert '<option value="fa" selected>' not in blank and "خواندن نتیجه با تماس صوتی" in blank
    bad = await desk.post(f"{base}/register", data={**FORM, "language": "xx", "seen": "1"})
    assert bad.status_code == 422 and not await Case.exists()
    chosen = {**FORM, "language": "azb", "voice": "1", "seen": "1"}
    assert (await desk.post(f"{base}/register", data=chosen)).status_code == 303
    contact = await Contact.get()
    assert (contact.language, contact.voice) == (Language.AZERI, True)
    again = (await desk.get(base)).text
    assert '<option value="azb" selected>' in again
    assert 'name="voice" value="1" checked' in again


async def test_where_nothing_can_be_read_out_nobody_is_asked(world: World) -> None:
    desk = await open_desk(world)
    call = await proved_call(world, desk)
    await contacts.prefer(MOBILE, None, True)
    base = f"/operator/calls/{call.id}"
    assert 'name="voice"' not in (await desk.get(base)).text
    assert (await desk.post(f"{base}/register", data={**FORM, "seen": "1"})).status_code == 303
    assert (await Contact.get()).voice
