"""Closed sets with what each value means."""

from __future__ import annotations

from enum import Enum, StrEnum
from typing import Any

import strawberry

from domain.permissions import Act, ReferralAct
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
