"""The last calls to the providers, for show."""

from __future__ import annotations

import json
import shlex
import time
from collections import deque
from dataclasses import dataclass
from itertools import count
from typing import Any

KEPT = 200
SHOWN_REPLY = 2_000


@dataclass(frozen=True, slots=True)
class Call:
    """One call. `fields` are as they came; `code` is 0 if nothing was answered."""

    id: int
    at: float
    verb: str
    action: str
    fields: dict[str, Any]
    code: int
    reply: str
    seconds: float

    @property
    def second(self) -> bool:
        """Whether the second provider was called."""
        return self.action.startswith("second/")

    @property
    def path(self) -> str:
        """Where, without the key."""
        return f"/{self.action}" if self.second else f"/v1/•••/{self.action}.json"

    @property
    def curl(self) -> str:
        """A command that makes the same call; the key is a variable of the shell."""
        pieces = ["curl", "-X", self.verb]
        if self.second:
            pieces += ['"$SIMULATOR/second/messages"', "-H", '"Authorization: Bearer $TOKEN"']
        else:
            pieces.append(f'"$SIMULATOR/v1/$KEY/{self.action}.json"')
        if self.second and self.verb == "POST":
            body = json.dumps(self.fields, ensure_ascii=False)
            pieces += ["-H", "'Content-Type: application/json'", "-d", shlex.quote(body)]
        else:
            pieces += ["-G"] if self.verb == "GET" and self.fields else []
            for name, value in self.fields.items():
                pieces += ["--data-urlencode", shlex.quote(f"{name}={value}")]
        return " ".join(pieces)


class CallLog:
    """The last 200 calls, newest last. Kept in memory: it costs no call a write."""

    def __init__(self) -> None:
        self._ids = count(1)
        self._calls: deque[Call] = deque(maxlen=KEPT)
        self._rate = (0, 0)

    def add(self, at: float, verb: str, action: str, fields: dict[str, Any], **how: Any) -> None:
        reply = how.pop("reply")[:SHOWN_REPLY]
        self._calls.append(Call(next(self._ids), at, verb, action, fields, reply=reply, **how))

    def too_many(self, limit: int) -> bool:
        """Whether one more call within this second of real time exceeds a limit; 0 is none."""
        second = int(time.monotonic())
        calls = self._rate[1] + 1 if self._rate[0] == second else 1
        self._rate = (second, calls)
        return 0 < limit < calls

    def newest_first(self) -> list[Call]:
        return list(reversed(self._calls))

    def clear(self) -> None:
        self._calls.clear()
