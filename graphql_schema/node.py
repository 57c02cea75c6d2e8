"""Relay's Node: one id for everything, base64 of `Type:key`."""

from __future__ import annotations

import binascii
import re
from base64 import b64decode, b64encode
from typing import Any, ClassVar, Final

import strawberry
from graphql import GraphQLResolveInfo
from tortoise.expressions import Q, Subquery
from tortoise.fields import CharField
from tortoise.models import Model
from tortoise.queryset import QuerySet

from domain import visibility
from domain.actors import Actor

_KEY: Final = re.compile(r"[A-Za-z0-9_-]{1,40}")
_LARGEST: Final = 2**63 - 1

TYPE_OF: Final[dict[type[Model], type[Node]]] = {}
"""The GraphQL type of each model that has one; filled as the types are defined."""


@strawberry.interface(description="Anything that has a global id.")
class Node:
    model: ClassVar[type[Model]]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "model" in cls.__dict__:
            TYPE_OF[cls.model] = cls

    @strawberry.field(description="Global id: stable, opaque, unique among everything.")
    @staticmethod
    def id(root: Any) -> strawberry.ID:
        return strawberry.ID(global_id(root))

    @classmethod
    def is_type_of(cls, obj: Any, _info: GraphQLResolveInfo) -> bool:
        return isinstance(obj, cls.model)

    @classmethod
    def visible(cls, actor: Actor) -> QuerySet[Any]:
        """The rows that the actor may see: those of visible cases unless a type says otherwise."""
        return cls.model.filter(case_id__in=Subquery(visibility.cases(actor).values("id")))

    @classmethod
    def within(cls, actor: Actor) -> Q:
        """Which rows of something that the actor sees they see too: all unless a type limits it."""
        return Q()


def within(model: type[Model], actor: Actor) -> Q:
    """Which rows of `model` the actor sees of something that they see."""
    kind = TYPE_OF.get(model)
    return kind.within(actor) if kind else Q()


def global_id(row: Model) -> str:
    return b64encode(f"{TYPE_OF[type(row)].__name__}:{row.pk}".encode()).decode()


def parse_id(value: str) -> tuple[type[Node], int | str] | None:
    """The type and the key of a global id, or None if it is none."""
    try:
        name, _, key = (
            b64decode(value.encode("ascii"), validate=True).decode("ascii").partition(":")
        )
    except (binascii.Error, UnicodeError):
        return None
    found = next((cls for cls in TYPE_OF.values() if cls.__name__ == name), None)
    if found is None or not _KEY.fullmatch(key):
        return None
    if isinstance(found.model._meta.pk, CharField):
        return found, key
    return (found, int(key)) if key.isdigit() and int(key) <= _LARGEST else None


def key_of(value: str, expected: type[Model]) -> int:
    """The number of a row of `expected` by its global id; 0, which no row has, for any other."""
    parsed = parse_id(value)
    if parsed is None or parsed[0].model is not expected:
        return 0
    return int(parsed[1])
