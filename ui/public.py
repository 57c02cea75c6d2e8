"""What anybody may read: the front page, about 128, and today's national figures (A7, B8)."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from domain import figures
from domain.actors import SYSTEM
from domain.time import now
from ui.navigation import home
from ui.pages import page, redirect

LEAST = 5
"""No public figure rests on fewer cases than this (design §6)."""


async def front(request: Request) -> Response:
    if request.state.user is not None:
        return redirect(home(request.state.user.role))
    return await page(request, "home", title="فوریت‌های اداری")


async def about(request: Request) -> Response:
    return await page(request, "about", title="درباره ۱۲۸")


async def performance(request: Request) -> Response:
    total = await figures.today(SYSTEM)
    return await page(
        request,
        "public",
        title="عملکرد دستگاه‌ها",
        at=now(),
        registered=total.registered if total.registered >= LEAST else None,
        in_time=total.in_time_share.value if total.answered >= LEAST else None,
        answered=total.answered,
        csat=total.csat.value if total.ratings >= LEAST else None,
        ratings=total.ratings,
    )


routes = [
    Route("/", front, methods=["GET"]),
    Route("/about", about, methods=["GET"]),
    Route("/public/", performance, methods=["GET"]),
]
