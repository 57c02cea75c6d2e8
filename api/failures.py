"""What breaks unforeseen: a page with a number to quote, and in the log where it broke."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from pathlib import Path

import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.logs import shown_path

log = structlog.get_logger("http")


class Failures:
    """Answers in the place of a handler that raised, behind the headers that protect every answer.

    The log tells the error's type and the way to it, not its words: those may be personal.
    """

    def __init__(self, app: ASGIApp, *, answer: Callable[[Request], Response]) -> None:
        self.app = app
        self.answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun = False

        async def watched(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self.app(scope, receive, watched)
        except Exception as error:
            name, way = type(error).__name__, _way(error)
            log.error("unhandled", path=shown_path(scope), error=name, way=way)
            if begun:
                raise
            await self.answer(Request(scope, receive))(scope, receive, send)


def _way(error: BaseException) -> list[str]:
    """The calls that led to an error, outermost first."""
    frames = traceback.extract_tb(error.__traceback__)
    return [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames[-12:]]
