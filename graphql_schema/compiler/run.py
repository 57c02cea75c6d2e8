"""From a document and a request to the bytes of the answer, in one question to the database."""

# ruff: noqa: S608 (names come from the models, everything else is bound)

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from graphql import GraphQLError
from graphql.execution.values import VariableValues, get_argument_values, get_variable_values
from strawberry.types.arguments import convert_arguments
from tortoise.models import Model
from tortoise.queryset import QuerySet

from domain.actors import Actor
from domain.errors import DomainError
from graphql_schema import schema
from graphql_schema.compiler.parts import Page, Uncompilable, table
from graphql_schema.compiler.selection import deciding
from graphql_schema.compiler.shape import Root, Shape, Source
from graphql_schema.conditions import Unwritable, Values, every, of_query
from graphql_schema.connections import Listing, Ordering, Slice
from graphql_schema.documents import Document
from graphql_schema.node import TYPE_OF, within
from models import database

_ORDINARY: Final = (DomainError, GraphQLError, Uncompilable, Unwritable)
"""Why a document goes the ordinary way, which also words the refusals."""


class NoLonger(Exception):
    """Who asks is not any more what they were known as."""


async def answer(
    document: Document, actor: Actor, given: Mapping[str, Any], still: QuerySet[Any] | None = None
) -> bytes | None:
    """The JSON of the response's `data`; None when the document must go the ordinary way.

    `still` must name a row, or nothing is read. Raises NoLonger when it does not.
    """
    variables = get_variable_values(
        schema.core, document.operation.variable_definitions or (), dict(given)
    )
    if isinstance(variables, list):
        return None
    try:
        shape = _shape(document, variables)
        sources = [await _source(root, actor, variables) for root in shape.roots]
        compiled = shape.compiled(sources)
        run = Run(actor, variables, sources, compiled.pages)
        text = "".join(
            [piece if isinstance(piece, str) else piece(run) for piece in compiled.template]
        )
        statement = f"SELECT {text}{run.only_while(still)}"
    except _ORDINARY:
        return None
    if not compiled.dialect.fits(statement):
        return None
    found: str | None = await database.fetch_value(statement, run.values.given)
    if found is None:
        raise NoLonger
    return found.encode()


class Run:
    """What one request brings to the gaps of a template."""

    def __init__(
        self,
        actor: Actor,
        variables: VariableValues,
        sources: Sequence[Source],
        pages: Sequence[Page | None],
    ) -> None:
        self.actor = actor
        self.variables = variables
        self.sources = sources
        self.values = Values()
        self._listings = {
            page: source
            for page, source in zip(pages, sources, strict=True)
            if page is not None and isinstance(source, Listing)
        }
        self._parts: dict[Page, Slice] = {}

    def rows(self, root: int, alias: str) -> str:
        source = self.sources[root]
        assert source is not None
        rows = source.rows if isinstance(source, Listing) else source
        return of_query(rows, alias, self.values)

    def only_while(self, still: QuerySet[Any] | None) -> str:
        """The condition that a query names a row, on the whole statement."""
        if still is None:
            return ""
        condition = of_query(still, "known", self.values)
        return f" WHERE EXISTS (SELECT 1 FROM {table(still.model)} known WHERE {condition})"

    def visible(self, model: type[Model], alias: str) -> str:
        return of_query(TYPE_OF[model].visible(self.actor), alias, self.values)

    def within(self, model: type[Model], alias: str) -> str:
        return every(model, [within(model, self.actor)], alias, self.values)

    def part(self, page: Page) -> Slice:
        part = self._parts.get(page)
        if part is None:
            given = get_argument_values(page.field, page.node, self.variables)
            ends = [given.get(name) for name in ("first", "after", "last", "before")]
            part = self._parts[page] = Slice.of(*ends)
        return part

    def ordering(self, page: Page) -> Ordering:
        return page.ordering or self._listings[page].ordering

    def beyond(self, page: Page, alias: str) -> str:
        wanted = Listing(page.model.all(), self.ordering(page)).beyond(self.part(page))
        return f" AND {every(page.model, wanted, alias, self.values)}" if wanted else ""


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


async def _source(root: Root, actor: Actor, variables: VariableValues) -> Source:
    """The rows that a root field's plan names. Raises what the plan refuses."""
    arguments = get_argument_values(root.field, root.nodes[0], variables)
    own = convert_arguments(
        arguments,
        root.definition.arguments,
        scalar_registry=schema.schema.schema_converter.scalar_registry,
        config=schema.schema.config,
    )
    assert root.plan is not None
    if not root.is_listing:
        return await root.plan(actor, **own)
    part = Slice.of(*(own.pop(name, None) for name in ("first", "after", "last", "before")))
    found = await root.plan(actor, part, **own)
    if not isinstance(found, Listing):
        raise Uncompilable(root.name)
    return found
