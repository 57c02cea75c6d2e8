"""Any provider that takes SMS as JSON over HTTP, behind the `Gateway` protocol (docs/sms.md)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from models.enums import MessageChannel, MessageState
from sms.gateway import (
    Accepted,
    Account,
    Action,
    Capability,
    Inbound,
    Outgoing,
    Refused,
    Uncertain,
)
from sms.http_shape import Shape, dig
from sms.transport import Reply, Transport

IDS_PER_CALL = 50
"""So that an address stays short, and no provider answers for a part of them only."""
MAX_NUMBER = 2**31 - 1

_MEANINGS = {
    401: (Action.HALT, "کلید دسترسی معتبر نیست"),
    402: (Action.HALT_CREDIT, "اعتبار حساب کافی نیست"),
    403: (Action.HALT, "دسترسی مجاز نیست"),
    404: (Action.BUG, "نشانی سامانه پیامک یافت نشد"),
    405: (Action.BUG, "روش فراخوانی اشتباه است"),
    410: (Action.BUG, "نشانی سامانه پیامک یافت نشد"),
    415: (Action.BUG, "قالب درخواست پذیرفته نشد"),
    429: (Action.SLOW_DOWN, "فراخوانی بیش از حد در بازه زمانی"),
}
_REFUSED = (Action.PERMANENT, "سامانه پیامک این پیام را نپذیرفت")
_UNDECIDED = frozenset({408, 409, 425})
"""Refusals that may mean that the message is, or will be, taken: timeout, conflict, too early."""


def capabilities(shape: Shape) -> frozenset[Capability]:
    """What a provider of this shape can do beside sending."""
    return frozenset({Capability.LOOKUP}) if shape.lookup else frozenset()


class HttpGateway:
    """The provider at `url`, sending from `line`. Calls run in `workers` threads.

    `timeout` is (connect, answer) in seconds. Raises ValueError for an address that is neither
    https nor on the loopback interface, and for a malformed token.
    """

    name = "http"

    def __init__(
        self,
        url: str,
        token: str,
        line: str,
        shape: Shape | None = None,
        *,
        workers: int = 8,
        timeout: tuple[float, float] = (3.05, 30.0),
    ) -> None:
        if not re.fullmatch(r"[\x21-\x7e]+", token):
            raise ValueError("the token of the HTTP gateway is empty or has characters none has")
        self.line = line
        self._shape = shape or Shape()
        self.capabilities = capabilities(self._shape)
        self._transport = Transport(url, workers, timeout, [token])
        self._headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}

    def __repr__(self) -> str:
        return f"HttpGateway({self._transport.base!r})"

    def idempotent(self, message: Outgoing) -> bool:
        return self._shape.idempotent

    async def send(self, message: Outgoing) -> Accepted:
        """Hand one text over. A readable id in a 2xx is a yes; see `_refused` for a no."""
        if message.channel is not MessageChannel.SMS:
            raise _unable()
        names = self._shape
        body = {
            names.to: message.receptor,
            names.sender: message.line,
            names.text: message.text,
            names.reference: str(message.local_id),
        }
        reply = await self._ask("POST", json=body)
        return self._accepted(reply.json())

    async def lookup(self, local_ids: Sequence[int]) -> dict[int, Accepted | None]:
        """What became of messages, by reference: one that the list lacks is unknown there."""
        if not self._shape.lookup:
            raise _unable()
        found: dict[int, Accepted | None] = {}
        for start in range(0, len(local_ids), IDS_PER_CALL):
            asked = local_ids[start : start + IDS_PER_CALL]
            query = {self._shape.reference: ",".join(map(str, asked))}
            reply = await self._ask("GET", params=query)
            found |= self._looked_up(asked, dig(reply.json(), self._shape.messages))
        return found

    def _looked_up(self, asked: Sequence[int], rows: Any) -> dict[int, Accepted | None]:
        """A row whose id cannot be read says nothing; a reference that was not asked for makes
        the whole list doubtful, since it may be one of ours, garbled."""
        if not isinstance(rows, list):
            raise Uncertain("no list of messages")
        numbers = {str(number): number for number in asked}
        found: dict[int, Accepted | None] = dict.fromkeys(asked)
        for row in rows:
            number = numbers.get(str(dig(row, self._shape.reference)))
            if number is None:
                raise Uncertain("a message that was not asked for")
            try:
                found[number] = self._accepted(row)
            except Uncertain:
                found.pop(number, None)
        return found

    async def statuses(
        self, message_ids: Sequence[str], channel: MessageChannel
    ) -> dict[str, MessageState]:
        raise _unable()

    async def receive(self, line: str) -> list[Inbound]:
        raise _unable()

    async def inbox(self, line: str, since: datetime) -> list[Inbound]:
        raise _unable()

    async def blocked(self, line: str) -> list[str]:
        raise _unable()

    async def account(self) -> Account:
        raise _unable()

    async def close(self) -> None:
        """Wait for the calls under way, then close every connection."""
        await self._transport.close()

    async def _ask(self, method: str, **how: Any) -> Reply:
        """The answer to a call that succeeded. Raises whatever else it came to."""
        reply: Reply = await self._transport.run(self._request, method, how)
        if 200 <= reply.status < 300:
            return reply
        if 400 <= reply.status < 500 and reply.status not in _UNDECIDED:
            self._refuse(reply)
        raise Uncertain(f"HTTP {reply.status}")

    def _request(self, method: str, how: dict[str, Any]) -> Reply:
        return self._transport.request(method, self._transport.base, headers=self._headers, **how)

    def _refuse(self, reply: Reply) -> None:
        """Raise `Refused` for an error that can be read, and for 401, which needs no reading.

        RFC 9110 §15.5.2: a request answered 401 has not been applied.
        """
        code = dig(reply.json(), self._shape.error)
        if not isinstance(code, str | int) and reply.status != 401:
            raise Uncertain(f"HTTP {reply.status} without an error code")
        number = code if type(code) is int and 0 < code <= MAX_NUMBER else reply.status
        action, reason = _MEANINGS.get(reply.status, _REFUSED)
        raise Refused(number, f"HTTP {reply.status}", action, reason)

    def _accepted(self, row: Any) -> Accepted:
        number = dig(row, self._shape.id)
        if type(number) not in (str, int) or not re.fullmatch(r"[\x21-\x7e]{1,80}", str(number)):
            raise Uncertain("no message id in the answer")
        state = self._shape.state(dig(row, self._shape.status)) or MessageState.ACCEPTED
        cost = dig(row, self._shape.cost)
        known = type(cost) is int and 0 <= cost <= MAX_NUMBER
        return Accepted(str(number), state, cost if known else None)


def _unable() -> Refused:
    """Of what is not among the capabilities nothing is called; asked all the same, it is off."""
    return Refused(
        405, "the gateway cannot do this", Action.FEATURE_OFF, "این درگاه این کار را نمی‌کند"
    )
