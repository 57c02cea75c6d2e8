"""How a handler answers: a page in the layout, a fragment, a redirect, a refusal."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from domain import notifications, sms_attention
from domain.errors import DomainError, Forbidden, NotFound
from models import Agency
from models.enums import Role
from ui import navigation, toasts
from ui.templates import render

Handler = Callable[[Request], Awaitable[Response]]
STATUS_OF = {NotFound: 404, Forbidden: 403}
TOLD_OF_SMS = (Role.ADMIN, Role.SUPERVISOR, Role.OPERATOR)
"""Who sees on every page that SMS do not flow."""
ERROR_TITLES = {
    403: "دسترسی مجاز نیست",
    404: "یافت نشد",
    405: "درخواست نادرست",
    500: "خطای سامانه",
}


async def page(
    request: Request, template: str, *, status: int = 200, **context: object
) -> HTMLResponse:
    """A whole page, with what the layout says about the signed-in person."""
    text = render(f"pages/{template}.html", **await _layout(request), **context)
    return HTMLResponse(text, status)


def fragment(template: str, *, status: int = 200, **context: object) -> HTMLResponse:
    """A piece of a page for htmx."""
    return HTMLResponse(render(f"_fragments/{template}.html", **context), status)


def redirect(url: str) -> RedirectResponse:
    """Go on to `url` after a successful form (303, so that reloading repeats nothing)."""
    return RedirectResponse(url, 303)


def signed_in(*roles: Role) -> Callable[[Handler], Handler]:
    """Only for people who are signed in, and for these roles where any are named.

    A page of another role does not exist for the others.
    """

    def decorate(handler: Handler) -> Handler:
        @wraps(handler)
        async def guarded(request: Request) -> Response:
            user = request.state.user
            if user is None:
                return _to_sign_in(request)
            if roles and user.role not in roles:
                raise NotFound
            return await handler(request)

        return guarded

    return decorate


def is_htmx(request: Request) -> bool:
    return request.headers.get("hx-request") == "true"


def problems(error: DomainError) -> list[dict[str, Any]]:
    """A refusal as the error summary shows it."""
    return [{"field": error.field, "message": error.message("fa"), "code": error.code}]


async def refused(request: Request, error: Exception) -> Response:
    """A refusal that the handler did not turn into a form with errors."""
    assert isinstance(error, DomainError)
    status = STATUS_OF.get(type(error), 422)
    if is_htmx(request):
        return fragment("refusal", status=status, message=error.message("fa"))
    return _error_page(request, status, error.message("fa"))


async def http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    messages = {
        404: "صفحه‌ای با این نشانی وجود ندارد.",
        405: "این نشانی این گونه درخواست را نمی‌پذیرد.",
    }
    text = messages.get(error.status_code, "این درخواست پذیرفته نشد.")
    if is_htmx(request):
        response = fragment("refusal", status=error.status_code, message=text)
    else:
        response = _error_page(request, error.status_code, text)
    response.headers.update(error.headers or {})
    return response


def server_error(request: Request) -> Response:
    """Something broke; the number leads to the log."""
    return _error_page(
        request, 500, "خطایی در سامانه رخ داد و برای بررسی ثبت شد. لطفاً دوباره تلاش فرمایید."
    )


def _error_page(request: Request, status: int, message: str) -> HTMLResponse:
    """A page without the layout's queries: it must also work when the database does not."""
    text = render(
        "pages/error.html",
        status=status,
        title=ERROR_TITLES.get(status, "درخواست پذیرفته نشد"),
        text=message,
        request_id=getattr(request.state, "request_id", None),
        home_href="/",
    )
    return HTMLResponse(text, status)


def _to_sign_in(request: Request) -> Response:
    if is_htmx(request):
        return Response(status_code=204, headers={"HX-Redirect": "/login"})
    here = request.url.path if request.method == "GET" else "/"
    return RedirectResponse(f"/login?next={quote(here)}", 303)


async def _layout(request: Request) -> dict[str, object]:
    user = request.state.user
    if user is None:
        return {"simulated": request.state.simulated, "toasts": toasts.shown(request)}
    agency = await Agency.get(id=user.agency_id) if user.agency_id else None
    return {
        "simulated": request.state.simulated,
        "user": {
            "name": user.full_name,
            "role": user.role,
            "role_label": navigation.ROLE_LABELS[user.role],
            "unit": agency.name if agency else "",
        },
        "nav": await navigation.items(request.state.actor, request.url.path),
        "notifications": await notifications.unread_count(user.id),
        "live_url": "/live",
        "trouble": await _trouble(request),
        "toasts": toasts.shown(request),
    }


async def _trouble(request: Request) -> sms_attention.Trouble | None:
    """What the banner says; None for those whom it is not for, and where the page says more."""
    if request.state.user.role not in TOLD_OF_SMS or request.url.path == "/sms":
        return None
    return await sms_attention.trouble()


exception_handlers: dict[Any, Any] = {
    DomainError: refused,
    NotFound: refused,
    Forbidden: refused,
    HTTPException: http_error,
}
