from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import jalali
from domain.errors import DomainError

NOW = datetime(2026, 11, 24, 13, 35, tzinfo=UTC)
MINUTE, HOUR, DAY = 60, 3600, 86400
moments = st.datetimes(datetime(1975, 1, 1), datetime(2110, 1, 1), timezones=st.just(UTC))


def test_formats() -> None:
    assert jalali.format_date(NOW) == "۱۴۰۵/۰۹/۰۳"
    assert jalali.format_time(NOW) == "۱۷:۰۵"
    assert jalali.format_datetime(NOW) == "۱۴۰۵/۰۹/۰۳ ۱۷:۰۵"
    assert jalali.long_date(NOW) == "سه‌شنبه ۳ آذر ۱۴۰۵"


def test_the_day_is_that_of_tehran() -> None:
    assert jalali.format_date(datetime(2026, 11, 24, 20, 29, tzinfo=UTC)) == "۱۴۰۵/۰۹/۰۳"
    assert jalali.format_date(datetime(2026, 11, 24, 20, 30, tzinfo=UTC)) == "۱۴۰۵/۰۹/۰۴"


@pytest.mark.parametrize(
    ("gregorian", "text"),
    [
        ((2024, 3, 20), "چهارشنبه ۱ فروردین ۱۴۰۳"),
        ((2025, 3, 20), "پنج‌شنبه ۳۰ اسفند ۱۴۰۳"),
        ((2025, 3, 21), "جمعه ۱ فروردین ۱۴۰۴"),
        ((2025, 1, 15), "چهارشنبه ۲۶ دی ۱۴۰۳"),
        ((2026, 11, 21), "شنبه ۳۰ آبان ۱۴۰۵"),
        ((2026, 11, 22), "یک‌شنبه ۱ آذر ۱۴۰۵"),
        ((2026, 11, 23), "دوشنبه ۲ آذر ۱۴۰۵"),
    ],
)
def test_known_days(gregorian: tuple[int, int, int], text: str) -> None:
    assert jalali.long_date(datetime(*gregorian, 8, tzinfo=UTC)) == text


def test_a_moment_without_zone_has_no_date() -> None:
    with pytest.raises(ValueError, match="time zone"):
        jalali.format_date(datetime(2026, 11, 24))


@pytest.mark.parametrize(
    ("seconds_ago", "text"),
    [
        (0, "هم‌اکنون"),
        (59, "هم‌اکنون"),
        (-59, "هم‌اکنون"),
        (MINUTE, "۱ دقیقه پیش"),
        (5 * MINUTE, "۵ دقیقه پیش"),
        (59 * MINUTE + 59, "۵۹ دقیقه پیش"),
        (HOUR, "۱ ساعت پیش"),
        (DAY - 1, "۲۳ ساعت پیش"),
        (DAY, "دیروز"),
        (2 * DAY, "۲ روز پیش"),
        (6 * DAY, "۶ روز پیش"),
        (7 * DAY, "۱ هفته پیش"),
        (29 * DAY, "۴ هفته پیش"),
        (30 * DAY, "۱ ماه پیش"),
        (364 * DAY, "۱۲ ماه پیش"),
        (365 * DAY, "۱ سال پیش"),
        (800 * DAY, "۲ سال پیش"),
        (-5 * MINUTE, "۵ دقیقه دیگر"),
        (-2 * HOUR, "۲ ساعت دیگر"),
        (-DAY, "فردا"),
        (-3 * DAY, "۳ روز دیگر"),
        (-14 * DAY, "۲ هفته دیگر"),
    ],
)
def test_relative(seconds_ago: int, text: str) -> None:
    assert jalali.relative(NOW - timedelta(seconds=seconds_ago), NOW) == text


