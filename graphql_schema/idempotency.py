"""A client that got no answer may ask again: the same key does the same thing only once.

What was done and what is answered to a repeat are written in one transaction, so a crash between
them repeats nothing. A refusal changes nothing and is not kept: its repeat is tried anew.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import Any, Final

import orjson
from tortoise.models import Model

from domain.actors import Actor
from domain.errors import DomainError
from domain.text import clean_line
from domain.time import now
from graphql_schema.node import TYPE_OF
from models import IdempotentReply
from models.database import lock_name, transaction

KEPT: Final = timedelta(hours=24)
Act = Callable[[], Awaitable[Sequence[Model]]]


async def once(actor: Actor, key: str | None, given: Any, act: Act) -> list[Model]:
    """The rows of `act`, done now or, within 24 hours, by an earlier request with this key.

    Raises DomainError conflict when the key came with another input.
    """
    if key is None:
        return list(await act())
    key = clean_line(key, "idempotency_key", max=80)
    owner = f"client:{actor.client_id}" if actor.client_id else f"user:{actor.user_id}"
    digest = _digest(given)
    async with transaction():
        await lock_name(f"idempotency:{owner}:{key}")
        await IdempotentReply.filter(owner=owner, created_at__lt=now() - KEPT).delete()
        stored = await IdempotentReply.get_or_none(owner=owner, key=key)
        if stored is not None:
            if stored.input_hash != digest:
                raise DomainError("conflict", "idempotency_key")
            return await _again(actor, stored.reply["rows"])
        rows = list(await act())
        reply = {"rows": [[TYPE_OF[type(row)].__name__, row.pk] for row in rows]}
        await IdempotentReply.create(
            owner=owner, key=key, input_hash=digest, reply=reply, created_at=now()
        )
    return rows


async def _again(actor: Actor, stored: Sequence[Sequence[Any]]) -> list[Model]:
    kinds = {kind.__name__: kind for kind in TYPE_OF.values()}
    found = [await kinds[name].visible(actor).get_or_none(pk=key) for name, key in stored]
    return [row for row in found if row is not None]


def _digest(given: Any) -> str:
    values = [type(given).__name__, asdict(given)]
    return hashlib.sha256(orjson.dumps(values, option=orjson.OPT_SORT_KEYS)).hexdigest()
