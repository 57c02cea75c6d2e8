"""What the sender asks of an SMS provider, and the three ways a call can end badly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from models.enums import MessageChannel, MessageState


class Action(StrEnum):
    """What a refusal asks of the sender."""

    RETRY = "retry"
    """Not accepted: send again later with the same local id."""
    SLOW_DOWN = "slow_down"
    """As RETRY, and call less often."""
    PAUSE = "pause"
    """Stop for minutes and raise an alarm."""
    AMBIGUOUS = "ambiguous"
    """Ask by local id before anything else."""
    HALT = "halt"
    """Stop all sending, keep the rows, raise an alarm; an operator resumes."""
    HALT_CREDIT = "halt_credit"
    """As HALT, but resume by itself when there is credit again."""
    HALT_LINE = "halt_line"
    """Stop sending from this line."""
    PERMANENT = "permanent"
    """This message can never be sent: show it to a person."""
    BUG = "bug"
    """Our request was wrong: permanent, and raise an alarm."""
    FEATURE_OFF = "feature_off"
    """Do without this call; sending is not affected."""
    EMPTY = "empty"
    """Nothing found: an empty list."""


class GatewayError(Exception):
    """A call to the provider that did not succeed. Never carries the API key or the URL."""


class Refused(GatewayError):
    """The provider answered no: nothing was accepted.

    `code` is the provider's; `message` says in English and `reason` in Persian what it means, in
    words of ours, since the provider's could repeat what it was sent.
    """

    def __init__(self, code: int, message: str, action: Action, reason: str) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message
        self.action = action
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.code} {self.message}"


class NotSent(GatewayError):
    """No connection was made: the provider cannot have seen the request."""


class Uncertain(GatewayError):
    """The request left, no readable answer came: the provider may have accepted it."""


class Capability(StrEnum):
    """What a gateway can do beside sending a text; nothing else of it is called."""

    STATUSES = "statuses"
    """Tell what became of accepted messages (`statuses`)."""
    LOOKUP = "lookup"
    """Tell whether it accepted a message, by our local id (`lookup`)."""
    RECEIVE = "receive"
    """Hand out the texts that citizens sent (`receive`, `inbox`)."""
    BLOCKED = "blocked"
    """List the numbers that blocked a line (`blocked`)."""
    ACCOUNT = "account"
    """Tell credit and settings of the account (`account`)."""
    CODES = "codes"
    """Send a one-time code by a template of its own, past advertisement blocks."""
    CALLS = "calls"
    """Read a text out in a telephone call."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message for one number ("09…"); `token` is the one-time code in it, if any."""

    receptor: str
    text: str
    line: str
    local_id: int
    channel: MessageChannel = MessageChannel.SMS
    token: str = ""


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider took a message over: its id, its state so far, its price in Rial if told."""

    message_id: str
    state: MessageState = MessageState.ACCEPTED
    cost: int | None = None


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
class Report:
    """What a provider tells by webhook became of a message (`sms.callbacks` reads them).

    `message_id` is the provider's, `local_id` ours if it repeats that: such a report counts even
    when it comes before the answer to `send`.
    """

    message_id: str
    state: MessageState
    local_id: int | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """The provider's account: credit in Rial, when it expires, `master` or `child`.

    `wrong` names the settings under which texts are not delivered, or delivered twice.
    """

    credit: int
    expires_at: datetime | None
    kind: str
    wrong: tuple[str, ...] = ()


class Gateway(Protocol):
    """An SMS provider. Every method raises `Refused`, `NotSent` or `Uncertain`."""

    name: str
    line: str
    capabilities: frozenset[Capability]

    def idempotent(self, message: Outgoing) -> bool:
        """Whether repeating this message's `local_id` does not send it again."""
        ...

    async def send(self, message: Outgoing) -> Accepted:
        """Hand one message over."""
        ...

    async def statuses(
        self, message_ids: Sequence[str], channel: MessageChannel
    ) -> dict[str, MessageState]:
        """States by message id. An absent id is no information."""
        ...

    async def lookup(self, local_ids: Sequence[int]) -> dict[int, Accepted | None]:
        """What became of messages, by local id.

        None says that the provider knows no such message; an absent id says nothing.
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
        """Credit, kind and wrong settings of the account. Changes nothing."""
        ...

    async def close(self) -> None:
        """Wait for the calls under way and let go of every connection."""
        ...
