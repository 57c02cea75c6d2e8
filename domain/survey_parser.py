"""What a citizen's reply to the survey means (S6). Pure; never guesses and never raises.

An answer that is not plainly one score is UNCLEAR: the citizen is asked once more, then a person
reads it. Labels («عالی») count only as the whole message; a negation or a question never scores.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from domain import tracking_code
from domain.text import fold


class Kind(StrEnum):
    """What an answer is."""

    SCORE = "score"
    OPT_OUT = "opt_out"
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


SCORES: Final = range(1, 6)


def _words(text: str) -> frozenset[str]:
    return frozenset(fold(word) for word in text.split("|"))


OPT_OUT_WORDS: Final = _words(
    "11|لغو|لغو11|لغو 11|11 لغو|لغو پیامک|لغو عضویت|لغو دریافت پیامک|قطع پیامک|انصراف"
    "|انصراف میدهم|انصراف می دهم|stop|stop11|stop 11|stopall|off|off11|off 11|unsubscribe"
)

# Whole messages and the score they give; keys are folded.
LABELS: Final[dict[str, int]] = {
    fold(words): score
    for score, labels in {
        5: "عالی|عالیه|عالی بود|خیلی عالی|بسیار عالی|خیلی خوب|خیلی خوبه|خیلی خوب بود|بسیار خوب"
        "|بسیار خوب بود|خیلی راضی‌ام|خیلی راضی|خیلی راضی بودم|کاملا راضی|کاملا راضی‌ام|فوق العاده",
        4: "خوب|خوبه|خوب است|خوب بود|راضی|راضی‌ام|راضی ام|راضی هستم|راضی بودم|رضایت دارم",
        3: "متوسط|متوسط بود|متوسطه|معمولی|معمولی بود|معمولیه",
        2: "بد|بد بود|ضعیف|ضعیف بود|ناراضی|ناراضی‌ام|ناراضی ام|ناراضی هستم|ناراضی بودم",
        1: "خیلی بد|خیلی بد بود|بسیار بد|بسیار بد بود|افتضاح|افتضاحه|افتضاح بود|خیلی ضعیف"
        "|بسیار ضعیف|خیلی ناراضی|خیلی ناراضی‌ام|کاملا ناراضی|کاملا ناراضی‌ام",
    }.items()
    for words in labels.split("|")
}

NUMBER_WORDS: Final[dict[str, int]] = {"یک": 1, "دو": 2, "سه": 3, "چهار": 4, "پنج": 5}

# «۲ روز گذشت» counts days; it does not score.
_UNITS: Final = _words(
    "ثانیه|دقیقه|ساعت|ساعته|روز|روزه|هفته|ماه|ماهه|سال|ساله|بار|دفعه|مرتبه|نفر|تا|تومان|ریال|متر"
    "|کیلومتر|درصد|مورد|پرونده|شهریور|مهر|آبان|آذر|دی|بهمن|اسفند|فروردین|اردیبهشت|خرداد|تیر|مرداد"
)
_TAKES_BACK: Final = _words("یا|الی|نه|نیست|نبود|نمی|نمیدم|نمیدهم|نمی‌دهم")
_SAYS_NOTHING: Final = _words("ستاره|نمره|امتیاز|است|میدهم|می دهم|میدم|می دم|امتیاز میدهم")

_PREFIX: Final = (
    r"(?:(?:نمره|عدد|امتیاز|گزینه|ر[اأ]ی|score)[ ی\u200c\u0654]*(?:(?:من|ما)\b)?\s*[:=\-]?\s*)?"
)
_NUMBER: Final = re.compile(
    rf"[^\w%]*{_PREFIX}(?P<number>\d+)(?P<rest>.*)", re.DOTALL | re.IGNORECASE
)
_OF_FIVE: Final = re.compile(r"\s*(?:از|/)\s*(\d+)(?![/.٫,]?\d)")
_NUMBER_WORD: Final = re.compile(
    rf"{_PREFIX}({'|'.join(NUMBER_WORDS)})(?: از (?:پنج|5))?", re.IGNORECASE
)
_MORE_DIGITS: Final = re.compile(r"[^\w]*\d")
_OTHER_SCORE: Final = re.compile(r"(?<!\d)[1-5](?!\d)\s*(\w*)")
_STRETCHED: Final = re.compile(r"(\w)\1{2,}")
_COMMENT_START: Final = re.compile(r"[\s.,،؛;:\-–—_)/\]»!؟?]+")
_SPACES: Final = re.compile(r"\s+")
_READABLE: Final = str.maketrans("يىك", "ییک") | dict.fromkeys(
    [0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x20E3, 0xFE0F, 0xFEFF]
)


def parse(text: str) -> Parsed:
    """The meaning of one inbound text; total over all strings."""
    core = _strip_ends(fold(text))
    asks = "?" in text or "؟" in text
    if not core:
        return Parsed(Kind.UNCLEAR if asks else Kind.EMPTY)
    if core in OPT_OUT_WORDS and not asks:
        return Parsed(Kind.OPT_OUT)
    if tracking_code.parse(text) is not None:
        return Parsed(Kind.TRACKING_CODE)
    number = _NUMBER.fullmatch(_readable(text))
    if number is not None:
        return _parse_number(number["number"], number["rest"])
    score = _score_in_words(core)
    if score is None or asks:
        return Parsed(Kind.UNCLEAR)
    return Parsed(Kind.SCORE, score)


def _score_in_words(core: str) -> int | None:
    if word := _NUMBER_WORD.fullmatch(core):
        return NUMBER_WORDS[word[1]]
    return LABELS.get(_STRETCHED.sub(r"\1", core))


def _parse_number(digits: str, rest: str) -> Parsed:
    """A message that begins with a number."""
    if total := _OF_FIVE.match(rest):
        if len(total[1]) != 1 or int(total[1]) != 5:
            return Parsed(Kind.UNCLEAR)
        rest = rest[total.end() :]
    alone = not any(c.isalnum() for c in rest)
    if len(digits) > 1 or int(digits) not in SCORES:
        readable = alone and len(digits) <= 3 and (len(digits) == 1 or int(digits[0]) != 0)
        return Parsed(Kind.OUT_OF_RANGE if readable else Kind.UNCLEAR)
    score = int(digits)
    if alone:
        doubtful = any(c in rest for c in "?؟%٪")
        return Parsed(Kind.UNCLEAR) if doubtful else Parsed(Kind.SCORE, score)
    return _parse_comment(score, rest)


def _parse_comment(score: int, rest: str) -> Parsed:
    """A leading score with words behind it: a comment, unless they cast doubt on the score."""
    words = fold(rest)
    core = _strip_ends(words)
    in_words = _score_in_words(core)
    first = core.split(" ", 1)[0]
    doubtful = (
        _MORE_DIGITS.match(rest) is not None
        or (rest[0].isascii() and rest[0].isalpha())
        or first in _UNITS | _TAKES_BACK
        or any(other[1] not in _UNITS for other in _OTHER_SCORE.finditer(words))
        or (core in NUMBER_WORDS and in_words != score)
        or (in_words is not None and abs(in_words - score) > 1)
    )
    if doubtful:
        return Parsed(Kind.UNCLEAR)
    if core in _SAYS_NOTHING or core in NUMBER_WORDS:
        return Parsed(Kind.SCORE, score)
    return Parsed(Kind.SCORE, score, _COMMENT_START.sub("", rest, count=1).strip())


def _readable(text: str) -> str:
    """The text with its words and lines kept, but one spelling of each letter and single spaces."""
    clean = unicodedata.normalize("NFKC", text).translate(_READABLE)
    return _SPACES.sub(lambda run: "\n" if "\n" in run[0] else " ", clean)


def _strip_ends(text: str) -> str:
    """Without punctuation, emoji and other signs at both ends."""
    start, end = 0, len(text)
    while start < end and not text[start].isalnum():
        start += 1
    while end > start and not text[end - 1].isalnum():
        end -= 1
    return text[start:end]
