"""Sending: sms/send, sms/sendarray, verify/lookup, call/maketts."""

from __future__ import annotations

import re
from typing import Any

from sms.simulator import network
from sms.simulator import text as texts
from sms.simulator.codes import STATUSES
from sms.simulator.fields import ApiError, Fields, local_id, receptors
from sms.simulator.state import COST_PER_PART, State
from sms.simulator.store import Row

MAX_TEXT = 900
MAX_TOKEN = 100
SERVICE_LINE = "10008663"
"""One-time codes come from a line of the provider; nobody can answer it."""

TOKEN_SPACES = {"token": 0, "token2": 0, "token3": 0, "token10": 5, "token20": 8}

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff�]")
_LINK = re.compile(r"https?://|www\.|\b[a-z0-9-]+\.(?:ir|com|org|net)\b", re.IGNORECASE)


def send(state: State, fields: Fields) -> tuple[Any, None]:
    """One text to up to 200 numbers."""
    numbers = fields.receptors()
    text = fields.text("message")
    line = _line(state, fields.option("sender"))
    _check_text(state, text)
    date = _date(state, fields)
    fields.choice("type", range(4), 1)
    fields.choice("hide", range(2), 0)
    _check_tag(fields)
    wanted = [
        {"receptor": number, "text": text, "line": line, "date": date, "local_id": own}
        for number, own in zip(numbers, _local_ids(fields, len(numbers)), strict=True)
    ]
    return _accept_all(state, wanted), None


def send_array(state: State, fields: Fields) -> tuple[Any, None]:
    """Text by text. Only `localmessageids` names the local ids; other names are ignored."""
    raw = fields.array("receptor")
    senders = fields.array("sender", len(raw))
    messages = fields.array("message", len(raw))
    numbers = receptors(raw)
    date = _date(state, fields)
    _check_tag(fields)
    ids: list[int | None] = [None] * len(numbers)
    if fields.option("localmessageids"):
        ids = [local_id(value) for value in fields.array("localmessageids", len(numbers))]
    for text in messages:
        _check_text(state, str(text))
    wanted = [
        {"receptor": number, "text": str(text), "line": line, "date": date, "local_id": own}
        for number, text, line, own in zip(
            numbers, messages, [_line(state, str(sender)) for sender in senders], ids, strict=True
        )
    ]
    return _accept_all(state, wanted), None


def lookup(state: State, fields: Fields) -> tuple[Any, None]:
    """A text from a template, from a service line, past the ad-block, without a local id.

    With `type=call` the code is read out in a call.
    """
    numbers = fields.receptors()
    text = state.templates.get(fields.text("template"))
    if text is None:
        raise ApiError(424)
    if "%token" not in text:
        raise ApiError(432)
    fields.text("token")
    kind = fields.option("type", "sms")
    if kind not in ("sms", "call"):
        raise ApiError(604)
    _check_tag(fields)
    for name, spaces in TOKEN_SPACES.items():
        token = fields.option(name)
        if len(token) > MAX_TOKEN or re.search(r"[\n_]", token) or token.count(" ") > spaces:
            raise ApiError(431)
    for name in sorted(TOKEN_SPACES, key=len, reverse=True):
        text = text.replace(f"%{name}", fields.option(name))
    kind = "lookup" if kind == "sms" else kind
    wanted = [{"receptor": numbers[0], "text": text, "line": SERVICE_LINE, "kind": kind}]
    return _accept_all(state, wanted)[0], None


def make_tts(state: State, fields: Fields) -> tuple[Any, None]:
    """A text read out in a telephone call."""
    numbers = fields.receptors()
    text = fields.text("message")
    _check_text(state, text)
    date = _date(state, fields)
    _check_tag(fields)
    same = {"text": text, "line": SERVICE_LINE, "kind": "call", "date": date}
    wanted = [
        {**same, "receptor": number, "local_id": own}
        for number, own in zip(numbers, _local_ids(fields, len(numbers)), strict=True)
    ]
    return _accept_all(state, wanted), None


def entry(message: Row) -> Row:
    """A message as the sending methods show it."""
    return {
        "messageid": message["id"],
        "message": message["text"],
        "status": message["status"],
        "statustext": STATUSES[message["status"]],
        "sender": message["line"],
        "receptor": message["receptor"],
        "date": int(message["created"]),
        "cost": message["cost"],
    }


def _local_ids(fields: Fields, count: int) -> list[int | None]:
    """One for each number, or none at all."""
    ids = [local_id(part) for part in fields.option("localid").split(",") if part]
    if ids and len(ids) != count:
        raise ApiError(419)
    return [*ids] or [None] * count


def _accept_all(state: State, wanted: list[Row]) -> list[Row]:
    """Take all texts over or none. A local id seen before gives the earlier message."""
    if state.faults["refuse_with"]:
        raise ApiError(state.faults["refuse_with"])
    earlier = [_earlier(state, item.get("local_id")) for item in wanted]
    new = [item for item, known in zip(wanted, earlier, strict=True) if known is None]
    _check_credit(state, new)
    for item in new:
        if network.magic_busy(state, item["receptor"], str(item.get("local_id") or item["text"])):
            raise ApiError(409)
    entries = []
    for item, known in zip(wanted, earlier, strict=True):
        own = known or _earlier(state, item.get("local_id")) or network.accept(state, **item)
        entries.append(entry(own))
    return entries


def _earlier(state: State, own: int | None) -> Row | None:
    if own is None or not state.faults["dedupe_local_ids"]:
        return None
    return state.store.row("SELECT * FROM message WHERE local_id = ? ORDER BY id LIMIT 1", own)


def _check_credit(state: State, new: list[Row]) -> None:
    cost = sum(texts.parts(item["text"]) for item in new) * COST_PER_PART
    if state.faults["no_credit"] or cost > state.credit:
        raise ApiError(418)


def _line(state: State, raw: str) -> str:
    line = texts.line(raw or state.account["defaultsender"])
    if line != texts.line(state.config.line):
        raise ApiError(412)
    return line


def _check_text(state: State, text: str) -> None:
    if not text.strip() or len(text.encode("utf-16-le", "replace")) // 2 > MAX_TEXT:
        raise ApiError(413)
    if _CONTROL.search(text):
        raise ApiError(422)
    if state.faults["links_refused"] and _LINK.search(text):
        raise ApiError(420)


def _date(state: State, fields: Fields) -> int | None:
    date = fields.number("date", 0, wrong=417)
    if date and date < int(state.now()):
        raise ApiError(417)
    return date or None


def _check_tag(fields: Fields) -> None:
    if not re.fullmatch(r"[A-Za-z0-9_-]{0,200}", fields.option("tag")):
        raise ApiError(607)
