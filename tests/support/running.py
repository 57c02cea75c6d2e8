"""The real application over real HTTP, with the simulator as provider, exchange and handsets.

The web process is served in the test's own event loop, the simulator in a thread. Both live in one
time, that of `RunningService.clock`, which stands until it is moved. Nothing is done in the
background: `work` does what is due and waits until the simulator has told everything.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import socket
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import timedelta

import uvicorn

from api.app import create_app
from api.worker import Worker
from domain import clients, sign_in, time
from domain.actors import SCOPES, SYSTEM
from models import User, database
from settings import Settings, load
from tests.support.simulator import RunningSimulator, listening_socket, running_simulator
from tests.support.world import Clock, build

TOKEN = "journey-token-0123456789"
CALL_SECRET = "journey-call-secret"
PASSWORD = "journey-password"
PARTNERS = ("EDU", "EDU-c1", "ENE")
"""Agencies with systems of their own."""
FINAL = {6, 10, 11, 13, 14}
"""Kavenegar's statuses that do not change any more."""
PATIENCE = 20.0
STEP, MOST_STEPS = timedelta(minutes=10), 24


@functools.cache
def password_hash() -> str:
    return sign_in.hash_password(PASSWORD)


class Server(uvicorn.Server):
    """A server that leaves the signals of the process to the test runner."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@dataclass
class RunningService:
    """The service as those outside meet it: at an address, with its provider and its partners."""

    base_url: str
    simulator: RunningSimulator
    worker: Worker
    clock: Clock
    keys: dict[str, str] = field(repr=False)
    """Keys of partner systems, by the code of their agency; they may do everything."""

    async def work(self) -> None:
        """Do what is due, again and again, until there is nothing left to hear of and to do.

        In this order: what is heard of last must still be done.
        """
        async with asyncio.timeout(PATIENCE):
            while not await self._quiet() or await self.worker.run_due():  # noqa: ASYNC110
                await asyncio.sleep(0.01)

    async def forward(self, **delta: float) -> None:
        """Let time pass (`timedelta`'s words), doing in between what became due by then.

        Sessions may end by it.
        """
        end = self.clock.at + timedelta(**delta)
        step = max(STEP, (end - self.clock.at) / MOST_STEPS)
        while self.clock.at < end:
            self.clock.at = min(self.clock.at + step, end)
            await self.work()

    async def call(self, phone: str, event: str = "ringing") -> None:
        """A citizen dials 128, or hangs up; the exchange announces it."""
        answer = await asyncio.to_thread(self.simulator.call, phone, event)
        assert answer["status"] == "200", answer

    async def texts(self, phone: str) -> list[str]:
        """The texts a handset got, oldest first."""
        return await asyncio.to_thread(self.simulator.texts, phone)

    async def reply(self, phone: str, text: str) -> None:
        """A citizen sends a text to 128, which is taken and handled."""
        await asyncio.to_thread(self.simulator.reply, phone, text)
        await self.work()

    async def _quiet(self) -> bool:
        """Whether every text has its fate and the application was told everything."""
        return await asyncio.to_thread(_has_settled, self.simulator)


def _has_settled(simulator: RunningSimulator) -> bool:
    """The texts are looked at first: what they cause is among the webhooks by then."""
    for phone in simulator.get("/_sim/phones"):
        sent = (row["status"] for row in simulator.messages(phone["number"]))
        if not FINAL.issuperset(status for status in sent if status is not None):
            return False
    return all(hook["done"] or hook["kind"] == "call" for hook in simulator.webhooks())


@contextlib.asynccontextmanager
async def running_service(database_url: str) -> AsyncIterator[RunningService]:
    """The whole service on a fresh database with the agencies and people of the world."""
    clock = Clock()
    try:
        keys = await _furnish(database_url, clock)
        with (
            listening_socket() as listener,
            simulated(listener.getsockname()[1], clock) as simulator,
        ):
            base = f"http://127.0.0.1:{listener.getsockname()[1]}"
            settings = _settings(database_url, base, simulator)
            async with _served(settings, listener):
                worker = Worker(settings)
                try:
                    yield RunningService(base, simulator, worker, clock, keys)
                finally:
                    await worker.close()
    finally:
        time.set_clock(None)


@contextlib.contextmanager
def simulated(port: int, clock: Clock) -> Iterator[RunningSimulator]:
    """A simulator in the time of `clock`, whose application listens on `port`."""
    hooks = f"http://127.0.0.1:{port}/webhooks"
    with running_simulator(
        inbound_url=f"{hooks}/kavenegar/{TOKEN}/inbound",
        delivery_url=f"{hooks}/kavenegar/{TOKEN}/delivery",
        call_url=f"{hooks}/calls",
        call_secret=CALL_SECRET,
        clock=lambda: clock.at.timestamp(),
    ) as simulator:
        yield simulator


async def _furnish(database_url: str, clock: Clock) -> dict[str, str]:
    """Build the world; the partners' keys."""
    await database.init(database_url)
    try:
        await build(clock)
        await User.all().update(password_hash=password_hash())
        created = {
            code: await clients.create(SYSTEM, code, f"سامانه {code}", SCOPES) for code in PARTNERS
        }
        return {code: key for code, (_, key) in created.items()}
    finally:
        await database.close()


def _settings(database_url: str, base: str, simulator: RunningSimulator) -> Settings:
    return load(
        {
            "FAVAD_DATABASE_URL": database_url,
            "FAVAD_SECRET_KEY": "journey-secret-" * 4,
            "FAVAD_PUBLIC_URL": base,
            "FAVAD_KAVENEGAR_BASE": simulator.base_url,
            "FAVAD_KAVENEGAR_API_KEY": simulator.api_key,
            "FAVAD_KAVENEGAR_SENDER": simulator.line,
            "FAVAD_WEBHOOK_TOKENS": TOKEN,
            "FAVAD_CALL_SECRET": CALL_SECRET,
        }
    )


@contextlib.asynccontextmanager
async def _served(settings: Settings, listener: socket.socket) -> AsyncIterator[None]:
    config = uvicorn.Config(
        create_app(settings, worker=False),
        lifespan="on",
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=2,
    )
    server = Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield
    finally:
        server.should_exit = True
        await serving
