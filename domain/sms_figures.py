"""One definition of each figure about SMS, for the page /sms and the metrics; docs/figures.md.

They are read from what `domain.sms_rollup` counted, so that they cost the same however many
messages there are. Only the age of the oldest waiting message is live: it must also be right when
no worker counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any, Final

from domain import jalali
from domain.figures import Share
from domain.outbox import WAITING
from domain.sms_rollup import EPOCH, HOUR, OVERLAP, hour_of, listed
from domain.time import now
from models import OutboxMessage, SendingLine, SmsHour, SmsSummary, statements

HOURS: Final = 48
SAMPLE: Final = 1000
"""The newest accepted messages, whose times are measured."""
SAMPLED: Final = timedelta(hours=24)
STATES_FOR: Final = timedelta(hours=1)

_OLDEST: Final = f"""
    SELECT created_at FROM outbox_message WHERE created_at >= $1 AND state IN {listed(WAITING)}
    ORDER BY created_at LIMIT 1"""  # noqa: S608 - our own words
_TIMES: Final = """
    SELECT created_at, accepted_at, delivered_at FROM outbox_message
    WHERE created_at >= $1 AND accepted_at IS NOT NULL ORDER BY created_at DESC LIMIT $2"""
_STATES: Final = """
    SELECT gateway, line, state, count(*) AS messages FROM outbox_message
    WHERE created_at >= $1 GROUP BY gateway, line, state"""
_PARTS: Final = """
    SELECT gateway, line, CAST(sum(parts) AS bigint) AS parts FROM sms_hour
    GROUP BY gateway, line"""
_COSTS: Final = """
    SELECT CAST(COALESCE(sum(CASE WHEN hour >= $2 THEN cost ELSE 0 END), 0) AS bigint) AS today,
        CAST(COALESCE(sum(cost), 0) AS bigint) AS month FROM sms_hour WHERE hour >= $1"""


@dataclass
class Count:
    """Messages queued in a time. Cost in Rial; `needs_review` and `waiting` are among `queued`."""

    queued: int = 0
    accepted: int = 0
    delivered: int = 0
    failed: int = 0
    needs_review: int = 0
    waiting: int = 0
    parts: int = 0
    cost: int = 0

    def add(self, row: SmsHour) -> None:
        for item in fields(self):
            setattr(self, item.name, getattr(self, item.name) + getattr(row, item.name))

    @property
    def under_way(self) -> int:
        """Neither delivered nor failed, whoever has it now."""
        return self.queued - self.delivered - self.failed

    @property
    def delivery(self) -> Share:
        """Delivered, of those that a provider took over."""
        return Share(self.delivered, self.accepted)

    @property
    def parts_each(self) -> float | None:
        """Parts of a message that a provider took over, on average."""
        return self.parts / self.accepted if self.accepted else None


@dataclass
class Line:
    """A gateway and line: what was queued in 48 hours, and what of all times is not settled.

    `oldest` is when the longest waiting message was queued, as it was last counted.
    """

    gateway: str
    line: str
    count: Count
    waiting: int = 0
    needs_review: int = 0
    oldest: datetime | None = None


@dataclass(frozen=True)
class Recent:
    """The last 48 hours: by line, busiest first, by hour, oldest first, and all together."""

    lines: list[Line]
    hours: list[tuple[datetime, Count]]
    total: Count

    @property
    def waiting(self) -> int:
        return sum(line.waiting for line in self.lines)

    @property
    def needs_review(self) -> int:
        return sum(line.needs_review for line in self.lines)


@dataclass(frozen=True)
class Times:
    """Nearest-rank percentiles in seconds; None where nothing was measured."""

    median: float | None
    p90: float | None


@dataclass(frozen=True)
class Speed:
    """From queued to accepted by the provider, from there to the handset; of `messages`."""

    messages: int
    accepted: Times
    delivered: Times


@dataclass(frozen=True)
class Costs:
    """In Rial, since the Jalali day and month began."""

    today: int
    month: int


async def recent() -> Recent:
    """What was queued in the last 48 hours, and everything that still waits or needs a person."""
    first = hour_of(now()) - (HOURS - 1) * HOUR
    rows = await statements.select(
        SmsHour, "hour >= $1 OR waiting > 0 OR needs_review > 0 ORDER BY hour", first
    )
    lines: dict[tuple[str, str], Line] = {}
    hours = {first + number * HOUR: Count() for number in range(HOURS)}
    total = Count()
    for row in rows:
        line = lines.setdefault((row.gateway, row.line), Line(row.gateway, row.line, Count()))
        line.waiting += row.waiting
        line.needs_review += row.needs_review
        line.oldest = line.oldest or row.oldest
        if row.hour in hours:
            for count in (line.count, hours[row.hour], total):
                count.add(row)
    ordered = sorted(lines.values(), key=lambda line: (-line.count.queued, line.gateway, line.line))
    return Recent(ordered, list(hours.items()), total)


async def oldest() -> datetime | None:
    """When the longest waiting message was queued. Live: also right while nobody counts."""
    since = await _surely_sent_before()
    rows = await statements.fetch(_OLDEST, since)
    field = OutboxMessage._meta.fields_map["created_at"]
    return field.to_python_value(rows[0]["created_at"]) if rows else None


async def speed() -> Speed:
    """How long the newest messages of the last 24 hours took."""
    rows = await statements.fetch(_TIMES, now() - SAMPLED, SAMPLE)
    accepted, delivered = [], []
    for row in rows:
        queued_at, accepted_at, delivered_at = (_moment(value) for value in row.values())
        assert queued_at is not None and accepted_at is not None
        accepted.append((accepted_at - queued_at).total_seconds())
        if delivered_at is not None:
            delivered.append((delivered_at - accepted_at).total_seconds())
    return Speed(len(rows), percentiles(accepted), percentiles(delivered))


def percentiles(seconds: Sequence[float]) -> Times:
    """Median and p90 by the nearest rank; a report that overtook the answer took no time."""
    ordered = sorted(max(0.0, value) for value in seconds)
    if not ordered:
        return Times(None, None)
    return Times(ordered[-(-len(ordered) // 2) - 1], ordered[-(-9 * len(ordered) // 10) - 1])


async def costs() -> Costs:
    moment = now()
    month = jalali.month_bounds(*jalali.year_month(moment))[0]
    [row] = await statements.fetch(_COSTS, month, jalali.day_bounds(moment)[0])
    return Costs(row["today"], row["month"])


async def summary() -> SmsSummary | None:
    """Figures of 30 days, up to an hour old; None before the worker first counted."""
    return await SmsSummary.all().first()


def response(found: SmsSummary) -> Share:
    """Surveys answered in time, of those asked in 30 days that were answered or ran out (S6)."""
    return Share(found.replies, found.surveys)


def late(found: SmsSummary) -> Share:
    """Surveys answered after their time, of the same."""
    return Share(found.late, found.surveys)


def cost_per_case(found: SmsSummary) -> float | None:
    """Rial for the messages of the cases registered in 30 days, for each of these cases."""
    return found.case_cost / found.cases if found.cases else None


async def rates() -> dict[tuple[str, str], float]:
    """Messages a second that may leave, by gateway and line, as of its last message."""
    return {(row.gateway, row.line): row.rate for row in await SendingLine.all()}


async def states() -> list[dict[str, Any]]:
    """Messages queued in the last hour, by gateway, line and state; live."""
    return [dict(row) for row in await statements.fetch(_STATES, now() - STATES_FOR)]


async def parts() -> list[dict[str, Any]]:
    """Parts that providers took over since counting began, by gateway and line."""
    return [dict(row) for row in await statements.fetch(_PARTS)]


async def _surely_sent_before() -> datetime:
    """No message queued before this waited when it was last counted."""
    last = await summary()
    if last is None:
        return EPOCH
    waited = await SmsHour.exclude(oldest=None).order_by("oldest").first()
    counted = last.counted_at - OVERLAP
    return min(waited.oldest, counted) if waited and waited.oldest else counted


def _moment(value: Any) -> datetime | None:
    found: datetime | None = OutboxMessage._meta.fields_map["delivered_at"].to_python_value(value)
    return found
