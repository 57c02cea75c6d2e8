"""Persian text: folding for search and comparison, digits, and cleaning of what people type."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Final

from persiantools.digits import en_to_fa

from domain.errors import DomainError

_ARABIC_DIGITS: Final = "٠١٢٣٤٥٦٧٨٩"
_PERSIAN_DIGITS: Final = "۰۱۲۳۴۵۶۷۸۹"
_TO_ASCII: Final = str.maketrans(_ARABIC_DIGITS + _PERSIAN_DIGITS, "0123456789" * 2)

_LETTERS: Final = str.maketrans("يىك", "ییک")
_BIDI_MARKS: Final = dict.fromkeys(
    [0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFEFF]
)
_CLEAN: Final = _LETTERS | _BIDI_MARKS

_UNSTORABLE: Final = "\u0000"
"""PostgreSQL takes it in no text."""

# Canonical decomposition has already parted آأإؤئۀ from their marks.
_FOLD: Final = _TO_ASCII | str.maketrans("يىكةەہھ", "ییکهههه", "\u0640\u0621" + _UNSTORABLE)
_DROPPED: Final = frozenset({"Mn", "Me", "Cf"})
_FOLDED_WORD: Final = "[!-@\\[-~ابپتثجچحخدذرزژسشصضطظعغفقکگلمنوهی]+"
_ALREADY_FOLDED: Final = re.compile(f"{_FOLDED_WORD}(?: {_FOLDED_WORD})*")

_FORBIDDEN_IN_LINE: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})
_FORBIDDEN_IN_TEXT: Final = frozenset({"Cc", "Cs"})
_LINE_BREAKS: Final = re.compile("\r\n|[\r\u2028\u2029\u0085]")


def to_persian_digits(value: str | int) -> str:
    """ASCII and Arabic digits as Persian ones; everything else is kept."""
    persian: str = en_to_fa(to_ascii_digits(str(value)))
    return persian


def to_ascii_digits(value: str) -> str:
    """Persian and Arabic digits as ASCII ones; everything else is kept."""
    return value.translate(_TO_ASCII)


def fold(value: str) -> str:
    """The form in which two spellings of one word are equal; for search, never for display.

    Compatibility forms, ي ى ئ → ی, ك → ک, ة → ه, أ إ آ → ا, ؤ → و, digits → ASCII, case folded;
    marks, tatweel, lone hamza, ZWNJ, direction marks and U+0000 are dropped (a
    ZWNJ does not become a space); runs of white space become one space. Folding twice changes
    nothing.
    """
    if _ALREADY_FOLDED.fullmatch(value):
        return value
    parts = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", value).casefold())
    kept = "".join(c for c in parts if unicodedata.category(c) not in _DROPPED)
    return " ".join(unicodedata.normalize("NFC", kept.translate(_FOLD)).split())


def squeeze(value: str) -> str:
    """`fold` without spaces, so that «علی آباد», «علی‌آباد» and «علیآباد» are equal."""
    return fold(value).replace(" ", "")


def clean_line(value: object, field: str, *, max: int, min: int = 1) -> str:  # noqa: A002
    """One line as typed, fit to be stored: trimmed, NFC, Persian ی and ک, no direction marks.

    `max` and `min` count characters; `min=0` lets an empty value through.
    Raises DomainError: invalid (not a string), invalid_characters (control characters, line
    breaks, lone surrogates), required, too_short, too_long.
    """
    return _clean(value, field, (min, max), _CLEAN, forbidden=_FORBIDDEN_IN_LINE, allowed="")


def clean_text(
    value: object,
    field: str,
    *,
    max: int,  # noqa: A002
    min: int = 1,  # noqa: A002
    arabic: bool = False,
) -> str:
    """Like `clean_line` for several lines: line breaks become "\\n" and tabs are kept.

    `arabic`: it is in Arabic, whose ي ى ك are right as they are.
    """
    if isinstance(value, str):
        value = _LINE_BREAKS.sub("\n", value)
    mended = _BIDI_MARKS if arabic else _CLEAN
    limits, allowed = (min, max), "\n\t"
    return _clean(value, field, limits, mended, forbidden=_FORBIDDEN_IN_TEXT, allowed=allowed)


def _clean(
    value: object,
    field: str,
    limits: tuple[int, int],
    mended: Mapping[int, int | str | None],
    *,
    forbidden: frozenset[str],
    allowed: str,
) -> str:
    shortest, longest = limits
    if not isinstance(value, str):
        raise DomainError("invalid", field)
    text = unicodedata.normalize("NFC", value.translate(mended)).strip()
    if any(unicodedata.category(c) in forbidden and c not in allowed for c in set(text)):
        raise DomainError("invalid_characters", field)
    if not text and shortest > 0:
        raise DomainError("required", field)
    if len(text) < shortest:
        raise DomainError("too_short", field, min=shortest)
    if len(text) > longest:
        raise DomainError("too_long", field, max=longest)
    return text
