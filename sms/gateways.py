"""The gateways SMS go by, and which of them gets a message: fail-over that cannot send twice.

A message belongs to one gateway from the moment it is asked until it has surely said no or was
surely not reached; after an attempt in doubt for good. Only one without a gateway is free to go.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from domain import sending
from domain.phone import local_form
from models import OutboxMessage, SendingHalt
from models.enums import MessageChannel
from sms.gateway import Capability, Gateway, Outgoing


class Gateways:
    """Gateways in the order of preference. Raises ValueError when two have the same name."""

    def __init__(self, gateways: Sequence[Gateway]) -> None:
        self._by_name = {gateway.name: gateway for gateway in gateways}
        if len(self._by_name) < len(gateways):
            raise ValueError("two gateways of one name")

    def __iter__(self) -> Iterator[Gateway]:
        return iter(self._by_name.values())

    def __len__(self) -> int:
        return len(self._by_name)

    def named(self, name: str) -> Gateway | None:
        return self._by_name.get(name)

    def able(self, channel: MessageChannel, bound: str = "") -> list[Gateway]:
        """Those that may take a message, halted or not; `bound` is the one it belongs to."""
        found = [one for one in self if bound in ("", one.name)]
        if channel is MessageChannel.CALL:
            found = [one for one in found if Capability.CALLS in one.capabilities]
        return found

    async def close(self) -> None:
        for gateway in self:
            await gateway.close()


async def flowing(gateways: Sequence[Gateway] | Gateways) -> list[Gateway]:
    """Those of the gateways that nothing halts just now."""
    halts = await sending.halts()
    return [one for one in gateways if not any(_stops(halt, one) for halt in halts)]


def pick(gateways: Sequence[Gateway], returns: Sequence[tuple[str, int | None]]) -> Gateway:
    """The first that did not just give the message back, else the first of all.

    `returns` are the last two times one did, latest first: it refused with a code, or, without
    one, was not reached, which is forgiven once.
    """
    passed: set[str] = set()
    if returns and (returns[0][1] is not None or (len(returns) > 1 and returns[0] == returns[1])):
        passed.add(returns[0][0])
    return next((one for one in gateways if one.name not in passed), gateways[0])


def outgoing(row: OutboxMessage) -> Outgoing:
    """A message as a gateway takes it."""
    return Outgoing(
        receptor=local_form(row.receptor),
        text=row.text,
        line=row.line,
        local_id=row.local_id,
        channel=row.channel,
        token=row.token,
    )


def _stops(halt: SendingHalt, gateway: Gateway) -> bool:
    return halt.gateway == gateway.name and halt.line in (sending.ALL_LINES, gateway.line)
