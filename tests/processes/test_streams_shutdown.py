"""A server with open streams ends at a signal: nobody who follows can hold it up."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from contextlib import AsyncExitStack
from pathlib import Path

import httpx2
import pytest

from domain import clients, time
from domain.actors import CASES_READ, SYSTEM
from tests.support.simulator import listening_socket
from tests.support.streams import PATIENCE, Served, events, opened
from tests.support.world import build

pytestmark = pytest.mark.processes

ROOT = Path(__file__).parents[2]
CHANGES = "subscription { caseChanged { cursor } }"


async def ready(http: str) -> None:
    async with asyncio.timeout(3 * PATIENCE), httpx2.AsyncClient(trust_env=False) as client:
        while True:
            try:
                if (await client.get(f"{http}/readyz")).status_code == 200:
                    return
            except httpx2.TransportError:
                await asyncio.sleep(0.1)


def start(url: str, port: int, directory: Path) -> subprocess.Popen[bytes]:
    known = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    with (directory / "log").open("wb") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "cli", "serve"],
            cwd=ROOT,
            env={
                **known,
                "FAVAD_DATABASE_URL": url,
                "FAVAD_SECRET_KEY": "k" * 32,
                "FAVAD_VAR_DIR": str(directory),
                "FAVAD_PORT": str(port),
            },
            stdout=log,
            stderr=log,
        )


async def test_a_signal_ends_it_with_streams_open(db: str, tmp_path: Path) -> None:
    await build()
    time.set_clock(None)
    _, key = await clients.create(SYSTEM, "EDU", "سامانه", [CASES_READ])
    bearer = {"Authorization": f"Bearer {key}"}
    with listening_socket() as listener:
        port = int(listener.getsockname()[1])
    process = start(db, port, tmp_path)
    try:
        service = Served(port)
        await ready(service.http)
        async with AsyncExitStack() as followers:
            socket = await followers.enter_async_context(opened(service, bearer, init={}))
            await socket.subscribe("1", CHANGES)
            await socket.silent()
            stream = await followers.enter_async_context(events(service, bearer, CHANGES))
            assert await anext(stream.lines) == ": "
            process.send_signal(signal.SIGTERM)
            assert await socket.end() == (1012, "")
            assert await asyncio.to_thread(process.wait, PATIENCE) in (0, -signal.SIGTERM)
    finally:
        process.kill()
        process.wait()
    log = (tmp_path / "log").read_text()
    assert "exceeded" not in log and "Traceback" not in log, log
