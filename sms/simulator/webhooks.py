"""Calls to the application: texts received, delivery reports, telephone events.

A call that is not answered with 2xx is repeated; telephone events are not.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from typing import Any
from urllib.parse import urlencode

import urllib3

from sms.simulator import text as texts
from sms.simulator.codes import SECOND, SECOND_WORDS, second_id
from sms.simulator.state import WEBHOOK_THREADS, State
from sms.simulator.store import Row

TIMEOUT = 5.0
REORDER_WINDOW = 2.0
KEPT = 2_000
TRIMMED_EACH = 500
"""Of the calls that are over 2,000 to 2,500 are kept, so that memory does not grow."""


def inbound(state: State, row: Row) -> None:
    """Announce a text that reached a line, by that line's provider."""
    rest = {"from": row["sender"], "to": row["line"]}
    if row["line"] == texts.line(state.config.second_line):
        body = {"id": second_id(row["id"]), **rest, "text": row["text"]}
        _queue(state, "second_inbound", state.config.second_inbound_url, body, row["sender"])
    else:
        body = {"messageid": str(row["id"]), **rest, "message": row["text"]}
        _queue(state, "inbound", state.config.inbound_url, body, row["sender"])


def delivery(state: State, message: Row, status: int) -> None:
    """Announce what became of a message, by its provider."""
    late = state.faults["report_delay"]
    if message["provider"] == SECOND:
        body = {"id": second_id(message["id"]), "reference": message["reference"]}
        body["status"] = SECOND_WORDS[status]
        kind, url = "second_delivery", state.config.second_delivery_url
    else:
        body = {"messageid": str(message["id"]), "status": str(status)}
        kind, url = "delivery", state.config.delivery_url
    _queue(state, kind, url, body, message["receptor"], late)


def _queue(
    state: State, kind: str, url: str, body: dict[str, str], about: str, late: float = 0
) -> None:
    if not url or state.faults["webhooks_off"]:
        return
    due = state.now() + late
    if state.happens("webhooks_reordered", about, kind):
        due = (due // REORDER_WINDOW + 1) * REORDER_WINDOW
    lost = state.happens("webhooks_lost", about, kind)
    row: Row = {
        "kind": kind,
        "url": url,
        "body": json.dumps(body, ensure_ascii=False),
        "created": state.now(),
        "due": None if lost else due,
        "result": "lost" if lost else "",
    }
    twice = not lost and state.happens("webhooks_duplicated", about, kind)
    for _ in range(2 if twice else 1):
        _trim(state, state.store.insert("hook", **row))
    if not lost:
        state.plan(due)


def _trim(state: State, newest: int) -> None:
    if newest % TRIMMED_EACH == 0:
        state.store.run("DELETE FROM hook WHERE id <= ? AND due IS NULL", newest - KEPT)


def next_due(state: State) -> float | None:
    """When the next call falls due that is not on its way; None while there is no room for it."""
    if len(state.in_flight) >= WEBHOOK_THREADS:
        return None
    due = state.store.rows(
        "SELECT id, due FROM hook WHERE due IS NOT NULL ORDER BY due, id LIMIT ?",
        len(state.in_flight) + 1,
    )
    return next((row["due"] for row in due if row["id"] not in state.in_flight), None)


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
    fresh = [hook for hook in due if hook["id"] not in state.in_flight]
    if state.faults["webhooks_reordered"]:
        fresh.sort(key=lambda _hook: state.chances.draw("order"))
    for hook in fresh[:room]:
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
    state.plan(state.now())
    state.changed()
    return result


def retry_now(state: State, hook_id: int) -> bool:
    """Plan a call again at once; False if there is no such call."""
    found = state.store.run("UPDATE hook SET due = ? WHERE id = ?", state.now(), hook_id)
    state.plan(state.now())
    state.changed()
    return bool(found)


def _post(state: State, hook: Row) -> tuple[str, bool]:
    verb, url, body, headers = _worded(state, hook)
    try:
        reply = state.http.request(
            verb, url, body=body, headers=headers, timeout=TIMEOUT, redirect=False
        )
    except urllib3.exceptions.HTTPError as error:
        return type(error).__name__, False
    return str(reply.status), 200 <= reply.status < 300


def _worded(state: State, hook: Row) -> tuple[str, str, bytes | None, dict[str, str]]:
    """Verb, address, body and headers of a call."""
    body = str(hook["body"]).encode()
    wording = state.faults["webhook_format"]
    headers = {"Content-Type": "application/json"}
    if hook["kind"] == "call":
        return "POST", hook["url"], body, headers | _signature(state, body)
    if hook["kind"].startswith(SECOND) or wording == "json":
        return "POST", hook["url"], body, headers
    fields: dict[str, Any] = json.loads(body)
    if wording == "get":
        return "GET", f"{hook['url']}?{urlencode(fields)}", None, {}
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    return "POST", hook["url"], urlencode(fields).encode(), headers


def _signature(state: State, body: bytes) -> dict[str, str]:
    """Signed with the real time: only the simulated network lives in a shifted one."""
    stamp = str(int(state.config.clock()))
    secret = state.config.call_secret.encode()
    digest = hmac.new(secret, stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    return {"X-Favad-Timestamp": stamp, "X-Favad-Signature": f"sha256={digest}"}
