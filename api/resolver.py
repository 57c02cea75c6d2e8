"""The system's name service, for `domain.service`, with threads of its own.

A name service that hangs holds up nobody but those who ask it.
"""

from __future__ import annotations

import asyncio
import socket
from concurrent.futures import ThreadPoolExecutor

_THREADS = 8
_PATIENCE = 5.0
"""Seconds that an answer may take."""


class SystemResolver:
    """`domain.service.Resolver` by `getaddrinfo`."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="names")

    async def resolve(self, host: str) -> list[str]:
        """The numbers of `host` without repeats, in the system's order; none if it has none."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(_PATIENCE):
                found = await loop.run_in_executor(self._threads, _look_up, host)
        except (OSError, UnicodeError):  # among them TimeoutError
            return []
        return list(dict.fromkeys(str(row[4][0]) for row in found))


def _look_up(host: str):  # type: ignore[no-untyped-def]
    return socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
