"""Short-lived access tokens (JWT, RFC 7519 and RFC 9068) that a client gets for its secret.

A token names the version of its client: any change of the client ends it at once.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import jwt
from jwt.types import Options

from domain import clients, keys, service
from domain.clients import Proof
from domain.time import now
from models import Client

LIFE: Final = timedelta(minutes=10)
_KIND: Final = "at+jwt"
_ALGORITHM: Final = "HS256"
_CLAIMS: Final = ["iss", "sub", "aud", "scope", "iat", "exp", "jti", "ver"]


@dataclass(frozen=True, slots=True)
class Shown:
    """What a good token says: its client, the scopes it was made for, and until when it holds."""

    client: Client
    scopes: frozenset[str]
    until: datetime


def looks_like(text: str) -> bool:
    """Whether `text` is meant as a token: an encoded JSON object and two more parts."""
    return text.startswith("eyJ") and text.count(".") == 2


def issue(proof: Proof, scopes: Collection[str]) -> tuple[str, int]:
    """A token with these scopes of a proved client, and how many seconds it holds."""
    moment = now()
    end = min(moment + LIFE, proof.until or moment + LIFE)
    seconds = int((end - moment).total_seconds())
    claims = {
        "iss": issuer(),
        "sub": proof.client.id,
        "client_id": proof.client.id,
        "aud": audience(),
        "scope": " ".join(sorted(scopes)),
        "iat": int(moment.timestamp()),
        "exp": int(moment.timestamp()) + seconds,
        "jti": secrets.token_urlsafe(12),
        "ver": proof.client.version,
    }
    token = jwt.encode(claims, _key(), algorithm=_ALGORITHM, headers={"typ": _KIND})
    return token, seconds


async def read(token: str) -> Shown | None:
    """What a token says; None if it is forged, out of time, or its client changed or ended."""
    claims = _claims(token)
    if claims is None:
        return None
    until = datetime.fromtimestamp(claims["exp"], UTC)
    if until <= now() or not keys.may_be_code(claims["sub"]):
        return None
    client = await Client.get_or_none(id=claims["sub"])
    if client is None or client.version != claims["ver"] or not clients.is_alive(client):
        return None
    return Shown(client, frozenset(str(claims["scope"]).split()), until)


def issuer() -> str:
    return service.current().public_url or "favad"


def audience() -> str:
    """The API that tokens are for."""
    return f"{issuer()}/graphql"


def _claims(token: str) -> dict[str, Any] | None:
    # Time is compared by `read`, with the clock that everything else goes by.
    options: Options = {"require": _CLAIMS, "verify_exp": False, "verify_iat": False}
    try:
        if jwt.get_unverified_header(token).get("typ") != _KIND:
            return None
        return jwt.decode(
            token,
            _key(),
            algorithms=[_ALGORITHM],
            audience=audience(),
            issuer=issuer(),
            options=options,
        )
    except (jwt.PyJWTError, ValueError):
        return None


def _key() -> bytes:
    key = service.current().vault.token_key
    assert key, "the vault has no key for tokens"
    return key
