"""Conversations over HTTP: the list, one of them, live, and every form of the page."""

from __future__ import annotations

import re

import httpx2
import pytest

from domain import contacts, outbox, time
from models import Contact, IdentityView, InboxMessage, MessageStep, OptOut, OutboxMessage
from models.enums import InboxState, Language, MessageState, TextKind
from tests.support.life import text_in
from tests.support.queries import recorded
from tests.support.unchanged import unchanged
from tests.support.web import application, browser, signed_in
from tests.support.world import MOBILE, World
from ui import case as case_page
from ui import conversations, lists

APP = application([*conversations.routes, *case_page.routes])
MASKED = "۰۹۱۲***۴۵۶۷"
DIGITS = re.compile(r"9121234567|۹۱۲ ۱۲۳ ۴۵۶۷|۹۱۲۱۲۳۴۵۶۷")


async def of(world: World, name: str) -> httpx2.AsyncClient:
    return browser(APP, token=await signed_in(world.users[name]))


async def opened(world: World) -> str:
    """A conversation of the operator's; its address."""
    await world.case()
    return f"/conversations/{(await Contact.get(mobile=MOBILE)).id}"


def numbers(html: str) -> list[str]:
    return re.findall(r'class="row-link" href="(/conversations/\d+)"', html)


# The list


async def test_the_list_shows_masked_numbers_and_no_words(world: World) -> None:
    path = await opened(world)
    await text_in("سلام، خبری نشد؟")
    shown = (await (await of(world, "operator")).get("/conversations")).text
    assert numbers(shown) == [path]
    assert MASKED in shown and "۱ پاسخ نامشخص" in shown
    assert not DIGITS.search(shown)
    assert "خبری نشد" not in shown
    assert not await IdentityView.exists()


@pytest.mark.parametrize("name", ["senior", "county", "head", "inspector", "admin"])
async def test_the_pages_are_not_there_for_other_roles(world: World, name: str) -> None:
    path = await opened(world)
    person = await of(world, name)
    for address in ("/conversations", "/conversations/list", path, f"{path}/live"):
        assert (await person.get(address)).status_code == 404
    async with unchanged():
        assert (await person.post(f"{path}/write", data={"text": "سلام"})).status_code == 404


async def test_who_is_not_signed_in_goes_to_sign_in(world: World) -> None:
    path = await opened(world)
    for address in ("/conversations", path):
        answer = await browser(APP).get(address)
        assert answer.headers["location"] == f"/login?next={address}"


async def test_another_operator_sees_it_only_when_it_needs_a_person(world: World) -> None:
    path = await opened(world)
    other = await of(world, "operator2")
    assert numbers((await other.get("/conversations")).text) == []
    assert (await other.get(path)).status_code == 404
    await text_in("سلام، خبری نشد؟")
    assert numbers((await other.get("/conversations")).text) == [path]
    assert (await other.get(path)).status_code == 200


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", 1),
        ("need=any", 1),
        ("need=unclear", 0),
        ("need=unreceived", 1),
        ("language=fa", 1),
        ("language=en", 0),
        ("need=unreceived&language=fa", 1),
    ],
)
async def test_filters(world: World, query: str, found: int) -> None:
    await opened(world)
    await OutboxMessage.filter(kind="registered").update(state=MessageState.FAILED)
    for name in ("operator", "supervisor"):
        person = await of(world, name)
        shown = (await person.get(f"/conversations?{query}")).text
        assert len(numbers(shown)) == found
        assert len(numbers((await person.get(f"/conversations/list?{query}")).text)) == found
        assert bool(found) or "پاک کردن پالایه‌ها" in shown


@pytest.mark.parametrize(
    "query", ["need=x", "language=xx", "after=x", "after=.1", "before=1.x", f"after={'9' * 40}.1"]
)
async def test_bad_addresses(world: World, query: str) -> None:
    path = await opened(world)
    person = await of(world, "operator")
    assert (await person.get(f"/conversations?{query}")).status_code == 422
    for before in ("x", "1", "1.x", ".1", f"{'9' * 40}.1"):
        assert (await person.get(f"{path}?before={before}")).status_code == 422


async def test_pages_go_forth_and_back(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lists, "PAGE", 2)
    for index in range(5):
        await world.case(f"+98935000000{index}")
        world.clock.forward(minutes=1)
    person = await of(world, "supervisor")
    seen: list[str] = []
    pages: list[str] = []
    path: str | None = "/conversations"
    while path:
        pages.append(path)
        html = (await person.get(path)).text
        seen += numbers(html)
        following = re.search(r'href="([^"]+)" rel="next"', html)
        path = following[1].replace("&amp;", "&") if following else None
    assert len(seen) == len(set(seen)) == 5 and len(pages) == 3
    back = re.search(r'href="([^"]+before=[^"]+)"', (await person.get(pages[2])).text)
    assert back is not None
    assert numbers((await person.get(back[1])).text) == seen[2:4]


