"""How pages are rendered, and how plain POST forms act."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from sms.simulator.state import State
from sms.simulator.store import Row

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


def render(request: Request, template: str, context: Row) -> Response:
    """A page; `here` is its own address, to which its forms return."""
    query = f"?{request.url.query}" if request.url.query else ""
    context = context | {"here": request.url.path + query}
    return HTMLResponse(_templates.get_template(template).render(context), headers=HEADERS)


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
