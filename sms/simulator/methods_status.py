"""Asking about messages: sms/status…, call/status, and sms/cancel."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sms.simulator import network
from sms.simulator import text as texts
from sms.simulator.codes import STATUSES
from sms.simulator.fields import ApiError, Fields
from sms.simulator.state import State
from sms.simulator.store import Row

HOUR = 3_600
DAY = 24 * HOUR
STATUS_WINDOW = 48 * HOUR
LOCAL_ID_WINDOW = 12 * HOUR
UNKNOWN = 100


def status(state: State, fields: Fields) -> tuple[Any, None]:
    """Statuses of texts by message id: 100 for one that is unknown or older than 48 hours."""
    return _statuses(state, fields, calls=False), None


def call_status(state: State, fields: Fields) -> tuple[Any, None]:
    """The same for calls: a text's id is unknown here, and a call's id to sms/status."""
    return _statuses(state, fields, calls=True), None


def _statuses(state: State, fields: Fields, calls: bool) -> list[Row]:
    oldest = state.now() - STATUS_WINDOW
    found = []
    for message_id in fields.ids("messageid"):
        code = state.store.value(
            "SELECT status FROM message WHERE id = ? AND created >= ? "
            "AND provider = 'kavenegar' AND (kind = 'call') = ?",
            message_id,
            oldest,
            calls,
        )
        found.append(_status(message_id, code or UNKNOWN))
    return found


def status_by_local_id(state: State, fields: Fields) -> tuple[Any, None]:
    """Statuses by local id: 100 for one that is unknown or older than 12 hours."""
    oldest = state.now() - LOCAL_ID_WINDOW
    found = []
    for own in fields.ids("localid"):
        message = state.store.row(
            "SELECT id, status FROM message WHERE local_id = ? AND created >= ? "
            "ORDER BY id DESC LIMIT 1",
            own,
            oldest,
        ) or {"id": 0, "status": UNKNOWN}
        found.append(_status(message["id"], message["status"]) | {"localid": str(own)})
    return found, None


def status_by_receptor(state: State, fields: Fields) -> tuple[Any, None]:
    """Statuses of a number's messages, by whole calendar days in Tehran; 449 if there are none."""
    numbers = fields.receptors()
    start = fields.number("startdate", wrong=417)
    end = fields.number("enddate", start + DAY, wrong=417)
    if not start <= end <= start + DAY:
        raise ApiError(417)
    rows = state.store.rows(
        "SELECT id, status FROM message WHERE receptor = ? AND created >= ? AND created < ? "
        "AND provider = 'kavenegar' ORDER BY id",
        numbers[0],
        _midnight(start),
        _midnight(end) + DAY,
    )
    if not rows:
        raise ApiError(449)
    found = [_status(row["id"], row["status"]) | {"receptor": numbers[0]} for row in rows]
    return found, None


def cancel(state: State, fields: Fields) -> tuple[Any, None]:
    """Take back what still waits (status 1 or 2), with a refund."""
    found = []
    for message_id in fields.ids("messageid"):
        message = state.store.row(
            "SELECT * FROM message WHERE id = ? AND provider = 'kavenegar'", message_id
        )
        code = message["status"] if message else UNKNOWN
        if message and code in (network.QUEUED, network.SCHEDULED):
            code = network.CANCELLED
            network.set_status(state, message, code)
        found.append(_status(message_id, code))
    return found, None


def _status(message_id: int, code: int) -> Row:
    return {"messageid": message_id, "status": code, "statustext": STATUSES[code]}


def _midnight(moment: float) -> float:
    local = datetime.fromtimestamp(moment, UTC).astimezone(texts.TEHRAN)
    return local.replace(hour=0, minute=0, second=0, microsecond=0).timestamp()
