"""What can be made to go wrong: by probability, by switch, by amount, by choice."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from hashlib import blake2b
from typing import Any

from sms.simulator.codes import RETURN_CODES

ONE_CALL = ("lost_reply", "bad_gateway", "hang", "busy", "too_many_calls")
"""Of a call to Kavenegar. After acceptance: lost_reply, bad_gateway (502 in HTML). Before it:
hang, busy (409), too_many_calls (451). `busy@sms/send` is the probability for one method only."""

WEBHOOKS = ("webhooks_lost", "webhooks_duplicated", "webhooks_reordered")

SECOND = ("second_down", "second_busy", "second_lost_reply")
"""Of a call to the second provider: cut before it is read, 429, accepted but not answered."""

PROBABILITIES = ONE_CALL + WEBHOOKS + SECOND

SWITCHES = (
    "no_credit",
    "bad_key",
    "debug_mode",
    "links_refused",
    "ip_not_listed",
    "webhooks_off",
    "opt_out_swallowed",
    "dedupe_local_ids",
    "second_no_credit",
    "second_bad_token",
)

AMOUNTS = {"latency": 60_000, "report_delay": 172_800, "rate_limit": 10_000}
"""By their largest value. Milliseconds before each answer of a provider; simulated seconds by
which delivery reports come late; calls a second beyond which Kavenegar answers 451 (0: any)."""

CODES = (0, *(code for code in RETURN_CODES if code != 200))
"""`refuse_with`: the return code of every call that sends; 0 is none."""

FORMATS = ("form", "json", "get")
"""`webhook_format`: how Kavenegar's webhooks are worded; which one is real is not known."""

Faults = dict[str, Any]


def defaults(dedupe_local_ids: bool) -> Faults:
    """Nothing goes wrong."""
    calm: Faults = dict.fromkeys(PROBABILITIES, 0.0) | dict.fromkeys(SWITCHES, False)
    calm |= dict.fromkeys(AMOUNTS, 0) | {"refuse_with": 0, "webhook_format": "form"}
    return calm | {"dedupe_local_ids": dedupe_local_ids, "seed": None}


def checked(changes: Faults, methods: tuple[str, ...]) -> Faults:
    """Known names with values in range, or ValueError with a sentence for the caller."""
    return {name: _checked(name, value, methods) for name, value in changes.items()}


def _checked(name: str, value: Any, methods: tuple[str, ...]) -> Any:
    fault, at, method = name.partition("@")
    if at and (fault not in ONE_CALL or method not in methods):
        raise ValueError(f"unknown fault {name}")
    if at and value is None:
        return None
    allowed = _meaning(fault)
    if allowed is None:
        raise ValueError(f"unknown fault {name}")
    fits, words = allowed
    if not fits(value):
        raise ValueError(f"{name} is {words}")
    return float(value) if fault in PROBABILITIES else value


def _meaning(name: str) -> tuple[Callable[[Any], bool], str] | None:
    """What a fault can be set to, as a test and in words."""
    if name in PROBABILITIES:
        return _is_probability, "a probability from 0 to 1, or true or false"
    if name in SWITCHES:
        return lambda value: isinstance(value, bool), "true or false"
    if name in AMOUNTS:
        most = AMOUNTS[name]
        return (
            lambda value: type(value) is int and 0 <= value <= most,
            f"a whole number from 0 to {most}",
        )
    return {
        "refuse_with": (
            lambda value: type(value) is int and value in CODES,
            "a return code other than 200, or 0",
        ),
        "webhook_format": (lambda value: value in FORMATS, f"one of {', '.join(FORMATS)}"),
        "seed": (lambda value: value is None or type(value) is int, "a whole number or null"),
    }.get(name)


def _is_probability(value: Any) -> bool:
    return isinstance(value, int | float) and 0 <= value <= 1


class Chances:
    """Random choices.

    With a seed the nth choice in one stream (a fault of one method for one phone) is always the
    same, in whatever order the calls of different phones come.
    """

    def __init__(self, seed: int | None) -> None:
        self._seed = seed
        self._drawn: Counter[str] = Counter()

    def draw(self, stream: str) -> float:
        """A number from 0 to 1, less than 1."""
        if self._seed is None:
            return random.random()
        self._drawn[stream] += 1
        name = f"{self._seed}/{stream}/{self._drawn[stream]}"
        return int.from_bytes(blake2b(name.encode(), digest_size=6).digest()) / 2**48

    def happens(self, probability: float, stream: str) -> bool:
        return probability > 0 and self.draw(stream) < probability
