"""Kavenegar behind the `Gateway` protocol.

The library's public methods are kept; its transport is replaced by ours (kavenegar §11).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import kavenegar
import structlog

from domain.measure import MAX_UNITS, measure
from models.enums import MessageChannel, MessageState
from sms import codes
from sms.gateway import (
    Accepted,
    Account,
    Action,
    Capability,
    GatewayError,
    Inbound,
    Outgoing,
    Refused,
    Uncertain,
)
from sms.http_shape import dig
from sms.transport import Reply, Transport

Row = dict[str, Any]

OFFICIAL_BASE = "https://api.kavenegar.com"
IDS_PER_CALL = 500
ROWS_PER_RECEIVE = 100
ROWS_PER_PAGE = 200
MAX_PAGES = 50
MAX_ID = 2**63 - 1
MAX_COST = 2**31 - 1
WRONG = ("debugmode", "resendfailed")
"""Settings of the account under which texts are not delivered, or delivered twice."""

log = structlog.get_logger("sms")


def capabilities(code_template: str, voice: bool) -> frozenset[Capability]:
    """What Kavenegar can do for us with these settings."""
    able = frozenset(Capability)
    if not code_template:
        able -= {Capability.CODES}
    if not voice:
        able -= {Capability.CALLS}
    return able


class KavenegarGateway:
    """The provider Kavenegar, sending from `line`. Calls run in `workers` threads.

    With a `code_template` one-time codes go by verify/lookup; with `voice` texts can be read out
    in a call. `timeout` is (connect, answer) in seconds. Raises ValueError for a malformed key and
    for a base that is neither https nor on the loopback interface.
    """

    name = "kavenegar"

    def __init__(
        self,
        api_key: str,
        line: str,
        base: str = OFFICIAL_BASE,
        *,
        code_template: str = "",
        voice: bool = False,
        workers: int = 8,
        timeout: tuple[float, float] = (3.05, 30.0),
    ) -> None:
        if not re.fullmatch(r"[A-Za-z0-9_=+.-]+", api_key):
            raise ValueError("the Kavenegar API key is empty or has characters no key has")
        self.line = line
        self.capabilities = capabilities(code_template, voice)
        self._template = code_template
        self._transport = Transport(base, workers, timeout, [api_key])
        self._client = _Client(api_key, self._transport)

    def __repr__(self) -> str:
        return f"KavenegarGateway({self._transport.base!r})"

    def idempotent(self, message: Outgoing) -> bool:
        """Whatever has a local id; verify/lookup takes none."""
        return not self._by_template(message)

    async def send(self, message: Outgoing) -> Accepted:
        """Send one message; a text or number that can never be sent is refused here.

        A code whose template is refused goes at once as an ordinary text: its receiver is waiting
        on the telephone.
        """
        _check(message)
        if message.channel is MessageChannel.CALL:
            return await self._hand_over(self._client.call_maketts, _fields(message))
        if self._by_template(message):
            try:
                return await self._send_code(message)
            except Refused as refusal:
                if refusal.code not in codes.TEMPLATE_FAULTS:
                    raise
                log.error("code template refused", code=refusal.code, reason=refusal.message)
        fields = {**_fields(message), "sender": message.line}
        return await self._hand_over(self._client.sms_send, fields)

    async def statuses(
        self, message_ids: Sequence[str], channel: MessageChannel = MessageChannel.SMS
    ) -> dict[str, MessageState]:
        """States by message id, in calls of 500."""
        method = self._client.sms_status
        if channel is MessageChannel.CALL:
            method = self._client.call_status
        found: dict[str, MessageState] = {}
        for ids in _batches(message_ids):
            for row in _rows(await self._transport.run(method, {"messageid": ids})):
                state = codes.state(_integer(row, "status"))
                if state is not None:
                    found[str(_integer(row, "messageid"))] = state
        return found

    async def lookup(self, local_ids: Sequence[int]) -> dict[int, Accepted | None]:
        """What became of messages, by local id, in calls of 500."""
        found: dict[int, Accepted | None] = {}
        method = self._client.sms_statuslocalmessageid
        for ids in _batches(local_ids):
            for row in _rows(await self._transport.run(method, {"localid": ids})):
                local_id, status = _integer(row, "localid"), _integer(row, "status")
                with suppress(Uncertain):  # an odd row says nothing, and not for the others
                    known = status != codes.UNKNOWN_MESSAGE
                    found[local_id] = _accepted(row) if known else None
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
        """Credit in Rial, expiry, kind, and what is set wrong.

        The settings are asked for without parameters, since any parameter changes them.
        """
        row = _single(await self._transport.run(self._client.account_info))
        try:
            config = _single(await self._transport.run(self._client.account_config))
        except Refused as refusal:  # the credit is wanted all the same
            log.warning("account settings not told", code=refusal.code)
            config = {}
        return Account(
            credit=_integer(row, "remaincredit"),
            expires_at=_moment(row.get("expiredate")),
            kind=str(row.get("type", "")),
            wrong=tuple(name for name in WRONG if config.get(name) == "enabled"),
        )

    async def close(self) -> None:
        """Wait for the calls under way, then close every connection."""
        await self._transport.close()

    def _by_template(self, message: Outgoing) -> bool:
        by_text = message.channel is MessageChannel.SMS
        return bool(by_text and self._template and message.token)

    async def _send_code(self, message: Outgoing) -> Accepted:
        fields = {
            "receptor": message.receptor,
            "template": self._template,
            "token": message.token,
        }
        return await self._hand_over(self._client.verify_lookup, fields)

    async def _hand_over(self, method: Callable[[Row], Any], fields: Row) -> Accepted:
        return _accepted(_single(await self._transport.run(method, fields)))

    async def _read(self, method: Callable[..., Any], *args: Any) -> list[Row]:
        """Rows of a call that reads: `entries: null` and code 449 are an empty list."""
        try:
            return _rows(await self._transport.run(method, *args))
        except Refused as refusal:
            if refusal.action is Action.EMPTY:
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

    def __init__(self, api_key: str, transport: Transport) -> None:
        super().__init__(api_key)
        self._transport = transport

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._transport.base!r})"

    __str__ = __repr__

    def _request(self, action: str, method: str, params: Row | None = None) -> Any:
        reply = self._transport.request(
            "POST",
            f"{self._transport.base}/{self.version}/{self.apikey}/{action}/{method}.json",
            headers=self.headers,
            data=params or {},
        )
        return _entries(reply)


def _entries(reply: Reply) -> Any:
    """`entries` of a reply. Whatever is not clearly a yes or a no is `Uncertain`."""
    envelope = reply.json()
    code = dig(envelope, "return.status")
    if type(code) is not int:
        raise Uncertain(f"HTTP {reply.status} without a return status")
    if code == 200 and 200 <= reply.status < 300:
        if "entries" not in envelope:
            raise Uncertain("no entries")
        return envelope["entries"]
    refused = code in codes.RETURN_CODES or 400 <= code < 500 or 600 <= code < 1000
    if refused and (reply.status in (200, code) or 400 <= reply.status < 500):
        raise _refused(code)
    raise Uncertain(f"HTTP {reply.status}, return status {code}")


def _refused(code: int) -> Refused:
    """In our words: the provider's could repeat what it was sent, and are kept nowhere."""
    meaning = codes.return_code(code)
    return Refused(code, meaning.en, meaning.action, meaning.fa)


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


