"""The loading part: filling, searching and listing on SQLite, beside the bare statements."""

from __future__ import annotations

import asyncio
import sqlite3
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import median

from domain import agencies, places, service
from domain.generate import generate
from domain.seed import seed
from domain.vault import Vault
from models import Case, Job, database, migrate
from models.enums import CaseStatus

ROUNDS = 5


def run() -> None:
    asyncio.run(_run())


async def _run() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bench.sqlite3"
        await migrate.migrate(f"sqlite://{path}")
        await database.init(f"sqlite://{path}")
        try:
            await _measure(path)
        finally:
            await database.close()


async def _measure(path: Path) -> None:
    service.configure(service.Service(vault=Vault.from_secret("bench " * 6), sms_line="10004128"))
    await seed()
    print(f"{'':<44}{'measured':>12}{'limit':>12}{'ratio':>8}")
    loading = await _once(places.load)
    _print("load 103,869 places (s): bare INSERTs", loading, _bare_inserts(path), "s")
    await agencies.load()
    searching = await _each(lambda: places.search("علی آباد"))
    selecting = await _each(lambda: _select(path, "folded >= 'علیاباد' AND folded < 'علیاباد~'"))
    _print("search a village (ms): its SELECT alone", searching * 1000, selecting * 1000, "ms")
    generating = await _once(lambda: generate(5_000, 2, seed=1))
    print(f"{'generate 5,000 cases with histories':<44}{5_000 / generating:>10.0f}/s")
    queue = await _each(_queue)
    bare = await _each(lambda: _bare_queue(path))
    _print("a queue of 50 cases (ms): its SELECT alone", queue * 1000, bare * 1000, "ms")
    print(f"{'jobs waiting':<44}{await Job.all().count():>12}")


async def _queue() -> None:
    rows = Case.filter(status=CaseStatus.UNDER_REVIEW).order_by("due_at", "id").limit(50)
    await rows.select_related("agency", "place", "indicator")


async def _bare_queue(path: Path) -> None:
    with sqlite3.connect(path) as bare:
        bare.execute(
            "SELECT cases.*, agency.*, place.*, indicator.* FROM cases"
            " JOIN agency ON agency.id = cases.agency_id JOIN place ON place.code = cases.place_id"
            " JOIN indicator ON indicator.id = cases.indicator_id"
            " WHERE status = 'under_review' ORDER BY due_at, cases.id LIMIT 50"
        ).fetchall()
    bare.close()


async def _select(path: Path, condition: str) -> None:
    with sqlite3.connect(path) as bare:
        bare.execute(f"SELECT * FROM place WHERE {condition} LIMIT 20").fetchall()
    bare.close()


def _bare_inserts(path: Path) -> float:
    with sqlite3.connect(path) as source, sqlite3.connect(path.with_name("bare.sqlite3")) as bare:
        rows = source.execute("SELECT * FROM place").fetchall()
        bare.execute(
            source.execute("SELECT sql FROM sqlite_master WHERE name='place'").fetchone()[0]
        )
        began = time.perf_counter()
        bare.executemany(f"INSERT INTO place VALUES ({', '.join('?' * len(rows[0]))})", rows)
        bare.commit()
        seconds = time.perf_counter() - began
    source.close()
    bare.close()
    return seconds


async def _once(work: Callable[[], Awaitable[object]]) -> float:
    began = time.perf_counter()
    await work()
    return time.perf_counter() - began


async def _each(work: Callable[[], Awaitable[object]], times: int = 40) -> float:
    """Seconds of one call: the median of rounds."""
    rounds = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        for _ in range(times):
            await work()
        rounds.append((time.perf_counter() - began) / times)
    return median(rounds)


def _print(name: str, measured: float, limit: float, unit: str) -> None:
    print(f"{name:<44}{measured:>10.2f} {unit}{limit:>10.2f} {unit}{measured / limit:>7.1f}×")
