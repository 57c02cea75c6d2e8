"""Partners' systems and their keys: `id.secret`, of which only a hash of the secret is kept (G6).

Every change of a client raises its `version`, by which what was remembered of it, and every token
made for it, ends at once (`domain.bearer`).
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog

from domain import cases, keys, permissions
from domain.actors import CASES_WRITE, SCOPES, SYSTEM, Actor
from domain.errors import DomainError, NotFound
from domain.text import clean_line
from domain.time import now
from models import Agency, Client, statements
from models.database import transaction
from models.enums import Role

REQUESTS: Final = 600
COST: Final = 120_000
"""The budget of a minute unless another is given."""
MOST_REQUESTS: Final = 60_000
LEAST_COST: Final = 20_000
"""What the dearest document that the API takes costs: a budget below it would never let it in."""
MOST_COST: Final = 100_000_000
LONGEST_OVERLAP: Final = timedelta(days=30)

log = structlog.get_logger("clients")


@dataclass(frozen=True, slots=True)
class Proof:
    """A client that showed a right secret, and when that secret ends by itself."""

    client: Client
    until: datetime | None


async def create(
    actor: Actor,
    agency_code: str,
    name: object,
    scopes: Iterable[str],
    *,
    key: str | None = None,
    expires_at: datetime | None = None,
    requests_per_minute: object = REQUESTS,
    cost_per_minute: object = COST,
) -> tuple[Client, str]:
    """Create a partner's system; returns it with its key, shown only now."""
    _require_admin(actor)
    agency = await Agency.get_or_none(code=keys.code(agency_code, "agency"))
    if agency is None:
        raise DomainError("unknown", "agency")
    identifier, secret = _split(key) if key else (secrets.token_hex(6), _new_secret())
    if await Client.exists(id=identifier):
        raise DomainError("taken", "key")
    client = await Client.create(
        id=identifier,
        name=clean_line(name, "name", max=120, min=2),
        agency=agency,
        secret_hash=_digest(secret),
        scopes=_scopes(scopes),
        created_at=now(),
        expires_at=_later(expires_at),
        requests_per_minute=_requests(requests_per_minute),
        cost_per_minute=_cost(cost_per_minute),
    )
    await _begin(client)
    _log("client created", actor, client)
    return client, f"{identifier}.{secret}"


async def authenticate(key: str) -> Client | None:
    """The living client of a key, else None. Revocation and expiry take effect at once."""
    proof = await prove(key)
    return proof.client if proof else None


async def prove(key: str) -> Proof | None:
    """Like `authenticate`, with the moment until which the key can hold."""
    identifier, _, secret = key.partition(".")
    known = secret and keys.may_be_code(identifier)
    found = await statements.select(Client, "id = $1", identifier) if known else []
    client = found[0] if found else None
    given = _digest(secret)
    # Both are compared for every key, so that the time taken says nothing.
    present = hmac.compare_digest(client.secret_hash if client else "", given)
    previous = hmac.compare_digest(client.previous_hash if client else "", given)
    if client is None or not is_alive(client):
        return None
    if present:
        return Proof(client, client.expires_at)
    end = client.previous_until
    if not previous or end is None or end <= now():
        return None
    return Proof(client, min(end, client.expires_at or end))


def is_alive(client: Client) -> bool:
    """Whether a client may come in: neither revoked nor expired."""
    expired = client.expires_at is not None and client.expires_at <= now()
    return client.revoked_at is None and not expired


async def rotate(
    actor: Actor, client_id: str, overlap: timedelta, *, version: int | None = None
) -> str:
    """A new key for a client, shown only now. The present one works on for `overlap` (≤ 30 days).

    A key that was still being replaced by an earlier rotation ends at once. With `version` it is
    refused as `stale` if the client has changed since.
    """
    _require_admin(actor)
    if not timedelta(0) <= overlap <= LONGEST_OVERLAP:
        raise DomainError("out_of_range", "overlap", min=0, max=LONGEST_OVERLAP.days)
    secret = _new_secret()
    async with transaction():
        client = await _locked(client_id, version)
        client.previous_hash = client.secret_hash if overlap else ""
        client.previous_until = now() + overlap if overlap else None
        client.secret_hash = _digest(secret)
        await _save(client)
    _log("client key rotated", actor, client, overlap=overlap.total_seconds())
    return f"{client.id}.{secret}"


