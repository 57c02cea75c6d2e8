"""When citizens call: by weekday, hour and season, in the local time of Tehran."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from random import Random

from domain.generate.nation import Weighted
from domain.jalali import TEHRAN, month_bounds, year_month

_WEEKDAYS = {5: 1.2, 6: 1.1, 0: 1.05, 1: 1.0, 2: 0.95, 3: 0.4, 4: 0.15}
"""Monday is 0: Saturday is the busiest day, Friday the quietest."""
_HOURS = (
    *(0.12, 0.08, 0.05, 0.05, 0.06, 0.15, 0.5, 1.6),
    *(5.5, 8.5, 9.5, 9.0, 8.0, 6.5, 4.5, 3.0),
    *(2.4, 2.2, 2.0, 1.8, 1.5, 1.2, 0.8, 0.35),
)
_GROWTH = 0.35
"""How much busier the last day is than the first."""


def start(now: datetime, months: int) -> datetime:
    """The same day of the Jalali month, `months` ago."""
    year, month = year_month(now)
    passed = now - month_bounds(year, month)[0]
    back = year * 12 + month - 1 - months
    first, end = month_bounds(back // 12, back % 12 + 1)
    return min(first + passed, end - timedelta(seconds=1))


def draw(rng: Random, since: datetime, now: datetime, count: int) -> list[datetime]:
    """`count` moments between `since` and `now`, in order."""
    days: Weighted[datetime] = Weighted()
    first, last = since.astimezone(TEHRAN).date(), now.astimezone(TEHRAN).date()
    length = (last - first).days
    for number in range(length + 1):
        day = datetime.combine(first + timedelta(days=number), time.min, TEHRAN)
        days.add(day, _WEEKDAYS[day.weekday()] * (1 + _GROWTH * number / max(1, length)))
    hours: Weighted[int] = Weighted()
    for hour, weight in enumerate(_HOURS):
        hours.add(hour, weight)
    moments: list[datetime] = []
    while len(moments) < count:
        seconds = hours.draw(rng) * 3600 + rng.random() * 3600
        moment = (days.draw(rng) + timedelta(seconds=seconds)).astimezone(now.tzinfo)
        if since <= moment <= now:
            moments.append(moment)
    return sorted(moments)


def is_quiet(moment: datetime) -> bool:
    """Whether offices are closed: at night and on Fridays."""
    local = moment.astimezone(TEHRAN)
    return local.weekday() == 4 or not 7 <= local.hour < 18
