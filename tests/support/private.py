"""What must stand in no log: looks for it in every spelling."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator

DIGITS = ("0123456789", "۰۱۲۳۴۵۶۷۸۹", "٠١٢٣٤٥٦٧٨٩")


def in_digits(text: str, digits: str) -> str:
    """The text with its digits in another script."""
    return text.translate(str.maketrans(DIGITS[0], digits))


def found_in(
    told: str,
    secrets: Iterable[str],
    numbers: Iterable[str],
    texts: Iterable[str],
    codes: Iterable[str],
) -> list[str]:
    """What of secrets, telephone numbers, texts (also one line of them) and codes is told."""
    private = [*secrets]
    for number in numbers:
        private += _spellings(number)
    for text in texts:
        lines = [line for line in text.split("\n") if len(line) > 9]
        private += [text, *lines, *(json.dumps(line)[1:-1] for line in lines)]
    found = [value for value in private if value.strip() and value in told]
    for code in codes:
        for digits in DIGITS:
            found += re.findall(rf"(?<!\w){in_digits(code, digits)}(?!\w)", told)
    return found


def _spellings(number: str) -> Iterator[str]:
    """The last ten digits, which +98…, 98… and 09… share, in every script."""
    for digits in DIGITS:
        shared = in_digits(number[-10:], digits)
        yield shared
        yield from (f"{shared[:3]}{gap}{shared[3:6]}{gap}{shared[6:]}" for gap in " -")
