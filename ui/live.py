"""Pages that change by themselves: one look at the database a second for all open pages.

A page hears by server-sent events only *that* something changed (`calls`, `cases`, `texts`,
`notifications`) and asks for its own fragment, under its own rights.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import suppress

import structlog
from sse_starlette.sse import EventSourceResponse
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from tortoise.models import Model

from models import Call, CaseEvent, InboxMessage, MessageStep, Notification, OutboxMessage
from ui.pages import signed_in

LOOK_EVERY = 1.0
log = structlog.get_logger("live")
Mark = dict[str, object]


class Hub:
    """Looks for changes once for the whole process and wakes every open page."""

    def __init__(self) -> None:
        self._listeners: set[asyncio.Queue[str]] = set()
        self._seen: Mark | None = None
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._seen = None
        self._task = asyncio.create_task(self._watch())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    async def changes(self) -> AsyncGenerator[str, None]:
        """Names of what changed, from now on. A slow listener misses repeats, never a change.

        First every name once: the page was made, or its last stream ended, a moment ago.
        """
        queue: asyncio.Queue[str] = asyncio.Queue(maxsize=16)
        self._listeners.add(queue)
        try:
            self._seen = self._seen or await _mark()
            for name in self._seen:
                yield name
            while True:
                yield await queue.get()
        finally:
            self._listeners.discard(queue)

    async def _watch(self) -> None:
        while True:
            try:
                if self._listeners:
                    fresh = await _mark()
                    for name, mark in (self._seen or {}).items():
                        if fresh[name] != mark:
                            self._tell(name)
                    self._seen = fresh
            except Exception as error:
                log.warning("cannot look", error=type(error).__name__)
            await asyncio.sleep(LOOK_EVERY)

    def _tell(self, name: str) -> None:
        for queue in self._listeners:
            if not queue.full():
                queue.put_nowait(name)


hub = Hub()


@signed_in()
async def stream(request: Request) -> Response:
    async def events() -> AsyncIterator[dict[str, str]]:
        async for name in hub.changes():
            yield {"event": name, "data": name}

    return EventSourceResponse(events(), ping=15, headers={"Cache-Control": "no-store"})


async def _mark() -> Mark:
    call = await Call.all().order_by("-updated_at").first()
    return {
        "calls": call.updated_at if call else None,
        "cases": await _last(CaseEvent),
        "texts": [await _last(kind) for kind in (OutboxMessage, MessageStep, InboxMessage)],
        "notifications": await _last(Notification),
    }


async def _last(kind: type[Model]) -> object:
    row = await kind.all().order_by("-id").first()
    return row.pk if row else None


routes = [Route("/live", stream, methods=["GET"])]
