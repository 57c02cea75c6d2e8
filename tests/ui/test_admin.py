"""People and one's own account over HTTP."""

from __future__ import annotations

import re

import httpx2
import pytest

from domain import sign_in
from models import Session, User
from tests.support.queries import recorded
from tests.support.web import application, browser, signed_in
from tests.support.world import World
from ui import admin

APP = application(admin.routes)
PERSON = {
    "username": "tester",
    "full_name": "نرگس کریمی",
    "role": "coordinator",
    "agency": "EDU-c1",
    "password": "password-128",
    "mobile": "09121112233",
}


async def of(world: World, name: str) -> httpx2.AsyncClient:
    return browser(APP, token=await signed_in(world.users[name]))


async def test_people_are_listed_and_filtered(world: World) -> None:
    page = await of(world, "admin")
    shown = await page.get("/admin/people")
    assert shown.text.count("<tr>") == 1 + len(world.users)
    assert "password" not in shown.text
    only = await page.get("/admin/people?role=coordinator&unit=رشت&state=on")
    assert re.findall(r'<bdi dir="ltr">([a-z_0-9]+)</bdi>', only.text) == ["county"]
    none = await page.get("/admin/people?state=off")
    assert "کاربری با این پالایش نیست" in none.text
    assert (await page.get("/admin/people?role=king")).status_code == 404
    assert (await page.get("/admin/people?after=x")).status_code == 422


async def test_a_person_is_created_and_can_sign_in(world: World) -> None:
    page = await of(world, "admin")
    assert (await page.get("/admin/people/new")).status_code == 200
    answer = await page.post("/admin/people/new", data=PERSON)
    assert answer.headers["location"] == "/admin/people?done=user_created"
    user = await User.get(username="tester")
    assert (user.role, user.agency_id, user.mobile) == (
        "coordinator",
        world.units["EDU-c1"].id,
        "+989121112233",
    )
    await sign_in.sign_in("tester", PERSON["password"])
    assert PERSON["password"] not in (await page.get(answer.headers["location"])).text


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"username": ""}, "username"),
        ({"username": "نام"}, "username"),
        ({"username": "senior"}, "username"),
        ({"full_name": "ن"}, "full_name"),
        ({"full_name": "نام\x07"}, "full_name"),
        ({"role": "king"}, "role"),
        ({"agency": ""}, "agency"),
        ({"agency": "nope"}, "agency"),
        ({"role": "senior", "agency": "EDU-c1"}, "agency"),
        ({"password": ""}, "password"),
        ({"password": "short"}, "password"),
        ({"mobile": "021"}, "mobile"),
    ],
)
async def test_bad_people(world: World, changes: dict[str, str], field: str) -> None:
    before = await User.all().count()
    answer = await (await of(world, "admin")).post("/admin/people/new", data=PERSON | changes)
    assert answer.status_code == 422
    assert f'id="f-{field}-error"' in answer.text
    assert f'href="#f-{field}"' in answer.text
    assert PERSON["password"] not in answer.text
    assert await User.all().count() == before


async def test_searching_a_unit_without_a_script_saves_nothing(world: World) -> None:
    before = await User.all().count()
    form = PERSON | {"search": "agency", "agency_query": "فارس", "agency": ""}
    answer = await (await of(world, "admin")).post("/admin/people/new", data=form)
    assert answer.status_code == 200
    assert 'value="EDU-p2"' in answer.text
    assert 'value="نرگس کریمی"' in answer.text
    assert await User.all().count() == before


async def test_off_and_on(world: World) -> None:
    page = await of(world, "admin")
    user = world.users["county"]
    token = await signed_in(user)
    await page.post(f"/admin/people/{user.id}/off")
    assert not (await User.get(id=user.id)).active
    assert await sign_in.session_user(token) is None
    assert "باز کردن دسترسی" in (await page.get("/admin/people?state=off")).text
    await page.post(f"/admin/people/{user.id}/on")
    assert (await User.get(id=user.id)).active
    own = await page.post(f"/admin/people/{world.users['admin'].id}/off")
    assert own.status_code == 403
    assert (await page.post("/admin/people/999999/off")).status_code == 404


@pytest.mark.parametrize("name", ["supervisor", "senior", "operator", "head"])
async def test_nobody_else_gets_in(world: World, name: str) -> None:
    page = await of(world, name)
    before = await User.all().count()
    for answer in (
        await page.get("/admin/people"),
        await page.get("/admin/people/new"),
        await page.post("/admin/people/new", data=PERSON),
        await page.post(f"/admin/people/{world.users['county'].id}/off"),
    ):
        assert answer.status_code == 404
    assert await User.all().count() == before
    assert (await User.get(username="county")).active


async def test_another_site_cannot_act(world: World) -> None:
    page = await of(world, "admin")
    headers = {"sec-fetch-site": "cross-site"}
    answer = await page.post("/admin/people/new", data=PERSON, headers=headers)
    assert answer.status_code == 403
    assert not await User.exists(username="tester")


async def test_the_account_page_and_a_new_password(world: World) -> None:
    user = world.users["senior"]
    user.password_hash = sign_in.hash_password("password-128")
    await user.save()
    page = await of(world, "senior")
    await sign_in.sign_in("senior", "password-128")
    shown = await page.get("/account")
    assert "راهبر ارشد" in shown.text
    assert "۲" in shown.text
    form = {"old_password": "password-128", "new_password": "password-129", "repeated": "other"}
    answer = await page.post("/account/password", data=form)
    assert answer.status_code == 422
    assert 'id="f-repeated-error"' in answer.text
    form["old_password"], form["repeated"] = "wrong-password", "password-129"
    answer = await page.post("/account/password", data=form)
    assert 'id="f-old_password-error"' in answer.text
    assert await Session.filter(user_id=user.id).count() == 2
    form["old_password"] = "password-128"
    answer = await page.post("/account/password", data=form)
    assert answer.headers["location"] == "/account?done=password_changed"
    assert await Session.filter(user_id=user.id).count() == 1
    await sign_in.sign_in("senior", "password-129")


async def test_cost(world: World) -> None:
    page = await of(world, "admin")
    with recorded() as statements:
        await page.get("/admin/people")
    assert len(statements) <= 1 + 1 + 1 + 1
