"""The second provider: a plain JSON interface, with faults and webhooks of its own."""

from __future__ import annotations

import hmac
import json
import re
import time
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sms.simulator import network
from sms.simulator import text as texts
from sms.simulator.codes import SECOND, SECOND_WORDS, second_id
from sms.simulator.methods_status import STATUS_WINDOW
from sms.simulator.provider import Cut, slowly
from sms.simulator.state import State
from sms.simulator.store import Row

ACTION = "second/messages"
MAX_UNITS = 1_000
MAX_REFERENCES = 100
FIELDS = ("to", "from", "text", "reference")


class Refusal(Exception):
    """An answer 4xx with the provider's own code and a sentence."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


async def endpoint(request: Request) -> Response:
    """POST takes a message over, GET tells of messages by reference."""
    state: State = request.app.state.simulator
    started = time.perf_counter()
    raw = await request.body()
    fields = _shown(request, raw)
    about = str(fields.get("to", ""))
    answer: Any = {}
    lost = "connection cut" if state.happens("second_down", about) else ""
    status = 0
    if not lost:
        try:
            status, answer = _answer(state, request, raw)
        except Refusal as refusal:
            error = {"code": refusal.code, "message": refusal.message}
            status, answer = refusal.status, {"error": error}
        lost = _lost(state, request, about, status, fields)
    await slowly(state)
    reply = lost or json.dumps(answer, ensure_ascii=False)
    seconds = time.perf_counter() - started
    how = {"code": status, "reply": reply, "seconds": seconds}
    state.calls.add(state.now(), request.method, ACTION, fields, **how)
    state.changed()
    return Cut(request) if lost else JSONResponse(answer, status)


def entry(message: Row) -> Row:
    """A message as this provider shows it."""
    status = SECOND_WORDS[message["status"]]
    return {"id": second_id(message["id"]), "status": status, "cost": message["cost"]}


def _answer(state: State, request: Request, raw: bytes) -> tuple[int, Any]:
    given = request.headers.get("authorization", "").encode()
    wanted = f"Bearer {state.config.second_token}".encode()
    known = state.config.second_token and hmac.compare_digest(given, wanted)
    if not known or state.faults["second_bad_token"]:
        raise Refusal(401, 1001, "unknown token")
    with state.store.transaction():
        if request.method == "GET":
            return 200, {"messages": _found(state, request.query_params.get("reference", ""))}
        return _send(state, _message(raw))


def _send(state: State, message: dict[str, str]) -> tuple[int, Row]:
    """A reference that is repeated sends nothing again."""
    receptor, reference = texts.mobile(message["to"]), message["reference"]
    if receptor is None:
        raise Refusal(400, 1204, "to is not a mobile number")
    if texts.line(message["from"]) != texts.line(state.config.second_line):
        raise Refusal(400, 1205, "from is not your line")
    if state.happens("second_busy", receptor) or network.magic_busy(state, receptor, reference):
        raise Refusal(429, 1429, "too many requests")
    earlier = state.store.row("SELECT * FROM message WHERE reference = ?", reference)
    if earlier:
        return 200, entry(earlier)
    if state.faults["second_no_credit"]:
        raise Refusal(402, 1402, "no credit")
    line = texts.line(state.config.second_line)
    how = {"provider": SECOND, "reference": reference}
    return 202, entry(
        network.accept(state, receptor=receptor, text=message["text"], line=line, **how)
    )


def _message(raw: bytes) -> dict[str, str]:
    try:
        body = json.loads(raw)
        json.dumps(body, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise Refusal(400, 1200, "the body is not JSON") from None
    if not isinstance(body, dict) or not all(isinstance(body.get(field), str) for field in FIELDS):
        raise Refusal(400, 1201, f"{', '.join(FIELDS)} are strings")
    if not body["text"].strip() or len(body["text"].encode("utf-16-le")) // 2 > MAX_UNITS:
        raise Refusal(400, 1202, "the text is empty or too long")
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", body["reference"]):
        raise Refusal(400, 1203, "reference has 1 to 64 letters and digits")
    return {field: body[field] for field in FIELDS}


def _found(state: State, references: str) -> list[Row]:
    """Messages of the last 48 hours; a reference that is unknown is absent."""
    wanted = [reference for reference in references.split(",") if reference]
    if not 0 < len(wanted) <= MAX_REFERENCES:
        raise Refusal(400, 1206, f"reference lists 1 to {MAX_REFERENCES} references")
    oldest = state.now() - STATUS_WINDOW
    sql = "SELECT * FROM message WHERE reference = ? AND created >= ?"
    rows = (state.store.row(sql, reference, oldest) for reference in dict.fromkeys(wanted))
    return [entry(row) | {"reference": row["reference"]} for row in rows if row]


def _lost(state: State, request: Request, about: str, status: int, fields: Row) -> str:
    if status not in (200, 202) or request.method != "POST":
        return ""
    receptor = texts.mobile(about) or ""
    magic = network.magic_lost(state, receptor, str(fields.get("reference", "")))
    return "lost reply" if magic or state.happens("second_lost_reply", about) else ""


def _shown(request: Request, raw: bytes) -> Row:
    """What was asked, for the record, however wrong it is."""
    if request.method == "GET":
        return dict(request.query_params)
    try:
        body = json.loads(raw)
        json.dumps(body, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return {"body": raw.decode("utf-8", "replace")[:1_000]}
    return body if isinstance(body, dict) else {"body": body}


ROUTES = [Route("/second/messages", endpoint, methods=["GET", "POST"])]
