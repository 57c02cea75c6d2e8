"""The API of tests (`/_sim/…`) and the identity verifier (`/verifier/match`). JSON both ways."""

from __future__ import annotations

import functools
import hmac
import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sms.simulator import faults, handsets, methods_account, network, telephone, webhooks
from sms.simulator import text as texts
from sms.simulator.fields import ApiError, Fields
from sms.simulator.methods import METHODS
from sms.simulator.state import State
from sms.simulator.store import Row

MAX_TEXT = 1_000
Handler = Callable[[State, Request, Any], Awaitable[Any]]


class BadRequest(Exception):
    """A refusal with its HTTP status and a sentence."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


def route(path: str, *methods: str) -> Callable[[Handler], Route]:
    """Make a route of a handler that takes and gives plain JSON values."""

    def decorate(handler: Handler) -> Route:
        @functools.wraps(handler)
        async def endpoint(request: Request) -> Response:
            try:
                body = await _body(request)
                return JSONResponse(await handler(request.app.state.simulator, request, body))
            except BadRequest as error:
                return JSONResponse({"error": str(error)}, error.status)

        return Route(path, endpoint, methods=list(methods))

    return decorate


async def _body(request: Request) -> Any:
    raw = await request.body()
    if not raw:
        return {}
    try:
        body = json.loads(raw)
        json.dumps(body, ensure_ascii=False).encode()
    except ValueError:  # UnicodeError is one: bytes or surrogates that are no text
        raise BadRequest("the body is not JSON") from None
    if not isinstance(body, dict):
        raise BadRequest("a JSON object is expected")
    return body


@route("/_sim/phones", "GET")
async def phones(state: State, request: Request, body: Row) -> Any:
    """All phones with their names, national ids and switches."""
    sql = "SELECT number, name, national_id, state FROM phone ORDER BY active_at DESC, number"
    return state.store.rows(sql)


@route("/_sim/phones/{number}", "POST")
async def set_phone(state: State, request: Request, body: Row) -> Any:
    """Turn a phone's switch: {state: on|off|ad_block|never|slow}."""
    value = body.get("state")
    if value not in network.PHONE_STATES:
        raise BadRequest(f"state is one of {', '.join(network.PHONE_STATES)}")
    number = _number(request)
    network.set_phone_state(state, number, value)
    return {"number": number, "state": value}


@route("/_sim/phones/{number}/messages", "GET")
async def messages(state: State, request: Request, body: Row) -> Any:
    """Everything a phone was sent and has sent, oldest first."""
    return state.store.rows(
        """
        SELECT id, 'to_phone' AS direction, provider, kind, line, text, parts, status, local_id,
               reference, created AS at FROM message WHERE receptor = ?1
        UNION ALL
        SELECT id, 'from_phone', NULL, 'sms', line, text, parts, NULL, NULL, NULL, created
        FROM inbound WHERE sender = ?1
        ORDER BY at, id
        """,
        _number(request),
    )


@route("/_sim/phones/{number}/reply", "POST")
async def reply(state: State, request: Request, body: Row) -> Any:
    """Send a text from a phone: {text, line?, twice?}."""
    number = _number(request)
    text, line = body.get("text"), body.get("line", network.reply_line(state, number))
    if not isinstance(text, str) or not 0 < len(text) <= MAX_TEXT:
        raise BadRequest(f"text is a string of 1 to {MAX_TEXT} characters")
    if not isinstance(line, str) or not re.fullmatch(r"\+?[0-9]{3,15}", line):
        raise BadRequest("line is a string of digits")
    twice = body.get("twice", False)
    if not isinstance(twice, bool):
        raise BadRequest("twice is true or false")
    ids = [network.reply(state, number, text, texts.line(line)) for _ in range(1 + twice)]
    return {"message_id": ids[0], "message_ids": ids}


@route("/_sim/phones/{number}/incoming", "POST")
async def incoming(state: State, request: Request, body: Row) -> Any:
    """Answer the call that rings to read a text out, or turn it away: {heard: true|false}."""
    heard = body.get("heard", True)
    if not isinstance(heard, bool):
        raise BadRequest("heard is true or false")
    number = _number(request)
    if network.ringing(state, number) is None:
        raise BadRequest("no call rings", 409)
    network.pick_up(state, number, heard)
    return {"heard": heard}


@route("/_sim/phones/{number}/call", "POST")
async def call(state: State, request: Request, body: Row) -> Any:
    """Place a call or carry it on: {event: ringing|answered|ended}, by default ringing."""
    event = body.get("event", "ringing")
    if event not in telephone.EVENTS:
        raise BadRequest(f"event is one of {', '.join(telephone.EVENTS)}")
    try:
        return await telephone.event(state, _number(request), event)
    except telephone.NoCall as error:
        raise BadRequest(str(error), 409) from None


@route("/_sim/faults", "GET", "POST")
async def set_faults(state: State, request: Request, body: Row) -> Any:
    """Change some faults (docs/simulator.md); the answer is all of them."""
    try:
        changes = faults.checked(body, tuple(METHODS))
    except ValueError as error:
        raise BadRequest(str(error)) from None
    if changes:
        state.set_faults(changes)
    return state.faults


