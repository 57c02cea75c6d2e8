"""What clients get wrong: the expected error, and nothing changed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.graphql_schema.conftest import INPUTS, Apis, fingerprint, gid
from tests.graphql_schema.scenarios import on_referral, registration
from tests.support.world import World

MISSING = object()
LONG = "الف" * 3000

REGISTRATION = [
    # input field, value, refusal: (code, field) of the payload, or the code of the whole request
    ("reporterName", "", ("required", "reporterName")),
    ("reporterName", "م", ("too_short", "reporterName")),
    ("reporterName", LONG, ("too_long", "reporterName")),
    ("reporterName", "مریم\nاحمدی", ("invalid_characters", "reporterName")),
    ("reporterName", None, "invalid_input"),
    ("reporterName", 5, "invalid_input"),
    ("reporterName", MISSING, "invalid_input"),
    ("nationalId", "0012345678", ("invalid", "nationalId")),
    ("nationalId", "1111111111", ("invalid", "nationalId")),
    ("nationalId", 12345679, "invalid_input"),
    ("mobile", "021", ("invalid", "mobile")),
    ("mobile", "", ("required", "mobile")),
    ("kind", "PRAISE", "invalid_input"),
    ("kind", "complaint", "invalid_input"),
    ("reporterKind", MISSING, "invalid_input"),
    ("agency", "NO-SUCH", ("unknown", "agency")),
    ("agency", "ENE", ("unknown", "agency")),
    ("agency", "", ("unknown", "agency")),
    ("agency", ["EDU"], "invalid_input"),
    ("place", "v9", ("unknown", "place")),
    ("place", "' OR 1=1 --", ("unknown", "place")),
    ("indicator", "I9", ("unknown", "indicator")),
    ("indicator", "i5", ("unknown", "indicator")),
    ("otherIndicators", ["I9"], ("unknown", "otherIndicators")),
    ("otherIndicators", ["I1"] * 50, ("too_many", "otherIndicators")),
    ("otherIndicators", [None], "invalid_input"),
    ("subject", "  ", ("required", "subject")),
    ("subject", "x" * 201, ("too_long", "subject")),
    ("text", "کوتاه", ("too_short", "text")),
    ("text", LONG, ("too_long", "text")),
    ("text", "باجه بسته بود\x00 و باز نشد", "invalid_characters"),
    ("text", "باجه بسته بود\x1b[31m", "invalid_characters"),
    ("consent", "yes", "invalid_input"),
    ("consent", 1, "invalid_input"),
    ("language", "fa", "invalid_input"),
    ("language", "KLINGON", "invalid_input"),
    ("readAloud", "yes", "invalid_input"),
    ("idempotencyKey", "", ("required", "idempotencyKey")),
    ("idempotencyKey", "k" * 81, ("too_long", "idempotencyKey")),
    ("idempotencyKey", "a\tb", ("invalid_characters", "idempotencyKey")),
    ("expectedVersion", 1, "invalid_input"),
    ("x" * 50, 1, "invalid_input"),
]


async def _check(
    api: Apis, who: str, mutation: str, given: dict[str, Any], refusal: tuple[str, str] | str
) -> None:
    actor = await api(who)
    before = await fingerprint()
    if isinstance(refusal, str):
        call = f"{mutation}(input: $input) {{ errors {{ code }} }}"
        query = f"mutation ($input: {INPUTS[mutation]}!) {{ {call} }}"
        answer = await actor.send(query, input=given)
        assert "data" not in answer
        assert [error["extensions"]["code"] for error in answer["errors"]] == [refusal]
    else:
        assert await actor.refusal(mutation, **given) == refusal
    assert await fingerprint() == before


@pytest.mark.parametrize(("name", "value", "refusal"), REGISTRATION)
async def test_register_case(
    world: World, api: Apis, name: str, value: Any, refusal: tuple[str, str] | str
) -> None:
    given = {**await registration(world), name: value}
    if value is MISSING:
        del given[name]
    await _check(api, "EDU", "registerCase", given, refusal)


CASE = [
    ("orderAction", {"units": []}, ("required", "units")),
    ("orderAction", {"units": ["NO-SUCH"]}, ("unknown", "units")),
    ("orderAction", {"units": ["ENE"]}, ("unknown", "units")),
    ("orderAction", {"units": ["EDU-p1"] * 21}, ("too_many", "units")),
    ("orderAction", {"text": "کم"}, ("too_short", "text")),
    ("orderAction", {"text": LONG}, ("too_long", "text")),
    ("orderAction", {"minutes": 4}, ("out_of_range", "minutes")),
    ("orderAction", {"minutes": 10081}, ("out_of_range", "minutes")),
    ("orderAction", {"minutes": -(2**31)}, ("out_of_range", "minutes")),
    ("orderAction", {"minutes": 2**31}, "invalid_input"),
    ("orderAction", {"minutes": 10**400}, "invalid_json"),
    ("orderAction", {"minutes": "30"}, "invalid_input"),
    ("orderAction", {"minutes": 30.5}, "invalid_input"),
    ("orderAction", {"expectedVersion": 2**31}, "invalid_input"),
    ("orderAction", {"expectedVersion": -1}, ("stale", "expectedVersion")),
    ("orderAction", {"caseId": "1"}, ("not_found", "caseId")),
    ("orderAction", {"caseId": "Q2FzZTo="}, ("not_found", "caseId")),
    ("orderAction", {"caseId": "Q2FzZTotMQ=="}, ("not_found", "caseId")),
    ("orderAction", {"caseId": "Q2FzZTrbsQ=="}, ("not_found", "caseId")),
    ("orderAction", {"caseId": "Q2FzZTo5OTk5OTk5OTk5OTk5OTk5OTk5OQ=="}, ("not_found", "caseId")),
    ("orderAction", {"caseId": "QWdlbmN5OjE="}, ("not_found", "caseId")),
    ("orderAction", {"caseId": "ی"}, ("not_found", "caseId")),
    ("orderAction", {"caseId": None}, "invalid_input"),
    ("orderAction", {"caseId": ["Q2FzZTox"]}, "invalid_input"),
    ("returnCase", {"reason": "کم"}, ("too_short", "reason")),
    ("returnCase", {"reason": "x" * 501}, ("too_long", "reason")),
    ("returnCase", {"reason": "یک\nدو سه"}, ("invalid_characters", "reason")),
    ("returnCase", {}, "invalid_input"),
    ("askCitizen", {"text": "؟"}, ("too_short", "text")),
    ("askCitizen", {"text": "x" * 301}, ("too_long", "text")),
    ("recordResult", {"result": "کوتاه"}, ("too_short", "result")),
    ("recordResult", {"result": "x" * 401}, ("too_long", "result")),
    ("recordResult", {"result": "x" * 20, "wholeIncident": "no"}, "invalid_input"),
    ("markDuplicate", {"original": "482139075613"}, ("unknown", "original")),
    ("markDuplicate", {"original": ""}, ("required", "original")),
    ("addNote", {"text": ""}, ("required", "text")),
    ("viewIdentity", {"reason": "x"}, ("too_short", "reason")),
    ("viewIdentity", {"reason": "x" * 201}, ("too_long", "reason")),
]
DEFAULTS = {"orderAction": {"text": "بررسی شود", "units": ["EDU-p1"]}}


@pytest.mark.parametrize(("mutation", "changes", "refusal"), CASE)
async def test_on_a_case(
    world: World, api: Apis, mutation: str, changes: dict[str, Any], refusal: tuple[str, str] | str
) -> None:
    case = await world.case()
    given = {"caseId": gid(case), **DEFAULTS.get(mutation, {}), **changes}
    await _check(api, "EDU", mutation, given, refusal)


REFERRAL = [
    ("referCase", {"units": ["EDU"], "instruction": "بازدید شود"}, ("not_below", "units")),
    ("referCase", {"units": ["EDU-p1"], "instruction": "بازدید شود"}, ("not_below", "units")),
    ("referCase", {"units": ["ENE"], "instruction": "بازدید شود"}, ("unknown", "units")),
    ("referCase", {"units": ["EDU-c1"], "instruction": "کم"}, ("too_short", "instruction")),
    ("reportReferral", {"result": "کم"}, ("too_short", "result")),
    ("reportReferral", {"result": "باجه باز شد", "actions": LONG}, ("too_long", "actions")),
    ("reportReferral", {"result": "باجه باز شد", "actions": None}, "invalid_input"),
    ("returnReferral", {"reason": "کم"}, ("too_short", "reason")),
    ("acceptReferral", {"referralId": "Q2FzZTox"}, ("not_found", "referralId")),
]


@pytest.mark.parametrize(("mutation", "changes", "refusal"), REFERRAL)
async def test_on_a_referral(
    world: World, api: Apis, mutation: str, changes: dict[str, Any], refusal: tuple[str, str] | str
) -> None:
    given = {**await on_referral()(world), **changes}
    await _check(api, "EDU-p1", mutation, given, refusal)


CENTRE = [
    ("rerouteCase", {"agency": "NO-SUCH", "reason": "دلیل کافی"}, "wrong_state"),
    ("markOutOfScope", {"category": "weather"}, "unknown"),
    ("withdrawCase", {"reason": ""}, "required"),
]


@pytest.mark.parametrize(("mutation", "changes", "code"), CENTRE)
async def test_at_the_centre(
    world: World, api: Apis, mutation: str, changes: dict[str, Any], code: str
) -> None:
    case = await world.case()
    centre = await api("supervisor")
    before = await fingerprint()
    found, _ = await centre.refusal(mutation, caseId=gid(case), **changes)
    assert found == code
    assert await fingerprint() == before


QUERIES = [
    ("{ cases(first: 101) { nodes { id } } }", "out_of_range"),
    ("{ cases(first: -1) { nodes { id } } }", "out_of_range"),
    ("{ cases(first: 1, last: 1) { nodes { id } } }", "invalid"),
    ('{ cases(after: "x") { nodes { id } } }', "invalid"),
    ('{ cases(after: "WyJwayIsMSwxXQ==") { nodes { id } } }', "invalid"),
    ('{ cases(filter: {agency: "NO-SUCH"}) { nodes { id } } }', "unknown"),
    ('{ cases(filter: {place: "NO-SUCH"}) { nodes { id } } }', "unknown"),
    ('{ cases(filter: {search: ""}) { nodes { id } } }', "required"),
    ('{ cases(filter: {registeredFrom: "yesterday"}) { nodes { id } } }', "invalid_document"),
    (
        '{ cases(filter: {registeredFrom: "2026-01-01T00:00:00"}) { nodes { id } } }',
        "invalid_document",
    ),
    (
        '{ cases(filter: {registeredFrom: "0001-01-01T00:00:00+14:00"}) { nodes { id } } }',
        "invalid_document",
    ),
    ("{ cases(filter: {status: [LOST]}) { nodes { id } } }", "invalid_document"),
    ("{ cases(first: 99999999999999999999) { nodes { id } } }", "invalid_document"),
    ('{ agencies(within: "NO-SUCH") { nodes { id } } }', "unknown"),
    ('{ places(within: "NO-SUCH") { nodes { id } } }', "unknown"),
    ('{ places(search: "علی", within: "NO-SUCH") { nodes { id } } }', "unknown"),
    ('{ agencies(search: "\\u0000") { nodes { id } } }', "invalid_characters"),
    ("{ nodes(ids: [" + '"x" ' * 101 + "]) { id } }", "too_many"),
]


@pytest.mark.parametrize(("query", "code"), QUERIES)
async def test_queries(world: World, api: Apis, query: str, code: str) -> None:
    assert await (await api("EDU")).code(query) == code
