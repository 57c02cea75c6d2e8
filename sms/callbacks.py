"""What providers tell by webhook, in their own words, as ours. Reads all of a call or nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from models.enums import MessageState
from sms import codes
from sms.gateway import Inbound, Report
from sms.http_shape import Shape, dig

MAX_ID = 2**63 - 1


class Callbacks(Protocol):
    """How a provider words its calls. Both raise ValueError for missing fields and wrong types."""

    def texts(self, items: Iterable[object]) -> list[Inbound]:
        """The texts that citizens sent."""
        ...

    def reports(self, items: Iterable[object]) -> list[Report]:
        """The reports of messages that carry information."""
        ...


@dataclass(frozen=True, slots=True)
class Words:
    """Where the fields of a text stand in a provider's call."""

    id: str
    sender: str
    line: str
    text: str


class Kavenegar:
    """Kavenegar's calls (kavenegar §7)."""

    _words = Words("messageid", "from", "to", "message")

    def texts(self, items: Iterable[object]) -> list[Inbound]:
        return [_text(item, self._words) for item in items]

    def reports(self, items: Iterable[object]) -> list[Report]:
        found = []
        for item in items:
            number = _number(dig(item, "messageid"), "messageid")
            state = codes.state(_number(dig(item, "status"), "status"))
            if state is not None:
                found.append(Report(str(number), state))
        return found


class Http:
    """The calls of the generic gateway, with the names of its shape."""

    def __init__(self, shape: Shape) -> None:
        self._shape = shape
        self._words = Words(shape.id, shape.sender, shape.to, shape.text)

    def texts(self, items: Iterable[object]) -> list[Inbound]:
        return [_text(item, self._words) for item in items]

    def reports(self, items: Iterable[object]) -> list[Report]:
        reports = [(self._named(item), self._state(item)) for item in items]
        return [
            Report(message_id, state, local_id)
            for (message_id, local_id), state in reports
            if state is not None
        ]

    def _named(self, item: object) -> tuple[str, int | None]:
        message_id = _id(dig(item, self._shape.id))
        if not message_id:
            raise ValueError("the id is missing")
        reference = dig(item, self._shape.reference)
        return message_id, None if reference in (None, "") else _number(reference, "reference")

    def _state(self, item: object) -> MessageState | None:
        word = dig(item, self._shape.status)
        if not isinstance(word, str | int) or isinstance(word, bool):
            raise ValueError("status is missing")
        return self._shape.state(word)


def _text(item: object, words: Words) -> Inbound:
    if not isinstance(item, dict):
        raise ValueError("not an object")
    text = dig(item, words.text)
    if not isinstance(text, str):
        raise ValueError("the text is missing")
    return Inbound(
        message_id=_id(dig(item, words.id)),
        sender=_address(dig(item, words.sender), "sender"),
        line=_address(dig(item, words.line), "line"),
        text=text,
        at=None,
    )


def _id(value: object) -> str:
    """A provider's id; empty if there is none, or zero."""
    if isinstance(value, bool) or not isinstance(value, int | str | None):
        raise ValueError("the id is no id")
    found = str(value or "").strip()
    if not re.fullmatch(r"[\x21-\x7e]{0,80}", found):
        raise ValueError("the id is no id")
    return "" if found == "0" else found


def _address(value: object, name: str) -> str:
    if not isinstance(value, str | int) or isinstance(value, bool):
        raise ValueError(f"{name} is missing")
    found = str(value).strip()
    if not re.fullmatch(r"[^\x00-\x1f\ud800-\udfff]{1,20}", found):
        raise ValueError(f"{name} is not a number")
    return found


def _number(value: object, name: str) -> int:
    if type(value) not in (int, str) or not re.fullmatch(r"[0-9]{1,19}", str(value).strip()):
        raise ValueError(f"{name} is not a number")
    number = int(str(value))
    if number > MAX_ID:
        raise ValueError(f"{name} is out of range")
    return number
