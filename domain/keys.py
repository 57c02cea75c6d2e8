"""Keys as they come from outside: ids and codes that may be anything."""

from __future__ import annotations

from domain.errors import DomainError, NotFound

_LARGEST = 2**63 - 1


def row_id(value: object, field: str) -> int:
    """`value` as an id that the database can be asked for; NotFound for all else."""
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value <= _LARGEST:
        raise NotFound(field)
    return value


def code(value: object, field: str, longest: int = 40) -> str:
    """`value` as a code that the database can be asked for; DomainError `unknown` for all else."""
    if not isinstance(value, str) or not value.isprintable() or not 0 < len(value) <= longest:
        raise DomainError("unknown", field)
    return value
