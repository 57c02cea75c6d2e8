"""The simulator as an ASGI application and as a process."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import math
from collections.abc import AsyncIterator
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from sms.simulator import (
    control,
    handset,
    network,
    panel,
    provider,
    second,
    telephone,
    webhooks,
)
from sms.simulator.config import SimulatorConfig
from sms.simulator.state import State

TICK = 0.5
BATCH = 0.005
"""Seconds in which what falls due is gathered, to be carried on at once."""
BACKLOG = 512
STATIC = Path(__file__).parent / "static"


class Simulator(Starlette):
    """Starlette, with a way to cut a connection without an answer.

    Other sites' pages cannot press its buttons: browsers say where a POST comes from.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "POST":
            site = Headers(scope=scope).get("sec-fetch-site", "none")
            if site not in ("same-origin", "none"):
                await PlainTextResponse("from another site", 403)(scope, receive, send)
                return
        transport = getattr(getattr(send, "__self__", None), "transport", None)
        if transport is not None:
            scope["favad.abort"] = transport.abort
        await super().__call__(scope, receive, send)


def create_app(config: SimulatorConfig) -> Starlette:
    """The simulator's application. Its network moves while the lifespan is on."""
    app = Simulator(
        routes=[
            Route(
                "/v1/{key}/{action:path}.json",
                provider.endpoint,
                methods=["GET", "POST", "PUT", "DELETE"],
            ),
            *second.ROUTES,
            *control.ROUTES,
            *handset.ROUTES,
            *panel.ROUTES,
            Mount("/static", StaticFiles(directory=STATIC), name="static"),
        ],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost"])],
        lifespan=_lifespan,
    )
    app.state.simulator = State(config)
    return app


def server(config: SimulatorConfig, host: str = "127.0.0.1", port: int = 8129) -> uvicorn.Server:
    """A server for the simulator. Raises ValueError for an address others could reach."""
    if host != "localhost" and not ipaddress.ip_address(host).is_loopback:
        raise ValueError("the simulator listens on the loopback interface only")
    return uvicorn.Server(
        uvicorn.Config(
            create_app(config),
            host=host,
            port=port,
            access_log=False,
            log_level="warning",
            backlog=BACKLOG,
            timeout_graceful_shutdown=1,
            server_header=False,
        )
    )


def run(config: SimulatorConfig, host: str = "127.0.0.1", port: int = 8129) -> None:
    """Serve until interrupted."""
    server(config, host, port).run()


@contextlib.asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncIterator[None]:
    state: State = app.state.simulator
    mover = asyncio.create_task(_move(state))
    try:
        yield
    finally:
        tasks = {mover, *state.tasks}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        state.close()


async def _move(state: State) -> None:
    """Carry texts, webhooks and calls on as they fall due."""
    while True:
        state.wake.clear()
        network.step(state)
        webhooks.start_due(state)
        telephone.answer_due(state)
        state.planned = _next_due(state)
        pause = min(max(state.planned - state.now(), BATCH), TICK)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(pause):
                await state.wake.wait()
        await asyncio.sleep(BATCH)


def _next_due(state: State) -> float:
    """The simulated time at which something falls due; what is on its way is not counted."""
    message = state.store.value("SELECT min(next_at) FROM message WHERE next_at IS NOT NULL")
    hook = webhooks.next_due(state)
    return min((at for at in (message, hook) if at is not None), default=math.inf)
