"""What each reader gets, and what stays hidden."""

from __future__ import annotations

from typing import Any

import pytest

import models
from domain import ladder, questions, referrals, results, review, sending, time
from graphql_schema.node import TYPE_OF
from models.enums import MessageState
from tests.graphql_schema.conftest import Apis, gid
from tests.support.world import World

EVERYTHING = """query ($code: String!) { case(trackingCode: $code) {
  id trackingCode kind reporterKind channel status consent atCentre
  agency { code hasSenior hasCoordinator ancestors { code } parent { code } main { code }
           place { code path } path level kind nameEn contact generated active name }
  mainAgency { code } province { code } county { code }
  place { code name level path kind fullName ancestors { code } active parent { code }
          province { code } county { code } }
  indicator { code version active } otherIndicators { code title short titleEn examples }
  subject text registeredAt registeredAtJalali answeredAt answeredAtJalali closedAt closedAtJalali
  updatedAt clock { dueAt dueAtJalali remainingSeconds paused pausedSeconds overdue state
          totalSeconds pauses { startedAt startedAtJalali endedAt endedAtJalali endsAtLatest } }
  roundNumber reopened misrouted rating version identityVisible permittedActs
  incident { id title createdAt createdAtJalali cases { nodes { id } } } duplicateOf { id }
  step stepsPassed { step at atJalali } resumeStatus registeredBy updatedAtJalali
  rounds { number level startedAt dueAt pausedSeconds firstActionAt breachedAt answeredAt result
           resultBy producer { code } producerLevel feedback { rating } breach { id }
           takenSeconds startedAtJalali dueAtJalali answeredAtJalali
           ladder { rung at atJalali } }
  referrals { id status agency { code } parent { agency { code } } children { agency { code } }
              permittedActs order { text } instruction dueAt dueAtJalali createdAt acceptedAt
              createdAtJalali finishedAtJalali remainingSeconds coordinators
              finishedAt result actions returnReason round { number } case { id } }
  orders { text dueAt createdAt dueAtJalali createdAtJalali issuedBy
           referrals { agency { code } } round { number } }
  questions { text answer askedAt expiresAt endedAt round { number } askedAtJalali endedAtJalali }
  feedback { rating comment late superseded createdAtJalali }
  breaches { agency { code } explanation explainedAt explainedBy createdAt createdAtJalali
             explainedAtJalali }
  messages { direction kind takenAs state parts at atJalali deliveredAt text }
  timeline { nodes { kind at atJalali actorKind actorName actorRole agency { code } referral { id }
                     fromStatus toStatus roundNumber text case { id } } }
} }"""
CASE = "query ($code: String!) { case(trackingCode: $code) { %s } }"


async def handled(world: World) -> models.Case:
    """A case that went down two levels and was answered."""
    case = await world.case()
    await review.order(world["senior"], case.id, "بررسی و رفع مشکل باجه", ["EDU-p1"])
    top = await models.Referral.get(case_id=case.id)
    [below] = await referrals.refer(world["provincial"], top.id, ["EDU-c1"], "بازدید از باجه")
    world.clock.forward(minutes=30)
    await referrals.report(world["county"], below.id, "باجه باز شد", "بازدید شد")
    await referrals.report(world["provincial"], top.id, "باجه باز شد", "")
    await results.record(world["senior"], case.id, "باجه از ساعت ۸ باز است.")
    return case


