"""Closed sets of the service. Values are stable: they are stored, sent and documented."""

from __future__ import annotations

from enum import StrEnum


class PlaceLevel(StrEnum):
    """Levels of the official administrative divisions (B10)."""

    PROVINCE = "province"
    COUNTY = "county"
    DISTRICT = "district"
    CITY = "city"
    CITY_ZONE = "city_zone"
    RURAL_DISTRICT = "rural_district"
    VILLAGE = "village"


class AgencyLevel(StrEnum):
    """The four levels at which an agency has coordinators (S4)."""

    MAIN = "main"
    SUBSIDIARY = "subsidiary"
    PROVINCIAL = "provincial"
    COUNTY = "county"


class DecisionLevel(StrEnum):
    """Who decides a round of a case: a level of the agency, or the national centre (S6)."""

    COUNTY = "county"
    PROVINCIAL = "provincial"
    SUBSIDIARY = "subsidiary"
    MAIN = "main"
    NATIONAL = "national"


class Role(StrEnum):
    OPERATOR = "operator"
    SENIOR = "senior"
    COORDINATOR = "coordinator"
    HEAD = "head"
    INSPECTOR = "inspector"
    SUPERVISOR = "supervisor"
    ADMIN = "admin"


class ReporterKind(StrEnum):
    """G2: citizens and employees are heard; an employee stays confidential to the agency."""

    CITIZEN = "citizen"
    EMPLOYEE = "employee"


class CaseKind(StrEnum):
    REQUEST = "request"
    COMPLAINT = "complaint"


class Channel(StrEnum):
    PHONE = "phone"
    API = "api"


class CaseStatus(StrEnum):
    REGISTERED = "registered"
    UNDER_REVIEW = "under_review"
    IN_HANDLING = "in_handling"
    WAITING_CITIZEN = "waiting_citizen"
    ANSWERED = "answered"
    CLOSED = "closed"
    OUT_OF_SCOPE = "out_of_scope"
    DUPLICATE = "duplicate"
    WITHDRAWN = "withdrawn"


class ReferralStatus(StrEnum):
    PENDING = "pending"
    ACCEPTED = "accepted"
    REFERRED = "referred"
    REPORTED = "reported"
    RETURNED = "returned"
    CANCELLED = "cancelled"


class LadderRung(StrEnum):
    """A rung of the escalation ladder (design §4)."""

    REMINDER = "reminder"
    WARNING = "warning"
    BREACH = "breach"
    CENTRE = "centre"
    CENTRE_HEAD = "centre_head"


class EventKind(StrEnum):
    """What an entry of a timeline says; the moves of `domain.workflow` are among them."""

    REGISTERED = "registered"
    REFER_TO_SENIOR = "refer_to_senior"
    NO_SENIOR = "no_senior"
    RETURN_TO_CENTRE = "return_to_centre"
    REROUTE = "reroute"
    ORDER = "order"
    REFERRED = "referred"
    ACCEPTED = "accepted"
    REPORTED = "reported"
    RETURNED = "returned"
    REFERRAL_CANCELLED = "referral_cancelled"
    CHILDREN_REPORTED = "children_reported"
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
    LADDER = "ladder"
    BREACH = "breach"
    BREACH_EXPLAINED = "breach_explained"
    NOTE = "note"
    FEEDBACK = "feedback"
    FEEDBACK_COMMENT = "feedback_comment"
    FEEDBACK_CORRECTED = "feedback_corrected"
    LATE_FEEDBACK = "late_feedback"
    FINAL_VERDICT = "final_verdict"
    TEXT_SETTLED = "text_settled"


class NoticeKind(StrEnum):
    """What a member of staff is told under the bell."""

    NEW_CASE = "new_case"
    NO_SENIOR = "no_senior"
    MISROUTED = "misrouted"
    REFERRAL = "referral"
    CHILDREN_REPORTED = "children_reported"
    ALL_REPORTED = "all_reported"
    CITIZEN_REPLIED = "citizen_replied"
    REOPENED = "reopened"
    REMINDER = "reminder"
    WARNING = "warning"
    BREACH = "breach"
    CENTRE = "centre"
    CENTRE_HEAD = "centre_head"
    LATE_FEEDBACK = "late_feedback"
    WEBHOOK_STOPPED = "webhook_stopped"


