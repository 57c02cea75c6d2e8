"""The provider's panel in the browser: faults, account, clock, the calls both ways."""

from __future__ import annotations

import re

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sms.simulator import faults, panel_views, webhooks
from sms.simulator import text as texts
from sms.simulator.methods import METHODS
from sms.simulator.pages import Form, form, render
from sms.simulator.state import State

MAX_FORWARD = 7 * 86_400
MAX_CREDIT = 10**12
MAX_TEMPLATE = 1_000


async def provider(request: Request) -> Response:
    """The panel."""
    state: State = request.app.state.simulator
    return render(request, "provider.html", panel_views.page(state))


@form("/provider/faults")
async def set_faults(state: State, request: Request, fields: Form) -> None:
    changes: faults.Faults = {name: name in fields for name in faults.SWITCHES}
    for name in faults.PROBABILITIES:
        changes[name] = _number(fields, name) / 100
    for name in (*faults.AMOUNTS, "refuse_with"):
        changes[name] = _number(fields, name)
    changes["webhook_format"] = fields.get("webhook_format", faults.FORMATS[0])
    seed = _number(fields, "seed") if fields.get("seed") else None
    if seed != state.faults["seed"]:
        changes["seed"] = seed
    state.set_faults(faults.checked(changes, tuple(METHODS)))


@form("/provider/calm")
async def calm(state: State, request: Request, fields: Form) -> None:
    state.calm()


@form("/provider/account")
async def account(state: State, request: Request, fields: Form) -> None:
    credit = _number(fields, "credit")
    if not 0 <= credit <= MAX_CREDIT:
        raise ValueError("اعتبار از صفر تا هزار میلیارد ریال است")
    resend = "enabled" if "resendfailed" in fields else "disabled"
    kept = state.store.setting("account", {})
    state.store.set_setting("credit", credit)
    state.store.set_setting("account", kept | {"resendfailed": resend})
    state.changed()


@form("/provider/templates")
async def template(state: State, request: Request, fields: Form) -> None:
    name, text = fields.get("name", ""), fields.get("text", "").replace("\r\n", "\n").strip()
    if not re.fullmatch(r"[A-Za-z0-9-]{1,50}", name):
        raise ValueError("نام الگو از حروف لاتین، رقم و خط تیره است")
    if "%token" not in text or len(text) > MAX_TEMPLATE:
        raise ValueError("متن الگو باید ‎%token داشته باشد")
    state.store.set_setting("templates", state.store.setting("templates", {}) | {name: text})
    state.changed()


@form("/provider/clock")
async def clock(state: State, request: Request, fields: Form) -> None:
    seconds = _number(fields, "forward")
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


def _number(fields: Form, name: str) -> int:
    """A whole number, also in Persian digits; 0 if it is left empty."""
    text = re.sub(r"[\s,٬]", "", texts.ascii_digits(fields.get(name, "")))
    if not re.fullmatch(r"(-?[0-9]{1,15})?", text):
        raise ValueError("یک عدد درست بنویسید")
    return int(text or 0)


ROUTES = [
    Route("/provider", provider),
    set_faults,
    calm,
    account,
    template,
    clock,
    reset,
    retry,
]
