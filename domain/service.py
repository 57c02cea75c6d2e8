"""What the domain needs from outside, set once by the composition root (`api`, `cli`, tests)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from domain.vault import Vault


class Verifier(Protocol):
    """Answers whether a mobile number belongs to a national id (S1); None when it cannot tell."""

    async def matches(self, national_id: str, mobile: str) -> bool | None: ...


class Resolver(Protocol):
    """Answers at which numbers a host of the internet is; none when there is no such host."""

    async def resolve(self, host: str) -> list[str]: ...


@dataclass(frozen=True)
class Provider:
    """A gateway that SMS go by, as staff see it: from which line, and what it can do beside."""

    name: str
    line: str
    capabilities: frozenset[str]


@dataclass(frozen=True)
class Service:
    """`local_webhooks`: this machine may be told of changes too; for simulated deployments.

    `sms_rate`: messages that may leave a line in a second, from all processes together. `voice`:
    some gateway can read a result out in a call. `gateways`: the first choice first.
    """

    vault: Vault
    sms_line: str
    public_url: str = ""
    verifier: Verifier | None = None
    reconcile_seconds: int = field(default=60)
    lookup_gap_seconds: int = field(default=120)
    sms_rate: float = 10.0
    voice: bool = False
    gateways: tuple[Provider, ...] = ()
    resolver: Resolver | None = None
    local_webhooks: bool = False
    trusted_documents_only: bool = False


_current: Service | None = None


def configure(service: Service) -> None:
    global _current
    _current = service


def current() -> Service:
    if _current is None:
        raise RuntimeError("domain.service.configure() was not called")
    return _current
