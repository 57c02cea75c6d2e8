"""Following the feed of changes: one look at it for all the subscribers of a process.

Whoever subscribes reads for itself, under its own rights and from its own position, when it is
woken. A slow one reads its pages later; nothing piles up for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from time import monotonic
from typing import Final

import structlog

from domain import feed, permissions
from domain.actors import CASES_READ
from domain.feed import Entry, Topic
from graphql_schema.context import Context, Stream
from graphql_schema.errors import coded

LOOK_EVERY: Final = 0.5
"""Seconds between looks at the feed, while anybody follows it."""
CONFIRM_EVERY: Final = 30.0
"""Seconds after which, at the latest, a subscriber's credentials are looked at again."""
PAGE: Final = 50

log = structlog.get_logger("live")
Choose = Callable[[list[Entry]], Awaitable[list[Entry]]]


class Hub:
    """Gives numbers to what was committed and wakes those who wait for it."""

    def __init__(self) -> None:
        self._followers = 0
        self._latest = 0
        self._news = asyncio.Event()
        self._alone = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def following(self) -> AsyncIterator[None]:
        """The feed is looked at at least for so long."""
        self._followers += 1
        try:
            yield
        finally:
            self._followers -= 1
            if not self._followers:
                self._alone.set()

    async def beyond(self, position: int, seconds: float) -> None:
        """Wait until there is something after `position`, or for so long."""
        if self._task is None or self._task.done():
            self._start()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self._latest <= position:
                    await self._news.wait()

    async def stop(self) -> None:
        """Look no more: the database is about to close."""
        task, self._task = self._task, None
        if task is not None and not task.done():
            task.cancel()
            await asyncio.wait({task})

    def _start(self) -> None:
        self._latest = 0
        self._wake()
        self._task = asyncio.create_task(self._watch())

    async def _watch(self) -> None:
        while self._followers:
            self._alone = asyncio.Event()
            try:
                latest = await feed.number()
                if latest != self._latest:
                    self._latest = latest
                    self._wake()
            except Exception as error:
                log.warning("cannot look", error=type(error).__name__)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._alone.wait(), LOOK_EVERY)

    def _wake(self) -> None:
        news, self._news = self._news, asyncio.Event()
        news.set()


hub: Final = Hub()


async def begin(stream: Stream, after: str | None) -> int:
    """Where to begin: after a cursor, else now. Raises DomainError expired or invalid."""
    given = stream.after or after
    if given is None:
        return await feed.number()
    position = feed.position(given)
    await feed.check(position)
    return position


async def follow(
    context: Context, topic: Topic, position: int, choose: Choose
) -> AsyncGenerator[Entry, None]:
    """What is told under `topic` after `position`, without end; `choose` picks from a page.

    Raises what `_confirm` raises as soon as the credentials are not good any more.
    """
    assert context.stream is not None
    async with hub.following():
        while True:
            await _confirm(context, context.stream)
            began = monotonic()
            page = await feed.read(context.actor, position, [topic], PAGE)
            context.forget()
            for entry in await choose(page.entries):
                if monotonic() - began > CONFIRM_EVERY:
                    break
                context.stream.cursor = feed.cursor(entry.position)
                yield entry
                position = entry.position
            else:
                position = page.position
                if not page.more:
                    await hub.beyond(position, CONFIRM_EVERY)


async def _confirm(context: Context, stream: Stream) -> None:
    """Go on as who the subscriber is now. Raises unauthenticated, or Forbidden without scope."""
    actor = await stream.confirm()
    if actor is None:
        raise coded("unauthenticated", "the key or the session is not good any more")
    permissions.require_scope(actor, CASES_READ)
    context.actor = actor
