"""Mobile numbers of Iran, kept as "+989xxxxxxxxx"."""

from __future__ import annotations

import re
from typing import Final

from domain.errors import DomainError
from domain.text import fold

_SEPARATORS: Final = re.compile(r"[\s\-‐‑‒–—−().]+")
_MOBILE: Final = re.compile(r"(?:\+98|0098|98|0)?(9[0-9]{9})")


def parse_mobile(raw: object, field: str = "mobile") -> str:
    """A mobile number in any usual spelling as "+989xxxxxxxxx".

    Takes 09…, 9…, +98…, 0098…, 98…, Persian and Arabic digits, spaces, dashes, brackets.
    Raises DomainError: required (blank), invalid.
    """
    if not isinstance(raw, str) or len(raw) > 64:
        raise DomainError("invalid", field)
    digits = _SEPARATORS.sub("", fold(raw))
    if not digits:
        raise DomainError("required", field)
    match = _MOBILE.fullmatch(digits)
    if match is None:
        raise DomainError("invalid", field)
    return "+98" + match[1]


def local_form(mobile: str) -> str:
    """ "+989…" as people of Iran write it: "09…"."""
    return "0" + mobile.removeprefix("+98")


def mask(mobile: str) -> str:
    """ "+989121234567" as "0912***4567": enough to recognise, too little to dial."""
    local = local_form(mobile)
    return f"{local[:4]}***{local[-4:]}"
