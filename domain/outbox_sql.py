"""The statements that `domain.outbox` changes messages by, made once; each says what it takes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from models.enums import MessageState


@lru_cache(maxsize=64)
def update(
    states: tuple[MessageState, ...], columns: tuple[str, ...], only: tuple[str, ...]
) -> str:
    """Sets columns of a message in one of these states: its id, the values, what must be so."""
    setting = ", ".join(f"{name} = ${at}" for at, name in enumerate(columns, 2))
    conditions = [f" AND {name} = ${at}" for at, name in enumerate(only, 2 + len(columns))]
    return (
        f"UPDATE outbox_message SET {setting} WHERE id = $1 AND state IN ({_listed(states)})"  # noqa: S608
        f"{''.join(conditions)} RETURNING id"
    )


@lru_cache(maxsize=32)
def forward(state: MessageState, before: tuple[MessageState, ...], count: int) -> str:
    """Moves messages on to `state`, from a state `before` it: gateway, moment, then references."""
    delivered = ", delivered_at = $2" if state is MessageState.DELIVERED else ""
    return (
        f"UPDATE outbox_message SET state = '{state}', updated_at = $2{delivered}"  # noqa: S608
        f" WHERE gateway = $1 AND provider_ref IN ({_numbered(count)})"
        f" AND state IN ({_listed(before)}) RETURNING id"
    )


@lru_cache(maxsize=2)
def opt_out_of(count: int) -> str:
    """Opts out whoever messages went to: gateway, moment, then references."""
    return (
        "INSERT INTO opt_out (mobile, reason, created_at)"  # noqa: S608
        " SELECT receptor, 'blocked', $2 FROM outbox_message"
        f" WHERE gateway = $1 AND provider_ref IN ({_numbered(count)})"
        " ON CONFLICT DO NOTHING RETURNING mobile"
    )


def _listed(states: Sequence[MessageState]) -> str:
    return ", ".join(f"'{state}'" for state in states) or "NULL"


def _numbered(count: int) -> str:
    return ", ".join(f"${number + 3}" for number in range(count))
