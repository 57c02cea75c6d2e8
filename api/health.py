"""Whether the process lives (`/healthz`), can serve (`/readyz`), and what it measures."""

from __future__ import annotations

import hmac

import structlog
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from api import metrics
from models import database, migrate
from settings import Settings

log = structlog.get_logger("health")


def routes(settings: Settings) -> list[BaseRoute]:
    migrated = False

    async def healthz(_request: Request) -> Response:
        return PlainTextResponse("ok")

    async def readyz(_request: Request) -> Response:
        """200 when the database answers and has every migration, else 503 saying which."""
        nonlocal migrated
        try:
            await database.ping()
            pending = [] if migrated else await migrate.pending(settings.database_url)
        except Exception as error:
            log.warning("not ready", error=type(error).__name__)
            return JSONResponse({"ready": False, "reason": "database"}, 503)
        if pending:
            return JSONResponse({"ready": False, "reason": "migrations"}, 503)
        migrated = True
        return JSONResponse({"ready": True})

    async def measured(request: Request) -> Response:
        """Metrics, for the holder of FAVAD_METRICS_TOKEN only; without the setting, nothing."""
        token = settings.metrics_token
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        if token is None or not hmac.compare_digest(
            given.encode(), token.get_secret_value().encode()
        ):
            return PlainTextResponse("not found", 404)
        await metrics.collect()
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return [
        Route("/healthz", healthz),
        Route("/readyz", readyz),
        Route("/metrics", measured),
    ]
