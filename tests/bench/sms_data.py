"""Databases with a backlog of messages for the SMS part, in a directory that is thrown away."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from domain import outbox
from domain.seed import seed
from domain.time import now
from models import database, migrate
from models.enums import MessageState, TextKind
from tests.bench import data
from tests.support import postgres
from tests.support.simulator import LINE

TEXT = "پرونده ۱۲۳۴۵۶\nنتیجه رسیدگی: باجه از ساعت ۸ باز است و تذکر داده شد.\nفواد ۱۲۸"
AT_ONCE = 20_000
MESSAGE = ("id", "local_id", "dedupe_key", "kind", "receptor", "line", "text", "state", "parts",
    "attempts", "absent_lookups", "error", "created_at", "updated_at")  # fmt: skip
JOB = ("kind", "key", "subject_id", "run_at", "lease", "attempts", "error", "dead")
POSTGRES = ("shared_buffers=512MB", "listen_addresses=")
"""Apart from memory as it comes: commits are written through, rows are vacuumed."""


@contextmanager
def server(kind: str) -> Iterator[Server]:
    """Where empty databases can be made."""
    with tempfile.TemporaryDirectory(prefix="favad-bench-") as folder:
        directory = Path(folder)
        if kind == "sqlite":
            yield Server(directory, None)
            return
        directory.chmod(0o755)
        (directory / "postgres").mkdir()
        with postgres.running(directory / "postgres", POSTGRES) as base:
            yield Server(directory, postgres.Server(base))


class Server:
    """`directory` is for whatever else is needed beside."""

    def __init__(self, directory: Path, cluster: postgres.Server | None) -> None:
        self.directory = directory
        self._cluster = cluster

    async def create(self, name: str) -> str:
        """The address of a fresh database with the templates and rules of the service."""
        url = f"sqlite://{self.directory / name}.sqlite3"
        if self._cluster is not None:
            postgres.create(self._cluster, name)
            url = self._cluster.url(name)
        await migrate.migrate(url)
        async with opened(url):
            await seed()
        return url


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[None]:
    await database.init(url)
    try:
        data.configure()
        yield
    finally:
        await database.close()


async def fill(url: str, first: int, count: int, at: datetime | None = None) -> None:
    """Messages that wait to be sent, each to a phone of its own, due one after the other."""
    start = at or now() - timedelta(hours=1)
    async with data.session(url) as session:
        numbers = iter(range(first, first + count))
        while chosen := list(islice(numbers, AT_ONCE)):
            moments = [start + timedelta(milliseconds=number - first) for number in chosen]
            pairs = list(zip(chosen, moments, strict=True))
            await session.insert("outbox_message", MESSAGE, [_message(*pair) for pair in pairs])
            await session.insert("job", JOB, [_job(*pair) for pair in pairs])


def _message(number: int, moment: datetime) -> tuple[Any, ...]:
    return (
        number, 10**15 + number, f"bench:{number}", TextKind.RESULT, f"+989{number:09d}", LINE,
        TEXT, MessageState.PENDING, 0, 0, 0, "", moment, moment,
    )  # fmt: skip


def _job(number: int, moment: datetime) -> tuple[Any, ...]:
    return outbox.KIND, f"sms:{number}", number, moment, "", 0, "", False
