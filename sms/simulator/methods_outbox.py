"""Whole messages: sms/select, selectoutbox, latestoutbox, countoutbox. Needs a listed address."""

from __future__ import annotations

from typing import Any

from sms.simulator import text as texts
from sms.simulator.fields import ApiError, Fields
from sms.simulator.methods_send import entry
from sms.simulator.methods_status import DAY
from sms.simulator.state import State
from sms.simulator.store import Row

ROWS = 500
OLDEST_START = 4 * DAY


def select(state: State, fields: Fields) -> tuple[Any, None]:
    """By id; unknown ones are absent."""
    ids = fields.ids("messageid")
    _check_address(state)
    sql = "SELECT * FROM message WHERE id = ? AND provider = 'kavenegar'"
    found = (state.store.row(sql, message_id) for message_id in ids)
    return [entry(row) for row in found if row], None


def select_outbox(state: State, fields: Fields) -> tuple[Any, None]:
    """By time of sending, within at most one day that began at most four days ago."""
    _check_address(state)
    start, end = _span(fields)
    if start < state.now() - OLDEST_START:
        raise ApiError(417)
    return _entries(state, fields, "created BETWEEN ? AND ?", start, end + 1, order="id")


def latest_outbox(state: State, fields: Fields) -> tuple[Any, None]:
    """The last ones, newest first."""
    _check_address(state)
    size = fields.number("pagesize", ROWS)
    if not 1 <= size <= ROWS:
        raise ApiError(414)
    return _entries(state, fields, "created > ?", 0, order="created DESC, id DESC", limit=size)


def count_outbox(state: State, fields: Fields) -> tuple[Any, None]:
    """How many there are within at most one day, their parts and their price."""
    start, end = _span(fields)
    status = fields.number("status", 0)
    row: Row = state.store.rows(
        "SELECT count(*) AS sumcount, coalesce(sum(parts), 0) AS sumpart, "
        "coalesce(sum(cost), 0) AS cost FROM message WHERE created BETWEEN ?1 AND ?2 "
        "AND provider = 'kavenegar' AND kind <> 'call' AND ?3 IN (0, status)",
        start,
        end + 1,
        status,
    )[0]
    return [{"startdate": start, "enddate": end} | row], None


def _entries(
    state: State, fields: Fields, where: str, *values: float, order: str, limit: int = ROWS
) -> tuple[Any, None]:
    line = texts.line(fields.option("sender"))
    rows = state.store.rows(
        f"SELECT * FROM message WHERE {where} AND provider = 'kavenegar' AND kind <> 'call' "
        f"AND ? IN ('', line) ORDER BY {order} LIMIT ?",
        *values,
        line,
        limit,
    )
    return [entry(row) for row in rows] or None, None


def _span(fields: Fields) -> tuple[int, int]:
    start = fields.number("startdate", wrong=417)
    end = fields.number("enddate", start + DAY, wrong=417)
    if not start <= end <= start + DAY:
        raise ApiError(417)
    return start, end


def _check_address(state: State) -> None:
    if state.faults["ip_not_listed"]:
        raise ApiError(407)
