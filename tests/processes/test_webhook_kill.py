"""kill -9 of workers while they tell a partner: nothing is lost, nothing is told under two ids."""

from __future__ import annotations

import asyncio
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from domain import notes, service, time
from domain.actors import CASES_READ
from domain.vault import Vault
from models import CaseEvent, Job, WebhookDelivery
from models.enums import DeliveryState
from tests.support.hooks import hook
from tests.support.receiver import Received, Receiver, receiving
from tests.support.world import World, build, client

pytestmark = pytest.mark.processes

ROOT = Path(__file__).parents[2]
SECRET_KEY = "k" * 32
KILLS = 4
NOTES = 12
"""Before each kill."""


class Workers:
    """Two workers that are killed together and started again."""

    def __init__(self, url: str, directory: Path) -> None:
        self._log = directory / "workers.log"
        self._environment = {
            **{name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ},
            "FAVAD_DATABASE_URL": url,
            "FAVAD_SECRET_KEY": SECRET_KEY,
            "FAVAD_VAR_DIR": str(directory),
            "FAVAD_KAVENEGAR_BASE": "http://127.0.0.1:1",
        }
        self._running: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        with self._log.open("ab") as output:
            self._running = [
                subprocess.Popen(
                    [sys.executable, "-m", "cli", "worker"],
                    cwd=ROOT,
                    env=self._environment,
                    stdout=output,
                    stderr=output,
                )
                for _ in range(2)
            ]

    def kill(self) -> None:
        for process in self._running:
            assert process.poll() is None, self._log.read_text(errors="replace")[-3000:]
            process.kill()
            process.wait()


async def furnished(receiver: Receiver) -> tuple[World, int]:
    """The world in real time, with a case and a webhook that hears of it; the case's id."""
    world = await build()
    time.set_clock(None)
    service.configure(
        service.Service(vault=Vault.from_secret(SECRET_KEY), sms_line="1", local_webhooks=True)
    )
    await client(world, "EDU", CASES_READ)
    await hook(world, url=receiver.url, topics=["case.changed"])
    return world, (await world.case()).id


async def leases_run_out() -> None:
    """As if the minute after a worker's death were over."""
    await Job.exclude(lease="").update(lease="", leased_until=None)


async def settled() -> None:
    """Until everything was delivered; other processes tell nobody when that is."""
    events = await CaseEvent.all().count()
    for _ in range(600):
        if await WebhookDelivery.filter(state=DeliveryState.DELIVERED).count() >= events:
            return
        await asyncio.sleep(0.1)
    raise TimeoutError("not everything was delivered")


async def test_killed_at_any_moment_everything_is_told_under_one_id(
    db: str, tmp_path: Path
) -> None:
    async def slow(_request: Received) -> bytes:
        await asyncio.sleep(random.uniform(0, 0.05))
        return b"HTTP/1.1 204 No Content\r\n\r\n"

    async with receiving() as receiver:
        receiver.answer = slow
        world, case = await furnished(receiver)
        workers = Workers(db, tmp_path)
        for _ in range(KILLS):
            before = len(receiver.received)
            workers.start()
            for number in range(NOTES):
                await notes.add(world["senior"], case, f"یادداشت {number}")
            await receiver.until(before + 1)
            await asyncio.sleep(random.uniform(0, 0.3))
            workers.kill()
            await leases_run_out()
        workers.start()
        try:
            await settled()
        finally:
            workers.kill()
    rows = await WebhookDelivery.all()
    assert len(rows) == await CaseEvent.all().count() == len({row.event_id for row in rows})
    told = {request.headers["webhook-id"]: request.json["data"] for request in receiver.received}
    assert set(told) == {row.key for row in rows}
    assert len({data["eventId"] for data in told.values()}) == len(rows)
