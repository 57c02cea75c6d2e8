"""The six steps of a case (S1–S6): which one it is in, and when each was passed. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from domain.permissions import OPEN_REFERRAL
from models import Case, CaseEvent, Referral, Round
from models.enums import CaseStatus, EventKind


class Step(StrEnum):
    """گام‌های شش‌گانه"""

    CALL = "call"
    REGISTRATION = "registration"
    REVIEW = "review"
    HANDLING = "handling"
    RESULT = "result"
    FEEDBACK = "feedback"


DONE = len(Step) + 1
_NUMBERS = {
    CaseStatus.REGISTERED: 2,
    CaseStatus.IN_HANDLING: 4,
    CaseStatus.ANSWERED: 6,
}


def current(case: Case, round_id: int, referrals: Iterable[Referral]) -> int:
    """The number of the step that the running round is in, 1–6; DONE when the case has ended.

    A case under review is in step 5 when all its units have reported.
    """
    status = case.status
    if status is CaseStatus.WAITING_CITIZEN:
        status = case.resume_status or CaseStatus.IN_HANDLING
    if status is CaseStatus.UNDER_REVIEW:
        return 5 if _all_reported(round_id, referrals) else 3
    return _NUMBERS.get(status, DONE)


def passed(
    case: Case, running: Round, events: Iterable[CaseEvent], number: int
) -> dict[Step, datetime | None]:
    """When each step before step `number` was passed in the running round, as far as it is known:
    a case may be answered without an order."""
    last = {row.kind: row.at for row in events if row.round_number == running.number}
    begun = case.registered_at if running.number == 1 else running.started_at
    moments: dict[Step, datetime | None] = {
        Step.CALL: begun,
        Step.REGISTRATION: begun,
        Step.REVIEW: last.get(EventKind.ORDER),
        Step.HANDLING: last.get(EventKind.ALL_REPORTED),
        Step.RESULT: running.answered_at,
        Step.FEEDBACK: case.closed_at,
    }
    return dict(list(moments.items())[: number - 1])


def _all_reported(round_id: int, referrals: Iterable[Referral]) -> bool:
    own = [row for row in referrals if row.round_id == round_id]
    return bool(own) and not any(row.status in OPEN_REFERRAL for row in own)
