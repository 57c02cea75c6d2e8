# ruff: noqa: A002 - GraphQL gives the arguments their names
from __future__ import annotations

import strawberry

from domain import closing
from graphql_schema.context import Info
from graphql_schema.mutations.payloads import CasePayload
from graphql_schema.mutations.perform import Input, given, perform
from graphql_schema.mutations.review import CaseInput


@strawberry.input(description="What the citizen asked for on the telephone.")
class CitizenWishInput(CaseInput):
    reason: str = given("In the citizen's words, 3–500 characters.")


@strawberry.input(description="The case that pursues the same matter.")
class MarkDuplicateInput(CaseInput):
    original: str = given("Tracking code of that case.")


@strawberry.input(description="Where the matter belongs.")
class MarkOutOfScopeInput(CaseInput):
    category: str = given("Code of a competent body.")


@strawberry.type
class ClosingMutations:
    @strawberry.mutation(description="The citizen no longer wants the case pursued.")
    @staticmethod
    async def withdraw_case(info: Info, input: Input[CitizenWishInput]) -> CasePayload:
        return await perform(
            info,
            CasePayload,
            input,
            lambda actor: closing.withdraw(
                actor, input.case_key, input.reason, input.expected_version
            ),
        )

    @strawberry.mutation(description="The citizen wants a closed case pursued one level higher.")
    @staticmethod
    async def reopen_case(info: Info, input: Input[CitizenWishInput]) -> CasePayload:
        return await perform(
            info,
            CasePayload,
            input,
            lambda actor: closing.reopen(
                actor, input.case_key, input.reason, input.expected_version
            ),
        )

    @strawberry.mutation(description="The same matter is pursued in another case.")
    @staticmethod
    async def mark_duplicate(info: Info, input: Input[MarkDuplicateInput]) -> CasePayload:
        return await perform(
            info,
            CasePayload,
            input,
            lambda actor: closing.mark_duplicate(
                actor, input.case_key, input.original, input.expected_version
            ),
        )

    @strawberry.mutation(description="The matter is not about the manner of a service (A6).")
    @staticmethod
    async def mark_out_of_scope(
        info: Info,
        input: Input[MarkOutOfScopeInput],
    ) -> CasePayload:
        return await perform(
            info,
            CasePayload,
            input,
            lambda actor: closing.mark_out_of_scope(
                actor, input.case_key, input.category, input.expected_version
            ),
        )