async def test_a_whole_case(world: World, api: Apis) -> None:
    case = await handled(world)
    found = (await (await api("senior")).ask(EVERYTHING, code=case.tracking_code))["case"]
    assert found["id"] == gid(case)
    assert (found["status"], found["answeredAtJalali"]) == ("ANSWERED", "۱۴۰۵/۰۹/۰۳ ۱۰:۰۰")
    assert found["registeredAt"] == "2026-11-24T06:00:00.000000Z"
    assert found["agency"]["parent"] == {"code": "EDU-p1"}
    assert found["agency"]["hasSenior"] is True
    assert found["otherIndicators"][0]["code"] == "I7"
    assert found["clock"] == {
        "dueAt": "2026-11-24T09:00:00.000000Z",
        "dueAtJalali": "۱۴۰۵/۰۹/۰۳ ۱۲:۳۰",
        "remainingSeconds": 9000,
        "paused": False,
        "pausedSeconds": 0,
        "overdue": False,
        "state": "STOPPED",
        "totalSeconds": 10800,
        "pauses": [],
    }
    assert found["step"] == "FEEDBACK"
    assert [(row["step"], row["atJalali"]) for row in found["stepsPassed"]] == [
        ("CALL", "۱۴۰۵/۰۹/۰۳ ۰۹:۳۰"),
        ("REGISTRATION", "۱۴۰۵/۰۹/۰۳ ۰۹:۳۰"),
        ("REVIEW", "۱۴۰۵/۰۹/۰۳ ۰۹:۳۰"),
        ("HANDLING", "۱۴۰۵/۰۹/۰۳ ۱۰:۰۰"),
        ("RESULT", "۱۴۰۵/۰۹/۰۳ ۱۰:۰۰"),
    ]
    assert [place["code"] for place in found["place"]["ancestors"]] == ["p1", "c1", "d1", "r1"]
    assert found["place"]["fullName"] == "روستای علی‌آباد، حومه"
    assert [unit["code"] for unit in found["agency"]["ancestors"]] == ["EDU", "EDU-S", "EDU-p1"]
    assert found["agency"]["hasCoordinator"] is True
    assert found["registeredBy"] == "نام operator"
    [turn] = found["rounds"]
    assert turn["result"] == "باجه از ساعت ۸ باز است."
    assert (turn["producer"], turn["producerLevel"]) == ({"code": "EDU-c1"}, "COUNTY")
    assert turn["resultBy"] == "نام senior"
    assert (turn["takenSeconds"], turn["ladder"]) == (1800, [])
    top, below = found["referrals"]
    assert top["children"] == [{"agency": {"code": "EDU-c1"}}]
    assert below["parent"] == {"agency": {"code": "EDU-p1"}}
    assert (below["status"], below["actions"]) == ("REPORTED", "بازدید شد")
    assert (below["coordinators"], below["remainingSeconds"]) == (["نام county"], None)
    assert top["order"] == {"text": "بررسی و رفع مشکل باجه"}
    assert found["permittedActs"] == ["NOTE"]
    kinds = [entry["kind"] for entry in found["timeline"]["nodes"]]
    assert kinds[:3] == ["REGISTERED", "REFER_TO_SENIOR", "ORDER"]
    assert kinds[-1] == "ANSWER"
    first = found["timeline"]["nodes"][0]
    assert (first["actorName"], first["actorRole"]) == ("نام operator", "OPERATOR")
    assert [message["kind"] for message in found["messages"]] == ["REGISTERED", "RESULT"]


async def test_a_paused_clock(world: World, api: Apis) -> None:
    case = await world.case()
    world.clock.forward(minutes=10)
    await questions.ask(world["senior"], case.id, "چه روزی مراجعه کردید؟")
    world.clock.forward(minutes=20)
    fields = """clock { remainingSeconds paused pausedSeconds state pauses { startedAt endedAt } }
        questions { text answer } resumeStatus step"""
    found = (await (await api("EDU")).ask(CASE % fields, code=case.tracking_code))["case"]
    assert found["clock"] == {
        "remainingSeconds": 10200,
        "paused": True,
        "pausedSeconds": 1200,
        "state": "PAUSED",
        "pauses": [{"startedAt": "2026-11-24T06:10:00.000000Z", "endedAt": None}],
    }
    assert (found["resumeStatus"], found["step"]) == ("UNDER_REVIEW", "REVIEW")
    assert found["questions"] == [{"text": "چه روزی مراجعه کردید؟", "answer": None}]