def _accepted(row: Row) -> Accepted:
    """A message that the provider has; a status without information is its first one."""
    number = _integer(row, "messageid")
    if not 0 < number <= MAX_ID:
        raise Uncertain("an entry without a message id")
    state = codes.state(_integer(row, "status")) or MessageState.ACCEPTED
    cost = row.get("cost")
    known = type(cost) is int and 0 <= cost <= MAX_COST
    return Accepted(str(number), state, cost if known else None)


def _integer(row: Row, key: str) -> int:
    value = row.get(key)
    if type(value) not in (int, str) or not re.fullmatch(r"-?[0-9]{1,19}", str(value)):
        raise Uncertain(f"no {key} in an entry")
    return int(str(value))


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


def _batches(ids: Sequence[object]) -> Iterator[str]:
    for start in range(0, len(ids), IDS_PER_CALL):
        yield ",".join(map(str, ids[start : start + IDS_PER_CALL]))


def _fields(message: Outgoing) -> Row:
    return {"receptor": message.receptor, "message": message.text, "localid": message.local_id}


def _check(message: Outgoing) -> None:
    if not 0 < message.local_id <= MAX_ID:
        raise ValueError("a local id is a positive number below 2**63")
    if not re.fullmatch(r"\+?[0-9]{8,15}", message.receptor):
        raise _refused(411)
    if not message.text.strip() or measure(message.text).units > MAX_UNITS:
        raise _refused(413)
    if any("\ud800" <= char <= "\udfff" or char == "\0" for char in message.text):
        raise _refused(422)
