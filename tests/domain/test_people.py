"""Making members of staff and partners' systems, and letting the latter in."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain import notes, people, review, sign_in
from domain.actors import CASES_READ, CASES_WRITE
from domain.errors import DomainError
from models import Client, Notification, User
from models.enums import CaseStatus, Role
from tests.support.life import run_jobs
from tests.support.world import START, World

KEY = "partner.0123456789abcdef"


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


async def test_a_partner_that_may_write_receives_what_waited(world: World) -> None:
    case = await world.case(agency="CUL")
    await people.create_client("CUL", "سامانه فرهنگ", [CASES_READ])
    await case.refresh_from_db()
    assert case.at_centre
    await people.create_client("CUL", "سامانه فرهنگ", [CASES_READ, CASES_WRITE])
    await case.refresh_from_db()
    assert (case.status, case.at_centre) == (CaseStatus.UNDER_REVIEW, False)


async def test_a_key_is_shown_once_and_opens(world: World) -> None:
    client, key = await people.create_client("EDU", "سامانه آموزش", [CASES_WRITE, CASES_READ])
    secret = key.partition(".")[2]
    assert len(secret) >= 32 and secret not in client.secret_hash
    assert client.scopes == sorted([CASES_READ, CASES_WRITE])
    found = await people.authenticate_client(key)
    assert found is not None and found.id == client.id


@pytest.mark.parametrize(
    ("agency", "scopes", "key", "code", "field"),
    [
        ("NO", [CASES_READ], None, "unknown", "agency"),
        ("EDU", [], None, "unknown", "scopes"),
        ("EDU", ["cases:delete"], None, "unknown", "scopes"),
        ("EDU", [CASES_READ], "no-dot-in-it-anywhere", "invalid", "key"),
        ("EDU", [CASES_READ], "short.secret", "invalid", "key"),
        ("EDU", [CASES_READ], ".0123456789abcdef", "invalid", "key"),
        ("EDU", [CASES_READ], "a b.0123456789abcdef", "invalid", "key"),
        ("EDU", [CASES_READ], KEY, "taken", "key"),
    ],
)
async def test_a_refused_system(
    world: World, agency: str, scopes: list[str], key: str | None, code: str, field: str
) -> None:
    await people.create_client("ENE", "سامانه نیرو", [CASES_READ], key=KEY)
    with pytest.raises(DomainError) as error:
        await people.create_client(agency, "سامانه", scopes, key=key)
    assert (error.value.code, error.value.field) == (code, field)
    assert await Client.all().count() == 1


WRONG_KEYS = [
    "",
    ".",
    "partner",
    "partner.",
    "partner..",
    ".0123456789abcdef",
    "partner.0123456789abcdeF",
    "partner.0123456789abcdef ",
    "PARTNER.0123456789abcdef",
    "nobody.0123456789abcdef",
    f"{KEY}.{KEY}",
    "پارتنر.۰۱۲۳۴۵۶۷۸۹abcdef",
    "x" * 5000,
]


async def test_a_wrong_key_opens_nothing(world: World) -> None:
    await people.create_client("EDU", "سامانه آموزش", [CASES_READ], key=KEY)
    assert await people.authenticate_client(KEY) is not None
    for key in WRONG_KEYS:
        assert await people.authenticate_client(key) is None, key


async def test_the_hash_is_no_key(world: World) -> None:
    client, _ = await people.create_client("EDU", "سامانه آموزش", [CASES_READ], key=KEY)
    assert await people.authenticate_client(f"{client.id}.{client.secret_hash}") is None


async def test_a_revoked_key_ends_at_once(world: World) -> None:
    client, key = await people.create_client("EDU", "سامانه آموزش", [CASES_READ])
    client.revoked_at = world.clock.at
    await client.save()
    assert await people.authenticate_client(key) is None


async def test_a_key_ends_when_it_was_said_to(world: World) -> None:
    end = START + timedelta(days=1)
    _, key = await people.create_client("EDU", "سامانه آموزش", [CASES_READ], expires_at=end)
    world.clock.at = end
    assert await people.authenticate_client(key) is not None
    world.clock.forward(seconds=1)
    assert await people.authenticate_client(key) is None
