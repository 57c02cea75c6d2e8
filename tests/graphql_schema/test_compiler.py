"""The compiled way and the ordinary way give the same bytes, and neither what may not be seen."""

from __future__ import annotations

import binascii
import re
from base64 import b64decode
from collections import Counter
from random import Random
from typing import Any

import orjson

import models
from domain import generate
from domain.actors import Actor, of_client
from graphql_schema import compiler, documents
from graphql_schema.connections import NEWEST, Ordering
from graphql_schema.context import Context
from graphql_schema.errors import InvalidDocument
from graphql_schema.node import TYPE_OF, global_id
from graphql_schema.schema import schema
from tests.graphql_schema.documents import Author, Known
from tests.support.world import World, client

DOCUMENTS = 300
ID = re.compile(rb'"([A-Za-z0-9+/]{8,}={0,2})"')


async def actors(world: World) -> dict[str, Actor]:
    """One of every role, and partners of every level and right."""
    found = dict(world.actors)
    for code in ("EDU", "EDU-p1", "EDU-c1", "ENE"):
        found[code] = await of_client(await client(world, code, "cases:read", "identity:read"))
    found["CUL"] = await of_client(await client(world, "CUL", "figures:read"))
    return found


async def known(rng: Random) -> Known:
    cases = await models.Case.all().limit(60)
    rows: list[Any] = [*cases]
    for kind in (models.Referral, models.CaseEvent, models.Breach, models.Round, models.Feedback):
        rows += await kind.all().limit(25)
    agencies = await models.Agency.all()
    lists = {
        "cases": (Ordering("registered_at"), cases),
        "referrals": (Ordering("due_at"), await models.Referral.all().limit(20)),
        "breaches": (NEWEST, await models.Breach.all().limit(20)),
        "agencies": (Ordering("folded"), agencies),
        "places": (NEWEST, await models.Place.all()),
        "": (NEWEST, rows),
    }
    return Known(
        [row.tracking_code for row in cases] + ["123", "۱۲۳۴۵۶۷۸۹۰۱۲"],
        [row.code for row in agencies] * 4 + ["NONE"],
        ["p1", "c1", "d1", "v1", "p2"] * 4 + ["zz"],
        [global_id(row) for row in rng.sample(rows, 60)] + ["x", "Q2FzZTo5OTk5OTk="],
        {
            name: [order.cursor(row) for row in rng.choices(found, k=30)] + ["garbage"]
            for name, (order, found) in lists.items()
        },
    )


async def ordinary(actor: Actor, text: str, variables: dict[str, Any]) -> Any:
    context = Context(actor, documents.prepare(text))
    return await schema.execute(text, variable_values=variables, context_value=context)


async def test_both_ways_give_the_same_bytes_and_nothing_that_is_hidden(world: World) -> None:
    rng = Random(128)
    await world.case()
    await generate.generate(160, 2, seed=4, focus="EDU-c1")
    people = await actors(world)
    things = await known(rng)
    seen = {name: await visible(actor) for name, actor in people.items()}
    outcome: Counter[str] = Counter()
    while outcome["compiled"] < DOCUMENTS:
        made = Author(rng, things).write()
        try:
            document = documents.prepare(made.text)
            document.weigh(made.variables)
        except InvalidDocument as refused:
            why = [(error.message, error.extensions) for error in refused.errors]
            assert re.search("too_|conflict", str(why)), (why, made.text)
            continue
        name = rng.choice(list(people))
        compiled = await compiler.answer(document, people[name], made.variables)
        expected = await ordinary(people[name], made.text, made.variables)
        if compiled is None:
            outcome["ordinary" if not expected.errors else "refused"] += 1
            continue
        assert not expected.errors, (expected.errors, name, made)
        assert compiled == orjson.dumps(expected.data), (name, made)
        assert ids(compiled) <= seen[name], (name, made)
        outcome["compiled"] += 1
    assert outcome["compiled"] > outcome["ordinary"] + outcome["refused"], outcome


async def visible(actor: Actor) -> set[str]:
    """The ids of everything that visibility lets the actor see."""
    found: set[str] = set()
    for kind in TYPE_OF.values():
        rows = await kind.visible(actor)
        found |= {global_id(row) for row in rows}
    return found


def ids(answer: bytes) -> set[str]:
    """The global ids in an answer."""
    names = {kind.__name__ for kind in TYPE_OF.values()}
    found = set()
    for match in ID.finditer(answer):
        try:
            name = b64decode(match[1], validate=True).partition(b":")[0].decode()
        except (binascii.Error, UnicodeDecodeError):
            continue
        if name in names:
            found.add(match[1].decode())
    return found
