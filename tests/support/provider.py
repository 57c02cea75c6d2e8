"""The provider in tests: the simulator behind the real client, or a scripted stand-in."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from domain import claiming, jobs, outbox
from models import Job, MessageStep, OutboxMessage
from models.enums import MessageChannel, MessageState
from sms import codes
from sms.gateway import Accepted, Account, Capability, Gateway, Inbound, Outgoing, Refused
from sms.gateways import Gateways
from sms.sender import Sender
from tests.support.world import LINE


@dataclass
class SharedClock:
    """The simulator's clock: that of the test's world once there is one."""

    source: Callable[[], datetime] | None = None

    def __call__(self) -> float:
        return self.source().timestamp() if self.source else time.time()


@dataclass
class ScriptedGateway:
    """Answers sends with `answer`: an exception, or a function that gives what to return."""

    answer: Exception | Callable[[Outgoing], Awaitable[Accepted]] | None = None
    statuses_known: dict[str, MessageState] = field(default_factory=dict)
    local_ids_known: dict[int, Accepted] = field(default_factory=dict)
    credit: int = 10_000_000
    wrong: tuple[str, ...] = ()
    unread: list[Inbound] = field(default_factory=list)
    read: list[Inbound] = field(default_factory=list)
    blocked_numbers: list[str] = field(default_factory=list)
    failure: Exception | None = None
    """Raised by whatever asks, but not by sending."""
    messages: list[Outgoing] = field(default_factory=list)
    asked: list[list[str]] = field(default_factory=list)
    accounts_told: int = 0
    closed: bool = False
    news: asyncio.Event = field(default_factory=asyncio.Event)
    name: str = "kavenegar"
    line: str = LINE
    capabilities: frozenset[Capability] = frozenset(Capability)
    repeatable: bool = True
    """Whether a local id repeated does not send again."""

    @property
    def sent(self) -> list[int]:
        return [message.local_id for message in self.messages]

    def idempotent(self, message: Outgoing) -> bool:
        return self.repeatable

    async def send(self, message: Outgoing) -> Accepted:
        self.messages.append(message)
        self.news.set()
        if isinstance(self.answer, Exception):
            raise self.answer
        if self.answer is not None:
            return await self.answer(message)
        return Accepted(str(1000 + len(self.messages)), MessageState.ACCEPTED, 1200)

    async def statuses(
        self, message_ids: Sequence[str], channel: MessageChannel
    ) -> dict[str, MessageState]:
        self._ask(message_ids)
        return {key: self.statuses_known[key] for key in message_ids if key in self.statuses_known}

    async def lookup(self, local_ids: Sequence[int]) -> dict[int, Accepted | None]:
        self._ask(local_ids)
        return {number: self.local_ids_known.get(number) for number in local_ids}

    async def receive(self, line: str) -> list[Inbound]:
        self._ask([])
        found, self.unread = self.unread, []
        return found

    async def inbox(self, line: str, since: datetime) -> list[Inbound]:
        return self.read

    async def blocked(self, line: str) -> list[str]:
        self._ask([])
        return self.blocked_numbers

    async def account(self) -> Account:
        self.accounts_told += 1
        self._ask([])
        return Account(self.credit, None, "master", self.wrong)

    async def close(self) -> None:
        self.closed = True

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait until calls have made `condition` true."""
        async with asyncio.timeout(10):
            while not condition():
                self.news.clear()
                await self.news.wait()

    def _ask(self, ids: Sequence[object]) -> None:
        self.asked.append([str(number) for number in ids])
        self.news.set()
        if self.failure is not None:
            raise self.failure


def refused(code: int) -> Refused:
    """A refusal as Kavenegar gives it."""
    meaning = codes.return_code(code)
    return Refused(code, meaning.en, meaning.action, meaning.fa)


async def send_due(*gateways: Gateway) -> int:
    """Do the sending that is due, one text after the other; how many jobs that was."""
    sender = Sender(Gateways(gateways))
    claimed = await jobs.claim(500, kinds=[outbox.KIND])
    for job in sorted(claimed, key=lambda job: job.id):
        await sender.run(job)
    return len(claimed)


async def begin(row: OutboxMessage, gateway: str = "kavenegar") -> OutboxMessage:
    """Claim a message as a worker does, up to the moment it asks the provider."""
    job = await Job.get(subject_id=row.id, kind=outbox.KIND)
    job.lease = "test"
    await Job.filter(id=job.id).update(lease=job.lease)
    fresh = await OutboxMessage.get(id=row.id)
    assert await claiming.begin(fresh, job, gateway, LINE, 1)
    return fresh


async def only_message() -> OutboxMessage:
    return await OutboxMessage.all().get()


async def history(row: OutboxMessage) -> list[tuple[MessageState, str, int | None, str]]:
    """State, gateway, code and note of each step of a message, in order."""
    steps = await MessageStep.filter(message_id=row.id).order_by("id")
    return [(step.state, step.gateway, step.code, step.note) for step in steps]
