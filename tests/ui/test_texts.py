"""Texts to citizens and staff over HTTP: seen, measured, published, restored."""

from __future__ import annotations

import re
from html import unescape

import httpx2
import pytest

from domain import rules, templates
from domain.seed_texts import TEXTS
from domain.template_kinds import KINDS
from models import MessageTemplate
from models.enums import Language, TextKind
from tests.support.queries import recorded
from tests.support.unchanged import unchanged
from tests.support.web import application, browser, signed_in
from tests.support.world import World
from ui import texts
from ui.text_difference import difference

APP = application(texts.routes)
STATUS = "/admin/texts/status/fa"
GOOD = "وضعیت پرونده {code} این است: {status}"


async def of(world: World, name: str = "admin") -> httpx2.AsyncClient:
    return browser(APP, token=await signed_in(world.users[name]))


def words(answer: httpx2.Response) -> str:
    plain = re.sub(r"<[^>]*>", " ", unescape(answer.text).replace("\u200e", ""))
    return re.sub(r"\s+", " ", plain)


async def test_every_text_is_listed_in_every_language(world: World) -> None:
    await templates.publish(world["admin"], TextKind.STATUS, Language.PERSIAN, GOOD)
    answer = await (await of(world)).get("/admin/texts")
    assert answer.status_code == 200
    links = re.findall(r'href="/admin/texts/([a-z_]+)/([a-z]+)"', answer.text)
    assert sorted(links) == sorted(
        (kind.value, code.value) for kind in TextKind for code in Language
    )
    assert "نسخه ۲" in answer.text and "۴ بخش" in answer.text and "گفتاری" in answer.text


def test_every_kind_stands_in_one_group() -> None:
    assert sorted(kind for _, kinds in texts.GROUPS for kind in kinds) == sorted(TextKind)


@pytest.mark.parametrize("kind", TextKind)
async def test_every_editor_shows_what_it_is_about(world: World, kind: TextKind) -> None:
    page = await of(world)
    for language in Language:
        answer = await page.get(f"/admin/texts/{kind.value}/{language.value}")
        assert answer.status_code == 200
        assert TEXTS[language][kind] in unescape(answer.text)
        assert "منتشر نمی‌شود" not in answer.text
        for item in KINDS[kind].placeholders:
            assert f'value="{{{item.name}}}"' in answer.text and item.meaning in answer.text
        direction = "ltr" if language is Language.ENGLISH else "rtl"
        assert re.search(rf'<textarea[^>]* dir="{direction}" lang="{language.value}"', answer.text)
        preview = rf'<div class="handset-text" dir="{direction}" lang="{language.value}">'
        assert len(re.findall(preview, answer.text)) == 2


async def test_units_parts_and_cost_for_usual_and_longest_values(world: World) -> None:
    await rules.store("sms_part_cost", 1500)
    shown = words(await (await of(world)).get("/admin/texts/result/fa"))
    found = templates.measured(
        TextKind.RESULT, Language.PERSIAN, TEXTS[Language.PERSIAN][TextKind.RESULT], 1500
    )
    assert found.longest.measure.parts == 4
    for filled in (found.sample, found.longest):
        units, cost = texts_of(filled.measure.units), texts_of(filled.cost or 0)
        assert re.search(f"{units} [۱-۴] {cost} ریال", shown), shown
    assert "بیش از دو بخش" in shown
    spoken = words(await (await of(world)).get("/admin/texts/result_call/fa"))
    assert "ریال" not in spoken and "خوانده می‌شود" in spoken and "۴، ۸، ۲، ۱" in spoken


def texts_of(number: int) -> str:
    return f"{number:,}".replace(",", "٬").translate(str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹"))


async def test_measuring_while_typing_answers_with_a_fragment(world: World) -> None:
    page = await of(world)
    async with unchanged():
        answer = await page.post(
            f"{STATUS}/measure", data={"text": GOOD}, headers={"hx-request": "true"}
        )
    assert answer.status_code == 200 and "<html" not in answer.text
    assert "این است: در حال رسیدگی" in words(answer)
    assert re.search(r"<ins>وضعیت .*</ins>", answer.text) and "<del>" in answer.text
    assert "تفاوت با نسخه ۱" in answer.text


async def test_measuring_without_a_script_answers_with_the_page(world: World) -> None:
    page = await of(world)
    async with unchanged():
        answer = await page.post(f"{STATUS}/measure", data={"text": "{code}"})
    assert answer.status_code == 200 and "<html" in answer.text
    assert ">\n{code}</textarea>" in answer.text
    assert "باید این‌ها را داشته باشد: {status}" in answer.text


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "وارد کردن آن الزامی است"),
        ("{x}", "جای خالی ناشناخته دارد"),
        ("{", "هر آکولاد باید درست یک نام"),
        ("م" * 901, "نباید بیش از ۹۰۰ نویسه باشد"),
        ("a\x00b", "نویسهٔ غیرمجاز دارد"),
        ("{code}{status}" + "م" * 300, "با بلندترین مقدارها ۶ بخش می‌شود"),
    ],
)
async def test_why_a_text_is_not_published_is_said(world: World, text: str, why: str) -> None:
    page = await of(world)
    async with unchanged():
        live = await page.post(
            f"{STATUS}/measure", data={"text": text}, headers={"hx-request": "true"}
        )
        refused = await page.post(STATUS, data={"text": text, "version": "1"})
    assert live.status_code == 200 and why in live.text
    assert refused.status_code == 422 and f'href="#f-text">متن: {why}' in refused.text
    assert 'id="f-text-error"' in refused.text


