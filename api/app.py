"""The ASGI application: settings, database, worker and the adapters put together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import BaseRoute

import graphql_schema.app
import graphql_schema.graphiql
import graphql_schema.live
import ui.live
import ui.pages
import ui.routes
from api import health, logs, oauth, webhooks, wiring
from api.auth import Authentication
from api.failures import Failures
from api.security import BodyLimit, SameOrigin, SecurityHeaders
from api.worker import Worker
from domain.budgets import budgets
from models import database
from settings import Settings


def create_app(settings: Settings, *, worker: bool | None = None) -> Starlette:
    """The whole web process. `worker` overrides whether it also runs the worker."""
    settings.require("secret_key")
    with_worker = settings.worker_in_process if worker is None else worker

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        await database.init(settings.database_url, pool=settings.db_pool)
        wiring.configure_domain(settings)
        await ui.live.hub.start()
        stop = asyncio.Event()
        sharing = asyncio.create_task(budgets.keep_sharing(stop))
        work = asyncio.create_task(Worker(settings).run(stop)) if with_worker else None
        try:
            yield
        finally:
            stop.set()
            await ui.live.hub.stop()
            await graphql_schema.live.hub.stop()
            await sharing
            if work is not None:
                with suppress(asyncio.CancelledError):
                    await work
            await database.close()

    return Starlette(
        routes=_routes(settings),
        middleware=_middleware(settings),
        exception_handlers=ui.pages.exception_handlers,
        lifespan=lifespan,
    )


def _routes(settings: Settings) -> list[BaseRoute]:
    return [
        *graphql_schema.app.routes,
        *health.routes(settings),
        *webhooks.routes(settings),
        *oauth.routes(),
        *graphql_schema.graphiql.routes,
        *ui.routes.routes,
    ]


def _middleware(settings: Settings) -> list[Middleware]:
    secure = settings.secure_cookies
    return [
        Middleware(logs.RequestLog),
        Middleware(SecurityHeaders, https=secure),
        Middleware(Failures, answer=ui.pages.server_error),
        Middleware(BodyLimit, others=("/graphql", "/graphql/stream")),
        Middleware(SameOrigin),
        Middleware(Authentication, cookie_secure=secure, simulated=wiring.is_simulated(settings)),
    ]