@pytest.mark.parametrize(
    ("who", "sees"),
    [
        ("operator", True),
        ("operator2", False),
        ("senior", True),
        ("county", True),
        ("fars", False),
        ("head", True),
        ("supervisor", True),
        ("admin", False),
        ("senior_ene", False),
        ("EDU", True),
        ("EDU-p1", True),
        ("EDU-c1", True),
        ("EDU-p2", False),
        ("ENE", False),
    ],
)
async def test_who_sees_a_case(world: World, api: Apis, who: str, sees: bool) -> None:
    case = await handled(world)
    reader = await api(who)
    event = await models.CaseEvent.all().order_by("id").first()
    assert event is not None
    ids = [gid(case), gid(await models.Round.get(case_id=case.id)), gid(event)]
    data = await reader.ask(
        """query ($code: String!, $ids: [ID!]!) {
          case(trackingCode: $code) { id } cases { nodes { id } } nodes(ids: $ids) { id } }""",
        code=case.tracking_code,
        ids=ids,
    )
    seen = {"id": gid(case)}
    assert data == {
        "case": seen if sees else None,
        "cases": {"nodes": [seen] if sees else []},
        "nodes": [{"id": key} if sees else None for key in ids],
    }


async def test_a_coordinator_sees_only_referrals_at_or_below_the_own_unit(
    world: World, api: Apis
) -> None:
    case = await handled(world)
    fields = "referrals { agency { code } parent { id } } timeline { nodes { referral { id } } }"
    county = await api("county")
    found = (await county.ask(CASE % fields, code=case.tracking_code))["case"]
    assert found["referrals"] == [{"agency": {"code": "EDU-c1"}, "parent": None}]
    mentioned = {
        entry["referral"] and entry["referral"]["id"] for entry in found["timeline"]["nodes"]
    }
    below = await models.Referral.filter(parent_id__gt=0).get()
    assert mentioned == {None, gid(below)}
    top = await models.Referral.get(parent_id=None)
    entries = [
        await models.CaseEvent.filter(referral_id=row.id).order_by("id").first()
        for row in (top, below)
    ]
    ids = [gid(row) for row in (top, below, *entries) if row is not None]
    data = await county.ask("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=ids)
    assert data["nodes"] == [None, {"id": ids[1]}, None, {"id": ids[3]}]


@pytest.mark.parametrize(
    ("who", "scopes", "changes", "reads"),
    [
        ("senior", (), {}, True),
        ("senior", (), {"consent": False}, False),
        ("senior", (), {"reporter_kind": "employee"}, False),
        ("supervisor", (), {"reporter_kind": "employee"}, True),
        ("EDU", (), {}, True),
        ("EDU", ("cases:read", "cases:write"), {}, False),
        ("EDU", (), {"consent": False}, False),
    ],
)
async def test_words_of_messages(
    world: World, api: Apis, who: str, scopes: tuple[str, ...], changes: dict[str, Any], reads: bool
) -> None:
    case = await world.case(**changes)
    await models.InboxMessage.create(
        provider="kavenegar",
        message_id="1",
        sender=case.mobile,
        line="1",
        text="سلام",
        received_at=time.now(),
        state="handled",
        handled_as="reply",
        case=case,
    )
    await models.OutboxMessage.filter(case_id=case.id).update(
        state=MessageState.DELIVERED, parts=2, delivered_at=time.now()
    )
    fields = "messages { direction kind takenAs state parts deliveredAt text }"
    reader = await api(who, *scopes)
    sent, came = (await reader.ask(CASE % fields, code=case.tracking_code))["case"]["messages"]
    assert (sent["direction"], sent["state"], sent["parts"]) == ("OUT", "DELIVERED", 2)
    assert (sent["kind"], sent["takenAs"]) == ("REGISTERED", None)
    assert (came["direction"], came["kind"], came["state"]) == ("IN", None, None)
    assert came["takenAs"] == "REPLY"
    assert (sent["text"] is not None, came["text"] == "سلام") == (reads, reads)


@pytest.mark.parametrize(("consent", "reads"), [(True, True), (False, False)])
async def test_the_history_of_a_message(
    world: World, api: Apis, consent: bool, reads: bool
) -> None:
    case = await world.case(consent=consent)
    message = await models.OutboxMessage.get(case_id=case.id)
    await models.OutboxMessage.filter(id=message.id).update(
        state=MessageState.FAILED, gateway="kavenegar", cost=1200
    )
    await models.MessageStep.create(
        message=message, at=time.now(), state="failed", gateway="kavenegar", code=411, note="چرا"
    )
    await sending.send_again(world["supervisor"], message.id, "شماره درست است")
    fields = "messages { channel language gateway cost steps { state gateway code reason by } }"
    [found] = (await (await api("senior")).ask(CASE % fields, code=case.tracking_code))["case"][
        "messages"
    ]
    assert (found["channel"], found["language"], found["cost"]) == ("SMS", "PERSIAN", 1200)
    failed, again = found["steps"]
    assert (failed["state"], failed["gateway"], failed["code"]) == ("FAILED", "kavenegar", 411)
    assert (again["state"], again["gateway"], again["by"]) == ("PENDING", None, "نام supervisor")
    words = [failed["reason"], again["reason"]]
    assert words == (["چرا", "شماره درست است"] if reads else [None, None])


async def test_a_case_by_its_code_as_people_write_it(world: World, api: Apis) -> None:
    code = (await world.case()).tracking_code
    senior = await api("senior")
    query = CASE % "trackingCode"
    spoken = f"{code[:4]} {code[4:8]}-{code[8:]}".translate(
        str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")
    )
    assert (await senior.ask(query, code=spoken))["case"] == {"trackingCode": code}
    for wrong in ("", "1", "x" * 500, code[:-1], code + "1"):
        assert (await senior.ask(query, code=wrong))["case"] is None


async def test_everything_can_be_fetched_by_its_id(world: World, api: Apis) -> None:
    case = await handled(world)
    incident = await models.Incident.create(title="قطعی", created_at=time.now())
    await models.Case.all().update(incident_id=incident.id)
    await models.Feedback.create(
        case=case, round_id=(await models.Round.get()).id, rating=5, created_at=time.now()
    )
    await models.Breach.create(
        case=case,
        round_id=(await models.Round.get()).id,
        agency_id=case.main_agency_id,
        created_at=time.now(),
    )
    await models.Question.create(
        case=case,
        round_id=(await models.Round.get()).id,
        text="؟",
        asked_at=time.now(),
        expires_at=time.now(),
    )
    senior = await api("senior")
    query = "query ($id: ID!) { node(id: $id) { __typename id } }"
    for model, kind in TYPE_OF.items():
        if "Webhook" in kind.__name__:  # a partner's own: test_webhooks
            continue
        row = await model.all().first()
        assert row is not None, model
        found = (await senior.ask(query, id=gid(row)))["node"]
        assert found == {"__typename": kind.__name__, "id": gid(row)}


@pytest.mark.parametrize(
    "key", ["", "x", "Q2FzZQ==", "Q2FzZTo=", "Q2FzZToweA==", "VXNlcjox", "Q2FzZTo5OTk5", "\n", "ی"]
)
async def test_an_id_of_nothing(world: World, api: Apis, key: str) -> None:
    data = await (await api("supervisor")).ask(
        "query ($id: ID!) { node(id: $id) { id } nodes(ids: [$id]) { id } }", id=key
    )
    assert data == {"node": None, "nodes": [None]}


FILTERS = [
    ({}, {"a", "b"}),
    ({"status": ["UNDER_REVIEW"]}, {"b"}),
    ({"status": ["ANSWERED", "CLOSED"]}, {"a"}),
    ({"status": []}, set()),
    ({"kind": "REQUEST"}, {"b"}),
    ({"reporterKind": "EMPLOYEE"}, {"b"}),
    ({"agency": "EDU"}, {"a", "b"}),
    ({"agency": "EDU-c1"}, {"a"}),
    ({"agency": "ENE"}, set()),
    ({"place": "p1"}, {"a"}),
    ({"place": "c1"}, {"a"}),
    ({"place": "r1"}, {"a"}),
    ({"place": "p2"}, {"b"}),
    ({"indicator": "I1"}, {"b"}),
    ({"registeredFrom": "2026-11-24T06:00:01Z"}, {"b"}),
    ({"registeredBefore": "2026-11-24T09:45:00+03:30"}, {"a"}),
    ({"updatedFrom": "2027-01-01T00:00:00Z"}, set()),
    ({"dueBefore": "2026-11-24T09:00:01Z"}, {"a"}),
    ({"overdue": True}, {"b"}),
    ({"overdue": False}, {"a"}),
    ({"atCentre": False}, {"a", "b"}),
    ({"ratingFrom": 4, "ratingTo": 5}, {"a"}),
    ({"ratingTo": 3}, set()),
    ({"updatedBefore": "2027-01-01T00:00:00Z"}, {"a", "b"}),
    ({"dueFrom": "2026-11-24T09:00:01Z"}, {"b"}),
    ({"answeredFrom": "2026-11-24T06:30:00Z"}, {"a"}),
    ({"answeredBefore": "2026-11-24T06:30:00Z"}, set()),
    ({"closedFrom": "2026-11-24T06:30:00Z"}, set()),
    ({"closedBefore": "2027-01-01T00:00:00Z"}, set()),
    ({"open": True}, {"a", "b"}),
    ({"open": False}, set()),
    ({"channel": "PHONE"}, {"a", "b"}),
    ({"channel": "API"}, set()),
    ({"paused": True}, set()),
    ({"paused": False}, {"a", "b"}),
    ({"hasBreach": True}, {"b"}),
    ({"hasBreach": False}, {"a"}),
    ({"reopened": True}, {"b"}),
    ({"reopened": False}, {"a"}),
    ({"misrouted": True}, {"b"}),
    ({"misrouted": False}, {"a"}),
    ({"rated": True}, {"a"}),
    ({"rated": False}, {"b"}),
    ({"trackingCodes": []}, set()),
    ({"trackingCodes": ["۴۸۲۱ ۳۹۰۷ ۵۶۱۲", "x", ""]}, set()),
    ({"incident": "SW5jaWRlbnQ6MQ=="}, {"a"}),
    ({"incident": "SW5jaWRlbnQ6Mg=="}, set()),
    ({"incident": "x"}, set()),
    ({"search": "باجه‌ي پذیرش"}, {"a"}),
    ({"search": "كاغذ"}, {"b"}),
    ({"search": "100%"}, set()),
    ({"agency": "EDU-c1", "kind": "REQUEST"}, set()),
]


@pytest.mark.parametrize(("given", "expected"), FILTERS)
async def test_filters_of_cases(
    world: World, api: Apis, given: dict[str, Any], expected: set[str]
) -> None:
    case = await handled(world)
    incident = await models.Incident.create(id=1, title="قطعی", created_at=time.now())
    await models.Case.filter(id=case.id).update(
        rating=5, folded="باجه ی پذیرش باجهی بسته", incident_id=incident.id
    )
    other = await world.case(
        "+989350000001",
        kind="request",
        reporter_kind="employee",
        agency="EDU-p2",
        place="p2",
        indicator="I1",
        text="کاغذ و برق بیهوده هدر می‌رود.",
    )
    world.clock.forward(hours=4)
    await models.Case.filter(id=other.id).update(reopened=1, misrouted=1)
    await models.Breach.create(
        case=other,
        round=await models.Round.get(case_id=other.id),
        agency_id=other.main_agency_id,
        created_at=time.now(),
    )
    names = {gid(case): "a", gid(other): "b"}
    query = "query ($f: CaseFilter) { cases(filter: $f) { nodes { id } } }"
    nodes = (await (await api("EDU")).ask(query, f=given))["cases"]["nodes"]
    assert {names[node["id"]] for node in nodes} == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (None, ["EDU-p1", "EDU-c1"]),
        ({"status": ["PENDING"]}, ["EDU-c1"]),
        ({"open": True}, ["EDU-p1", "EDU-c1"]),
        ({"open": False}, []),
        ({"top": True}, ["EDU-p1"]),
        ({"top": False}, ["EDU-c1"]),
        ({"unit": "EDU-p1"}, ["EDU-p1"]),
        ({"unit": "' OR 1=1"}, []),
        ({"caseStatus": ["IN_HANDLING"]}, ["EDU-p1", "EDU-c1"]),
        ({"caseStatus": ["ANSWERED"]}, []),
        ({"case": "Q2FzZTow"}, []),
        ({"createdFrom": "2026-11-24T06:00:00Z"}, ["EDU-p1", "EDU-c1"]),
        ({"createdBefore": "2026-11-24T06:00:00Z"}, []),
        ({"finishedFrom": "2026-11-24T06:00:00Z"}, []),
        ({"finishedBefore": "2027-11-24T06:00:00Z"}, []),
        ({"dueFrom": "2026-11-24T06:45:01Z"}, []),
        ({"agency": "EDU-c1"}, ["EDU-c1"]),
        ({"agency": "EDU-p1"}, ["EDU-p1", "EDU-c1"]),
        ({"dueBefore": "2026-11-24T06:45:01Z"}, ["EDU-p1", "EDU-c1"]),
        ({"overdue": True}, []),
    ],
)
async def test_filters_of_the_work_list(
    world: World, api: Apis, given: dict[str, Any] | None, expected: list[str]
) -> None:
    case = await world.case()
    await review.order(world["senior"], case.id, "بررسی و رفع مشکل باجه", ["EDU-p1"])
    top = await models.Referral.get(case_id=case.id)
    await referrals.refer(world["provincial"], top.id, ["EDU-c1"], "بازدید از باجه")
    query = "query ($f: ReferralFilter) { referrals(filter: $f) { nodes { agency { code } } } }"
    for who, seen in (("EDU-p1", expected), ("ENE", [])):
        found = (await (await api(who)).ask(query, f=given))["referrals"]["nodes"]
        assert [row["agency"]["code"] for row in found] == seen


