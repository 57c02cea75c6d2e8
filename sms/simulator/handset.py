"""The browser handset: pages, plain POST forms, and word of changes by server-sent events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sse_starlette import EventSourceResponse
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from sms.simulator import faults, network, telephone, views, webhooks
from sms.simulator import text as texts
from sms.simulator.state import State

MAX_TEXT = 1_000
MAX_NAME = 60
MAX_FORWARD = 7 * 86_400
COALESCE = 0.2
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'; form-action 'self'",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}

_templates = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)

Form = dict[str, str]
Action = Callable[[State, Request, Form], Awaitable[str | None]]


async def home(request: Request) -> Response:
    """The phones, with `?phone=` or else the latest one open where there is room."""
    return _page(request, "home", texts.mobile(request.query_params.get("phone", "")))


async def phone(request: Request) -> Response:
    """One phone, open."""
    state: State = request.app.state.simulator
    number = texts.mobile(request.path_params["number"])
    if number is None or not views.known_phone(state, number):
        return PlainTextResponse("این گوشی پیدا نشد", 404)
    views.mark_read(state, number)
    return _page(request, "phone", number)


async def provider(request: Request) -> Response:
    """The provider's panel, beside the phone given as `?phone=`."""
    return _page(request, "provider", texts.mobile(request.query_params.get("phone", "")))


def _page(request: Request, view: str, number: str | None) -> Response:
    state: State = request.app.state.simulator
    context = views.page(state, number)
    shown = context["phone"]
    if shown and view != "phone":
        here = f"{request.url.path}?phone={shown['number']}"
    else:
        here = request.url.path
    context |= {"view": view, "here": here}
    html = _templates.get_template("page.html").render(context)
    return HTMLResponse(html, headers=HEADERS)


async def events(request: Request) -> Response:
    """A line for each change, so that a browser reads its page again."""
    state: State = request.app.state.simulator

    async def changes() -> AsyncIterator[dict[str, Any]]:
        while True:
            news = state.news
            yield {"data": str(state.version)}
            await news.wait()
            await asyncio.sleep(COALESCE)

    return EventSourceResponse(changes(), ping=15)


def form(path: str) -> Callable[[Action], Route]:
    """A route for a form: acts, then shows the page the form stood on, or the one returned."""

    def decorate(action: Action) -> Route:
        async def endpoint(request: Request) -> Response:
            async with request.form() as data:
                fields = {key: value for key, value in data.items() if isinstance(value, str)}
            try:
                target = await action(request.app.state.simulator, request, fields)
            except ValueError as error:
                return PlainTextResponse(str(error), 422)
            back = fields.get("back", "/")
            safe = back.startswith("/") and not back.startswith(("//", "/\\"))
            return RedirectResponse(target or (back if safe else "/"), 303)

        return Route(path, endpoint, methods=["POST"])

    return decorate


@form("/phones")
async def new_phone(state: State, request: Request, fields: Form) -> str:
    number = texts.mobile(fields.get("number", ""))
    if number is None:
        raise ValueError("شمارهٔ موبایل درست نیست؛ مانند ۰۹۱۲۱۲۳۴۵۶۷ بنویسید")
    network.ensure_phone(state, number)
    name = " ".join(fields.get("name", "").split())[:MAX_NAME]
    if name:
        state.store.run("UPDATE phone SET name = ? WHERE number = ?", name, number)
    state.changed()
    return f"/phones/{number}"


@form("/phones/{number}/reply")
async def reply(state: State, request: Request, fields: Form) -> None:
    number = _number(request)
    text = fields.get("answer") or fields.get("text", "").replace("\r\n", "\n").strip()
    twice = "twice" in fields
    if twice and not text:
        text = views.last_answer(state, number)
    if not 0 < len(text) <= MAX_TEXT:
        raise ValueError("متن پیام خالی یا بیش از اندازه بلند است")
    line = network.reply_line(state, number)
    for _ in range(2 if twice else 1):
        network.reply(state, number, text, line)


@form("/phones/{number}/state")
async def phone_state(state: State, request: Request, fields: Form) -> None:
    value = fields.get("state", "")
    if value not in network.PHONE_STATES:
        raise ValueError("چنین حالتی نیست")
    network.set_phone_state(state, _number(request), value)


@form("/phones/{number}/call")
async def call(state: State, request: Request, fields: Form) -> None:
    event = fields.get("event", "ringing")
    if event not in telephone.EVENTS:
        raise ValueError("چنین رویدادی نیست")
    try:
        await telephone.event(state, _number(request), event, state.config.delay_answer)
    except telephone.NoCall:
        return  # pressed twice, or the call ended meanwhile: the page shows how it is


@form("/provider/faults")
async def set_faults(state: State, request: Request, fields: Form) -> None:
    changes: faults.Faults = {name: name in fields for name in faults.SWITCHES}
    for name in faults.PROBABILITIES:
        changes[name] = int(fields.get(name) or 0) / 100
    state.set_faults(faults.checked(changes))


@form("/provider/calm")
async def calm(state: State, request: Request, fields: Form) -> None:
    state.set_faults(faults.defaults(state.config.dedupe_local_ids))


@form("/provider/clock")
async def clock(state: State, request: Request, fields: Form) -> None:
    seconds = int(fields.get("forward") or 0)
    if not 0 < seconds <= MAX_FORWARD:
        raise ValueError("ساعت فقط رو به جلو می‌رود، هر بار حداکثر یک هفته")
    state.forward(seconds)


@form("/provider/reset")
async def reset(state: State, request: Request, fields: Form) -> str:
    state.reset()
    return "/"


@form("/provider/webhooks/{hook:int}/retry")
async def retry(state: State, request: Request, fields: Form) -> None:
    webhooks.retry_now(state, request.path_params["hook"])


def _number(request: Request) -> str:
    number = texts.mobile(request.path_params["number"])
    if number is None:
        raise ValueError("شمارهٔ موبایل درست نیست")
    return number


ROUTES = [
    Route("/", home),
    Route("/phones/{number}", phone),
    Route("/provider", provider),
    Route("/events", events),
    new_phone,
    reply,
    phone_state,
    call,
    set_faults,
    calm,
    clock,
    reset,
    retry,
]
