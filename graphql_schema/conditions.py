"""Tortoise's conditions as SQL with numbered values, for statements that Tortoise cannot write.

Knows what the rules of `domain.visibility` and the filters are made of: `exact`, `in`, `gt`, `gte`,
`lt`, `lte`, `isnull`, `startswith`, `contains` on columns, also through foreign keys; subqueries
after `in`; negation; and, or. Anything else is `Unwritable`.
"""

# ruff: noqa: S608 (names come from the models, everything else is bound)

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from enum import Enum
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

    def __init__(self) -> None:
        self.postgres = database.is_postgres()
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
    parts = [text for q in wanted if (text := _of(model, q, alias, values))]
    return " AND ".join(parts) or "TRUE"


def _of(model: type[Model], q: Q, alias: str, values: Values) -> str:
    parts = [text for child in q.children if (text := _of(model, child, alias, values))]
    parts += [_leaf(model, key, value, alias, values) for key, value in q.filters.items()]
    if not parts:
        return ""
    text = f"({f' {q.join_type} '.join(parts)})" if len(parts) > 1 else parts[0]
    return f"NOT ({text})" if q._is_negated else text


def _leaf(model: type[Model], key: str, value: Any, alias: str, values: Values) -> str:
    name, _, lookup = key.partition("__")
    meta = model._meta
    field = meta.fields_map.get(meta.pk_attr if name == "pk" else name)
    if field is None:
        raise Unwritable(key)
    if isinstance(field, ForeignKeyFieldInstance):
        column = f'{alias}."{field.source_field}"'
        if lookup and lookup not in _LOOKUPS:
            return _through(field, column, lookup, value, values)
        value = getattr(value, "pk", value)
    else:
        if field.model_field_name not in meta.fields_db_projection:
            raise Unwritable(key)
        column = f'{alias}."{meta.fields_db_projection[field.model_field_name]}"'
    if value is None and not lookup:
        return f"{column} IS NULL"
    write = _LOOKUPS.get(lookup)
    if write is None or value is None:
        raise Unwritable(key)
    return write(column, value, values)


def _through(
    field: ForeignKeyFieldInstance[Any], column: str, lookup: str, value: Any, values: Values
) -> str:
    inner = values.alias()
    other = field.related_model
    condition = _leaf(other, lookup, value, inner, values)
    key, table = other._meta.db_pk_column, other._meta.db_table
    return f'{column} IN (SELECT {inner}."{key}" FROM "{table}" {inner} WHERE {condition})'


def _in(column: str, value: Any, values: Values) -> str:
    if isinstance(value, Subquery):
        return f"{column} IN ({_selecting(value.query, values)})"
    found = [one.value if isinstance(one, Enum) else one for one in value]
    if values.postgres:
        return f"{column} = ANY({values.put(found)})"
    return f"{column} IN ({', '.join(values.put(one) for one in found)})"


def _selecting(query: Any, values: Values) -> str:
    if not isinstance(query, ValuesQuery) or len(query._fields_for_select) != 1:
        raise Unwritable(query)
    [name] = query._fields_for_select.values()
    meta = query.model._meta
    if name not in meta.fields_db_projection:
        raise Unwritable(name)
    inner = values.alias()
    column = meta.fields_db_projection[name]
    condition = of_query(query, inner, values)
    return f'SELECT {inner}."{column}" FROM "{meta.db_table}" {inner} WHERE {condition}'


def _is_null(column: str, value: Any, values: Values) -> str:
    return f"{column} IS {'' if value else 'NOT '}NULL"


def _starts(column: str, value: Any, values: Values) -> str:
    if values.postgres:
        return f"{column} LIKE {values.put(_pattern(value) + '%')}"
    return f"({column} >= {values.put(value)} AND {column} < {values.put(value + _LAST)})"


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
