# ruff: noqa: A002 - GraphQL gives the arguments their names
from __future__ import annotations

import strawberry

import models
from domain import referrals
from graphql_schema.context import Info
from graphql_schema.mutations.payloads import ReferralPayload, ReferralsPayload
from graphql_schema.mutations.perform import Input, Versioned, given, maybe, perform
from graphql_schema.node import key_of


@strawberry.input(description="An act on one referral.")
class ReferralInput(Versioned):
    referral_id: strawberry.ID = given("Global id of the referral.")

    @property
    def key(self) -> int:
        return key_of(self.referral_id, models.Referral)


@strawberry.input(description="Handing work further down.")
class ReferCaseInput(ReferralInput):
    units: list[str] = given("Codes of units below the referral's own, 1–20.")
    instruction: str = given("What they are asked to do, 5–2000 characters.")


@strawberry.input(description="The result of a unit's work.")
class ReportReferralInput(ReferralInput):
    result: str = given("The result, 5–2000 characters.")
    actions: str = maybe("What was done, up to 2000 characters.", "")


@strawberry.input(description="Why a referral is not the unit's.")
class ReturnReferralInput(ReferralInput):
    reason: str = given("5–500 characters; kept.")


@strawberry.type
class HandlingMutations:
    @strawberry.mutation(description="Take a referral on.")
    @staticmethod
    async def accept_referral(info: Info, input: Input[ReferralInput]) -> ReferralPayload:
        return await perform(
            info,
            ReferralPayload,
            input,
            lambda actor: referrals.accept(actor, input.key, input.expected_version),
        )

    @strawberry.mutation(description="Refer further down to one or several units.")
    @staticmethod
    async def refer_case(info: Info, input: Input[ReferCaseInput]) -> ReferralsPayload:
        return await perform(
            info,
            ReferralsPayload,
            input,
            lambda actor: referrals.refer(
                actor, input.key, input.units, input.instruction, input.expected_version
            ),
        )

    @strawberry.mutation(description="Report the result to the parent or the senior coordinator.")
    @staticmethod
    async def report_referral(
        info: Info,
        input: Input[ReportReferralInput],
    ) -> ReferralPayload:
        return await perform(
            info,
            ReferralPayload,
            input,
            lambda actor: referrals.report(
                actor, input.key, input.result, input.actions, input.expected_version
            ),
        )

    @strawberry.mutation(description="Return a referral that is not the unit's.")
    @staticmethod
    async def return_referral(
        info: Info,
        input: Input[ReturnReferralInput],
    ) -> ReferralPayload:
        return await perform(
            info,
            ReferralPayload,
            input,
            lambda actor: referrals.give_back(
                actor, input.key, input.reason, input.expected_version
            ),
        )
