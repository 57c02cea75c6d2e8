"""GraphQL over WebSocket at /graphql/ws, by the protocol `graphql-transport-ws`.

https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md
Who asks is known from the handshake, or by `{"authorization": "Bearer …"}` in `connection_init`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import aclosing, suppress
from typing import Any, Final

import orjson
import structlog
from starlette.routing import BaseRoute, WebSocketRoute
from starlette.types import Message
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from domain.actors import Actor
from graphql_schema import negotiation, requests, streams
from graphql_schema.context import Stream
from graphql_schema.errors import InvalidDocument, RequestRefused
from graphql_schema.limits import MAX_BODY
from graphql_schema.streams import Answer, Operation

PROTOCOL: Final = "graphql-transport-ws"
INIT_SECONDS: Final = 10.0
"""How long a client may take until `connection_init`."""
MAX_OPERATIONS: Final = 50
"""Of one connection, at once."""
MAX_ID: Final = 100
_MAX_REASON: Final = 120
"""Bytes; a close frame holds 123."""

log = structlog.get_logger("ws")


class Closed(Exception):
    """The connection must end, with this code and reason."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(code, reason)
        self.code = code
        self.reason = reason.encode()[:_MAX_REASON].decode(errors="ignore")


class Connection:
    """One client's connection, from its handshake to its end, with its operations."""

    def __init__(self, socket: WebSocket) -> None:
        self._socket = socket
        self._language = negotiation.language(socket)
        self._authorization: str | None = None
        self._initialised = asyncio.Event()
        self._acknowledged = False
        self._heard: dict[str, asyncio.Task[None]] = {}
        """Operations whose answers the client waits for, by their ids."""
        self._endless: set[asyncio.Task[None]] = set()
        self._running: set[asyncio.Task[None]] = set()

    async def serve(self) -> None:
        """Until either side ends it."""
        late = asyncio.create_task(self._close_if_late())
        try:
            while True:
                await self._take(_message(await self._socket.receive()))
        except WebSocketDisconnect:
            pass
        except Closed as closed:
            await self._close(closed)
        except Exception as error:
            log.error("connection failed", error=type(error).__name__)
            await self._close(Closed(4500, "Internal server error"))
        finally:
            late.cancel()
            for key in list(self._heard):
                self._forget(key)
            if self._running:
                await asyncio.wait(self._running)

    async def _take(self, message: dict[str, Any]) -> None:
        match message.get("type"):
            case "connection_init":
                await self._initialise(_payload(message))
            case "ping":
                given = _payload(message)
                await self._send({"type": "pong", **({"payload": given} if given else {})})
            case "pong":
                _payload(message)
            case "subscribe":
                await self._subscribe(_id(message), message.get("payload"))
            case "complete":
                self._forget(_id(message))
            case _:
                raise Closed(4400, "Unknown type of message")

    async def _initialise(self, payload: Mapping[str, Any]) -> None:
        if self._initialised.is_set():
            raise Closed(4429, "Too many initialisation requests")
        self._initialised.set()
        named = {name.lower(): value for name, value in payload.items()}
        given = named.get("authorization")
        if given is not None and not isinstance(given, str):
            raise Closed(4400, "authorization must be a text")
        self._authorization = given
        await self._actor()
        self._acknowledged = True
        await self._send({"type": "connection_ack"})

    async def _close_if_late(self) -> None:
        try:
            await asyncio.wait_for(self._initialised.wait(), INIT_SECONDS)
        except TimeoutError:
            await self._close(Closed(4408, "Connection initialisation timeout"))

    async def _identify(self) -> Actor | None:
        found: Actor | None = await self._socket.state.identify(self._authorization)
        return found

    async def _actor(self) -> Actor:
        """Who asks, as of now."""
        actor = await self._identify()
        if actor is None:
            raise Closed(4403, "Forbidden")
        return actor

    async def _subscribe(self, key: str, payload: Any) -> None:
        if not self._acknowledged:
            raise Closed(4401, "Unauthorized")
        if key in self._heard:
            raise Closed(4409, f"Subscriber for {key} already exists")
        try:
            operation = await self._prepare(payload)
        except (RequestRefused, InvalidDocument) as refused:
            if isinstance(refused, RequestRefused) and refused.code == "invalid_request":
                raise Closed(4400, str(refused)) from None
            await self._send(_error(key, streams.refusal(refused, self._language)))
            return
        task = asyncio.create_task(self._run(key, operation))
        task.add_done_callback(self._running.discard)
        task.add_done_callback(self._endless.discard)
        self._running.add(task)
        self._heard[key] = task
        if operation.document.is_subscription:
            self._endless.add(task)

    async def _prepare(self, payload: Any) -> Operation:
        if len(self._running) >= MAX_OPERATIONS:
            refusal = f"more than {MAX_OPERATIONS} operations at once"
            raise RequestRefused("too_many_operations", refusal)
        given = requests.parameters(payload)
        stream = Stream(self._identify)
        return await streams.prepare(await self._actor(), given, stream, self._language)

    async def _run(self, key: str, operation: Operation) -> None:
        async with aclosing(streams.answers(operation)) as answers:
            async for answer in answers:
                if not answer.executed:
                    await self._last(key, _error(key, answer))
                    if answer.ends_connection:
                        await self._close(Closed(4403, "Forbidden"))
                    return
                if self._hears(key):
                    await self._send({"type": "next", "id": key, "payload": answer.body})
        await self._last(key, {"type": "complete", "id": key})

    def _hears(self, key: str) -> bool:
        """Whether the client waits for what this task answers."""
        return self._heard.get(key) is asyncio.current_task()

    async def _last(self, key: str, message: dict[str, Any]) -> None:
        """The end of an operation; the client may use its id again."""
        if self._hears(key):
            del self._heard[key]
            await self._send(message)

    def _forget(self, key: str) -> None:
        """The client listens no more. A mutation is done to its end all the same."""
        task = self._heard.pop(key, None)
        if task in self._endless:
            task.cancel()

    async def _send(self, message: dict[str, Any]) -> None:
        if self._socket.application_state is WebSocketState.CONNECTED:
            with suppress(WebSocketDisconnect):  # `serve` is told too
                await self._socket.send_text(orjson.dumps(message).decode())

    async def _close(self, closed: Closed) -> None:
        if self._socket.application_state is WebSocketState.CONNECTED:
            with suppress(WebSocketDisconnect):
                await self._socket.close(closed.code, closed.reason)


