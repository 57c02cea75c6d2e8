"""The operators' inbox: what stands there, one-key acts with and without a script, refusals."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from domain import inbox
from models import CallBack, Case, Feedback, InboxMessage
from models.enums import InboxState
from tests.support.life import answered, asked, text_in
from tests.support.queries import recorded
from tests.support.unchanged import unchanged
from tests.support.web import application, browser, signed_in
from tests.support.world import MOBILE, World
from ui import inbox as page

APP = application(page.routes)
HTMX = {"hx-request": "true"}
STRANGER = "+989350000001"


async def of(world: World, name: str) -> httpx2.AsyncClient:
    return browser(APP, token=await signed_in(world.users[name]))


async def unclear(world: World) -> tuple[Case, InboxMessage]:
    """A case whose citizen was not understood twice."""
    case = await answered(world, await world.case())
    await asked(world, case)
    await text_in("ای بد نبود")
    return case, await text_in("ای بد نبود ولی دیر شد")


async def test_what_stands_there(world: World) -> None:
    case, text = await unclear(world)
    await text_in("سلام <b>شما</b>", STRANGER)
    shown = (await (await of(world, "operator")).get("/inbox")).text
    assert "ای بد نبود ولی دیر شد" in shown and case.subject in shown
    assert "۰۹۱۲***۴۵۶۷" in shown and "۰۹۳۵***۰۰۰۱" in shown
    for number in (MOBILE, STRANGER, "09121234567", "۰۹۱۲۱۲۳۴۵۶۷", "۰۹۱۲ ۱۲۳ ۴۵۶۷"):
        assert number not in shown
    assert "<b>شما</b>" not in shown and "&lt;b&gt;" in shown
    assert f'href="/cases/{case.id}"' in shown
    assert f"/inbox/{text.id}/attach" in shown
    assert "۲ پیامک منتظر" in shown


async def test_a_case_of_another_operator_is_named_but_not_linked(world: World) -> None:
    case, _text = await unclear(world)
    await world.proved_caller(STRANGER)
    shown = (await (await of(world, "operator2")).get("/inbox")).text
    assert case.subject in shown and f'href="/cases/{case.id}"' not in shown


@pytest.mark.parametrize("name", ["senior", "county", "head", "inspector", "admin"])
async def test_the_page_is_not_there_for_other_roles(world: World, name: str) -> None:
    client = await of(world, name)
    for path in ("/inbox", "/inbox/count"):
        assert (await client.get(path)).status_code == 404
    assert (await client.post("/inbox/1/settle")).status_code == 404


ACTS: list[tuple[str, dict[str, str], str]] = [
    ("settle", {}, "read"),
    ("score", {"score": "4"}, "scored"),
    ("call-back", {"reason": ""}, "called_back"),
]


@pytest.mark.parametrize(("act", "form", "how"), ACTS)
async def test_without_a_script(world: World, act: str, form: dict[str, str], how: str) -> None:
    _case, text = await unclear(world)
    client = await of(world, "operator")
    answer = await client.post(f"/inbox/{text.id}/{act}", data=form or {"x": "1"})
    assert answer.headers["location"] == f"/inbox?done=text_{how}"
    assert (await InboxMessage.get(id=text.id)).settled_as == how
    assert 'class="toast-text">' in (await client.get(answer.headers["location"])).text


@pytest.mark.parametrize(("act", "form", "how"), ACTS)
async def test_with_htmx_the_row_goes(
    world: World, act: str, form: dict[str, str], how: str
) -> None:
    _case, text = await unclear(world)
    client = await of(world, "supervisor")
    answer = await client.post(f"/inbox/{text.id}/{act}", data=form or {"x": "1"}, headers=HTMX)
    assert answer.status_code == 200 and "data-entry" not in answer.text
    assert 'hx-swap-oob="beforeend"' in answer.text
    assert (await InboxMessage.get(id=text.id)).settled_as == how


async def test_attach(world: World) -> None:
    case, text = await unclear(world)
    client = await of(world, "operator")
    form = {"case": str(case.id)}
    answer = await client.post(f"/inbox/{text.id}/attach", data=form, headers=HTMX)
    assert answer.status_code == 200
    assert (await InboxMessage.get(id=text.id)).settled_as == "attached"


async def test_of_several_cases_one_is_chosen(world: World) -> None:
    first, second = await world.case(), await world.case(subject="نبود نوبت‌دهی")
    await text_in("برای کدام است؟")
    shown = (await (await of(world, "operator")).get("/inbox")).text
    for case in (first, second):
        assert f'<option value="{case.id}"' in shown


async def test_a_refusal_stands_on_the_row(world: World) -> None:
    text = await text_in("سلام", STRANGER)
    client = await of(world, "operator")
    for headers in ({}, HTMX):
        async with unchanged():
            answer = await client.post(
                f"/inbox/{text.id}/score", data={"score": "5"}, headers=headers
            )
        assert answer.status_code == 422
        assert "نظرسنجی بی‌پاسخی نیست" in answer.text and "سلام" in answer.text
        assert f'id="text-{text.id}"' in answer.text


async def test_the_second_of_two_is_told(world: World) -> None:
    _case, text = await unclear(world)
    first, second = await of(world, "operator"), await of(world, "operator2")
    await first.post(f"/inbox/{text.id}/score", data={"score": "4"}, headers=HTMX)
    async with unchanged():
        answer = await second.post(f"/inbox/{text.id}/score", data={"score": "1"}, headers=HTMX)
        plain = await second.post(f"/inbox/{text.id}/settle", data={"x": "1"})
    for refusal in (answer, plain):
        assert refusal.status_code == 422
        assert "این اقدام پیش‌تر انجام شده است" in refusal.text
    assert "data-entry" not in answer.text
    assert (await Feedback.get()).rating == 4


async def test_what_has_no_mobile_has_no_score_and_no_call(world: World) -> None:
    text = await text_in("تخفیف ویژه", "3000505")
    shown = (await (await of(world, "operator")).get("/inbox")).text
    assert f"/inbox/{text.id}/settle" in shown and "۳۰۰۰۵۰۵" in shown
    assert f"/inbox/{text.id}/score" not in shown
    assert f"/inbox/{text.id}/call-back" not in shown


def test_masked() -> None:
    assert page.masked("+989121234567") == "0912***4567"
    assert page.masked("+4915112345678") == "+491***78"
    assert page.masked("Bank Melli") == "Bank Melli"


async def test_a_long_text_is_cut_and_an_empty_one_is_named(world: World) -> None:
    await text_in("آ" * 5000, STRANGER)
    await text_in("😀", "+989350000002")
    await InboxMessage.filter(text="😀").update(text="   ")
    shown = (await (await of(world, "operator")).get("/inbox")).text
    assert "آ" * page.LONGEST + "…" in shown and "آ" * (page.LONGEST + 1) not in shown
    assert "(بی‌متن)" in shown


async def test_pages_and_cost(world: World) -> None:
    await unclear(world)
    client = await of(world, "operator")
    with recorded() as one:
        await client.get("/inbox")
    for number in range(page.SHOWN):
        await text_in("سلام", f"+9893500000{number:02}")
    with recorded() as many:
        shown = (await client.get("/inbox")).text
    assert len(many) == len(one)
    assert shown.count("data-entry") == page.SHOWN and "بعدی" in shown
    count = (await client.get("/inbox/count")).text
    assert f"{page.SHOWN + 1}".translate(str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")) in count


async def test_settled_texts_are_gone(world: World) -> None:
    _case, text = await unclear(world)
    await inbox.read(world["operator"], text.id)
    shown = (await (await of(world, "operator")).get("/inbox")).text
    assert "پیامک نیازمند بررسی نیست" in shown
    assert not await InboxMessage.filter(state=InboxState.UNCLEAR).exists()


async def test_sign_in(world: World) -> None:
    anonymous: Any = browser(APP)
    assert (await anonymous.get("/inbox")).headers["location"] == "/login?next=/inbox"
    assert not await CallBack.exists()
