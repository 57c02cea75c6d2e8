from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.calendar import ALWAYS, ServiceCalendar
from domain.jalali import TEHRAN

MINUTE = timedelta(minutes=1)
SATURDAY_TO_WEDNESDAY = (5, 6, 0, 1, 2)
OFFICE = ServiceCalendar(
    {day: [(time(7, 30), time(13)), (time(14), time(16))] for day in SATURDAY_TO_WEDNESDAY}
)


def tehran(day: int, hour: int = 0, minute: int = 0) -> datetime:
    """A moment of November 2026; the 24th is a Tuesday."""
    return datetime(2026, 11, day, hour, minute, tzinfo=TEHRAN)


def serves(calendar: ServiceCalendar, moment: datetime) -> bool:
    """Whether the minute that begins at `moment` is one of service: the reference."""
    local = moment.astimezone(TEHRAN)
    if local.date() in calendar.closed:
        return False
    if calendar.weekly is None:
        return True
    return any(
        opens <= local.time() and (local.time() < closes or closes == time.min)
        for opens, closes in calendar.weekly.get(local.weekday(), ())
    )


@st.composite
def calendars(draw: st.DrawFn) -> ServiceCalendar:
    closed = draw(st.frozensets(st.dates(date(2026, 11, 20), date(2026, 11, 30)), max_size=4))
    if draw(st.integers(0, 4)) == 0:
        return ServiceCalendar(None, closed)
    weekly = {}
    for day in draw(st.sets(st.integers(0, 6), min_size=1)):
        edges = sorted(draw(st.sets(st.integers(0, 96), min_size=2, max_size=6)))
        clock = [time.min if e == 96 else time(e // 4, e % 4 * 15) for e in edges]
        weekly[day] = list(zip(clock[::2], clock[1::2], strict=False))
    return ServiceCalendar(weekly, closed)


starts = st.integers(0, 7 * 24 * 60).map(lambda minute: tehran(20) + minute * MINUTE)


@settings(max_examples=60, deadline=None)
@given(calendars(), starts, st.integers(-60, 3 * 24 * 60))
def test_between_counts_the_minutes_of_service(
    calendar: ServiceCalendar, start: datetime, minutes: int
) -> None:
    served = sum(serves(calendar, start + n * MINUTE) for n in range(minutes))
    assert calendar.between(start, start + minutes * MINUTE) == served * MINUTE


@settings(max_examples=60, deadline=None)
@given(calendars(), starts, st.integers(1, 12 * 60))
def test_add_ends_when_the_minutes_of_service_have_passed(
    calendar: ServiceCalendar, start: datetime, minutes: int
) -> None:
    moment, left = start.astimezone(UTC), minutes
    while left:
        left -= serves(calendar, moment)
        moment += MINUTE
    assert calendar.add(start, minutes * MINUTE) == moment


@given(calendars(), starts, st.integers(0, 10**6))
def test_add_and_between_agree(calendar: ServiceCalendar, start: datetime, seconds: int) -> None:
    amount = timedelta(seconds=seconds)
    end = calendar.add(start, amount)
    assert calendar.between(start, end) == amount
    assert end >= start
    assert end.tzinfo is UTC


@given(calendars(), starts, st.integers(0, 10**5), st.integers(0, 10**5))
def test_service_time_is_additive(
    calendar: ServiceCalendar, start: datetime, first: int, second: int
) -> None:
    middle, end = (start + timedelta(seconds=s) for s in (first, first + second))
    halves = calendar.between(start, middle) + calendar.between(middle, end)
    assert halves == calendar.between(start, end)


@given(starts, st.timedeltas(timedelta(0), timedelta(days=400)))
def test_always_is_plain_time(start: datetime, amount: timedelta) -> None:
    assert ALWAYS.add(start, amount) == start + amount
    assert ALWAYS.between(start, start + amount) == amount


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        (tehran(24, 8), 3, tehran(24, 11)),
        (tehran(24, 11), 3, tehran(24, 15)),
        (tehran(24, 15), 3, tehran(25, 9, 30)),
        (tehran(24, 3), 3, tehran(24, 10, 30)),
        (tehran(25, 15), 3, tehran(28, 9, 30)),
        (tehran(26, 12), 3, tehran(28, 10, 30)),
        (tehran(24, 7, 30), 5.5, tehran(24, 13)),
        (tehran(24, 22), 0, tehran(24, 22)),
    ],
)
def test_office_hours(start: datetime, hours: float, end: datetime) -> None:
    assert OFFICE.add(start, timedelta(hours=hours)) == end


def test_a_holiday_is_skipped() -> None:
    closed = ServiceCalendar(OFFICE.weekly, frozenset({date(2026, 11, 25)}))
    assert closed.add(tehran(24, 15), timedelta(hours=3)) == tehran(28, 9, 30)
    assert closed.between(tehran(25), tehran(26)) == timedelta(0)


def test_time_never_runs_backwards() -> None:
    assert OFFICE.between(tehran(24, 12), tehran(24, 8)) == timedelta(0)
    with pytest.raises(ValueError, match="backwards"):
        OFFICE.add(tehran(24, 12), -MINUTE)


@pytest.mark.parametrize(
    "weekly",
    [
        {},
        {0: []},
        {7: [(time(8), time(12))]},
        {0: [(time(12), time(8))]},
        {0: [(time(8), time(8))]},
        {0: [(time(8), time(12)), (time(11), time(13))]},
        {0: [(time(8), time.min), (time(20), time(22))]},
    ],
)
def test_calendars_that_make_no_sense(weekly: dict[int, list[tuple[time, time]]]) -> None:
    with pytest.raises(ValueError, match=r"service|weekday"):
        ServiceCalendar(weekly)
