"""Rows in memory: light stand-ins for the models, tied by reference until they are written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from models.enums import (
    ActorKind,
    CallState,
    CaseKind,
    CaseStatus,
    Channel,
    DecisionLevel,
    IdentityMethod,
    InboxState,
    Language,
    MessageState,
    ReferralStatus,
    ReporterKind,
    Role,
    SurveyState,
)


@dataclass(slots=True, kw_only=True, eq=False)
class Row:
    id: int | None = None


NO_ROW = Row()
"""What a reference that is null refers to."""


@dataclass(slots=True, kw_only=True, eq=False)
class UserRow(Row):
    username: str
    password_hash: str
    full_name: str
    role: Role
    agency_id: int | None
    created_at: datetime
    mobile: str = ""
    active: bool = True
    failed_sign_ins: int = 0
    locked_until: datetime | None = None


@dataclass(slots=True, kw_only=True, eq=False)
class CitizenRow(Row):
    name: str
    national_id_sealed: str
    national_id_index: str
    created_at: datetime
    mobile: str
    language: Language = Language.PERSIAN
    last_asked: datetime | None = None
    opted_out: bool = False


@dataclass(slots=True, kw_only=True, eq=False)
class NumberRow(Row):
    """A citizen's telephone number, from the first case on."""

    mobile: str
    language: Language
    voice: bool
    created_at: datetime


@dataclass(slots=True, kw_only=True, eq=False)
class CallRow(Row):
    call_id: str
    caller: str
    ringing_at: datetime
    answered_at: datetime
    ended_at: datetime
    operator_id: int
    updated_at: datetime
    state: CallState = CallState.ENDED


@dataclass(slots=True, kw_only=True, eq=False)
class CheckRow(Row):
    call: CallRow
    citizen: CitizenRow
    mobile: str
    created_at: datetime
    expires_at: datetime
    verified_at: datetime
    method: IdentityMethod = IdentityMethod.CODE
    code_hash: str = ""
    tries: int = 1


@dataclass(slots=True, kw_only=True, eq=False)
class ContactRow(Row):
    call: CallRow
    mobile: str
    category: str
    note: str
    operator_id: int
    created_at: datetime


@dataclass(slots=True, kw_only=True, eq=False)
class IncidentRow(Row):
    title: str
    created_at: datetime


@dataclass(slots=True, kw_only=True, eq=False)
class CaseRow(Row):
    tracking_code: str
    kind: CaseKind
    reporter_kind: ReporterKind
    citizen: CitizenRow
    mobile: str
    consent: bool
    agency_id: int
    main_agency_id: int
    place_id: str
    province_id: str
    county_id: str | None
    indicator_id: int
    subject: str
    text: str
    folded: str
    registered_by_id: int
    call: CallRow
    registered_at: datetime
    due_at: datetime
    updated_at: datetime
    status: CaseStatus = CaseStatus.REGISTERED
    channel: Channel = Channel.PHONE
    client_id: str | None = None
    incident: Row = NO_ROW
    duplicate_of: Row = NO_ROW
    resume_status: CaseStatus | None = None
    at_centre: bool = False
    round: int = 1
    reopened: int = 0
    misrouted: int = 0
    rating: int | None = None
    paused_at: datetime | None = None
    answered_at: datetime | None = None
    closed_at: datetime | None = None
    version: int = 1


@dataclass(slots=True, kw_only=True, eq=False)
class OtherIndicatorRow(Row):
    case: CaseRow
    indicator_id: int


@dataclass(slots=True, kw_only=True, eq=False)
class RoundRow(Row):
    case: CaseRow
    number: int
    level: DecisionLevel
    started_at: datetime
    due_at: datetime
    paused_seconds: int = 0
    first_action_at: datetime | None = None
    breached_at: datetime | None = None
    answered_at: datetime | None = None
    result: str = ""
    result_by_id: int | None = None
    producer_id: int | None = None
    producer_level: DecisionLevel | None = None


