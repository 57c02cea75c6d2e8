"""The work list and the list of cases: order, filters, pages, live fragment, cost."""

from __future__ import annotations

import re

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import referrals, review
from domain.errors import DomainError
from models import Case, Indicator, Referral
from models.enums import CaseStatus, Role
from tests.support.queries import recorded
from tests.support.web import application, browser, signed_in
from tests.support.world import World
from ui import case as case_page
from ui import lists, queue

APP = application([*queue.routes, *case_page.routes])


async def of(world: World, name: str) -> httpx2.AsyncClient:
    return browser(APP, token=await signed_in(world.users[name]))


def subjects(html: str) -> list[str]:
    return re.findall(r'class="row-link"[^>]*>([^<]+)</a>', html)


async def three(world: World) -> list[Case]:
    """Three cases of one senior, ten minutes apart."""
    made = []
    for number in range(3):
        made.append(await world.case(subject=f"پرونده {number}"))
        world.clock.forward(minutes=10)
    return made


async def test_least_time_comes_first(world: World) -> None:
    await three(world)
    shown = await (await of(world, "senior")).get("/queue")
    assert subjects(shown.text) == ["پرونده 0", "پرونده 1", "پرونده 2"]
    for text in ("روستای علی‌آباد", "زمان قانونی شروع و پایان خدمت", "در حال بررسی", "data-clock="):
        assert text in shown.text


async def test_a_senior_has_their_turn_and_everything_that_runs(world: World) -> None:
    first, second, _third = await three(world)
    await review.order(world["senior"], first.id, "بررسی شود", ["EDU-c1"])
    await Case.filter(id=second.id).update(status=CaseStatus.ANSWERED)
    senior = await of(world, "senior")
    assert subjects((await senior.get("/queue")).text) == ["پرونده 2"]
    assert subjects((await senior.get("/queue?tab=all")).text) == ["پرونده 0", "پرونده 2"]


async def test_what_the_units_reported_is_marked(world: World) -> None:
    case = await world.case()
    senior = await of(world, "senior")
    assert "نتیجه رسیده" not in (await senior.get("/queue")).text
    await review.order(world["senior"], case.id, "بررسی شود", ["EDU-c1"])
    referral = await Referral.get(case_id=case.id)
    await referrals.report(world["county"], referral.id, "انجام شد", "")
    assert "نتیجه رسیده" in (await senior.get("/queue")).text


async def test_a_coordinator_sees_their_units_referrals_with_both_clocks(world: World) -> None:
    case = await world.case()
    await review.order(world["senior"], case.id, "باجه بررسی شود", ["EDU-c1"])
    shown = (await (await of(world, "county")).get("/queue")).text
    assert subjects(shown) == [case.subject]
    assert "باجه بررسی شود" in shown
    assert "در انتظار پذیرش" in shown
    assert shown.count("data-clock=") == 2
    empty = await (await of(world, "provincial")).get("/queue")
    assert subjects(empty.text) == []
    assert "کارتابل خالی است" in empty.text


async def test_the_centre_sees_what_came_back(world: World) -> None:
    case, _other = await world.case(), await world.case()
    await review.return_to_centre(world["senior"], case.id, "مربوط به ما نیست")
    orphan = await world.case(agency="CUL", subject="بی‌راهبر")
    shown = await (await of(world, "supervisor")).get("/queue")
    assert set(subjects(shown.text)) == {case.subject, orphan.subject}
    assert len(subjects(shown.text)) == 2


@pytest.mark.parametrize("name", ["operator", "head", "inspector", "admin"])
async def test_the_page_is_not_there_for_other_roles(world: World, name: str) -> None:
    page = await of(world, name)
    assert (await page.get("/queue")).status_code == 404
    assert (await page.get("/queue/list")).status_code == 404


async def test_who_is_not_signed_in_goes_to_sign_in(world: World) -> None:
    answer = await browser(APP).get("/queue")
    assert answer.headers["location"] == "/login?next=/queue"
    answer = await browser(APP).get("/queue/list", headers={"hx-request": "true"})
    assert (answer.status_code, answer.headers["hx-redirect"]) == (204, "/login")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("indicator=I5", ["پرونده 0", "پرونده 1"]),
        ("indicator=I3", ["پرونده 2"]),
        ("unit=رشت", ["پرونده 0", "پرونده 1", "پرونده 2"]),
        ("unit=آموزش شهرستان", ["پرونده 0", "پرونده 1", "پرونده 2"]),
        ("unit=نیرو", []),
        ("overdue=1", ["پرونده 0"]),
        ("tab=all&status=under_review", ["پرونده 0", "پرونده 1", "پرونده 2"]),
        ("tab=all&status=waiting_citizen", []),
    ],
)
async def test_filters(world: World, query: str, found: list[str]) -> None:
    cases = await three(world)
    other = await Indicator.get(code="I3")
    await Case.filter(id=cases[2].id).update(indicator_id=other.id)
    world.clock.forward(minutes=155)
    page = await of(world, "senior")
    shown = await page.get(f"/queue?{query}")
    assert subjects(shown.text) == found
    assert subjects((await page.get(f"/queue/list?{query}")).text) == found
    if not found:
        assert "پاک کردن" in shown.text


