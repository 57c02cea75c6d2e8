"""The servers that are measured: the product as in production, and those beside it."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil  # type: ignore[import-untyped]

from tests.bench import data

_START_SECONDS = 30


@dataclass(frozen=True)
class Server:
    """A running server and what it has used."""

    name: str
    port: int
    process: psutil.Process

    def cpu(self) -> float:
        """Seconds of CPU since it started."""
        used = self.process.cpu_times()
        return used.user + used.system

    def peak(self) -> float:
        """Greatest resident size since `forget_peak`, in MiB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        [line] = [line for line in status.splitlines() if line.startswith("VmHWM")]
        return int(line.split()[1]) / 1024

    def forget_peak(self) -> None:
        with suppress(OSError):
            Path(f"/proc/{self.process.pid}/clear_refs").write_text("5")


@dataclass(frozen=True)
class Database:
    """What the database in a directory has used; SQLite has no process of its own."""

    directory: Path

    def cpu(self) -> float:
        """Seconds of CPU of all processes of PostgreSQL that are alive; 0 for SQLite."""
        running = self.directory / "data" / "postmaster.pid"
        if not running.exists():
            return 0.0
        server = psutil.Process(int(running.read_text().split()[0]))
        used = [process.cpu_times() for process in [server, *server.children()]]
        return sum(one.user + one.system for one in used)


@contextmanager
def running(name: str, url: str, log: Path) -> Iterator[Server]:
    """`product`, `bare` or `strawberry` on the database, ready to answer."""
    port = _free_port()
    environment = {k: v for k, v in os.environ.items() if not k.startswith("FAVAD_")}
    if name == "product":
        command = ["cli", "serve"]
        environment |= {
            "FAVAD_DATABASE_URL": url,
            "FAVAD_SECRET_KEY": data.SECRET,
            "FAVAD_KAVENEGAR_SENDER": "10004128",
            "FAVAD_WORKER": "off",
            "FAVAD_PORT": str(port),
            "FAVAD_PUBLIC_URL": f"http://127.0.0.1:{port}",
            "FAVAD_LOG_FORMAT": "json",
        }
    else:
        command = ["tests.bench.serve", name, url, str(port)]
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", *command],
            cwd=data.ROOT,
            env=environment,
            stdout=output,
            stderr=output,
        )
    try:
        _wait(process, port, log)
        yield Server(name, port, psutil.Process(process.pid))
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


async def post(server: Server, request: bytes) -> tuple[int, bytes]:
    """Send one request as `load.request` makes it; the status and the body of the answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(request.replace(b"\r\n", b"\r\nConnection: close\r\n", 1))
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), body


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise RuntimeError(f"a server did not start:\n{log.read_text(errors='replace')[-4000:]}")