@route("/_sim/clock", "GET", "POST")
async def clock(state: State, request: Request, body: Row) -> Any:
    """Let time pass: {forward: seconds}. The answer is the simulated time."""
    seconds = body.get("forward", 0)
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise BadRequest("forward is a number of seconds")
    if not 0 <= seconds <= 10 * 365 * 86_400:
        raise BadRequest("forward is from 0 seconds to ten years")
    if seconds:
        state.forward(float(seconds))
        network.step(state)
    return {"now": state.now()}


@route("/_sim/reset", "POST")
async def reset(state: State, request: Request, body: Row) -> Any:
    """Forget everything and start afresh."""
    state.reset()
    return {"reset": True}


@route("/_sim/calls", "GET")
async def calls(state: State, request: Request, body: Row) -> Any:
    """The last 200 API calls, newest first; the key is never kept."""
    return [
        asdict(call) | {"path": call.path, "curl": call.curl} for call in state.calls.newest_first()
    ]


@route("/_sim/webhooks", "GET")
async def hooks(state: State, request: Request, body: Row) -> Any:
    """The last 200 calls to the application, newest first, without their secret addresses."""
    rows = state.store.rows(
        "SELECT id, kind, body, created, attempts, result, done, due FROM hook "
        "ORDER BY id DESC LIMIT 200"
    )
    return [row | {"body": json.loads(row["body"]), "done": bool(row["done"])} for row in rows]


@route("/_sim/webhooks/{hook:int}/retry", "POST")
async def retry(state: State, request: Request, body: Row) -> Any:
    """Make a call to the application once more, now."""
    if not webhooks.retry_now(state, request.path_params["hook"]):
        raise BadRequest("no such call", 404)
    return {"planned": True}


@route("/_sim/handsets", "GET")
async def all_handsets(state: State, request: Request, body: Row) -> Any:
    """All phones in one answer: how many messages they hold, and what they hold twice."""
    return handsets.summary(state)


@route("/_sim/account", "GET", "POST")
async def account(state: State, request: Request, body: Row) -> Any:
    """Credit and settings: {credit?: Rial, debugmode?, resendfailed?, …} as in account/config."""
    credit = body.pop("credit", None)
    if credit is not None and (type(credit) is not int or not 0 <= credit < 2**53):
        raise BadRequest("credit is a whole number of Rial")
    if not all(isinstance(value, str) for value in body.values()):
        raise BadRequest("settings are strings")
    try:
        settings, _ = methods_account.config(state, Fields(body))
    except ApiError as error:
        raise BadRequest(f"account/config answers {error.code}") from None
    if credit is not None:
        state.store.set_setting("credit", credit)
        state.changed()
    return {"credit": state.credit, **settings}


@route("/_sim/templates", "GET", "POST")
async def templates(state: State, request: Request, body: Row) -> Any:
    """Templates of verify/lookup: {name: text} adds or changes some."""
    for name, text in body.items():
        if not re.fullmatch(r"[A-Za-z0-9-]{1,50}", name):
            raise BadRequest("a template's name has 1 to 50 letters, digits and hyphens")
        if not isinstance(text, str) or not 0 < len(text) <= MAX_TEXT:
            raise BadRequest(f"text is a string of 1 to {MAX_TEXT} characters")
    if body:
        state.store.set_setting("templates", state.store.setting("templates", {}) | body)
        state.changed()
    return state.templates


@route("/_sim/identities", "GET", "POST")
async def identities(state: State, request: Request, body: Row) -> Any:
    """The pairs the verifier knows; {national_id, mobile} adds one."""
    if request.method == "POST":
        national_id, mobile = _pair(body)
        state.store.run("INSERT OR IGNORE INTO identity VALUES (?, ?)", national_id, mobile)
    return state.store.rows("SELECT national_id, mobile FROM identity ORDER BY mobile")


@route("/verifier/match", "POST")
async def verify(state: State, request: Request, body: Row) -> Any:
    """Whether a mobile number belongs to a national id.

    A known pair matches; a known mobile with another national id does not. Of the rest, every
    pair matches unless the mobile number ends in 9.
    """
    given = request.headers.get("authorization", "").encode()
    wanted = f"Bearer {state.config.verifier_token}".encode()
    if not state.config.verifier_token or not hmac.compare_digest(given, wanted):
        raise BadRequest("a bearer token is required", 401)
    national_id, mobile = _pair(body)
    owners = state.store.rows("SELECT national_id FROM identity WHERE mobile = ?", mobile)
    if owners:
        return {"matched": {"national_id": national_id} in owners}
    return {"matched": not mobile.endswith("9")}


def _pair(body: Row) -> tuple[str, str]:
    national_id = texts.ascii_digits(str(body.get("national_id", "")))
    mobile = texts.mobile(str(body.get("mobile", "")))
    if not re.fullmatch(r"[0-9]{10}", national_id):
        raise BadRequest("national_id has ten digits")
    if mobile is None:
        raise BadRequest("mobile is an Iranian mobile number")
    return national_id, mobile


def _number(request: Request) -> str:
    number = texts.mobile(request.path_params["number"])
    if number is None:
        raise BadRequest("not an Iranian mobile number", 404)
    return number


ROUTES = [
    phones,
    set_phone,
    messages,
    reply,
    incoming,
    call,
    set_faults,
    clock,
    reset,
    calls,
    hooks,
    retry,
    all_handsets,
    account,
    templates,
    identities,
    verify,
]