async def test_breaches(world: World, api: Apis) -> None:
    case = await world.case()
    current = await models.Round.get(case_id=case.id)
    await models.Breach.create(
        case=case, round=current, agency_id=case.main_agency_id, created_at=time.now()
    )
    query = "query ($e: Boolean) { breaches(explained: $e) { nodes { agency { code } } } }"
    head = await api("head")
    row = {"nodes": [{"agency": {"code": "EDU"}}]}
    assert (await head.ask(query))["breaches"] == row
    assert (await head.ask(query, e=False))["breaches"] == row
    assert (await head.ask(query, e=True))["breaches"]["nodes"] == []
    assert (await (await api("ENE")).ask(query))["breaches"]["nodes"] == []


async def test_a_head_answers_for_a_case_that_has_gone_without_seeing_it(
    world: World, api: Apis
) -> None:
    case = await world.case()
    current = await models.Round.get(case_id=case.id)
    await models.Breach.create(
        case=case, round=current, agency_id=case.main_agency_id, created_at=time.now()
    )
    query = "{ breaches { nodes { agency { code } case { id } round { id } } } }"
    head = await api("head")
    row: dict[str, Any] = {"agency": {"code": "EDU"}}
    seen = {"case": {"id": gid(case)}, "round": {"id": gid(current)}}
    assert (await head.ask(query))["breaches"]["nodes"] == [row | seen]
    await review.return_to_centre(world["senior"], case.id, "مربوط به نیرو است")
    await review.reroute(world["supervisor"], case.id, "ENE", "مربوط به نیرو است")
    gone = {"case": None, "round": None}
    assert (await head.ask(query))["breaches"]["nodes"] == [row | gone]


