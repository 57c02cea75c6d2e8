"""Tracking codes (S2): twelve digits that can be read over the telephone.

The last is a Damm check digit, which finds every single wrong digit and every swap of neighbours.
A code never begins with 989, so it cannot be taken for a mobile number written as 989xxxxxxxxx.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from typing import Final, Protocol

from domain.text import fold

_DAMM: Final = (
    (0, 3, 1, 7, 5, 9, 8, 6, 4, 2),
    (7, 0, 9, 2, 1, 5, 4, 8, 6, 3),
    (4, 2, 0, 6, 8, 7, 1, 3, 5, 9),
    (1, 7, 5, 0, 9, 8, 3, 4, 2, 6),
    (6, 1, 2, 3, 0, 4, 5, 9, 7, 8),
    (3, 6, 7, 4, 2, 0, 9, 5, 8, 1),
    (5, 8, 6, 9, 7, 2, 0, 1, 3, 4),
    (8, 9, 4, 5, 3, 6, 2, 0, 1, 7),
    (9, 4, 3, 8, 6, 1, 7, 2, 0, 5),
    (2, 5, 8, 1, 4, 3, 6, 7, 9, 0),
)
_SEPARATORS: Final = re.compile(r"[\s\-‐‑‒–—−]+")
_CODE: Final = re.compile(r"(?!989)[1-9][0-9]{11}")
_LONGEST_TEXT: Final = 64


class Chooser(Protocol):
    """A source of chance: the module `secrets`, or a seeded random.Random."""

    def choice(self, seq: Sequence[str], /) -> str: ...


def check_digit(digits: str) -> str:
    """The Damm check digit of a string of ASCII digits."""
    state = 0
    for digit in digits:
        state = _DAMM[state][int(digit)]
    return str(state)


def generate(rng: Chooser = secrets) -> str:
    """A new code, its digits drawn from `rng`; the caller makes sure that it is unused."""
    while True:
        body = rng.choice("123456789") + "".join(rng.choice("0123456789") for _ in range(10))
        if not body.startswith("989"):
            return body + check_digit(body)


def parse(text: str) -> str | None:
    """The code that `text` is, or None if it is anything else or more than one code.

    Takes Persian and Arabic digits, spaces and dashes.
    """
    if len(text) > _LONGEST_TEXT:
        return None
    digits = _SEPARATORS.sub("", fold(text))
    if not _CODE.fullmatch(digits) or check_digit(digits[:-1]) != digits[-1]:
        return None
    return digits


def display(code: str) -> str:
    """ "482139075612" in groups of four for reading: "4821-3907-5612"."""
    return "-".join(code[i : i + 4] for i in range(0, len(code), 4))


def spelled(code: str) -> str:
    """For a voice: digit by digit, "4, 8, 2, …", so that no number of millions is read out."""
    return ", ".join(code)
