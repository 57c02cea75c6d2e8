"""A connection as SQL: one page by key, its rows read once, edges and page info made from them."""

# ruff: noqa: S608 (names come from the schema and the models, everything else is bound)

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from graphql import FieldNode, GraphQLObjectType
from tortoise.fields import DatetimeField, IntField

from graphql_schema.compiler import sql
from graphql_schema.compiler.parts import (
    Page,
    Record,
    Run,
    Template,
    Uncompilable,
    json_object,
    object_of,
    table,
)
from graphql_schema.conditions import ordered
from graphql_schema.connections import MAX_COUNT

if TYPE_CHECKING:
    from graphql_schema.compiler.template import Writer

Members = Callable[[Run, str], str]


class PageWriter:
    """Three layers: `{alias}` holds the rows of the page and one more, `r` their JSON and number in
    the order of reading, and the outermost gathers them."""

    def __init__(self, writer: Writer, page: Page, alias: str, members: Members) -> None:
        self.writer = writer
        self.dialect = writer.dialect
        self.page = page
        self.alias = alias
        self.members = members
        self._columns: list[Template] = []
        self._joins: Template = []

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
            "(SELECT ", *gathered, " FROM (SELECT ", *columns, "row_number() OVER (ORDER BY ",
            self._order, ") AS n, count(*) OVER () AS m FROM (SELECT * FROM ",
            table(self.page.model), f" {self.alias} WHERE ",
            lambda run: self.members(run, self.alias),
            lambda run: run.beyond(self.page, self.alias),
            " ORDER BY ", self._order, " LIMIT ", lambda run: str(run.part(self.page).size + 1),
            f") {self.alias}", *self._joins, " ORDER BY n", self._turned, ") r)",
        ]  # fmt: skip

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
        return ["'\"' || ", self._cursor, " || '\"'"]

    def _list(self, json: Template) -> Template:
        text = self.dialect.joined(f"r.c{self._column(json)}", "r.n <= {}")
        before, after = text.split("{}")
        return ["'[' || coalesce(", before, self._size, after, ", '') || ']'"]

    def _column(self, json: Template) -> int:
        self._columns.append(json)
        return len(self._columns) - 1

    def _info(self, type_: GraphQLObjectType, asked: list[FieldNode]) -> Template:
        info = object_of(type_.fields["pageInfo"])
        return self._object(
            info,
            asked,
            {
                "hasNextPage": lambda *_: [lambda run: self._more(run, forward=True)],
                "hasPreviousPage": lambda *_: [lambda run: self._more(run, forward=False)],
                "startCursor": lambda *_: self._end(first=True),
                "endCursor": lambda *_: self._end(first=False),
            },
        )

    def _more(self, run: Run, *, forward: bool) -> str:
        """Whether rows lie beyond the page: known from the one too many, or told by a cursor."""
        part = run.part(self.page)
        if forward is not part.backward:
            return self.dialect.boolean(f"count(*) > {part.size}")
        cursor = part.before if forward else part.after
        return "'true'" if cursor is not None else "'false'"

    def _end(self, *, first: bool) -> Template:
        column = self._column([self._cursor])

        def cursor(run: Run) -> str:
            part = run.part(self.page)
            last = self.dialect.least("r.m", str(part.size))
            number = "1" if first is not part.backward else last
            found = f"max(r.c{column}) FILTER (WHERE r.n = {number} AND r.n <= {part.size})"
            return f"""coalesce('"' || {found} || '"', 'null')"""

        return [cursor]

    def _count(self, *_: object) -> Template:
        before, after = self.dialect.number("(SELECT count(*) FROM ({}) counted)").split("{}")
        return [
            f"{before}SELECT 1 FROM {table(self.page.model)} {self.alias} WHERE ",
            lambda run: self.members(run, self.alias),
            f" LIMIT {MAX_COUNT + 1}{after}",
        ]

    def _cursor(self, run: Run) -> str:
        """What `Ordering.cursor` writes."""
        ordering = run.ordering(self.page)
        keyed = self._written("pk")
        value = keyed if ordering.column == "pk" else self._written(ordering.column)
        text = f"""'["{ordering.column}",' || {value} || ',' || {keyed} || ']'"""
        return self.dialect.base64(text, url=True)

    def _written(self, name: str) -> str:
        meta = self.page.model._meta
        field = meta.pk if name == "pk" else meta.fields_map[name]
        expression = f'{self.alias}."{meta.fields_db_projection[field.model_field_name]}"'
        if isinstance(field, DatetimeField):
            return self.dialect.moment(expression)
        if isinstance(field, IntField):
            return self.dialect.number(expression)
        return self.dialect.text(expression)

    def _size(self, run: Run) -> str:
        return str(run.part(self.page).size)

    def _order(self, run: Run) -> str:
        part, ordering = run.part(self.page), run.ordering(self.page)
        columns = ordering.columns(self.page.model, backward=part.backward)
        return ordered(columns, self.page.model, self.alias)

    def _turned(self, run: Run) -> str:
        return " DESC" if run.part(self.page).backward else ""