@pytest.mark.parametrize("query", ["cases", "referrals", "breaches"])
async def test_reading_needs_its_scope(world: World, api: Apis, query: str) -> None:
    writer = await api("EDU", "cases:write")
    assert await writer.code(f"{{ {query} {{ nodes {{ id }} }} }}") == "forbidden"
    case = await world.case()
    assert await writer.code(CASE % "id", code=case.tracking_code) == "forbidden"


@pytest.mark.parametrize(
    ("given", "codes"),
    [
        ("", {"EDU", "EDU-S", "EDU-p1", "EDU-c1", "EDU-p2", "ENE", "CUL"}),
        ("(level: MAIN)", {"EDU", "ENE", "CUL"}),
        ('(within: "EDU-S")', {"EDU-S", "EDU-p1", "EDU-c1"}),
        ('(search: "آموزش گيلان")', {"EDU-p1"}),
        ('(search: "وزارت", within: "ENE")', {"ENE"}),
        ('(search: "%")', set()),
    ],
)
async def test_agencies(world: World, api: Apis, given: str, codes: set[str]) -> None:
    found = await (await api("ENE")).ask(f"{{ agencies{given} {{ nodes {{ code hasSenior }} }} }}")
    assert {row["code"] for row in found["agencies"]["nodes"]} == codes
    assert all(row["hasSenior"] == (row["code"] != "CUL") for row in found["agencies"]["nodes"])


