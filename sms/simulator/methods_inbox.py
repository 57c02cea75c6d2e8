"""Texts received, and the numbers that blocked a line."""

from __future__ import annotations

from math import ceil
from typing import Any

from sms.simulator import network
from sms.simulator import text as texts
from sms.simulator.fields import ApiError, Fields
from sms.simulator.methods_status import DAY
from sms.simulator.state import State
from sms.simulator.store import Row

ROWS_PER_RECEIVE = 100
ROWS_PER_PAGE = 200
OLDEST_COUNT = 60 * DAY


def receive(state: State, fields: Fields) -> tuple[Any, None]:
    """Up to 100 texts. Asked for unread ones, it marks them read, whatever becomes of the reply."""
    line, is_read = _inbox(state, fields)
    rows = state.store.rows(
        "SELECT * FROM inbound WHERE line = ? AND is_read = ? ORDER BY id LIMIT ?",
        line,
        is_read,
        ROWS_PER_RECEIVE,
    )
    _mark_read(state, rows)
    return [_entry(row) for row in rows] or None, None


def inbox_paged(state: State, fields: Fields) -> tuple[Any, Any]:
    """200 texts a page within at most two days; unread ones are marked read."""
    line, is_read = _inbox(state, fields)
    start = fields.number("startdate", int(state.now()) - 2 * DAY, wrong=417)
    end = fields.number("enddate", start + 2 * DAY, wrong=417)
    if not start <= end <= start + 2 * DAY:
        raise ApiError(417)
    page = max(fields.number("pagenumber", 1), 1)
    where = "line = ? AND is_read = ? AND created BETWEEN ? AND ?"
    span = (line, is_read, start, end + 1)
    total = state.store.value(f"SELECT count(*) FROM inbound WHERE {where}", *span)
    rows = state.store.rows(
        f"SELECT * FROM inbound WHERE {where} ORDER BY id LIMIT ? OFFSET ?",
        *span,
        ROWS_PER_PAGE,
        (page - 1) * ROWS_PER_PAGE,
    )
    _mark_read(state, rows)
    return [_entry(row) for row in rows] or None, _metadata(total, page)


def _metadata(total: int, page: int) -> dict[str, str]:
    return {
        "totalcount": str(total),
        "currentpage": str(page),
        "totalpages": str(ceil(total / ROWS_PER_PAGE)),
        "pagesize": str(ROWS_PER_PAGE),
    }


def make_receive(state: State, fields: Fields) -> tuple[Any, None]:
    """Plant a text as if a citizen had sent it; no phone shows that it was sent there."""
    line, is_read = _inbox(state, fields)
    sender = texts.mobile(fields.text("sender"))
    if sender is None:
        raise ApiError(411)
    text = fields.text("message")
    return [_entry(network.receive(state, sender, text, line, is_read))], None


def count_inbox(state: State, fields: Fields) -> tuple[Any, None]:
    """How many texts came within at most one day."""
    start = fields.number("startdate", wrong=417)
    end = fields.number("enddate", start + DAY, wrong=417)
    if not start <= end <= start + DAY or start < state.now() - OLDEST_COUNT:
        raise ApiError(417)
    line = texts.line(fields.option("linenumber", state.config.line))
    count = state.store.value(
        "SELECT count(*) FROM inbound WHERE line = ? AND created BETWEEN ? AND ? AND is_read = ?",
        line,
        start,
        end + 1,
        fields.choice("isread", range(2), 0),
    )
    return [{"startdate": start, "enddate": end, "sumcount": count}], None


def blocked_list(state: State, fields: Fields) -> tuple[Any, Any]:
    """Numbers that blocked a line, 200 a page."""
    where = "line = ?1 AND created >= ?2 AND ?3 IN (-1, reason)"
    line, page = _own_line(state, fields), max(fields.number("pagenumber", 1), 1)
    start, reason = fields.number("startdate", 0, wrong=417), fields.number("blockreason", -1)
    total = state.store.value(f"SELECT count(*) FROM blocked WHERE {where}", line, start, reason)
    rows = state.store.rows(
        f"SELECT number, reason, created FROM blocked WHERE {where} "
        "ORDER BY created, number LIMIT ?4 OFFSET ?5",
        line,
        start,
        reason,
        ROWS_PER_PAGE,
        (page - 1) * ROWS_PER_PAGE,
    )
    found = [
        {"number": row["number"], "blockreason": row["reason"], "date": int(row["created"])}
        for row in rows
    ]
    return found or None, _metadata(total, page)


def blocked_add(state: State, fields: Fields) -> tuple[Any, None]:
    """Block numbers on a line, as if their owners had asked for it."""
    line, numbers = _own_line(state, fields), fields.receptors()
    for number in numbers:
        network.block(state, line, number, fields.number("blockreason", 0))
    return [{"number": number} for number in numbers], None


def blocked_exists(state: State, fields: Fields) -> tuple[Any, None]:
    """Whether numbers have blocked a line."""
    line = _own_line(state, fields)
    found = [
        {"number": number, "exists": network.is_blocked(state, line, number)}
        for number in fields.receptors()
    ]
    return found, None


def blocked_remove(state: State, fields: Fields) -> tuple[Any, None]:
    """Unblock numbers on a line."""
    line, numbers = _own_line(state, fields), fields.receptors()
    for number in numbers:
        state.store.run("DELETE FROM blocked WHERE line = ? AND number = ?", line, number)
    return [{"number": number} for number in numbers], None


def _own_line(state: State, fields: Fields) -> str:
    line = texts.line(fields.text("linenumber"))
    if line != texts.line(state.config.line):
        raise ApiError(412)
    return line


def _inbox(state: State, fields: Fields) -> tuple[str, int]:
    return _own_line(state, fields), fields.choice("isread", range(2))


def _mark_read(state: State, rows: list[Row]) -> None:
    for row in rows:
        state.store.run("UPDATE inbound SET is_read = 1 WHERE id = ?", row["id"])


def _entry(row: Row) -> Row:
    return {
        "messageid": row["id"],
        "message": row["text"],
        "sender": row["sender"],
        "receptor": row["line"],
        "date": int(row["created"]),
    }
