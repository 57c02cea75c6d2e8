"""The hub of pages that change by themselves."""

from __future__ import annotations

import asyncio

from tests.support.world import World
from ui.live import Hub


async def test_a_page_hears_of_everything_once_and_then_of_changes(world: World) -> None:
    hub = Hub()
    await hub.start()
    changes = hub.changes()
    try:
        async with asyncio.timeout(10):
            assert [await anext(changes) for _ in range(3)] == ["calls", "cases", "notifications"]
            await world.case()
            assert {await anext(changes) for _ in range(3)} == {"calls", "cases", "notifications"}
    finally:
        await changes.aclose()
        await hub.stop()


"""Live pages hear that something changed, also what changed before they listened."""

from __future__ import annotations

import asyncio

from domain import calls
from domain.time import now
from tests.support.world import MOBILE, World
from ui.live import NAMES, Hub


async def test_a_listener_hears_everything_once_and_then_what_changes(world: World) -> None:
    hub = Hub()
    await hub.start()
    try:
        changes = hub.changes()
        assert [await anext(changes) for _ in NAMES] == list(NAMES)
        waiting = asyncio.ensure_future(anext(changes))
        async with asyncio.timeout(10):
            while not waiting.done():
                await calls.announce(f"c-{now().timestamp()}", "ringing", MOBILE, now())
                world.clock.forward(seconds=1)
                await asyncio.wait([waiting], timeout=0.2)
        assert waiting.result() == "calls"
    finally:
        await hub.stop()
