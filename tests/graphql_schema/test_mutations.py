"""Every mutation: done, refused, too late, repeated, out of date; a refusal changes nothing."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

import models
from domain import replies
from domain.time import now
from graphql_schema.schema import core
from models.enums import Language
from tests.graphql_schema.conftest import INPUTS, Apis, fingerprint, gid
from tests.graphql_schema.scenarios import SCENARIOS, Scenario, the_case
from tests.support.world import World

every = pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.mutation)
VERSIONED = [scenario for scenario in SCENARIOS if scenario.versioned]
SEEN = [scenario for scenario in SCENARIOS if scenario.seer]
NAMING = [scenario for scenario in SCENARIOS if scenario.names]
LATE = [scenario for scenario in SCENARIOS if scenario.late]


def test_every_mutation_has_a_scenario() -> None:
    assert core.mutation_type is not None
    tested = {scenario.mutation for scenario in SCENARIOS} | {"viewIdentity"}
    on_cases = {name for name in core.mutation_type.fields if "Webhook" not in name}
    assert on_cases == tested == set(INPUTS)


def test_what_an_input_has_is_tested() -> None:
    """Each key and each version that an input takes; acts on a case take both."""
    for name in {scenario.mutation for scenario in SCENARIOS}:
        fields = core.type_map[INPUTS[name]].fields  # type: ignore[attr-defined]
        assert "idempotencyKey" in fields, name
        versioned = name in {scenario.mutation for scenario in VERSIONED}
        assert ("expectedVersion" in fields) is versioned, name
        assert versioned or name in ("registerCase", "readNotifications")


async def test_notifications_are_read_up_to_one(world: World, api: Apis) -> None:
    for number in range(3):
        await world.case(f"+98935000000{number}")
    senior = await api("senior")
    query = """{ viewer { unreadNotifications
        notifications(unread: true) { nodes { id kind createdAtJalali readAt case { id } } } } }"""
    seen = (await senior.ask(query))["viewer"]
    newest, middle, _ = seen["notifications"]["nodes"]
    assert (seen["unreadNotifications"], newest["kind"]) == (3, "NEW_CASE")
    last = await models.Case.all().order_by("-id").first()
    assert last is not None and newest["case"] == {"id": gid(last)}
    done = await senior.do(
        "readNotifications", "notification { id readAt }", notificationId=middle["id"]
    )
    assert done["notification"] == {"id": middle["id"], "readAt": "2026-11-24T06:00:00.000000Z"}
    left = (await senior.ask(query))["viewer"]
    assert [row["id"] for row in left["notifications"]["nodes"]] == [newest["id"]]
    assert left["unreadNotifications"] == 1
    assert await models.Notification.filter(user=world.users["head"]).count() == 0
    partner = (await (await api("EDU")).ask(query))["viewer"]
    assert partner == {"unreadNotifications": 0, "notifications": {"nodes": []}}


async def test_a_forwarded_case_of_the_same_incident(world: World, api: Apis) -> None:
    first = await world.case(agency="EDU-p1")
    given = {**await SCENARIOS[0].arrange(world), "sameIncidentAs": first.tracking_code}
    partner = await api("EDU")
    selection = "case { incident { title cases { totalCount nodes { trackingCode } } } }"
    done = await partner.do("registerCase", selection, **given)
    incident = done["case"]["incident"]
    assert (incident["title"], incident["cases"]["totalCount"]) == (first.subject, 2)
    assert incident["cases"]["nodes"][0] == {"trackingCode": first.tracking_code}
    elsewhere = await world.case("+989350000009", agency="ENE")
    before = await fingerprint()
    for code in (elsewhere.tracking_code, "482139075612", "x"):
        refusal = await partner.refusal("registerCase", **{**given, "sameIncidentAs": code})
        assert refusal == ("unknown", "sameIncidentAs")
    assert await fingerprint() == before


@every
async def test_done(scenario: Scenario, world: World, api: Apis) -> None:
    given = await scenario.arrange(world)
    before = await models.CaseEvent.all().count()
    done = await (await api(scenario.who)).do(scenario.mutation, scenario.selection, **given)
    assert done["errors"] == []
    assert done[scenario.thing]
    assert (await models.CaseEvent.all().count() > before) is scenario.traced


@pytest.mark.parametrize("scenario", SEEN, ids=lambda scenario: scenario.mutation)
async def test_not_by_somebody_who_only_sees_it(
    scenario: Scenario, world: World, api: Apis
) -> None:
    given = await scenario.arrange(world)
    seer = await api(scenario.seer)
    before = await fingerprint()
    assert await seer.refusal(scenario.mutation, **given) == ("forbidden", None)
    assert await fingerprint() == before


@every
async def test_not_with_a_key_that_only_reads(scenario: Scenario, world: World, api: Apis) -> None:
    given = await scenario.arrange(world)
    reader = await api("EDU", "cases:read")
    before = await fingerprint()
    assert await reader.refusal(scenario.mutation, **given) == ("forbidden", None)
    assert await fingerprint() == before


@pytest.mark.parametrize("scenario", NAMING, ids=lambda scenario: scenario.mutation)
async def test_a_stranger_learns_nothing(scenario: Scenario, world: World, api: Apis) -> None:
    given = await scenario.arrange(world)
    stranger = await api(scenario.stranger)
    before = await fingerprint()
    unseen = await stranger.do(scenario.mutation, **given)
    absent = await stranger.do(scenario.mutation, **{**given, scenario.names: "Q2FzZTo5OTk="})
    assert unseen == absent
    assert [error["code"] for error in unseen["errors"]] == ["not_found"]
    assert unseen["errors"][0]["field"] == scenario.names
    assert await fingerprint() == before


@pytest.mark.parametrize("scenario", LATE, ids=lambda scenario: scenario.mutation)
async def test_not_in_another_state(scenario: Scenario, world: World, api: Apis) -> None:
    given = await scenario.arrange(world)
    assert scenario.late is not None
    await scenario.late(world)
    actor = await api(scenario.who)
    before = await fingerprint()
    code, _ = await actor.refusal(scenario.mutation, **given)
    assert code == scenario.too_late
    assert await fingerprint() == before


@pytest.mark.parametrize("scenario", VERSIONED, ids=lambda scenario: scenario.mutation)
async def test_not_on_an_older_version(scenario: Scenario, world: World, api: Apis) -> None:
    given = await scenario.arrange(world)
    actor = await api(scenario.who)
    before = await fingerprint()
    version = (await the_case()).version
    refusal = await actor.refusal(scenario.mutation, **given, expectedVersion=version - 1)
    assert refusal == ("stale", "expectedVersion")
    assert await fingerprint() == before
    done = await actor.do(scenario.mutation, **given, expectedVersion=version)
    assert done["errors"] == []


@every
async def test_a_repeated_key_does_it_once(scenario: Scenario, world: World, api: Apis) -> None:
    given = {**await scenario.arrange(world), "idempotencyKey": "42-a"}
    actor = await api(scenario.who)
    first = await actor.do(scenario.mutation, scenario.selection, **given)
    assert first["errors"] == []
    before = await fingerprint()
    assert await actor.do(scenario.mutation, scenario.selection, **given) == first
    changed = {**given, **scenario.change}
    refusal = await actor.refusal(scenario.mutation, **changed)
    assert refusal == ("conflict", "idempotencyKey")
    assert await fingerprint() == before


async def test_one_key_at_the_same_time_does_it_once(world: World, api: Apis) -> None:
    given = {**await SCENARIOS[0].arrange(world), "idempotencyKey": "k"}
    actor = await api("EDU")
    asked = [actor.do("registerCase", "case { id }", **given) for _ in range(4)]
    answers = await asyncio.gather(*asked)
    assert answers == [answers[0]] * 4
    assert await models.Case.all().count() == 1


async def test_a_crash_between_effect_and_reply_leaves_neither(
    world: World, api: Apis, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = {**await SCENARIOS[0].arrange(world), "idempotencyKey": "k"}
    actor = await api("EDU")
    before = await fingerprint()

    async def crash(*_: Any) -> None:
        raise RuntimeError("crash")

    with monkeypatch.context() as patch:
        patch.setattr(replies, "keep", crash)
        answer = await actor.send(
            "mutation ($input: RegisterCaseInput!) { registerCase(input: $input) { case { id } } }",
            input=given,
        )
    assert answer["data"] is None
    [error] = answer["errors"]
    assert error["extensions"] == {"code": "internal_error"}
    assert "crash" not in str(answer)
    assert await fingerprint() == before
    done = await actor.do("registerCase", "case { id }", **given)
    assert done["case"]


async def test_a_key_belongs_to_its_owner_and_lasts_a_day(world: World, api: Apis) -> None:
    given = {**await SCENARIOS[0].arrange(world), "idempotencyKey": "k"}
    for who in ("EDU", "EDU-p1"):
        assert (await (await api(who)).do("registerCase", **given))["errors"] == []
    assert await models.Case.all().count() == 2
    world.clock.forward(hours=24, seconds=1)
    assert (await (await api("EDU")).do("registerCase", **given))["errors"] == []
    assert await models.Case.all().count() == 3
    kept = await models.IdempotentReply.filter(created_at__lt=now() - replies.KEPT)
    assert [row.owner for row in kept] == ["client:client-EDU-p1"]


async def test_a_refusal_is_not_kept_for_its_key(world: World, api: Apis) -> None:
    given = {**await SCENARIOS[0].arrange(world), "idempotencyKey": "k"}
    actor = await api("EDU")
    assert await actor.refusal("registerCase", **{**given, "text": "کم"}) == ("too_short", "text")
    assert (await actor.do("registerCase", **given))["errors"] == []


async def test_registration_starts_the_case(world: World, api: Apis) -> None:
    given = await SCENARIOS[0].arrange(world)
    done = await (await api("EDU")).do(
        "registerCase",
        "case { trackingCode status channel consent agency { code } otherIndicators { code } "
        "timeline { nodes { kind actorName } } }",
        **given,
    )
    case = done["case"]
    assert (case["status"], case["channel"], case["consent"]) == ("UNDER_REVIEW", "API", True)
    assert case["otherIndicators"] == [{"code": "I7"}]
    assert case["timeline"]["nodes"][0] == {"kind": "REGISTERED", "actorName": "سامانه EDU"}
    text = await models.OutboxMessage.get(kind="registered")
    assert text.receptor == "+989351112233"


async def test_language_and_voice_stay_as_they_were_unless_said(world: World, api: Apis) -> None:
    given = await SCENARIOS[0].arrange(world)
    partner = await api("EDU")
    await partner.do("registerCase", **given, language="ENGLISH", readAloud=True)
    contact = await models.Contact.get()
    assert (contact.language, contact.voice) == (Language.ENGLISH, True)
    assert (await models.OutboxMessage.get(kind="registered")).receptor == contact.mobile
    await partner.do("registerCase", **given)
    await contact.refresh_from_db()
    assert (contact.language, contact.voice) == (Language.ENGLISH, True)
    await partner.do("registerCase", **given, readAloud=False)
    await contact.refresh_from_db()
    assert (contact.language, contact.voice) == (Language.ENGLISH, False)


async def test_fields_after_a_mutation_are_fresh(world: World, api: Apis) -> None:
    case = await world.case()
    senior = await api("senior")
    data = await senior.ask(
        """mutation ($id: ID!) {
          a: orderAction(input: {caseId: $id, text: "بررسی شود", units: ["EDU-p1"]}) {
            order { case { status version referrals { id } } } }
          b: orderAction(input: {caseId: $id, text: "بررسی شود", units: ["EDU-p2"]}) {
            order { case { status version referrals { id } } } } }""",
        id=gid(case),
    )
    first, second = (data[name]["order"]["case"] for name in ("a", "b"))
    assert (first["status"], len(first["referrals"])) == ("IN_HANDLING", 1)
    assert len(second["referrals"]) == 2
    assert second["version"] > first["version"]


async def test_a_result_for_the_whole_incident(world: World, api: Apis) -> None:
    case, other = await world.case(), await world.case("+989351112233")
    incident = await models.Incident.create(title="قطعی", created_at=now())
    await models.Case.filter(id__in=[case.id, other.id]).update(incident_id=incident.id)
    done = await (await api("EDU")).do(
        "recordResult",
        "case { id } alsoAnswered { id status incident { id title } }",
        caseId=gid(case),
        result="باجه از ساعت ۸ باز است.",
        wholeIncident=True,
        idempotencyKey="incident",
    )
    assert done["case"] == {"id": gid(case)}
    assert done["alsoAnswered"] == [
        {
            "id": gid(other),
            "status": "ANSWERED",
            "incident": {"id": gid(incident), "title": "قطعی"},
        }
    ]


async def test_viewing_an_identity_is_logged(world: World, api: Apis) -> None:
    case = await world.case()
    viewed = await (await api("EDU")).do(
        "viewIdentity", "identity { name nationalId mobile }", caseId=gid(case), reason="تماس"
    )
    assert viewed["identity"] == {
        "name": "مریم احمدی",
        "nationalId": "0012345679",
        "mobile": "+989121234567",
    }
    log = await models.IdentityView.get()
    assert (log.case_id, log.client_id, log.reason) == (case.id, "client-EDU", "تماس")


@pytest.mark.parametrize(
    ("who", "scopes", "changes", "refusal"),
    [
        ("EDU", ("cases:read", "cases:write"), {}, ("forbidden", None)),
        ("EDU", (), {"consent": False}, ("identity_withheld", None)),
        ("EDU", (), {"reporter_kind": "employee"}, ("identity_withheld", None)),
        ("ENE", (), {}, ("not_found", "caseId")),
        ("admin", (), {}, ("not_found", "caseId")),
    ],
)
async def test_an_identity_that_stays_closed(
    world: World,
    api: Apis,
    who: str,
    scopes: tuple[str, ...],
    changes: dict[str, Any],
    refusal: tuple[str, str | None],
) -> None:
    case = await world.case(**changes)
    actor = await api(who, *scopes)
    before = await fingerprint()
    assert await actor.refusal("viewIdentity", caseId=gid(case), reason="تماس") == refusal
    assert await fingerprint() == before


async def test_messages_in_persian_or_english(world: World, api: Apis) -> None:
    actor = await api("EDU")
    given = {**await SCENARIOS[0].arrange(world), "nationalId": "0012345678"}
    query = """mutation ($input: RegisterCaseInput!) {
        registerCase(input: $input) { errors { code field message } } }"""
    texts = {}
    for language in ("fa-IR,fa;q=0.9", "en"):
        reply = await actor.http.post(
            "/graphql",
            json={"query": query, "variables": {"input": given}},
            headers={"Accept-Language": language},
        )
        [error] = reply.json()["data"]["registerCase"]["errors"]
        assert (error["code"], error["field"]) == ("invalid", "nationalId")
        texts[language] = error["message"]
    assert texts["en"] == "national id: is not valid"
    assert texts["fa-IR,fa;q=0.9"] == "کد ملی: نامعتبر است"
