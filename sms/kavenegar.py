"""Kavenegar behind the `Gateway` protocol.

The library's public methods are kept; its transport is replaced: a base URL, one kept-alive
session per thread, timeouts, no redirects, typed errors, and a key that shows up nowhere.
"""

from __future__ import annotations

import asyncio
import ipaddress
import json
import logging
import re
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any, TypeVar
from urllib.parse import urlsplit

import kavenegar
import requests
import urllib3.exceptions

from sms import codes
from sms.gateway import Accepted, Account, GatewayError, Inbound, NotSent, Refused, Uncertain
from sms.measure import MAX_UNITS, measure

T = TypeVar("T")
Row = dict[str, Any]

OFFICIAL_BASE = "https://api.kavenegar.com"
IDS_PER_CALL = 500
ROWS_PER_RECEIVE = 100
ROWS_PER_PAGE = 200
MAX_PAGES = 50

_LOGGERS = ("urllib3.connectionpool", "urllib3.util.retry")
_NEVER_CONNECTED = (
    urllib3.exceptions.NewConnectionError,
    urllib3.exceptions.NameResolutionError,
    urllib3.exceptions.ConnectTimeoutError,
)


class KavenegarGateway:
    """The provider Kavenegar. Blocking calls run in `workers` threads of its own.

    `timeout` is (connect, read) in seconds. Raises ValueError for a malformed key and for a
    base that is neither https nor on the loopback interface.
    """

    name = "kavenegar"

    def __init__(
        self,
        api_key: str,
        base: str = OFFICIAL_BASE,
        workers: int = 8,
        timeout: tuple[float, float] = (3.05, 30.0),
    ) -> None:
        self._client = _Client(api_key, base, timeout)
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="kavenegar")

    def __repr__(self) -> str:
        return f"KavenegarGateway({self._client.base!r})"

    async def send(self, *, receptor: str, text: str, line: str, local_id: int) -> Accepted:
        """Send one text; a text or number that can never be sent is refused here."""
        _check_message(receptor, text, local_id)
        fields = {"receptor": receptor, "message": text, "sender": line, "localid": local_id}
        rows = _rows(await self._call(self._client.sms_send, fields))
        if len(rows) != 1:
            raise Uncertain(f"{len(rows)} entries for one message")
        cost = rows[0].get("cost")
        return Accepted(
            message_id=_integer(rows[0], "messageid"),
            status=_integer(rows[0], "status"),
            cost=cost if isinstance(cost, int) else None,
        )

    async def statuses(self, message_ids: Sequence[int]) -> dict[int, int]:
        """Status codes by message id, in calls of 500."""
        found: dict[int, int] = {}
        for ids in _batches(message_ids):
            rows = _rows(await self._call(self._client.sms_status, {"messageid": ids}))
            found.update((_integer(row, "messageid"), _integer(row, "status")) for row in rows)
        return found

    async def statuses_by_local_id(self, local_ids: Sequence[int]) -> dict[int, tuple[int, int]]:
        """`(message id, status)` by local id, in calls of 500; message id 0 with status 100."""
        found: dict[int, tuple[int, int]] = {}
        for ids in _batches(local_ids):
            rows = _rows(await self._call(self._client.sms_statuslocalmessageid, {"localid": ids}))
            for row in rows:
                status = _integer(row, "status")
                unknown = status == codes.NO_INFORMATION
                message_id = 0 if unknown else _integer(row, "messageid")
                found[_integer(row, "localid")] = (message_id, status)
        return found

    async def receive(self, line: str) -> list[Inbound]:
        """Unread texts, page after page.

        Pages already taken are marked read, so a later page that fails does not lose them:
        they are returned, and the next call meets the error again.
        """
        found: list[Inbound] = []
        for _ in range(MAX_PAGES):
            try:
                rows = await self._read(self._client.sms_receive, {"linenumber": line, "isread": 0})
            except GatewayError:
                if not found:
                    raise
                break
            found.extend(map(_inbound, rows))
            if len(rows) < ROWS_PER_RECEIVE:
                break
        return found

    async def inbox(self, line: str, since: datetime) -> list[Inbound]:
        """Texts already read, a backstop for a `receive` whose reply was lost."""
        fields = {"linenumber": line, "isread": 1, "startdate": int(since.timestamp())}
        return [_inbound(row) for row in await self._pages("sms", "inboxpaged", fields)]

    async def blocked(self, line: str) -> list[str]:
        """Numbers that answered 11 or were blocked in the panel."""
        rows = await self._pages("line/blocked", "list", {"linenumber": line})
        return [str(row["number"]) for row in rows if row.get("number")]

    async def account(self) -> Account:
        """Credit in Rial, expiry and kind."""
        row = _single(await self._call(self._client.account_info))
        return Account(
            credit=_integer(row, "remaincredit"),
            expires_at=_moment(row.get("expiredate")),
            kind=str(row.get("type", "")),
        )

    async def config(self) -> dict[str, Any]:
        """The account's settings; asked without parameters, since any parameter changes them."""
        return _single(await self._call(self._client.account_config))

    async def close(self) -> None:
        """Wait for the calls under way, then close every session."""
        await asyncio.to_thread(self._pool.shutdown)
        self._client.close()

    async def _call(self, method: Callable[..., Any], *args: Any) -> Any:
        try:
            future = self._pool.submit(method, *args)
        except RuntimeError:
            raise NotSent("the gateway is closed") from None
        return await asyncio.wrap_future(future)

    async def _read(self, method: Callable[..., Any], *args: Any) -> list[Row]:
        """Rows of a call that reads: `entries: null` and code 449 are an empty list."""
        try:
            return _rows(await self._call(method, *args))
        except Refused as refusal:
            if codes.action(refusal.code) is codes.Action.EMPTY:
                return []
            raise

    async def _pages(self, action: str, method: str, fields: Row) -> list[Row]:
        found: list[Row] = []
        for number in range(1, MAX_PAGES + 1):
            page = {**fields, "pagenumber": number}
            rows = await self._read(self._client._request, action, method, page)
            found.extend(rows)
            if len(rows) < ROWS_PER_PAGE:
                break
        return found


