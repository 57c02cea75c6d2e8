"""A connection as SQL: one page by key, its rows read once, edges and page info made from them."""

# ruff: noqa: S608 (names come from the schema and the models, everything else is bound)

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from graphql import FieldNode, GraphQLObjectType
from tortoise.fields.base import Field

from graphql_schema.compiler import sql
from graphql_schema.compiler.parts import (
    Page,
    Piece,
    Record,
    Run,
    Template,
    Uncompilable,
    column_json,
    json_object,
    object_of,
    table,
)
from graphql_schema.connections import MAX_COUNT, Ordering, Slice
from models.conditions import ordered

if TYPE_CHECKING:
    from graphql_schema.compiler.template import Writer

Members = Callable[[Run, str], str]
Layout = Callable[[Slice, Ordering], str]
"""SQL that depends on which part of a list is asked for, and on its order."""


class PageWriter:
    """Three layers: `{alias}` holds the rows of the page and one more, `r` their JSON and `n`, the
    number in the order of reading; the outermost gathers them in the natural order."""

    def __init__(self, writer: Writer, page: Page, alias: str, members: Members) -> None:
        self.writer = writer
        self.dialect = writer.dialect
        self.page = page
        self.alias = alias
        self.members = members
        self._columns: list[Template] = []
        self._joins: Template = []
        self._ends: Template = []

    def write(self, type_: GraphQLObjectType, asked: list[FieldNode]) -> Template:
        gathered = self._object(
            type_,
            asked,
            {
                "edges": self._edges,
                "nodes": self._nodes,
                "pageInfo": self._info,
                "totalCount": self._count,
            },
        )
        gathered[-1] = "CASE WHEN count(*) >= 0 THEN '}' END"  # one row, whatever is gathered
        columns: Template = []
        for number, column in enumerate(self._columns):
            columns += [*column, f" AS c{number}, "]
        return [
            "(SELECT ", *gathered, " FROM (SELECT ", *columns, *self._ends,
            "row_number() OVER w AS n FROM (SELECT * FROM ", table(self.page.model),
            f" {self.alias} WHERE ", lambda run: self.members(run, self.alias), *self._beyond(),
            " ORDER BY ", self._by(self._reading),
            self._by(lambda part, _: f" LIMIT {part.size + 1}"), f") {self.alias}", *self._joins,
            " WINDOW w AS (ORDER BY ", self._by(self._reading), ") ORDER BY ",
            self._by(self._natural), ") r)",
        ]  # fmt: skip

    def _by(self, layout: Layout) -> Piece:
        """Written now where the document says it all, else for each request."""
        page = self.page
        if page.part is not None and page.ordering is not None:
            return layout(page.part, page.ordering)
        return lambda run: layout(run.part(page), run.ordering(page))

    def _beyond(self) -> Template:
        part = self.page.part
        if part is not None and part.after is None and part.before is None:
            return []
        return [lambda run: run.beyond(self.page, self.alias)]

    def _object(
        self,
        type_: GraphQLObjectType,
        asked: list[FieldNode],
        writers: dict[str, Callable[[GraphQLObjectType, list[FieldNode]], Template]],
    ) -> Template:
        members: list[tuple[str, Template]] = []
        for name, nodes in self.writer.selection.fields(type_, asked).items():
            field = nodes[0].name.value
            if field == "__typename":
                members.append((name, [sql.literal(f'"{type_.name}"')]))
            elif field in writers:
                members.append((name, writers[field](type_, nodes)))
            else:
                raise Uncompilable(f"{type_.name}.{field}")
        return json_object(members)

    def _edges(self, type_: GraphQLObjectType, asked: list[FieldNode]) -> Template:
        edge = object_of(type_.fields["edges"])
        json = self._object(edge, asked, {"node": self._node, "cursor": self._edge_cursor})
        return self._list(json)

    def _nodes(self, type_: GraphQLObjectType, asked: list[FieldNode]) -> Template:
        return self._list(self._row(type_, "nodes", asked))

    def _node(self, edge: GraphQLObjectType, asked: list[FieldNode]) -> Template:
        return self._row(edge, "node", asked)

    def _row(self, type_: GraphQLObjectType, name: str, asked: list[FieldNode]) -> Template:
        inner = object_of(type_.fields[name])
        record: Record = self.writer.record(inner, self.page.model, self.alias, asked)
        self._joins += record.joins
        return record.json

    def _edge_cursor(self, type_: GraphQLObjectType, asked: list[FieldNode]) -> Template:
        return ["'\"' || ", self._by(self._cursor), " || '\"'"]

    def _list(self, json: Template) -> Template:
        text = self.dialect.joined(f"r.c{self._column(json)}", "r.n <= {}")
        before, after = text.split("{}")
        return [
            "'[' || coalesce(",
            before,
            self._by(lambda part, _: str(part.size)),
            after,
            ", '') || ']'",
        ]

    def _column(self, json: Template) -> int:
        self._columns.append(json)
        return len(self._columns) - 1

    def _info(self, type_: GraphQLObjectType, asked: list[FieldNode]) -> Template:
        info = object_of(type_.fields["pageInfo"])
        return self._object(
            info,
            asked,
            {
                "hasNextPage": lambda *_: [self._by(partial(self._more, forward=True))],
                "hasPreviousPage": lambda *_: [self._by(partial(self._more, forward=False))],
                "startCursor": lambda *_: self._end(first=True),
                "endCursor": lambda *_: self._end(first=False),
            },
        )

    def _more(self, part: Slice, _: Ordering, *, forward: bool) -> str:
        """Whether rows lie beyond the page: known from the one too many, or told by a cursor."""
        if forward is not part.backward:
            return self.dialect.boolean(f"count(*) > {part.size}")
        cursor = part.before if forward else part.after
        return "'true'" if cursor is not None else "'false'"

    def _end(self, *, first: bool) -> Template:
        if not self._ends:
            self._ends = [
                self._by(lambda _, ordering: self._stored(ordering.column)),
                f" AS v, {self._stored('pk')} AS k, lead(1) OVER w IS NULL AS l, ",
            ]

        def cursor(part: Slice, ordering: Ordering) -> str:
            inside = f"r.n <= {part.size}"
            last = f"(r.n = {part.size} OR (r.l AND {inside}))"
            row = f"r.n = 1 AND {inside}" if first is not part.backward else last
            value, row_key = (f"max(r.{name}) FILTER (WHERE {row})" for name in "vk")
            found = self._cursor_of(ordering, value, row_key)
            return sql.or_null(row_key, f"""'"' || {found} || '"'""")

        return [self._by(cursor)]

    def _count(self, *_: object) -> Template:
        before, after = self.dialect.number("(SELECT count(*) FROM ({}) counted)").split("{}")
        return [
            f"{before}SELECT 1 FROM {table(self.page.model)} {self.alias} WHERE ",
            lambda run: self.members(run, self.alias),
            f" LIMIT {MAX_COUNT + 1}{after}",
        ]

    def _cursor(self, _: Slice, ordering: Ordering) -> str:
        return self._cursor_of(ordering, self._stored(ordering.column), self._stored("pk"))

    def _cursor_of(self, ordering: Ordering, value: str, row_key: str) -> str:
        """What `Ordering.cursor` writes."""
        keyed = self._written("pk", row_key)
        known = keyed if ordering.column == "pk" else self._written(ordering.column, value)
        text = f"""'["{ordering.column}",' || {known} || ',' || {keyed} || ']'"""
        return self.dialect.base64(text, url=True)

    def _written(self, name: str, expression: str) -> str:
        return column_json(self.dialect, self._field(name), expression)

    def _stored(self, name: str) -> str:
        projection = self.page.model._meta.fields_db_projection
        return f'{self.alias}."{projection[self._field(name).model_field_name]}"'

    def _field(self, name: str) -> Field[Any]:
        meta = self.page.model._meta
        return meta.pk if name == "pk" else meta.fields_map[name]

    def _reading(self, part: Slice, ordering: Ordering) -> str:
        columns = ordering.columns(self.page.model, backward=part.backward)
        return ordered(columns, self.page.model, self.alias)

    def _natural(self, _: Slice, ordering: Ordering) -> str:
        return ordered(ordering.columns(self.page.model), self.page.model, self.alias)
