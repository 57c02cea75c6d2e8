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
from starlette.types import Receive, Scope, Send

from domain import bearer
from domain.actors import Actor
from domain.errors import Language
from graphql_schema import (
    budgeting,
    compiler,
    documents,
    negotiation,
    requests,
    streams_sse,
    streams_ws,
    trusted,
)
from graphql_schema.context import Context
from graphql_schema.documents import Document
from graphql_schema.errors import InvalidDocument, RequestRefused, executed, formatted
from graphql_schema.negotiation import JSON, RESPONSE
from graphql_schema.requests import Parameters
from graphql_schema.schema import schema
from graphql_schema.streams import unauthenticated


class GraphQL:
    """The endpoint: an application, which spares it what Starlette does around functions."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await graphql(Request(scope, receive))
        await response(scope, receive, send)


async def graphql(request: Request) -> Response:
    """Answer one operation."""
    media = JSON
    lang = negotiation.language(request)
    more: dict[str, str] = {}
    try:
        _refuse_other_methods(request)
        media = negotiation.media_type(request)
        actor = _actor(request)
        given = await trusted.resolve(await requests.read(request))
        document = _document(request, given)
        more = await budgeting.spend(actor, document.weigh(given.variables), lang)
        compiled = await _compiled(request, actor, document, given)
        if compiled is not None:
            return _response(b'{"data":' + compiled + b"}", media, 200, more)
        data, errors = await _execute(await _confirmed(request), document, given, lang)
    except RequestRefused as refused:
        return _answer({"errors": [refused.formatted]}, media, refused.status, refused.headers)
    except InvalidDocument as invalid:
        data, errors = None, invalid.errors
    if not executed(data, errors):
        body: dict[str, Any] = {"errors": [formatted(error, lang) for error in errors]}
        return _answer(body, media, 400 if media == RESPONSE else 200, more)
    body = {"data": data}
    if errors:
        body["errors"] = [formatted(error, lang) for error in errors]
    return _answer(body, media, _PARTIAL if errors and media == RESPONSE else 200, more)


def _refuse_other_methods(request: Request) -> None:
    if request.method not in ("GET", "HEAD", "POST"):
        allowed = {"Allow": "GET, HEAD, POST"}
        raise RequestRefused("method_not_allowed", "requests come by POST or GET", 405, allowed)


def _actor(request: Request) -> Actor:
    """Who asks; a partner shown before is not verified yet."""
    actor: Actor | None = request.state.actor
    known = getattr(request.state, "known", None)
    if actor is None and known is not None:
        actor = known.actor
    if actor is None:
        raise unauthenticated()
    return actor


async def _confirmed(request: Request) -> Actor:
    """Who asks, verified."""
    actor: Actor | None = request.state.actor
    if actor is None:
        actor = await request.state.confirm()
    if actor is None:
        raise unauthenticated()
    return actor


async def _compiled(
    request: Request, actor: Actor, document: Document, given: Parameters
) -> bytes | None:
    """The data by one statement, in which a partner shown before is verified too."""
    if request.state.actor is not None:
        return await compiler.answer(document, actor, given.variables)
    try:
        still = bearer.still(request.state.known)
        found = await compiler.answer(document, actor, given.variables, still)
    except compiler.NoLonger:
        return None
    if found is not None:
        request.state.actor = actor
    return found


def _document(request: Request, given: Parameters) -> Document:
    document = documents.prepare(given.query, given.operation_name)
    if request.method != "POST" and document.is_mutation:
        allowed = {"Allow": "POST"}
        raise RequestRefused("method_not_allowed", "mutations are sent by POST", 405, allowed)
    if document.is_subscription:
        refusal = "subscriptions run over /graphql/stream or /graphql/ws"
        raise RequestRefused("subscription_needs_stream", refusal)
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


def _answer(body: dict[str, Any], media: str, status: int, headers: dict[str, str]) -> Response:
    return _response(orjson.dumps(body), media, status, headers)


def _response(body: bytes, media: str, status: int, headers: dict[str, str]) -> Response:
    return Response(body, status, {**_VARYING, **headers}, f"{media}; charset=utf-8")


_VARYING: Final = {"Vary": "Accept, Accept-Language"}
_PARTIAL: Final = 294
"""Partial success, the specification's own code beside its own media type."""
_METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
routes: Final[list[BaseRoute]] = [
    Route("/graphql", GraphQL(), methods=_METHODS),
    *streams_sse.routes,
    *streams_ws.routes,
]
