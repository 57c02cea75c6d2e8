"""Two workers, two providers that fail, eight telephones and a clock that jumps, step by step.

The code is the real one, from the use cases down to an SQLite file. `check` holds it to the
invariants of sms-anchors §5; `settle` lets everything come to rest with calm providers.
"""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

from domain import jobs, outbox, results, rules, sending, time
from domain.errors import DomainError
from models import (
    Case,
    InboxMessage,
    Job,
    OptOut,
    OutboxMessage,
    SendingHalt,
    database,
    migrate,
    statements,
)
from models.database import transaction
from models.enums import InboxState, MessageState, Resumption, TextKind
from sms import halting, inbound, rate, reports, sender
from sms.gateway import Gateway, GatewayError, Inbound, Outgoing, Uncertain
from sms.gateways import Gateways
from sms.rate import Rate
from sms.sender import Sender
from tests.support.life import RESULT, run_jobs
from tests.support.unreliable import Died, Flight, Taken, UnreliableGateway
from tests.support.world import LINE, START, Clock, World, build

PHONES = [f"+98912000100{n}" for n in range(8)]
ASKED = 3
"""The first of them have reported cases."""
CASES_OF_EACH = 2
LEASE = timedelta(seconds=60)
LONGEST_FLIGHT = timedelta(minutes=5)
"""After so long every request that left has reached the provider."""
PATIENCE = 120
"""Rounds in which calm providers settle everything; each takes some minutes."""

_CHORES = {"reconcile": reports.reconcile, "poll": reports.poll, "probe": halting.probe}
_UNSETTLED = (MessageState.PENDING, MessageState.SENDING, MessageState.UNCERTAIN)
_RANKS = {"accepted": 1, "sent": 2, "failed": 3, "undelivered": 3, "cancelled": 3, "blocked": 3,
    "delivered": 4}  # fmt: skip
_TAKEN = frozenset({"accepted", "sent", "delivered", "undelivered", "cancelled"})
"""States of messages that a provider has."""
_ROWS = "SELECT id, local_id, state, provider_ref FROM outbox_message ORDER BY id"
_STEPS = "SELECT id, message_id, state, author_id FROM message_step WHERE id > $1 ORDER BY id"
_ACTIVE = """SELECT mobile FROM survey WHERE state IN ('asked', 'scored')
    GROUP BY mobile HAVING count(*) > 1"""
_RATED_TWICE = """SELECT round_id FROM feedback WHERE superseded = FALSE
    GROUP BY round_id HAVING count(*) > 1"""


async def make(path: Path) -> World:
    """A database with cases of each phone that nobody has answered yet."""
    await migrate.migrate(f"sqlite://{path}")
    await database.init(f"sqlite://{path}")
    try:
        world = await build()
        for key in ("survey_delay", "survey_fatigue_days"):  # so that surveys meet
            await rules.store(key, 0)
        for mobile in PHONES[:ASKED]:
            for _ in range(CASES_OF_EACH):
                await world.case(mobile=mobile)
        await OutboxMessage.all().delete()
        await Job.filter(kind=outbox.KIND).delete()
        return world
    finally:
        await database.close()
        time.set_clock(None)


class Racing(Rate):
    """Lets something happen between the reading of a message and its beginning."""

    def __init__(self, race: Callable[[], Awaitable[None]]) -> None:
        super().__init__(4)
        self._race = race

    async def take(self, gateway: Gateway) -> float:
        wait = await super().take(gateway)
        await self._race()
        return wait


