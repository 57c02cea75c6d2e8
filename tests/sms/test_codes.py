from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sms import codes
from sms.codes import Action, advance

STATES = [
    codes.UNKNOWN,
    codes.ACCEPTED,
    codes.SENT,
    codes.UNDELIVERED,
    codes.FAILED,
    codes.CANCELLED,
    codes.BLOCKED,
    codes.DELIVERED,
]


@pytest.mark.parametrize(
    ("code", "state", "rank", "final"),
    [
        (1, "accepted", 1, False),
        (2, "accepted", 1, False),
        (4, "sent", 2, False),
        (5, "sent", 2, False),
        (6, "failed", 3, True),
        (10, "delivered", 4, True),
        (11, "undelivered", 3, False),
        (13, "cancelled", 3, True),
        (14, "blocked", 3, True),
        (50, "unknown", 0, False),
        (100, "unknown", 0, False),
        (77, "unknown", 0, False),
        (-1, "unknown", 0, False),
    ],
)
def test_status(code: int, state: str, rank: int, final: bool) -> None:
    assert codes.status(code) == codes.Status(code, state, rank, final)


@pytest.mark.parametrize(
    ("current", "code", "expected"),
    [
        ("accepted", 4, "sent"),
        ("sent", 1, "sent"),
        ("sent", 10, "delivered"),
        ("undelivered", 10, "delivered"),
        ("delivered", 11, "delivered"),
        ("delivered", 4, "delivered"),
        ("failed", 11, "failed"),
        ("sent", 100, "sent"),
        ("sent", 50, "sent"),
        ("sent", 999, "sent"),
        ("unknown", 1, "accepted"),
        ("uncertain", 10, "delivered"),
        ("uncertain", 100, "uncertain"),
    ],
)
def test_advance(current: str, code: int, expected: str) -> None:
    assert advance(current, code) == expected


@given(st.lists(st.sampled_from([1, 2, 4, 5, 6, 10, 11, 13, 14, 50, 100, 7]), max_size=12))
def test_no_order_of_reports_goes_back(reports: list[int]) -> None:
    rank = {codes.status(code).state: codes.status(code).rank for code in codes.STATUSES}
    state = codes.UNKNOWN
    for code in reports:
        following = advance(state, code)
        assert following in STATES
        assert following == state or rank[following] > rank[state]
        assert advance(following, code) == following
        state = following
    assert (state == codes.DELIVERED) == (10 in reports)


@pytest.mark.parametrize(
    ("code", "action"),
    [
        (400, Action.BUG),
        (401, Action.HALT),
        (402, Action.AMBIGUOUS),
        (403, Action.HALT),
        (404, Action.BUG),
        (405, Action.BUG),
        (406, Action.BUG),
        (407, Action.FEATURE_OFF),
        (409, Action.RETRY),
        (410, Action.HALT),
        (411, Action.PERMANENT),
        (412, Action.HALT_LINE),
        (413, Action.PERMANENT),
        (414, Action.BUG),
        (416, Action.HALT),
        (417, Action.PERMANENT),
        (418, Action.HALT_CREDIT),
        (419, Action.BUG),
        (420, Action.PERMANENT),
        (422, Action.PERMANENT),
        (424, Action.PERMANENT),
        (426, Action.PERMANENT),
        (427, Action.HALT_LINE),
        (428, Action.PERMANENT),
        (429, Action.PAUSE),
        (430, Action.HALT),
        (431, Action.PERMANENT),
        (432, Action.PERMANENT),
        (449, Action.EMPTY),
        (451, Action.RETRY),
        (501, Action.HALT),
        (604, Action.BUG),
        (607, Action.BUG),
        (808, Action.BUG),
        (0, Action.BUG),
    ],
)
def test_action(code: int, action: Action) -> None:
    row = codes.return_code(code)
    assert codes.action(code) is row.action is action
    assert row.code == code
    assert row.en.isascii()
    assert row.fa
    assert not row.fa.isascii()


def test_every_action_is_used() -> None:
    assert {row.action for row in codes.RETURN_CODES.values()} == set(Action)
