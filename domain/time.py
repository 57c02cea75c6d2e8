"""The one source of the present moment, so that tests can move it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def _system_clock() -> datetime:
    return datetime.now(UTC)


_clock: Clock = _system_clock


def now() -> datetime:
    """The present moment: aware, in UTC."""
    return _clock()


def set_clock(clock: Clock | None) -> None:
    """Take the time from `clock` (it must give aware datetimes); None returns to the system's."""
    global _clock
    _clock = _system_clock if clock is None else _in_utc(clock)


def _in_utc(clock: Clock) -> Clock:
    return lambda: clock().astimezone(UTC)
