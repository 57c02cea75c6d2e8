"""Bad input to every form and address: each is refused for its reason, and nothing changes."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from urllib.parse import urlencode

import httpx2
import pytest
from starlette.routing import Route

import ui.routes
from domain import errors
from models import IdentityCheck, User
from tests.support.form_table import FORMS
from tests.support.forms import URLENCODED, Sent, staged
from tests.support.pages import Page
from tests.support.unchanged import changes, contents, unchanged
from tests.support.web import browser, signed_in
from tests.support.world import World
from ui.case_acts import BY_NAME

ELSEWHERE = {"/login", "/logout"}
"""tests/api/test_auth.py."""
NAMED_BY_NUMBER = ("/breaches/", "/sms/messages/")
"""Pages of many forms alike, in which the only field carries the number of the row."""
SAID = {"stale": "پرونده در این فاصله تغییر کرد و چیزی ثبت نشد"}
"""Refusals that the pages put into words of their own."""


@pytest.fixture(params=sorted(FORMS))
async def sent(request: pytest.FixtureRequest, world: World, db: str) -> AsyncIterator[Sent]:
    async with staged(FORMS[request.param], world, db) as found:
        yield found


async def test_bad_fields_are_refused_for_their_reason(sent: Sent) -> None:
    wrong = []
    for changed, code in sent.form.bad:
        before = await contents()
        answer = await sent.by(sent.form.who, changed)
        complaint = await complaint_about(answer, code, before, sent.form.counted)
        if complaint:
            wrong.append((repr(changed)[:80], code, complaint))
        await reset_tries()
    assert wrong == []


async def complaint_about(
    answer: httpx2.Response, code: str, before: dict[str, str], counted: tuple[str, ...]
) -> str:
    """What is wrong with a refusal; empty when nothing is."""
    changed = await changes(before) - set(counted)
    if changed:
        return f"changed {sorted(changed)}"
    if answer.status_code != 422:
        return f"answered {answer.status_code}"
    general = errors.message(code, "fa").split("…")[0].strip()
    page = Page(answer)
    return (
        ""
        if SAID.get(code, general) in page.text or general in page.text
        else f"says {page.text[-300:]}"
    )


async def reset_tries() -> None:
    await IdentityCheck.all().update(tries=0)
    await User.all().update(failed_sign_ins=0, locked_until=None)


async def test_the_right_form_is_taken_once_it_comes(sent: Sent) -> None:
    before = await contents()
    answer = await sent.by(sent.form.who)
    assert answer.status_code == sent.form.status, Page(answer).text[-600:]
    assert bool(await changes(before)) is not sent.form.silent


async def test_others_are_refused(sent: Sent) -> None:
    form = sent.form
    if form.stranger is not None:
        await signed_in(sent.world.users[form.stranger])
    async with unchanged():
        if form.stranger is not None:
            assert (await sent.by(form.stranger)).status_code == 404
        anonymous = await sent.by(None)
        assert anonymous.headers["location"].startswith("/login")
        for site in ("cross-site", "same-site", "none"):
            assert (await sent.by(form.who, site=site)).status_code == 403


async def test_what_is_no_form_is_refused(sent: Sent) -> None:
    form = sent.form
    if not form.reads or form.path.endswith("/accept"):
        pytest.skip("the button alone is what is sent")
    part = (
        b'--x\r\nContent-Disposition: form-data; name="%s"; filename="a.txt"\r\n\r\nx\r\n--x--\r\n'
    )
    names = [name for name, _ in sent.body()]
    many = urlencode([*sent.body(), *[(f"f{number}", "1") for number in range(101)]])
    multipart = "multipart/form-data; boundary=x"
    bad = [
        (many.encode(), URLENCODED),
        (part % names[0].encode(), multipart),
        (b"no boundary", "multipart/form-data"),
        (b"garbage", multipart),
        (f"{names[0]}=%ff%fe".encode(), URLENCODED),
    ]
    if form.bad and form.path != "/search":
        bad += [
            (json.dumps(dict(sent.body())).encode(), "application/json"),
            (b"", URLENCODED),
            (urlencode(sent.body()).encode(), "text/plain"),
        ]
    async with unchanged(*form.counted):
        for content, kind in bad:
            answer = await sent.raw(form.who, content, kind)
            assert answer.status_code == 422, (content[:60], kind, answer.status_code)


async def test_rows_that_do_not_exist_are_not_found(sent: Sent) -> None:
    numbers = re.findall(r"/(\d+)", sent.path)
    async with unchanged():
        for number in numbers:
            for wrong in ("999999", "0", "9" * 18, "9" * 30, "-1", "x", "%D9%A1", "1%00"):
                path = sent.path.replace(f"/{number}", f"/{wrong}", 1)
                answer = await sent.by(sent.form.who, path=path)
                named_by_number = sent.form.path.startswith(NAMED_BY_NUMBER)
                allowed = {404, 422} if named_by_number else {404}
                assert answer.status_code in allowed, (path, answer.status_code)


def test_every_form_is_in_the_table() -> None:
    posts = [
        route.path
        for route in ui.routes.routes
        if isinstance(route, Route) and route.methods and "POST" in route.methods
    ]
    patterns = [
        re.compile(re.sub(r"\{[^}]+\}", "[^/]+", path) + "$")
        for path in posts
        if path not in ELSEWHERE
    ]
    paths = [form.path.partition("?")[0] for form in FORMS.values()]
    for pattern in patterns:
        assert any(pattern.match(path) for path in paths), pattern.pattern
    acts = {form.path.rpartition("/")[2] for form in FORMS.values() if "/cases/" in form.path}
    assert acts - {"identity"} == set(BY_NAME)


# Addresses

ODD = ("", "x", "-1", "9" * 30, "%00", "%FF", "%ED%A0%80", "%0A", "م" * 3000, "1.5", "NONE", "%25")
QUERIES = {
    "operator": (
        "/operator?stay",
        "/operator/calls/{call}?registered",
        "/operator/calls/{call}?told",
        "/places/options?place_query",
        "/agencies/options?agency_query",
        "/agencies/options?agency_query=آموزش&place",
        "/agencies/options?agency_query=آموزش&within",
        "/agencies/options?name=units&units_query",
        "/inbox?after",
        "/inbox?before",
        "/call-backs?after",
        "/conversations?need",
        "/conversations?language",
        "/conversations?after",
        "/conversations/list?before",
    ),
    "senior": (
        "/queue?tab", "/queue?tab=all&status", "/queue?indicator", "/queue?unit", "/queue?overdue",
        "/queue?before", "/queue?after", "/queue/list?after", "/queue/list?status",
        "/cases?status", "/cases?indicator", "/cases?period", "/cases?unit", "/cases?before",
        "/cases?after", "/breaches?tab", "/breaches?before", "/notifications?after",
        "/cases/{case}?done", "/cases/{case}/live?seen", "/cases/{case}/units?units_query",
        "/cases/{case}/units?units", "/cases/{case}/units?below", "/overview?x", "/?done",
        "/search?q", "/login?next",
    ),
    "admin": ("/admin/people?role", "/admin/people?unit", "/admin/people?state",
              "/admin/people?before", "/admin/clients?state", "/admin/clients?words",
              "/admin/webhooks?client", "/admin/webhooks?before", "/admin/webhooks/new?client",
              "/admin/labels?score"),
}  # fmt: skip


@pytest.mark.parametrize("who", sorted(QUERIES))
async def test_odd_queries_break_no_page(world: World, db: str, who: str) -> None:
    stage = FORMS["register"]
    async with staged(stage, world, db) as sent:
        case = await world.case()
        ids = {**sent.known, "case": str(case.id)}
        token = await signed_in(world.users[who])
        await signed_in(world.users[stage.who])
        async with browser(sent.app, token=token) as client, unchanged():
            for address in QUERIES[who]:
                for odd in ODD:
                    path = f"{address.format(**ids)}={odd}"
                    for headers in ({}, {"hx-request": "true"}):
                        answer = await client.get(path, headers=headers)
                        assert answer.status_code in (200, 204, 303, 404, 422), (
                            path[:100],
                            answer.status_code,
                        )
