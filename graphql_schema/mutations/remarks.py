# ruff: noqa: A002 - GraphQL gives the arguments their names
from __future__ import annotations

import strawberry

import models
from domain import breaches, identity, notes, notifications
from domain.errors import DomainError
from graphql_schema.context import Info
from graphql_schema.mutations.payloads import (
    BreachPayload,
    EventPayload,
    IdentityPayload,
    NotificationPayload,
)
from graphql_schema.mutations.perform import Input, Repeatable, Versioned, given, perform, refused
from graphql_schema.mutations.review import CaseInput
from graphql_schema.node import key_of
from graphql_schema.types.case import Identity


@strawberry.input(description="A remark for the people who handle a case.")
class AddNoteInput(CaseInput):
    text: str = given("2–2000 characters; the citizen does not get it.")


@strawberry.input(description="Why the citizen was not answered in time.")
class ExplainBreachInput(Versioned):
    breach_id: strawberry.ID = given("Global id of the breach.")
    explanation: str = given("10–2000 characters; recorded once.")


@strawberry.input(description="Whose identity to open, and why.")
class ViewIdentityInput:
    case_id: strawberry.ID = given("Global id of the case.")
    reason: str = given("3–200 characters; kept with who and when.")


@strawberry.input(description="Up to where a member of staff has read the notifications.")
class ReadNotificationsInput(Repeatable):
    notification_id: strawberry.ID = given("Global id of the newest one that was read.")


@strawberry.type
class RemarkMutations:
    @strawberry.mutation(description="Mark a notification and all before it as read (staff only).")
    @staticmethod
    async def read_notifications(
        info: Info,
        input: Input[ReadNotificationsInput],
    ) -> NotificationPayload:
        key = key_of(input.notification_id, models.Notification)
        return await perform(
            info, NotificationPayload, input, lambda actor: notifications.read(actor, key)
        )

    @strawberry.mutation(description="Add a remark to a case.")
    @staticmethod
    async def add_note(info: Info, input: Input[AddNoteInput]) -> EventPayload:
        return await perform(
            info,
            EventPayload,
            input,
            lambda actor: notes.add(actor, input.case_key, input.text, input.expected_version),
        )

    @strawberry.mutation(description="Explain a breach of the clock, once (agency's head, A5).")
    @staticmethod
    async def explain_breach(
        info: Info,
        input: Input[ExplainBreachInput],
    ) -> BreachPayload:
        key = key_of(input.breach_id, models.Breach)
        return await perform(
            info,
            BreachPayload,
            input,
            lambda actor: breaches.explain(actor, key, input.explanation, input.expected_version),
        )

    @strawberry.mutation(
        description="Open the identity of a case's reporter. Each view is recorded, so this is a "
        "mutation and takes no idempotency key."
    )
    @staticmethod
    async def view_identity(
        info: Info,
        input: Input[ViewIdentityInput],
    ) -> IdentityPayload:
        key = key_of(input.case_id, models.Case)
        try:
            found = await identity.view(info.context.actor, key, input.reason)
        except DomainError as error:
            return refused(info, IdentityPayload, error)
        return IdentityPayload(identity=Identity(**found))
