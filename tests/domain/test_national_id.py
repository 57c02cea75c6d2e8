from __future__ import annotations

import contextlib

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from domain.errors import DomainError
from domain.national_id import check_digit, parse
from domain.text import to_persian_digits

nine_digits = st.from_regex(r"[0-9]{9}", fullmatch=True)


@pytest.mark.parametrize(
    ("raw", "number"),
    [
        ("0013542419", "0013542419"),
        ("۰۰۱۳۵۴۲۴۱۹", "0013542419"),
        ("٠٠١٣٥٤٢٤١٩", "0013542419"),
        ("001-354241-9", "0013542419"),
        (" 001 354 2419 ", "0013542419"),
        ("1234567891", "1234567891"),
        ("0084575948", "0084575948"),
    ],
)
def test_valid(raw: str, number: str) -> None:
    assert parse(raw) == number


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("", "required"),
        ("  ", "required"),
        (None, "invalid"),
        (13542419, "invalid"),
        ("13542419", "invalid"),
        ("013542419", "invalid"),
        ("00013542419", "invalid"),
        ("0013542418", "invalid"),
        ("001354241a", "invalid"),
        ("001.354.2419", "invalid"),
        ("001354241\ud800", "invalid"),
        ("1" * 5000, "invalid"),
        *((str(d) * 10, "invalid") for d in range(10)),
    ],
)
def test_refusals(raw: object, code: str) -> None:
    with pytest.raises(DomainError) as refused:
        parse(raw)
    assert (refused.value.code, refused.value.field) == (code, "national_id")


@given(nine_digits)
def test_exactly_one_last_digit_is_right(first: str) -> None:
    assume(len(set(first)) > 1)
    for last in range(10):
        number = f"{first}{last}"
        if last == check_digit(first):
            assert parse(to_persian_digits(number)) == number
        else:
            with pytest.raises(DomainError):
                parse(number)


@given(nine_digits, st.integers(0, 8), st.integers(1, 9))
def test_one_wrong_digit_is_found(first: str, place: int, by: int) -> None:
    # A remainder of 10 and of 1 share the check digit 1, so one change in ten or so is not found.
    wrong = first[:place] + str((int(first[place]) + by) % 10) + first[place + 1 :]
    assume(check_digit(wrong) != check_digit(first))
    with pytest.raises(DomainError):
        parse(f"{wrong}{check_digit(first)}")


@given(st.text(st.characters()))
def test_anything_else_is_refused(raw: str) -> None:
    with contextlib.suppress(DomainError):
        assert len(parse(raw)) == 10
