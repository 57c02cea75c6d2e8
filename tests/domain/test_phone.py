from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import DomainError
from domain.phone import local_form, mask, parse_mobile
from domain.text import to_persian_digits


@pytest.mark.parametrize(
    "raw",
    [
        "09121234567",
        "9121234567",
        "+989121234567",
        "00989121234567",
        "989121234567",
        "۰۹۱۲۱۲۳۴۵۶۷",
        "٠٩١٢١٢٣٤٥٦٧",
        "0912 123 4567",
        "0912-123-4567",
        "+98 (912) 123-4567",
        " 09121234567\n",
        "\u200e+989121234567\u200f",
        "۰۹۱۲‌۱۲۳‌۴۵۶۷",
        "0912–123–4567",
    ],
)
def test_usual_spellings(raw: str) -> None:
    assert parse_mobile(raw) == "+989121234567"


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("", "required"),
        (" - ", "required"),
        (None, "invalid"),
        (9121234567, "invalid"),
        (["09121234567"], "invalid"),
        ("0912123456", "invalid"),
        ("091212345678", "invalid"),
        ("02112345678", "invalid"),
        ("08121234567", "invalid"),
        ("+979121234567", "invalid"),
        ("+9809121234567", "invalid"),
        ("0989121234567", "invalid"),
        ("++989121234567", "invalid"),
        ("0912123456a", "invalid"),
        ("09121234567,09121234568", "invalid"),
        ("0912123456\ud800", "invalid"),
        ("0912123456\x00", "invalid"),
        ("9" * 10_000, "invalid"),
    ],
)
def test_refusals(raw: object, code: str) -> None:
    with pytest.raises(DomainError) as refused:
        parse_mobile(raw, "caller")
    assert (refused.value.code, refused.value.field) == (code, "caller")


@given(st.from_regex(r"9[0-9]{9}", fullmatch=True))
def test_all_spellings_of_a_number_are_one(number: str) -> None:
    for prefix in ("", "0", "98", "+98", "0098"):
        assert parse_mobile(to_persian_digits(prefix + number)) == f"+98{number}"
    assert parse_mobile(local_form(f"+98{number}")) == f"+98{number}"


@given(st.text(st.characters()))
def test_anything_else_is_refused(raw: str) -> None:
    with contextlib.suppress(DomainError):
        assert len(parse_mobile(raw)) == 13


def test_mask_hides_the_middle() -> None:
    assert mask("+989121234567") == "0912***4567"
    assert local_form("+989121234567") == "09121234567"
