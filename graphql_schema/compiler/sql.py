"""How each database writes values as JSON text, byte for byte as the ordinary way does.

Every expression can stand between two `||`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final, Protocol


class Dialect(Protocol):
    """Every function takes SQL expressions and gives one; null gives null unless it says not."""

    def text(self, expression: str) -> str:
        """A string of JSON, in quotes."""

    def moment(self, expression: str) -> str:
        """A moment as `scalars.written` writes it, in quotes."""

    def number(self, expression: str) -> str:
        """A whole number."""

    def boolean(self, expression: str) -> str:
        """`true` or `false`; never null."""

    def json(self, expression: str) -> str:
        """A column of JSON as it is."""

    def character(self, number: int) -> str:
        """The character of this number."""

    def base64(self, expression: str, *, url: bool = False) -> str:
        """Base64 of a text, without quotes: of any for addresses, else of 57 bytes at most."""

    def joined(self, expression: str, condition: str) -> str:
        """The texts of the rows that meet a condition, in their order, with commas between."""

    def fits(self, statement: str) -> bool:
        """Whether the database can read a statement that is nested so deeply."""


class Postgres:
    """On connections whose time zone is UTC, as `models.database` opens them."""

    def text(self, expression: str) -> str:
        return f"to_json({expression})::text"

    def moment(self, expression: str) -> str:
        return f"""'"' || to_char({expression}, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || '"'"""

    def number(self, expression: str) -> str:
        return f"{expression}::text"

    def boolean(self, expression: str) -> str:
        return f"CASE WHEN {expression} THEN 'true' ELSE 'false' END"

    def json(self, expression: str) -> str:
        return f"{expression}::text"

    def character(self, number: int) -> str:
        return f"chr({number})"

    def base64(self, expression: str, *, url: bool = False) -> str:
        encoded = f"encode(convert_to({expression}, 'UTF8'), 'base64')"
        return f"translate({encoded}, E'+/\\n', '-_')" if url else encoded

    def joined(self, expression: str, condition: str) -> str:
        return f"string_agg({expression}, ',') FILTER (WHERE {condition})"

    def fits(self, statement: str) -> bool:
        return True


class Sqlite:
    """With `base64` and `base64_url` of `models.sqlite_engine`."""

    def text(self, expression: str) -> str:
        return f"json_quote({expression})"

    def moment(self, expression: str) -> str:
        return f"""'"' || replace(substr({expression}, 1, 26), ' ', 'T') || 'Z"'"""

    def number(self, expression: str) -> str:
        return f"CAST({expression} AS TEXT)"

    def boolean(self, expression: str) -> str:
        return f"CASE WHEN {expression} THEN 'true' ELSE 'false' END"

    def json(self, expression: str) -> str:
        return expression

    def character(self, number: int) -> str:
        return f"char({number})"

    def base64(self, expression: str, *, url: bool = False) -> str:
        return f"base64{'_url' if url else ''}({expression})"

    def joined(self, expression: str, condition: str) -> str:
        return f"group_concat({expression}, ',') FILTER (WHERE {condition})"

    def fits(self, statement: str) -> bool:
        """Its parser keeps a hundred things in mind; fourteen open brackets are always fewer."""
        return _nesting(statement) <= _DEEPEST


POSTGRES: Final[Dialect] = Postgres()
SQLITE: Final[Dialect] = Sqlite()


@lru_cache(maxsize=512)
def _nesting(statement: str) -> int:
    deepest = level = 0
    for token in _BRACKETS.findall(statement):
        level += _STEPS.get(token, 0)
        deepest = max(deepest, level)
    return deepest


_DEEPEST: Final = 14
_BRACKETS: Final = re.compile(r"'[^']*'|[()]|\b(?:CASE|END)\b")
_STEPS: Final = {"(": 1, "CASE": 1, ")": -1, "END": -1}


def literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def or_null(expression: str, text: str) -> str:
    """`text`, which is JSON, or `null` where the expression is null."""
    return f"CASE WHEN {expression} IS NULL THEN 'null' ELSE {text} END"


def case(expression: str, names: Iterable[tuple[str, str]]) -> str:
    """`names` maps the values of a column to what is written; both must be plain words."""
    branches = " ".join(f"WHEN {literal(value)} THEN {literal(name)}" for value, name in names)
    return f"CASE {expression} {branches} END"
