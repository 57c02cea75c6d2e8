"""One soak on one database: feed it, trouble it, calm it down, and look what became of it."""

from __future__ import annotations

import asyncio
import time as clock
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from models import InboxMessage, Job, OutboxMessage, statements
from models.enums import InboxState
from tests.soak import service, verify
from tests.soak.citizens import Crowd, everybody
from tests.soak.feed import Feeder, furnish, hasten, waiting
from tests.soak.options import Options
from tests.soak.service import Service, Simulator
from tests.soak.trouble import Trouble
from tests.soak.verify import Promise

EVERY = 1.0
QUIET = 4
"""Looks in a row that find nothing under way."""
HASTEN_EVERY = 5
REST = 0.02
"""Share of the messages that still wait when trouble ends."""

Watch = Callable[[str, int], None]
"""Told the stage, and how many messages have their fate."""


@dataclass(frozen=True)
class Report:
    """Promises with what breaks them, and counts of what happened."""

    promises: list[Promise]
    counts: dict[str, int]
    seconds: float

    @property
    def kept(self) -> bool:
        return not any(promise.broken for promise in self.promises)


async def soak(options: Options, url: str, directory: Path, watch: Watch) -> Report:
    """Needs the open database at `url`, freshly migrated. Logs go to the directory.

    Raises `service.Gone` when a process ends that nobody killed.
    """
    began = clock.monotonic()
    watch("preparing", 0)
    feeder = await furnish(options)
    async with service.running(options, url, directory) as (processes, simulator):
        trouble = Trouble(options, processes, simulator, feeder.world["supervisor"])
        crowd = Crowd(everybody(feeder.asked, feeder.bulk, options.seed), simulator)
        async with asyncio.TaskGroup() as group:
            living = [group.create_task(crowd.run()), group.create_task(_look(trouble, watch))]
            await _live(options, feeder, trouble)
            watch("calming down", -1)
            await _settle(options, processes, simulator, trouble)
            for task in living:
                task.cancel()
        processes.stop(*processes.workers)
        watch("looking", -1)
        held = await verify.collect(simulator)
        promises = await verify.verify(held, list(crowd.citizens.values()))
        counts = await _counts(crowd, trouble)
    return Report(promises, counts, clock.monotonic() - began)


async def _live(options: Options, feeder: Feeder, trouble: Trouble) -> None:
    """Trouble as long as there is much to send."""
    async with asyncio.TaskGroup() as group:
        making = group.create_task(trouble.run())
        await _feed(options, feeder)
        making.cancel()


async def _feed(options: Options, feeder: Feeder) -> None:
    await feeder.run()
    ends = clock.monotonic() + options.patience
    while await waiting() > options.messages * REST and clock.monotonic() < ends:  # noqa: ASYNC110
        await asyncio.sleep(EVERY)


async def _look(trouble: Trouble, watch: Watch) -> None:
    while True:
        trouble.settled = await OutboxMessage.all().count() - await waiting()
        watch("", trouble.settled)
        await asyncio.sleep(EVERY)


async def _settle(
    options: Options, processes: Service, simulator: Simulator, trouble: Trouble
) -> None:
    """Wait until nothing is under way any more, or until patience is over."""
    await trouble.calm()
    quiet, ends, look = 0, clock.monotonic() + options.patience, 0
    while quiet < QUIET and clock.monotonic() < ends:
        if look % HASTEN_EVERY == 0:
            await hasten()
        await asyncio.sleep(EVERY)
        processes.check()
        quiet = 0 if await _under_way(simulator) else quiet + 1
        look += 1


async def _under_way(simulator: Simulator) -> bool:
    held = await simulator.get("/_sim/handsets")
    return bool(
        held["under_way"]
        or held["webhooks_waiting"]
        or await waiting()
        or await OutboxMessage.filter(state__in=verify.ON_ITS_WAY).exists()
        or await InboxMessage.filter(state=InboxState.NEW).exists()
        or await Job.filter(kind="sms.send").exists()
    )


async def _counts(crowd: Crowd, trouble: Trouble) -> dict[str, int]:
    """What happened, by the histories of messages."""
    found = await statements.fetch(
        "SELECT state, code, note, count(*) AS n FROM message_step"
        " GROUP BY state, code, note ORDER BY n DESC"
    )
    counts = {"messages": await OutboxMessage.all().count(), "replies": crowd.replies}
    for row in found:
        if row["state"] in ("pending", "uncertain") or row["code"] is not None:
            name = f"{row['state']}: {row['code'] or row['note']}"
            counts[name] = counts.get(name, 0) + row["n"]
        else:
            counts[row["state"]] = counts.get(row["state"], 0) + row["n"]
    return counts | trouble.made
