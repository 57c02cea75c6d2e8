"""GraphQL over server-sent events at /graphql/stream: one operation a connection.

https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md, "distinct connections mode".
What is no request is refused with a status; everything about the document is told by an event.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Final

import orjson
from sse_starlette.event import ServerSentEvent
from sse_starlette.sse import EventSourceResponse
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from graphql_schema import negotiation, requests, streams
from graphql_schema.context import Stream
from graphql_schema.errors import InvalidDocument, RequestRefused
from graphql_schema.streams import Answer, Operation

EVENTS: Final = "text/event-stream"
KEEP_ALIVE: Final = 12
"""Seconds between comments, so that nothing between takes the connection for dead."""
MAX_CURSOR: Final = 100


async def stream(request: Request) -> Response:
    """The answers of one operation as events `next`, and `complete` after the last."""
    lang = negotiation.language(request)
    try:
        _refuse_other_types(request)
        confirm = request.state.identify
        actor = await confirm()
        if actor is None:
            raise streams.unauthenticated()
        given = await requests.read(request)
        last = request.headers.get("last-event-id", "")[:MAX_CURSOR] or None
        operation = await streams.prepare(actor, given, Stream(confirm, last), lang)
        if request.method != "POST" and operation.document.is_mutation:
            allowed = {"Allow": "POST"}
            raise RequestRefused("method_not_allowed", "mutations are sent by POST", 405, allowed)
    except RequestRefused as refused:
        body = orjson.dumps(streams.refusal(refused, lang).body)
        return Response(body, refused.status, refused.headers, "application/json; charset=utf-8")
    except InvalidDocument as invalid:
        return _response(_only(streams.refusal(invalid, lang)))
    return _response(_events(operation))


def _refuse_other_types(request: Request) -> None:
    accept = request.headers.get("accept", "*/*").lower()
    names = {part.partition(";")[0].strip() for part in accept.split(",")}
    if not names & {EVENTS, "text/*", "*/*"}:
        raise RequestRefused("not_acceptable", f"answers are {EVENTS}", 406)


def _response(events: AsyncGenerator[ServerSentEvent, None]) -> Response:
    return EventSourceResponse(
        events, ping=KEEP_ALIVE, ping_message_factory=_comment, headers={"Vary": "Accept"}
    )


async def _only(answer: Answer) -> AsyncGenerator[ServerSentEvent, None]:
    yield _next(answer)
    yield _complete()


async def _events(operation: Operation) -> AsyncGenerator[ServerSentEvent, None]:
    yield _comment()  # some browsers take a connection for open only when something has come
    async with aclosing(streams.answers(operation)) as answers:
        async for answer in answers:
            yield _next(answer)
    yield _complete()


def _comment() -> ServerSentEvent:
    return ServerSentEvent(comment="")


def _next(answer: Answer) -> ServerSentEvent:
    return ServerSentEvent(orjson.dumps(answer.body).decode(), event="next", id=answer.cursor)


def _complete() -> ServerSentEvent:
    """With empty data: a browser drops an event without any."""
    return ServerSentEvent("", event="complete")


routes: Final[list[BaseRoute]] = [Route("/graphql/stream", stream, methods=["GET", "POST"])]
