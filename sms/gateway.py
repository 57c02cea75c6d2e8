"""What the sender asks of an SMS provider, and the three ways a call can end badly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol


class GatewayError(Exception):
    """A call to the provider that did not succeed. Never carries the API key or the URL."""


class Refused(GatewayError):
    """The provider answered no: nothing was accepted. What to do stands in `codes.action`."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message

    def __str__(self) -> str:
        return f"{self.code} {self.message}"


class NotSent(GatewayError):
    """No connection was made: the provider cannot have seen the request."""


class Uncertain(GatewayError):
    """The request left, no readable answer came: the provider may have accepted it."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider took a message over: its id, its first status code, its price in Rial."""

    message_id: int
    status: int
    cost: int | None


@dataclass(frozen=True, slots=True)
class Inbound:
    """A text a citizen sent to one of our lines.

    `message_id` is empty if the provider gave none; `sender` is as the provider wrote it.
    """

    message_id: str
    sender: str
    line: str
    text: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Account:
    """The provider's account: credit in Rial, when it expires, `master` or `child`."""

    credit: int
    expires_at: datetime | None
    kind: str


class Gateway(Protocol):
    """An SMS provider. Every method raises `Refused`, `NotSent` or `Uncertain`."""

    name: str

    async def send(self, *, receptor: str, text: str, line: str, local_id: int) -> Accepted:
        """Send one text to one number. Repeating a `local_id` does not send again."""
        ...

    async def statuses(self, message_ids: Sequence[int]) -> dict[int, int]:
        """Status codes by message id. An absent id, like status 100, is no information."""
        ...

    async def statuses_by_local_id(self, local_ids: Sequence[int]) -> dict[int, tuple[int, int]]:
        """`(message id, status)` by local id.

        Status 100 says that the provider knows no such message; an absent id says nothing.
        """
        ...

    async def receive(self, line: str) -> list[Inbound]:
        """Unread texts of a line. Destructive: the provider marks them read, so store them all."""
        ...

    async def inbox(self, line: str, since: datetime) -> list[Inbound]:
        """Texts of a line already read since then (at most two days back). Changes nothing."""
        ...

    async def blocked(self, line: str) -> list[str]:
        """Numbers that have blocked a line (opted out), as the provider writes them."""
        ...

    async def account(self) -> Account:
        """Credit and kind of the account."""
        ...

    async def config(self) -> dict[str, Any]:
        """The account's settings, read only, as the provider names them."""
        ...

    async def close(self) -> None:
        """Wait for the calls under way and let go of every connection."""
        ...
