"""The load generator, a process of its own: `python -m tests.bench.load`.

Reads requests from a file, keeps some connections busy for some seconds, one request at a time on
each, and prints what it measured as JSON.
"""

from __future__ import annotations

import asyncio
import json
import struct
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import uvloop

_LENGTH = b"content-length: "
_PATIENCE = 30.0


@dataclass(frozen=True)
class Measured:
    """One round. Latencies in milliseconds; `wrong`: answers that failed or never came."""

    requests: int
    seconds: float
    p50: float
    p99: float
    wrong: int
    example: str = ""

    @property
    def rate(self) -> float:
        return self.requests / self.seconds


def request(path: str, body: bytes, headers: dict[str, str]) -> bytes:
    """A whole HTTP request as it goes over the wire."""
    lines = [
        f"POST {path} HTTP/1.1",
        "Host: 127.0.0.1",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def store(path: Path, requests: Iterable[bytes]) -> None:
    with path.open("wb") as file:
        for one in requests:
            file.write(struct.pack("<I", len(one)) + one)


def run(port: int, file: Path, *, seconds: float, connections: int, once: bool) -> Measured:
    """Measure in a process of its own. `once`: no request is sent twice; it ends with the last."""
    arguments = [str(port), str(file), str(seconds), str(connections), str(int(once))]
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.load", *arguments],
        check=True,
        stdout=subprocess.PIPE,
        timeout=seconds + 2 * _PATIENCE,
    )
    return Measured(**json.loads(done.stdout))


class _Connection(asyncio.Protocol):
    """Sends a request, waits for its answer, sends the next, until the time is over."""

    def __init__(self, requests: Iterator[bytes], until: float) -> None:
        self.requests, self.until = requests, until
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.latencies: list[float] = []
        self.wrong = 0
        self.example = ""
        self.answer = b""

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self._next()

    def _next(self) -> None:
        following = next(self.requests, None) if time.perf_counter() < self.until else None
        if following is None:
            self.transport.close()
            return
        self.answer = b""
        self.began = time.perf_counter()
        self.transport.write(following)

    def data_received(self, data: bytes) -> None:
        self.answer += data
        head = self.answer.find(b"\r\n\r\n")
        if head < 0:
            return
        at = self.answer[:head].lower().index(_LENGTH) + len(_LENGTH)
        length = int(self.answer[at : self.answer.find(b"\r", at)])
        if len(self.answer) < head + 4 + length:
            return
        self.latencies.append(time.perf_counter() - self.began)
        body = self.answer[head + 4 :]
        if not self.answer.startswith(b"HTTP/1.1 200") or _refused(body):
            self.wrong += 1
            self.example = self.answer[:2000].decode(errors="replace")
        self._next()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.ended.done():
            self.ended.set_result(None)


def _refused(body: bytes) -> bool:
    """Whether an answer tells errors, of the request or of a mutation."""
    return b'"errors":[{' in body or b'"errors" : [{' in body


async def _measure(port: int, requests: list[bytes], seconds: float, number: int, once: bool):
    def endless() -> Iterator[bytes]:
        while True:
            yield from requests
            if once:
                return

    shared = endless()
    loop = asyncio.get_running_loop()
    began = time.perf_counter()
    made = [
        await loop.create_connection(
            lambda: _Connection(shared, began + seconds), "127.0.0.1", port
        )
        for _ in range(number)
    ]
    connections = [connection for _, connection in made]
    _, waiting = await asyncio.wait([one.ended for one in connections], timeout=seconds + _PATIENCE)
    passed = time.perf_counter() - began
    latencies = sorted(value for one in connections for value in one.latencies) or [passed]
    return Measured(
        requests=len(latencies),
        seconds=passed,
        p50=latencies[len(latencies) // 2] * 1000,
        p99=latencies[len(latencies) * 99 // 100] * 1000,
        wrong=sum(one.wrong for one in connections) + len(waiting),
        example=next((one.example for one in connections if one.example), ""),
    )


def _read(path: Path) -> list[bytes]:
    content = path.read_bytes()
    found, at = [], 0
    while at < len(content):
        (length,) = struct.unpack_from("<I", content, at)
        found.append(content[at + 4 : at + 4 + length])
        at += 4 + length
    return found


if __name__ == "__main__":
    port, file, seconds, connections, once = sys.argv[1:]
    requests = _read(Path(file))
    measured = uvloop.run(
        _measure(int(port), requests, float(seconds), int(connections), once == "1")
    )
    print(json.dumps(asdict(measured)))
