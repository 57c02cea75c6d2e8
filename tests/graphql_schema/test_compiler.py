"""The compiled way and the ordinary way give the same bytes, and neither what may not be seen."""

from __future__ import annotations

import binascii
import gc
import re
from base64 import b64decode, b64encode
from collections import Counter
from random import Random
from typing import Any

import orjson
import pytest
from graphql import GraphQLObjectType, get_named_type, is_leaf_type, is_list_type
from graphql.type import get_nullable_type

import models
from domain import bearer, generate
from domain.actors import Actor, of_client
from graphql_schema import compiler, documents
from graphql_schema.connections import NEWEST, Ordering
from graphql_schema.context import Context
from graphql_schema.errors import InvalidDocument
from graphql_schema.node import TYPE_OF, global_id
from graphql_schema.schema import core, schema
from models import database
from tests.graphql_schema.documents import Author, Known
from tests.support.queries import recorded
from tests.support.world import World, client

DOCUMENTS = 1000
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
    lists: dict[str, tuple[Ordering, Any]] = {
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


# Of a refused document the executor leaves behind what it was about to await.
@pytest.mark.filterwarnings("ignore:coroutine 'Executor:RuntimeWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
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
    gc.collect()  # what was left behind goes here, not in another test


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


ONE_CASE = """query ($code: String!, $first: Int = 2, $long: Boolean!) {
  case(trackingCode: $code) {
    id status agency { name place { name } } rounds { number resultBy }
    timeline(first: $first) { nodes { kind text @include(if: $long) } pageInfo { endCursor } }
  }
}"""


async def test_a_compiled_document_is_one_statement(world: World) -> None:
    case = await world.case()
    document = documents.prepare(ONE_CASE)
    variables = {"code": case.tracking_code, "long": True}
    with recorded() as statements:
        found = await compiler.answer(document, world["senior"], variables)
    assert found is not None and len(statements) <= 1  # on PostgreSQL it goes past Tortoise's log
    assert found == orjson.dumps((await ordinary(world["senior"], ONE_CASE, variables)).data)
    short = await compiler.answer(document, world["senior"], {**variables, "long": False})
    assert short is not None and b"text" in found and b"text" not in short


async def test_nothing_is_read_for_who_is_not_any_more_what_they_were(world: World) -> None:
    case = await world.case()
    row = await client(world, "EDU", "cases:read")
    actor = await of_client(row)
    known = bearer.Known(actor, row.version, None)
    document, variables = (
        documents.prepare(ONE_CASE),
        {"code": case.tracking_code, "long": True},
    )
    assert await compiler.answer(document, actor, variables, bearer.still(known))
    await models.Client.filter(id=row.id).update(version=row.version + 1)
    with pytest.raises(compiler.NoLonger):
        await compiler.answer(document, actor, variables, bearer.still(known))
    await models.Client.filter(id=row.id).update(version=row.version)
    await models.Agency.filter(id=actor.agency_id).update(lineage="/9/")
    with pytest.raises(compiler.NoLonger):
        await compiler.answer(document, actor, variables, bearer.still(known))


async def test_what_is_refused_goes_the_ordinary_way(world: World) -> None:
    """That way words the refusal; the compiled one never answers a part of it."""
    for text, variables in (
        ("{ cases(first: 101) { nodes { id } } }", {}),
        ("{ cases(first: 1, last: 1) { nodes { id } } }", {}),
        ('{ cases(after: "x") { nodes { id } } }', {}),
        ('{ cases(filter: {agency: "NONE"}) { nodes { id } } }', {}),
        ("query ($n: Int) { cases(first: $n) { nodes { id } } }", {"n": "two"}),
        ("query ($c: String!) { case(trackingCode: $c) { id } }", {}),
    ):
        found = await compiler.answer(documents.prepare(text), world["supervisor"], variables)
        assert found is None, text
        assert (await ordinary(world["supervisor"], text, variables)).errors, text


async def test_what_nests_too_deeply_for_a_database_is_answered_all_the_same(world: World) -> None:
    await world.case()
    page = "cases(first: 1) { nodes { INNER } }"
    text = page
    for _ in range(4):
        text = text.replace("INNER", "incident { cases(first: 2) { nodes { id INNER } } }")
    text = "{ " + text.replace("INNER", "id") + " }"
    found = await compiler.answer(documents.prepare(text), world["supervisor"], {})
    assert (found is None) is not database.is_postgres()
    assert not (await ordinary(world["supervisor"], text, {})).errors


async def test_every_column_and_relation_of_every_type_compiles(world: World) -> None:
    """Whoever adds one need not touch the compiler."""
    await world.case()
    for kind in TYPE_OF.values():
        type_ = core.get_type(kind.__name__)
        assert isinstance(type_, GraphQLObjectType)
        for name, field in type_.fields.items():
            definition = field.extensions["strawberry-definition"]
            is_list = is_list_type(get_nullable_type(field.type))
            plain = definition.base_resolver is None and not is_list
            if not plain and not definition.metadata:
                continue
            leaf = is_leaf_type(get_named_type(field.type))
            asked = name if leaf else f"{name} {{ __typename }}"
            document = documents.prepare(
                f"query ($id: ID!) {{ node(id: $id) {{ ... on {kind.__name__} {{ {asked} }} }} }}"
            )
            some = b64encode(f"{kind.__name__}:1".encode()).decode()
            found = await compiler.answer(document, world["supervisor"], {"id": some})
            assert found is not None, f"{kind.__name__}.{name}"
