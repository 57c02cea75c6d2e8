"""Who is signed in: a staff session's cookie, or a partner's key or token in `Authorization`."""

from __future__ import annotations

from functools import partial
from http.cookies import CookieError, SimpleCookie

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from domain import actors, bearer, sign_in
from domain.actors import Actor

PLAIN_COOKIE = "favad_session"
SECURE_COOKIE = "__Host-favad_session"
_OPEN = ("/static/", "/webhooks/", "/healthz", "/readyz", "/metrics", "/oauth/", "/.well-known/")
_CHECKS_ITSELF = "/graphql"
"""Its statements check that a recalled client is still as it was known (`domain.bearer`)."""


class Authentication:
    """Sets `request.state.actor`, `.user`, `.session_token` and what signing in needs.

    On /graphql a key or token that was shown before is not looked up again. Then `actor` is None,
    `known` says who it was (unverified), and `await confirm()` identifies it: it sets `actor` and
    returns it. Whoever verifies `known` otherwise sets `actor` too, for the log.
    What stays open asks `await identify()` again and again, or `identify(authorization)` when it
    was told by whom later than in its headers.
    """

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
                known=None,
                confirm=None,
                identify=partial(self.identify, Headers(scope=scope)),
                user=None,
                session_token=None,
                cookie_name=self.cookie_name,
                cookie_secure=self.cookie_secure,
                simulated=self.simulated,
            )
            if not scope["path"].startswith(_OPEN):
                await self._identify(state, Headers(scope=scope), scope["path"])
        await self.app(scope, receive, send)

    async def identify(self, headers: Headers, authorization: str | None = None) -> Actor | None:
        """Who these credentials belong to now. To be asked this keeps no session alive."""
        given = headers.get("authorization") if authorization is None else authorization
        if given is not None:
            scheme, _, text = given.partition(" ")
            return await bearer.identify(text.strip()) if scheme.lower() == "bearer" else None
        token = _cookie(headers.get("cookie", ""), self.cookie_name)
        user = await sign_in.session_user(token, seen=False) if token else None
        return await actors.of_user(user) if user else None

    async def _identify(self, state: dict[str, object], headers: Headers, path: str) -> None:
        scheme, _, text = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            text = text.strip()
            known = bearer.recall(text) if path == _CHECKS_ITSELF else None
            if known is None:
                await _confirm(state, text)
            else:
                state.update(known=known, confirm=partial(_confirm, state, text))
            return
        token = _cookie(headers.get("cookie", ""), self.cookie_name)
        user = await sign_in.session_user(token) if token else None
        if user is not None:
            state.update(actor=await actors.of_user(user), user=user, session_token=token)


async def _confirm(state: dict[str, object], text: str) -> Actor | None:
    actor = await bearer.identify(text)
    state["actor"] = actor
    return actor


def _cookie(header: str, name: str) -> str | None:
    try:
        found = SimpleCookie(header).get(name)
    except CookieError:
        return None
    return found.value if found else None
