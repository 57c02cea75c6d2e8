"""Arithmetic in service hours: how much service time lies between two moments, and when it ends.

Weekly hours, holidays and exceptions are in the local time of Tehran; moments are aware datetimes
and come back in UTC.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Final

from domain.jalali import TEHRAN

_DAY: Final = timedelta(days=1)
_ALL_DAY: Final = ((time.min, time.min),)

Hours = tuple[time, time]


@dataclass(frozen=True)
class ServiceCalendar:
    """The hours in which the clock of a case runs.

    `weekly` maps a weekday (Monday 0 … Sunday 6, as in datetime) to its hours (from, to); a `to`
    of 00:00 is the end of that day, a missing day has no service, None is round the clock.
    `closed` are the local dates without service.
    """

    weekly: Mapping[int, Sequence[Hours]] | None = None
    closed: frozenset[date] = field(default_factory=frozenset)

    def __post_init__(self) -> None:
        if self.weekly is None:
            return
        if not any(self.weekly.values()):
            raise ValueError("a service calendar needs at least one hour of service")
        for weekday, hours in self.weekly.items():
            _check_hours(weekday, sorted(hours))

    def add(self, start: datetime, amount: timedelta) -> datetime:
        """The first moment at which `amount` of service time has passed since `start`.

        Nothing to add gives `start` itself. Raises ValueError for a negative amount.
        """
        if amount < timedelta(0):
            raise ValueError("service time cannot run backwards")
        moment = start.astimezone(UTC)
        if not amount or self._never_closes:
            return moment + amount
        for opens, closes in self._periods(moment):
            if closes - opens >= amount:
                return opens + amount
            amount -= closes - opens
        raise AssertionError("periods never end")

    def between(self, start: datetime, end: datetime) -> timedelta:
        """The service time from `start` to `end`; none if `end` is not later."""
        first, last = start.astimezone(UTC), end.astimezone(UTC)
        total = timedelta(0)
        if last <= first:
            return total
        if self._never_closes:
            return last - first
        for opens, closes in self._periods(first):
            if opens >= last:
                break
            total += min(closes, last) - opens
        return total

    @property
    def _never_closes(self) -> bool:
        return self.weekly is None and not self.closed

    def _periods(self, since: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Periods of service in order and without end; the first is cut to begin at `since`."""
        day = since.astimezone(TEHRAN).date()
        while True:
            for opens, closes in self._hours(day):
                begin = _moment(day, opens)
                end = _moment(day + _DAY if closes == time.min else day, closes)
                if end > since:
                    yield max(begin, since), end
            day += _DAY

    def _hours(self, day: date) -> Sequence[Hours]:
        if day in self.closed:
            return ()
        if self.weekly is None:
            return _ALL_DAY
        return sorted(self.weekly.get(day.weekday(), ()))


def _check_hours(weekday: int, hours: list[Hours]) -> None:
    if weekday not in range(7):
        raise ValueError(f"no such weekday: {weekday}")
    for opens, closes in hours:
        if closes <= opens and closes != time.min:
            raise ValueError(f"service hours end before they begin: {opens}–{closes}")
    for (_, closes), (opens, _) in pairwise(hours):
        if closes > opens or closes == time.min:
            raise ValueError(f"service hours overlap on weekday {weekday}")


def _moment(day: date, at: time) -> datetime:
    return datetime.combine(day, at, TEHRAN).astimezone(UTC)


ALWAYS: Final = ServiceCalendar()
