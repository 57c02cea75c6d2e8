"""What citizens say, and what is said to them: sentences put together from fragments."""

from __future__ import annotations

from random import Random

from domain.generate import phrases, replies
from domain.generate.nation import Weighted
from domain.generate.vocabulary import Theme
from domain.text import to_persian_digits

_INDICATORS = {"I1": 14, "I2": 10, "I3": 20, "I4": 13, "I5": 10, "I6": 20, "I7": 11, "I8": 2}
INDICATORS: Weighted[str] = Weighted()
for _code, _share in _INDICATORS.items():
    INDICATORS.add(_code, _share)

_BAD = (0.34, 0.22, 0.18, 0.14, 0.12)
_GOOD = (0.02, 0.03, 0.08, 0.27, 0.60)


def complaint(
    rng: Random, code: str, theme: Theme, *, employee: bool, request: bool
) -> tuple[str, str]:
    """A subject and a text about one indicator at one kind of agency."""
    words = {
        "office": rng.choice(theme.offices),
        "counter": rng.choice(theme.counters),
        "service": rng.choice(theme.services),
        "system": rng.choice(theme.systems),
        "staff": rng.choice(theme.staff),
        "paper": rng.choice(theme.papers),
        "hour": rng.choice(phrases.HOURS),
    }
    grammar = phrases.GRAMMARS[code]
    beginnings = phrases.EMPLOYEE_BEGINNINGS if employee else phrases.BEGINNINGS
    events = phrases.EMPLOYEE_EVENTS[code] if employee else grammar.events
    endings = phrases.REQUEST_ENDINGS if request else phrases.ENDINGS
    sentences = [rng.choice(beginnings), rng.choice(events)]
    if not employee and rng.random() < 0.75:
        sentences.append(rng.choice(grammar.details))
    sentences.append(rng.choice(endings))
    text = " ".join(sentence for sentence in sentences if sentence).format(**words)
    return rng.choice(grammar.subjects).format(**words), text


def result(rng: Random, code: str, quality: float) -> tuple[str, bool]:
    """The text of a result, and whether it solves anything."""
    good = rng.random() < 0.45 + 0.5 * quality
    return rng.choice(replies.RESULTS[code] if good else replies.WEAK_RESULTS), good


def rating(rng: Random, satisfaction: float) -> int:
    """A score 1–5 for a satisfaction 0–1."""
    share = min(1.0, max(0.0, satisfaction))
    weights = [bad + (good - bad) * share for bad, good in zip(_BAD, _GOOD, strict=True)]
    return rng.choices((1, 2, 3, 4, 5), weights)[0]


def answer(rng: Random) -> str:
    """What a citizen replies to a question."""
    values = {"number": rng.randrange(10_000, 999_999), "digit": rng.randrange(1, 9)}
    return to_persian_digits(rng.choice(replies.ANSWERS).format(**values))
