# ruff: noqa: A002 - GraphQL gives the arguments their names
from __future__ import annotations

import strawberry

import models
from domain import questions, results, review
from graphql_schema.context import Info
from graphql_schema.mutations.payloads import (
    CasePayload,
    OrderPayload,
    QuestionPayload,
    ResultPayload,
)
from graphql_schema.mutations.perform import Input, Versioned, given, maybe, perform
from graphql_schema.node import key_of


@strawberry.input(description="An act on one case.")
class CaseInput(Versioned):
    case_id: strawberry.ID = given("Global id of the case.")

    @property
    def case_key(self) -> int:
        return key_of(self.case_id, models.Case)


@strawberry.input(description="An action order.")
class OrderActionInput(CaseInput):
    text: str = given("What must be done, 5–2000 characters.")
    units: list[str] = given("Codes of the units that must do it, 1–20, all of the main agency.")
    minutes: int | None = maybe("Deadline from now, 5–10080; else the clock's own budget.")


@strawberry.input(description="An act on one case with its reason.")
class ReasonInput(CaseInput):
    reason: str = given("Why, 5–500 characters; kept in the timeline.")


@strawberry.input(description="The right agency of a misrouted case.")
class RerouteCaseInput(ReasonInput):
    agency: str = given("Code of the right agency.")


@strawberry.input(description="A question to the citizen.")
class AskCitizenInput(CaseInput):
    text: str = given("One question, 5–200 characters (UTF-16 units); goes out by SMS.")


@strawberry.input(description="The result that the citizen is told.")
class RecordResultInput(CaseInput):
    result: str = given("10–200 characters (UTF-16 units); goes out by SMS.")
    whole_incident: bool = maybe("Also answer the incident's other cases under review.", False)


@strawberry.type
class ReviewMutations:
    @strawberry.mutation(description="Order action by one or several units (S3).")
    @staticmethod
    async def order_action(info: Info, input: Input[OrderActionInput]) -> OrderPayload:
        return await perform(
            info,
            OrderPayload,
            input,
            lambda actor: review.order(
                actor,
                input.case_key,
                input.text,
                input.units,
                input.minutes,
                input.expected_version,
            ),
        )

    @strawberry.mutation(description="Return a case to the centre: the agency is the wrong one.")
    @staticmethod
    async def return_case(info: Info, input: Input[ReasonInput]) -> CasePayload:
        return await perform(
            info,
            CasePayload,
            input,
            lambda actor: review.return_to_centre(
                actor, input.case_key, input.reason, input.expected_version
            ),
        )

    @strawberry.mutation(description="Send a returned case to the right agency (national centre).")
    @staticmethod
    async def reroute_case(info: Info, input: Input[RerouteCaseInput]) -> CasePayload:
        return await perform(
            info,
            CasePayload,
            input,
            lambda actor: review.reroute(
                actor, input.case_key, input.agency, input.reason, input.expected_version
            ),
        )

    @strawberry.mutation(description="Ask the citizen by SMS; the clock waits for the answer (S4).")
    @staticmethod
    async def ask_citizen(info: Info, input: Input[AskCitizenInput]) -> QuestionPayload:
        return await perform(
            info,
            QuestionPayload,
            input,
            lambda actor: questions.ask(actor, input.case_key, input.text, input.expected_version),
        )

    @strawberry.mutation(description="Record the result; the citizen is told by SMS (S5).")
    @staticmethod
    async def record_result(info: Info, input: Input[RecordResultInput]) -> ResultPayload:
        return await perform(
            info,
            ResultPayload,
            input,
            lambda actor: results.record(
                actor,
                input.case_key,
                input.result,
                whole_incident=input.whole_incident,
                expected_version=input.expected_version,
            ),
        )
