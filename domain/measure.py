"""The length of a text in an SMS network: encoding, units, parts."""

from __future__ import annotations

from dataclasses import dataclass

from domain.errors import DomainError

GSM7 = "gsm7"
UCS2 = "ucs2"

MAX_UNITS = 900
"""Longer texts are refused: what the provider accepts beyond this is not known."""
WARN_PARTS = 2
"""Beyond these (134 units of Persian) the editor of a template warns."""
MAX_INSERTED = 200
"""UTF-16 units that staff may write into a text; the whole then fits four parts in any language."""

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
    units = len(text) + sum(map(text.count, _EXTENDED)) if gsm7 else utf16_units(text)
    single, each = _SIZES[encoding]
    if units <= single:
        return Measure(encoding, units, 1 if units else 0)
    if units == len(text):
        return Measure(encoding, units, -(-units // each))
    parts, filled = 1, 0
    for width in (_width(char, gsm7) for char in text):
        if filled + width > each:
            parts, filled = parts + 1, 0
        filled += width
    return Measure(encoding, units, parts)


def utf16_units(text: str) -> int:
    """The length of a text as UCS-2 counts it, whatever it is sent as."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def require_insertable(text: str, field: str) -> str:
    """`text`, if it fits a text to citizens; else DomainError `too_long`."""
    if utf16_units(text) > MAX_INSERTED:
        raise DomainError("too_long", field, max=MAX_INSERTED)
    return text


def _width(char: str, gsm7: bool) -> int:
    wide = char in _EXTENDED if gsm7 else ord(char) > 0xFFFF
    return 2 if wide else 1
