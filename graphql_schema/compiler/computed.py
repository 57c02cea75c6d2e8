"""Fields that Python makes of columns: the statement marks their places, they are filled in after.

A mark is `\\x01<number>:<JSON array of values>\\x02`; JSON itself never has these characters.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from types import SimpleNamespace
from typing import Any, Final

import orjson
from graphql import GraphQLEnumType, GraphQLOutputType, get_named_type
from tortoise.fields import DatetimeField
from tortoise.fields.base import Field

from domain.actors import Actor
from graphql_schema.scalars import written

_MARK: Final = re.compile(rb"\x01(\d+):(.*?)\x02", re.DOTALL)


@dataclass(frozen=True)
class Reader:
    """One value of a mark: `name` or `relation.name`, and the column it comes from, if one."""

    path: str
    column: Field[Any] | None

    @cached_property
    def read(self) -> Callable[[Any], Any]:
        if isinstance(self.column, DatetimeField):
            return datetime.fromisoformat
        kind: Callable[[Any], Any] | None = getattr(self.column, "enum_type", None)
        return kind or (lambda value: value)


@dataclass(frozen=True)
class Computed:
    """A field of a template: what makes it, of what, and its type."""

    by: Callable[[Any, Actor], Any]
    type: GraphQLOutputType
    readers: tuple[Reader, ...]

    def answer(self, values: list[Any], actor: Actor) -> bytes:
        return orjson.dumps(self._shown(self.by(self._row(values), actor)))

    def _row(self, values: list[Any]) -> SimpleNamespace:
        row = SimpleNamespace()
        for reader, value in zip(self.readers, values, strict=True):
            name, _, inner = reader.path.partition(".")
            known = None if value is None else reader.read(value)
            if not inner:
                setattr(row, name, known)
            elif inner == "pk":
                setattr(row, name, None if value is None else SimpleNamespace(pk=known, id=known))
            elif getattr(row, name) is not None:
                setattr(getattr(row, name), inner, known)
        return row

    def _shown(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._shown(one) for one in value]
        if isinstance(value, datetime):
            return written(value)
        return value if value is None else self._names.get(value, value)

    @cached_property
    def _names(self) -> dict[Any, str]:
        kind = get_named_type(self.type)
        if not isinstance(kind, GraphQLEnumType):
            return {}
        return {member.value: name for name, member in kind.values.items()}


def filled(answer: bytes, fields: Sequence[Computed], actor: Actor) -> bytes:
    """The answer with what its marks stand for."""

    def one(mark: re.Match[bytes]) -> bytes:
        return fields[int(mark[1])].answer(orjson.loads(mark[2]), actor)

    return _MARK.sub(one, answer)
