"""Closed sets with what each value means."""

from __future__ import annotations

from enum import Enum, StrEnum
from typing import Any

import strawberry

from domain.permissions import Act, ReferralAct
from domain.steps import Step
from models import enums


def described(kind: type[Enum], name: str, description: str, **values: str) -> Any:
    """Make an enum of the service part of the schema; every value needs its meaning."""
    strawberry.enum(kind, name=name, description=description)
    for value in kind.__strawberry_definition__.values:  # type: ignore[attr-defined]
        value.description = values.pop(value.name)
    assert not values, f"{name} has no {', '.join(values)}"
    return kind


class Direction(StrEnum):
    ASC = "asc"
    DESC = "desc"


class CaseOrderField(StrEnum):
    REGISTERED_AT = "registered_at"
    DUE_AT = "due_at"
    UPDATED_AT = "updated_at"


class MessageDirection(StrEnum):
    OUT = "out"
    IN = "in"


class ClockState(StrEnum):
    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"


class KeyScope(StrEnum):
    CASES_READ = "cases:read"
    CASES_WRITE = "cases:write"
    FIGURES_READ = "figures:read"
    IDENTITY_READ = "identity:read"


described(
    Direction,
    "Direction",
    "The direction of an order.",
    ASC="Smallest, earliest first.",
    DESC="Largest, latest first.",
)
described(
    CaseOrderField,
    "CaseOrderField",
    "What cases can be ordered by.",
    REGISTERED_AT="Moment of registration.",
    DUE_AT="Moment at which the clock ends.",
    UPDATED_AT="Moment of the last change; the order in which to follow changes.",
)
described(
    MessageDirection,
    "MessageDirection",
    "Which way a text message went.",
    OUT="From the service to the citizen.",
    IN="From the citizen to the service.",
)
described(
    ClockState,
    "ClockState",
    "Whether a clock runs.",
    RUNNING="It runs, or has run out.",
    PAUSED="It waits for the citizen's answer to a question.",
    STOPPED="The case was answered, or has ended otherwise.",
)
described(
    KeyScope,
    "KeyScope",
    "What a partner's key is good for.",
    CASES_READ="`cases:read`: reading the cases of its agency.",
    CASES_WRITE="`cases:write`: registering cases and handling them.",
    FIGURES_READ="`figures:read`: figures of its agency's cases.",
    IDENTITY_READ="`identity:read`: identities and the words of texts, where the citizen agreed.",
)
described(
    Step,
    "Step",
    "The six steps of a case (گام‌های شش‌گانه).",
    CALL="The citizen calls and is identified (S1).",
    REGISTRATION="The case is registered and referred to the senior coordinator (S2).",
    REVIEW="The senior coordinator reviews it and orders action (S3).",
    HANDLING="The coordinators act and report (S4).",
    RESULT="The senior coordinator records the result (S5).",
    FEEDBACK="The citizen is answered and gives a verdict (S6).",
)
described(
    enums.PlaceLevel,
    "PlaceLevel",
    "Level of an official division of the country.",
    PROVINCE="استان.",
    COUNTY="شهرستان, part of a province.",
    DISTRICT="بخش, part of a county.",
    CITY="شهر, part of a district.",
    CITY_ZONE="منطقه, part of a city.",
    RURAL_DISTRICT="دهستان, part of a district.",
    VILLAGE="روستا, part of a rural district.",
)
described(
    enums.AgencyLevel,
    "AgencyLevel",
    "The four levels at which an agency has coordinators.",
    MAIN="دستگاه اصلی: a ministry or a body of its rank.",
    SUBSIDIARY="دستگاه تابعه: an organisation of a main agency.",
    PROVINCIAL="واحد استانی.",
    COUNTY="واحد شهرستانی.",
)
described(
    enums.DecisionLevel,
    "DecisionLevel",
    "Who decides a round of a case; a dissatisfied citizen's case climbs.",
    COUNTY="The county unit.",
    PROVINCIAL="The provincial unit.",
    SUBSIDIARY="The subsidiary agency.",
    MAIN="The main agency.",
    NATIONAL="The national centre, whose verdict is final.",
)
described(
    enums.Role,
    "Role",
    "Role of a member of staff.",
    OPERATOR="کارشناس ۱۲۸: answers calls and registers cases.",
    SENIOR="راهبر ارشد: receives every case of a main agency.",
    COORDINATOR="راهبر: handles the referrals of one unit.",
    HEAD="بالاترین مقام اجرایی: answers for breaches.",
    INSPECTOR="بازرس.",
    SUPERVISOR="ناظر مرکز ملی: sees everything.",
    ADMIN="مدیر سامانه: people, agencies, settings; no case.",
)
described(
    enums.ReporterKind,
    "ReporterKind",
    "Who reports.",
    CITIZEN="A citizen; the identity is shown to the agency by consent only.",
    EMPLOYEE="An employee; the identity is never shown to the agency.",
)
described(
    enums.CaseKind,
    "CaseKind",
    "What a case asks for.",
    REQUEST="درخواست: that something be done.",
    COMPLAINT="شکایت: that a wrong be put right.",
)
described(
    enums.Channel,
    "Channel",
    "How a case came in.",
    PHONE="By a call to 128.",
    API="Forwarded by a partner's system.",
)
described(
    enums.CaseStatus,
    "CaseStatus",
    "Where a case stands.",
    REGISTERED="At the national centre, not yet with an agency.",
    UNDER_REVIEW="With the senior coordinator, or with the centre if `atCentre`.",
    IN_HANDLING="With one or more coordinators.",
    WAITING_CITIZEN="A question was sent to the citizen; the clock is paused.",
    ANSWERED="The citizen was told the result and is asked for a verdict.",
    CLOSED="Ended; may be reopened by the citizen within seven days.",
    OUT_OF_SCOPE="Ended: not about the manner of a service.",
    DUPLICATE="Ended: the same matter is pursued in another case.",
    WITHDRAWN="Ended: the citizen withdrew it.",
)
described(
    enums.ReferralStatus,
    "ReferralStatus",
    "Where a referral stands.",
    PENDING="Handed to the unit, which has not yet answered.",
    ACCEPTED="Taken on by the unit.",
    REFERRED="Handed further down; waits for the units below.",
    REPORTED="Done: the result was reported.",
    RETURNED="Returned as not the unit's.",
    CANCELLED="Ended because the case ended otherwise.",
)
described(
    enums.ActorKind,
    "ActorKind",
    "What kind of actor did something.",
    USER="A member of staff.",
    CLIENT="A partner's system.",
    CITIZEN="The citizen, by SMS or telephone.",
    SYSTEM="The service itself.",
)
described(
    enums.Language,
    "Language",
    "A language that a citizen may choose for texts from 128.",
    PERSIAN="فارسی.",
    AZERI="Azerbaijani Turkish of Iran, in Perso-Arabic script.",
    KURDISH="Central Kurdish.",
    ARABIC="Arabic.",
    ENGLISH="English.",
)
described(
    enums.MessageChannel,
    "MessageChannel",
    "How a message reaches the citizen.",
    SMS="As a text message.",
    CALL="Read out in a telephone call.",
)
described(
    enums.MessageState,
    "MessageState",
    "Where a text message to the citizen stands.",
    PENDING="To be sent.",
    SENDING="Being handed to the provider.",
    UNCERTAIN="Handed over, without a clear answer; being looked up.",
    ACCEPTED="Taken by the provider.",
    SENT="With the telephone network.",
    DELIVERED="On the telephone.",
    UNDELIVERED="The network could not deliver it.",
    FAILED="The provider refused it.",
    BLOCKED="The citizen takes no texts; to be told by telephone.",
    CANCELLED="Not sent any more.",
    NEEDS_REVIEW="A person must look at it.",
)
described(
    enums.LadderRung,
    "LadderRung",
    "A rung of the ladder that a case climbs while its clock runs.",
    REMINDER="Half of the time is over; the holder is reminded.",
    WARNING="Four fifths of it are over; the holder and the senior coordinator are warned.",
    BREACH="It is over; the agency's head must explain.",
    CENTRE="Hours after that the national centre is told.",
    CENTRE_HEAD="A day after that the head of the centre is told.",
)
described(
    Act,
    "CaseAct",
    "An act on a case, each with one mutation.",
    ORDER="`orderAction`",
    RECORD_RESULT="`recordResult`",
    RETURN_TO_CENTRE="`returnCase`",
    REROUTE="`rerouteCase`",
    ASK_CITIZEN="`askCitizen`",
    WITHDRAW="`withdrawCase`",
    REOPEN="`reopenCase`",
    MARK_DUPLICATE="`markDuplicate`",
    MARK_OUT_OF_SCOPE="`markOutOfScope`",
    EXPLAIN_BREACH="`explainBreach`",
    NOTE="`addNote`",
)
described(
    ReferralAct,
    "ReferralAct",
    "An act on a referral, each with one mutation.",
    ACCEPT="`acceptReferral`",
    REFER="`referCase`",
    REPORT="`reportReferral`",
    RETURN="`returnReferral`",
)
described(
    enums.EventKind,
    "CaseEventKind",
    "What happened.",
    REGISTERED="The case was registered.",
    REFER_TO_SENIOR="It was handed to the senior coordinator.",
    NO_SENIOR="Its agency has nobody who receives cases; the centre keeps it.",
    RETURN_TO_CENTRE="The agency returned it as not its own.",
    REROUTE="The centre sent it to another agency.",
    ORDER="The senior coordinator ordered action.",
    REFERRED="A unit was given work.",
    ACCEPTED="A unit took its work on.",
    REPORTED="A unit reported its result.",
    RETURNED="A unit returned work that is not its own.",
    REFERRAL_CANCELLED="Work ended because the case ended otherwise.",
    CHILDREN_REPORTED="All units below a unit have reported to it.",
    ALL_REPORTED="All units have reported; the senior coordinator is to record the result.",
    ASK="The citizen was asked; the clock waits.",
    REPLY="The citizen answered or the time for it ran out; the clock goes on.",
    ANSWER="The result was recorded and the citizen told.",
    CLOSE="The case was closed.",
    REOPEN_TO_REVIEW="It was reopened, to be reviewed by the main agency or the centre.",
    REOPEN_TO_HANDLING="It was reopened, to be handled by a unit one level higher.",
    WITHDRAW="The citizen withdrew it.",
    MARK_DUPLICATE="It was found to be a duplicate.",
    MARK_OUT_OF_SCOPE="It was found to be out of scope.",
    LADDER="The clock climbed a rung; `text` names it as in `LadderRung`, in small letters.",
    BREACH="The clock ran out.",
    BREACH_EXPLAINED="The agency's head explained a breach.",
    NOTE="Somebody added a remark.",
    FEEDBACK="The citizen gave a verdict; `text` is the rating.",
    FEEDBACK_COMMENT="The citizen added words to the verdict.",
    FEEDBACK_CORRECTED="The citizen corrected the verdict.",
    LATE_FEEDBACK="A verdict came after its time.",
    FINAL_VERDICT="The citizen is dissatisfied, but the centre has decided already.",
    TEXT_SETTLED="Somebody read a text of the citizen that the service did not understand.",
)
described(
    enums.TextKind,
    "MessageKind",
    "What a text message to the citizen is about.",
    IDENTITY_CODE="The code that proves an identity.",
    REGISTERED="The tracking code.",
    OUT_OF_SCOPE="The competent body.",
    QUESTION="A question.",
    RESULT="The result.",
    SURVEY="Asks for a verdict.",
    SURVEY_REMINDER="Asks for it once more.",
    SURVEY_CLARIFY="Asks for a plain number.",
    SURVEY_COMMENT="Asks for a comment.",
    SURVEY_THANKS="Thanks.",
    SURVEY_REOPENED="The case was reopened; asks what is not solved.",
    SURVEY_REOPENED_THANKS="The case was reopened with the citizen's comment.",
    SURVEY_FINAL="The centre's verdict is final.",
    SURVEY_CORRECTED="The verdict was corrected.",
    STATUS="Where the case stands, on request.",
    STATUS_UNKNOWN="There is no such case for this number.",
    RECEIVED="A person will read the citizen's text.",
    WITHDRAWN="The case ended at the citizen's request.",
    DUPLICATE="The case was joined to another.",
    STAFF_BREACH="To members of staff, about breaches.",
    RESULT_CALL="The result, read out in a telephone call.",
    OPERATOR_TEXT="Words of an operator.",
)
described(
    enums.Meaning,
    "MessageMeaning",
    "What a text message from the citizen was taken for.",
    OPT_OUT="No more surveys.",
    OPT_IN="Texts are welcome again.",
    STATUS="Asks where the case stands.",
    STATUS_UNKNOWN="Asks about a case that is not of this number.",
    STATUS_LIMITED="Asks too often; not answered.",
    REPLY="The answer to a question.",
    SCORE="The verdict.",
    COMMENT="Words on the verdict.",
    NOTE="A second score too late to correct the verdict; kept as a note.",
    CORRECTION="A corrected verdict.",
    LATE_SCORE="A verdict after its time.",
    CLARIFIED="No plain number; asked again.",
    OPERATOR="Not understood; a person reads it.",
)
described(
    enums.NoticeKind,
    "NotificationKind",
    "What a member of staff is told.",
    NEW_CASE="A new case to review.",
    NO_SENIOR="A case of an agency with nobody who receives it.",
    MISROUTED="A case came back to the centre.",
    REFERRAL="New work for the unit.",
    CHILDREN_REPORTED="The units below have reported.",
    ALL_REPORTED="All units have reported; the result is to be recorded.",
    CITIZEN_REPLIED="The citizen answered a question, or the time for it ran out.",
    REOPENED="A case was reopened.",
    REMINDER="Half of the time is over.",
    WARNING="The time is running out.",
    BREACH="The time is over; an explanation is needed.",
    CENTRE="A case is three hours late.",
    CENTRE_HEAD="A case is a day late.",
    LATE_FEEDBACK="A late verdict.",
    WEBHOOK_STOPPED="A partner's webhook takes nothing and was stopped.",
)
