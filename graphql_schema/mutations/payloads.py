"""What mutations answer with, one type per thing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import strawberry

from graphql_schema.mutations.perform import Payload, thing
from graphql_schema.types.case import Case, Identity
from graphql_schema.types.event import CaseEvent, Question
from graphql_schema.types.notification import Notification
from graphql_schema.types.referral import ActionOrder, Referral
from graphql_schema.types.round import Breach


@strawberry.type(description="The case as it is now.")
class CasePayload(Payload):
    case: Case | None = thing("The case; null if nothing was done.")

    @classmethod
    def of(cls, rows: Sequence[Any]) -> Self:
        return cls(case=next(iter(rows), None))


@strawberry.type(description="The answered case, and others of its incident.")
class ResultPayload(Payload):
    case: Case | None = thing("The case; null if nothing was done.")
    also_answered: list[Case] | None = thing("Other cases of the incident with the same result.")

    @classmethod
    def of(cls, rows: Sequence[Any]) -> Self:
        return cls(case=next(iter(rows), None), also_answered=list(rows[1:]))


@strawberry.type(description="The referral as it is now.")
class ReferralPayload(Payload):
    referral: Referral | None = thing("The referral; null if nothing was done.")

    @classmethod
    def of(cls, rows: Sequence[Any]) -> Self:
        return cls(referral=next(iter(rows), None))


@strawberry.type(description="The new referrals.")
class ReferralsPayload(Payload):
    referrals: list[Referral] | None = thing("One for each unit; null if nothing was done.")

    @classmethod
    def of(cls, rows: Sequence[Any]) -> Self:
        return cls(referrals=list(rows))


@strawberry.type(description="The new action order.")
class OrderPayload(Payload):
    order: ActionOrder | None = thing("The order; null if nothing was done.")

    @classmethod
    def of(cls, rows: Sequence[Any]) -> Self:
        return cls(order=next(iter(rows), None))


@strawberry.type(description="The new question.")
class QuestionPayload(Payload):
    question: Question | None = thing("The question; null if nothing was done.")

    @classmethod
    def of(cls, rows: Sequence[Any]) -> Self:
        return cls(question=next(iter(rows), None))


@strawberry.type(description="The new timeline entry.")
class EventPayload(Payload):
    event: CaseEvent | None = thing("The entry; null if nothing was done.")

    @classmethod
    def of(cls, rows: Sequence[Any]) -> Self:
        return cls(event=next(iter(rows), None))


@strawberry.type(description="The explained breach.")
class BreachPayload(Payload):
    breach: Breach | None = thing("The breach; null if nothing was done.")

    @classmethod
    def of(cls, rows: Sequence[Any]) -> Self:
        return cls(breach=next(iter(rows), None))


@strawberry.type(description="The newest notification that was read.")
class NotificationPayload(Payload):
    notification: Notification | None = thing("The notification; null if nothing was done.")

    @classmethod
    def of(cls, rows: Sequence[Any]) -> Self:
        return cls(notification=next(iter(rows), None))


@strawberry.type(description="The opened identity.")
class IdentityPayload(Payload):
    identity: Identity | None = thing("The identity; null if it was not opened.")
