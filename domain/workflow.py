"""The life of a case as one table (design §3): pure, complete, property-tested.

`TABLE[status][move]` is the next status. A move that is not listed is illegal in that status.
A case of an agency without a senior coordinator stays registered, and the centre handles it.
"""

from __future__ import annotations

from enum import StrEnum

from domain.errors import DomainError
from models.enums import CaseStatus as S


class Move(StrEnum):
    REFER_TO_SENIOR = "refer_to_senior"
    RETURN_TO_CENTRE = "return_to_centre"
    REROUTE = "reroute"
    ORDER = "order"
    ALL_REPORTED = "all_reported"
    ASK = "ask"
    REPLY = "reply"
    ANSWER = "answer"
    CLOSE = "close"
    REOPEN_TO_REVIEW = "reopen_to_review"
    REOPEN_TO_HANDLING = "reopen_to_handling"
    WITHDRAW = "withdraw"
    MARK_DUPLICATE = "mark_duplicate"
    MARK_OUT_OF_SCOPE = "mark_out_of_scope"


RESUME = "resume"
"""Target of a move that brings the case back to where it was."""

_END = {
    Move.WITHDRAW: S.WITHDRAWN,
    Move.MARK_DUPLICATE: S.DUPLICATE,
    Move.MARK_OUT_OF_SCOPE: S.OUT_OF_SCOPE,
}
_REOPEN = {Move.REOPEN_TO_REVIEW: S.UNDER_REVIEW, Move.REOPEN_TO_HANDLING: S.IN_HANDLING}

TABLE: dict[S, dict[Move, S | str]] = {
    S.REGISTERED: {
        Move.REFER_TO_SENIOR: S.UNDER_REVIEW,
        Move.REROUTE: S.REGISTERED,
        Move.ORDER: S.IN_HANDLING,
        Move.ANSWER: S.ANSWERED,
        Move.ASK: S.WAITING_CITIZEN,
        **_END,
    },
    S.UNDER_REVIEW: {
        Move.ORDER: S.IN_HANDLING,
        Move.ANSWER: S.ANSWERED,
        Move.RETURN_TO_CENTRE: S.REGISTERED,
        Move.ASK: S.WAITING_CITIZEN,
        **_END,
    },
    S.IN_HANDLING: {
        Move.ORDER: S.IN_HANDLING,
        Move.ALL_REPORTED: S.UNDER_REVIEW,
        Move.ASK: S.WAITING_CITIZEN,
        Move.WITHDRAW: S.WITHDRAWN,
    },
    S.WAITING_CITIZEN: {Move.REPLY: RESUME, Move.WITHDRAW: S.WITHDRAWN},
    S.ANSWERED: {Move.CLOSE: S.CLOSED, **_REOPEN},
    S.CLOSED: {**_REOPEN},
    S.OUT_OF_SCOPE: {},
    S.DUPLICATE: {},
    S.WITHDRAWN: {},
}

FINAL = frozenset({S.CLOSED, S.OUT_OF_SCOPE, S.DUPLICATE, S.WITHDRAWN})
OPEN = frozenset(S) - FINAL
RUNNING = frozenset({S.REGISTERED, S.UNDER_REVIEW, S.IN_HANDLING})
"""Statuses in which the 3-hour clock runs."""
UNANSWERED = RUNNING | {S.WAITING_CITIZEN}


def target(status: S, move: Move, resume: S | None = None) -> S:
    """The status after `move`; DomainError `wrong_state` when the move is illegal."""
    found = TABLE[status].get(move)
    if found is None:
        raise DomainError("wrong_state")
    if found == RESUME:
        if resume is None:
            raise DomainError("wrong_state")
        return resume
    return S(found)


def allows(status: S, move: Move) -> bool:
    return move in TABLE[status]
