"""Streams of GraphQL from outside: the application on a real port, and clients that follow it.

The server runs in the test's own event loop on the test's open database. What a client expects is
awaited, and fails after `PATIENCE` seconds.
"""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx2
import uvicorn
from sse_starlette.sse import AppStatus
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from domain import clients
from domain.actors import SYSTEM
from graphql_schema.live import hub
from graphql_schema.streams_ws import PROTOCOL
from models import Client
from tests.support.application import application
from tests.support.running import Server

PATIENCE = 10.0
SCOPES = ("cases:read", "cases:write")


@dataclass
class Served:
    """The application as it is reached from outside."""

    port: int
    server: uvicorn.Server | None = None
    """The server itself, where the test may stop it."""

    def stop(self) -> None:
        """Begin to stop, as at a signal, of which streams of events hear on their own."""
        assert self.server is not None
        self.server.should_exit = AppStatus.should_exit = True

    @property
    def http(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def ws(self) -> str:
        return f"ws://127.0.0.1:{self.port}/graphql/ws"


@dataclass(frozen=True)
class Partner:
    """A partner's system with its key."""

    client: Client
    key: str

    @property
    def bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}"}


async def partner(agency: str, *scopes: str) -> Partner:
    return Partner(*await clients.create(SYSTEM, agency, f"سامانه {agency}", scopes or SCOPES))


@asynccontextmanager
async def served(url: str) -> AsyncIterator[Served]:
    """The application, whose database is open already, until the end of the block.

    It waits without limit for its connections to end: a stream that does not let go is found out.
    """
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(application(url), lifespan="off", log_level="warning")
    server = Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield Served(listener.getsockname()[1], server)
    finally:
        server.should_exit = True
        await serving
        AppStatus.should_exit = False
        await hub.stop()


class Socket:
    """A client that speaks `graphql-transport-ws` word by word."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    async def say(self, kind: str, **more: Any) -> None:
        await self.connection.send(json.dumps({"type": kind, **more}))

    async def hear(self) -> dict[str, Any]:
        async with asyncio.timeout(PATIENCE):
            return dict(json.loads(await self.connection.recv()))

    async def subscribe(self, key: str, query: str, **variables: Any) -> None:
        await self.say("subscribe", id=key, payload={"query": query, "variables": variables})

    async def next(self, key: str = "1") -> Any:
        """The data of the next answer to an operation; nothing else may come before."""
        message = await self.hear()
        assert (message["type"], message["id"]) == ("next", key), message
        assert "errors" not in message["payload"], message
        return message["payload"]["data"]

    async def error(self, key: str = "1") -> str:
        """The code of the error that ends an operation."""
        message = await self.hear()
        assert (message["type"], message["id"]) == ("error", key), message
        [error] = message["payload"]
        return str(error["extensions"]["code"])

    async def silent(self) -> None:
        """Whether everything that was said has been answered: the next word is the echo of a ping.

        What an operation begins after that is not waited for.
        """
        await self.say("ping", payload={"echo": "1"})
        assert await self.hear() == {"type": "pong", "payload": {"echo": "1"}}

    async def end(self) -> tuple[int, str]:
        """The code and reason with which the server closes, whatever it says before."""
        try:
            async with asyncio.timeout(PATIENCE):
                while True:
                    await self.connection.recv()
        except ConnectionClosed as closed:
            assert closed.rcvd is not None
            return closed.rcvd.code, closed.rcvd.reason


@asynccontextmanager
async def opened(
    service: Served, headers: Mapping[str, str], *, init: dict[str, Any] | None = None
) -> AsyncIterator[Socket]:
    """A connection; with `init` it is initialised with that payload."""
    async with connect(
        service.ws,
        subprotocols=[PROTOCOL],  # type: ignore[list-item]
        additional_headers=headers,
        proxy=None,
        max_queue=None,  # a full one would hold up its own closing
    ) as connection:
        found = Socket(connection)
        if init is not None:
            await found.say("connection_init", payload=init)
            assert await found.hear() == {"type": "connection_ack"}
        yield found


@dataclass
class Events:
    """A stream of server-sent events as it comes: `(event, id, data)`."""

    reply: httpx2.Response
    lines: AsyncGenerator[str, None]

    async def next(self) -> tuple[str, str | None, str]:
        """The next event; comments are passed over."""
        found: dict[str, str] = {}
        async with asyncio.timeout(PATIENCE):
            async for line in self.lines:
                if not line and found:
                    return found["event"], found.get("id"), found.get("data", "")
                name, _, value = line.partition(":")
                if name:
                    found[name] = value.removeprefix(" ")
        raise EOFError

    async def data(self) -> Any:
        """The data of the next answer."""
        event, _, data = await self.next()
        body = json.loads(data)
        assert event == "next" and "errors" not in body, body
        return body["data"]

    async def code(self) -> str:
        """The code of the error that the next answer consists of."""
        event, _, data = await self.next()
        body = json.loads(data)
        assert event == "next" and "data" not in body, body
        [error] = body["errors"]
        return str(error["extensions"]["code"])

    async def complete(self) -> None:
        assert await self.next() == ("complete", None, "")


@asynccontextmanager
async def events(
    service: Served, headers: Mapping[str, str], query: str, **variables: Any
) -> AsyncIterator[Events]:
    """The answer to an operation that is sent by POST."""
    async with httpx2.AsyncClient(base_url=service.http, trust_env=False) as http:
        request = http.stream(
            "POST",
            "/graphql/stream",
            json={"query": query, "variables": variables},
            headers={"Accept": "text/event-stream", **headers},
            timeout=PATIENCE,
        )
        async with request as reply:
            yield Events(reply, _lines(reply))


async def _lines(reply: httpx2.Response) -> AsyncGenerator[str, None]:
    async for line in reply.aiter_lines():
        yield line


async def until(condition: Callable[[], bool]) -> None:
    """Wait until it holds."""
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.005)
