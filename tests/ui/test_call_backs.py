"""Calls to make: masked in the list, opened with a trace, closed there or on the citizen's call."""

from __future__ import annotations

import httpx2
import pytest

from domain import calls, inbox, opt_outs, outbox
from models import Call, CallBack, Case, IdentityView, OptIn
from tests.support.life import answered, asked, text_in
from tests.support.unchanged import unchanged
from tests.support.web import application, browser, signed_in
from tests.support.world import MOBILE, World
from ui import call_backs, operator

APP = application([*call_backs.routes, *operator.routes])
SHOWN = "۰۹۱۲ ۱۲۳ ۴۵۶۷"
MASKED = "۰۹۱۲***۴۵۶۷"


async def of(world: World, name: str) -> httpx2.AsyncClient:
    return browser(APP, token=await signed_in(world.users[name]))


async def owed(world: World) -> tuple[Case, CallBack]:
    case = await answered(world, await world.case())
    await asked(world, case)
    await text_in("شاید")
    text = await text_in("می‌خواهم حرف بزنم")
    await inbox.call_back(world["operator2"], text.id, "خواهان گفت‌وگو است")
    return case, await CallBack.get()


async def rings(world: World) -> Call:
    call = await calls.announce("back", "ringing", MOBILE, world.clock.at)
    return await calls.take(world["operator"], call.id)


async def test_masked_until_opened_and_opening_is_logged(world: World) -> None:
    case, row = await owed(world)
    client = await of(world, "operator")
    listed = (await client.get("/call-backs")).text
    assert MASKED in listed and SHOWN not in listed and MOBILE not in listed
    assert "می‌خواهم حرف بزنم" in listed and "خواهان گفت‌وگو است" in listed
    assert not await IdentityView.exists()
    opened = await client.post(f"/call-backs/{row.id}/open", data={"x": "1"})
    assert SHOWN in opened.text and opened.headers["cache-control"] == "no-store"
    view = await IdentityView.get()
    assert (view.case_id, view.user_id) == (case.id, world.users["operator"].id)
    assert (await client.get(f"/call-backs/{row.id}/open")).status_code == 405


async def test_done_with_what_came_of_it(world: World) -> None:
    _case, row = await owed(world)
    client = await of(world, "supervisor")
    async with unchanged("identity_view"):
        refused = await client.post(f"/call-backs/{row.id}/done", data={"outcome": " "})
    assert refused.status_code == 422 and 'href="#f-outcome"' in refused.text
    answer = await client.post(f"/call-backs/{row.id}/done", data={"outcome": "گفته شد"})
    assert answer.headers["location"] == "/call-backs?done=called_back"
    assert "تماسی برعهده نیست" in (await client.get("/call-backs")).text
    again = await client.post(f"/call-backs/{row.id}/done", data={"outcome": "باز هم"})
    assert again.status_code == 422 and "گرفته شده است" in again.text


@pytest.mark.parametrize("name", ["senior", "county", "head", "inspector", "admin"])
async def test_the_pages_are_not_there_for_other_roles(world: World, name: str) -> None:
    _case, row = await owed(world)
    client = await of(world, name)
    assert (await client.get("/call-backs")).status_code == 404
    for act in ("open", "done"):
        answer = await client.post(f"/call-backs/{row.id}/{act}", data={"outcome": "گفته شد"})
        assert answer.status_code == 404 and SHOWN not in answer.text


async def test_who_calls_in_is_told_at_once(world: World) -> None:
    _case, row = await owed(world)
    call = await rings(world)
    client = await of(world, "operator")
    path = f"/operator/calls/{call.id}"
    assert "می‌خواهم حرف بزنم" in (await client.get(path)).text
    name = f"outcome-{row.id}"
    refused = await client.post(f"{path}/call-backs/{row.id}/done", data={name: ""})
    assert refused.status_code == 422 and f'href="#f-{name}"' in refused.text
    answer = await client.post(f"{path}/call-backs/{row.id}/done", data={name: "گفته شد"})
    assert answer.headers["location"] == f"{path}?done=called_back"
    assert (await CallBack.get()).outcome == "گفته شد"
    assert "می‌خواهم حرف بزنم" not in (await client.get(path)).text


async def test_a_call_owed_to_somebody_else_is_not_closed_there(world: World) -> None:
    _case, row = await owed(world)
    await calls.announce("other", "ringing", "+989350000001", world.clock.at)
    other = await calls.take(world["operator"], (await Call.get(call_id="other")).id)
    path = f"/operator/calls/{other.id}/call-backs/{row.id}/done"
    client = await of(world, "operator")
    async with unchanged():
        answer = await client.post(path, data={f"outcome-{row.id}": "گفته شد"})
    assert answer.status_code == 404


async def test_a_way_back_to_texts_on_a_call(world: World) -> None:
    call = await rings(world)
    client = await of(world, "operator")
    path = f"/operator/calls/{call.id}"
    assert "پیامک نمی‌گیرد" not in (await client.get(path)).text
    await outbox.opt_out(MOBILE, "reply")
    assert "پیامک نمی‌گیرد" in (await client.get(path)).text
    refused = await client.post(f"{path}/opt-in", data={"reason": ""})
    assert refused.status_code == 422 and await opt_outs.of(MOBILE) is not None
    answer = await client.post(f"{path}/opt-in", data={"reason": "خودش خواست"})
    assert answer.headers["location"] == f"{path}?done=opted_in"
    assert await opt_outs.of(MOBILE) is None and (await OptIn.get()).reason == "خودش خواست"
    stranger = await of(world, "operator2")
    assert (await stranger.post(f"{path}/opt-in", data={"reason": "خودش خواست"})).status_code == 404
