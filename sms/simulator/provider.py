"""Kavenegar's HTTP surface: key, verb, faults, envelope and the record of calls."""

from __future__ import annotations

import asyncio
import hmac
import json
import random
import time
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from sms.simulator import network
from sms.simulator import text as texts
from sms.simulator.fields import ApiError, Fields
from sms.simulator.methods import METHODS
from sms.simulator.state import State

KEPT_CALLS = 200
NO_ANSWER = 0
REPLY_SHOWN = 2_000

MESSAGES = {
    200: "تایید شد",
    400: "پارامترها ناقص هستند",
    403: "کد شناسایی API-Key معتبر نمی‌باشد",
    404: "متد نامشخص است",
    405: "متد Get/Post اشتباه است",
    406: "پارامترهای اجباری خالی ارسال شده اند",
    407: "دسترسی به اطلاعات مورد نظر برای شما امکان پذیر نیست",
    409: "سرور قادر به پاسخگوئی نیست بعدا تلاش کنید",
    411: "دریافت کننده نامعتبر است",
    412: "ارسال کننده نامعتبر است",
    413: "پیام خالی است و یا طول پیام بیش از حد مجاز می‌باشد",
    414: "حجم درخواست بیشتر از حد مجاز است",
    417: "تاریخ ارسال اشتباه است",
    418: "اعتبار شما کافی نمی‌باشد",
    419: "طول آرایه متن و گیرنده و فرستنده هم اندازه نیست",
    420: "استفاده از لینک در متن پیام برای شما محدود شده است",
    422: "داده ها به دلیل وجود کاراکتر نامناسب قابل پردازش نیست",
    424: "الگوی مورد نظر پیدا نشد",
    431: "ساختار کد صحیح نمی‌باشد",
    449: "داده‌ای پیدا نشد",
    451: "فراخوانی بیش از حد در بازه زمانی مشخص",
    604: "پارامتر نامعتبر است",
    607: "نام تگ انتخابی اشتباه است",
}

BAD_GATEWAY = "<html><head><title>502 Bad Gateway</title></head><body>502 Bad Gateway</body></html>"


async def endpoint(request: Request) -> Response:
    """`/v1/{key}/{action}.json`: one call, with the faults that are switched on.

    The HTTP status is `return.status`; 400 for the codes from 600, which this server cannot send.
    """
    state: State = request.app.state.simulator
    started = time.perf_counter()
    action = request.path_params["action"]
    fields: dict[str, str] = {}
    try:
        fields = await _fields(request)
        if action != "utils/getdate":
            await _faults_before(state, request)
            _check_key(state, request.path_params["key"])
        entries, metadata = _run(state, request.method, action, fields)
        code, extra = 200, {} if metadata is None else {"metadata": metadata}
    except ApiError as error:
        entries, code, extra = None, error.code, {}
    envelope = {"return": {"status": code, "message": MESSAGES.get(code, "")}, "entries": entries}
    body = json.dumps(envelope | extra, ensure_ascii=False)
    lost = _fault_after(state, action, fields, code)
    _record(state, request.method, action, fields, code, lost or body, started)
    if lost == "502":
        return HTMLResponse(BAD_GATEWAY, 502)
    if lost:
        return Cut(request)
    return Response(body, code if code < 600 else 400, media_type="application/json")


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


async def _fields(request: Request) -> dict[str, str]:
    body = (await request.body()).decode("utf-8", "replace") if request.method != "GET" else ""
    pairs = parse_qsl(request.url.query, True) + parse_qsl(body, True)
    fields = dict(pairs)
    if len(fields) != len(pairs):  # PHP-style or repeated arrays are not understood
        raise ApiError(400)
    return fields


async def _faults_before(state: State, request: Request) -> None:
    faults = state.faults
    if _happens(faults["hang"]):
        await _hang(state.config.hang, request)
    if _happens(faults["too_many_calls"]):
        raise ApiError(451)
    if _happens(faults["busy"]):
        raise ApiError(409)
    if faults["bad_key"]:
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


def _run(state: State, verb: str, action: str, fields: dict[str, str]) -> tuple[Any, Any]:
    method = METHODS.get(action)
    if method is None:
        raise ApiError(404)
    if verb not in method.verbs:
        raise ApiError(405)
    return method.run(state, Fields(fields))


def _fault_after(state: State, action: str, fields: dict[str, str], code: int) -> str:
    """What becomes of the reply: `502`, another word if nothing is answered, or empty."""
    if code != 200:
        return "" if code else "hang"
    faults = state.faults
    if _happens(faults["lost_reply"]) or (action == "sms/send" and _magic_lost(state, fields)):
        return "lost reply"
    return "502" if _happens(faults["bad_gateway"]) else ""


def _magic_lost(state: State, fields: dict[str, str]) -> bool:
    """The magic number whose first reply is lost, once for each message."""
    if texts.mobile(fields["receptor"]) != network.MAGIC_LOST:
        return False
    return not state.times(network.MAGIC_LOST, fields.get("localid") or fields["message"])


def _happens(probability: float) -> bool:
    return random.random() < probability


def _record(
    state: State,
    verb: str,
    action: str,
    fields: dict[str, str],
    code: int,
    reply: str,
    started: float,
) -> None:
    row = state.store.insert(
        "api_call",
        at=state.now(),
        verb=verb,
        action=action,
        fields=json.dumps(fields, ensure_ascii=False),
        code=code,
        reply=reply[:REPLY_SHOWN],
        seconds=time.perf_counter() - started,
    )
    state.store.run("DELETE FROM api_call WHERE id <= ?", row - KEPT_CALLS)
    state.changed()
