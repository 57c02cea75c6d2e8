"""Relay connections with keyset cursors: a page stays where it is when rows are added around it.

A cursor holds the ordering column's value and the key of its row, so paging costs the same on the
first page and on the thousandth.
"""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final, Generic, TypeVar

import orjson
import strawberry
from strawberry.exceptions import StrawberryInputCoercionError
from tortoise.expressions import Q
from tortoise.fields import DatetimeField
from tortoise.fields.base import Field
from tortoise.models import Model
from tortoise.queryset import QuerySet

from domain.errors import DomainError
from graphql_schema.limits import DEFAULT_PAGE, MAX_PAGE
from graphql_schema.scalars import read, written
from graphql_schema.text import has_forbidden

T = TypeVar("T")
_LARGEST: Final = 2**63
MAX_COUNT: Final = 10_000
"""Rows that `totalCount` counts at most: more would cost more than anybody reads out of it."""

First = Annotated[
    int | None, strawberry.argument(description="Rows from the beginning, 0–100; 25 if not given.")
]
After = Annotated[str | None, strawberry.argument(description="Only rows after this cursor.")]
Last = Annotated[
    int | None, strawberry.argument(description="Rows from the end, 0–100, instead of `first`.")
]
Before = Annotated[str | None, strawberry.argument(description="Only rows before this cursor.")]


@strawberry.type(description="Where a page lies in its list.")
class PageInfo:
    has_next_page: bool = strawberry.field(description="Whether rows follow this page.")
    has_previous_page: bool = strawberry.field(description="Whether rows precede this page.")
    start_cursor: str | None = strawberry.field(description="Cursor of the first row, if any.")
    end_cursor: str | None = strawberry.field(description="Cursor of the last row, if any.")


@strawberry.type(description="A row of a page with its cursor.")
class Edge(Generic[T]):
    node: T = strawberry.field(description="The row.")
    cursor: str = strawberry.field(description="Opaque; give it as `after` or `before`.")


@strawberry.type(description="A page of a list.")
class Connection(Generic[T]):
    edges: list[Edge[T]] = strawberry.field(description="The rows with their cursors.")
    nodes: list[T] = strawberry.field(description="The rows alone.")
    page_info: PageInfo = strawberry.field(description="Where the page lies.")
    count: strawberry.Private[Callable[[], Awaitable[int]]]

    @strawberry.field(
        description=f"Rows of the whole list, before and after this page too. Counting ends at "
        f"{MAX_COUNT + 1}, which then means more than {MAX_COUNT}."
    )
    async def total_count(self) -> int:
        return await self.count()


@dataclass(frozen=True)
class Slice:
    """The part of a list that was asked for."""

    size: int
    backward: bool
    after: str | None
    before: str | None

    @classmethod
    def of(
        cls, first: int | None, after: str | None, last: int | None, before: str | None
    ) -> Slice:
        """Raises DomainError: out_of_range, or invalid when both ends are asked for."""
        if first is not None and last is not None:
            raise DomainError("invalid", "last")
        for name, size in (("first", first), ("last", last)):
            if size is not None and not 0 <= size <= MAX_PAGE:
                raise DomainError("out_of_range", name, min=0, max=MAX_PAGE)
        asked = last if first is None else first
        return cls(DEFAULT_PAGE if asked is None else asked, last is not None, after, before)


