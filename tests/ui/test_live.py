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
            names = ["calls", "cases", "texts", "notifications"]
            assert [await anext(changes) for _ in names] == names
            await world.case()
            assert {await anext(changes) for _ in names} == set(names)
    finally:
        await changes.aclose()
        await hub.stop()
