"""The browser handset: pages, plain POST forms, and word of changes by server-sent events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from sse_starlette import EventSourceResponse
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from sms.simulator import network, stories, telephone, views
from sms.simulator import text as texts
from sms.simulator.pages import Form, form, render
from sms.simulator.state import State

MAX_TEXT = 1_000
MAX_NAME = 60
COALESCE = 0.25


async def home(request: Request) -> Response:
    """What this is, a case to play, the phones; the latest one open where there is room."""
    state: State = request.app.state.simulator
    return render(request, "home.html", views.page(state, _beside(request, "phone")))


async def phone(request: Request) -> Response:
    """One phone, open, and beside it those of `?beside=`."""
    state: State = request.app.state.simulator
    number = texts.mobile(request.path_params["number"])
    if number is None or not views.known_phone(state, number):
        return PlainTextResponse("این گوشی پیدا نشد", 404)
    shown = [number, *_beside(request, "beside")][: views.SIDE_BY_SIDE]
    shown = [other for other in dict.fromkeys(shown) if views.known_phone(state, other)]
    for other in shown:
        views.mark_read(state, other)
    return render(request, "phone.html", views.page(state, shown))


def _beside(request: Request, name: str) -> list[str]:
    parts = request.query_params.get(name, "").split(",")
    return [number for part in parts if (number := texts.mobile(part))]


async def events(request: Request) -> Response:
    """A line for each change, so that a browser reads its page again."""
    state: State = request.app.state.simulator

    async def changes() -> AsyncIterator[dict[str, Any]]:
        news = asyncio.Event()
        state.watchers.add(news)
        try:
            while True:
                news.clear()
                yield {"data": str(state.version)}
                await news.wait()
                await asyncio.sleep(COALESCE)
        finally:
            state.watchers.discard(news)

    return EventSourceResponse(changes(), ping=15)


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


@form("/play")
async def play(state: State, request: Request, fields: Form) -> str:
    """Call 128 as the citizen of a story."""
    story = stories.named(fields.get("story", ""))
    if story is None:
        raise ValueError("چنین پرونده‌ای نیست")
    await telephone.event(state, story.number, "ringing", state.config.delay_answer)
    return f"/phones/{story.number}"


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


@form("/phones/{number}/incoming")
async def incoming(state: State, request: Request, fields: Form) -> None:
    """Answer the call that reads a text out, or turn it away."""
    event = fields.get("event", "")
    if event not in ("heard", "declined"):
        raise ValueError("چنین رویدادی نیست")
    network.pick_up(state, _number(request), event == "heard")


def _number(request: Request) -> str:
    number = texts.mobile(request.path_params["number"])
    if number is None:
        raise ValueError("شمارهٔ موبایل درست نیست")
    return number


ROUTES = [
    Route("/", home),
    Route("/phones/{number}", phone),
    Route("/events", events),
    new_phone,
    play,
    reply,
    phone_state,
    call,
    incoming,
]
