"""Texts to citizens and staff: templates are data, Persian, versioned (design §5)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from domain.text import to_persian_digits
from models import statements

LANGUAGE: Final = "fa"
TEMPLATE: Final = """
    SELECT text FROM message_template WHERE key = $1 AND language = $2 AND active
    ORDER BY version DESC LIMIT 1"""
"""The newest active version."""


async def render(key: str, values: Mapping[str, object], language: str = LANGUAGE) -> str:
    """The text of a template with its placeholders filled."""
    rows = await statements.fetch(TEMPLATE, key, language)
    return fill(key, rows[0]["text"] if rows else None, values)


def fill(key: str, template: str | None, values: Mapping[str, object]) -> str:
    """A template with its placeholders filled; digits inside values become Persian digits."""
    if template is None:
        raise LookupError(f"no message template {key!r}; run `favad migrate`")
    filled = {name: to_persian_digits(str(value)) for name, value in values.items()}
    return template.format(**filled)
