"""The processes of a soak: the simulator, a web process for the webhooks, and the workers."""

from __future__ import annotations

import asyncio
import ctypes
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2

from tests.soak.options import LOOKUP_GAP_SECONDS, RECONCILE_SECONDS, Options
from tests.support.simulator import API_KEY, LINE, listening_socket

ROOT = Path(__file__).parents[2]
WEBHOOK_TOKEN = "soak-webhook-token-0123456789"
SECOND_TOKEN, SECOND_LINE = "soak-second-token-0123456789", "3000129"
WEB = "web"
PATIENCE = 900
"""Tenths of a second in which a process must be there."""


class Gone(Exception):
    """A process ended by itself; the message is the end of its log."""


@dataclass
class Service:
    """Processes by name, each of which can be killed and started again."""

    environment: dict[str, str]
    directory: Path
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def workers(self) -> list[str]:
        return [name for name in self.running if name != WEB]

    def start(self, name: str) -> None:
        command = "serve" if name == WEB else "worker"
        with (self.directory / f"{name}.log").open("ab") as output:
            self.running[name] = subprocess.Popen(
                [sys.executable, "-m", "cli", command],
                cwd=ROOT,
                env=self.environment,
                stdout=output,
                stderr=output,
                preexec_fn=_end_with_parent,
            )

    def kill(self, name: str) -> None:
        """SIGKILL: the process gets no moment to put anything in order."""
        self.check()
        process = self.running[name]
        process.kill()
        process.wait()
        self.start(name)

    def check(self) -> None:
        """Raise `Gone` if a process ended that nobody killed."""
        for name, process in self.running.items():
            if process.poll() is not None:
                log = (self.directory / f"{name}.log").read_text(errors="replace")
                raise Gone(f"{name} ended with {process.returncode}:\n{log[-3000:]}")

    def stop(self, *names: str) -> None:
        """Ask processes to finish what they hold and to end."""
        chosen = [self.running.pop(name) for name in names or list(self.running)]
        for process in chosen:
            process.terminate()
        for process in chosen:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


class Simulator:
    """The simulator's API for tests."""

    def __init__(self, http: httpx2.AsyncClient) -> None:
        self._http = http

    async def get(self, path: str) -> Any:
        return self._read(await self._http.get(path))

    async def post(self, path: str, **body: Any) -> Any:
        return self._read(await self._http.post(path, json=body))

    async def faults(self, **changes: Any) -> None:
        await self.post("/_sim/faults", **changes)

    async def messages(self, phone: str) -> list[dict[str, Any]]:
        return list(await self.get(f"/_sim/phones/{phone}/messages"))

    async def reply(self, phone: str, text: str, twice: bool = False) -> None:
        await self.post(f"/_sim/phones/{phone}/reply", text=text, twice=twice)

    @staticmethod
    def _read(reply: httpx2.Response) -> Any:
        if reply.status_code >= 400:
            raise AssertionError(f"{reply.status_code} {reply.text}")
        return reply.json()


@asynccontextmanager
async def running(
    options: Options, url: str, directory: Path
) -> AsyncIterator[tuple[Service, Simulator]]:
    """Everything, ready; and its end."""
    simulator_port, web_port = free_port(), free_port()
    base = f"http://127.0.0.1:{simulator_port}"
    with simulating(_network(simulator_port, web_port), directory):
        async with httpx2.AsyncClient(base_url=base, timeout=30, trust_env=False) as http:
            await answers(http, "/_sim/clock")
            simulator = Simulator(http)
            await simulator.post("/_sim/account", credit=10**12)
            service = Service(_environment(url, directory, base, web_port), directory)
            try:
                for name in (WEB, *(f"worker-{n}" for n in range(options.workers))):
                    service.start(name)
                async with httpx2.AsyncClient(trust_env=False) as web:
                    await answers(web, f"http://127.0.0.1:{web_port}/readyz", service.check)
                yield service, simulator
            finally:
                service.stop()


@contextmanager
def simulating(config: Mapping[str, Any], directory: Path) -> Iterator[None]:
    """A simulator in a process of its own; see `tests.soak.simulate`."""
    with (directory / "simulator.log").open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.soak.simulate"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
            preexec_fn=_end_with_parent,
        )
    assert process.stdin is not None
    with process.stdin as given:
        given.write(json.dumps(config).encode())
    try:
        yield
    finally:
        process.kill()
        process.wait()


def _network(simulator_port: int, web_port: int) -> dict[str, Any]:
    """A quick network of providers that keep no promise about local ids."""
    hooks = f"http://127.0.0.1:{web_port}/webhooks"
    return {
        "port": simulator_port,
        "api_key": API_KEY,
        "line": LINE,
        "inbound_url": f"{hooks}/kavenegar/{WEBHOOK_TOKEN}/inbound",
        "delivery_url": f"{hooks}/kavenegar/{WEBHOOK_TOKEN}/delivery",
        "second_token": SECOND_TOKEN,
        "second_line": SECOND_LINE,
        "second_inbound_url": f"{hooks}/http/{WEBHOOK_TOKEN}/inbound",
        "second_delivery_url": f"{hooks}/http/{WEBHOOK_TOKEN}/delivery",
        "delay_accept": 0.1,
        "delay_deliver": 0.2,
        "webhook_retry": 1.0,
        "hang": 20.0,
        "dedupe_local_ids": False,
    }


def _environment(url: str, directory: Path, simulator: str, web_port: int) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return kept | {
        "FAVAD_DATABASE_URL": url,
        "FAVAD_SECRET_KEY": "s" * 32,
        "FAVAD_VAR_DIR": str(directory),
        "FAVAD_PORT": str(web_port),
        "FAVAD_WORKER": "off",
        "FAVAD_KAVENEGAR_BASE": simulator,
        "FAVAD_KAVENEGAR_API_KEY": API_KEY,
        "FAVAD_KAVENEGAR_SENDER": LINE,
        "FAVAD_HTTP_GATEWAY_URL": f"{simulator}/second/messages",
        "FAVAD_HTTP_GATEWAY_TOKEN": SECOND_TOKEN,
        "FAVAD_HTTP_GATEWAY_SENDER": SECOND_LINE,
        "FAVAD_WEBHOOK_TOKENS": WEBHOOK_TOKEN,
        "FAVAD_SMS_RATE": "1000",
        "FAVAD_SMS_CONCURRENCY": "8",
        "FAVAD_SMS_RECONCILE_SECONDS": str(RECONCILE_SECONDS),
        "FAVAD_SMS_LOOKUP_GAP_SECONDS": str(LOOKUP_GAP_SECONDS),
        "FAVAD_LOG_LEVEL": "warning",
    }


def _end_with_parent() -> None:
    """Ask Linux to end the process even if the soak is killed."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def free_port() -> int:
    with listening_socket() as listener:
        return int(listener.getsockname()[1])


async def answers(
    http: httpx2.AsyncClient, address: str, check: Callable[[], None] | None = None
) -> None:
    """Wait until a process is there; `check` raises when it never will be."""
    for _ in range(PATIENCE):
        try:
            if (await http.get(address)).status_code == 200:
                return
        except httpx2.TransportError:
            if check is not None:
                check()
        await asyncio.sleep(0.1)
    raise TimeoutError(f"{address} does not answer")
