"""Documents made up from the schema: whatever it allows, with fragments, aliases and variables."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLObjectType,
    get_named_type,
    is_abstract_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
)
from graphql.type import get_nullable_type

from graphql_schema.schema import core

ROOTS = ("case", "cases", "referrals", "breaches", "agencies", "places", "node")
OTHER_ROOTS = ("viewer", "indicators", "competentBodies", "nodes")
DEEPEST = 5


@dataclass
class Known:
    """What arguments can be about: codes, ids and cursors that exist, and some that do not."""

    tracking_codes: list[str]
    agencies: list[str]
    places: list[str]
    ids: list[str]
    cursors: dict[str, list[str]]
    """By root field; under `""` those of every list inside others."""


@dataclass
class Made:
    """A document's text with the values of its variables."""

    text: str
    variables: dict[str, Any]


@dataclass
class Author:
    """Writes one document; `rng` decides everything."""

    rng: Random
    known: Known
    definitions: list[str] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)
    fragments: list[str] = field(default_factory=list)
    aliases: int = 0
    size: int = 0

    def write(self) -> Made:
        query = core.query_type
        assert query is not None
        roots = [
            self._field(query, name, query.fields[name], 1)
            for name in self.rng.choices(ROOTS, k=self.rng.choice((1, 1, 1, 2, 3)))
        ]
        if self.rng.random() < 0.05:
            name = self.rng.choice(OTHER_ROOTS)
            roots.append(self._field(query, name, query.fields[name], 1))
        body = " ".join(roots)
        head = f"query Q{'(' + ', '.join(self.definitions) + ')' if self.definitions else ''}"
        return Made("\n".join([f"{head} {{ {body} }}", *self.fragments]), self.values)

    def _field(self, parent: Any, name: str, of: GraphQLField, level: int) -> str:
        """A field under a name of its own, so that arguments never contradict each other."""
        self.size += 1
        kind = get_named_type(of.type)
        text = name
        arguments = self._arguments(of, name)
        if arguments or self.rng.random() < 0.3:
            self.aliases += 1
            text = f"a{self.aliases}: {name}"
        text += f"({', '.join(arguments)})" if arguments else ""
        text += self._directive()
        return text if is_leaf_type(kind) else f"{text} {{ {self._selections(kind, level + 1)} }}"

    def _selections(self, kind: Any, level: int) -> str:
        if is_abstract_type(kind):
            types = sorted(one.name for one in core.get_possible_types(kind))
            parts = [
                f"... on {name} {{ {self._selections(core.get_type(name), level)} }}"
                for name in self.rng.sample(types, min(4, len(types)))
            ]
            return " ".join(["__typename", *parts])
        assert isinstance(kind, GraphQLObjectType)
        parts = [self._part(kind, level) for _ in range(self.rng.randint(1, 5))]
        return " ".join(["__typename", *parts] if self.rng.random() < 0.2 else parts)

    def _part(self, kind: GraphQLObjectType, level: int) -> str:
        chance = self.rng.random()
        if chance < 0.08 and level < DEEPEST:
            condition = self.rng.choice((f" on {kind.name}", ""))
            return f"...{condition}{self._directive()} {{ {self._selections(kind, level)} }}"
        if chance < 0.14 and level < DEEPEST:
            name = f"F{len(self.fragments)}"
            self.fragments.append("")
            place = len(self.fragments) - 1
            body = self._selections(kind, level)
            self.fragments[place] = f"fragment {name} on {kind.name} {{ {body} }}"
            return f"...{name}{self._directive()}" + (f" ...{name}" if chance < 0.09 else "")
        names = [name for name, of in kind.fields.items() if self._fits(of, level)]
        name = self.rng.choice(names)
        return self._field(kind, name, kind.fields[name], level)

    def _fits(self, of: GraphQLField, level: int) -> bool:
        """Columns and relations; now and then what only the ordinary way can answer."""
        definition = of.extensions["strawberry-definition"]
        plain = definition.base_resolver is None or bool(definition.metadata)
        if self.size > 60 or level >= DEEPEST + 3:
            leaf = is_leaf_type(get_named_type(of.type))
            return (leaf and plain) or definition.python_name in ("nodes", "node", "id")
        return plain or self.rng.random() < 0.02

    def _directive(self) -> str:
        chance = self.rng.random()
        if chance > 0.08:
            return ""
        name = self.rng.choice(("include", "skip"))
        value = self.rng.random() < 0.5
        if chance > 0.04:
            return f" @{name}(if: {str(value).lower()})"
        return f" @{name}(if: {self._variable('Boolean!', value)})"

    def _arguments(self, of: GraphQLField, name: str) -> list[str]:
        given = []
        paged = self.rng.choice(("first", "last", "first", ""))
        for key, argument in of.args.items():
            if key in ("first", "last") and key != paged:
                continue
            needed = is_non_null_type(argument.type)
            rare = key in ("search", "after", "before")
            if needed or self.rng.random() < (0.15 if rare else 0.5):
                cursor = f"{name} cursor" if key in ("after", "before") else key
                value = self._value(argument.type, cursor)
                given.append(f"{key}: {self._given(str(argument.type), argument.type, value)}")
        return given

    def _given(self, type_name: str, kind: Any, value: Any) -> str:
        if self.rng.random() < 0.4:
            return self._variable(type_name, value)
        return literal(kind, value)

    def _variable(self, type_name: str, value: Any) -> str:
        name = f"v{len(self.definitions)}"
        self.definitions.append(f"${name}: {type_name}")
        if not (value is None and self.rng.random() < 0.5):
            self.values[name] = value
        return f"${name}"

    def _value(self, kind: Any, key: str) -> Any:
        if not is_non_null_type(kind) and self.rng.random() < 0.08:
            return None
        kind = get_nullable_type(kind)
        if is_list_type(kind):
            return [self._value(kind.of_type, key) for _ in range(self.rng.choice((0, 1, 1, 2)))]
        if isinstance(kind, GraphQLEnumType):
            return self.rng.choice(list(kind.values))
        if isinstance(kind, GraphQLInputObjectType):
            wanted = min(self.rng.choice((0, 1, 1, 2, 3)), len(kind.fields))
            names = self.rng.sample(list(kind.fields), wanted)
            return {name: self._value(kind.fields[name].type, name) for name in names}
        return self._scalar(kind.name, key)

    def _scalar(self, name: str, key: str) -> Any:
        rng, known = self.rng, self.known
        if name == "Boolean":
            return rng.random() < 0.5
        if name == "Int":
            return rng.choice((0, 1, 2, 3, 5)) if key != "first" else rng.choice((0, 1, 2, 3, 7))
        if name == "DateTime":
            return (
                f"2026-{rng.randint(9, 12):02}-{rng.randint(1, 28):02}T0{rng.randint(0, 9)}:00:00Z"
            )
        if key.endswith(" cursor"):
            field = key.removesuffix(" cursor")
            return rng.choice(known.cursors.get(field, known.cursors[""]))
        choices = {
            "trackingCode": known.tracking_codes,
            "agency": known.agencies,
            "within": known.agencies,
            "place": known.places,
            "indicator": ["I1", "I2", "I9"],
            "id": known.ids,
            "ids": known.ids,
            "search": ["اداره", "باجه", "علي آباد", "'\"%_\\"],
        }
        return rng.choice(choices.get(key, ["", "x", "۱۲"]))


def literal(kind: Any, value: Any) -> str:
    kind = get_nullable_type(kind)
    if value is None:
        return "null"
    if is_list_type(kind):
        return "[" + ", ".join(literal(kind.of_type, one) for one in value) + "]"
    if isinstance(kind, GraphQLEnumType):
        return str(value)
    if isinstance(kind, GraphQLInputObjectType):
        inner = (f"{k}: {literal(kind.fields[k].type, v)}" for k, v in value.items())
        return "{" + ", ".join(inner) + "}"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value)
    return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'
