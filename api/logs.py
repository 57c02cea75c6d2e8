"""Structured logs with ids only: no personal data, no secret, no query string."""

from __future__ import annotations

import logging
import re
import secrets
import sys
import time
from typing import Any

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.metrics import REQUEST_SECONDS
from settings import Settings

log = structlog.get_logger("http")
_verbose = True
"""Whether every request gets its line; to make it and leave it out is not free."""
_TELL_VALUES = ("aiosqlite", "tortoise", "httpcore2", "httpx2")
"""Loggers of libraries that would say what statements and addresses hold, which is personal."""
_TOKEN = re.compile(r"^(/webhooks/[^/]+/)[^/]+|[^/]{22,}")
"""The secret part of the addresses that SMS providers call, also of addresses set up wrong."""


def configure(settings: Settings) -> None:
    """Send the logs of this process to standard error, as text or as JSON."""
    global _verbose
    for name in _TELL_VALUES:
        logging.getLogger(name).setLevel(logging.WARNING)
    level = getattr(logging, settings.log_level.upper())
    _verbose = level <= logging.DEBUG
    renderer: Any = (
        structlog.processors.JSONRenderer()
        if settings.log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )


class RequestLog:
    """One line and one measurement a request, with an id that the answer carries too."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = secrets.token_hex(8)
        scope.setdefault("state", {})["request_id"] = request_id
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request=request_id)
        began = time.perf_counter()
        status = 500

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                number = (b"x-request-id", request_id.encode())
                message["headers"] = [*message["headers"], number]
            await send(message)

        try:
            await self.app(scope, receive, watched)
        finally:
            self._finish(scope, status, time.perf_counter() - began)

    def _finish(self, scope: Scope, status: int, seconds: float) -> None:
        route = scope.get("route")
        pattern = getattr(route, "path", "unmatched")
        REQUEST_SECONDS.labels(scope["method"], pattern, str(status)).observe(seconds)
        if not _verbose:
            return
        actor = scope.get("state", {}).get("actor")
        log.debug(
            "request",
            method=scope["method"],
            path=shown_path(scope),
            status=status,
            ms=round(seconds * 1000, 1),
            user=getattr(actor, "user_id", None),
            client=getattr(actor, "client_id", None),
        )


def shown_path(scope: Scope) -> str:
    """The path without what may be a secret."""
    return _TOKEN.sub(r"\1***", scope["path"])