async def websocket(socket: WebSocket) -> None:
    """Take a connection that speaks the protocol."""
    if PROTOCOL not in socket.scope["subprotocols"]:
        await socket.accept()
        await socket.close(4406, "Subprotocol not acceptable")
        return
    await socket.accept(PROTOCOL)
    await Connection(socket).serve()


def _message(event: Message) -> dict[str, Any]:
    """What the client sent. Raises Closed, WebSocketDisconnect."""
    if event["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(event["code"])
    text = event.get("text")
    if text is None:
        raise Closed(4400, "Messages are texts")
    if len(text.encode()) > MAX_BODY:
        raise Closed(1009, "Message too big")
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise Closed(4400, "Messages are JSON") from None
    if not isinstance(found, dict):
        raise Closed(4400, "Messages are objects")
    return found


def _payload(message: dict[str, Any]) -> dict[str, Any]:
    given = message.get("payload")
    if given is not None and not isinstance(given, dict):
        raise Closed(4400, "payload must be an object")
    return given or {}


def _id(message: dict[str, Any]) -> str:
    given = message.get("id")
    if not isinstance(given, str) or not 0 < len(given) <= MAX_ID:
        raise Closed(4400, f"id must be a text of 1 to {MAX_ID} characters")
    return given


def _error(key: str, answer: Answer) -> dict[str, Any]:
    return {"type": "error", "id": key, "payload": answer.errors}


routes: Final[list[BaseRoute]] = [WebSocketRoute("/graphql/ws", websocket)]