async def test_an_admin_publishes(world: World) -> None:
    page = await of(world)
    answer = await page.post(STATUS, data={"text": GOOD, "version": "1"})
    assert answer.headers["location"] == f"{STATUS}?done=text_published"
    shown = await page.get(answer.headers["location"])
    assert "متن تازه منتشر شد" in shown.text and "نسخه ۲ در حال استفاده است" in shown.text
    assert "نام admin" in shown.text and "۱۴۰۵/۰۹/۰۳" in shown.text
    assert "متن آغازین سامانه" in shown.text


async def test_an_older_text_is_restored(world: World) -> None:
    await templates.publish(world["admin"], TextKind.STATUS, Language.PERSIAN, GOOD)
    page = await of(world)
    assert "/2/restore" not in (await page.get(STATUS)).text
    answer = await page.post(f"{STATUS}/1/restore", data={"version": "2"})
    assert answer.headers["location"] == f"{STATUS}?done=text_restored"
    assert (await MessageTemplate.get(key="status", language="fa", version=3)).text == (
        TEXTS[Language.PERSIAN][TextKind.STATUS]
    )
    again = await page.post(f"{STATUS}/1/restore", data={"version": "3"})
    assert again.status_code == 422 and "با متن کنونی یکی است" in again.text


async def test_who_was_too_late_keeps_what_they_typed(world: World) -> None:
    await templates.publish(world["admin"], TextKind.STATUS, Language.PERSIAN, GOOD)
    page = await of(world)
    async with unchanged():
        late = await page.post(STATUS, data={"text": "{code} {status} من", "version": "1"})
    assert late.status_code == 422 and "در این فاصله تغییر کرده است" in late.text
    assert "{code} {status} من</textarea>" in late.text
    assert 'name="version" value="2"' in late.text


async def test_markup_in_a_text_is_only_text(world: World) -> None:
    text = "<script>alert(1)</script> {code} {status}"
    await templates.publish(world["admin"], TextKind.STATUS, Language.PERSIAN, text)
    answer = await (await of(world)).get(STATUS)
    assert "<script>alert" not in answer.text and "&lt;script&gt;alert" in answer.text


@pytest.mark.parametrize(
    "path", ["x/fa", "status/de", "status/FA", "STATUS/fa", "status/%00", "status/fa/x", "../x/fa"]
)
async def test_what_is_no_text_is_not_found(world: World, path: str) -> None:
    page = await of(world)
    assert (await page.get(f"/admin/texts/{path}")).status_code == 404


async def test_an_older_version_that_is_none(world: World) -> None:
    page = await of(world)
    for version in ("0", "7", "999999999999999999"):
        answer = await page.post(f"{STATUS}/{version}/restore", data={"version": "1"})
        assert answer.status_code == 404


async def test_nobody_else_sees_them(world: World) -> None:
    for name in ("supervisor", "operator", "senior", "county"):
        page = await of(world, name)
        for path in ("/admin/texts", STATUS):
            assert (await page.get(path)).status_code == 404
    assert (await browser(APP).get(STATUS)).headers["location"].startswith("/login")


async def test_a_text_that_came_past_the_checks_can_be_mended(world: World) -> None:
    await MessageTemplate.filter(key="status", language="fa").update(text="{nonsense}")
    page = await of(world)
    assert "نادرست" in (await page.get("/admin/texts")).text
    assert "منتشر نمی‌شود" in (await page.get(STATUS)).text
    assert (await page.post(STATUS, data={"text": GOOD, "version": "1"})).status_code == 303


async def test_cost(world: World) -> None:
    page = await of(world)
    with recorded() as statements:
        await page.get("/admin/texts")
    assert len(statements) <= 4
    with recorded() as statements:
        await page.get(STATUS)
    assert len(statements) <= 5


def test_the_difference_is_told_word_by_word() -> None:
    assert difference("یک دو سه", "یک سه") == [("same", "یک "), ("gone", "دو "), ("same", "سه")]
    assert difference("کد {code}.", "کد {status}.") == [
        ("same", "کد "),
        ("gone", "{code}"),
        ("new", "{status}"),
        ("same", "."),
    ]
    assert difference("", "تازه") == [("new", "تازه")] and difference("", "") == []


@pytest.mark.parametrize(
    ("before", "after"), [("a b\nc", "b  c\n{x"), ("{a}{b}", "}{b}{"), ("", " ")]
)
def test_the_difference_holds_both_texts(before: str, after: str) -> None:
    pieces = difference(before, after)
    assert "".join(words for kind, words in pieces if kind != "gone") == after
    assert "".join(words for kind, words in pieces if kind != "new") == before
