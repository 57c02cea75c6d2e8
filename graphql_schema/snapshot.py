"""The schema as SDL, committed as `schema.graphql` so that every change of it is reviewed."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from graphql_schema.schema import schema

PATH: Final = Path(__file__).with_name("schema.graphql")


def text() -> str:
    """The SDL of the schema as it is."""
    return schema.as_str().rstrip() + "\n"
