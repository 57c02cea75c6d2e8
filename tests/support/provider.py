"""The provider in tests: the simulator behind the real client, or a scripted stand-in."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from domain import jobs
from models import OutboxMessage
from sms.gateway import Accepted, Account, Gateway, Inbound
from sms.sender import KIND, Sender


@dataclass
class SharedClock:
    """The simulator's clock: that of the test's world once there is one."""

    source: Callable[[], datetime] | None = None

    def __call__(self) -> float:
        return self.source().timestamp() if self.source else time.time()


@dataclass
class ScriptedGateway:
    """Answers sends with `answer`: an exception, or a function that gives what to return."""

    answer: Exception | Callable[[int], Awaitable[Accepted]] | None = None
    statuses_known: dict[int, int] = field(default_factory=dict)
    local_ids_known: dict[int, tuple[int, int]] = field(default_factory=dict)
    credit: int = 0
    config_values: dict[str, Any] = field(default_factory=dict)
    unread: list[Inbound] = field(default_factory=list)
    read: list[Inbound] = field(default_factory=list)
    blocked_numbers: list[str] = field(default_factory=list)
    failure: Exception | None = None
    sent: list[int] = field(default_factory=list)
    asked: list[list[int]] = field(default_factory=list)
    closed: bool = False
    news: asyncio.Event = field(default_factory=asyncio.Event)
    name: str = "kavenegar"

    async def send(self, *, receptor: str, text: str, line: str, local_id: int) -> Accepted:
        self.sent.append(local_id)
        self.news.set()
        if isinstance(self.answer, Exception):
            raise self.answer
        if self.answer is not None:
            return await self.answer(local_id)
        return Accepted(1000 + len(self.sent), 1, 1200)

    async def statuses(self, message_ids: Sequence[int]) -> dict[int, int]:
        self._ask(message_ids)
        return {number: self.statuses_known.get(number, 100) for number in message_ids}

    async def statuses_by_local_id(self, local_ids: Sequence[int]) -> dict[int, tuple[int, int]]:
        self._ask(local_ids)
        return {number: self.local_ids_known.get(number, (0, 100)) for number in local_ids}

    async def receive(self, line: str) -> list[Inbound]:
        self._ask([])
        found, self.unread = self.unread, []
        return found

    async def inbox(self, line: str, since: datetime) -> list[Inbound]:
        return self.read

    async def blocked(self, line: str) -> list[str]:
        return self.blocked_numbers

    async def account(self) -> Account:
        self._ask([])
        return Account(self.credit, None, "master")

    async def config(self) -> dict[str, Any]:
        return self.config_values

    async def close(self) -> None:
        self.closed = True

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait until calls have made `condition` true."""
        async with asyncio.timeout(10):
            while not condition():
                self.news.clear()
                await self.news.wait()

    def _ask(self, ids: Sequence[int]) -> None:
        self.asked.append(list(ids))
        self.news.set()
        if self.failure is not None:
            raise self.failure


async def send_due(gateway: Gateway) -> int:
    """Do the sending that is due, one text after the other; how many jobs that was."""
    sender = Sender(gateway)
    claimed = await jobs.claim(500, kinds=[KIND])
    for job in sorted(claimed, key=lambda job: job.id):
        await sender.run(job)
    return len(claimed)


async def only_message() -> OutboxMessage:
    return await OutboxMessage.all().get()
