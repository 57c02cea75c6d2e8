"""Types and relations as SQL: what a document asks for, with gaps for what a request brings.

The map is the one the ordinary way uses: the metadata that `relations` leaves on each field, and
the Tortoise models. To make a new kind of relation compile, add its metadata there and a method
here.
"""

# ruff: noqa: S608 (names come from the schema and the models, everything else is bound)

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from graphql import (
    FieldNode,
    GraphQLEnumType,
    GraphQLField,
    GraphQLObjectType,
    get_named_type,
    is_list_type,
    is_non_null_type,
)
from graphql.type import get_nullable_type
from tortoise.fields.base import Field
from tortoise.fields.relational import BackwardFKRelation, ForeignKeyFieldInstance
from tortoise.models import Model

from graphql_schema import relations
from graphql_schema.compiler import sql
from graphql_schema.compiler.computed import Computed, Reader
from graphql_schema.compiler.pages import PageWriter
from graphql_schema.compiler.parts import (
    Page,
    Record,
    Run,
    Template,
    Uncompilable,
    column_json,
    json_object,
    key,
    object_of,
    table,
)
from graphql_schema.compiler.selection import Selection
from graphql_schema.compiler.sql import Dialect
from graphql_schema.connections import BY_KEY, NEWEST
from graphql_schema.node import TYPE_OF
from graphql_schema.relations import Computation, Some

_SCALARS: Final = frozenset({"String", "Int", "Boolean", "DateTime"})
"""What a column is shown as without more ado."""


