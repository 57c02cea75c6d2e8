from __future__ import annotations

from collections.abc import Iterator

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    build_schema,
    get_named_type,
)

from graphql_schema import snapshot
from graphql_schema.schema import core
from tests.support.world import World


def test_the_snapshot_is_the_schema() -> None:
    assert snapshot.PATH.read_text(encoding="utf-8") == snapshot.text(), "run `favad schema`"
    build_schema(snapshot.text())


def described() -> Iterator[tuple[str, str | None]]:
    for name, kind in core.type_map.items():
        if name.startswith("__") or name in ("String", "Int", "Float", "Boolean", "ID"):
            continue
        yield name, kind.description
        if isinstance(kind, GraphQLEnumType):
            for value, definition in kind.values.items():
                yield f"{name}.{value}", definition.description
        elif isinstance(kind, GraphQLInputObjectType):
            for field, given in kind.fields.items():
                yield f"{name}.{field}", given.description
        elif isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
            for field, answer in kind.fields.items():
                yield f"{name}.{field}", answer.description
                for argument, taken in answer.args.items():
                    yield f"{name}.{field}({argument})", taken.description
        else:
            assert isinstance(kind, GraphQLScalarType)


def test_everything_is_described() -> None:
    assert [name for name, text in described() if not text or not text.strip()] == []


def test_mutations_take_one_input_and_answer_with_errors() -> None:
    assert core.mutation_type is not None
    for name, field in core.mutation_type.fields.items():
        assert list(field.args) == ["input"], name
        assert isinstance(field.args["input"].type, GraphQLNonNull), name
        payload = get_named_type(field.type)
        assert isinstance(payload, GraphQLObjectType)
        assert str(payload.fields["errors"].type) == "[MutationError!]!", name
        given = get_named_type(field.args["input"].type)
        assert isinstance(given, GraphQLInputObjectType)
        if name != "viewIdentity":
            assert "idempotencyKey" in given.fields, name


def test_node_is_nullable_and_pages_are_relay() -> None:
    assert core.query_type is not None
    assert str(core.query_type.fields["node"].type) == "Node"
    for name, kind in core.type_map.items():
        if name.endswith("Connection"):
            assert isinstance(kind, GraphQLObjectType)
            assert set(kind.fields) == {"edges", "nodes", "pageInfo", "totalCount"}


@pytest.mark.parametrize("kind", ["Case", "Referral", "Agency", "Place", "Round", "CaseEvent"])
def test_what_can_be_refetched_is_a_node(kind: str) -> None:
    found = core.type_map[kind]
    assert isinstance(found, GraphQLObjectType)
    assert [interface.name for interface in found.interfaces] == ["Node"]


async def test_columns_of_types_exist(world: World) -> None:
    """A field without a resolver reads the model's attribute of its name."""
    from graphql_schema.node import TYPE_OF

    for model, kind in TYPE_OF.items():
        for field in kind.__strawberry_definition__.fields:  # type: ignore[attr-defined]
            if field.base_resolver is None:
                assert field.python_name in model._meta.fields_map, (kind, field.python_name)
