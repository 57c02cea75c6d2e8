"""Tortoise's conditions as SQL with numbered values, for statements that Tortoise cannot write.

Knows what the rules of `domain.visibility` and the filters are made of: `exact`, `in`, `gt`, `gte`,
`lt`, `lte`, `isnull`, `startswith`, `contains` on columns, also through foreign keys; subqueries
after `in`; negation; and, or. Anything else is `Unwritable`.
"""

# ruff: noqa: S608 (names come from the models, everything else is bound)

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import Any, Final

from tortoise.expressions import Q, Subquery
from tortoise.fields.relational import ForeignKeyFieldInstance
from tortoise.models import Model
from tortoise.queryset import QuerySet, ValuesQuery

from models import database


class Unwritable(Exception):
    """A condition or a query that this module does not know how to write."""


class Values:
    """The values of one statement, each with its place in the text: `$1` or `?1`."""

    def __init__(self, *, postgres: bool | None = None) -> None:
        self.postgres = database.is_postgres() if postgres is None else postgres
        self.given: list[Any] = []
        self._aliases = 0

    def put(self, value: Any) -> str:
        self.given.append(value.value if isinstance(value, Enum) else value)
        return f"{'$' if self.postgres else '?'}{len(self.given)}"

    def alias(self) -> str:
        """A name for a table that no other table of the statement has."""
        self._aliases += 1
        return f"s{self._aliases}"


def of_query(query: QuerySet[Any] | ValuesQuery[Any], alias: str, values: Values) -> str:
    """The conditions of a query that only filters one table, called `alias` in the statement."""
    limited = query._limit is not None or query._offset is not None or query._distinct
    if query._annotations or limited:
        raise Unwritable(query)
    return every(query.model, query._q_objects, alias, values)


def every(model: type[Model], wanted: Iterable[Q], alias: str, values: Values) -> str:
    """All of the conditions together; `TRUE` when there is none."""
    parts = [text for q in wanted if (text := _of(model, q, alias, values, negated=False))]
    return " AND ".join(parts) or "TRUE"


def _of(model: type[Model], q: Q, alias: str, values: Values, *, negated: bool) -> str:
    """`negated`: somewhere inside a NOT, where null and false are not the same."""
    negated = negated or q._is_negated
    found = [_of(model, child, alias, values, negated=negated) for child in q.children]
    parts = [text for text in found if text]
    for key, value in q.filters.items():
        leaf = _leaf(model, key)
        if leaf.inner is not None:
            parts.append(_through(leaf, alias, value, values, negated=negated))
        else:
            parts.append(_compare(leaf, f'{alias}."{leaf.column}"', value, values, negated))
    if not parts:
        return ""
    text = f"({f' {q.join_type} '.join(parts)})" if len(parts) > 1 else parts[0]
    return f"NOT ({text})" if q._is_negated else text


@dataclass(frozen=True)
class _Leaf:
    """A column with a lookup, or a foreign key with what is asked `inner`, beyond it."""

    column: str
    null: bool
    lookup: str
    model: type[Model] | None = None
    inner: str | None = None


@lru_cache(maxsize=1024)
def _leaf(model: type[Model], key: str) -> _Leaf:
    name, _, lookup = key.partition("__")
    meta = model._meta
    field = meta.fields_map.get(meta.pk_attr if name == "pk" else name)
    if isinstance(field, ForeignKeyFieldInstance):
        beyond = lookup if lookup and lookup not in _LOOKUPS else None
        other = field.related_model if beyond else None
        return _Leaf(str(field.source_field), field.null, lookup, other, beyond)
    if field is None or field.model_field_name not in meta.fields_db_projection:
        raise Unwritable(key)
    if lookup not in _LOOKUPS:
        raise Unwritable(key)
    return _Leaf(meta.fields_db_projection[field.model_field_name], field.null, lookup)


