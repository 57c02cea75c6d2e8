"""What a citizen's reply to the survey means (S6). Pure; never guesses and never raises.

An answer that is not plainly one score is UNCLEAR: the citizen is asked once more, then a person
reads it. Labels («عالی») count only as the whole message; a negation or a question never scores.
The table of docs/survey.md (sms-anchors §4) is tests/domain/answers.py.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from domain import tracking_code
from domain.answer_words import (
    LABELS,
    NEGATIONS,
    NOTHING_MORE,
    NUMBER_WORDS,
    OPT_IN_WORDS,
    OPT_OUT_WORDS,
    TAKES_BACK,
    UNITS,
    key,
    negates,
    strip_ends,
    unstretched,
)
from domain.text import fold


class Kind(StrEnum):
    """What an answer is."""

    SCORE = "score"
    OPT_OUT = "opt_out"
    OPT_IN = "opt_in"
    TRACKING_CODE = "tracking_code"
    OUT_OF_RANGE = "out_of_range"
    UNCLEAR = "unclear"
    EMPTY = "empty"


@dataclass(frozen=True)
class Parsed:
    """An answer understood: `score` (1–5) for SCORE only, `comment` what was written beside it."""

    kind: Kind
    score: int | None = None
    comment: str = ""


Labels = Mapping[str, int]
"""Whole messages, as `key` gives them, and the scores they stand for."""

SCORES: Final = range(1, 6)
_SATISFIED_FROM: Final = 4

_PREFIX: Final = (
    r"(?:(?:نمر[هةە]|عدد|رقم|امتیاز|گزینه|ر[اأ]ی|ژمار[هە]|(?:ال)?درج[هة]|(?:ال)?تقییم|score|rating"
    r"|rate|number)[ ی\u200c\u0654]*(?:(?:من|ما)\b)?\s*[:=\-]?\s*)?"
)
_NUMBER: Final = re.compile(
    rf"[^\w%٪]*{_PREFIX}(?P<number>\d+)(?P<rest>.*)", re.DOTALL | re.IGNORECASE
)
_OF_FIVE: Final = re.compile(
    r"\s*(?:از|من|لە|له|out\s+of\b|of\b|/)\s*(\d+)(?![/.٫,]?\d)", re.IGNORECASE
)
_ANY_NUMBER_WORD: Final = "|".join(sorted(map(re.escape, NUMBER_WORDS), key=len, reverse=True))
_NUMBER_WORD: Final = re.compile(
    rf"{_PREFIX}(?P<word>{_ANY_NUMBER_WORD})"
    rf"(?: (?:از|من|له|out of|of) (?P<total>{_ANY_NUMBER_WORD}|\d))?"
)
_MORE_DIGITS: Final = re.compile(r"[^\w]*\d")
_OTHER_SCORE: Final = re.compile(r"(?<!\d)[1-5](?!\d)\s*(\w*)")
_COMMENT_START: Final = re.compile(r"[\s.,،؛;:\-–—_)/\]»!؟?]+")
_SPACES: Final = re.compile(r"\s+")
_QUESTION: Final = frozenset("?؟¿⸮՞")
_READABLE: Final = str.maketrans("يىك", "ییک") | dict.fromkeys(
    [0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x20E3, 0xFE0F, 0xFEFF]
)


def parse(text: str, labels: Labels = LABELS) -> Parsed:
    """The meaning of one inbound text; total over all strings."""
    folded = fold(text)
    core = strip_ends(folded)
    asks = not _QUESTION.isdisjoint(folded)
    if not core:
        return Parsed(Kind.UNCLEAR if asks else Kind.EMPTY)
    if not asks and core in OPT_OUT_WORDS:
        return Parsed(Kind.OPT_OUT)
    if not asks and core in OPT_IN_WORDS:
        return Parsed(Kind.OPT_IN)
    if tracking_code.parse(text) is not None:
        return Parsed(Kind.TRACKING_CODE)
    number = _NUMBER.fullmatch(_readable(text))
    if number is not None:
        return _parse_number(number["number"], number["rest"], asks, labels)
    score = _score_in_words(core, labels)
    if score is None or asks:
        return Parsed(Kind.UNCLEAR)
    return Parsed(Kind.SCORE, score)


def may_be_label(text: str) -> bool:
    """Whether a text may stand for a score: it means nothing else, negates and asks nothing."""
    folded = fold(text)
    if not key(text) or any(c.isdigit() or c in _QUESTION for c in folded):
        return False
    if negates(strip_ends(folded)) or negates(key(text)):
        return False
    return parse(text, {}) == Parsed(Kind.UNCLEAR)


def _score_in_words(core: str, labels: Labels) -> int | None:
    core = unstretched(core)
    word = _NUMBER_WORD.fullmatch(core)
    if word is None:
        return labels.get(core)
    total = word["total"]
    if total is not None and NUMBER_WORDS.get(total, total) not in (5, "5"):
        return None
    return NUMBER_WORDS[word["word"]]


def _parse_number(digits: str, rest: str, asks: bool, labels: Labels) -> Parsed:
    """A message that begins with a number."""
    if total := _OF_FIVE.match(rest):
        if len(total[1]) != 1 or int(total[1]) != 5:
            return Parsed(Kind.UNCLEAR)
        rest = rest[total.end() :]
    alone = not any(c.isalnum() for c in rest)
    if len(digits) > 1 or int(digits) not in SCORES:
        readable = alone and len(digits) <= 3 and (len(digits) == 1 or int(digits[0]) != 0)
        return Parsed(Kind.OUT_OF_RANGE if readable and not asks else Kind.UNCLEAR)
    score = int(digits)
    if alone:
        doubtful = asks or any(c in rest for c in "%٪")
        return Parsed(Kind.UNCLEAR) if doubtful else Parsed(Kind.SCORE, score)
    return _parse_comment(score, rest, asks, labels)


def _parse_comment(score: int, rest: str, asks: bool, labels: Labels) -> Parsed:
    """A leading score with words behind it: a comment, unless they cast doubt on the score."""
    words = fold(rest)
    core = strip_ends(words)
    in_words = _score_in_words(core, labels)
    first = core.split(" ", 1)[0]
    doubtful = (
        _MORE_DIGITS.match(rest) is not None
        or (rest[0].isascii() and rest[0].isalpha())
        or first in UNITS | TAKES_BACK
        or core in NEGATIONS
        or any(other[1] not in UNITS for other in _OTHER_SCORE.finditer(words))
        or (core in NUMBER_WORDS and in_words != score)
        or (in_words is not None and (asks or abs(in_words - score) > 1))
        or _turned_round(score, core, labels)
    )
    if doubtful:
        return Parsed(Kind.UNCLEAR)
    if core in NOTHING_MORE or core in NUMBER_WORDS:
        return Parsed(Kind.UNCLEAR) if asks else Parsed(Kind.SCORE, score)
    return Parsed(Kind.SCORE, score, _COMMENT_START.sub("", rest, count=1).strip())


def _turned_round(score: int, core: str, labels: Labels) -> bool:
    """«۵ خوب نبود»: the words beside the score deny it."""
    label, _, last = core.rpartition(" ")
    if last not in NEGATIONS:
        return False
    if label in NOTHING_MORE:
        return True
    denied = _score_in_words(label, labels)
    return denied is not None and (denied >= _SATISFIED_FROM) == (score >= _SATISFIED_FROM)


def _readable(text: str) -> str:
    """The text with its words and lines kept, but one spelling of each letter and single spaces."""
    clean = unicodedata.normalize("NFKC", text).translate(_READABLE)
    return _SPACES.sub(lambda run: "\n" if "\n" in run[0] else " ", clean)
