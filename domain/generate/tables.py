"""Where generated rows go: the tables, in the order in which they can be written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

from domain.generate.rows import (
    BreachRow,
    CallRow,
    CaseRow,
    CheckRow,
    CitizenRow,
    ContactRow,
    EventRow,
    FeedbackRow,
    InboxRow,
    IncidentRow,
    JobRow,
    LadderStepRow,
    NumberRow,
    OptOutRow,
    OrderRow,
    OtherIndicatorRow,
    OutboxRow,
    QuestionRow,
    ReferralRow,
    RoundRow,
    Row,
    SurveyRow,
    UserRow,
)


@dataclass(frozen=True)
class Table:
    """Where rows of a kind go: `columns` beside the paths of their values in the row."""

    name: str
    kind: type[Row]
    paths: tuple[str, ...]
    columns: tuple[str, ...] = field(init=False)
    values: Callable[[Any], tuple[Any, ...]] = field(init=False)

    def __post_init__(self) -> None:
        columns = tuple(_column(path) for path in self.paths)
        object.__setattr__(self, "columns", columns)
        object.__setattr__(self, "values", attrgetter(*(p.split("=")[-1] for p in self.paths)))

    @property
    def numbered(self) -> bool:
        return "id" in self.columns


def _column(path: str) -> str:
    return path.partition("=")[0].replace(".id", "_id")


def _table(name: str, kind: type[Row], paths: str) -> Table:
    return Table(name, kind, tuple(paths.split()))


TABLES: tuple[Table, ...] = (
    _table(
        "user_account",
        UserRow,
        "id username password_hash full_name mobile role agency_id active failed_sign_ins "
        "locked_until created_at",
    ),
    _table("contact", NumberRow, "id mobile language voice created_at"),
    _table("citizen", CitizenRow, "id name national_id_sealed national_id_index created_at"),
    _table(
        "phone_call",
        CallRow,
        "id call_id caller state ringing_at answered_at ended_at operator_id updated_at",
    ),
    _table(
        "identity_check",
        CheckRow,
        "id call.id name=citizen.name mobile national_id_sealed=citizen.national_id_sealed "
        "national_id_index=citizen.national_id_index method code_hash tries created_at expires_at "
        "verified_at citizen.id",
    ),
    _table(
        "out_of_scope_contact",
        ContactRow,
        "id call.id mobile category note operator_id created_at",
    ),
    _table("incident", IncidentRow, "id title created_at"),
    _table(
        "cases",
        CaseRow,
        "id tracking_code kind reporter_kind channel status citizen.id mobile consent agency_id "
        "main_agency_id place_id province_id county_id indicator_id subject text folded "
        "registered_by_id client_id call.id incident.id duplicate_of.id resume_status at_centre "
        "round reopened misrouted rating registered_at due_at paused_at answered_at closed_at "
        "updated_at version",
    ),
    _table("case_indicator", OtherIndicatorRow, "case.id indicator_id"),
    _table(
        "case_round",
        RoundRow,
        "id case.id number level started_at due_at paused_seconds first_action_at breached_at "
        "answered_at result result_by_id producer_id producer_level",
    ),
    _table("action_order", OrderRow, "id case.id round.id text due_at issued_by_id created_at"),
    _table(
        "referral",
        ReferralRow,
        "id case.id round.id order.id parent.id agency_id status instruction due_at created_at "
        "accepted_at finished_at result actions return_reason",
    ),
    _table("question", QuestionRow, "id case.id round.id text asked_at expires_at answer ended_at"),
    _table(
        "feedback", FeedbackRow, "id case.id round.id rating comment late superseded created_at"
    ),
    _table(
        "breach",
        BreachRow,
        "id case.id round.id agency_id created_at explanation explained_at explained_by_id",
    ),
    _table("ladder_step", LadderStepRow, "id round.id rung at"),
    _table(
        "case_event",
        EventRow,
        "id case.id round_number kind at from_status to_status actor_kind user_id client_id "
        "agency_id referral.id text",
    ),
    _table(
        "survey",
        SurveyRow,
        "id case.id round.id mobile state send_at asked_at reminded_at scored_at expires_at "
        "clarified ended_at",
    ),
    _table(
        "outbox_message",
        OutboxRow,
        "id local_id dedupe_key kind case.id receptor language gateway line text parts state "
        "attempts attempted_at=created_at absent_lookups cost error created_at accepted_at "
        "delivered_at updated_at=delivered_at",
    ),
    _table(
        "inbox_message",
        InboxRow,
        "id provider message_id sender line text received_at state handled_as "
        "handled_at=received_at case.id",
    ),
    _table("opt_out", OptOutRow, "mobile reason created_at"),
    _table("job", JobRow, "id kind key subject_id=about.id run_at lease attempts error dead"),
)
