"""Counting SMS beforehand, so that a page costs the same however many there are; docs/figures.md.

`SmsHour` holds the messages of each hour by gateway and line, as they stand. A run counts anew
every hour of which a message has changed since the run before, and so leaves the table equal to
the messages themselves. `SmsSummary` says until when, and holds what needs 30 days.
"""

# ruff: noqa: S608 (queries are put together from this module's own constants)

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from domain import jalali
from domain.outbox import WAITING
from domain.time import now
from models import OptOut, SmsHour, SmsSummary, Survey, database, statements
from models.database import transaction
from models.enums import MessageState, SurveyState

KIND: Final = "sms.count"
EVERY: Final = timedelta(minutes=1)
HOUR: Final = timedelta(hours=1)
WINDOW: Final = timedelta(hours=49)
"""Counted anew once an hour, whether something seems to have changed or not."""
OVERLAP: Final = timedelta(minutes=2)
"""A change may be committed so long after the moment that it carries."""
SUMMED: Final = timedelta(days=30)
UNSETTLED: Final = (*WAITING, MessageState.NEEDS_REVIEW)
FAILED: Final = (
    MessageState.FAILED,
    MessageState.UNDELIVERED,
    MessageState.BLOCKED,
    MessageState.CANCELLED,
)
REFUNDED: Final = (MessageState.BLOCKED, MessageState.CANCELLED)
"""The provider gives the price of these back (kavenegar §3)."""

_ONLY: Final = 1
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_HALF_HOUR: Final = timedelta(minutes=30)
"""Clocks in Tehran are whole hours and a half ahead of UTC."""
_SETTLED: Final = (SurveyState.SCORED, SurveyState.DONE, SurveyState.EXPIRED)
_FIGURES: Final = [
    "queued",
    "accepted",
    "delivered",
    "failed",
    "needs_review",
    "waiting",
    "oldest",
    "parts",
    "cost",
]


def listed(states: Iterable[str]) -> str:
    """Values of our own as a list in SQL."""
    return "(" + ", ".join(f"'{state}'" for state in states) + ")"


def hour_of(moment: datetime) -> datetime:
    """The beginning of the hour in Tehran that holds `moment`."""
    return moment - (moment - EPOCH + _HALF_HOUR) % HOUR


async def run() -> datetime:
    """The worker's chore: count what has changed; when to do it again."""
    async with transaction():
        await database.lock_name(KIND)
        moment = now()
        last = await SmsSummary.get_or_none(id=_ONLY)
        if last is None:
            open_hours = await _changed_since(EPOCH, UNSETTLED)
            await count(open_hours | await _hours_since(_beginning(moment)))
            await _sum(moment)
        else:
            changed = await _changed_since(last.counted_at - OVERLAP)
            if hour_of(last.summed_at) != hour_of(moment):
                changed |= await _hours_since(hour_of(moment - WINDOW))
                await _sum(moment)
            await count(changed)
            await SmsSummary.filter(id=_ONLY).update(counted_at=moment)
    return moment + EVERY


async def count_anew() -> None:
    """Have the next run count everything: messages were added that look old."""
    await SmsSummary.all().delete()


async def count(hours: Iterable[datetime]) -> None:
    """Make the rows of these hours equal to the messages. Needs the lock, in a transaction."""
    for hour in sorted(hours):
        found = [_row(hour, values) for values in await live(hour, hour + HOUR)]
        lines = {(row.gateway, row.line) for row in found}
        for row in await SmsHour.filter(hour=hour):
            if (row.gateway, row.line) not in lines:
                await row.delete()
        await SmsHour.bulk_create(
            found, on_conflict=["hour", "gateway", "line"], update_fields=_FIGURES
        )


async def live(start: datetime, end: datetime) -> list[dict[str, Any]]:
    """The figures of the messages queued in [start, end), by gateway and line."""
    rows = await statements.fetch(_LIVE, start, end)
    oldest = SmsHour._meta.fields_map["oldest"]
    return [{**row, "oldest": oldest.to_python_value(row["oldest"])} for row in rows]


