# ruff: noqa: A002 - GraphQL gives the arguments their names
from __future__ import annotations

import strawberry

import models
from domain import breaches, identity, notes
from domain.errors import DomainError
from graphql_schema.context import Info
from graphql_schema.mutations.payloads import BreachPayload, EventPayload, IdentityPayload
from graphql_schema.mutations.perform import Input, Repeatable, given, perform, refused
from graphql_schema.node import key_of
from graphql_schema.types.case import Identity


@strawberry.input(description="A remark for the people who handle a case.")
class AddNoteInput(Repeatable):
    case_id: strawberry.ID = given("Global id of the case.")
    text: str = given("2–2000 characters; the citizen does not get it.")


@strawberry.input(description="Why the citizen was not answered in time.")
class ExplainBreachInput(Repeatable):
    breach_id: strawberry.ID = given("Global id of the breach.")
    explanation: str = given("10–2000 characters; recorded once.")


@strawberry.input(description="Whose identity to open, and why.")
class ViewIdentityInput:
    case_id: strawberry.ID = given("Global id of the case.")
    reason: str = given("3–200 characters; kept with who and when.")


@strawberry.type
class RemarkMutations:
    @strawberry.mutation(description="Add a remark to a case.")
    @staticmethod
    async def add_note(info: Info, input: Input[AddNoteInput]) -> EventPayload:
        key = key_of(input.case_id, models.Case)
        return await perform(
            info, EventPayload, input, lambda actor: notes.add(actor, key, input.text)
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
            lambda actor: breaches.explain(actor, key, input.explanation),
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
