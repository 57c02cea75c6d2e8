"""Documents asked for by their hash, in both ways that clients know, and nothing else if so set."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
from graphql import get_introspection_query

from domain import service, trusted
from domain.trusted import NotTrustworthy
from graphql_schema.trusted import trust_files
from models import TrustedDocument
from tests.graphql_schema.conftest import Api, Apis

NEWER = "application/graphql-response+json"
TEXT = "query Trusted($n: Int) { cases(first: $n) { nodes { id } } }"
HASH = trusted.hash_of(TEXT)
OTHER = "query Unknown { viewer { kind } }"


@pytest.fixture
async def partner(api: Apis) -> Api:
    await trusted.trust(TEXT)
    return await api("EDU")


@pytest.fixture
def closed(partner: Api) -> None:
    """A deployment that executes trusted documents only."""
    service.configure(replace(service.current(), trusted_documents_only=True))


def apollo(text: str) -> dict[str, Any]:
    return {"persistedQuery": {"version": 1, "sha256Hash": trusted.hash_of(text)}}


async def code(partner: Api, body: Any, status: int = 400) -> str:
    reply = await partner.http.post("/graphql", json=body, headers={"accept": NEWER})
    assert reply.status_code == status, reply.text
    [error] = reply.json()["errors"]
    return str(error["extensions"]["code"])


@pytest.mark.parametrize(
    "body", [{"documentId": f"sha256:{HASH}"}, {"documentId": HASH}, {"extensions": apollo(TEXT)}]
)
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_trusted_document_by_its_hash(partner: Api, body: Any, method: str) -> None:
    body = body | {"variables": {"n": 1}, "operationName": "Trusted"}
    if method == "POST":
        reply = await partner.http.post("/graphql", json=body)
    else:
        encoded = {
            k: v if isinstance(v, str) else orjson.dumps(v).decode() for k, v in body.items()
        }
        reply = await partner.http.get("/graphql", params=encoded)
    assert reply.json() == {"data": {"cases": {"nodes": []}}}


async def test_a_hash_that_is_not_known(partner: Api) -> None:
    unknown = trusted.hash_of("nothing")
    assert await code(partner, {"documentId": f"sha256:{unknown}"}) == "document_not_found"
    reply = await partner.http.post("/graphql", json={"extensions": apollo("nothing")})
    assert reply.status_code == 200
    assert reply.json() == {
        "errors": [
            {
                "message": "PersistedQueryNotFound",
                "extensions": {"code": "PERSISTED_QUERY_NOT_FOUND"},
            }
        ]
    }


async def test_strangers_to_the_list_register_nothing(partner: Api) -> None:
    answer = await partner.http.post("/graphql", json={"query": OTHER, "extensions": apollo(OTHER)})
    assert answer.json() == {"data": {"viewer": {"kind": "CLIENT"}}}
    assert await code(partner, {"extensions": apollo(OTHER)}) == "PERSISTED_QUERY_NOT_FOUND"
    assert await TrustedDocument.all().count() == 1


@pytest.mark.parametrize(
    "body",
    [
        {"documentId": "x"},
        {"documentId": "sha256:"},
        {"documentId": f"md5:{HASH}"},
        {"documentId": f"sha256:{HASH.upper()}"},
        {"documentId": f"sha256:{HASH}", "query": TEXT},
        {"documentId": f"sha256:{HASH}", "extensions": apollo(TEXT)},
        {"extensions": {"persistedQuery": HASH}},
        {"extensions": {"persistedQuery": {"version": 2, "sha256Hash": HASH}}},
        {"extensions": {"persistedQuery": {"version": 1}}},
        {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "../x"}}},
        {"query": OTHER, "extensions": apollo(TEXT)},
        {"query": " ", "extensions": apollo(TEXT)},
    ],
)
async def test_what_names_no_document(partner: Api, body: Any) -> None:
    assert await code(partner, body) == "invalid_request"


@pytest.mark.usefixtures("closed")
async def test_only_trusted_documents(partner: Api) -> None:
    assert await code(partner, {"query": OTHER}) == "document_not_trusted"
    assert await code(partner, {"query": "{"}) == "document_not_trusted"
    assert await code(partner, {"query": get_introspection_query()}) == "document_not_trusted"
    assert await code(partner, {"query": OTHER, "extensions": apollo(OTHER)}) == (
        "document_not_trusted"
    )
    for body in ({"query": TEXT}, {"documentId": f"sha256:{HASH}"}, {"extensions": apollo(TEXT)}):
        reply = await partner.http.post("/graphql", json=body)
        assert reply.json() == {"data": {"cases": {"nodes": []}}}


async def test_a_document_is_weighed_with_its_variables_even_if_trusted(partner: Api) -> None:
    text = """query ($n: Int) { cases(first: $n) { nodes { timeline(first: 100) {
        nodes { id kind at } } } } }"""
    await trusted.trust(text)
    body = {"documentId": trusted.hash_of(text), "variables": {"n": 100}}
    assert await code(partner, body) == "too_complex"


async def test_files_are_trusted(partner: Api, tmp_path: Path) -> None:
    file, manifest = tmp_path / "viewer.graphql", tmp_path / "manifest.json"
    file.write_text("query FromFile { viewer { name } }\n")
    hashed = trusted.hash_of(OTHER)
    manifest.write_text(json.dumps({hashed: OTHER, f"sha256:{HASH}": TEXT}))
    assert await trust_files([file, manifest]) == [
        trusted.hash_of(file.read_text()),
        hashed,
        HASH,
    ]
    assert await TrustedDocument.all().count() == 3
    assert await trust_files([file, manifest])
    assert await TrustedDocument.all().count() == 3


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.graphql", b"{ nothing }", "Cannot query field"),
        ("a.graphql", b"{", "Syntax Error"),
        ("a.graphql", b"", "Syntax Error"),
        ("a.graphql", b"\xff", "UTF-8"),
        ("a.graphql", b"query a { viewer { name } } query b { viewer { name } }", "one operation"),
        ("a.graphql", ("{ " + "viewer { name } " * 999 + "}").encode(), "tokens"),
        ("a.json", b"[", "not JSON"),
        ("a.json", b"[]", "manifest"),
        ("a.json", b'{"a": 1}', "manifest"),
        ("a.json", json.dumps({HASH: OTHER}).encode(), "not the SHA-256"),
        ("a.json", json.dumps({trusted.hash_of("{ x }"): "{ x }"}).encode(), "Cannot query field"),
    ],
)
async def test_a_file_that_cannot_be_trusted_leaves_all_untrusted(
    partner: Api, tmp_path: Path, name: str, content: bytes, reason: str
) -> None:
    good, bad = tmp_path / "good.graphql", tmp_path / name
    good.write_text(OTHER)
    bad.write_bytes(content)
    with pytest.raises(NotTrustworthy, match=reason):
        await trust_files([good, bad])
    with pytest.raises(NotTrustworthy, match="cannot be read"):
        await trust_files([good, tmp_path / "absent.graphql"])
    assert [row.hash for row in await TrustedDocument.all()] == [HASH]
