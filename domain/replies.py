"""What a repeatable request was answered with: remembered under its key for a day.

The key is claimed and the reply kept in the transaction of what was done, so that a crash leaves
neither. Two requests with one key at the same time: the second waits for the first.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

import orjson

from domain.time import now
from models import IdempotentReply, statements

KEPT: Final = timedelta(hours=24)
_PRUNE_EVERY: Final = timedelta(hours=1)

_CLAIM: Final = """
    INSERT INTO idempotent_reply (owner, key, input_hash, created_at) VALUES ($1, $2, $3, $4)
    ON CONFLICT (owner, key) DO UPDATE SET
        input_hash = excluded.input_hash, reply = NULL, created_at = excluded.created_at
    WHERE idempotent_reply.created_at < $5
    RETURNING id"""
_KEEP: Final = "UPDATE idempotent_reply SET reply = $2 WHERE id = $1"


async def claim(owner: str, key: str, digest: str) -> int | None:
    """Take the key for this transaction, unless it was used within a day; the claim's id.

    What is older is overwritten.
    """
    moment = now()
    rows = await statements.fetch(_CLAIM, owner, key, digest, moment, moment - KEPT)
    return rows[0]["id"] if rows else None


async def keep(claimed: int, reply: Any) -> None:
    """Remember what was answered."""
    await statements.fetch(_KEEP, claimed, orjson.dumps(reply).decode())


async def stored(owner: str, key: str) -> IdempotentReply:
    """The reply under a key that could not be claimed."""
    [row] = await statements.select(IdempotentReply, "owner = $1 AND key = $2", owner, key)
    return row


async def prune() -> datetime:
    """Delete replies that nobody can ask for any more; when to look again.

    They are left for an hour longer than they count, so that none goes while it is being read.
    """
    await IdempotentReply.filter(created_at__lt=now() - KEPT - _PRUNE_EVERY).delete()
    return now() + _PRUNE_EVERY
