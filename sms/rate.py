"""How fast SMS leave: a token bucket for each line in the database, shared by all processes.

A process draws tokens in small lots, each in a short transaction of its own, so that messages do
not queue for one row. «Too many calls» halves the rate, which then grows back.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog

from domain import service
from domain.time import now
from models import SendingLine
from models.database import transaction
from sms.gateway import Gateway

log = structlog.get_logger("sms")

LOT: Final = 0.1
"""Seconds' worth of tokens drawn at once."""
LARGEST_LOT: Final = 50
UNSPENT: Final = timedelta(seconds=1)
"""After which tokens that nobody needed are worth nothing."""
LONGEST_WAIT: Final = 5.0
"""Seconds that a message waits for its token in a worker; longer ones give their place back."""
QUIET: Final = 5.0
"""Seconds without any token after «too many calls»."""
SLOWEST: Final = 0.01
"""Share of the rate set that «too many calls» leaves at least."""
RECOVERY: Final = 0.1
"""Share of the rate set that comes back in a minute."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """`tokens` at `at`, filled with `rate` a second; fewer than none while the line is quiet."""

    rate: float
    tokens: float
    at: datetime

    def filled(self, moment: datetime, most: float, burst: float) -> Bucket:
        """The bucket at `moment`, with `most` the rate set and `burst` what it holds at that rate.

        A clock that went back gives nothing.
        """
        seconds = max(0.0, (moment - self.at).total_seconds())
        rate = min(most, self.rate + RECOVERY * most * seconds / 60)
        holds = max(1.0, burst * rate / most)
        return Bucket(rate, min(holds, self.tokens + seconds * rate), moment)

    def slowed(self, seen: float, most: float) -> Bucket:
        """After «too many calls» at the rate `seen`: half of it, however many calls say so."""
        rate = max(SLOWEST * most, seen / 2)
        if rate >= self.rate:
            return self
        return Bucket(rate, min(self.tokens, -QUIET * rate), self.at)


@dataclass(slots=True)
class _Lot:
    tokens: int
    rate: float
    drawn_at: datetime


class Rate:
    """The share of one process in the tokens. `width`: messages it may have under way at once."""

    def __init__(self, width: int = 1) -> None:
        self._width = width
        self._lots: dict[str, _Lot] = {}
        self._drawing = asyncio.Lock()

    def at_hand(self, gateway: Gateway) -> int:
        """Tokens this process holds for the gateway's line."""
        lot = self._lots.get(gateway.name)
        return lot.tokens if lot is not None and now() - lot.drawn_at < UNSPENT else 0

    async def ready(self, gateway: Gateway) -> float:
        """Seconds until a token of the gateway's line can be had; 0 when one is at hand."""
        async with self._drawing:
            return 0.0 if self.at_hand(gateway) else await self._draw(gateway)

    async def take(self, gateway: Gateway) -> float:
        """Wait for a token and spend it; 0, or the seconds to wait when they are too many."""
        waited = 0.0
        while not self._spend(gateway):
            wait = await self.ready(gateway)
            if waited + wait > LONGEST_WAIT:
                return wait
            if wait:
                await asyncio.sleep(wait)
                waited += wait
        return 0.0

    async def slow_down(self, gateway: Gateway) -> None:
        """The provider said «too many calls»."""
        most = service.current().sms_rate
        lot = self._lots.pop(gateway.name, None)
        async with transaction():
            row, bucket = await self._locked(gateway)
            slowed = bucket.slowed(lot.rate if lot is not None else bucket.rate, most)
            await _write(row, slowed)
        if slowed.rate < bucket.rate:
            log.warning("sms slowed down", gateway=gateway.name, rate=round(slowed.rate, 2))

    def _spend(self, gateway: Gateway) -> bool:
        if not self.at_hand(gateway):
            return False
        self._lots[gateway.name].tokens -= 1
        return True

    async def _draw(self, gateway: Gateway) -> float:
        """Take a lot; seconds until there is one, if there is none."""
        async with transaction():
            row, bucket = await self._locked(gateway)
            wanted = max(1, min(LARGEST_LOT, int(bucket.rate * LOT)))
            lot = min(wanted, int(bucket.tokens))
            if lot < 1:
                return (1 - bucket.tokens) / bucket.rate
            await _write(row, Bucket(bucket.rate, bucket.tokens - lot, bucket.at))
        self._lots[gateway.name] = _Lot(lot, bucket.rate, now())
        return 0.0

    async def _locked(self, gateway: Gateway) -> tuple[SendingLine, Bucket]:
        most = service.current().sms_rate
        burst = max(most, float(self._width))
        lines = SendingLine.filter(gateway=gateway.name, line=gateway.line)
        row = await lines.select_for_update().first()
        if row is None:
            new = SendingLine(
                gateway=gateway.name, line=gateway.line, rate=most, tokens=burst, refilled_at=now()
            )
            await SendingLine.bulk_create([new], ignore_conflicts=True)
            row = await lines.select_for_update().get()
        bucket = Bucket(row.rate, row.tokens, row.refilled_at)
        return row, bucket.filled(now(), most, burst)


async def _write(row: SendingLine, bucket: Bucket) -> None:
    await SendingLine.filter(id=row.id).update(
        rate=bucket.rate, tokens=bucket.tokens, refilled_at=bucket.at
    )
