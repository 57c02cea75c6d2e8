"""A client that got no answer may ask again: the same key does the same thing only once.

What was done and what is answered to a repeat are written in one transaction, so a crash between
them repeats nothing. A refusal changes nothing and is not kept: its repeat is tried anew.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import orjson
from tortoise.models import Model

from domain import replies
from domain.actors import Actor
from domain.errors import DomainError
from domain.text import clean_line
from graphql_schema.node import TYPE_OF
from models.database import transaction

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
        claimed = await replies.claim(owner, key, digest)
        if claimed is None:
            stored = await replies.stored(owner, key)
            if stored.input_hash != digest:
                raise DomainError("conflict", "idempotency_key")
            return await _again(actor, stored.reply["rows"])
        rows = list(await act())
        answer = [[TYPE_OF[type(row)].__name__, row.pk] for row in rows]
        await replies.keep(claimed, {"rows": answer})
    return rows


async def _again(actor: Actor, stored: Sequence[Sequence[Any]]) -> list[Model]:
    kinds = {kind.__name__: kind for kind in TYPE_OF.values()}
    found = [await kinds[name].visible(actor).get_or_none(pk=key) for name, key in stored]
    return [row for row in found if row is not None]


def _digest(given: Any) -> str:
    values = [type(given).__name__, given]
    return hashlib.sha256(orjson.dumps(values, option=orjson.OPT_SORT_KEYS)).hexdigest()
