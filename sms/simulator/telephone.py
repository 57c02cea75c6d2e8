"""The telephone exchange: a citizen dials 128, the application is told."""

from __future__ import annotations

import json
import secrets
from datetime import UTC, datetime

from sms.simulator import network, webhooks
from sms.simulator.state import State
from sms.simulator.store import Row

EVENTS = ("ringing", "answered", "ended")
_NEXT = {"ringing": ("answered", "ended"), "answered": ("ended",)}


class NoCall(Exception):
    """The event does not fit: no call is up, or it was answered already."""


def current(state: State, number: str) -> Row | None:
    """The call of a phone that is up."""
    return state.store.row(
        "SELECT * FROM telephone_call WHERE caller = ? AND state != 'ended' "
        "ORDER BY started DESC LIMIT 1",
        number,
    )


async def event(state: State, number: str, name: str, answer_after: float | None = None) -> Row:
    """Place, answer or end a call and announce it. Placing a call ends one that is still up.

    The result has `call_id`, `event`, and `status`: the application's answer, `off` where
    there is no address to call.
    """
    call = current(state, number)
    if name == "ringing":
        if call:
            await event(state, number, "ended")
        call = _place(state, number, answer_after)
    elif call is None or name not in _NEXT[call["state"]]:
        raise NoCall(f"no call of {number} can become {name}")
    else:
        column = "answered" if name == "answered" else "ended"
        state.store.run(
            f"UPDATE telephone_call SET state = ?, {column} = ?, answer_at = NULL WHERE id = ?",
            name,
            state.now(),
            call["id"],
        )
    state.changed()
    result = await _announce(state, call["id"], number, name)
    state.store.run("UPDATE telephone_call SET result = ? WHERE id = ?", result, call["id"])
    state.changed()
    return {"call_id": call["id"], "event": name, "status": result}


def answer_due(state: State) -> None:
    """Answer the calls placed in a browser that have rung long enough."""
    due = state.store.rows(
        "UPDATE telephone_call SET answer_at = NULL "
        "WHERE state = 'ringing' AND answer_at <= ? RETURNING caller",
        state.now(),
    )
    for call in due:
        state.start(event(state, call["caller"], "answered"))


def _place(state: State, number: str, answer_after: float | None) -> Row:
    network.ensure_phone(state, number)
    now = state.now()
    call: Row = {"id": secrets.token_hex(12), "caller": number, "state": "ringing", "started": now}
    call["answer_at"] = None if answer_after is None else now + answer_after
    state.store.insert("telephone_call", **call)
    state.wake.set()
    return call


async def _announce(state: State, call_id: str, number: str, name: str) -> str:
    if not state.config.call_url:
        return "off"
    at = datetime.fromtimestamp(state.config.clock(), UTC).isoformat(timespec="seconds")
    body = {"call_id": call_id, "event": name, "caller": number, "at": at}
    hook_id = state.store.insert(
        "hook",
        kind="call",
        url=state.config.call_url,
        body=json.dumps(body),
        created=state.now(),
    )
    hook = state.store.row("SELECT * FROM hook WHERE id = ?", hook_id)
    return await webhooks.attempt(state, hook or {})
