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
