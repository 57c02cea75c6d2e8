"""Calls owed to citizens: listed, opened with a trace, done once."""

from __future__ import annotations

import asyncio

import pytest

from domain import call_backs, worklists
from domain.errors import DomainError
from models import CallBack, Case, CaseEvent, IdentityView
from models.database import transaction
from tests.support.unchanged import unchanged
from tests.support.world import MOBILE, World

OTHER = "+989350000001"


async def owed(world: World, mobile: str = MOBILE, case: Case | None = None) -> CallBack:
    async with transaction():
        return await call_backs.ask(world["operator2"], mobile, "خواهان توضیح است", case=case)


async def test_oldest_first_until_done(world: World) -> None:
    first, second = await owed(world), await owed(world, OTHER)
    assert [row.id for row in await call_backs.waiting()] == [first.id, second.id]
    assert [row.id for row in await call_backs.of_number(OTHER)] == [second.id]
    done = await call_backs.done(world["operator"], first.id, "توضیح داده شد")
    assert (done.done_at, done.done_by_id) == (world.clock.at, world.users["operator"].id)
    assert [row.id for row in await call_backs.waiting()] == [second.id]
    assert await worklists.call_back_count(world["operator"]) == 1


async def test_opening_one_of_a_case_leaves_a_trace(world: World) -> None:
    case = await world.case()
    row = await owed(world, case=case)
    shown = await call_backs.show(world["operator"], row.id)
    assert shown.contact.mobile == MOBILE
    view = await IdentityView.get()
    assert (view.case_id, view.user_id) == (case.id, world.users["operator"].id)
    await call_backs.show(world["supervisor"], (await owed(world, OTHER)).id)
    assert await IdentityView.all().count() == 1


async def test_the_outcome_is_in_the_timeline(world: World) -> None:
    case = await world.case()
    row = await owed(world, case=case)
    await call_backs.done(world["operator"], row.id, "پاسخ نداد؛ پیامک شد")
    event = await CaseEvent.get(case_id=case.id, kind="note")
    assert event.text == "تماس برگشتی: پاسخ نداد؛ پیامک شد"
    assert event.user_id == world.users["operator"].id


async def refused(code: str, act: object) -> None:
    async with unchanged():
        with pytest.raises(DomainError) as caught:
            await act  # type: ignore[misc]
    assert caught.value.code == code


async def test_only_operators_and_supervisors(world: World) -> None:
    row = await owed(world)
    for name in ("senior", "admin", "county", "head", "inspector"):
        await refused("forbidden", call_backs.show(world[name], row.id))
        await refused("forbidden", call_backs.done(world[name], row.id, "گفته شد"))


@pytest.mark.parametrize(
    ("outcome", "code"),
    [
        (None, "invalid"), ("", "required"), ("م", "too_short"), ("م" * 301, "too_long"),
        ("دو\nخط", "invalid_characters"),
    ],
)  # fmt: skip
async def test_bad_outcomes(world: World, outcome: object, code: str) -> None:
    row = await owed(world)
    await refused(code, call_backs.done(world["operator"], row.id, outcome))


async def test_only_of_the_number_on_the_line(world: World) -> None:
    row = await owed(world)
    act = call_backs.done(world["operator"], row.id, "گفته شد", mobile=OTHER)
    await refused("not_found", act)
    await call_backs.done(world["operator"], row.id, "گفته شد", mobile=MOBILE)
    await refused("already_done", call_backs.done(world["operator"], row.id, "باز هم"))
    for key in (10**9, 0, -1):
        await refused("not_found", call_backs.done(world["operator"], key, "گفته شد"))
        await refused("not_found", call_backs.show(world["operator"], key))


async def test_two_people_at_once(world: World) -> None:
    case = await world.case()
    row = await owed(world, case=case)
    outcomes = await asyncio.gather(
        *(call_backs.done(world[name], row.id, "گفته شد") for name in ("operator", "operator2")),
        return_exceptions=True,
    )
    assert sorted(getattr(outcome, "code", "done") for outcome in outcomes) == [
        "already_done",
        "done",
    ]
    assert await CaseEvent.filter(kind="note").count() == 1