def _compare(leaf: _Leaf, column: str, value: Any, values: Values, negated: bool) -> str:
    if isinstance(value, Subquery) and leaf.lookup == "in":
        return _among(column, value.query, values, may_exist=not (leaf.null and negated))
    if isinstance(value, Model):
        value = value.pk
    if value is None:
        if leaf.lookup:
            raise Unwritable(leaf)
        return f"{column} IS NULL"
    return _LOOKUPS[leaf.lookup](column, value, values)


def _through(leaf: _Leaf, alias: str, value: Any, values: Values, *, negated: bool) -> str:
    assert leaf.model is not None and leaf.inner is not None
    inner = values.alias()
    condition = every(leaf.model, [Q(**{leaf.inner: value})], inner, values)
    meta = leaf.model._meta
    link = _Link(f'"{meta.db_table}" {inner}', f'{inner}."{meta.db_pk_column}"')
    return link.write(f'{alias}."{leaf.column}"', condition, may_exist=not (leaf.null and negated))


@dataclass(frozen=True)
class _Link:
    """The rows of another table whose `column` is that of this one."""

    table: str
    column: str

    def write(self, column: str, condition: str, *, may_exist: bool) -> str:
        """With `EXISTS` the database need not read them all; where a null must stay one, `IN`."""
        if may_exist:
            return (
                f"EXISTS (SELECT 1 FROM {self.table} WHERE {self.column} = {column} "
                f"AND {condition})"
            )
        return f"{column} IN (SELECT {self.column} FROM {self.table} WHERE {condition})"


def _in(column: str, value: Any, values: Values) -> str:
    found = [one.value if isinstance(one, Enum) else one for one in value]
    if values.postgres:
        return f"{column} = ANY({values.put(found)})"
    return f"{column} IN ({', '.join(values.put(one) for one in found)})"


def _among(column: str, query: Any, values: Values, *, may_exist: bool) -> str:
    if not isinstance(query, ValuesQuery) or len(query._fields_for_select) != 1:
        raise Unwritable(query)
    [name] = query._fields_for_select.values()
    meta = query.model._meta
    if name not in meta.fields_db_projection:
        raise Unwritable(name)
    inner = values.alias()
    link = _Link(f'"{meta.db_table}" {inner}', f'{inner}."{meta.fields_db_projection[name]}"')
    return link.write(column, of_query(query, inner, values), may_exist=may_exist)


def _is_null(column: str, value: Any, values: Values) -> str:
    return f"{column} IS {'' if value else 'NOT '}NULL"


def _starts(column: str, value: Any, values: Values) -> str:
    """As a range, which an index finds also where the statement was planned for any value."""
    at_least, below = ("~>=~", "~<~") if values.postgres else (">=", "<")
    first, last = values.put(value), values.put(value + _LAST)
    return f"({column} {at_least} {first} AND {column} {below} {last})"


def _contains(column: str, value: Any, values: Values) -> str:
    if values.postgres:
        return f"{column} LIKE {values.put(f'%{_pattern(value)}%')}"
    return f"instr({column}, {values.put(value)}) > 0"


def _compared(operator: str) -> Callable[[str, Any, Values], str]:
    return lambda column, value, values: f"{column} {operator} {values.put(value)}"


def _pattern(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


_LAST: Final = "\U0010ffff"
_LOOKUPS: Final[dict[str, Callable[[str, Any, Values], str]]] = {
    "": _compared("="),
    "exact": _compared("="),
    "gt": _compared(">"),
    "gte": _compared(">="),
    "lt": _compared("<"),
    "lte": _compared("<="),
    "in": _in,
    "isnull": _is_null,
    "startswith": _starts,
    "contains": _contains,
}


def ordered(columns: Sequence[str], model: type[Model], alias: str) -> str:
    """Tortoise's `name`, `-name` as ORDER BY."""
    names = model._meta.fields_db_projection
    return ", ".join(
        f'{alias}."{names[name.lstrip("-")]}"{" DESC" if name.startswith("-") else ""}'
        for name in columns
    )
