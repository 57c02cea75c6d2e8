"""The service as its own processes, for a browser: web, worker, simulator."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest
from playwright.sync_api import Browser, Page

from domain import rules
from domain.time import set_clock
from models import User, database
from tests.support import browser as chromium
from tests.support.running import password_hash
from tests.support.simulator import listening_socket
from tests.support.world import build

ROOT = Path(__file__).parents[2]
LINE = "3000128"
START_SECONDS = 60
AT_ONCE = {
    "survey_delay": 0.1,
    "survey_from_hour": 0,
    "survey_friday_from_hour": 0,
    "survey_to_hour": 24,
    "survey_fatigue_days": 0,
}
"""Rules under which a survey follows the delivered result in six seconds, at any hour."""

OpenPage = Callable[..., Page]


@dataclass(frozen=True)
class Addresses:
    service: str
    handset: str


@pytest.fixture
def addresses(database_url: str, tmp_path: Path) -> Iterator[Addresses]:
    """A running service with the people and agencies of `tests.support.world`."""
    with ThreadPoolExecutor(1) as thread:  # Playwright's loop runs in this one
        thread.submit(asyncio.run, _furnish(database_url)).result()
    ports = _free_port(), _free_port()
    found = Addresses(*(f"http://127.0.0.1:{port}" for port in ports))
    with _processes(
        _environment(database_url, tmp_path, *ports), tmp_path / "processes.log"
    ) as log:
        _wait_for(f"{found.handset}/_sim/clock", log)
        _wait_for(f"{found.service}/readyz", log)
        yield found


@pytest.fixture
def open_page(browser: Browser) -> Iterator[OpenPage]:
    """Opens pages of different people, `javascript` on or off; each fails the test if it broke."""
    with ExitStack() as pages:

        def opened(*, javascript: bool = True) -> Page:
            page = pages.enter_context(chromium.page_of(browser, javascript=javascript))
            page.set_default_timeout(15_000)
            return page

        yield opened


async def _furnish(url: str) -> None:
    await database.init(url)
    try:
        await build()
        await User.all().update(password_hash=password_hash())
        for key, value in AT_ONCE.items():
            await rules.store(key, value)
    finally:
        set_clock(None)
        await database.close()


def _environment(url: str, directory: Path, port: int, simulator_port: int) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return kept | {
        "FAVAD_DATABASE_URL": url,
        "FAVAD_SECRET_KEY": "browser-test-" * 4,
        "FAVAD_VAR_DIR": str(directory),
        "FAVAD_PORT": str(port),
        "FAVAD_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "FAVAD_WORKER": "on",
        "FAVAD_SIMULATOR_PORT": str(simulator_port),
        "FAVAD_KAVENEGAR_BASE": f"http://127.0.0.1:{simulator_port}",
        "FAVAD_KAVENEGAR_API_KEY": "browser-test-key-0123456789",
        "FAVAD_KAVENEGAR_SENDER": LINE,
        "FAVAD_WEBHOOK_TOKENS": "browser-test-token-0123456789",
        "FAVAD_CALL_SECRET": "browser-test-call-secret",
    }


@contextmanager
def _processes(environment: dict[str, str], log: Path) -> Iterator[Path]:
    with log.open("wb") as output:
        started = [
            subprocess.Popen(
                [sys.executable, "-m", "cli", command],
                cwd=ROOT,
                env=environment,
                stdout=output,
                stderr=output,
            )
            for command in ("simulator", "serve")
        ]
    try:
        yield log
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.wait(20)


def _wait_for(address: str, log: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        try:
            if httpx2.get(address, trust_env=False).status_code == 200:
                return
        except httpx2.TransportError:
            pass
        time.sleep(0.1)
    raise TimeoutError(f"{address} does not answer:\n{log.read_text(errors='replace')[-3000:]}")


def _free_port() -> int:
    with listening_socket() as listener:
        return int(listener.getsockname()[1])
