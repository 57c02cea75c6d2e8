"""Blocking HTTP to one provider, in threads of its own, with typed errors.

A base that must be https or loopback, one kept-alive session per thread, timeouts, no redirects,
answers of bounded size, and secrets that show up in no log, error or `repr`.
"""

from __future__ import annotations

import asyncio
import ipaddress
import json
import logging
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import requests
import urllib3.exceptions

from sms.gateway import NotSent, Uncertain

MAX_REPLY = 8 * 1024 * 1024
_CHUNK = 64 * 1024
_LOGGERS = ("urllib3.connectionpool", "urllib3.util.retry")
_NEVER_CONNECTED = (
    urllib3.exceptions.NewConnectionError,
    urllib3.exceptions.NameResolutionError,
    urllib3.exceptions.ConnectTimeoutError,
)


class Reply(NamedTuple):
    """An answer over HTTP, read to its end."""

    status: int
    body: bytes

    def json(self) -> Any:
        """The JSON in it; None if there is none."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None


class Transport:
    """`workers` threads that speak to the provider at `base`.

    `timeout` is (connect, answer) in seconds. `secrets` are what must not be logged. Raises
    ValueError for a base that is neither https nor on the loopback interface.
    """

    def __init__(
        self, base: str, workers: int, timeout: tuple[float, float], secrets: Iterable[str]
    ) -> None:
        self.base, self._loopback = _checked_base(base)
        self._timeout = timeout
        self._local = threading.local()
        self._sessions: list[requests.Session] = []
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="sms")
        self._filter = _SecretFilter(secrets)
        for name in _LOGGERS:
            logging.getLogger(name).addFilter(self._filter)

    async def run(self, method: Callable[..., Any], *args: Any) -> Any:
        """Run a blocking method in one of the threads."""
        try:
            future = self._pool.submit(method, *args)
        except RuntimeError:
            raise NotSent("the gateway is closed") from None
        return await asyncio.wrap_future(future)

    def request(self, method: str, url: str, **how: Any) -> Reply:
        """Ask and read the answer. Raises `NotSent` or `Uncertain`, which say no address."""
        try:
            return self._exchange(method, url, how)
        except requests.exceptions.RequestException as caught:
            kind = NotSent if _never_connected(caught) else Uncertain
            error = kind(type(caught).__name__)
        raise error  # out here, so that no __context__ holds the address

    async def close(self) -> None:
        """Wait for the calls under way, then close every connection."""
        await asyncio.to_thread(self._pool.shutdown)
        for session in self._sessions:
            session.close()
        for name in _LOGGERS:
            logging.getLogger(name).removeFilter(self._filter)

    def _exchange(self, method: str, url: str, how: dict[str, Any]) -> Reply:
        ends = time.monotonic() + sum(self._timeout)
        with self._session().request(
            method, url, timeout=self._timeout, allow_redirects=False, stream=True, **how
        ) as answer:
            body = bytearray()
            for chunk in answer.iter_content(_CHUNK):
                body += chunk
                if len(body) > MAX_REPLY or time.monotonic() > ends:
                    raise requests.exceptions.ReadTimeout
            return Reply(answer.status_code, bytes(body))

    def _session(self) -> requests.Session:
        session = getattr(self._local, "session", None)
        if session is None:
            session = self._local.session = _Session()
            session.trust_env = not self._loopback
            session.auth = _as_it_is
            self._sessions.append(session)
        return session


class _Session(requests.Session):
    """Looks at no redirect: requests would read where it leads even when it is not to follow it."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        return None


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Keeps a user's `.netrc` from putting credentials of its own into a request."""
    return request


class _SecretFilter(logging.Filter):
    """Takes secrets out of what urllib3 logs about its requests."""

    def __init__(self, secrets: Iterable[str]) -> None:
        super().__init__()
        self._secrets = tuple(secrets)

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        hidden = message
        for secret in self._secrets:
            hidden = hidden.replace(secret, "***")
        if hidden != message:
            record.msg, record.args = hidden, ()
        return True


def _checked_base(base: str) -> tuple[str, bool]:
    parts = urlsplit(base)
    host = parts.hostname or ""
    try:
        loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not host or parts.scheme not in ("http", "https") or parts.username:
        raise ValueError(f"not an http(s) address of a provider: {host or 'no host'}")
    if parts.scheme != "https" and not loopback:
        raise ValueError(f"the provider at {host} must be reached by https")
    return base.rstrip("/"), loopback


def _never_connected(error: requests.exceptions.RequestException) -> bool:
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return True
    reason = getattr(error.args[0] if error.args else None, "reason", None)
    return isinstance(error, requests.exceptions.ConnectionError) and isinstance(
        reason, _NEVER_CONNECTED
    )