class _Client(kavenegar.KavenegarAPI):
    """The library with its transport replaced. Shared by the threads of one gateway."""

    def __init__(self, api_key: str, base: str, timeout: tuple[float, float]) -> None:
        if not re.fullmatch(r"[A-Za-z0-9_=+.-]+", api_key):
            raise ValueError("the Kavenegar API key is empty or has characters no key has")
        super().__init__(api_key)
        self.base, self._loopback = _checked_base(base)
        self._timeout = timeout
        self._local = threading.local()
        self._sessions: list[requests.Session] = []
        self._filter = _KeyFilter(api_key)
        for name in _LOGGERS:
            logging.getLogger(name).addFilter(self._filter)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.base!r})"

    __str__ = __repr__

    def close(self) -> None:
        for session in self._sessions:
            session.close()
        for name in _LOGGERS:
            logging.getLogger(name).removeFilter(self._filter)

    def _request(self, action: str, method: str, params: Row | None = None) -> Any:
        reply = error = None
        try:
            reply = self._session().post(
                f"{self.base}/{self.version}/{self.apikey}/{action}/{method}.json",
                headers=self.headers,
                data=params or {},
                timeout=self._timeout,
                allow_redirects=False,
            )
        except requests.exceptions.RequestException as caught:
            kind = NotSent if _never_connected(caught) else Uncertain
            error = kind(type(caught).__name__)
        if reply is None:  # raised out here, so that no __context__ holds the URL
            raise error or Uncertain()
        return _entries(reply.status_code, reply.content)

    def _session(self) -> requests.Session:
        session = getattr(self._local, "session", None)
        if session is None:
            session = self._local.session = requests.Session()
            session.trust_env = not self._loopback
            self._sessions.append(session)
        return session


class _KeyFilter(logging.Filter):
    """Takes the key out of what urllib3 logs about its requests."""

    def __init__(self, key: str) -> None:
        super().__init__()
        self._key = key

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        if self._key in message:
            record.msg, record.args = message.replace(self._key, "***"), ()
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


def _entries(http_status: int, body: bytes) -> Any:
    """`entries` of a reply. Whatever is not clearly a yes or a no is `Uncertain`."""
    try:
        envelope = json.loads(body)
        code, message = envelope["return"]["status"], envelope["return"].get("message")
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Uncertain(f"HTTP {http_status} without an envelope") from None
    if type(code) is not int:
        raise Uncertain(f"HTTP {http_status} without a return status")
    if code == 200 and 200 <= http_status < 300:
        if "entries" not in envelope:
            raise Uncertain("no entries")
        return envelope["entries"]
    refused = code in codes.RETURN_CODES or 400 <= code < 500 or 600 <= code < 1000
    if refused and (http_status in (200, code) or 400 <= http_status < 500):
        raise Refused(code, str(message or ""))
    raise Uncertain(f"HTTP {http_status}, return status {code}")


def _rows(entries: Any) -> list[Row]:
    rows = [] if entries is None else entries if isinstance(entries, list) else [entries]
    if not all(isinstance(row, dict) for row in rows):
        raise Uncertain("entries are not objects")
    return rows


def _single(entries: Any) -> Row:
    rows = _rows(entries)
    if len(rows) != 1:
        raise Uncertain(f"{len(rows)} entries instead of one")
    return rows[0]


def _integer(row: Row, key: str) -> int:
    try:
        return int(row[key])
    except (KeyError, TypeError, ValueError, OverflowError):
        raise Uncertain(f"no {key} in an entry") from None


def _moment(seconds: Any) -> datetime | None:
    try:
        return datetime.fromtimestamp(int(seconds), UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return None


def _inbound(row: Row) -> Inbound:
    return Inbound(
        message_id=str(row.get("messageid") or ""),
        sender=str(row.get("sender") or ""),
        line=str(row.get("receptor") or ""),
        text=str(row.get("message") or ""),
        at=_moment(row.get("date")),
    )


def _batches(ids: Sequence[int]) -> Iterable[str]:
    for start in range(0, len(ids), IDS_PER_CALL):
        yield ",".join(map(str, ids[start : start + IDS_PER_CALL]))


def _check_message(receptor: str, text: str, local_id: int) -> None:
    if not 0 < local_id < 2**63:
        raise ValueError("a local id is a positive number below 2**63")
    if not re.fullmatch(r"\+?[0-9]{8,15}", receptor):
        raise Refused(411, "not one phone number")
    if not text.strip() or measure(text).units > MAX_UNITS:
        raise Refused(413, f"the text is empty or longer than {MAX_UNITS} units")
    if any("\ud800" <= char <= "\udfff" or char == "\0" for char in text):
        raise Refused(422, "the text has characters that cannot be sent")
