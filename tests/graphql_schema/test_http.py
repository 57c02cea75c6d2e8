"""GraphQL over HTTP: media types, status codes, methods, bodies that are no request."""

from __future__ import annotations

import gzip
from typing import Any
from urllib.parse import quote

import orjson
import pytest

from graphql_schema.limits import MAX_BODY, MAX_VALUES
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
        "scopes": ["CASES_READ", "CASES_WRITE", "IDENTITY_READ"],
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
    ({"query": VIEWER, "variables": {"a": [0] * MAX_VALUES}}, 400, "too_many_values"),
    (
        {"query": VIEWER, "variables": {str(n): n for n in range(MAX_VALUES)}},
        400,
        "too_many_values",
    ),
    ({"query": VIEWER, "documentId": 1}, 400, "invalid_request"),
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
        "application/graphql-response+json",
        "application/json; charset=latin-1",
        "json",
        "",
    ],
)
async def test_only_json_is_taken(partner: Api, kind: str) -> None:
    refusal = await post(partner, {"query": VIEWER}, **{"content-type": kind})
    assert refusal == (415, "unsupported_media_type")


@pytest.mark.parametrize(
    "kind",
    [
        "application/json",
        "Application/JSON",
        "application/json;charset=utf-8",
        'application/json; charset="UTF-8"',
        "application/json; profile=x",
    ],
)
async def test_json_in_utf8_by_any_spelling(partner: Api, kind: str) -> None:
    body = '{"query": "query ($s: String) { places(search: $s) { nodes { name } } }", '
    sent = (body + '"variables": {"s": "علی‌آباد"}}').encode()
    reply = await partner.http.post("/graphql", content=sent, headers={"content-type": kind})
    assert reply.json() == {"data": {"places": {"nodes": [{"name": "علی‌آباد"}]}}}


async def test_a_compressed_body_is_not_taken(partner: Api) -> None:
    refusal = await post(partner, gzip.compress(b"{}"), **{"content-encoding": "gzip"})
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
        ("", "application/json"),
        (f"application/json, {NEWER}", NEWER),
        (f"{NEWER}, */*", NEWER),
        (f"{NEWER}, */*;q=0.9", NEWER),
        (f"{NEWER};q=0, */*", "application/json"),
        (f"application/json;q=0, {NEWER};q=0.001", NEWER),
        (f"application/json;q=0.2, {NEWER};q=0.2", NEWER),
        ("application/json;q=0, */*", NEWER),
        ("APPLICATION/GRAPHQL-RESPONSE+JSON", NEWER),
        (f"{NEWER};q=nan, application/json", "application/json"),
        (f"{NEWER};q=2, application/json;q=0.1", "application/json"),
        (f"{NEWER} ; q=0.9 , application/json ; q=0.8", NEWER),
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


@pytest.mark.parametrize(
    "accept",
    ["text/html", "*/*;q=0", f"{NEWER};q=0, application/json;q=0", "application/xml, text/*", ";"],
)
async def test_no_other_answer(partner: Api, accept: str) -> None:
    assert await post(partner, {"query": VIEWER}, accept=accept) == (406, "not_acceptable")


async def test_several_accept_headers_are_one(partner: Api) -> None:
    headers = [("accept", "application/json;q=0.5"), ("accept", NEWER)]
    reply = await partner.http.post("/graphql", json={"query": VIEWER}, headers=headers)
    assert reply.headers["content-type"].startswith(NEWER)


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


@pytest.mark.parametrize(("accept", "status"), [(NEWER, 294), ("application/json", 200)])
async def test_a_failed_field_has_a_path(partner: Api, accept: str, status: int) -> None:
    body = {"query": "query Q { viewer { name } cases(first: 500) { nodes { id } } }"}
    reply = await partner.http.post("/graphql", json=body, headers={"accept": accept})
    assert reply.status_code == status
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


async def test_an_empty_parameter_of_get_is_none(partner: Api) -> None:
    params = {"query": VIEWER, "operationName": "", "variables": "", "extensions": ""}
    reply = await partner.http.get("/graphql", params=params)
    assert reply.json()["data"]["viewer"]["kind"] == "CLIENT"


async def test_head_is_get_without_its_body(partner: Api) -> None:
    reply = await partner.http.head("/graphql", params={"query": VIEWER})
    assert (reply.status_code, reply.headers["content-type"]) == (
        200,
        "application/json; charset=utf-8",
    )
    mutation = 'mutation { addNote(input: {caseId: 1, text: "x"}) { errors { code } } }'
    assert (await partner.http.head("/graphql", params={"query": mutation})).status_code == 405


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


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
async def test_other_methods(partner: Api, method: str) -> None:
    reply = await partner.http.request(method, "/graphql", json={"query": VIEWER})
    assert reply.status_code == 405
    assert reply.headers["allow"] == "GET, HEAD, POST"
    assert reply.json()["errors"][0]["extensions"] == {"code": "method_not_allowed"}


async def test_an_announced_body_is_refused_unread(partner: Api) -> None:
    async def never() -> Any:
        raise AssertionError("the body was read")
        yield b""

    headers = {"content-type": "application/json", "content-length": str(100 * 1024 * 1024)}
    reply = await partner.http.post("/graphql", content=never(), headers=headers)
    assert reply.status_code == 413


async def test_a_stranger_s_body_is_not_read(world: World, api: Apis) -> None:
    async def never() -> Any:
        raise AssertionError("the body was read")
        yield b""

    reply = await (await api(None)).http.post("/graphql", content=never())
    assert reply.status_code == 401


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
