"""What goes wrong: calls, webhooks, gateways for some seconds, and processes that die."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

from domain import sending
from domain.actors import Actor
from domain.errors import NotFound
from models import SendingHalt
from tests.soak.options import Options
from tests.soak.service import WEB, Service, Simulator

OUTAGE_SECONDS = 3.0
BURST_SECONDS = 0.4
"""Of «too many calls»: each of them keeps a line quiet for five seconds."""
SPREAD = (0.02, 0.95)
"""Shares of the messages between which troubles lie."""
LOOK_EVERY = 0.2
CALM = {
    "lost_reply": 0.0,
    "bad_gateway": 0.0,
    "hang": 0.0,
    "busy": 0.0,
    "too_many_calls": 0.0,
    "webhooks_duplicated": 0.0,
    "webhooks_reordered": 0.0,
    "second_down": 0.0,
    "second_busy": 0.0,
    "second_lost_reply": 0.0,
    "no_credit": False,
    "second_no_credit": False,
}


class Trouble:
    """Makes trouble until it is told to `calm` down. `supervisor` resumes what was halted."""

    def __init__(
        self, options: Options, service: Service, simulator: Simulator, supervisor: Actor
    ) -> None:
        self.made: dict[str, int] = {}
        self.settled = 0
        """Messages that have their fate; whoever counts them says so here."""
        self._options = options
        self._dice = random.Random(options.seed)
        self._service = service
        self._simulator = simulator
        self._supervisor = supervisor
        share = options.faults
        self._usual: dict[str, float] = {
            "lost_reply": 0.3 * share,
            "bad_gateway": 0.3 * share,
            "hang": 0.1 * share,
            "busy": 0.3 * share,
            "second_lost_reply": share,
            "webhooks_duplicated": share,
            "webhooks_reordered": share,
        }
        self._kinds: dict[str, Callable[[], Coroutine[Any, Any, None]]] = {
            "workers killed": self._kill_worker,
            "web processes killed": self._kill_web,
            "bursts of 451": self._burst,
            "outages of the first gateway": self._first_down,
            "outages of the second gateway": self._second_down,
            "times without credit": self._broke,
        }

    async def run(self) -> None:
        """Each trouble when its share of the messages has its fate."""
        await self._simulator.faults(seed=self._options.seed, **self._usual)
        async with asyncio.TaskGroup() as group:
            for at, name, trouble in self._planned():
                while self.settled < at * self._options.messages:  # noqa: ASYNC110
                    await asyncio.sleep(LOOK_EVERY)
                self.made[name] = self.made.get(name, 0) + 1
                group.create_task(trouble())

    def _planned(self) -> list[tuple[float, str, Callable[[], Coroutine[Any, Any, None]]]]:
        names = ["workers killed"] * self._options.kills
        names += ["web processes killed"] * self._options.web_kills
        short = [name for name in self._kinds if name not in names]
        names += [short[number % len(short)] for number in range(self._options.troubles)]
        times = [self._dice.uniform(*SPREAD) for _ in names]
        planned = sorted(zip(times, names, strict=True))
        return [(at, name, self._kinds[name]) for at, name in planned]

    async def calm(self) -> None:
        """Nothing goes wrong any more, and a person sees to what still stands still."""
        await self._simulator.faults(**CALM)
        await self.resume()

    async def resume(self) -> None:
        for halt in await SendingHalt.all():
            with suppress(NotFound):  # the worker's probe found the credit first
                await sending.resume(self._supervisor, halt.id)

    async def _kill_worker(self) -> None:
        self._service.kill(self._dice.choice(self._service.workers))

    async def _kill_web(self) -> None:
        self._service.kill(WEB)

    async def _burst(self) -> None:
        await self._for(BURST_SECONDS, too_many_calls=1.0)

    async def _first_down(self) -> None:
        await self._for(OUTAGE_SECONDS, bad_gateway=0.5, busy=0.5)

    async def _second_down(self) -> None:
        await self._for(OUTAGE_SECONDS, second_down=1.0)

    async def _broke(self) -> None:
        """Both have no credit for a while; then somebody pays, and says so."""
        await self._for(OUTAGE_SECONDS, no_credit=True, second_no_credit=True)
        await self.resume()

    async def _for(self, seconds: float, **faults: float | bool) -> None:
        await self._simulator.faults(**faults)
        await asyncio.sleep(seconds)
        before = {name: self._usual.get(name, CALM[name]) for name in faults}
        await self._simulator.faults(**before)