@pytest.mark.parametrize(
    "query", ["tab=all&status=nonsense", "after=x", "after=1.x", f"before={'9' * 40}.1", "after=.5"]
)
async def test_bad_addresses(world: World, query: str) -> None:
    await world.case()
    assert (await (await of(world, "senior")).get(f"/queue?{query}")).status_code == 422


async def test_pages_go_forth_and_back(world: World) -> None:
    cases = await three(world)
    await Case.filter(id=cases[1].id).update(due_at=cases[0].due_at)
    senior = await of(world, "senior")
    seen, path = [], "/queue"
    for _ in range(3):
        part = await lists.cut(Case.all(), dict(httpx2.QueryParams(path[7:])), by="due_at", size=1)
        seen += [row.subject for row in part.rows]
        path = f"/queue?after={part.after}"
    assert seen == ["پرونده 0", "پرونده 1", "پرونده 2"]
    assert part.after is None
    back = await lists.cut(Case.all(), {"before": part.before or ""}, by="due_at", size=1)
    assert [row.subject for row in back.rows] == ["پرونده 1"]
    first = await lists.cut(Case.all(), {"before": back.before or ""}, by="due_at", size=1)
    assert [row.subject for row in first.rows] == ["پرونده 0"]
    assert first.before is None
    assert first.after is not None
    assert (await senior.get(f"/queue?after={first.after}")).status_code == 200


async def test_the_live_fragment_keeps_filters_and_ids(world: World) -> None:
    case = await world.case()
    senior = await of(world, "senior")
    page = (await senior.get("/queue?tab=all&unit=رشت")).text
    address = re.search(r'hx-get="(/queue/list[^"]*)"', page)
    assert address is not None
    fresh = await senior.get(address[1].replace("&amp;", "&"), headers={"hx-request": "true"})
    assert "<html" not in fresh.text
    assert f'id="link-{case.id}"' in page
    assert f'id="link-{case.id}"' in fresh.text


async def test_cost_does_not_grow_with_the_list(world: World) -> None:
    senior = await of(world, "senior")
    for _ in range(3):
        await world.case()
    for path, most in (("/queue", 6 + 6), ("/queue/list", 2 + 5), ("/cases", 6 + 3)):
        with recorded() as statements:
            assert (await senior.get(path)).status_code == 200
        assert len(statements) <= most, path


# All cases


async def test_cases_newest_first_under_visibility(world: World) -> None:
    await three(world)
    other = await world.case(agency="ENE", subject="نیرو")
    shown = await (await of(world, "senior")).get("/cases")
    assert subjects(shown.text) == ["پرونده 2", "پرونده 1", "پرونده 0"]
    everything = await (await of(world, "supervisor")).get("/cases")
    assert subjects(everything.text)[0] == other.subject
    assert (await (await of(world, "admin")).get("/cases")).status_code == 404
    assert "هنوز پرونده‌ای نیست" in (await (await of(world, "fars")).get("/cases")).text


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("period=1405", 3),
        ("period=1405-09-03", 3),
        ("period=1405-08", 0),
        ("status=under_review", 3),
        ("status=closed", 0),
        ("indicator=I5&unit=رشت", 3),
    ],
)
async def test_filters_of_cases(world: World, query: str, count: int) -> None:
    await three(world)
    shown = await (await of(world, "senior")).get(f"/cases?{query}")
    assert len(subjects(shown.text)) == count


@pytest.mark.parametrize("query", ["period=nonsense", "period=1405-13", "status=x", "after=x"])
async def test_bad_filters_of_cases(world: World, query: str) -> None:
    assert (await (await of(world, "senior")).get(f"/cases?{query}")).status_code == 422


async def test_every_reader_has_a_list(world: World) -> None:
    await world.case()
    for name in ("operator", "senior", "county", "head", "inspector", "supervisor"):
        assert world.users[name].role is not Role.ADMIN
        assert (await (await of(world, name)).get("/cases")).status_code == 200


@given(st.text(max_size=40))
def test_a_cursor_is_read_or_refused(text: str) -> None:
    try:
        lists._beyond("due_at", text, "gt")
    except DomainError as error:
        assert error.code == "invalid"
