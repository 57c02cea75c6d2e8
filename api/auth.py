"""Who is signed in: a staff session's cookie, or a partner's key in `Authorization`."""

from __future__ import annotations

from http.cookies import CookieError, SimpleCookie

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from domain import actors, people, sign_in

PLAIN_COOKIE = "favad_session"
SECURE_COOKIE = "__Host-favad_session"
_OPEN = ("/static/", "/webhooks/", "/healthz", "/readyz", "/metrics")


class Authentication:
    """Sets `request.state.actor`, `.user`, `.session_token` and what signing in needs."""

    def __init__(self, app: ASGIApp, *, cookie_secure: bool, simulated: bool) -> None:
        self.app = app
        self.cookie_secure = cookie_secure
        self.cookie_name = SECURE_COOKIE if cookie_secure else PLAIN_COOKIE
        self.simulated = simulated

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket"):
            state = scope.setdefault("state", {})
            state.update(
                actor=None,
                user=None,
                session_token=None,
                cookie_name=self.cookie_name,
                cookie_secure=self.cookie_secure,
                simulated=self.simulated,
            )
            if not scope["path"].startswith(_OPEN):
                await self._identify(state, Headers(scope=scope))
        await self.app(scope, receive, send)

    async def _identify(self, state: dict[str, object], headers: Headers) -> None:
        scheme, _, key = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            client = await people.authenticate_client(key.strip())
            state["actor"] = await actors.of_client(client) if client else None
            return
        token = _cookie(headers.get("cookie", ""), self.cookie_name)
        user = await sign_in.session_user(token) if token else None
        if user is not None:
            state.update(actor=await actors.of_user(user), user=user, session_token=token)


def _cookie(header: str, name: str) -> str | None:
    try:
        found = SimpleCookie(header).get(name)
    except CookieError:
        return None
    return found.value if found else None