@pytest.mark.parametrize(
    ("given", "codes"),
    [
        ("", ["c1", "d1", "p1", "p2", "r1", "v1"]),
        ("(levels: [PROVINCE])", ["p1", "p2"]),
        ("(levels: [])", []),
        ('(within: "d1")', ["d1", "r1", "v1"]),
        ('(search: "رش")', ["c1"]),
        ('(search: "رش", within: "p2")', []),
        ('(search: "رش", levels: [VILLAGE])', []),
        ('(search: "رش", first: 0)', []),
    ],
)
async def test_places(world: World, api: Apis, given: str, codes: list[str]) -> None:
    found = await (await api("ENE")).ask(f"{{ places{given} {{ nodes {{ code }} }} }}")
    assert [row["code"] for row in found["places"]["nodes"]] == codes


async def test_reference_lists(world: World, api: Apis) -> None:
    await models.Indicator.filter(code="I1").update(active=False)
    data = await (await api("ENE")).ask(
        """{ indicators { code } all: indicators(allVersions: true) { code }
             competentBodies { code title titleEn guidance } }"""
    )
    assert [row["code"] for row in data["indicators"]] == [f"I{n}" for n in range(2, 9)]
    assert [row["code"] for row in data["all"]] == [f"I{n}" for n in range(1, 9)]
    assert "judiciary" in {row["code"] for row in data["competentBodies"]}


