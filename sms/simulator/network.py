"""The mobile network: taking texts over, carrying them to phones, and carrying replies back."""

from __future__ import annotations

from typing import Any

from sms.simulator import text as texts
from sms.simulator import webhooks
from sms.simulator.state import COST_PER_PART, State
from sms.simulator.store import Row

QUEUED, SCHEDULED, SENT, FAILED, DELIVERED = 1, 2, 4, 6, 10
UNDELIVERED, CANCELLED, BLOCKED = 11, 13, 14

PHONE_STATES = ("on", "off", "ad_block", "never", "slow")

MAGIC_FAILED = "09000000006"
MAGIC_UNDELIVERED = "09000000011"
MAGIC_BLOCKED = "09000000014"
MAGIC_BUSY = "09000000409"
MAGIC_LOST = "09000000504"

SLOWNESS = 10
BATCH = 500
OPT_OUT_REASON = 2
_OPT_OUT = frozenset({"11", "لغو11"})


def ensure_phone(state: State, number: str) -> None:
    """A phone appears by itself the first time a text goes to it or comes from it."""
    state.store.run(
        "INSERT INTO phone (number, active_at) VALUES (?, ?) "
        "ON CONFLICT (number) DO UPDATE SET active_at = excluded.active_at",
        number,
        state.now(),
    )


def accept(state: State, *, receptor: str, text: str, line: str, **options: Any) -> Row:
    """Take one text over: charge for it, queue it. Options: kind, local_id, date."""
    now = state.now()
    due = options.get("date") or now
    parts = texts.parts(text)
    row: Row = {
        "id": state.new_id("message"),
        "local_id": options.get("local_id"),
        "kind": options.get("kind", "sms"),
        "line": line,
        "receptor": receptor,
        "text": text,
        "parts": parts,
        "cost": parts * COST_PER_PART,
        "status": SCHEDULED if due > now else QUEUED,
        "debug": int(state.faults["debug_mode"]),
        "created": now,
        "due": due,
        "next_at": max(due, now) + state.config.delay_accept,
    }
    state.store.insert("message", **row)
    state.spend(row["cost"])
    ensure_phone(state, receptor)
    state.changed()
    return row


def step(state: State) -> None:
    """Carry out every change of status that is due."""
    due = state.store.rows(
        "SELECT * FROM message WHERE next_at <= ? ORDER BY next_at LIMIT ?", state.now(), BATCH
    )
    for message in due:
        status, delay = _next(state, message)
        set_status(state, message, status, delay)
    if due:
        state.changed()


def set_status(state: State, message: Row, status: int, delay: float | None = None) -> None:
    """Move a text on; `delay` is the time to its next status, None if this one stays."""
    next_at = None if delay is None else state.now() + delay
    state.store.run(
        "UPDATE message SET status = ?, next_at = ? WHERE id = ?", status, next_at, message["id"]
    )
    if status in (CANCELLED, BLOCKED):
        state.spend(-message["cost"])
    webhooks.delivery(state, message["id"], status)


def _next(state: State, message: Row) -> tuple[int, float | None]:
    receptor, config = message["receptor"], state.config
    phone = state.store.value("SELECT state FROM phone WHERE number = ?", receptor)
    if message["status"] == SENT:
        lost = phone in ("off", "never") or receptor == MAGIC_UNDELIVERED
        return (UNDELIVERED if lost else DELIVERED), None
    if message["debug"]:
        return CANCELLED, None
    if receptor == MAGIC_FAILED or phone == "never":
        return FAILED, None
    if receptor == MAGIC_BLOCKED or (message["kind"] == "sms" and _blocks(state, message, phone)):
        return BLOCKED, None
    if phone == "off":
        return SENT, config.delay_expire
    return SENT, config.delay_deliver * (SLOWNESS if phone == "slow" else 1)


def _blocks(state: State, message: Row, phone: str | None) -> bool:
    return phone == "ad_block" or is_blocked(state, message["line"], message["receptor"])


def is_blocked(state: State, line: str, number: str) -> bool:
    found = state.store.value("SELECT 1 FROM blocked WHERE line = ? AND number = ?", line, number)
    return found is not None


def block(state: State, line: str, number: str, reason: int) -> None:
    state.store.run(
        "INSERT OR IGNORE INTO blocked VALUES (?, ?, ?, ?)", line, number, reason, state.now()
    )


def set_phone_state(state: State, number: str, value: str) -> None:
    """Turn a switch of a phone. A text under way waits for a phone that is off."""
    ensure_phone(state, number)
    state.store.run("UPDATE phone SET state = ? WHERE number = ?", value, number)
    delay = state.config.delay_expire if value == "off" else state.config.delay_deliver
    state.store.run(
        "UPDATE message SET next_at = ? WHERE receptor = ? AND status = ? AND next_at IS NOT NULL",
        state.now() + delay * (SLOWNESS if value == "slow" else 1),
        number,
        SENT,
    )
    state.changed()


def reply_line(state: State, number: str) -> str:
    """The line a citizen would answer: the last one that texted, else ours."""
    found = state.store.value(
        "SELECT line FROM message WHERE receptor = ? AND kind = 'sms' ORDER BY id DESC LIMIT 1",
        number,
    )
    return found or state.config.line


def reply(state: State, number: str, text: str, line: str) -> int:
    """A text from a phone to a line; 11 blocks the line. The message id."""
    ensure_phone(state, number)
    inbound = state.store.insert(
        "inbound",
        id=state.new_id("inbound"),
        line=line,
        sender=number,
        text=text,
        parts=texts.parts(text),
        created=state.now(),
    )
    opted_out = "".join(texts.ascii_digits(text).split()) in _OPT_OUT
    if opted_out:
        block(state, line, number, OPT_OUT_REASON)
    if not (opted_out and state.faults["opt_out_swallowed"]):
        webhooks.inbound(state, inbound, number, line, text)
    state.changed()
    return inbound
