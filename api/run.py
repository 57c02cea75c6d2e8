"""The processes of the service: web server and worker, until a signal ends them."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import TypeVar

import uvicorn
from asyncpg import PostgresError
from tortoise.exceptions import BaseORMException

from api import logs, wiring
from models import database, migrate
from settings import Settings

T = TypeVar("T")

GRACE_SECONDS = 3
BACKLOG = 512


class NotReady(Exception):
    """A process cannot start as things are; the message names the setting or the remedy."""


def refuse_pending(settings: Settings) -> None:
    """Raise `NotReady` unless the database answers and has every migration."""
    if reach(settings):
        raise NotReady("the database is not up to this release; run `favad migrate` first")


def reach(settings: Settings) -> list[str]:
    """The migrations that the database lacks. Raises `NotReady` when it does not answer."""
    try:
        return asyncio.run(migrate.pending(settings.database_url))
    except (OSError, PostgresError, BaseORMException) as error:
        raise NotReady(f"FAVAD_DATABASE_URL: the database cannot be used: {error}") from None


def once(settings: Settings, act: Callable[[], Awaitable[T]]) -> T:
    """Do one thing on the migrated database."""
    refuse_pending(settings)
    logs.configure(settings)

    async def do() -> T:
        async with opened(settings):
            return await act()

    return asyncio.run(do())


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[None]:
    """The database and, where there is a secret key, what the domain needs beside it."""
    await database.init(settings.database_url, pool=settings.db_pool)
    try:
        if settings.secret_key is not None:
            wiring.configure_domain(settings)
        yield
    finally:
        await database.close()


def serve(settings: Settings) -> bool:
    """Serve the web until interrupted; False when it could not even start."""
    from api.app import create_app  # its imports take a second, which other commands need not wait
    from graphql_schema.limits import MAX_BODY

    refuse_pending(settings)
    logs.configure(settings)
    config = uvicorn.Config(
        create_app(settings),
        loop="uvloop",
        http="httptools",
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
        ws_max_size=MAX_BODY,
    )
    with listening(settings.host, settings.port, "FAVAD_PORT") as listener:
        return run_server(uvicorn.Server(config), listener)


def work(settings: Settings) -> None:
    """Do what is due until interrupted; what is held then is finished first."""
    refuse_pending(settings)
    logs.configure(settings)
    asyncio.run(_work(settings))


async def _work(settings: Settings) -> None:
    from api.worker import Worker

    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with opened(settings):
        await Worker(settings).run(stop)


@contextmanager
def listening(host: str, port: int, variable: str) -> Iterator[socket.socket]:
    """A socket that already queues connections. Raises `NotReady`."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listener = socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        reason = str(error) if isinstance(error, socket.gaierror) else os.strerror(error.errno or 0)
        raise NotReady(f"{variable}: {host}:{port}: {reason}") from None
    with listener:
        yield listener


def run_server(server: uvicorn.Server, listener: socket.socket) -> bool:
    """Serve until interrupted, which is no error; False when it never started."""
    try:
        server.run(sockets=[listener])
    except KeyboardInterrupt:
        return True
    return server.started