async def test_the_cost_of_the_pages_does_not_grow(world: World) -> None:
    for index in range(4):
        await world.case(f"+98935000000{index}")
    path = await opened(world)
    person = await of(world, "operator")
    for address, most in (
        ("/conversations", 16),
        ("/conversations/list", 12),
        (path, 24),
        (f"{path}/live", 12),
    ):
        with recorded() as statements:
            assert (await person.get(address)).status_code == 200
        assert len(statements) <= most, (address, len(statements), "\n".join(statements))


# Finding one


async def test_a_number_is_looked_for_without_standing_in_an_address(world: World) -> None:
    path = await opened(world)
    person = await of(world, "operator")
    found = await person.post("/conversations/search", data={"q": "۰۹۱۲۱۲۳۴۵۶۷"})
    assert (found.status_code, found.headers["location"]) == (303, path)
    other = await (await of(world, "operator2")).post(
        "/conversations/search", data={"q": "09121234567"}
    )
    assert other.status_code == 422 and "در فهرست‌های سامانه وجود ندارد" in other.text


# One conversation


async def test_a_conversation_in_bubbles_by_day(world: World) -> None:
    path = await opened(world)
    world.clock.forward(days=1)
    await text_in("سلام، خبری نشد؟")
    html = (await (await of(world, "operator")).get(path)).text
    assert "سه‌شنبه ۳ آذر ۱۴۰۵" in html and "چهارشنبه ۴ آذر ۱۴۰۵" in html
    assert html.index("کد رهگیری:") < html.index("خبری نشد") < html.index("رسید پیامک")
    assert MASKED in html and not DIGITS.search(html)
    code = await OutboxMessage.get(kind=TextKind.IDENTITY_CODE)
    assert code.text not in html and "متن این پیام تنها برای شهروند است" in html
    assert "نیازمند بررسی" in html


async def test_parts_cost_gateway_and_history(world: World) -> None:
    path = await opened(world)
    row = await OutboxMessage.get(kind="registered")
    await OutboxMessage.filter(id=row.id).update(
        state=MessageState.FAILED, parts=2, cost=2400, gateway="kavenegar", error_code=411,
        error="گیرنده نامعتبر است",
    )  # fmt: skip
    await MessageStep.create(
        message=row, at=time.now(), state=MessageState.PENDING, note=outbox.NOT_REACHED
    )
    await MessageStep.create(
        message=row, at=time.now(), state=MessageState.FAILED, gateway="kavenegar", code=411,
        note="گیرنده نامعتبر است",
    )  # fmt: skip
    html = (await (await of(world, "operator")).get(path)).text
    for words in ("۲ بخش", "۲٬۴۰۰ ریال", "کاوه‌نگار", "گیرنده نامعتبر است (کد ۴۱۱)"):
        assert words in html, words
    assert "بازگشت به صف: اتصال به سامانه پیامک برقرار نشد" in html
    again = await (await of(world, "operator")).post(
        f"{path}/messages/{row.id}/again", data={f"again-{row.id}-reason": "شماره درست است"}
    )
    assert again.headers["location"] == f"{path}?done=sent_again"
    html = (await (await of(world, "operator")).get(path)).text
    assert "ارسال دوباره، نام operator: شماره درست است" in html


async def test_opening_is_logged_and_looking_again_for_news_is_not(world: World) -> None:
    path = await opened(world)
    person = await of(world, "operator")
    await person.get(path)
    view = await IdentityView.get()
    assert (view.user_id, view.reason) == (world.users["operator"].id, "گفت‌وگوی پیامکی")
    assert view.case_id is not None
    await person.get(f"{path}/live")
    await person.get("/conversations")
    assert await IdentityView.all().count() == 1


async def test_news_come_as_a_fragment_and_nothing_without_news(world: World) -> None:
    path = await opened(world)
    person = await of(world, "operator")
    found = re.search(r'hx-get="([^"]+/live\?seen=[^"]+)"', (await person.get(path)).text)
    assert found is not None
    assert (await person.get(found[1])).status_code == 204
    await text_in("سلام، خبری نشد؟")
    fresh = await person.get(found[1])
    assert "<html" not in fresh.text and "خبری نشد" in fresh.text


