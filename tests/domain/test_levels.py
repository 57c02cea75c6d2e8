"""Who decides after a dissatisfied citizen: always higher, at last the national centre (S6)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.levels import MAX_REOPENINGS, RANK, highest, next_level, of_agency
from models.enums import AgencyLevel, DecisionLevel

L = DecisionLevel
LEVELS = st.sampled_from(list(DecisionLevel))
ABOVE = st.sets(st.sampled_from([L.PROVINCIAL, L.SUBSIDIARY, L.MAIN]))


@pytest.mark.parametrize(
    ("producer", "decided", "reopened", "above", "expected"),
    [
        (L.COUNTY, L.MAIN, 0, [L.MAIN, L.SUBSIDIARY, L.PROVINCIAL], L.PROVINCIAL),
        (L.COUNTY, L.MAIN, 0, [L.MAIN, L.SUBSIDIARY], L.SUBSIDIARY),
        (L.COUNTY, L.PROVINCIAL, 1, [L.MAIN, L.SUBSIDIARY, L.PROVINCIAL], L.SUBSIDIARY),
        (L.PROVINCIAL, L.MAIN, 0, [L.MAIN], L.MAIN),
        (L.PROVINCIAL, L.PROVINCIAL, 1, [L.MAIN], L.MAIN),
        (L.MAIN, L.MAIN, 0, [], L.NATIONAL),
        (L.COUNTY, L.SUBSIDIARY, 2, [L.MAIN], L.NATIONAL),
        (L.NATIONAL, L.NATIONAL, 1, [], None),
        (L.NATIONAL, L.NATIONAL, 3, [], None),
    ],
)
def test_the_next_level(
    producer: L, decided: L, reopened: int, above: list[L], expected: L | None
) -> None:
    assert next_level(producer, decided, reopened, above) is expected


@given(LEVELS, LEVELS, st.integers(0, 3), ABOVE)
def test_nobody_judges_their_own_work(
    producer: L, decided: L, reopened: int, above: set[L]
) -> None:
    level = next_level(producer, decided, reopened, sorted(above))
    if level is None:
        assert decided is L.NATIONAL
        return
    assert level is L.NATIONAL or RANK[level] > RANK[producer]
    if reopened:
        assert RANK[level] > RANK[decided]
    assert level in above | {L.NATIONAL}
    if reopened >= MAX_REOPENINGS:
        assert level is L.NATIONAL


@given(ABOVE)
def test_every_case_comes_to_an_end(above: set[L]) -> None:
    producer, decided, reopened = L.COUNTY, L.MAIN, 0
    while True:
        level = next_level(producer, decided, reopened, sorted(above))
        if level is None:
            break
        producer = decided = level
        reopened += 1
    assert reopened <= MAX_REOPENINGS + 1


def test_the_highest_of_several() -> None:
    assert highest([L.COUNTY, L.SUBSIDIARY, L.PROVINCIAL]) is L.SUBSIDIARY
    assert [of_agency(level) for level in AgencyLevel] == [
        L.MAIN,
        L.SUBSIDIARY,
        L.PROVINCIAL,
        L.COUNTY,
    ]
