"""The SMS part: how fast a worker sends, what it keeps in memory, what claiming costs."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime
from pathlib import Path

import httpx2
import psutil  # type: ignore[import-untyped]
import requests
from requests.adapters import HTTPAdapter

from models import statements
from tests.bench import data, sms_claim, sms_data
from tests.bench.sms_report import Found
from tests.soak.service import Simulator, answers, free_port, simulating
from tests.support.simulator import API_KEY, LINE

PARTS = ("throughput", "memory", "claim")
CONCURRENCY, LATENCY_MS = 8, 100
IDEAL = CONCURRENCY * 1000 / LATENCY_MS
SENT, POSTED = 1_600, 600
LEAST_OF_IDEAL = 0.8
FIRST, ALL = 10_000, 50_000
MOST_GROWTH = 1.1
SMALL_CACHE = 2_048
"""KiB of each of the worker's two connections to SQLite while memory is measured."""
EVERY = 0.25
PATIENCE = 1_200.0
_COUNT = "SELECT count(*) AS n FROM outbox_message WHERE accepted_at IS NOT NULL"
_ACCEPTED = """SELECT accepted_at FROM outbox_message WHERE accepted_at IS NOT NULL
    ORDER BY accepted_at"""


def run(kind: str, parts: Sequence[str], show: Callable[[Found], None]) -> list[Found]:
    """Measure on one database; each figure is shown as soon as there is one."""
    return asyncio.run(_run(kind, parts, show))


async def _run(kind: str, parts: Sequence[str], show: Callable[[Found], None]) -> list[Found]:
    all_found = []
    with sms_data.server(kind) as server:
        for name in parts:
            measure = {"throughput": _throughput, "memory": _memory, "claim": sms_claim.run}[name]
            for found in await measure(server, kind):
                show(found)
                all_found.append(found)
    return all_found


async def _throughput(server: sms_data.Server, kind: str) -> list[Found]:
    url = await server.create("throughput")
    await sms_data.fill(url, 1, SENT)
    async with _simulator(server.directory) as (simulator, base), sms_data.opened(url):
        await simulator.faults(latency=LATENCY_MS)
        bare = await asyncio.to_thread(_bare, base)
        with _worker(url, base, server.directory):
            await _until(SENT)
        rows = await statements.fetch(_ACCEPTED)
    moments = [_moment(row["accepted_at"]).timestamp() for row in rows]
    tenth = len(moments) // 10
    rate = (len(moments) - 2 * tenth) / (moments[-tenth] - moments[tenth])
    return [
        _rate(kind, "throughput, 8 at once at 100 ms, beside the ideal", rate, IDEAL, aimed=True),
        _rate(kind, "throughput, 8 at once at 100 ms, beside the bare loop", rate, bare),
        _rate(kind, "the bare loop, beside the ideal", bare, IDEAL),
    ]


def _rate(kind: str, what: str, rate: float, beside: float, aimed: bool = False) -> Found:
    aim = LEAST_OF_IDEAL if aimed else None
    return Found(kind, what, f"{rate:.1f}/s", f"{beside:.1f}/s", rate / beside, aim, least=True)


def _bare(base: str) -> float:
    """Messages a second of threads that do nothing but post."""
    http = requests.Session()
    http.trust_env = False
    http.mount("http://", HTTPAdapter(pool_maxsize=CONCURRENCY))
    numbers = iter(range(POSTED))
    lock = threading.Lock()

    def post() -> None:
        while True:
            with lock:
                number = next(numbers, None)
            if number is None:
                return
            form = {"receptor": f"0935{number:07d}", "sender": LINE, "message": sms_data.TEXT,
                "localid": str(10**12 + number)}  # fmt: skip
            reply = http.post(f"{base}/v1/{API_KEY}/sms/send.json", data=form, timeout=10)
            assert reply.json()["return"]["status"] == 200

    threads = [threading.Thread(target=post) for _ in range(CONCURRENCY)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - began
    http.close()
    return POSTED / seconds


def _moment(value: datetime | str) -> datetime:
    return datetime.fromisoformat(value) if isinstance(value, str) else value


async def _memory(server: sms_data.Server, kind: str) -> list[Found]:
    url = await server.create("memory")
    await sms_data.fill(url, 1, ALL)
    if kind == "sqlite":  # whose cache fills up to its limit, whatever is sent
        url = f"{url}?cache_size={-SMALL_CACHE}"
    async with (
        _simulator(server.directory) as (_, base),
        sms_data.opened(url),
    ):
        with _worker(url, base, server.directory) as process:
            await _until(FIRST)
            first = process.memory_info().rss / 2**20
            await _until(ALL)
            last = process.memory_info().rss / 2**20
    what = "memory of the worker after 50,000, beside after 10,000"
    return [Found(kind, what, f"{last:.1f} MiB", f"{first:.1f} MiB", last / first, MOST_GROWTH)]


async def _until(number: int) -> None:
    """Wait until so many messages were accepted."""
    ends = time.monotonic() + PATIENCE
    while True:
        [row] = await statements.fetch(_COUNT)
        if row["n"] >= number:
            return
        if time.monotonic() > ends:
            raise TimeoutError(f"{row['n']} of {number} messages were accepted")
        await asyncio.sleep(EVERY)


@asynccontextmanager
async def _simulator(directory: Path) -> AsyncIterator[tuple[Simulator, str]]:
    """A calm provider that calls nobody; and its address."""
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    config = {"port": port, "api_key": API_KEY, "line": LINE}
    with simulating(config, directory):
        async with httpx2.AsyncClient(base_url=base, timeout=30, trust_env=False) as http:
            await answers(http, "/_sim/clock")
            simulator = Simulator(http)
            await simulator.post("/_sim/account", credit=10**12)
            yield simulator, base


@contextmanager
def _worker(url: str, base: str, directory: Path) -> Iterator[psutil.Process]:
    """`favad worker` as in production, its rate not limited by us."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    environment = kept | {
        "FAVAD_DATABASE_URL": url,
        "FAVAD_SECRET_KEY": data.SECRET,
        "FAVAD_VAR_DIR": str(directory),
        "FAVAD_KAVENEGAR_BASE": base,
        "FAVAD_KAVENEGAR_API_KEY": API_KEY,
        "FAVAD_KAVENEGAR_SENDER": LINE,
        "FAVAD_SMS_RATE": "1000",
        "FAVAD_SMS_CONCURRENCY": str(CONCURRENCY),
        "FAVAD_LOG_FORMAT": "json",
    }
    with (directory / "worker.log").open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "cli", "worker"],
            cwd=data.ROOT,
            env=environment,
            stdout=output,
            stderr=output,
        )
    try:
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
