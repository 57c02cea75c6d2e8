"""Calls to the application: texts received, delivery reports, telephone events.

A call that is not answered with 2xx is repeated; telephone events are not.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import random
from typing import Any

import requests

from sms.simulator.state import WEBHOOK_THREADS, State
from sms.simulator.store import Row

TIMEOUT = 5.0
REORDER_WINDOW = 2.0


def inbound(state: State, message_id: int, sender: str, line: str, text: str) -> None:
    body = {"messageid": str(message_id), "from": sender, "to": line, "message": text}
    _queue(state, "inbound", state.config.inbound_url, body)


def delivery(state: State, message_id: int, status: int) -> None:
    body = {"messageid": str(message_id), "status": str(status)}
    _queue(state, "delivery", state.config.delivery_url, body)


def _queue(state: State, kind: str, url: str, body: dict[str, str]) -> None:
    faults = state.faults
    if not url or faults["webhooks_off"]:
        return
    due = state.now()
    if faults["webhooks_reordered"]:
        due = (due // REORDER_WINDOW + 1) * REORDER_WINDOW
    for _ in range(2 if faults["webhooks_duplicated"] else 1):
        state.store.insert(
            "hook",
            kind=kind,
            url=url,
            body=json.dumps(body, ensure_ascii=False),
            created=state.now(),
            due=due,
        )


def start_due(state: State) -> None:
    """Start the calls that are due, in a scrambled order if so set."""
    room = WEBHOOK_THREADS - len(state.in_flight)
    if room <= 0:
        return
    due = state.store.rows(
        "SELECT * FROM hook WHERE due <= ? ORDER BY due, id LIMIT ?",
        state.now(),
        WEBHOOK_THREADS + len(state.in_flight),
    )
    fresh = [hook for hook in due if hook["id"] not in state.in_flight][:room]
    if state.faults["webhooks_reordered"]:
        random.shuffle(fresh)
    for hook in fresh:
        state.in_flight.add(hook["id"])
        state.start(attempt(state, hook))


async def attempt(state: State, hook: Row) -> str:
    """Make one call, keep its result, plan the next one. The result, for show."""
    state.in_flight.add(hook["id"])
    loop = asyncio.get_running_loop()
    try:
        result, done = await loop.run_in_executor(state.pool, _post, state, hook)
    finally:
        state.in_flight.discard(hook["id"])
    attempts = hook["attempts"] + 1
    again = not done and hook["kind"] != "call" and attempts < state.config.webhook_attempts
    state.store.run(
        "UPDATE hook SET attempts = ?, result = ?, done = ?, due = ? WHERE id = ?",
        attempts,
        result,
        int(done),
        state.now() + state.config.webhook_retry if again else None,
        hook["id"],
    )
    state.changed()
    return result


def retry_now(state: State, hook_id: int) -> bool:
    """Plan a call again at once; False if there is no such call."""
    found = state.store.run("UPDATE hook SET due = ? WHERE id = ?", state.now(), hook_id)
    state.changed()
    return bool(found)


def _post(state: State, hook: Row) -> tuple[str, bool]:
    fields: dict[str, Any] = json.loads(hook["body"])
    if hook["kind"] == "call":
        body = hook["body"].encode()
        headers = {"Content-Type": "application/json", **_signature(state, body)}
    else:
        body, headers = fields, {}
    try:
        reply = state.http.post(
            hook["url"], data=body, headers=headers, timeout=TIMEOUT, allow_redirects=False
        )
    except requests.RequestException as error:
        return type(error).__name__, False
    return str(reply.status_code), 200 <= reply.status_code < 300


def _signature(state: State, body: bytes) -> dict[str, str]:
    """Signed with the real time: only the simulated network lives in a shifted one."""
    stamp = str(int(state.config.clock()))
    secret = state.config.call_secret.encode()
    digest = hmac.new(secret, stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    return {"X-Favad-Timestamp": stamp, "X-Favad-Signature": f"sha256={digest}"}
