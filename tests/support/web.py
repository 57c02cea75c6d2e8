"""The web interface over HTTP in the test's own event loop, signed in as somebody."""

from __future__ import annotations

from collections.abc import Sequence

import httpx2
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import BaseRoute

from api.auth import PLAIN_COOKIE, Authentication
from api.security import SameOrigin
from domain import sign_in
from domain.time import now
from models import Session, User
from ui.pages import exception_handlers

ORIGIN = "http://favad.test"


def application(routes: Sequence[BaseRoute]) -> Starlette:
    """Routes behind the same sign-in and same-origin checks as in the real application."""
    return Starlette(
        routes=list(routes),
        middleware=[
            Middleware(SameOrigin),
            Middleware(Authentication, cookie_secure=False, simulated=True),
        ],
        exception_handlers=exception_handlers,
    )


def browser(app: Starlette, *, token: str = "") -> httpx2.AsyncClient:
    """A browser on this site: same-origin, cookies kept, redirects not followed."""
    return httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app=app),
        base_url=ORIGIN,
        headers={"sec-fetch-site": "same-origin"},
        cookies={PLAIN_COOKIE: token} if token else {},
    )


async def signed_in(user: User) -> str:
    """A session of `user`; its token."""
    token = f"token-of-{user.username}"
    await Session.get_or_create(
        token_hash=sign_in.token_hash(token),
        defaults={
            "user": user,
            "created_at": now(),
            "last_seen_at": now(),
            "expires_at": now() + sign_in.SESSION_LIFE,
        },
    )
    return token