@dataclass(frozen=True)
class Ordering:
    """By one column that is never null, then by the key; without a column by the key alone."""

    column: str = "pk"
    descending: bool = False

    def columns(self, model: type[Model], *, backward: bool = False) -> list[str]:
        """What to order by, in the direction of reading."""
        sign = "-" if self.descending is not backward else ""
        names = {_column(model, self.column), model._meta.pk_attr}
        return [sign + name for name in sorted(names, key=model._meta.pk_attr.__eq__)]

    def cursor(self, row: Model) -> str:
        value = getattr(row, self.column)
        known = written(value) if isinstance(value, datetime) else value
        return urlsafe_b64encode(orjson.dumps([self.column, known, row.pk])).decode()

    def beyond(self, model: type[Model], cursor: str, name: str) -> Q:
        """The rows on the far side of a cursor, seen from it in the direction of `name`."""
        value, key = self.position(model, cursor, name)
        side = "gt" if (name == "after") is not self.descending else "lt"
        if self.column == "pk":
            return Q(**{f"pk__{side}": key})
        bound = Q(**{f"{self.column}__{side}e": value})
        return bound & (Q(**{f"{self.column}__{side}": value}) | Q(**{f"pk__{side}": key}))

    def position(self, model: type[Model], cursor: str, name: str) -> tuple[Any, Any]:
        """The column's value and the key that a cursor of this ordering holds."""
        try:
            column, value, key = orjson.loads(urlsafe_b64decode(cursor.encode("ascii")))
        except (binascii.Error, ValueError, TypeError):
            raise DomainError("invalid", name) from None
        if column != self.column:
            raise DomainError("invalid", name)
        fields = model._meta.fields_map
        return _typed(fields[_column(model, column)], value, name), _typed(
            model._meta.pk, key, name
        )


BY_KEY: Final = Ordering()
NEWEST: Final = Ordering(descending=True)


@dataclass(frozen=True)
class Listing:
    """Rows of one table that the actor may see: what a plan names. `ordering` is that of a list."""

    model: type[Model]
    wanted: Sequence[Q]
    ordering: Ordering = BY_KEY

    @classmethod
    def of(cls, query: QuerySet[Any], ordering: Ordering = BY_KEY) -> Listing:
        """The rows of a query that only filters."""
        return cls(query.model, query._q_objects, ordering)

    @property
    def rows(self) -> QuerySet[Any]:
        return self.model.filter(*self.wanted)

    async def page(self, part: Slice) -> Connection[Any]:
        """The rows that `part` asks for, one query."""
        columns = self.ordering.columns(self.model, backward=part.backward)
        wanted = self.rows.filter(*beyond(self.model, self.ordering, part))
        rows = await wanted.order_by(*columns).limit(part.size + 1)
        return connection(rows, self.ordering, part, self.count)

    async def count(self) -> int:
        key = self.model._meta.pk_attr
        return len(await self.rows.limit(MAX_COUNT + 1).values_list(key))


def beyond(model: type[Model], ordering: Ordering, part: Slice) -> list[Q]:
    """The conditions that the cursors of `part` add to a list in this order."""
    cursors = (("after", part.after), ("before", part.before))
    return [ordering.beyond(model, cursor, name) for name, cursor in cursors if cursor is not None]


def connection(
    rows: Sequence[Model], ordering: Ordering, part: Slice, count: Callable[[], Awaitable[int]]
) -> Connection[Any]:
    """A page of rows as read: in the direction of reading, one more than the page if there is.

    `count` gives the number of all rows when it is asked for.
    """
    more = len(rows) > part.size
    kept = list(rows[: part.size])
    if part.backward:
        kept.reverse()
    edges = [Edge(node=row, cursor=ordering.cursor(row)) for row in kept]
    return Connection(
        edges=edges,
        nodes=kept,
        count=count,
        page_info=PageInfo(
            has_next_page=part.before is not None if part.backward else more,
            has_previous_page=more if part.backward else part.after is not None,
            start_cursor=edges[0].cursor if edges else None,
            end_cursor=edges[-1].cursor if edges else None,
        ),
    )


def found_at_once(rows: Sequence[Model], part: Slice) -> Connection[Any]:
    """The page of a search, which has no others."""

    async def count() -> int:
        return len(rows)

    return connection(rows, BY_KEY, part, count)


def _column(model: type[Model], name: str) -> str:
    return model._meta.pk_attr if name == "pk" else name


def _typed(field: Field[Any], value: object, name: str) -> Any:
    """A cursor's value as the column holds it; anything that could not be there is refused."""
    if isinstance(field, DatetimeField):
        value = _moment(value)
    small = type(value) is not int or abs(value) < _LARGEST
    clean = not isinstance(value, str) or not has_forbidden(value)
    if type(value) is not field.field_type or not small or not clean:
        raise DomainError("invalid", name)
    return value


def _moment(value: object) -> datetime | None:
    try:
        return read(value)
    except StrawberryInputCoercionError:
        return None