async def test_older_texts(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("domain.conversations.SHOWN", 2)
    path = await opened(world)
    world.clock.forward(minutes=1)
    await text_in("سلام، خبری نشد؟")
    person = await of(world, "operator")
    html = (await person.get(path)).text
    older = re.search(r'href="([^"]+before=[^"]+)"', html)
    assert older is not None and "کد رهگیری:" not in html
    shown = (await person.get(older[1])).text
    assert "کد رهگیری:" in shown and "تازه‌ترین پیام‌ها" in shown
    assert "texts from:body" not in shown


async def test_the_number_is_shown_once_for_a_reason(world: World) -> None:
    path = await opened(world)
    person = await of(world, "operator")
    async with unchanged():
        refused = await person.post(f"{path}/number", data={"number-reason": "x"})
    assert refused.status_code == 422 and not DIGITS.search(refused.text)
    shown = await person.post(f"{path}/number", data={"number-reason": "تماس با شهروند"})
    assert shown.status_code == 200 and "۰۹۱۲ ۱۲۳ ۴۵۶۷" in shown.text
    assert shown.headers["cache-control"] == "no-store"
    assert (await IdentityView.get()).reason == "تماس با شهروند"
    assert not DIGITS.search((await person.get(path)).text)


async def test_language_and_voice(world: World) -> None:
    path = await opened(world)
    person = await of(world, "operator")
    done = await person.post(f"{path}/preferences", data={"language": "azb", "voice": "1"})
    assert done.headers["location"] == f"{path}?done=preferred"
    contact = await Contact.get()
    assert (contact.language, contact.voice) == (Language.AZERI, True)
    async with unchanged():
        refused = await person.post(f"{path}/preferences", data={"language": "xx"})
    assert refused.status_code == 422


async def test_writing(world: World) -> None:
    path = await opened(world)
    person = await of(world, "operator")
    measured = await person.post(f"{path}/measure", data={"text": "سلام"})
    assert "۴ از ۲۰۰ نویسه" in measured.text and "۱ بخش" in measured.text
    over = await person.post(f"{path}/measure", data={"text": "م" * 210})
    assert "measure-over" in over.text
    done = await person.post(f"{path}/write", data={"text": "فردا بیایید", "case": ""})
    assert done.headers["location"] == f"{path}?done=text_queued"
    row = await OutboxMessage.get(kind=TextKind.OPERATOR_TEXT)
    assert row.author_id == world.users["operator"].id
    assert "پیام کارشناس، نام operator" in (await person.get(path)).text


async def test_a_refused_text_stays_as_typed(world: World) -> None:
    path = await opened(world)
    person = await of(world, "operator")
    await contacts.of(MOBILE)
    async with unchanged():
        refused = await person.post(f"{path}/write", data={"text": "م" * 201})
    assert refused.status_code == 422 and "م" * 201 in refused.text
    assert "نباید بیش از ۲۰۰ نویسه باشد" in refused.text


async def test_who_opted_out_is_not_written_to_until_they_want_it_again(world: World) -> None:
    path = await opened(world)
    await outbox.opt_out(MOBILE, "reply")
    await OutboxMessage.all().update(state=MessageState.BLOCKED)
    person = await of(world, "operator")
    html = (await person.get(path)).text
    assert "شهروند پیامک را لغو کرده است" in html and "با پیامک شهروند" in html
    assert f"{path}/write" not in html and "/again" not in html
    async with unchanged():
        assert (await person.post(f"{path}/write", data={"text": "سلام"})).status_code == 422
        refused = await person.post(f"{path}/opt-in", data={"opt-in-reason": ""})
    assert refused.status_code == 422
    done = await person.post(f"{path}/opt-in", data={"opt-in-reason": "در تماس خواست"})
    assert done.headers["location"] == f"{path}?done=opted_in"
    assert not await OptOut.exists()
    assert "دوباره باز است" in (await person.get(path)).text


async def test_a_message_of_another_number_is_not_sent_from_here(world: World) -> None:
    path = await opened(world)
    await world.case("+989350000001")
    foreign = await OutboxMessage.get(receptor="+989350000001", kind="registered")
    await OutboxMessage.filter(id=foreign.id).update(state=MessageState.FAILED)
    data = {f"again-{foreign.id}-reason": "دلیل درست"}
    person = await of(world, "operator")
    async with unchanged():
        answer = await person.post(f"{path}/messages/{foreign.id}/again", data=data)
    assert answer.status_code == 404


async def test_the_case_leads_to_the_conversation(world: World) -> None:
    case = await world.case()
    path = f"/conversations/{(await Contact.get()).id}"
    for name, leads in (("operator", True), ("supervisor", True), ("senior", False)):
        html = (await (await of(world, name)).get(f"/cases/{case.id}")).text
        assert (path in html) is leads


async def test_a_settled_text_says_by_whom(world: World) -> None:
    path = await opened(world)
    text = await text_in("سلام، خبری نشد؟")
    await InboxMessage.filter(id=text.id).update(
        state=InboxState.HANDLED, settled_as="read", settled_by_id=world.users["operator2"].id
    )
    html = (await (await of(world, "operator")).get(path)).text
    assert "خوانده شد، نام operator2" in html
