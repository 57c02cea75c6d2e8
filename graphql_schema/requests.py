"""A GraphQL request as it comes over HTTP: read strictly, or refused with a status and a code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import orjson
from starlette.requests import Request

from domain.errors import Language
from graphql_schema.errors import RequestRefused
from graphql_schema.limits import MAX_BODY
from graphql_schema.text import forbidden_path

JSON: Final = "application/json"
RESPONSE: Final = "application/graphql-response+json"


@dataclass(frozen=True)
class Parameters:
    query: str
    variables: dict[str, Any] = field(default_factory=dict)
    operation_name: str | None = None


async def read(request: Request) -> Parameters:
    """The parameters of a GET or POST request. Raises RequestRefused."""
    if request.method == "GET":
        return _parameters(_from_address(request))
    content = _type(request.headers.get("content-type", ""))
    if content != JSON:
        raise RequestRefused("unsupported_media_type", f"the body must be {JSON}", 415)
    return _parameters(_json(await _body(request), "body"))


def media_type(request: Request) -> str:
    """How to answer: the more specific of the two types that `Accept` prefers."""
    accept = request.headers.get("accept", "*/*")
    weights = {JSON: 0.0, RESPONSE: 0.0}
    for part in accept.split(","):
        name, *options = part.split(";")
        for known in weights:
            if name.strip().lower() in (known, "application/*", "*/*"):
                weights[known] = max(weights[known], _quality(options))
    if not any(weights.values()):
        raise RequestRefused("not_acceptable", f"answers are {RESPONSE} or {JSON}", 406)
    explicit = RESPONSE in accept.lower()
    return RESPONSE if explicit and weights[RESPONSE] >= weights[JSON] else JSON


def language(request: Request) -> Language:
    """Persian if `Accept-Language` asks for it first, else English."""
    first = request.headers.get("accept-language", "").split(",")[0].strip().lower()
    return "fa" if first.split("-")[0].split(";")[0] == "fa" else "en"


def _type(header: str) -> str:
    name, *options = header.split(";")
    for option in options:
        key, _, value = option.partition("=")
        if key.strip().lower() == "charset" and value.strip(' "').lower() not in ("utf-8", "utf8"):
            return ""
    return name.strip().lower()


def _quality(options: list[str]) -> float:
    for option in options:
        key, _, value = option.partition("=")
        if key.strip().lower() == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0


async def _body(request: Request) -> bytes:
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
    given: dict[str, Any] = dict(request.query_params)
    for name in ("variables", "extensions"):
        if name in given:
            given[name] = _json(given[name], name)
    return given


def _parameters(given: Any) -> Parameters:
    if not isinstance(given, Mapping):
        raise RequestRefused("invalid_request", "one JSON object is expected; no batches")
    for name, kind in (("variables", dict), ("extensions", dict), ("operationName", str)):
        if given.get(name) is not None and not isinstance(given[name], kind):
            raise RequestRefused("invalid_request", f"{name} has the wrong type")
    query = given.get("query")
    if not isinstance(query, str) or not query.strip():
        raise RequestRefused("invalid_request", "query must be a text")
    for name in ("query", "variables", "operationName"):
        path = forbidden_path(given.get(name), name)
        if path is not None:
            raise RequestRefused("invalid_characters", f"{path} has characters not allowed")
    return Parameters(query, given.get("variables") or {}, given.get("operationName"))
