"""The length of a text in an SMS network: encoding, units, parts."""

from __future__ import annotations

from dataclasses import dataclass

GSM7 = "gsm7"
UCS2 = "ucs2"

MAX_UNITS = 900
"""Longer texts are refused: what the provider accepts beyond this is not known."""
WARN_UNITS = 134
"""Beyond two Persian parts the editor of a template warns."""

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("\f^{}\\[~]|€")
_SIZES = {GSM7: (160, 153), UCS2: (70, 67)}


@dataclass(frozen=True, slots=True)
class Measure:
    """Encoding (`gsm7` or `ucs2`), length in its units, and number of parts charged for."""

    encoding: str
    units: int
    parts: int


def measure(text: str) -> Measure:
    """Measure a text. A character of two units is never split between parts."""
    gsm7 = all(char in _BASIC or char in _EXTENDED for char in text)
    encoding = GSM7 if gsm7 else UCS2
    widths = [_width(char, gsm7) for char in text]
    units = sum(widths)
    single, each = _SIZES[encoding]
    if units <= single:
        return Measure(encoding, units, 1 if units else 0)
    parts, filled = 1, 0
    for width in widths:
        if filled + width > each:
            parts, filled = parts + 1, 0
        filled += width
    return Measure(encoding, units, parts)


def _width(char: str, gsm7: bool) -> int:
    wide = char in _EXTENDED if gsm7 else ord(char) > 0xFFFF
    return 2 if wide else 1
