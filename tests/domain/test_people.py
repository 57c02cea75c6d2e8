"""Making members of staff."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain import notes, people, review, sign_in
from domain.errors import DomainError
from models import Notification, User
from models.enums import CaseStatus, Role
from tests.support.life import run_jobs
from tests.support.world import START, World


async def refused(**values: object) -> tuple[str, str | None]:
    """Code and field of a refusal to create a person; nobody comes of it."""
    given = {"username": "new.one", "full_name": "نام تازه", "role": "operator", **values}
    before = await User.all().count()
    with pytest.raises(DomainError) as error:
        await people.create_user(**given)  # type: ignore[arg-type]
    assert await User.all().count() == before
    return error.value.code, error.value.field


async def test_a_person(world: World) -> None:
    user = await people.create_user(
        " Ali.Rezaei ",
        "علي رضايي",
        "coordinator",
        password="گذرواژه ۱۲۸",
        agency_code="EDU-c1",
        mobile="۰۹۱۲۱۱۱۲۲۳۳",
    )
    assert (user.username, user.full_name) == ("ali.rezaei", "علی رضایی")
    assert (user.role, user.mobile) == (Role.COORDINATOR, "+989121112233")
    assert user.agency_id == world.units["EDU-c1"].id and "گذرواژه" not in user.password_hash
    _token, found = await sign_in.sign_in("ali.rezaei", "گذرواژه ۱۲۸")
    assert found.id == user.id


async def test_without_a_password_nobody_signs_in(world: World) -> None:
    user = await people.create_user("noone", "نام تازه", "operator")
    assert user.password_hash == sign_in.UNUSABLE


@pytest.mark.parametrize(
    ("values", "code", "field"),
    [
        ({"username": "senior"}, "taken", "username"),
        ({"username": "SENIOR"}, "taken", "username"),
        ({"username": "a"}, "invalid", "username"),
        ({"username": "علی"}, "invalid", "username"),
        ({"username": "a b"}, "invalid", "username"),
        ({"username": ""}, "required", "username"),
        ({"username": "x" * 61}, "too_long", "username"),
        ({"username": None}, "invalid", "username"),
        ({"full_name": "ع"}, "too_short", "full_name"),
        ({"role": "king"}, "unknown", "role"),
        ({"role": None}, "unknown", "role"),
        ({"role": "senior"}, "required", "agency"),
        ({"role": "coordinator"}, "required", "agency"),
        ({"role": "coordinator", "agency_code": "NO"}, "unknown", "agency"),
        ({"role": "senior", "agency_code": "EDU-c1"}, "unknown", "agency"),
        ({"mobile": "0211234"}, "invalid", "mobile"),
        ({"password": "کوتاه"}, "too_short", "password"),
    ],
)
async def test_a_refused_person(
    world: World, values: dict[str, object], code: str, field: str
) -> None:
    assert await refused(**values) == (code, field)


async def test_a_senior_who_begins_gets_what_waited(world: World) -> None:
    """Also when it waited for hours, with the ladder's entries and remarks on it meanwhile."""
    case = await world.case(agency="CUL")
    assert (case.status, case.at_centre) == (CaseStatus.REGISTERED, True)
    world.clock.forward(hours=5)
    await run_jobs()
    await notes.add(world["supervisor"], case.id, "در انتظار راهبر ارشد")
    user = await people.create_user("cul", "راهبر ارشد", "senior", agency_code="CUL")
    await case.refresh_from_db()
    assert (case.status, case.at_centre) == (CaseStatus.UNDER_REVIEW, False)
    assert case.due_at == START + timedelta(hours=3)
    assert await Notification.filter(user_id=user.id, kind="new_case").count() == 1


async def test_what_the_agency_returned_stays_with_the_centre(world: World) -> None:
    case = await world.case()
    await review.return_to_centre(world["senior"], case.id, "مربوط به ما نیست")
    await people.create_user("edu2", "راهبر دوم", "senior", agency_code="EDU")
    await case.refresh_from_db()
    assert (case.status, case.at_centre) == (CaseStatus.REGISTERED, True)


async def test_returned_then_rerouted_to_an_empty_chair_waits_for_it(world: World) -> None:
    case = await world.case()
    await review.return_to_centre(world["senior"], case.id, "مربوط به ما نیست")
    await review.reroute(world["supervisor"], case.id, "CUL", "مربوط به فرهنگ است")
    await people.create_user("cul", "راهبر ارشد", "senior", agency_code="CUL")
    await case.refresh_from_db()
    assert (case.status, case.at_centre) == (CaseStatus.UNDER_REVIEW, False)


async def test_other_agencies_cases_go_on_waiting(world: World) -> None:
    case = await world.case(agency="CUL")
    await people.create_user("ene2", "راهبر دوم", "senior", agency_code="ENE")
    await people.create_user("edu2", "راهبر دوم", "coordinator", agency_code="EDU")
    await case.refresh_from_db()
    assert case.at_centre
