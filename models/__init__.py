"""Tortoise models: what is stored. No rules, no sending, no addresses."""

from models.agency import Agency
from models.call import Call, Citizen, IdentityCheck, IdentityView, OutOfScopeContact
from models.case import (
    ActionOrder,
    Breach,
    Case,
    CaseEvent,
    Feedback,
    Incident,
    Indicator,
    LadderStep,
    Question,
    Referral,
    Round,
)
from models.job import CompetentBody, Job, ServiceRule
from models.message import (
    InboxMessage,
    MessageTemplate,
    OptOut,
    OutboxMessage,
    SendingHalt,
    Survey,
)
from models.partner import Change, TrustedDocument, Webhook, WebhookDelivery
from models.people import (
    Client,
    ClientUsage,
    IdempotentReply,
    Notification,
    Session,
    User,
)
from models.place import Place

__all__ = [
    "ActionOrder",
    "Agency",
    "Breach",
    "Call",
    "Case",
    "CaseEvent",
    "Change",
    "Citizen",
    "Client",
    "ClientUsage",
    "CompetentBody",
    "Feedback",
    "IdempotentReply",
    "IdentityCheck",
    "IdentityView",
    "InboxMessage",
    "Incident",
    "Indicator",
    "Job",
    "LadderStep",
    "MessageTemplate",
    "Notification",
    "OptOut",
    "OutOfScopeContact",
    "OutboxMessage",
    "Place",
    "Question",
    "Referral",
    "Round",
    "SendingHalt",
    "ServiceRule",
    "Session",
    "Survey",
    "TrustedDocument",
    "User",
    "Webhook",
    "WebhookDelivery",
]