async def revoke(actor: Actor, client_id: str) -> Client:
    """End a client for good: its keys and tokens are refused from now on."""
    _require_admin(actor)
    async with transaction():
        client = await _locked(client_id)
        client.revoked_at = now()
        await _save(client)
    _log("client revoked", actor, client)
    return client


async def change(
    actor: Actor,
    client_id: str,
    *,
    scopes: Iterable[str],
    expires_at: datetime | None,
    requests_per_minute: object,
    cost_per_minute: object,
    version: int | None = None,
) -> Client:
    """Set what a client may do, until when, and its budget of a minute.

    With `version` it is refused as `stale` if the client has changed since.
    """
    _require_admin(actor)
    wanted, end = _scopes(scopes), expires_at
    requests, cost = _requests(requests_per_minute), _cost(cost_per_minute)
    async with transaction():
        client = await _locked(client_id, version)
        client.expires_at = end if end == client.expires_at else _later(end)
        client.scopes = wanted
        client.requests_per_minute, client.cost_per_minute = requests, cost
        await _save(client)
        await _begin(client)
    _log("client changed", actor, client, scopes=wanted)
    return client


async def found(client_id: object) -> Client:
    """The client with an id that was sent, with its agency. Raises NotFound."""
    known = keys.may_be_code(client_id)
    client = await Client.get_or_none(id=client_id).select_related("agency") if known else None
    if client is None:
        raise NotFound("client")
    return client


def _require_admin(actor: Actor) -> None:
    if actor is not SYSTEM:
        permissions.require_role(actor, Role.ADMIN)


async def _locked(client_id: object, version: int | None = None) -> Client:
    known = keys.may_be_code(client_id)
    rows = Client.filter(id=client_id).select_for_update()
    client = await rows.get_or_none() if known else None
    if client is None:
        raise NotFound("client")
    if client.revoked_at is not None:
        raise DomainError("revoked")
    if version is not None and version != client.version:
        raise DomainError("stale")
    return client


async def _save(client: Client) -> None:
    """Under the row's lock; leaves alone what others write: when it was last used."""
    client.version += 1
    await client.save(
        update_fields=[
            "secret_hash", "previous_hash", "previous_until", "scopes", "expires_at", "revoked_at",
            "requests_per_minute", "cost_per_minute", "version",
        ]
    )  # fmt: skip


async def _begin(client: Client) -> None:
    """A system that may write receives the cases that waited for somebody who does."""
    if CASES_WRITE in client.scopes:
        await cases.refer_waiting(client.agency_id)


def _scopes(given: Iterable[str]) -> list[str]:
    wanted = sorted(set(given))
    if not wanted or not set(wanted) <= SCOPES:
        raise DomainError("unknown", "scopes")
    return wanted


def _later(moment: datetime | None) -> datetime | None:
    if moment is not None and moment <= now():
        raise DomainError("expired", "expires_at")
    return moment


def _requests(value: object) -> int:
    return _between(value, "requests_per_minute", 1, MOST_REQUESTS)


def _cost(value: object) -> int:
    return _between(value, "cost_per_minute", LEAST_COST, MOST_COST)


def _between(value: object, field: str, least: int, most: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise DomainError("out_of_range", field, min=least, max=most)
    return value


def _split(key: str) -> tuple[str, str]:
    identifier, _, secret = key.partition(".")
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,40}", identifier) or len(secret) < 12:
        raise DomainError("invalid", "key")
    return identifier, secret


def _new_secret() -> str:
    return secrets.token_urlsafe(32)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode(errors="surrogatepass")).hexdigest()


def _log(event: str, actor: Actor, client: Client, **more: object) -> None:
    log.info(event, client=client.id, by=actor.user_id or actor.name, **more)
