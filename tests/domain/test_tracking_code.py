from __future__ import annotations

import random

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from domain.text import to_persian_digits
from domain.tracking_code import check_digit, display, generate, parse

codes = st.integers(0, 2**32).map(lambda seed: generate(random.Random(seed)))


def test_a_code_by_hand() -> None:
    assert check_digit("572") == "4"
    assert display("482139075612") == "4821-3907-5612"


@given(codes)
def test_a_code_survives_every_way_of_writing_it(code: str) -> None:
    assert len(code) == 12
    assert code.isascii()
    assert code[0] != "0"
    assert not code.startswith("989")
    for written in (code, display(code), to_persian_digits(display(code)), f" {code}\n"):
        assert parse(written) == code
    assert parse("  ".join(code)) == code
    assert parse(f"\u200f{display(code).replace('-', '–')}\u200f") == code


@given(codes, st.integers(0, 11), st.integers(1, 9))
def test_every_single_wrong_digit_is_found(code: str, place: int, by: int) -> None:
    wrong = code[:place] + str((int(code[place]) + by) % 10) + code[place + 1 :]
    assert parse(wrong) is None


@given(codes, st.integers(0, 10))
def test_every_swap_of_neighbours_is_found(code: str, place: int) -> None:
    assume(code[place] != code[place + 1])
    swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    assert parse(swapped) is None


@pytest.mark.parametrize(
    "text",
    ["", "0", "48213907561", "4821390756123", "098765432109", "کد 482139075612", "4821.3907.5612"],
)
def test_other_texts_are_no_code(text: str) -> None:
    assert parse(text) is None


def test_a_mobile_number_is_never_a_code() -> None:
    for number in range(2000):
        assert parse(f"98912{number:07}") is None


@given(codes, codes)
def test_two_codes_are_not_one(first: str, second: str) -> None:
    assert parse(f"{first} {second}") is None


@given(st.text(st.characters()))
def test_parse_takes_any_text(text: str) -> None:
    parse(text)


def test_codes_come_from_a_secret_source_unless_told() -> None:
    assert len({generate() for _ in range(200)}) == 200
    assert generate(random.Random(7)) == generate(random.Random(7))
