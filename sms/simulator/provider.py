"""Kavenegar's HTTP surface: key, verb, faults, envelope and the record of calls."""

from __future__ import annotations

import asyncio
import hmac
import json
import time
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from sms.simulator import network
from sms.simulator import text as texts
from sms.simulator.codes import RETURN_CODES
from sms.simulator.fields import ApiError, Fields
from sms.simulator.methods import METHODS
from sms.simulator.state import State

NO_ANSWER = 0
BAD_GATEWAY = "<html><head><title>502 Bad Gateway</title></head><body>502 Bad Gateway</body></html>"

Form = dict[str, str]


async def endpoint(request: Request) -> Response:
    """`/v1/{key}/{action}.json`: one call, with the faults that are switched on.

    The HTTP status is `return.status`; 400 for the codes from 600, which this server cannot send.
    """
    state: State = request.app.state.simulator
    started = time.perf_counter()
    action = request.path_params["action"]
    fields: Form = {}
    try:
        fields = await _fields(request)
        if action != "utils/getdate":
            await _faults_before(state, request, action, fields)
            _check_key(state, request.path_params["key"])
        with state.store.transaction():
            entries, metadata = _run(state, request.method, action, fields)
        code, extra = 200, {} if metadata is None else {"metadata": metadata}
    except ApiError as error:
        entries, code, extra = None, error.code, {}
    message = RETURN_CODES.get(code, "")
    envelope = {"return": {"status": code, "message": message}, "entries": entries}
    body = json.dumps(envelope | extra, ensure_ascii=False)
    lost = _fault_after(state, action, fields, code)
    await slowly(state)
    _record(state, request.method, action, fields, code, lost or body, started)
    if lost == "502":
        return HTMLResponse(BAD_GATEWAY, 502)
    if lost:
        return Cut(request)
    return Response(body, code if code < 600 else 400, media_type="application/json")


async def slowly(state: State) -> None:
    """What was decided is answered only after the latency that is set."""
    if state.faults["latency"]:
        await asyncio.sleep(state.faults["latency"] / 1000)


class Cut(Response):
    """No reply at all: the connection is cut."""

    def __init__(self, request: Request) -> None:
        super().__init__()
        self._abort = request.scope.get("favad.abort")

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if self._abort:
            self._abort()
            while (await receive())["type"] != "http.disconnect":
                pass
            return
        headers = [(b"content-length", b"1")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})


async def _fields(request: Request) -> Form:
    body = (await request.body()).decode("utf-8", "replace") if request.method != "GET" else ""
    pairs = parse_qsl(request.url.query, True) + parse_qsl(body, True)
    fields = dict(pairs)
    if len(fields) != len(pairs):  # PHP-style or repeated arrays are not understood
        raise ApiError(400)
    return fields


async def _faults_before(state: State, request: Request, action: str, fields: Form) -> None:
    about = fields.get("receptor", "")
    if state.happens("hang", about, action):
        await _hang(state.config.hang, request)
    if state.happens("too_many_calls", about, action) or state.calls.too_many(
        state.faults["rate_limit"]
    ):
        raise ApiError(451)
    if state.happens("busy", about, action):
        raise ApiError(409)
    if state.faults["bad_key"]:
        raise ApiError(403)


async def _hang(seconds: float, request: Request) -> None:
    """Hold the call without accepting it, until its caller gives up or the time is over."""
    try:
        async with asyncio.timeout(seconds):
            while not await request.is_disconnected():
                await asyncio.sleep(0.05)
    except TimeoutError:
        pass
    raise ApiError(NO_ANSWER)


def _check_key(state: State, key: str) -> None:
    if not hmac.compare_digest(key.encode(), state.config.api_key.encode()):
        raise ApiError(403)


def _run(state: State, verb: str, action: str, fields: Form) -> tuple[Any, Any]:
    method = METHODS.get(action)
    if method is None:
        raise ApiError(404)
    if verb not in method.verbs:
        raise ApiError(405)
    return method.run(state, Fields(fields))


def _fault_after(state: State, action: str, fields: Form, code: int) -> str:
    """What becomes of the reply: `502`, another word if nothing is answered, or empty."""
    if code != 200:
        return "" if code else "hang"
    about = fields.get("receptor", "")
    if state.happens("lost_reply", about, action) or _magic_lost(state, action, fields):
        return "lost reply"
    return "502" if state.happens("bad_gateway", about, action) else ""


def _magic_lost(state: State, action: str, fields: Form) -> bool:
    if action not in ("sms/send", "call/maketts"):
        return False
    receptor = texts.mobile(fields["receptor"]) or ""
    return network.magic_lost(state, receptor, fields.get("localid") or fields["message"])


def _record(
    state: State, verb: str, action: str, fields: Form, code: int, reply: str, started: float
) -> None:
    seconds = time.perf_counter() - started
    state.calls.add(
        state.now(), verb, action, dict(fields), code=code, reply=reply, seconds=seconds
    )
    state.changed()