def test_yesterday_is_a_day_of_the_calendar() -> None:
    morning = datetime(2026, 11, 24, 5, tzinfo=UTC)
    assert jalali.relative(morning - timedelta(hours=30), morning) == "دیروز"
    assert jalali.relative(morning - timedelta(hours=40), morning) == "۲ روز پیش"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "۰ ثانیه"),
        (45.9, "۴۵ ثانیه"),
        (60, "۱ دقیقه"),
        (59 * MINUTE + 59, "۵۹ دقیقه"),
        (HOUR, "۱ ساعت"),
        (2 * HOUR + 5 * MINUTE, "۲ ساعت و ۵ دقیقه"),
        (2 * HOUR + 59, "۲ ساعت"),
        (DAY, "۱ روز"),
        (3 * DAY + 4 * HOUR + 50 * MINUTE, "۳ روز و ۴ ساعت"),
        (-15 * MINUTE, "۱۵ دقیقه"),
    ],
)
def test_duration(seconds: float, text: str) -> None:
    assert jalali.duration(seconds) == text


@given(moments, moments)
def test_times_are_told_without_ascii_digits(moment: datetime, now: datetime) -> None:
    seconds = (now - moment).total_seconds()
    for text in (jalali.relative(moment, now), jalali.duration(seconds), jalali.long_date(now)):
        assert text
        assert not set(text) & set("0123456789-")


@given(moments)
def test_bounds_hold_the_moment_and_touch_the_next(moment: datetime) -> None:
    year, month = jalali.year_month(moment)
    for start, end in (
        jalali.day_bounds(moment),
        jalali.month_bounds(year, month),
        jalali.year_bounds(year),
    ):
        assert start <= moment < end
        assert start.tzinfo is end.tzinfo is UTC
        assert jalali.day_bounds(end)[0] == end


@pytest.mark.parametrize(("year", "days"), [(1403, 366), (1404, 365), (1405, 365), (1408, 366)])
def test_leap_years(year: int, days: int) -> None:
    start, end = jalali.year_bounds(year)
    assert (end - start).days == days


def test_months_make_up_the_year() -> None:
    months = [jalali.month_bounds(1405, month) for month in range(1, 13)]
    assert [(end - start).days for start, end in months] == [31] * 6 + [30] * 5 + [29]
    assert (months[0][0], months[-1][1]) == jalali.year_bounds(1405)


@pytest.mark.parametrize(
    ("text", "label", "days"),
    [
        ("1405", "سال ۱۴۰۵", 365),
        ("1405-08", "آبان ۱۴۰۵", 30),
        ("1405-8", "آبان ۱۴۰۵", 30),
        ("1405-08-12", "۱۲ آبان ۱۴۰۵", 1),
        ("۱۴۰۵/۰۸/۱۲", "۱۲ آبان ۱۴۰۵", 1),
        (" 1403-12-30 ", "۳۰ اسفند ۱۴۰۳", 1),
    ],
)
def test_periods(text: str, label: str, days: int) -> None:
    period = jalali.parse_period(text)
    assert period.label == label
    assert period.end - period.start == timedelta(days=days)


def test_a_period_begins_at_midnight_in_tehran() -> None:
    period = jalali.parse_period("1405-09-03")
    assert period.start == datetime(2026, 11, 23, 20, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        *("", "5", "140", "14050", "1299", "1500", "2026", "1405-", "1405-00", "1405-13"),
        *("1405-08-00", "1405-08-31", "1405-12-30", "1405-08-12-1", "1405 08", "a", "1405-8-x"),
        *(None, 1405, ["1405"], "\ud800", "1405-08-12T00:00"),
    ],
)
def test_other_texts_are_no_period(text: object) -> None:
    with pytest.raises(DomainError) as refused:
        jalali.parse_period(text)
    assert (refused.value.code, refused.value.field) == ("invalid", "period")


@pytest.mark.parametrize(("year", "month"), [(1405, 0), (1405, 13), (1200, 1), (9000, 1)])
def test_bounds_of_no_month(year: int, month: int) -> None:
    with pytest.raises(DomainError):
        jalali.month_bounds(year, month)
