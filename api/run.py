"""The processes of the service: web server and worker, until a signal ends them."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from api import logs, wiring
from api.app import create_app
from api.worker import Worker
from models import database
from settings import Settings

GRACE_SECONDS = 3
BACKLOG = 512


class CannotListen(Exception):
    """An address is in use or not this machine's; the message names the setting."""


def serve(settings: Settings) -> bool:
    """Serve the web until interrupted; False when it could not even start."""
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
    )
    with listening(settings.host, settings.port, "FAVAD_PORT") as listener:
        return run_server(uvicorn.Server(config), listener)


def work(settings: Settings) -> None:
    """Do what is due until interrupted; what is held then is finished first."""
    logs.configure(settings)
    asyncio.run(_work(settings))


async def _work(settings: Settings) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await database.init(settings.database_url, pool=settings.db_pool)
    try:
        wiring.configure_domain(settings)
        await Worker(settings).run(stop)
    finally:
        await database.close()


@contextmanager
def listening(host: str, port: int, variable: str) -> Iterator[socket.socket]:
    """A socket that already queues connections. Raises `CannotListen`."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listener = socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        reason = str(error) if isinstance(error, socket.gaierror) else os.strerror(error.errno or 0)
        raise CannotListen(f"{variable}: {host}:{port}: {reason}") from None
    with listener:
        yield listener


def run_server(server: uvicorn.Server, listener: socket.socket) -> bool:
    """Serve until interrupted, which is no error; False when it never started."""
    try:
        server.run(sockets=[listener])
    except KeyboardInterrupt:
        return True
    return server.started
