"""Who shows `Authorization: Bearer …`: a key `id.secret`, or a token made for one.

`identify` asks the database. `recall` does not: it says who that text belonged to when it was last
identified, for a caller whose own statement checks that a client fulfils `still`.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Final

from tortoise.expressions import Q, Subquery

from domain import actors, clients, tokens
from domain.actors import Actor
from domain.time import now
from models import Agency

REMEMBERED: Final = 10_000


@dataclass(frozen=True, slots=True)
class Known:
    """Who a text belonged to when it was identified. Unverified since."""

    actor: Actor
    version: int
    until: datetime | None


_remembered: OrderedDict[bytes, Known] = OrderedDict()


async def identify(bearer: str) -> Actor | None:
    """The partner whose key or token this is, verified now; None for anything else."""
    known = await (_of_token(bearer) if tokens.looks_like(bearer) else _of_key(bearer))
    if known is None:
        _remembered.pop(_digest(bearer), None)
        return None
    remember(bearer, known)
    return known.actor


def remember(bearer: str, known: Known) -> None:
    """Keep what was just verified; the one not used for longest is forgotten for it."""
    digest = _digest(bearer)
    _remembered[digest] = known
    _remembered.move_to_end(digest)
    if len(_remembered) > REMEMBERED:
        _remembered.popitem(last=False)


def recall(bearer: str) -> Known | None:
    """UNVERIFIED: who showed this before. Only for a statement that checks `still`."""
    digest = _digest(bearer)
    known = _remembered.get(digest)
    if known is None or (known.until is not None and known.until <= now()):
        return None
    _remembered.move_to_end(digest)
    return known


@lru_cache(maxsize=REMEMBERED)
def still(known: Known) -> Q:
    """The condition on `Client` that only who was known fulfils, and only if nothing changed.

    Its `version` covers revocation, secrets and scopes; ends that come by themselves are `until`.
    """
    actor = known.actor
    unit = Agency.filter(lineage=actor.lineage, level=actor.agency_level).values("id")
    return Q(id=actor.client_id, version=known.version, agency_id__in=Subquery(unit))


async def _of_key(key: str) -> Known | None:
    proof = await clients.prove(key)
    if proof is None:
        return None
    return Known(await actors.of_client(proof.client), proof.client.version, proof.until)


async def _of_token(token: str) -> Known | None:
    shown = await tokens.read(token)
    if shown is None:
        return None
    actor = await actors.of_client(shown.client)
    narrowed = replace(actor, scopes=actor.scopes & shown.scopes)
    return Known(narrowed, shown.client.version, shown.until)


def _digest(bearer: str) -> bytes:
    return hashlib.sha256(bearer.encode(errors="surrogatepass")).digest()
