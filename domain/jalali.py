"""Dates and times as people of Iran read them: Jalali, local time of Tehran, Persian digits."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from persiantools.jdatetime import JalaliDate

from domain.errors import DomainError
from domain.text import fold, to_persian_digits

TEHRAN: Final = ZoneInfo("Asia/Tehran")

MONTHS: Final = (
    "فروردین",
    "اردیبهشت",
    "خرداد",
    "تیر",
    "مرداد",
    "شهریور",
    "مهر",
    "آبان",
    "آذر",
    "دی",
    "بهمن",
    "اسفند",
)
WEEKDAYS: Final = (
    "دوشنبه",
    "سه‌شنبه",
    "چهارشنبه",
    "پنج‌شنبه",
    "جمعه",
    "شنبه",
    "یک‌شنبه",
)

Bounds = tuple[datetime, datetime]

_MINUTE: Final = 60
_HOUR: Final = 3600
_DAY: Final = 86400
_PERIOD: Final = re.compile(r"([0-9]{4})(?:[-/]([0-9]{1,2})(?:[-/]([0-9]{1,2}))?)?")
_YEARS: Final = range(1300, 1500)


@dataclass(frozen=True)
class Period:
    """A Jalali year, month or day: moments from `start` up to, not including, `end`, in UTC."""

    start: datetime
    end: datetime
    label: str


def format_date(moment: datetime) -> str:
    """«۱۴۰۵/۰۹/۰۳»"""
    day = _jalali(moment)
    return to_persian_digits(f"{day.year:04}/{day.month:02}/{day.day:02}")


def format_time(moment: datetime) -> str:
    """«۱۷:۰۵»"""
    return to_persian_digits(f"{_local(moment):%H:%M}")


def format_datetime(moment: datetime) -> str:
    """«۱۴۰۵/۰۹/۰۳ ۱۷:۰۵»"""
    return f"{format_date(moment)} {format_time(moment)}"


def long_date(moment: datetime) -> str:
    """«سه‌شنبه ۳ آذر ۱۴۰۵»"""
    return f"{WEEKDAYS[_local(moment).weekday()]} {_day_label(_jalali(moment))}"


def relative(moment: datetime, now: datetime) -> str:
    """How far `moment` is from `now`: «هم‌اکنون», «۵ دقیقه پیش», «دیروز», «۲ ساعت دیگر»."""
    seconds = abs((now - moment).total_seconds())
    past = moment <= now
    if seconds < _MINUTE:
        return "هم‌اکنون"
    if seconds < _DAY:
        length, unit = (_MINUTE, "دقیقه") if seconds < _HOUR else (_HOUR, "ساعت")
        return _apart(int(seconds // length), unit, past)
    days = abs((_local(now).date() - _local(moment).date()).days)
    if days == 1:
        return "دیروز" if past else "فردا"
    for length, unit in ((365, "سال"), (30, "ماه"), (7, "هفته")):
        if days >= length:
            return _apart(days // length, unit, past)
    return _apart(days, "روز", past)


def duration(seconds: float) -> str:
    """A length of time in its two largest units, rounded down: «۲ ساعت و ۵ دقیقه».

    Under a minute in seconds. The sign is ignored: the sentence around it says which way.
    """
    whole = int(abs(seconds))
    if whole < _MINUTE:
        return f"{to_persian_digits(whole)} ثانیه"
    if whole < _HOUR:
        return f"{to_persian_digits(whole // _MINUTE)} دقیقه"
    if whole < _DAY:
        return _two(whole // _HOUR, "ساعت", whole % _HOUR // _MINUTE, "دقیقه")
    return _two(whole // _DAY, "روز", whole % _DAY // _HOUR, "ساعت")


def day_bounds(moment: datetime) -> Bounds:
    """The day in Tehran that holds `moment`, from midnight to midnight, in UTC."""
    day = _local(moment).date()
    return _midnight(day), _midnight(day + timedelta(days=1))


def month_bounds(year: int, month: int) -> Bounds:
    """A Jalali month, in UTC. Raises DomainError invalid for a month that does not exist."""
    first = _first_of_month(year, month)
    return _midnight(first), _midnight(_first_of_month(year + month // 12, month % 12 + 1))


def year_bounds(year: int) -> Bounds:
    """A Jalali year, in UTC. Raises DomainError invalid outside 1300–1499."""
    return _midnight(_first_of_month(year, 1)), _midnight(_first_of_month(year + 1, 1))


def parse_period(text: object, field: str = "period") -> Period:
    """ "1405", "1405-08" or "1405-08-12" (also with / and Persian digits) as a period.

    Raises DomainError invalid for anything else, and for dates that do not exist.
    """
    match = _PERIOD.fullmatch(fold(text)) if isinstance(text, str) else None
    if match is None or int(match[1]) not in _YEARS:
        raise DomainError("invalid", field)
    year = int(match[1])
    if match[2] is None:
        return Period(*year_bounds(year), f"سال {to_persian_digits(year)}")
    month = int(match[2])
    if month not in range(1, 13):
        raise DomainError("invalid", field)
    if match[3] is None:
        return Period(*month_bounds(year, month), month_label(year, month))
    try:
        day = _date(year, month, int(match[3]))
    except ValueError:
        raise DomainError("invalid", field) from None
    start = _midnight(day.to_gregorian())
    return Period(*day_bounds(start), _day_label(day))


def month_label(year: int, month: int) -> str:
    """«آبان ۱۴۰۵»"""
    return f"{MONTHS[month - 1]} {to_persian_digits(year)}"


def year_month(moment: datetime) -> tuple[int, int]:
    """The Jalali year and month (1–12) of a moment, in Tehran."""
    day = _jalali(moment)
    return day.year, day.month


def _local(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone has no date")
    return moment.astimezone(TEHRAN)


def _jalali(moment: datetime) -> JalaliDate:
    return _date(_local(moment).date())


def _date(year: int | date, month: int | None = None, day: int | None = None) -> JalaliDate:
    """A Jalali date, or the Jalali date of a Gregorian one."""
    return JalaliDate(year, month, day)


def _day_label(day: JalaliDate) -> str:
    return f"{to_persian_digits(day.day)} {month_label(day.year, day.month)}"


def _first_of_month(year: int, month: int) -> date:
    if year not in range(_YEARS.start, _YEARS.stop + 1) or month not in range(1, 13):
        raise DomainError("invalid", "period")
    first: date = _date(year, month, 1).to_gregorian()
    return first


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, TEHRAN).astimezone(UTC)


def _apart(count: int, unit: str, past: bool) -> str:
    return f"{to_persian_digits(count)} {unit} {'پیش' if past else 'دیگر'}"


def _two(large: int, large_unit: str, small: int, small_unit: str) -> str:
    text = f"{to_persian_digits(large)} {large_unit}"
    return f"{text} و {to_persian_digits(small)} {small_unit}" if small else text
