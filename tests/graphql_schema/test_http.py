"""GraphQL over HTTP: media types, status codes, methods, bodies that are no request."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import orjson
import pytest

from graphql_schema.limits import MAX_BODY
from tests.graphql_schema.conftest import Api, Apis, fingerprint
from tests.support.world import World

VIEWER = "{ viewer { kind name role agency { code } scopes } }"
NEWER = "application/graphql-response+json"


@pytest.fixture
async def partner(api: Apis) -> Api:
    return await api("EDU")


async def post(partner: Api, body: Any, **headers: str) -> tuple[int, str]:
    """Status and the only error's code."""
    content = body if isinstance(body, bytes) else orjson.dumps(body)
    sent = {"content-type": "application/json", **headers}
    reply = await partner.http.post("/graphql", content=content, headers=sent)
    [error] = reply.json()["errors"]
    assert "data" not in reply.json()
    assert error["message"]
    return reply.status_code, error["extensions"]["code"]


async def test_who_asks(partner: Api, api: Apis) -> None:
    assert (await partner.ask(VIEWER))["viewer"] == {
        "kind": "CLIENT",
        "name": "سامانه EDU",
        "role": None,
        "agency": {"code": "EDU"},
        "scopes": ["cases:read", "cases:write", "identity:read"],
    }
    viewer = (await (await api("supervisor")).ask(VIEWER))["viewer"]
    assert (viewer["kind"], viewer["role"], viewer["agency"]) == ("USER", "SUPERVISOR", None)


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_nobody_is_answered_without_a_key(world: World, api: Apis, method: str) -> None:
    stranger = await api(None)
    reply = await stranger.http.request(
        method, f"/graphql?query={quote(VIEWER)}", json={"query": VIEWER}
    )
    assert reply.status_code == 401
    assert reply.headers["www-authenticate"].startswith("Bearer")
    [error] = reply.json()["errors"]
    assert error["extensions"] == {"code": "unauthenticated"}


BODIES: list[tuple[Any, int, str]] = [
    (b"", 400, "invalid_json"),
    (b"{", 400, "invalid_json"),
    (b"null", 400, "invalid_request"),
    (b"1", 400, "invalid_request"),
    (b'"x"', 400, "invalid_request"),
    (b"[]", 400, "invalid_request"),
    ([{"query": VIEWER}, {"query": VIEWER}], 400, "invalid_request"),
    ({}, 400, "invalid_request"),
    ({"query": None}, 400, "invalid_request"),
    ({"query": ""}, 400, "invalid_request"),
    ({"query": "  "}, 400, "invalid_request"),
    ({"query": 1}, 400, "invalid_request"),
    ({"query": ["x"]}, 400, "invalid_request"),
    ({"query": VIEWER, "variables": []}, 400, "invalid_request"),
    ({"query": VIEWER, "variables": "{}"}, 400, "invalid_request"),
    ({"query": VIEWER, "variables": 1}, 400, "invalid_request"),
    ({"query": VIEWER, "extensions": 1}, 400, "invalid_request"),
    ({"query": VIEWER, "operationName": 1}, 400, "invalid_request"),
    ({"query": VIEWER, "operationName": "other"}, 400, "invalid_request"),
    (b'{"query": "\xff"}', 400, "invalid_json"),
    (b"\xef\xbb\xbf{}", 400, "invalid_json"),
    ('{"query": "{ viewer { name } }"}'.encode("utf-16"), 400, "invalid_json"),
    (
        b'{"query": "{ viewer { name } }", "variables": {"n": 1' + b"0" * 5000 + b"}}",
        400,
        "invalid_json",
    ),
    (b'{"query": "{ viewer { name } }", "variables": {"n": NaN}}', 400, "invalid_json"),
    (b'{"query": ' + b"[" * 5000 + b"]" * 5000 + b"}", 400, "invalid_json"),
    (b'{"query": "\\ud800"}', 400, "invalid_json"),
    (b'{"query": "{ viewer { name } }", "variables": {"s": "\\udc00"}}', 400, "invalid_json"),
    (
        b'{"query": "{ viewer { name } }", "variables": {"s": ["\\u0000"]}}',
        400,
        "invalid_characters",
    ),
    (b'{"query": "{ viewer { name } }", "variables": {"\\u0007": 1}}', 400, "invalid_characters"),
    (b'{"query": "{ viewer { name } \\u0000 }"}', 400, "invalid_characters"),
    (b'{"query": "{ viewer { name } }", "operationName": "\\u001b"}', 400, "invalid_characters"),
    (b'{"query": "' + b"x" * MAX_BODY + b'"}', 413, "body_too_large"),
]


@pytest.mark.parametrize(("body", "status", "code"), BODIES)
async def test_bodies_that_are_no_request(partner: Api, body: Any, status: int, code: str) -> None:
    before = await fingerprint()
    assert await post(partner, body) == (status, code)
    assert await fingerprint() == before


