"""GraphQL over HTTP: `routes` for /graphql.

`request.state.actor` says who asks; without one nothing is answered.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import orjson
from graphql import GraphQLError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from domain.actors import Actor
from domain.errors import Language
from graphql_schema import documents, requests
from graphql_schema.context import Context
from graphql_schema.documents import Document
from graphql_schema.errors import InvalidDocument, RequestRefused, formatted
from graphql_schema.requests import JSON, RESPONSE, Parameters
from graphql_schema.schema import schema


async def graphql(request: Request) -> Response:
    """Answer one operation."""
    media = JSON
    lang = requests.language(request)
    try:
        media = requests.media_type(request)
        actor = _actor(request)
        given = await requests.read(request)
        document = _document(request, given)
        document.weigh(given.variables)
        data, errors = await _execute(actor, document, given, lang)
    except RequestRefused as refused:
        error = {"message": str(refused), "extensions": {"code": refused.code}}
        return _answer({"errors": [error]}, media, refused.status, refused.headers)
    except InvalidDocument as invalid:
        data, errors = None, invalid.errors
    if data is None and not any(error.path for error in errors):
        body: dict[str, Any] = {"errors": [formatted(error, lang) for error in errors]}
        return _answer(body, media, 400 if media == RESPONSE else 200)
    body = {"data": data}
    if errors:
        body["errors"] = [formatted(error, lang) for error in errors]
    return _answer(body, media)


def _actor(request: Request) -> Actor:
    actor: Actor | None = request.state.actor
    if actor is None:
        raise RequestRefused(
            "unauthenticated",
            "a key (Authorization: Bearer id.secret) or a session is needed",
            401,
            {"WWW-Authenticate": 'Bearer realm="favad"'},
        )
    return actor


def _document(request: Request, given: Parameters) -> Document:
    document = documents.prepare(given.query)
    if given.operation_name is not None and given.operation_name != document.name:
        raise RequestRefused("invalid_request", "operationName names no operation")
    if request.method == "GET" and document.is_mutation:
        raise RequestRefused("method_not_allowed", "mutations are sent by POST", 405, _ALLOW_POST)
    return document


async def _execute(
    actor: Actor, document: Document, given: Parameters, lang: Language
) -> tuple[dict[str, Any] | None, Sequence[GraphQLError]]:
    result = await schema.execute(
        given.query,
        variable_values=given.variables,
        context_value=Context(actor, document, lang),
        operation_name=document.name,
    )
    return result.data, result.errors or []


def _answer(
    body: dict[str, Any], media: str, status: int = 200, headers: dict[str, str] | None = None
) -> Response:
    return Response(
        orjson.dumps(body), status, {"Vary": "Accept", **(headers or {})}, f"{media}; charset=utf-8"
    )


_ALLOW_POST: Final = {"Allow": "POST"}
routes: Final[list[BaseRoute]] = [Route("/graphql", graphql, methods=["GET", "POST"])]