@dataclass(slots=True, kw_only=True, eq=False)
class OrderRow(Row):
    case: CaseRow
    round: RoundRow
    text: str
    due_at: datetime
    issued_by_id: int
    created_at: datetime


@dataclass(slots=True, kw_only=True, eq=False)
class ReferralRow(Row):
    case: CaseRow
    round: RoundRow
    agency_id: int
    instruction: str
    due_at: datetime
    created_at: datetime
    order: Row = NO_ROW
    parent: Row = NO_ROW
    status: ReferralStatus = ReferralStatus.PENDING
    accepted_at: datetime | None = None
    finished_at: datetime | None = None
    result: str = ""
    actions: str = ""
    return_reason: str = ""


@dataclass(slots=True, kw_only=True, eq=False)
class QuestionRow(Row):
    case: CaseRow
    round: RoundRow
    text: str
    asked_at: datetime
    expires_at: datetime
    answer: str | None = None
    ended_at: datetime | None = None


@dataclass(slots=True, kw_only=True, eq=False)
class FeedbackRow(Row):
    case: CaseRow
    round: RoundRow
    rating: int
    comment: str
    created_at: datetime
    late: bool = False
    superseded: bool = False


@dataclass(slots=True, kw_only=True, eq=False)
class BreachRow(Row):
    case: CaseRow
    round: RoundRow
    agency_id: int
    created_at: datetime
    explanation: str = ""
    explained_at: datetime | None = None
    explained_by_id: int | None = None


@dataclass(slots=True, kw_only=True, eq=False)
class LadderStepRow(Row):
    round: RoundRow
    rung: str
    at: datetime


@dataclass(slots=True, kw_only=True, eq=False)
class EventRow(Row):
    case: CaseRow
    round_number: int
    kind: str
    at: datetime
    actor_kind: ActorKind
    from_status: CaseStatus | None = None
    to_status: CaseStatus | None = None
    user_id: int | None = None
    client_id: str | None = None
    agency_id: int | None = None
    referral: Row = NO_ROW
    text: str = ""


@dataclass(slots=True, kw_only=True, eq=False)
class SurveyRow(Row):
    case: CaseRow
    round: RoundRow
    mobile: str
    send_at: datetime
    state: SurveyState = SurveyState.SCHEDULED
    asked_at: datetime | None = None
    reminded_at: datetime | None = None
    scored_at: datetime | None = None
    expires_at: datetime | None = None
    clarified: bool = False
    ended_at: datetime | None = None


@dataclass(slots=True, kw_only=True, eq=False)
class OutboxRow(Row):
    """A delivered SMS; `about` and the words around its id make the key of the event."""

    kind: str
    case: Row
    about: Row
    key: tuple[str, str]
    receptor: str
    line: str
    text: str
    parts: int
    local_id: int
    created_at: datetime
    accepted_at: datetime
    delivered_at: datetime
    cost: int
    language: Language = Language.PERSIAN
    gateway: str = "kavenegar"
    state: MessageState = MessageState.DELIVERED
    attempts: int = 1
    absent_lookups: int = 0
    error: str = ""

    @property
    def dedupe_key(self) -> str:
        return f"{self.key[0]}:{self.about.id}:{self.key[1]}".rstrip(":")


@dataclass(slots=True, kw_only=True, eq=False)
class InboxRow(Row):
    message_id: str
    sender: str
    line: str
    text: str
    received_at: datetime
    handled_as: str
    case: CaseRow
    provider: str = "generated"
    state: InboxState = InboxState.HANDLED


@dataclass(slots=True, kw_only=True, eq=False)
class OptOutRow(Row):
    mobile: str
    created_at: datetime
    reason: str = "reply"


@dataclass(slots=True, kw_only=True, eq=False)
class JobRow(Row):
    """Work that a worker will find as if the use cases had asked for it."""

    kind: str
    about: Row
    run_at: datetime
    words: tuple[str, str]
    attempts: int = 0
    lease: str = ""
    error: str = ""
    dead: bool = False

    @property
    def key(self) -> str:
        return f"{self.words[0]}:{self.about.id}:{self.words[1]}".rstrip(":")
