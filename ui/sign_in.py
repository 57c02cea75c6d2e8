"""Signing in and out."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from domain import sign_in
from domain.errors import DomainError
from ui.forms import values
from ui.navigation import home
from ui.pages import page, redirect


async def form(request: Request) -> Response:
    if request.state.user is not None:
        return redirect(home(request.state.user.role))
    return await _form(request, request.query_params.get("next", ""))


async def submit(request: Request) -> Response:
    given = await values(request)
    try:
        token, user = await sign_in.sign_in(
            given.get("username"),
            given.get("password"),
            request.headers.get("user-agent", ""),
        )
    except DomainError as error:
        return await _form(request, given.get("next", ""), given.get("username", ""), error)
    response = redirect(_local(given.get("next", "")) or home(user.role))
    response.set_cookie(
        request.state.cookie_name,
        token,
        max_age=int(sign_in.SESSION_LIFE.total_seconds()),
        path="/",
        secure=request.state.cookie_secure,
        httponly=True,
        samesite="lax",
    )
    return response


async def leave(request: Request) -> Response:
    if request.state.session_token:
        await sign_in.sign_out(request.state.session_token)
    response = redirect("/login")
    response.delete_cookie(
        request.state.cookie_name, path="/", secure=request.state.cookie_secure, httponly=True
    )
    return response


async def _form(
    request: Request, following: str, username: str = "", error: DomainError | None = None
) -> Response:
    return await page(
        request,
        "sign_in",
        status=422 if error else 200,
        title="ورود",
        next=_local(following),
        username=username,
        error=error.message("fa") if error else None,
    )


def _local(path: str) -> str:
    """Only a path of this site may be gone on to."""
    inside = path.startswith("/") and not path.startswith(("//", "/\\"))
    return path if inside and path.isprintable() else ""


routes = [
    Route("/login", form, methods=["GET"]),
    Route("/login", submit, methods=["POST"]),
    Route("/logout", leave, methods=["POST"]),
]
