"""Keys as they come from outside: ids and codes that may be anything."""

from __future__ import annotations

from typing import TypeGuard

from domain.errors import DomainError, NotFound

_LARGEST = 2**63 - 1


def row_id(value: object, field: str) -> int:
    """`value` as an id that the database can be asked for; NotFound for all else."""
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value <= _LARGEST:
        raise NotFound(field)
    return value


AGENCY, PLACE, BODY, INDICATOR = 40, 16, 30, 4
"""Longest codes, as their columns hold them."""


def code(value: object, field: str, longest: int = AGENCY) -> str:
    """`value` as a code that the database can be asked for; DomainError `unknown` for all else."""
    if not may_be_code(value, longest):
        raise DomainError("unknown", field)
    return value


def may_be_code(value: object, longest: int = AGENCY) -> TypeGuard[str]:
    """Whether the database can be asked for `value` as a code."""
    return isinstance(value, str) and value.isprintable() and 0 < len(value) <= longest
