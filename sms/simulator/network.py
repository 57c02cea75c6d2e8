"""The mobile network: taking texts over, carrying them to phones, and carrying replies back."""

from __future__ import annotations

from typing import Any

from sms.simulator import text as texts
from sms.simulator import webhooks
from sms.simulator.codes import KAVENEGAR
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

BUSY_REFUSALS = 2
SLOWNESS = 10
RING = 5
"""A call rings as many times as long as a text travels."""
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
    """Take one text over: charge for it, queue it.

    Options: kind (sms, lookup, call), local_id, date, provider, reference.
    """
    now = state.now()
    due = options.get("date") or now
    parts = texts.parts(text)
    row: Row = {
        "id": state.new_id("message"),
        "provider": options.get("provider", KAVENEGAR),
        "local_id": options.get("local_id"),
        "reference": options.get("reference"),
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
    if row["provider"] == KAVENEGAR:
        state.spend(row["cost"])
    ensure_phone(state, receptor)
    state.plan(row["next_at"])
    state.changed()
    return row


def magic_busy(state: State, receptor: str, message: str) -> bool:
    """Whether this is the magic number that refuses each message twice before it takes it."""
    return receptor == MAGIC_BUSY and state.times(MAGIC_BUSY, message) < BUSY_REFUSALS


def magic_lost(state: State, receptor: str, message: str) -> bool:
    """Whether this is the magic number for which the first reply of each message is lost."""
    return receptor == MAGIC_LOST and not state.times(MAGIC_LOST, message)


def step(state: State) -> None:
    """Carry out every change of status that is due."""
    due = state.store.rows(
        "SELECT * FROM message WHERE next_at <= ? ORDER BY next_at LIMIT ?", state.now(), BATCH
    )
    if not due:
        return
    with state.store.transaction():
        for message in due:
            status, delay = _next(state, message)
            set_status(state, message, status, delay)
    state.changed()


def set_status(state: State, message: Row, status: int, delay: float | None = None) -> None:
    """Move a text on; `delay` is the time to its next status, None if this one stays."""
    next_at = None if delay is None else state.now() + delay
    state.store.run(
        "UPDATE message SET status = ?, next_at = ? WHERE id = ?", status, next_at, message["id"]
    )
    if status in (CANCELLED, BLOCKED) and message["provider"] == KAVENEGAR:
        state.spend(-message["cost"])
    if next_at is not None:
        state.plan(next_at)
    webhooks.delivery(state, message, status)


def _next(state: State, message: Row) -> tuple[int, float | None]:
    receptor, config = message["receptor"], state.config
    phone = state.store.value("SELECT state FROM phone WHERE number = ?", receptor)
    if message["status"] in (SENT, UNDELIVERED):
        return _arrive(state, message, phone)
    if message["debug"]:
        return CANCELLED, None
    if receptor == MAGIC_FAILED or phone == "never":
        return FAILED, None
    if receptor == MAGIC_BLOCKED or (message["kind"] == "sms" and _blocks(state, message, phone)):
        return BLOCKED, None
    if phone == "off":
        return SENT, config.delay_expire
    return SENT, _travel(state, message["kind"], phone)


def _arrive(state: State, message: Row, phone: str | None) -> tuple[int, float | None]:
    """The end of the way. An account with `resendfailed` tries once more, so 10 may follow 11."""
    if phone not in ("off", "never") and message["receptor"] != MAGIC_UNDELIVERED:
        return DELIVERED, None
    again = message["status"] == SENT and state.account["resendfailed"] == "enabled"
    return UNDELIVERED, state.config.delay_expire if again else None


def _travel(state: State, kind: str, phone: str | None) -> float:
    """Seconds from the telecom to the phone."""
    times = RING if kind == "call" else SLOWNESS if phone == "slow" else 1
    return state.config.delay_deliver * times


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
    for kind in ("sms", "lookup", "call"):
        wait = state.config.delay_expire if value == "off" else _travel(state, kind, value)
        state.store.run(
            "UPDATE message SET next_at = ? "
            "WHERE receptor = ? AND status = ? AND kind = ? AND next_at IS NOT NULL",
            state.now() + wait,
            number,
            SENT,
            kind,
        )
        state.plan(state.now() + wait)
    state.changed()


def ringing(state: State, number: str) -> Row | None:
    """The call that rings at a phone, to read a text out."""
    return state.store.row(
        "SELECT * FROM message WHERE receptor = ? AND kind = 'call' AND status = ? "
        "AND next_at IS NOT NULL ORDER BY id LIMIT 1",
        number,
        SENT,
    )


def pick_up(state: State, number: str, heard: bool) -> None:
    """Answer the call that rings, or turn it away; it may have stopped meanwhile."""
    call = ringing(state, number)
    if call is not None:
        set_status(state, call, DELIVERED if heard else UNDELIVERED)
        state.changed()


def reply_line(state: State, number: str) -> str:
    """The line a citizen would answer: the last one that texted, else ours."""
    found = state.store.value(
        "SELECT line FROM message WHERE receptor = ? AND kind = 'sms' "
        "ORDER BY created DESC, id DESC LIMIT 1",
        number,
    )
    return found or state.config.line


def receive(state: State, number: str, text: str, line: str, is_read: int = 0) -> Row:
    """A text that reached a line, and is announced to the application."""
    row: Row = {
        "id": state.new_id("inbound"),
        "line": line,
        "sender": number,
        "text": text,
        "parts": texts.parts(text),
        "created": state.now(),
        "is_read": is_read,
    }
    state.store.insert("inbound", **row)
    if not (_opts_out(text) and state.faults["opt_out_swallowed"]):
        webhooks.inbound(state, row)
    state.changed()
    return row


def reply(state: State, number: str, text: str, line: str) -> int:
    """A text from a phone to a line; 11 blocks the line. The message id."""
    with state.store.transaction():
        ensure_phone(state, number)
        if _opts_out(text):
            block(state, line, number, OPT_OUT_REASON)
        return int(receive(state, number, text, line)["id"])


def _opts_out(text: str) -> bool:
    return "".join(texts.ascii_digits(text).split()) in _OPT_OUT