class ActorKind(StrEnum):
    USER = "user"
    CLIENT = "client"
    CITIZEN = "citizen"
    SYSTEM = "system"


class CallState(StrEnum):
    RINGING = "ringing"
    ANSWERED = "answered"
    ENDED = "ended"


class IdentityMethod(StrEnum):
    """How the caller's identity was proved (S1)."""

    CODE = "code"
    REGISTRY = "registry"


class TextKind(StrEnum):
    """What an outgoing SMS is about; each has a template of this name."""

    IDENTITY_CODE = "identity_code"
    REGISTERED = "registered"
    OUT_OF_SCOPE = "out_of_scope"
    QUESTION = "question"
    RESULT = "result"
    SURVEY = "survey"
    SURVEY_REMINDER = "survey_reminder"
    SURVEY_CLARIFY = "survey_clarify"
    SURVEY_COMMENT = "survey_comment"
    SURVEY_THANKS = "survey_thanks"
    SURVEY_REOPENED = "survey_reopened"
    SURVEY_REOPENED_THANKS = "survey_reopened_thanks"
    SURVEY_FINAL = "survey_final"
    SURVEY_CORRECTED = "survey_corrected"
    STATUS = "status"
    STATUS_UNKNOWN = "status_unknown"
    RECEIVED = "received"
    WITHDRAWN = "withdrawn"
    DUPLICATE = "duplicate"
    STAFF_BREACH = "staff_breach"
    RESULT_CALL = "result_call"
    OPERATOR_TEXT = "operator_text"


class Language(StrEnum):
    """Languages a citizen may choose for texts from 128; BCP 47."""

    PERSIAN = "fa"
    AZERI = "azb"
    KURDISH = "ckb"
    ARABIC = "ar"
    ENGLISH = "en"


class MessageChannel(StrEnum):
    """An SMS, or a telephone call in which the text is read out."""

    SMS = "sms"
    CALL = "call"


class MessageState(StrEnum):
    """Life of an outgoing SMS; see docs/sms.md."""

    PENDING = "pending"
    SENDING = "sending"
    UNCERTAIN = "uncertain"
    ACCEPTED = "accepted"
    SENT = "sent"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    FAILED = "failed"
    BLOCKED = "blocked"
    CANCELLED = "cancelled"
    NEEDS_REVIEW = "needs_review"


class Resumption(StrEnum):
    """How sending resumes after the provider made us stop."""

    OPERATOR = "operator"
    CREDIT = "credit"
    TIME = "time"


class InboxState(StrEnum):
    NEW = "new"
    HANDLED = "handled"
    UNCLEAR = "unclear"


class Settlement(StrEnum):
    """What a person did about a text that no rule understood."""

    READ = "read"
    SCORED = "scored"
    ATTACHED = "attached"
    CALLED_BACK = "called_back"


class Meaning(StrEnum):
    """What an incoming SMS was taken for (sms-anchors §3)."""

    OPT_OUT = "opt_out"
    OPT_IN = "opt_in"
    STATUS = "status"
    STATUS_UNKNOWN = "status_unknown"
    STATUS_LIMITED = "status_limited"
    REPLY = "reply"
    SCORE = "score"
    COMMENT = "comment"
    NOTE = "note"
    CORRECTION = "correction"
    LATE_SCORE = "late_score"
    CLARIFIED = "clarified"
    OPERATOR = "operator"


class SurveyState(StrEnum):
    SCHEDULED = "scheduled"
    ASKED = "asked"
    SCORED = "scored"
    DONE = "done"
    EXPIRED = "expired"
    SKIPPED = "skipped"


class DeliveryState(StrEnum):
    """Where a message to a partner's webhook stands; a dead one is sent again only by hand."""

    PENDING = "pending"
    DELIVERED = "delivered"
    DEAD = "dead"


class WebhookStop(StrEnum):
    """Why the service itself switched a webhook off."""

    GONE = "gone"
    FAILING = "failing"
