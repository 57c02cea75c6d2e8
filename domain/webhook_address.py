"""Where webhooks may be sent: never into our own network (SSRF), whatever a name resolves to.

An address is read once, here; the sender connects to the very numbers that were checked, so that
neither another parser nor another answer of the name service leads elsewhere.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final, NoReturn
from urllib.parse import urlsplit

from domain import service
from domain.errors import DomainError
from domain.text import clean_line

MAX_LENGTH: Final = 500
_PLAIN: Final = re.compile(r"[!-~]+", re.ASCII)
_LABEL: Final = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_NAME: Final = re.compile(rf"(?=.{{1,253}}\Z)(?:{_LABEL}\.)+(?=[a-z]){_LABEL}")
_LOCAL_NAME: Final = "localhost"
_CLOSED: Final = [
    ip_network(text)
    for text in (
        *("192.0.0.0/24", "192.88.99.0/24", "::/8", "64:ff9b::/96", "64:ff9b:1::/48"),
        *("2001::/23", "2002::/16", "3fff::/20", "5f00::/16", "fec0::/10"),
    )
]
"""Beside what Python calls not global: networks that carry IPv4 addresses or reach relays."""


@dataclass(frozen=True, slots=True)
class Address:
    """A receiver's address, taken apart. `host` is a name or a number, `target` path and query."""

    secure: bool
    host: str
    port: int
    target: str

    @property
    def authority(self) -> str:
        """What the `Host` header says."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.secure else 80) else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        return f"{'https' if self.secure else 'http'}://{self.authority}{self.target}"

    def at(self, number: str) -> str:
        """The same address with the host's number in the place of its name."""
        host = f"[{number}]" if ":" in number else number
        return f"{'https' if self.secure else 'http'}://{host}:{self.port}{self.target}"


def parse(url: object) -> Address:
    """The address of a receiver: https, without user or fragment, at most 500 characters.

    Raises DomainError, field `url`: as `clean_line`, invalid, address_refused.
    """
    text = clean_line(url, "url", max=MAX_LENGTH)
    try:
        parts = urlsplit(text)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        raise DomainError("invalid", "url") from None
    if not _PLAIN.fullmatch(text) or parts.scheme not in ("http", "https") or not host:
        raise DomainError("invalid", "url")
    if "@" in parts.netloc or "\\" in text or "#" in text or "%" in host or port == 0:
        raise DomainError("invalid", "url")
    secure = parts.scheme == "https"
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    number = _number(host)
    if number is not None:
        _require_open(number, secure)
    elif host == _LOCAL_NAME:
        if not service.current().local_webhooks:
            _refuse()
    elif not _NAME.fullmatch(host):
        raise DomainError("invalid", "url")
    elif not secure:
        _refuse()
    return Address(secure, str(number or host), port or (443 if secure else 80), target)


async def numbers(address: Address) -> list[str]:
    """The numbers to connect to, in order of preference; every one was checked.

    Awaits the name service: never inside a transaction. Raises DomainError unresolvable, or
    address_refused when one of them must not be reached.
    """
    literal = _number(address.host)
    resolver = service.current().resolver
    if literal is not None:
        found = [address.host]
    else:
        found = await resolver.resolve(address.host) if resolver is not None else []
    if not found:
        raise DomainError("unresolvable", "url")
    for text in found:
        number = _number(text)
        if number is None:
            _refuse()
        _require_open(number, address.secure)
    return found


async def checked(url: object) -> Address:
    """The address, looked up now so that a mistake shows when it is made."""
    address = parse(url)
    await numbers(address)
    return address


def is_open(number: IPv4Address | IPv6Address) -> bool:
    """Whether a number lies in the public internet."""
    if any(number.version == net.version and number in net for net in _CLOSED):
        return False
    return number.is_global and not number.is_multicast and not number.is_reserved


def _require_open(number: IPv4Address | IPv6Address, secure: bool) -> None:
    """This machine itself may only be reached, also by http, in a simulated deployment."""
    if service.current().local_webhooks and number.is_loopback:
        return
    if not secure or not is_open(number):
        _refuse()


def _refuse() -> NoReturn:
    raise DomainError("address_refused", "url")


def _number(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None
