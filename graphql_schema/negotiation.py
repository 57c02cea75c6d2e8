"""How an answer is encoded: what `Accept` prefers, by RFC 9110, section 12.5.1."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from starlette.requests import HTTPConnection, Request

from domain.errors import Language
from graphql_schema.errors import RequestRefused

JSON: Final = "application/json"
RESPONSE: Final = "application/graphql-response+json"

_RANGES: Final = {
    JSON: ("*/*", "application/*", JSON),
    RESPONSE: ("*/*", "application/*", RESPONSE),
}
"""What names each type, from the vaguest to the most exact."""
_QUALITY: Final = re.compile(r"0(\.\d{0,3})?|1(\.0{0,3})?", re.ASCII)


def media_type(request: Request) -> str:
    """The type that `Accept` prefers; of two that it likes equally, the newer one if it names it.

    Raises RequestRefused with 406 when it takes neither.
    """
    return _preferred(",".join(request.headers.getlist("accept")).strip() or "*/*")


@lru_cache(maxsize=256)
def _preferred(accept: str) -> str:
    ranges = dict(_ranges(accept))
    weights = {known: _weight(names, ranges) for known, names in _RANGES.items()}
    if not any(weights.values()):
        raise RequestRefused("not_acceptable", f"answers are {RESPONSE} or {JSON}", 406)
    if weights[JSON] == weights[RESPONSE]:
        return RESPONSE if RESPONSE in ranges else JSON
    return max(weights, key=lambda known: weights[known])


def language(request: HTTPConnection) -> Language:
    """Persian if `Accept-Language` asks for it first, else English."""
    first = request.headers.get("accept-language", "").split(",")[0].strip().lower()
    return "fa" if first.split("-")[0].split(";")[0] == "fa" else "en"


def _weight(names: tuple[str, ...], ranges: dict[str, float]) -> float:
    """The quality that the most exact range gives, whatever the vaguer ones say."""
    return next((ranges[name] for name in reversed(names) if name in ranges), 0.0)


def _ranges(accept: str) -> Iterable[tuple[str, float]]:
    """Media ranges with their quality; a range whose quality is no number is left out."""
    for part in accept.split(","):
        name, *options = (piece.strip().lower() for piece in part.split(";"))
        given = [
            value
            for option in options
            for key, _, value in [option.partition("=")]
            if key.strip() == "q"
        ]
        quality = given[0].strip() if given else "1"
        if _QUALITY.fullmatch(quality):
            yield name, float(quality)
