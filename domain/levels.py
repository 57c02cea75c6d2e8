"""Which level decides after a dissatisfied citizen (S6, design §3). Pure.

The next round goes one level above whoever produced the result and never to a level that has
already decided: county → provincial → subsidiary → main → national centre. After two reopenings
the national centre decides, and its verdict ends the case.
"""

from __future__ import annotations

from collections.abc import Sequence

from models.enums import AgencyLevel, DecisionLevel

RANK = {level: rank for rank, level in enumerate(DecisionLevel)}
MAX_REOPENINGS = 2


def of_agency(level: AgencyLevel) -> DecisionLevel:
    return DecisionLevel(level.value)


def highest(levels: Sequence[DecisionLevel]) -> DecisionLevel:
    return max(levels, key=RANK.__getitem__)


def next_level(
    producer: DecisionLevel,
    decided: DecisionLevel,
    reopened: int,
    ancestors: Sequence[DecisionLevel],
) -> DecisionLevel | None:
    """The level of the next round, or None when the national centre has already decided.

    `ancestors` are the levels that exist above the producing unit; a level that the agency does
    not have is passed over.
    """
    floor = max(RANK[producer], RANK[decided] if reopened else -1)
    if decided is DecisionLevel.NATIONAL:
        return None
    if reopened >= MAX_REOPENINGS:
        return DecisionLevel.NATIONAL
    above = [level for level in ancestors if RANK[level] > floor]
    return min(above, key=RANK.__getitem__) if above else DecisionLevel.NATIONAL
