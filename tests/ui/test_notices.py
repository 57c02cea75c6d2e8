"""Notices: listed with their cases, marked read, counted on the bell."""

from __future__ import annotations

import httpx2
import pytest

from domain import notifications
from models import Notification
from models.enums import NoticeKind
from tests.support.hooks import HERE, hook
from tests.support.queries import recorded
from tests.support.web import application, browser, signed_in
from tests.support.world import World
from ui import notices
from ui.labels import NOTICE

APP = application(notices.routes)


async def of(world: World, name: str) -> httpx2.AsyncClient:
    return browser(APP, token=await signed_in(world.users[name]))


async def test_a_notice_leads_to_its_case(world: World) -> None:
    case = await world.case()
    shown = await (await of(world, "senior")).get("/notifications")
    assert "پرونده تازه برای بررسی" in shown.text
    assert f'href="/cases/{case.id}"' in shown.text
    assert "notice-new" in shown.text


async def test_a_case_that_is_out_of_sight_is_not_named(world: World) -> None:
    case = await world.case()
    await Notification.create(
        user_id=world.users["fars"].id,
        kind="referral",
        case_id=case.id,
        key="moved",
        created_at=world.clock(),
    )
    shown = await (await of(world, "fars")).get("/notifications")
    assert "ارجاع تازه" in shown.text
    assert case.subject not in shown.text
    assert "/cases/" not in shown.text.replace('href="/cases"', "")


async def test_a_stopped_webhook_is_named_and_administrators_are_led_to_it(world: World) -> None:
    made = await hook(world, "EDU-c1")
    people = [world.users[name] for name in ("admin", "senior", "county", "fars")]
    await notifications.notify(people, NoticeKind.WEBHOOK_STOPPED, made, "stopped")
    for name in ("admin", "senior", "county"):
        shown = (await (await of(world, name)).get("/notifications")).text
        assert "سامانه EDU-c1" in shown and HERE in shown
        assert (f'href="/admin/webhooks/{made.id}"' in shown) is (name == "admin")
    elsewhere = (await (await of(world, "fars")).get("/notifications")).text
    assert NOTICE[NoticeKind.WEBHOOK_STOPPED][0] in elsewhere and HERE not in elsewhere
    await made.delete()
    gone = (await (await of(world, "admin")).get("/notifications")).text
    assert NOTICE[NoticeKind.WEBHOOK_STOPPED][0] in gone and "/admin/webhooks/" not in gone


async def test_reading_marks_one_s_own_up_to_what_was_shown(world: World) -> None:
    await world.case()
    shown = await Notification.filter(user_id=world.users["senior"].id).first()
    assert shown is not None
    await world.case()
    senior = await of(world, "senior")
    assert "۲" in (await senior.get("/notifications/bell")).text
    answer = await senior.post("/notifications/read", data={"up_to": str(shown.id)})
    assert answer.headers["location"] == "/notifications?done=read"
    assert await Notification.filter(user_id=world.users["senior"].id, read_at=None).count() == 1
    assert "۱" in (await senior.get("/notifications/bell")).text


async def test_others_notices_stay_unread(world: World) -> None:
    await world.case()
    last = await Notification.all().order_by("-id").first()
    assert last is not None
    await (await of(world, "county")).post("/notifications/read", data={"up_to": str(last.id)})
    assert not await Notification.exclude(read_at=None).exists()


@pytest.mark.parametrize("up_to", ["", "x", "-1", "9" * 30])
async def test_bad_marks(world: World, up_to: str) -> None:
    await world.case()
    senior = await of(world, "senior")
    answer = await senior.post("/notifications/read", data={"up_to": up_to})
    assert answer.status_code == 422
    assert not await Notification.exclude(read_at=None).exists()


async def test_nothing_to_tell(world: World) -> None:
    shown = await (await of(world, "fars")).get("/notifications")
    assert "اعلانی نیست" in shown.text
    assert "header-count" not in shown.text
    answer = await browser(APP).get("/notifications")
    assert answer.headers["location"] == "/login?next=/notifications"


async def test_cost(world: World) -> None:
    for _ in range(3):
        await world.case()
    senior = await of(world, "senior")
    with recorded() as statements:
        await senior.get("/notifications")
    assert len(statements) <= 6 + 2


def test_every_kind_has_a_name() -> None:
    told = {"new_case", "no_senior", "misrouted", "referral", "children_reported", "all_reported"}
    told |= {"citizen_replied", "reopened", "reminder", "warning", "breach", "centre"}
    assert told | {"centre_head", "late_feedback", "webhook_stopped"} == set(NOTICE)