def _one(condition: str) -> str:
    return f"CASE WHEN {condition} THEN 1 ELSE 0 END"


_TAKEN: Final = "accepted_at IS NOT NULL"
_LIVE: Final = f"""
    SELECT gateway, line, count(*) AS queued,
        CAST(sum({_one(_TAKEN)}) AS integer) AS accepted,
        CAST(sum({_one("state = 'delivered'")}) AS integer) AS delivered,
        CAST(sum({_one(f"state IN {listed(FAILED)}")}) AS integer) AS failed,
        CAST(sum({_one("state = 'needs_review'")}) AS integer) AS needs_review,
        CAST(sum({_one(f"state IN {listed(WAITING)}")}) AS integer) AS waiting,
        min(CASE WHEN state IN {listed(WAITING)} THEN created_at END) AS oldest,
        CAST(sum(CASE WHEN {_TAKEN} THEN parts ELSE 0 END) AS integer) AS parts,
        CAST(sum(CASE WHEN state IN {listed(REFUNDED)} THEN 0 ELSE COALESCE(cost, 0) END)
            AS bigint) AS cost
    FROM outbox_message WHERE created_at >= $1 AND created_at < $2 GROUP BY gateway, line"""
_CASES: Final = f"""
    SELECT count(DISTINCT c.id) AS cases,
        CAST(COALESCE(sum(CASE WHEN m.state IN {listed(REFUNDED)} THEN 0 ELSE m.cost END), 0)
            AS bigint) AS cost
    FROM cases c LEFT JOIN outbox_message m ON m.case_id = c.id WHERE c.registered_at >= $1"""


def _row(hour: datetime, values: dict[str, Any]) -> SmsHour:
    return SmsHour(hour=hour, **values)


def _beginning(moment: datetime) -> datetime:
    """From where the first run counts: what pages show of the month and of the last days."""
    month = jalali.month_bounds(*jalali.year_month(moment))[0]
    return min(month, hour_of(moment - WINDOW))


async def _hours_since(start: datetime) -> set[datetime]:
    """Hours since `start` in which a message was queued, or that have a row."""
    kept = await SmsHour.filter(hour__gte=start).distinct().values("hour")
    return await _hours("created_at >= $1", start) | {row["hour"] for row in kept}


async def _changed_since(
    start: datetime, states: Iterable[MessageState] = tuple(MessageState)
) -> set[datetime]:
    """Hours of which a message in one of these states has changed since `start`."""
    return await _hours(f"state IN {listed(states)} AND updated_at >= $1", start)


async def _hours(condition: str, start: datetime) -> set[datetime]:
    seconds = (
        "floor(extract(epoch FROM created_at))"
        if database.is_postgres()
        else "strftime('%s', created_at)"
    )
    number = f"(CAST({seconds} AS bigint) + 1800) / 3600"
    rows = await statements.fetch(
        f"SELECT DISTINCT {number} AS number FROM outbox_message WHERE {condition}", start
    )
    return {EPOCH + row["number"] * HOUR - _HALF_HOUR for row in rows}


async def _sum(moment: datetime) -> None:
    since = moment - SUMMED
    asked = Survey.filter(asked_at__gte=since, state__in=_SETTLED)
    [cases] = await statements.fetch(_CASES, since)
    values = {
        "counted_at": moment,
        "summed_at": moment,
        "surveys": await asked.count(),
        "replies": await asked.exclude(scored_at=None).count(),
        "late": await asked.filter(state=SurveyState.DONE, scored_at=None).count(),
        "cases": cases["cases"],
        "case_cost": cases["cost"],
        "opt_outs": await OptOut.all().count(),
        "new_opt_outs": await OptOut.filter(created_at__gte=since).count(),
    }
    await SmsSummary.update_or_create(values, id=_ONLY)
