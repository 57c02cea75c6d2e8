"""A provider that fails in every way it can, and knows what the citizens' telephones hold."""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from domain.time import now
from models.enums import MessageChannel, MessageState
from sms.gateway import Accepted, Account, Capability, Inbound, NotSent, Outgoing, Uncertain
from tests.support.provider import refused
from tests.support.world import LINE

REMEMBERED = timedelta(hours=12)
"""How long the provider knows a local id (kavenegar §9)."""
DELIVERED_AFTER = timedelta(seconds=5)
FATES = ("accepts", "loses the reply", "never heard", "unreachable", "slow", "late", "dies before",
    "dies after", "accepts as 402", "402", "409", "411", "451", "400")  # fmt: skip
HALTING = ("403", "412", "418", "429")
"""What may become of a call: see `UnreliableGateway.send`. A "late" one reaches the provider when
the worker has given it up; a "slow" one is heard, and answered later."""


class Died(BaseException):
    """The worker was killed here: nothing after it happens."""


@dataclass
class Taken:
    """A message that the provider accepted, and so the telephone holds.

    One that came `late`, after the provider had denied it, is known by its local id for ever: else
    a repetition more than twelve hours later would send it twice, which nothing can prevent.
    """

    message: Outgoing
    ref: str
    at: datetime
    state: MessageState = MessageState.ACCEPTED
    late: bool = False


@dataclass
class Flight:
    """A call under way. `taken` is None while the provider did not hear it."""

    gateway: UnreliableGateway
    message: Outgoing
    taken: Taken | None
    answer: asyncio.Future[None]
    """What the worker waits for."""
    task: asyncio.Task[None] | None
    lost: bool = False
    """Whether it never arrives."""

    @property
    def waits(self) -> bool:
        return not self.answer.done()

    @property
    def unheard(self) -> bool:
        return self.taken is None and not self.lost

    def arrive(self) -> Taken:
        """The provider hears it, if it did not yet."""
        if self.taken is None:
            self.taken = self.gateway.take(self.message)
            self.taken.late = True
        return self.taken


@dataclass
class UnreliableGateway:
    """`remembers`: a local id repeated within twelve hours does not send again."""

    name: str
    remembers: bool
    before: Callable[[Outgoing], Awaitable[None]]
    """Told of every call before it is answered."""
    fates: deque[str] = field(default_factory=deque)
    """Of the next calls, one of `FATES` each; those after them are accepted."""
    down: bool = False
    forgetful_lookup: bool = False
    """Whether a lookup leaves out every second message."""
    credit: int = 10_000_000
    line: str = LINE
    capabilities: frozenset[Capability] = frozenset(Capability) - {Capability.CALLS}
    taken: list[Taken] = field(default_factory=list)
    flights: list[Flight] = field(default_factory=list)
    flown: asyncio.Event = field(default_factory=asyncio.Event)
    """Set whenever a call begins that is not answered at once."""
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def idempotent(self, message: Outgoing) -> bool:
        return True

    async def send(self, message: Outgoing) -> Accepted:
        await self.before(message)
        fate = self.fates.popleft() if self.fates else "accepts"
        fate = "unreachable" if self.down else fate
        match fate:
            case "unreachable":
                raise NotSent("ConnectionError")
            case "never heard":
                raise Uncertain("ReadTimeout")
            case "dies before":
                raise Died
            case "late":
                self._fly(message, None)
                raise Uncertain("ReadTimeout")
            case "slow":
                flight = self._fly(message, self.take(message))
                await flight.answer
                return self._answer(flight.arrive(), "accepts")
            case "accepts" | "loses the reply" | "dies after" | "accepts as 402":
                return self._answer(self.take(message), fate)
        raise refused(int(fate))

    def _answer(self, taken: Taken, fate: str) -> Accepted:
        if fate == "loses the reply":
            raise Uncertain("ConnectionReset")
        if fate == "dies after":
            raise Died
        if fate == "accepts as 402":
            raise refused(402)
        return Accepted(taken.ref, taken.state, 1200)

    def _fly(self, message: Outgoing, taken: Taken | None) -> Flight:
        """A call that takes its time. A provider that does not remember hears at once or never,
        for nothing could save it from a request that comes in after it was denied twice."""
        answer: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        lost = taken is None and not self.remembers
        flight = Flight(self, message, taken, answer, asyncio.current_task(), lost)
        if taken is None:
            answer.set_result(None)
        self.flights.append(flight)
        self.flown.set()
        return flight

    def take(self, message: Outgoing) -> Taken:
        """Accept a message, or know it again."""
        known = self._known(message.local_id)
        if known is not None and self.remembers:
            return known
        taken = Taken(message, f"{self.name}-{next(self._numbers)}", now())
        self.taken.append(taken)
        return taken

    def holds(self) -> Counter[int]:
        """How many times telephones hold each message, by local id."""
        return Counter(taken.message.local_id for taken in self.taken)

    async def statuses(
        self, message_ids: Sequence[str], channel: MessageChannel
    ) -> dict[str, MessageState]:
        """By itself a message is delivered after some seconds, unless something else was told."""
        self._reachable()
        for one in self.taken:
            if one.state is MessageState.ACCEPTED and now() - one.at > DELIVERED_AFTER:
                one.state = MessageState.DELIVERED
        return {one.ref: one.state for one in self.taken if one.ref in message_ids}

    async def lookup(self, local_ids: Sequence[int]) -> dict[int, Accepted | None]:
        self._reachable()
        told = local_ids[:: 2 if self.forgetful_lookup else 1]
        found = ((number, self._known(number)) for number in told)
        return {n: None if one is None else Accepted(one.ref, one.state) for n, one in found}

    async def receive(self, line: str) -> list[Inbound]:
        return []

    async def inbox(self, line: str, since: datetime) -> list[Inbound]:
        return []

    async def blocked(self, line: str) -> list[str]:
        return []

    async def account(self) -> Account:
        self._reachable()
        return Account(self.credit, None, "master")

    async def close(self) -> None:
        pass

    def _known(self, local_id: int) -> Taken | None:
        remembered = now() - REMEMBERED
        same = (one for one in self.taken if one.message.local_id == local_id)
        return next((one for one in same if one.late or one.at > remembered), None)

    def _reachable(self) -> None:
        if self.down:
            raise NotSent("ConnectionError")