async def test_cases_by_their_codes(world: World, api: Apis) -> None:
    first, second = await world.case(), await world.case("+989350000001")
    partner = await api("EDU")
    query = "query ($f: CaseFilter) { cases(filter: $f) { nodes { id } } }"
    code = first.tracking_code
    given = {"trackingCodes": [f"{code[:4]} {code[4:8]}-{code[8:]}", "482139075612"]}
    assert (await partner.ask(query, f=given))["cases"]["nodes"] == [{"id": gid(first)}]
    given = {"trackingCodes": [first.tracking_code, second.tracking_code]}
    assert len((await partner.ask(query, f=given))["cases"]["nodes"]) == 2
    assert await (await api("ENE")).ask(query, f=given) == {"cases": {"nodes": []}}
    many = {"trackingCodes": [code] * 101}
    assert await partner.code(query, f=many) == "too_many"


async def test_referrals_of_a_case(world: World, api: Apis) -> None:
    case = await world.case()
    await review.order(world["senior"], case.id, "بررسی و رفع مشکل باجه", ["EDU-p1"])
    world.clock.forward(minutes=50)
    query = """query ($f: ReferralFilter) {
        referrals(filter: $f) { nodes { remainingSeconds agency { code } } } }"""
    partner = await api("EDU")
    row = {"remainingSeconds": -300, "agency": {"code": "EDU-p1"}}
    assert (await partner.ask(query, f={"case": gid(case)}))["referrals"]["nodes"] == [row]
    await questions.ask(world["senior"], case.id, "چه روزی مراجعه کردید؟")
    world.clock.forward(minutes=20)
    assert (await partner.ask(query, f={"case": gid(case)}))["referrals"]["nodes"] == [row]


