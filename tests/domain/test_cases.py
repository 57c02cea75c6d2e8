"""Registration (S2): checked, stored once, referred, told, and the clock starts."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from domain import cases, clients, identity, tracking_code
from domain.actors import CASES_READ, CASES_WRITE, SYSTEM, Actor, of_client
from models import (
    Agency,
    Case,
    CaseEvent,
    Citizen,
    Incident,
    Indicator,
    Job,
    Notification,
    Place,
    Round,
)
from models.enums import CaseKind, CaseStatus, Channel, ReporterKind
from tests.support.life import texts
from tests.support.refusals import BAD_CODES, BAD_KEYS, refused, refuses, refuses_texts
from tests.support.world import MOBILE, NATIONAL_ID, START, World

NAME = "مریم احمدی"


async def partner(world: World, agency: str, *scopes: str) -> Actor:
    client, _ = await clients.create(SYSTEM, agency, "سامانه", scopes or (CASES_READ, CASES_WRITE))
    return await of_client(client)


async def test_a_registered_case(world: World) -> None:
    case = await Case.get(id=(await world.case()).id)
    assert tracking_code.parse(case.tracking_code) == case.tracking_code
    assert (case.kind, case.channel) == (CaseKind.COMPLAINT, Channel.PHONE)
    assert (case.mobile, case.consent) == (MOBILE, True)
    assert case.agency_id == world.units["EDU-c1"].id
    assert case.main_agency_id == world.units["EDU"].id
    assert (case.place_id, case.county_id, case.province_id) == ("v1", "c1", "p1")
    assert [item.code for item in await case.other_indicators.all()] == ["I7"]
    assert case.registered_at == START and case.due_at == START + timedelta(hours=3)
    assert (case.status, case.at_centre) == (CaseStatus.UNDER_REVIEW, False)
    assert case.registered_by_id == world.users["operator"].id
    rows = await CaseEvent.filter(case_id=case.id).order_by("id")
    assert [(row.kind, row.to_status) for row in rows] == [
        ("registered", "registered"),
        ("refer_to_senior", "under_review"),
    ]
    [text] = await texts("registered", MOBILE)
    assert (
        tracking_code.display(case.tracking_code).translate(
            str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")
        )
        in text
    )
    assert await Job.filter(kind="ladder").count() == await Round.all().count() == 1
    assert [n.user_id for n in await Notification.all()] == [world.users["senior"].id]


async def test_a_place_above_the_county(world: World) -> None:
    case = await world.case(place="p2")
    assert (case.province_id, case.county_id) == ("p2", None)


async def test_an_employee_never_consents(world: World) -> None:
    case = await world.case(reporter_kind="employee", consent=True)
    assert (case.reporter_kind, case.consent) == (ReporterKind.EMPLOYEE, False)


@pytest.mark.parametrize("consent", [False, None, "", "false", "on", 1])
async def test_only_a_plain_yes_is_consent(world: World, consent: object) -> None:
    assert (await world.case(consent=consent)).consent is False


async def test_the_same_form_twice_in_one_call_is_one_case(world: World) -> None:
    check = await world.proved_caller()
    first = await cases.register(world["operator"], check, world.draft())
    again = await cases.register(world["operator"], check, world.draft())
    other = await cases.register(world["operator"], check, world.draft(agency="EDU-p1"))
    assert again.id == first.id != other.id
    assert len(await texts("registered", MOBILE)) == 2


async def test_the_main_indicator_is_not_among_the_others_and_each_is_there_once(
    world: World,
) -> None:
    case = await world.case(indicator="I1", other_indicators=["I2", "I1", "I2", "I3"])
    assert {item.code for item in await case.other_indicators.all()} == {"I2", "I3"}


async def test_the_newest_version_of_an_indicator_is_given(world: World) -> None:
    old = await Indicator.get(code="I5")
    new = await Indicator.create(
        code="I5", version=2, title="نو", short="نو", title_en="new", examples=[]
    )
    assert (await world.case()).indicator_id == new.id != old.id


async def test_bad_drafts(world: World) -> None:
    check, operator = await world.proved_caller(), world["operator"]
    await Agency.filter(code="EDU-p2").update(active=False)
    await Place.filter(code="p2").update(active=False)

    def register(**changes: object) -> object:
        return cases.register(operator, check, world.draft(**changes))

    await refuses_texts(lambda v: register(subject=v), "subject", 3, 200)  # type: ignore[arg-type, return-value]
    await refuses_texts(lambda v: register(text=v), "text", 10, 5000)  # type: ignore[arg-type, return-value]
    for field, extra in (("agency", "EDU-p2"), ("place", "p2"), ("indicator", "I9")):
        await refuses(
            lambda v, name=field: register(**{name: v}),  # type: ignore[misc, arg-type]
            [*BAD_CODES, extra],
            ("unknown", field),
        )
    for field in ("kind", "reporter_kind"):
        await refuses(
            lambda v, name=field: register(**{name: v}),  # type: ignore[misc, arg-type]
            [*BAD_CODES, "Complaint"],
            ("unknown", field),
        )
    await refuses(
        lambda v: register(other_indicators=v),  # type: ignore[arg-type, return-value]
        [[code] for code in BAD_CODES],
        ("unknown", "other_indicators"),
    )
    await refuses(
        lambda v: register(other_indicators=v),  # type: ignore[arg-type, return-value]
        [None, 5, "I7", {"I7": 1}],
        ("invalid", "other_indicators"),
    )
    await refuses(
        lambda v: register(other_indicators=v),  # type: ignore[arg-type, return-value]
        [["I7"] * 9],
        ("too_many", "other_indicators"),
    )


async def test_who_may_register(world: World) -> None:
    check = await world.proved_caller()
    for name in ("senior", "county", "supervisor", "admin", "head"):
        await refused(cases.register(world[name], check, world.draft()), "forbidden")
    await refused(cases.register(await partner(world, "EDU"), check, world.draft()), "forbidden")
    await refused(cases.register(world["operator2"], check, world.draft()), "not_found")
    await refuses(
        lambda key: cases.register(world["operator"], key, world.draft()),  # type: ignore[arg-type]
        BAD_KEYS,
        ("identity_required", "identity"),
        ("not_found", "check"),
    )


async def test_callers_about_one_incident_are_linked(world: World) -> None:
    first = await world.case()
    second = await world.case("+989350000001", like=first.tracking_code)
    third = await world.case("+989350000002", like=tracking_code.display(second.tracking_code))
    await first.refresh_from_db()
    assert first.incident_id == second.incident_id == third.incident_id
    assert await Incident.all().count() == 1


async def test_likenesses_that_are_none(world: World) -> None:
    elsewhere = await world.case(agency="ENE")
    check = await world.proved_caller()
    await refuses(
        lambda like: cases.register(world["operator"], check, world.draft(like=like)),
        ["nonsense", 7, ["x"], "\ud800", "4821-3907-5612", elsewhere.tracking_code],
        ("unknown", "like"),
    )


async def test_a_partner_forwards_a_case_of_its_own_subtree(world: World) -> None:
    actor = await partner(world, "EDU-p1")
    case = await cases.forward(actor, NAME, NATIONAL_ID, "0912 123 4567", world.draft())
    assert (case.channel, case.client_id) == (Channel.API, actor.client_id)
    assert case.registered_by_id is None and case.mobile == MOBILE
    assert (await Citizen.get()).name == NAME
    assert case.status is CaseStatus.UNDER_REVIEW and await texts("registered", MOBILE)


async def test_a_partner_says_which_case_reports_the_same(world: World) -> None:
    known, foreign = await world.case(), await world.case("+989350000001", agency="EDU-p2")
    actor = await partner(world, "EDU-p1")
    draft = world.draft(like=known.tracking_code)
    case = await cases.forward(actor, NAME, NATIONAL_ID, MOBILE, draft)
    await known.refresh_from_db()
    assert case.incident_id is not None and case.incident_id == known.incident_id
    await refuses(
        lambda code: cases.forward(actor, NAME, NATIONAL_ID, MOBILE, world.draft(like=code)),
        [foreign.tracking_code, "482139075612", "x", 5],
        ("unknown", "like"),
    )


async def test_what_a_partner_may_not_forward(world: World) -> None:
    actor = await partner(world, "EDU-p1")

    async def forward(draft: object) -> object:
        return await cases.forward(actor, NAME, NATIONAL_ID, MOBILE, draft)  # type: ignore[arg-type]

    drafts = [world.draft(agency=code) for code in ("EDU", "EDU-p2", "ENE", "NOPE")]
    await refuses(forward, drafts, ("unknown", "agency"))
    await refuses_texts(
        lambda v: cases.forward(actor, v, NATIONAL_ID, MOBILE, world.draft()), "name", 3, 120
    )
    for number in (None, "", "1234567890", 12345, "\ud800"):
        act = cases.forward(actor, NAME, number, MOBILE, world.draft())
        await refused(act, "required" if number == "" else "invalid")
    await refused(cases.forward(actor, NAME, NATIONAL_ID, "02188", world.draft()), "invalid")
    reader = replace(actor, scopes=frozenset({CASES_READ}))
    for other in (reader, world["operator"], world["supervisor"]):
        act = cases.forward(other, NAME, NATIONAL_ID, MOBILE, world.draft())
        await refused(act, "forbidden")


async def test_a_citizen_known_from_a_call_is_the_same_through_a_partner(world: World) -> None:
    case = await world.case()
    actor = await partner(world, "EDU")
    forwarded = await cases.forward(actor, "نام دیگر", NATIONAL_ID, MOBILE, world.draft())
    assert forwarded.citizen_id == case.citizen_id and await Citizen.all().count() == 1
    shown = await identity.view(world["supervisor"], forwarded.id, "رسیدگی")
    assert shown["name"] == NAME
