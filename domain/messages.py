"""Texts to citizens and staff: a template with its placeholders filled (design §5)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from domain.text import to_ascii_digits
from models.enums import Language

_DIGITS: Final = {
    Language.PERSIAN: "۰۱۲۳۴۵۶۷۸۹",
    Language.AZERI: "۰۱۲۳۴۵۶۷۸۹",
    Language.KURDISH: "٠١٢٣٤٥٦٧٨٩",
    Language.ARABIC: "٠١٢٣٤٥٦٧٨٩",
    Language.ENGLISH: "0123456789",
}
_WRITTEN: Final = {
    language: str.maketrans("0123456789", digits) for language, digits in _DIGITS.items()
}
_GROUPED: Final = re.compile(r"[0-9]+(?:-[0-9]+)+")
_SPELLED: Final = re.compile(r"[0-9](?:, [0-9])+")
_LEFT_TO_RIGHT: Final = "\u200e"
_LEFT_TO_RIGHT_TWICE: Final = _LEFT_TO_RIGHT * 2


def fill(template: str, values: Mapping[str, object], language: Language) -> str:
    """A template with its placeholders filled; digits inside values are those of the language.

    Where text runs from right to left, a code gets a left-to-right mark, which keeps its groups in
    order on a handset, and one spelled out for a call the commas of the language.
    """
    filled = {name: _written(str(value), language) for name, value in values.items()}
    return template.format(**filled).replace(_LEFT_TO_RIGHT_TWICE, _LEFT_TO_RIGHT)


def rtl(language: Language) -> bool:
    """Whether the language is written from right to left."""
    return language is not Language.ENGLISH


def _written(value: str, language: Language) -> str:
    plain = to_ascii_digits(value)
    if rtl(language):
        if _GROUPED.fullmatch(plain):
            plain = _LEFT_TO_RIGHT + plain
        elif _SPELLED.fullmatch(plain):
            plain = plain.replace(",", "،")
    return plain.translate(_WRITTEN[language])
