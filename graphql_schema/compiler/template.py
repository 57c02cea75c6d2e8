"""Types and relations as SQL: what a document asks for, with gaps for what a request brings.

The map is the one the ordinary way uses: the metadata that `relations` leaves on each field, and
the Tortoise models. To make a new kind of relation compile, add its metadata there and a method
here.
"""

# ruff: noqa: S608 (names come from the schema and the models, everything else is bound)

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

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
from tortoise.fields import BooleanField, DatetimeField, IntField, JSONField
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
        return f"CASE WHEN {expression} IS NULL THEN 'null' ELSE {text} END"

    def _json(self, field: GraphQLField, stored: Field[Any], expression: str) -> str:
        if is_list_type(get_nullable_type(field.type)):
            raise Uncompilable(stored.model_field_name)
        kind = get_named_type(field.type)
        if isinstance(kind, GraphQLEnumType):
            names = [(str(member.value), name) for name, member in kind.values.items()]
            if all(value.upper() == name for value, name in names):
                return f"""'"' || upper({expression}) || '"'"""
            return f"""'"' || {sql.case(expression, names)} || '"'"""
        writers = {
            "String": self.dialect.text,
            "Int": self.dialect.number,
            "Boolean": self.dialect.boolean,
            "DateTime": self.dialect.moment,
        }
        if kind.name not in writers:
            raise Uncompilable(kind.name)
        return writers[kind.name](expression)

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
        inner = self._alias()
        joins: Template = [
            f" LEFT JOIN {table(other)} {inner} ON ",
            f'{inner}.{key(other)} = {alias}."{link.source_field}"',
        ]
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

    def _computed(
        self, field: GraphQLField, computation: Computation, model: type[Model], alias: str
    ) -> Record:
        """A mark with the values that the field is made of when the answer is there."""
        joins: Template = []
        values: Template = []
        readers: list[Reader] = []
        aliases: dict[str, str] = {}
        for need in computation.needs:
            name, _, inner = need.partition(".")
            owner, place = model, alias
            if inner:
                link = _foreign_key(model, name)
                owner = link.related_model
                if name not in aliases:
                    place = aliases[name] = self._alias()
                    joins += [
                        f" LEFT JOIN {table(owner)} {place} ON ",
                        f'{place}.{key(owner)} = {alias}."{link.source_field}"',
                    ]
                    values += [self._raw(owner._meta.pk, f"{place}.{key(owner)}", null=True), ","]
                    readers.append(Reader(f"{name}.pk", owner._meta.pk))
                place = aliases[name]
            stored = owner._meta.fields_map[inner or name]
            expression = f'{place}."{owner._meta.fields_db_projection[inner or name]}"'
            values += [self._raw(stored, expression, null=stored.null or bool(inner)), ","]
            readers.append(Reader(need, stored))
        for name, fact in computation.facts.items():
            values += [*self._fact(fact, model, alias), ","]
            readers.append(Reader(name, None))
        self.computed.append(Computed(computation.by, field.type, tuple(readers)))
        mark = self.dialect.character(1)
        opening = sql.literal(f"{len(self.computed) - 1}:[")
        parts = [" || ',' || " if piece == "," else piece for piece in values[:-1]]
        return Record(
            [f"{mark} || {opening} || ", *parts, f" || ']' || {self.dialect.character(2)}"], joins
        )

    def _raw(self, stored: Field[Any], expression: str, *, null: bool) -> str:
        """A column's value in JSON as the database has it."""
        if isinstance(stored, DatetimeField):
            text = self.dialect.moment(expression)
        elif isinstance(stored, IntField):
            text = self.dialect.number(expression)
        elif isinstance(stored, BooleanField):
            text = self.dialect.boolean(expression)
        elif isinstance(stored, JSONField):
            text = self.dialect.json(expression)
        else:
            text = self.dialect.text(expression)
        return f"CASE WHEN {expression} IS NULL THEN 'null' ELSE {text} END" if null else text

    def _fact(self, fact: Some, model: type[Model], alias: str) -> Template:
        back = model._meta.fields_map[fact.relation]
        assert isinstance(back, BackwardFKRelation)
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
        back = model._meta.fields_map[metadata[relations.CHILDREN]]
        assert isinstance(back, BackwardFKRelation)
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
        back = model._meta.fields_map[metadata[relations.PAGES]]
        assert isinstance(back, BackwardFKRelation)
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