class Writer:
    """Writes one document for one database. Raises Uncompilable."""

    def __init__(self, selection: Selection, dialect: Dialect) -> None:
        self.selection = selection
        self.dialect = dialect
        self.computed: list[Computed] = []
        self._tables = 0

    def single(
        self,
        model: type[Model],
        type_: GraphQLObjectType,
        nodes: list[FieldNode],
        condition: Callable[[Run, str], str],
    ) -> Template:
        """The one row that meets a condition as JSON, or null."""
        alias = self._alias()
        record = self.record(type_, model, alias, nodes)
        return [
            "coalesce((SELECT ",
            *record.json,
            f" FROM {table(model)} {alias}",
            *record.joins,
            " WHERE ",
            lambda run: condition(run, alias),
            " LIMIT 1), 'null')",
        ]

    def record(
        self, type_: GraphQLObjectType, model: type[Model], alias: str, nodes: Sequence[FieldNode]
    ) -> Record:
        """A row of `model` as an object of `type_`."""
        members: list[tuple[str, Template]] = []
        joins: Template = []
        for name, asked in self.selection.fields(type_, nodes).items():
            if asked[0].name.value == "__typename":
                members.append((name, [sql.literal(f'"{type_.name}"')]))
                continue
            value = self._value(type_, model, alias, asked)
            members.append((name, value.json))
            joins += value.joins
        return Record(json_object(members), joins)

    def _value(
        self, type_: GraphQLObjectType, model: type[Model], alias: str, asked: list[FieldNode]
    ) -> Record:
        field = type_.fields[asked[0].name.value]
        definition = field.extensions["strawberry-definition"]
        metadata = definition.metadata
        if relations.RELATED in metadata:
            return self._related(field, metadata, model, alias, asked)
        if relations.SAME in metadata:
            return self.record(object_of(field), model, alias, asked)
        if relations.COMPUTED in metadata:
            return self._computed(field, metadata[relations.COMPUTED], model, alias)
        if relations.CHILDREN in metadata:
            return Record(self._children(field, metadata, model, alias, asked), [])
        if relations.PAGES in metadata:
            return Record(self._pages(field, metadata, model, alias, asked), [])
        if definition.python_name == "id" and model in TYPE_OF:
            return Record([self._global_id(model, alias)], [])
        if definition.base_resolver is not None:
            raise Uncompilable(f"{type_.name}.{asked[0].name.value}")
        return Record([self._column(field, model, definition.python_name, alias)], [])

    def _global_id(self, model: type[Model], alias: str) -> str:
        name = sql.literal(f"{TYPE_OF[model].__name__}:")
        encoded = self.dialect.base64(f"{name} || {alias}.{key(model)}")
        return f"""'"' || {encoded} || '"'"""

    def _column(self, field: GraphQLField, model: type[Model], name: str, alias: str) -> str:
        stored = model._meta.fields_map.get(name)
        if stored is None or name not in model._meta.fields_db_projection:
            raise Uncompilable(name)
        expression = f'{alias}."{model._meta.fields_db_projection[name]}"'
        text = self._json(field, stored, expression)
        if not stored.null:
            return text
        if is_non_null_type(field.type):
            raise Uncompilable(name)
        return sql.or_null(expression, text)

    def _json(self, field: GraphQLField, stored: Field[Any], expression: str) -> str:
        if is_list_type(get_nullable_type(field.type)):
            raise Uncompilable(stored.model_field_name)
        kind = get_named_type(field.type)
        if isinstance(kind, GraphQLEnumType):
            names = [(str(member.value), name) for name, member in kind.values.items()]
            if all(value.upper() == name for value, name in names):
                return f"""'"' || upper({expression}) || '"'"""
            return f"""'"' || {sql.case(expression, names)} || '"'"""
        if kind.name not in _SCALARS:
            raise Uncompilable(kind.name)
        return column_json(self.dialect, stored, expression)

    def _related(
        self,
        field: GraphQLField,
        metadata: Any,
        model: type[Model],
        alias: str,
        asked: list[FieldNode],
    ) -> Record:
        link = _foreign_key(model, metadata[relations.RELATED])
        other = link.related_model
        inner, join = self._joined(link, alias)
        joins: Template = [join]
        if metadata["visible"]:
            joins += [" AND ", lambda run: run.visible(other, inner)]
        record = self.record(object_of(field), other, inner, asked)
        joins += record.joins
        if not link.null and not metadata["visible"]:
            return Record(record.json, joins)
        if is_non_null_type(field.type):
            raise Uncompilable(metadata[relations.RELATED])
        missing = f"""CASE WHEN {inner}.{key(other)} IS NULL THEN 'null' ELSE """
        return Record([missing, *record.json, " END"], joins)

    def _joined(self, link: ForeignKeyFieldInstance[Any], alias: str) -> tuple[str, str]:
        """The alias of the row that a foreign key of `alias` names, and the join that brings it."""
        other, inner = link.related_model, self._alias()
        on = f'{inner}.{key(other)} = {alias}."{link.source_field}"'
        return inner, f" LEFT JOIN {table(other)} {inner} ON {on}"

    def _computed(
        self, field: GraphQLField, computation: Computation, model: type[Model], alias: str
    ) -> Record:
        """A mark with the values that the field is made of when the answer is there."""
        joins: Template = []
        values: list[Template] = []
        readers: list[Reader] = []
        aliases: dict[str, str] = {}

        def read(path: str, owner: type[Model], column: str, place: str) -> None:
            stored = owner._meta.fields_map[column]
            expression = f'{place}."{owner._meta.fields_db_projection[column]}"'
            text = column_json(self.dialect, stored, expression)
            nullable = stored.null or place != alias
            values.append([sql.or_null(expression, text) if nullable else text])
            readers.append(Reader(path, stored))

        for need in computation.needs:
            name, _, inner = need.partition(".")
            if not inner:
                read(need, model, name, alias)
                continue
            link = _foreign_key(model, name)
            other = link.related_model
            if name not in aliases:
                aliases[name], join = self._joined(link, alias)
                joins.append(join)
                read(f"{name}.pk", other, other._meta.pk_attr, aliases[name])
            read(need, other, inner, aliases[name])
        for name, fact in computation.facts.items():
            values.append(self._fact(fact, model, alias))
            readers.append(Reader(name, None))
        self.computed.append(Computed(computation.by, field.type, tuple(readers)))
        return Record(self._mark(len(self.computed) - 1, values), joins)

    def _mark(self, number: int, values: list[Template]) -> Template:
        mark: Template = [f"{self.dialect.character(1)} || {sql.literal(f'{number}:[')} || "]
        for at, value in enumerate(values):
            mark += [" || ',' || " if at else "", *value]
        return [*mark, f" || ']' || {self.dialect.character(2)}"]

    def _fact(self, fact: Some, model: type[Model], alias: str) -> Template:
        back = _backward(model, fact.relation)
        other, inner = back.related_model, self._alias()
        return [
            f"CASE WHEN EXISTS (SELECT 1 FROM {table(other)} {inner} WHERE ",
            f'{inner}."{back.relation_source_field}" = {alias}.{key(model)} AND ',
            lambda run: run.fulfils(fact.rule, other, inner),
            ") THEN 'true' ELSE 'false' END",
        ]

    def _children(
        self,
        field: GraphQLField,
        metadata: Any,
        model: type[Model],
        alias: str,
        asked: list[FieldNode],
    ) -> Template:
        back = _backward(model, metadata[relations.CHILDREN])
        other = back.related_model
        inner = self._alias()
        record = self.record(object_of(field), other, inner, asked)
        order = dict.fromkeys((metadata["order"], other._meta.pk_attr))
        columns = ", ".join(f'{inner}."{name}"' for name in order)
        return [
            f"'[' || coalesce((SELECT {self.dialect.joined('c.j', 'TRUE')} FROM (SELECT ",
            *record.json, f" AS j FROM {table(other)} {inner}", *record.joins,
            f' WHERE {inner}."{back.relation_source_field}" = {alias}.{key(model)} AND ',
            lambda run: run.within(other, inner), f" ORDER BY {columns}) c), '') || ']'",
        ]  # fmt: skip

    def _pages(
        self,
        field: GraphQLField,
        metadata: Any,
        model: type[Model],
        alias: str,
        asked: list[FieldNode],
    ) -> Template:
        back = _backward(model, metadata[relations.PAGES])
        page = Page(back.related_model, field, asked[0], NEWEST if metadata["newest"] else BY_KEY)
        owner = f'"{back.relation_source_field}" = {alias}.{key(model)}'
        return self.connection(
            page,
            asked,
            lambda run, inner: f"{inner}.{owner} AND {run.within(page.model, inner)}",
        )

    def connection(
        self, page: Page, asked: list[FieldNode], members: Callable[[Run, str], str]
    ) -> Template:
        """A page of the rows of `page.model` that meet the condition `members`."""
        return PageWriter(self, page, self._alias(), members).write(object_of(page.field), asked)

    def _alias(self) -> str:
        self._tables += 1
        return f"t{self._tables}"


def _foreign_key(model: type[Model], relation: str) -> ForeignKeyFieldInstance[Any]:
    found = model._meta.fields_map[relation]
    assert isinstance(found, ForeignKeyFieldInstance)
    return found


def _backward(model: type[Model], relation: str) -> BackwardFKRelation[Any]:
    found = model._meta.fields_map[relation]
    assert isinstance(found, BackwardFKRelation)
    return found
