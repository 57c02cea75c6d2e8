from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

import pytest

from domain import time


@pytest.fixture(autouse=True)
def restore_clock() -> Iterator[None]:
    yield
    time.set_clock(None)


def test_now_is_aware_and_in_utc() -> None:
    assert time.now().tzinfo is UTC
    assert abs(time.now() - datetime.now(UTC)) < timedelta(minutes=1)


def test_a_test_may_set_the_clock_in_any_zone() -> None:
    tehran = timezone(timedelta(hours=3, minutes=30))
    time.set_clock(lambda: datetime(2026, 11, 24, 17, 5, tzinfo=tehran))
    assert time.now() == datetime(2026, 11, 24, 13, 35, tzinfo=UTC)
    assert time.now().tzinfo is UTC
    time.set_clock(None)
    assert time.now() > datetime(2026, 11, 1, tzinfo=UTC)
