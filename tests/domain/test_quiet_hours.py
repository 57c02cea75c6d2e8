from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import outbox, quiet_hours
from domain.jalali import TEHRAN
from domain.rules import Rules
from models.enums import MessageChannel, TextKind
from tests.support.world import MOBILE, World


def tehran(hour: int, minute: int = 0, day: int = 24) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=TEHRAN)


@pytest.mark.parametrize(
    ("at", "opens"),
    [
        (tehran(8), tehran(8)),
        (tehran(20, 59), tehran(20, 59)),
        (tehran(21), tehran(8, day=25)),
        (tehran(7, 59), tehran(8)),
        (tehran(0), tehran(8)),
        (tehran(23, 59), tehran(8, day=25)),
    ],
)
def test_calls_are_made_from_eight_to_nine_in_the_evening(at: datetime, opens: datetime) -> None:
    assert quiet_hours.next_call(at.astimezone(UTC), Rules()) == opens


@given(st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC)))
def test_the_next_time_for_calls_is_near_and_allowed(moment: datetime) -> None:
    opens = quiet_hours.next_call(moment, Rules())
    assert moment <= opens <= moment + timedelta(hours=11)
    assert 8 <= opens.astimezone(TEHRAN).hour < 21
    assert quiet_hours.next_call(opens, Rules()) == opens


async def test_only_calls_and_questions_of_surveys_wait_at_night(world: World) -> None:
    world.clock.at = tehran(23).astimezone(UTC)
    call = await outbox.queue(
        TextKind.RESULT, MOBILE, "1", channel=MessageChannel.CALL, code="1", result="x"
    )
    survey = await outbox.queue(TextKind.SURVEY, MOBILE, "2", code="1")
    result = await outbox.queue(TextKind.RESULT, MOBILE, "3", code="1", result="x")
    assert call is not None and survey is not None and result is not None
    assert await quiet_hours.opening(call) == tehran(8, day=25)
    assert await quiet_hours.opening(survey) == tehran(9, day=25)
    assert await quiet_hours.opening(result) is None
    world.clock.at = tehran(10, day=25).astimezone(UTC)
    assert await quiet_hours.opening(call) is await quiet_hours.opening(survey) is None