class Interleaving:
    """One run on a database made by `make`. Every method is one step."""

    def __init__(self, world: World, remembers: bool) -> None:
        self.clock = world.clock
        self.world = world
        self.flown = asyncio.Event()
        self.fates: deque[str] = deque()
        self.gateways = [
            UnreliableGateway(name, remembers, self.is_asked, self.fates, flown=self.flown)
            for name in ("kavenegar", "http")
        ]
        self.workers = [self._worker() for _ in range(2)]
        self.owner: dict[int, int] = {}
        self.again: Counter[int] = Counter()
        self.state: dict[int, str] = {}
        self.stepped: dict[int, str] = {}
        self.last_step = 0
        self.texts: list[Inbound] = []
        self.slow: list[asyncio.Task[None]] = []
        self.race, self.current = "none", ""
        self._numbers = itertools.count(1)

    def _worker(self) -> Sender:
        worker = Sender(Gateways(self.gateways), 4)
        worker.rate = Racing(self._happen)
        return worker

    async def open(self, path: Path) -> None:
        self.clock.at = START + timedelta(minutes=1)
        time.set_clock(self.clock)
        await database.init(f"sqlite://{path}")
        self.cases = [case.id for case in await Case.all().order_by("id")]

    async def close(self) -> None:
        for task in self.slow:
            task.cancel()
        await asyncio.gather(*self.slow, return_exceptions=True)
        await database.close()
        time.set_clock(None)

    # What the service is asked for

    async def queue(self, phone: int, event: int) -> None:
        async with transaction():
            await outbox.queue(
                TextKind.RESULT, PHONES[phone], f"event:{event}", code="1", result=str(event)
            )

    async def answer_case(self) -> None:
        await results.record(self.world["senior"], self.cases.pop(), RESULT)

    async def send_again(self, which: int) -> None:
        rows = await OutboxMessage.filter(state__in=sending.RESENDABLE).order_by("id")
        if rows:
            row = rows[which % len(rows)]
            with suppress(DomainError):
                await sending.send_again(
                    self.world["supervisor"], row.id, "شهروند دریافت نکرده است"
                )
                self.again[row.id] += 1
                self.state.pop(row.id, None)

    async def resume(self) -> None:
        for halt in await SendingHalt.all():
            await sending.resume(self.world["supervisor"], halt.id)

    # What workers do

    async def send(self, worker: int, fates: Sequence[str], race: str = "none") -> None:
        """A worker claims as many messages as there are fates, and carries them up to a provider
        or dies over it."""
        busy = self.workers[worker]
        claimed = await jobs.claim(
            min(len(fates), await busy.room()), kinds=[outbox.KIND], lease=LEASE
        )
        self.fates.clear()
        self.fates.extend(fates)
        self.race = race
        for job in sorted(claimed, key=lambda job: job.id):
            if not await self._carry(busy, job):
                self.workers[worker] = self._worker()
                return

    async def _carry(self, worker: Sender, job: Job) -> bool:
        """Do one job as far as it goes now; False when the worker died over it."""
        row = await OutboxMessage.get(id=job.subject_id)
        self.current = row.receptor
        task = asyncio.create_task(worker.run(job))
        while not task.done() and not any(
            flight.task is task for flight in self.flights if flight.waits
        ):
            self.flown.clear()
            flown = asyncio.ensure_future(self.flown.wait())
            await asyncio.wait({task, flown}, return_when=asyncio.FIRST_COMPLETED)
            flown.cancel()
        if not task.done():
            self.slow.append(task)
            return True
        return await _survived(task)

    async def background(self, what: str, gateway: UnreliableGateway) -> None:
        """What goes on beside sending: the domain's jobs, a chore at a provider, its changes."""
        match what:
            case "domain":
                await run_jobs()
            case "resume":
                await self.resume()
            case "down":
                gateway.down, gateway.credit = True, 0
            case "up":
                gateway.down, gateway.forgetful_lookup, gateway.credit = False, False, 10_000_000
            case "forgetful":
                gateway.forgetful_lookup = True
            case chore:
                with suppress(GatewayError):
                    await _CHORES[chore](gateway)

    async def settle_doubts(self) -> None:
        """The providers are asked twice what became of doubtful messages, some time apart."""
        for _ in range(2):
            self.jump(121)
            for gateway in self.gateways:
                await self.background("reconcile", gateway)

    async def learn(self) -> None:
        """The providers are asked what arrived, and the domain does what follows from it."""
        for gateway in self.gateways:
            await self.background("poll", gateway)
        self.jump(61)
        await run_jobs()

    async def _happen(self) -> None:
        """What races with the worker that is just about to begin a message."""
        race, self.race = self.race, "none"
        match race:
            case "opt-out":
                await outbox.opt_out(self.current, "reply")
            case "halt":
                for gateway in self.gateways:
                    await sending.halt(gateway.name, "*", 403, "x", Resumption.OPERATOR)
            case "dies":
                raise Died
            case "stalls":
                self.clock.at += LEASE + timedelta(seconds=1)
            case "overtaken":
                self.clock.at += LEASE + timedelta(seconds=1)
                for job in await jobs.claim(10, kinds=[outbox.KIND], lease=LEASE):
                    await self._carry(self.workers[1], job)

    # What the providers do

    async def is_asked(self, message: Outgoing) -> None:
        """Every request that leaves is allowed to: nothing stands against it at that moment."""
        row = await OutboxMessage.get(local_id=message.local_id)
        assert not await OptOut.exists(mobile=row.receptor), "sent after the opt-out"
        assert row.state is MessageState.SENDING, "sent without being claimed"

    @property
    def flights(self) -> list[Flight]:
        return [flight for gateway in self.gateways for flight in gateway.flights]

    async def end_flight(self, which: int, end: str) -> None:
        """A slow request is answered at last, or its worker gives up, or dies waiting."""
        waiting = [flight for flight in self.flights if flight.waits]
        flight = waiting[which % len(waiting)]
        match end:
            case "answered":
                flight.answer.set_result(None)
            case "given up":
                flight.answer.set_exception(Uncertain("ReadTimeout"))
            case "dies":
                flight.answer.set_exception(Died())
        assert flight.task is not None
        self.slow.remove(flight.task)
        await _survived(flight.task)

    def arrive(self, which: int) -> None:
        """A request that left long ago reaches the provider."""
        unheard = [flight for flight in self.flights if flight.unheard]
        unheard[which % len(unheard)].arrive()

    async def tell(self, which: int, state: MessageState, times: int) -> None:
        """A provider tells what became of a message, as often as it likes; some are not ours."""
        if which >= len(self.taken):
            for name in ("kavenegar", "http"):
                await reports.apply(name, "unknown", state, which if name == "http" else None)
            return
        gateway, taken = self.taken[which]
        taken.state = state
        named = taken.message.local_id if gateway.name == "http" else None
        for _ in range(times):
            await reports.apply(gateway.name, taken.ref, state, named)

    @property
    def taken(self) -> list[tuple[UnreliableGateway, Taken]]:
        return [(gateway, taken) for gateway in self.gateways for taken in gateway.taken]

    async def text(self, phone: int, text: str, times: int) -> None:
        """A citizen sends a text, which the provider hands over so many times."""
        sent = Inbound(str(next(self._numbers)), PHONES[phone], LINE, text, None)
        self.texts.append(sent)
        for _ in range(times):
            await inbound.store("kavenegar", [sent])

    def jump(self, seconds: int) -> None:
        """Time passes; what is under way for long has arrived by then."""
        if timedelta(seconds=seconds) > LONGEST_FLIGHT:
            for flight in self.flights:
                if flight.unheard:
                    flight.arrive()
        self.clock.forward(seconds=seconds)

    # What must hold

    async def check(self) -> None:
        rows = await statements.fetch(_ROWS)
        self.owner |= {row["local_id"]: row["id"] for row in rows}
        self._nothing_twice()
        for row in rows:
            _forward(self.state.get(row["id"], "pending"), row["state"])
        self.state = {row["id"]: row["state"] for row in rows}
        await self._histories_go_forward()
        assert not await statements.fetch(_ACTIVE), "two active surveys of one phone"
        assert not await statements.fetch(_RATED_TWICE), "one round rated twice"

    def _nothing_twice(self) -> None:
        """No message is at two providers, and none arrives more often than it was asked for."""
        holds = [gateway.holds() for gateway in self.gateways]
        assert not holds[0].keys() & holds[1].keys(), "one message at two providers"
        arrived: Counter[int] = Counter()
        for local_id, times in (holds[0] + holds[1]).items():
            arrived[self.owner[local_id]] += times
        for number, times in arrived.items():
            assert times <= 1 + self.again[number], f"message {number} arrived {times} times"

    async def _histories_go_forward(self) -> None:
        for step in await statements.fetch(_STEPS, self.last_step):
            before = self.stepped.get(step["message_id"], "pending")
            if step["author_id"] is None:
                _forward(before, step["state"])
            self.stepped[step["message_id"]] = step["state"]
            self.last_step = step["id"]

    async def settle(self) -> None:
        """Calm providers, and time: then nothing is stuck, lost, or handled twice."""
        for gateway in self.gateways:
            await self.background("up", gateway)
        while any(flight.waits for flight in self.flights):
            await self.end_flight(0, "answered")
        for _ in range(PATIENCE):
            await self.resume()
            await run_jobs()
            for worker in range(2):
                await self.send(worker, ["accepts"] * 50)
            await self.settle_doubts()
            await self.check()
            if not await self._under_way():
                break
            self.jump(600)
        assert not await self._under_way(), "stuck"
        await self._nothing_lost()

    async def _under_way(self) -> bool:
        return (
            await OutboxMessage.filter(state__in=_UNSETTLED).exists()
            or await InboxMessage.filter(state=InboxState.NEW).exists()
            or await Job.filter(kind=outbox.KIND).exists()
        )

    async def _nothing_lost(self) -> None:
        """What a provider has is known to be there, and what it has not is not.

        Left aside are messages that a person had sent again, and requests that came in later than
        the provider denied them: no one can know of those.
        """
        holds = sum((gateway.holds() for gateway in self.gateways), Counter[int]())
        unknowable = {flight.message.local_id for flight in self.flights}
        for row in await statements.fetch(_ROWS):
            if row["state"] in _TAKEN:
                assert holds[row["local_id"]], f"message {row['id']} was lost"
            elif row["state"] == "failed" and row["provider_ref"] is None:
                known = not self.again[row["id"]] and row["local_id"] not in unknowable
                assert not (known and holds[row["local_id"]]), f"message {row['id']} arrived"
        assert not await Job.filter(dead=True).exists(), "a job failed for good"
        assert await InboxMessage.all().count() == len(self.texts), "texts stored not once"


async def _survived(task: asyncio.Task[None]) -> bool:
    try:
        await task
    except Died:
        return False
    return True


def _forward(before: str, after: str) -> None:
    """Nothing known is forgotten, and no state comes back after a later one."""
    if before in _RANKS:
        assert after in _RANKS and _RANKS[after] >= _RANKS[before], f"{before} became {after}"


@contextmanager
def steady(clock: Clock) -> Iterator[None]:
    """The sender without chance, and sleeping in the time of `clock`: a run can be repeated."""

    async def sleep(seconds: float) -> None:
        clock.forward(seconds=seconds)

    with (
        mock.patch.object(sender, "secrets", SimpleNamespace(randbelow=lambda _: 0)),
        mock.patch.object(rate, "asyncio", SimpleNamespace(sleep=sleep, Lock=asyncio.Lock)),
    ):
        yield
