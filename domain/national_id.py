"""National identity numbers (کد ملی): ten digits, the last a check digit."""

from __future__ import annotations

import re
from typing import Final

from domain.errors import DomainError
from domain.text import fold

_SEPARATORS: Final = re.compile(r"[\s\-‐‑‒–—−]+")
_TEN_DIGITS: Final = re.compile(r"[0-9]{10}")


def check_digit(first_nine: str) -> int:
    """The tenth digit that belongs to nine ASCII digits."""
    rest = sum(int(d) * weight for d, weight in zip(first_nine, range(10, 1, -1), strict=True)) % 11
    return rest if rest < 2 else 11 - rest


def parse(raw: object, field: str = "national_id") -> str:
    """Ten ASCII digits; takes Persian and Arabic digits, spaces and dashes.

    Raises DomainError: required (blank), invalid (not ten digits, wrong check digit, one digit
    ten times, which passes the arithmetic but is given to nobody).
    """
    if not isinstance(raw, str) or len(raw) > 64:
        raise DomainError("invalid", field)
    digits = _SEPARATORS.sub("", fold(raw))
    if not digits:
        raise DomainError("required", field)
    if not _TEN_DIGITS.fullmatch(digits) or len(set(digits)) == 1:
        raise DomainError("invalid", field)
    if check_digit(digits[:9]) != int(digits[9]):
        raise DomainError("invalid", field)
    return digits