async def test_an_incident_shows_only_cases_that_the_viewer_sees(world: World, api: Apis) -> None:
    own, other = await world.case(), await world.case("+989350000001", agency="EDU-p2")
    foreign = await world.case("+989350000002", agency="ENE")
    incident = await models.Incident.create(title="قطعی", created_at=time.now())
    await models.Case.all().update(incident_id=incident.id)
    query = "query ($id: ID!) { node(id: $id) { ... on Incident { cases { nodes { id } } } } }"
    for who, seen in (
        ("supervisor", [own, other, foreign]),
        ("EDU", [own, other]),
        ("EDU-p2", [other]),
        ("senior_ene", [foreign]),
    ):
        found = (await (await api(who)).ask(query, id=gid(incident)))["node"]
        assert found["cases"]["nodes"] == [{"id": gid(row)} for row in seen], who


async def test_orders_behind_what_a_unit_sees(world: World, api: Apis) -> None:
    case = await world.case()
    await review.order(world["senior"], case.id, "بررسی در استان گیلان", ["EDU-p1"])
    await review.order(world["senior"], case.id, "بررسی در استان فارس", ["EDU-p2"])
    [first, second] = await models.ActionOrder.all().order_by("id")
    for who, seen in (("EDU", [first, second]), ("EDU-p2", [second]), ("provincial", [first])):
        reader = await api(who)
        found = (await reader.ask(CASE % "orders { id }", code=case.tracking_code))["case"]
        assert found["orders"] == [{"id": gid(row)} for row in seen], who
        nodes = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }"
        data = await reader.ask(nodes, ids=[gid(first), gid(second)])
        assert [row for row in data["nodes"] if row] == found["orders"]


async def test_rungs_that_a_clock_has_climbed(world: World, api: Apis) -> None:
    case = await world.case()
    world.clock.forward(minutes=150)
    await ladder.climb((await models.Round.get(case_id=case.id)).id)
    found = await (await api("EDU")).ask(
        CASE % "rounds { ladder { rung at } } clock { state }", code=case.tracking_code
    )
    [turn] = found["case"]["rounds"]
    assert [row["rung"] for row in turn["ladder"]] == ["REMINDER", "WARNING"]
    assert found["case"]["clock"] == {"state": "RUNNING"}


async def test_units_and_who_handles_their_work(world: World, api: Apis) -> None:
    found = await (await api("ENE")).ask("{ agencies { nodes { code hasCoordinator } } }")
    attended = {row["code"] for row in found["agencies"]["nodes"] if row["hasCoordinator"]}
    assert attended == {"EDU", "EDU-S", "EDU-p1", "EDU-c1", "EDU-p2", "ENE"}


async def test_the_viewer(world: World, api: Apis) -> None:
    query = "{ viewer { kind name role agency { code } scopes keyExpiresAt } }"
    partner = await api("EDU")
    await models.Client.all().update(expires_at=time.now())
    assert (await partner.ask(query))["viewer"] == {
        "kind": "CLIENT",
        "name": "سامانه EDU",
        "role": None,
        "agency": {"code": "EDU"},
        "scopes": ["CASES_READ", "CASES_WRITE", "IDENTITY_READ"],
        "keyExpiresAt": "2026-11-24T06:00:00.000000Z",
    }
    assert (await (await api("supervisor")).ask(query))["viewer"] == {
        "kind": "USER",
        "name": "نام supervisor",
        "role": "SUPERVISOR",
        "agency": None,
        "scopes": [],
        "keyExpiresAt": None,
    }
