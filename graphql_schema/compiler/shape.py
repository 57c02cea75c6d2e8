"""A document's root fields with their plans, and the templates made of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from graphql import FieldNode, GraphQLField, GraphQLObjectType, OperationType
from tortoise.models import Model

from graphql_schema import relations, schema
from graphql_schema.compiler import sql
from graphql_schema.compiler.computed import Computed
from graphql_schema.compiler.parts import Page, Run, Template, Uncompilable, json_object, merged
from graphql_schema.compiler.selection import Selection
from graphql_schema.compiler.template import Writer
from graphql_schema.connections import Listing
from graphql_schema.documents import Document
from graphql_schema.node import TYPE_OF
from models import database


@dataclass(frozen=True)
class Root:
    """A field of the query type whose plan names rows."""

    name: str
    nodes: list[FieldNode]
    field: GraphQLField

    @cached_property
    def definition(self) -> Any:
        return self.field.extensions["strawberry-definition"]

    @cached_property
    def plan(self) -> relations.Plan | None:
        metadata = self.definition.metadata
        plan: relations.Plan | None = metadata.get(relations.LISTING)
        return plan or metadata.get(relations.SINGLE)

    @cached_property
    def is_listing(self) -> bool:
        return relations.LISTING in self.definition.metadata


class Shape:
    """A document with the values of the variables that decide which fields are asked for.

    Raises Uncompilable for a document that is no query, or asks for what no plan names.
    """

    def __init__(self, document: Document, flags: Mapping[str, bool]) -> None:
        kind = schema.core.query_type
        if document.operation.operation is not OperationType.QUERY or kind is None:
            raise Uncompilable(document.operation.operation.value)
        self.selection = Selection(document.ast, flags)
        self.roots = [
            _root(kind, name, nodes)
            for name, nodes in self.selection.roots(kind, document.operation.selection_set).items()
        ]
        self._compiled: dict[tuple[type[Model] | None, ...], Compiled] = {}

    def compiled(self, sources: Sequence[Listing | None]) -> Compiled:
        """The template for rows of these models. Raises Uncompilable."""
        models = tuple([None if source is None else source.model for source in sources])
        found = self._compiled.get(models)
        if found is None:
            found = self._compiled[models] = self._compile(models)
        return found

    def _compile(self, models: Sequence[type[Model] | None]) -> Compiled:
        dialect = sql.POSTGRES if database.is_postgres() else sql.SQLITE
        writer = Writer(self.selection, dialect)
        members: list[tuple[str, Template]] = []
        pages: list[Page | None] = []
        for number, (root, model) in enumerate(zip(self.roots, models, strict=True)):
            pages.append(
                Page(model, root.field, root.nodes[0], None) if model and root.is_listing else None
            )
            members.append((root.name, _value(writer, root, number, model, pages[-1])))
        return Compiled(merged(json_object(members)), pages, dialect, writer.computed)


@dataclass(frozen=True)
class Compiled:
    """A template with the page of each root that is a list, and the fields that Python makes."""

    template: Template
    pages: list[Page | None]
    dialect: sql.Dialect
    computed: list[Computed]


def _root(kind: GraphQLObjectType, name: str, nodes: list[FieldNode]) -> Root:
    field = kind.fields.get(nodes[0].name.value)
    root = Root(name, nodes, field) if field else None
    if root is None or root.plan is None:
        raise Uncompilable(nodes[0].name.value)
    return root


def _value(
    writer: Writer, root: Root, number: int, model: type[Model] | None, page: Page | None
) -> Template:
    def condition(run: Run, alias: str) -> str:
        return run.rows(number, alias)

    if model is None:
        return ["'null'"]
    if page is not None:
        return writer.connection(page, root.nodes, condition)
    type_ = schema.core.get_type(TYPE_OF[model].__name__)
    assert isinstance(type_, GraphQLObjectType)
    return writer.single(model, type_, root.nodes, condition)
