"""The life of a case as a table: complete, without dead ends (design §3)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import workflow
from domain.errors import DomainError
from domain.workflow import FINAL, OPEN, RESUME, TABLE, Move
from models.enums import CaseStatus

WAITING_FROM = (CaseStatus.REGISTERED, CaseStatus.UNDER_REVIEW, CaseStatus.IN_HANDLING)
ANSWERED_FROM = (CaseStatus.REGISTERED, CaseStatus.UNDER_REVIEW)


def following(status: CaseStatus) -> set[CaseStatus]:
    found: set[CaseStatus] = set()
    for target in TABLE[status].values():
        found |= set(WAITING_FROM) if target == RESUME else {CaseStatus(target)}
    return found


def reachable(start: CaseStatus) -> set[CaseStatus]:
    seen, new = {start}, {start}
    while new:
        new = set().union(*(following(status) for status in new)) - seen
        seen |= new
    return seen


def test_every_status_has_its_moves() -> None:
    assert TABLE.keys() == set(CaseStatus)
    assert set(CaseStatus) == FINAL | OPEN


def test_every_status_is_reached_from_registration() -> None:
    assert reachable(CaseStatus.REGISTERED) == set(CaseStatus)


@pytest.mark.parametrize("status", sorted(OPEN))
def test_no_open_case_is_stuck(status: CaseStatus) -> None:
    assert reachable(status) & FINAL


@pytest.mark.parametrize("status", sorted(FINAL - {CaseStatus.CLOSED}))
def test_an_ended_case_stays_ended(status: CaseStatus) -> None:
    assert TABLE[status] == {}


def test_a_closed_case_only_opens_again() -> None:
    assert set(TABLE[CaseStatus.CLOSED]) == {Move.REOPEN_TO_REVIEW, Move.REOPEN_TO_HANDLING}


@pytest.mark.parametrize("status", list(CaseStatus))
@pytest.mark.parametrize("move", list(Move))
def test_moves_outside_the_table_are_refused(status: CaseStatus, move: Move) -> None:
    if move in TABLE[status]:
        assert workflow.allows(status, move)
        return
    assert not workflow.allows(status, move)
    with pytest.raises(DomainError) as refused:
        workflow.target(status, move, CaseStatus.UNDER_REVIEW)
    assert refused.value.code == "wrong_state"


@pytest.mark.parametrize("before", WAITING_FROM)
def test_the_reply_brings_the_case_back_to_where_it_was(before: CaseStatus) -> None:
    assert workflow.target(before, Move.ASK) is CaseStatus.WAITING_CITIZEN
    assert workflow.target(CaseStatus.WAITING_CITIZEN, Move.REPLY, before) is before
    with pytest.raises(DomainError):
        workflow.target(CaseStatus.WAITING_CITIZEN, Move.REPLY)


@given(st.lists(st.sampled_from(list(Move)), max_size=40))
def test_only_who_holds_a_case_answers_it(moves: list[Move]) -> None:
    status, resume = CaseStatus.REGISTERED, None
    for move in moves:
        if not workflow.allows(status, move):
            continue
        if move is Move.ANSWER:
            assert status in ANSWERED_FROM
        before, status = status, workflow.target(status, move, resume)
        resume = before if move is Move.ASK else None if move is Move.REPLY else resume
    assert status in CaseStatus
