"""What the service is asked to send: cases with their results and surveys, and messages in bulk."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field

from domain import cases, outbox, results, rules, time
from domain.actors import CASES_READ, CASES_WRITE, Actor, of_client
from domain.cases import Draft
from models import Job, OutboxMessage
from models.database import transaction
from models.enums import MessageState, TextKind
from tests.soak.options import Options
from tests.support.world import World, build, client

TOGETHER = 20
"""Messages queued in one transaction."""
BACKLOG = 400
"""Messages that wait at most, so that opt-outs and deaths find some waiting all the time."""
MESSAGES_OF_A_PHONE = 6
CASES_OF_A_PHONE = 3, 4
"""Of four cases three come from phones of their own."""
RULES = {
    "survey_delay": 0,
    "survey_from_hour": 0,
    "survey_to_hour": 24,
    "survey_friday_from_hour": 0,
    "survey_fatigue_days": 0,
}
"""Surveys are asked at once, at any hour, again and again."""
HASTENED = ("survey.ask", "sms.statuses")
UNSETTLED = (MessageState.PENDING, MessageState.SENDING, MessageState.UNCERTAIN)


@dataclass
class Feeder:
    """`asked` and `bulk` are the phones of cases and of bulk messages, as "09…"."""

    options: Options
    world: World
    partner: Actor
    asked: list[str] = field(default_factory=list)
    bulk: list[str] = field(default_factory=list)
    queued: int = 0

    def __post_init__(self) -> None:
        own, of = CASES_OF_A_PHONE
        number = max(1, self.options.cases * own // of)
        self.asked = [f"0913{n:07d}" for n in range(number)]
        self.bulk = [f"0914{n:07d}" for n in range(-(-self.options.bulk // MESSAGES_OF_A_PHONE))]

    async def run(self) -> None:
        """Cases between bulk messages, evenly, while the workers keep up."""
        bulk = self._bulk()
        for number in range(self.options.cases):
            await self._case(number)
            share = self.options.bulk * (number + 1) // self.options.cases
            while self.queued < share:
                await self._queue(list(itertools.islice(bulk, min(TOGETHER, share - self.queued))))
            while await waiting() > BACKLOG:  # noqa: ASYNC110 - the workers are other processes
                await asyncio.sleep(0.2)

    async def _case(self, number: int) -> None:
        phone = self.asked[number % len(self.asked)]
        draft = Draft(
            "complaint",
            "citizen",
            "EDU-c1",
            "v1",
            "I5",
            f"باز نبودن باجه {number}",
            f"مراجعه {number}: باجه در ساعت اداری بسته بود.",
        )
        case = await cases.forward(self.partner, "مریم احمدی", national_id(number), phone, draft)
        await results.record(self.world["senior"], case.id, f"باجه باز شد؛ مورد {number} بسته شد.")

    def _bulk(self) -> Iterator[tuple[str, int]]:
        """Phone and number of each message; those of one phone lie close together."""
        for number in range(self.options.bulk):
            group, place = divmod(number, 8 * MESSAGES_OF_A_PHONE)
            yield self.bulk[min(group * 8 + place % 8, len(self.bulk) - 1)], number

    async def _queue(self, batch: list[tuple[str, int]]) -> None:
        async with transaction():
            for phone, number in batch:
                await outbox.queue(
                    TextKind.RESULT,
                    "+98" + phone[1:],
                    f"soak:{number}",
                    code=f"{number:06d}",
                    result=f"پیام شماره {number}",
                )
        self.queued += len(batch)


async def furnish(options: Options) -> Feeder:
    """The small world in the real time, where surveys need not wait."""
    world = await build()
    time.set_clock(None)
    for key, value in RULES.items():
        await rules.store(key, value)
    partner = await of_client(await client(world, "EDU", CASES_READ, CASES_WRITE))
    return Feeder(options, world, partner)


async def waiting() -> int:
    """Messages whose fate is not known yet."""
    return await OutboxMessage.filter(state__in=UNSETTLED).count()


async def hasten() -> None:
    """What would be looked at again after minutes or hours is looked at now: surveys that wait for
    another one of their phone, statuses that no webhook told."""
    await Job.filter(kind__in=HASTENED, run_at__gt=time.now(), lease="").update(run_at=time.now())


def national_id(number: int) -> str:
    nine = f"{7_000_000 + number:09d}"
    rest = sum(int(digit) * (10 - place) for place, digit in enumerate(nine)) % 11
    return nine + str(rest if rest < 2 else 11 - rest)