async def test_a_long_body_in_pieces(partner: Api) -> None:
    async def pieces() -> Any:
        for _ in range(20):
            yield b" " * (MAX_BODY // 10)

    reply = await partner.http.post(
        "/graphql", content=pieces(), headers={"content-type": "application/json"}
    )
    assert reply.status_code == 413


@pytest.mark.parametrize(
    "kind",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json; charset=utf-16",
        "application/graphql",
        "",
    ],
)
async def test_only_json_is_taken(partner: Api, kind: str) -> None:
    refusal = await post(partner, {"query": VIEWER}, **{"content-type": kind})
    assert refusal == (415, "unsupported_media_type")


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        (None, "application/json"),
        ("*/*", "application/json"),
        ("application/*", "application/json"),
        ("application/json", "application/json"),
        ("application/json; charset=utf-8", "application/json"),
        (NEWER, NEWER),
        (f"{NEWER}, application/json", NEWER),
        (f"{NEWER}; charset=utf-8, application/json; charset=utf-8", NEWER),
        (f"{NEWER};q=0.5, application/json", "application/json"),
        ("text/html, */*;q=0.1", "application/json"),
    ],
)
async def test_the_answer_is_what_was_asked_for(
    partner: Api, accept: str | None, media: str
) -> None:
    headers = {"accept": accept} if accept else {}
    reply = await partner.http.post("/graphql", json={"query": VIEWER}, headers=headers)
    assert reply.status_code == 200
    assert reply.headers["content-type"] == f"{media}; charset=utf-8"
    assert "Accept" in reply.headers["vary"]


async def test_no_other_answer(partner: Api) -> None:
    assert await post(partner, {"query": VIEWER}, accept="text/html") == (406, "not_acceptable")


@pytest.mark.parametrize(
    ("query", "variables", "code"),
    [
        ("{ viewer", {}, "syntax_error"),
        ("{ nothing }", {}, "invalid_document"),
        ("query ($n: Int!) { cases(first: $n) { nodes { id } } }", {}, "invalid_input"),
        ("query ($n: Int) { cases(first: $n) { nodes { id } } }", {"n": "x"}, "invalid_input"),
    ],
)
async def test_a_request_that_cannot_be_executed(
    partner: Api, query: str, variables: dict[str, Any], code: str
) -> None:
    body = {"query": query, "variables": variables}
    assert await post(partner, body) == (200, code)
    assert await post(partner, body, accept=NEWER) == (400, code)


async def test_a_failed_field_has_a_path(partner: Api, api: Apis) -> None:
    body = {"query": "query Q { viewer { name } cases(first: 500) { nodes { id } } }"}
    reply = await partner.http.post("/graphql", json=body, headers={"accept": NEWER})
    assert reply.status_code == 200
    [error] = reply.json()["errors"]
    assert reply.json()["data"] is None
    assert error["path"] == ["cases"]
    assert error["extensions"] == {"code": "out_of_range", "field": "first"}


async def test_queries_by_get(partner: Api) -> None:
    reply = await partner.http.get(
        "/graphql",
        params={
            "query": "query A($n: Int) { cases(first: $n) { nodes { id } } }",
            "operationName": "A",
            "variables": '{"n": 1}',
            "extensions": "{}",
        },
    )
    assert reply.json() == {"data": {"cases": {"nodes": []}}}


@pytest.mark.parametrize(
    ("params", "status", "code"),
    [
        ({}, 400, "invalid_request"),
        ({"query": VIEWER, "variables": "["}, 400, "invalid_json"),
        ({"query": VIEWER, "variables": "[]"}, 400, "invalid_request"),
        (
            {"query": "mutation { addNote(input: {caseId: 1, text: 2}) { errors { code } } }"},
            200,
            "invalid_document",
        ),
        (
            {"query": 'mutation { addNote(input: {caseId: 1, text: "x"}) { errors { code } } }'},
            405,
            "method_not_allowed",
        ),
    ],
)
async def test_what_get_refuses(
    partner: Api, params: dict[str, str], status: int, code: str
) -> None:
    reply = await partner.http.get("/graphql", params=params)
    [error] = reply.json()["errors"]
    assert (reply.status_code, error["extensions"]["code"]) == (status, code)
    if status == 405:
        assert reply.headers["allow"] == "POST"


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
async def test_other_methods(partner: Api, method: str) -> None:
    reply = await partner.http.request(method, "/graphql", json={"query": VIEWER})
    assert reply.status_code == 405
    assert "POST" in reply.headers["allow"]


async def test_a_named_operation_and_empty_extras(partner: Api) -> None:
    body = {
        "query": "query A { viewer { name } }",
        "operationName": "A",
        "variables": None,
        "extensions": {"any": 1},
    }
    reply = await partner.http.post("/graphql", json=body)
    assert reply.json() == {"data": {"viewer": {"name": "سامانه EDU"}}}


async def test_an_unexpected_failure_leaks_nothing(
    partner: Api, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken() -> None:
        raise ValueError("password=secret")

    monkeypatch.setattr("domain.scope.bodies", broken)
    answer = await partner.send("{ viewer { name } competentBodies { code } }")
    assert answer["data"] is None
    [error] = answer["errors"]
    assert error["extensions"] == {"code": "internal_error"}
    assert "secret" not in str(answer)
    assert "password=secret" in caplog.text
