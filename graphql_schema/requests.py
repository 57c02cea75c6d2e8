"""A GraphQL request as it comes over HTTP: read strictly, or refused with a status and a code.

https://graphql.github.io/graphql-over-http/draft/#sec-Request
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import orjson
from starlette.requests import Request

from graphql_schema.errors import RequestRefused
from graphql_schema.limits import MAX_BODY, MAX_VALUES, holds_more
from graphql_schema.negotiation import JSON
from graphql_schema.text import forbidden_path

_HASH: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)


@dataclass(frozen=True)
class Parameters:
    """A well-formed request: a query, or the hash of a trusted one, or (Apollo's clients) both."""

    query: str
    """Empty when there is only a hash."""
    variables: dict[str, Any] = field(default_factory=dict)
    operation_name: str | None = None
    hash: str | None = None
    """SHA-256 of a document, in hexadecimal."""
    by_apollo: bool = False
    """Whether the hash came as `extensions.persistedQuery`."""


async def read(request: Request) -> Parameters:
    """The parameters of a GET or POST request. Raises RequestRefused."""
    if request.method in ("GET", "HEAD"):
        return parameters(_from_address(request))
    content = _type(request.headers.get("content-type", ""))
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if content != JSON or encoding != "identity":
        raise RequestRefused("unsupported_media_type", f"the body must be {JSON}", 415)
    return parameters(_json(await _body(request), "body"))


def parameters(given: Any) -> Parameters:
    """The parameters in a decoded JSON value. Raises RequestRefused."""
    if not isinstance(given, Mapping):
        raise RequestRefused("invalid_request", "one JSON object is expected; no batches")
    for name, kind in _KINDS.items():
        if given.get(name) is not None and not isinstance(given[name], kind):
            raise RequestRefused("invalid_request", f"{name} has the wrong type")
    if holds_more(given.get("variables"), MAX_VALUES):
        raise RequestRefused("too_many_values", f"variables hold more than {MAX_VALUES} values")
    for name in ("query", "variables", "operationName"):
        path = forbidden_path(given.get(name), name)
        if path is not None:
            raise RequestRefused("invalid_characters", f"{path} has characters not allowed")
    query = given.get("query") or ""
    hashed, by_apollo = _hash(given)
    if not query.strip() and (query or hashed is None):
        raise RequestRefused("invalid_request", "query must be a text")
    operation = given.get("operationName") or None
    return Parameters(query, given.get("variables") or {}, operation, hashed, by_apollo)


_KINDS: Final = {
    "query": str,
    "variables": dict,
    "extensions": dict,
    "operationName": str,
    "documentId": str,
}


def _hash(given: Mapping[str, Any]) -> tuple[str | None, bool]:
    """The hash of the document that is asked for, and whether Apollo's way was used."""
    document, apollo = (
        given.get("documentId"),
        (given.get("extensions") or {}).get("persistedQuery"),
    )
    if document is not None:
        hashed = document.removeprefix("sha256:")
        if given.get("query") is not None or apollo is not None or not _HASH.fullmatch(hashed):
            raise RequestRefused(
                "invalid_request", "documentId is sha256:<64 hexadecimal digits>, without query"
            )
        return hashed, False
    if apollo is None:
        return None, False
    hashed = apollo.get("sha256Hash") if isinstance(apollo, dict) else None
    if not isinstance(hashed, str) or not _HASH.fullmatch(hashed) or apollo.get("version") != 1:
        raise RequestRefused(
            "invalid_request", "persistedQuery is {version: 1, sha256Hash: <64 hexadecimal digits>}"
        )
    return hashed, True


def _type(header: str) -> str:
    name, *options = header.split(";")
    for option in options:
        key, _, value = option.partition("=")
        if key.strip().lower() == "charset" and value.strip(' "').lower() not in ("utf-8", "utf8"):
            return ""
    return name.strip().lower()


async def _body(request: Request) -> bytes:
    """The whole body; refused as soon as it is announced or found to be too large."""
    announced = request.headers.get("content-length", "0")
    read = bytearray()
    too_large = not announced.isdigit() or int(announced) > MAX_BODY
    if not too_large:
        async for chunk in request.stream():
            read += chunk
            too_large = len(read) > MAX_BODY
            if too_large:
                break
    if too_large:
        raise RequestRefused("body_too_large", f"the body is larger than {MAX_BODY} bytes", 413)
    return bytes(read)


def _json(raw: bytes | str, name: str) -> Any:
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise RequestRefused("invalid_json", f"{name} is not JSON in UTF-8") from None


def _from_address(request: Request) -> dict[str, Any]:
    """The query component; an empty parameter is one that was not given."""
    given: dict[str, Any] = {name: text for name, text in request.query_params.items() if text}
    for name in ("variables", "extensions"):
        if name in given:
            given[name] = _json(given[name], name)
    return given
