"""What templates are made of: SQL with gaps for what a request brings."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

from graphql import FieldNode, GraphQLField, GraphQLObjectType, VariableNode, get_named_type
from graphql.execution.values import VariableValues, get_argument_values
from tortoise.expressions import Q
from tortoise.fields import BooleanField, DatetimeField, IntField, JSONField
from tortoise.fields.base import Field
from tortoise.models import Model

from domain.actors import Actor
from graphql_schema.compiler.sql import Dialect, literal
from graphql_schema.connections import Ordering, Slice


class Uncompilable(Exception):
    """A document asks for something that is not a column or a relation."""


Rule = Callable[[Actor], Q | None]


class Run(Protocol):
    """What a request brings to the gaps of a template."""

    def visible(self, model: type[Model], alias: str) -> str:
        """The condition under which the actor sees a row."""

    def within(self, model: type[Model], alias: str) -> str:
        """The condition under which the actor sees a row of something that they see."""

    def fulfils(self, rule: Rule, model: type[Model], alias: str) -> str:
        """The condition that a row fulfils the actor's rule; false where there is none."""

    def part(self, page: Page) -> Slice:
        """The part of a list that is asked for."""

    def ordering(self, page: Page) -> Ordering:
        """The order of a list."""

    def rows(self, root: int, alias: str) -> str:
        """The condition on the rows of a root field."""

    def beyond(self, page: Page, alias: str) -> str:
        """The condition that the cursors of a page add."""


Gap = Callable[[Run], str]
Piece = str | Gap
Template = list[Piece]


@dataclass(frozen=True, eq=False)
class Page:
    """A connection in a document: `node` has its arguments, `field` says which there are."""

    model: type[Model]
    field: GraphQLField
    node: FieldNode
    ordering: Ordering | None
    """None where the arguments decide it."""

    @cached_property
    def part(self) -> Slice | None:
        """The part of the list that is asked for; None where variables decide it."""
        arguments = self.node.arguments or ()
        if any(isinstance(argument.value, VariableNode) for argument in arguments):
            return None
        return self.part_of(None)

    def part_of(self, variables: VariableValues | None) -> Slice:
        """Raises DomainError."""
        given = get_argument_values(self.field, self.node, variables)
        return Slice.of(*(given.get(name) for name in ("first", "after", "last", "before")))


@dataclass(frozen=True)
class Record:
    """JSON of one row, and the joins that it needs."""

    json: Template
    joins: Template


def object_of(field: GraphQLField) -> GraphQLObjectType:
    """The type of the object, or of the objects, that a field gives."""
    kind = get_named_type(field.type)
    if not isinstance(kind, GraphQLObjectType):
        raise Uncompilable(kind.name)
    return kind


def table(model: type[Model]) -> str:
    return f'"{model._meta.db_table}"'


def key(model: type[Model]) -> str:
    return f'"{model._meta.db_pk_column}"'


def column_json(dialect: Dialect, stored: Field[Any], expression: str) -> str:
    """A column's value in JSON as the database has it."""
    if isinstance(stored, DatetimeField):
        return dialect.moment(expression)
    if isinstance(stored, IntField):
        return dialect.number(expression)
    if isinstance(stored, BooleanField):
        return dialect.boolean(expression)
    if isinstance(stored, JSONField):
        return dialect.json(expression)
    return dialect.text(expression)


def json_object(members: Iterable[tuple[str, Template]]) -> Template:
    """An object of named values, each an SQL expression; the last piece is always `'}'`."""
    json: Template = []
    for name, value in members:
        before = literal(f'{"," if json else "{"}"{name}":')
        json += [before, " || ", *value, " || "]
    return [*(json or ["'{' || "]), "'}'"]


def merged(template: Template) -> Template:
    """The same with as few pieces as possible."""
    found: Template = []
    for piece in template:
        last = found[-1] if found else None
        if isinstance(piece, str) and isinstance(last, str):
            found[-1] = last + piece
        else:
            found.append(piece)
    return found
