"""Every code of the provider, held against the tables of its reference (kavenegar §3, §4)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.enums import MessageState
from sms import codes
from sms.gateway import Action

STATUSES = """
1 accepted
2 accepted
4 sent
5 sent
6 failed
10 delivered
11 undelivered
13 cancelled
14 blocked
50 -
100 -
"""
"""Reference §3, by hand: a dash carries no information."""

ACTIONS = """
retry        409
slow_down    451
pause        429
ambiguous    402
halt         401 403 410 416 430 501
halt_credit  418
halt_line    412 427
permanent    411 413 417 420 422
bug          400 404 405 406 414 419 604 607
feature_off  407
permanent    424 426 428 431 432
empty        449
"""
"""Reference §4, by hand, row by row."""

EXPECTED_STATUSES = [
    (int(code), None if state == "-" else MessageState(state))
    for code, state in map(str.split, STATUSES.strip().splitlines())
]
EXPECTED_ACTIONS = [
    (int(code), Action(action))
    for action, *listed in map(str.split, ACTIONS.strip().splitlines())
    for code in listed
]


@pytest.mark.parametrize(("status", "state"), EXPECTED_STATUSES)
def test_a_status_of_the_reference(status: int, state: MessageState | None) -> None:
    assert codes.state(status) is state
    assert codes.STATUSES[status] is state


@pytest.mark.parametrize("status", codes.STATUSES)
def test_a_status_of_the_table_stands_in_the_reference(status: int) -> None:
    assert status in dict(EXPECTED_STATUSES)


@pytest.mark.parametrize(("code", "action"), EXPECTED_ACTIONS)
def test_a_code_of_the_reference(code: int, action: Action) -> None:
    row = codes.RETURN_CODES[code]
    assert codes.return_code(code) is row
    assert (row.code, row.action) == (code, action)


@pytest.mark.parametrize("code", codes.RETURN_CODES)
def test_a_code_of_the_table_says_what_it_means(code: int) -> None:
    row = codes.RETURN_CODES[code]
    assert code in dict(EXPECTED_ACTIONS)
    assert row.en and row.en.isascii()
    assert row.fa and not any(char in row.fa for char in "يكةىABCDEFabcdef0123456789")


@given(st.integers())
def test_a_status_never_heard_of_says_nothing(status: int) -> None:
    if status not in codes.STATUSES:
        assert codes.state(status) is None


@given(st.integers())
def test_a_code_never_heard_of_ends_the_message_and_raises_an_alarm(code: int) -> None:
    if code not in codes.RETURN_CODES:
        row = codes.return_code(code)
        assert (row.code, row.action, row.fa) == (code, Action.BUG, "کد ناشناخته")


def test_every_action_is_used() -> None:
    assert {row.action for row in codes.RETURN_CODES.values()} == set(Action)
