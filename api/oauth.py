"""OAuth 2 for partners: a short token for a key (RFC 6749 §4.4), and metadata (RFC 8414)."""

from __future__ import annotations

import base64
import binascii
from typing import Final
from urllib.parse import parse_qsl, unquote_plus

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from api.attempts import Attempts
from domain import clients, tokens
from domain.actors import SCOPES
from domain.clients import Proof

log = structlog.get_logger("oauth")

GRANT: Final = "client_credentials"
_MAX_FIELDS: Final = 20
_NO_STORE: Final = {"Cache-Control": "no-store", "Pragma": "no-cache"}


class Refused(Exception):
    """An error response of RFC 6749 §5.2."""

    def __init__(
        self, error: str, text: str, status: int = 400, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(text)
        self.error = error
        self.status = status
        self.headers = headers or {}


def routes() -> list[BaseRoute]:
    attempts = Attempts()

    async def token(request: Request) -> Response:
        """A token for the credentials of a client."""
        try:
            given = await _form(request)
            if "grant_type" not in given:
                raise Refused("invalid_request", "grant_type is missing")
            if given["grant_type"] != GRANT:
                raise Refused("unsupported_grant_type", f"only {GRANT} is supported")
            proof = await _prove(request, given, attempts)
            body = _granted(proof, given.get("scope"))
        except Refused as refused:
            error = {"error": refused.error, "error_description": str(refused)}
            return JSONResponse(error, refused.status, {**_NO_STORE, **refused.headers})
        return JSONResponse(body, headers=_NO_STORE)

    return [
        Route("/oauth/token", token, methods=["POST"]),
        Route("/.well-known/oauth-authorization-server", _metadata, methods=["GET"]),
    ]


async def _metadata(_request: Request) -> Response:
    return JSONResponse(
        {
            "issuer": tokens.issuer(),
            "token_endpoint": f"{tokens.issuer()}/oauth/token",
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "grant_types_supported": [GRANT],
            "response_types_supported": [],
            "scopes_supported": sorted(SCOPES),
        },
        headers={"Cache-Control": "public, max-age=3600"},
    )


async def _form(request: Request) -> dict[str, str]:
    """The fields of the body; one without a value counts as left out, as RFC 6749 §3.2 says."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise Refused("invalid_request", "the body must be application/x-www-form-urlencoded")
    try:
        text = (await request.body()).decode()
        pairs = parse_qsl(text, errors="strict", max_num_fields=_MAX_FIELDS)
    except ValueError:
        raise Refused("invalid_request", "the body cannot be read") from None
    given = dict(pairs)
    if len(given) != len(pairs):
        raise Refused("invalid_request", "a parameter is given more than once")
    return given


async def _prove(request: Request, given: dict[str, str], attempts: Attempts) -> Proof:
    client_id, secret = _credentials(request, given)
    who = (client_id[:40], request.client.host if request.client else "")
    if wait := attempts.wait(who):
        text = "too many wrong secrets; try again later"
        raise Refused("invalid_client", text, 429, {"Retry-After": str(wait)})
    proof = await clients.prove(f"{client_id}.{secret}")
    if proof is None:
        attempts.fail(who)
        if attempts.wait(who):
            log.warning("too many wrong secrets", client=who[0], address=who[1])
        raise _unknown("the client is unknown, ended, or the secret is wrong")
    attempts.succeed(who)
    return proof


def _credentials(request: Request, given: dict[str, str]) -> tuple[str, str]:
    """Id and secret, by HTTP Basic or in the body, never by both (RFC 6749 §2.3)."""
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if not scheme:
        if "client_id" not in given or "client_secret" not in given:
            raise _unknown("the client does not say who it is")
        return given["client_id"], given["client_secret"]
    if "client_secret" in given:
        raise Refused("invalid_request", "authenticate once: by header or in the body")
    try:
        if scheme.lower() != "basic":
            raise ValueError(scheme)
        text = base64.b64decode(encoded.strip(), validate=True).decode()
    except (binascii.Error, ValueError):
        raise _unknown("Authorization must be HTTP Basic") from None
    client_id, _, secret = text.partition(":")
    client_id = unquote_plus(client_id)
    if given.get("client_id", client_id) != client_id:
        raise Refused("invalid_request", "two different client ids")
    return client_id, unquote_plus(secret)


def _granted(proof: Proof, scope: str | None) -> dict[str, object]:
    allowed = set(proof.client.scopes)
    wanted = set(scope.split()) if scope is not None else allowed
    if not wanted or not wanted <= allowed:
        raise Refused("invalid_scope", f"this client has: {' '.join(sorted(allowed))}")
    token, seconds = tokens.issue(proof, wanted)
    return {
        "access_token": token,
        "token_type": "Bearer",
        "expires_in": seconds,
        "scope": " ".join(sorted(wanted)),
    }


def _unknown(text: str) -> Refused:
    return Refused("invalid_client", text, 401, {"WWW-Authenticate": 'Basic realm="favad"'})
