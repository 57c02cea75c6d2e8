"""From a document and a request to the bytes of the answer, in one question to the database."""

# ruff: noqa: S608 (names come from the models, everything else is bound)

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from graphql import GraphQLError, Undefined, VariableDefinitionNode, is_non_null_type
from graphql.execution.get_variable_signature import (
    GraphQLVariableSignature,
    get_variable_signature,
)
from graphql.execution.values import VariableValues, VariableValueSource, get_argument_values
from graphql.utilities.coerce_input_value import coerce_default_value, coerce_input_value
from strawberry.types.arguments import convert_arguments
from tortoise.expressions import Q
from tortoise.models import Model

from domain.actors import Actor
from domain.errors import DomainError
from graphql_schema import schema
from graphql_schema.compiler.computed import filled
from graphql_schema.compiler.parts import Page, Rule, Uncompilable, table
from graphql_schema.compiler.selection import deciding
from graphql_schema.compiler.shape import Compiled, Root, Shape
from graphql_schema.compiler.sql import POSTGRES
from graphql_schema.connections import BY_KEY, Listing, Ordering, Slice, beyond
from graphql_schema.documents import Document
from graphql_schema.node import TYPE_OF, within
from models import Client, statements
from models.conditions import Unwritable, Values, every, of_query

_ORDINARY: Final = (DomainError, GraphQLError, Uncompilable, Unwritable)
"""Why a document goes the ordinary way, which also words the refusals."""


class NoLonger(Exception):
    """Who asks is not any more what they were known as."""


async def answer(
    document: Document, actor: Actor, given: Mapping[str, Any], still: Q | None = None
) -> bytes | None:
    """The JSON of the response's `data`; None when the document must go the ordinary way.

    A client must fulfil `still`, or nothing is read. Raises NoLonger when none does.
    """
    try:
        variables = _variables(document, given)
        shape = _shape(document, variables)
        sources = [await _source(root, actor, variables) for root in shape.roots]
        compiled = shape.compiled(sources)
        run = Run(actor, variables, sources, compiled)
        text = "".join(
            [piece if isinstance(piece, str) else piece(run) for piece in compiled.template]
        )
        statement = f"SELECT {text} AS data{run.only_while(still)}"
    except _ORDINARY:
        return None
    if not compiled.dialect.fits(statement):
        return None
    rows = await statements.fetch(statement, *run.values.given)
    if not rows:
        raise NoLonger
    data: bytes = rows[0]["data"].encode()
    return filled(data, compiled.computed, actor) if compiled.computed else data


class Run:
    """What one request brings to the gaps of a template."""

    def __init__(
        self,
        actor: Actor,
        variables: VariableValues,
        sources: Sequence[Listing | None],
        compiled: Compiled,
    ) -> None:
        self.actor = actor
        self.variables = variables
        self.sources = sources
        self.values = Values(postgres=compiled.dialect is POSTGRES)
        self._listings = dict(zip(compiled.pages, sources, strict=True))
        self._parts: dict[Page, Slice] = {}

    def rows(self, root: int, alias: str) -> str:
        source = self.sources[root]
        assert source is not None
        return every(source.model, source.wanted, alias, self.values)

    def only_while(self, still: Q | None) -> str:
        """The condition of the whole statement that a client fulfils `still`."""
        if still is None:
            return ""
        condition = every(Client, [still], "known", self.values)
        return f" WHERE EXISTS (SELECT 1 FROM {table(Client)} known WHERE {condition})"

    def visible(self, model: type[Model], alias: str) -> str:
        return of_query(TYPE_OF[model].visible(self.actor), alias, self.values)

    def within(self, model: type[Model], alias: str) -> str:
        return every(model, [within(model, self.actor)], alias, self.values)

    def fulfils(self, rule: Rule, model: type[Model], alias: str) -> str:
        wanted = rule(self.actor)
        return "FALSE" if wanted is None else every(model, [wanted], alias, self.values)

    def part(self, page: Page) -> Slice:
        part = self._parts.get(page)
        if part is None:
            part = self._parts[page] = page.part or page.part_of(self.variables)
        return part

    def ordering(self, page: Page) -> Ordering:
        listing = self._listings.get(page)
        return (page.ordering or BY_KEY) if listing is None else listing.ordering

    def beyond(self, page: Page, alias: str) -> str:
        wanted = beyond(page.model, self.ordering(page), self.part(page))
        return f" AND {every(page.model, wanted, alias, self.values)}" if wanted else ""


def _variables(document: Document, given: Mapping[str, Any]) -> VariableValues:
    """The variables as the document declares them. Raises Uncompilable for what does not fit."""
    definitions = document.operation.variable_definitions or ()
    signatures: list[GraphQLVariableSignature] | None = document.kept.get("variables")
    if signatures is None:
        signatures = document.kept["variables"] = [_signature(node) for node in definitions]
    sources: dict[str, VariableValueSource] = {}
    coerced: dict[str, Any] = {}
    for signature in signatures:
        name, kind = signature.name, signature.type
        if name in given:
            sources[name] = VariableValueSource(signature, given[name])
            coerced[name] = coerce_input_value(given[name], kind)
        elif signature.default is not None:
            coerced[name] = coerce_default_value(signature)
        elif is_non_null_type(kind):
            raise Uncompilable(name)
        if coerced.get(name) is Undefined:
            raise Uncompilable(name)
    return VariableValues(sources, coerced)


def _signature(node: VariableDefinitionNode) -> GraphQLVariableSignature:
    found = get_variable_signature(schema.core, node)
    assert not isinstance(found, GraphQLError)  # the document is valid
    return found


def _shape(document: Document, variables: VariableValues) -> Shape:
    """Kept with the document, one for each set of fields that its variables let through."""
    kept = document.kept
    if "deciding" not in kept:
        kept["deciding"] = deciding(document.ast)
    flags: dict[str, bool] = {}
    for name in kept["deciding"]:
        flag = variables.coerced.get(name)
        if not isinstance(flag, bool):
            raise Uncompilable("a directive without a value")
        flags[name] = flag
    key = tuple(flags.values())
    if key not in kept:
        try:
            kept[key] = Shape(document, flags)
        except Uncompilable as reason:
            kept[key] = reason
    found = kept[key]
    if isinstance(found, Uncompilable):
        raise found
    return found


async def _source(root: Root, actor: Actor, variables: VariableValues) -> Listing | None:
    """The rows that a root field's plan names. Raises what the plan refuses."""
    arguments = get_argument_values(root.field, root.nodes[0], variables)
    own = convert_arguments(
        arguments,
        root.definition.arguments,
        scalar_registry=schema.schema.schema_converter.scalar_registry,
        config=schema.schema.config,
    )
    assert root.plan is not None
    if root.is_listing:
        part = Slice.of(*(own.pop(name, None) for name in ("first", "after", "last", "before")))
        found = await root.plan(actor, part, **own)
    else:
        found = await root.plan(actor, **own)
    if not isinstance(found, Listing | None):
        raise Uncompilable(root.name)
    return found
