# ruff: noqa: A002 - GraphQL gives the arguments their names
from __future__ import annotations

import strawberry

from domain import cases
from domain.cases import Draft
from graphql_schema.context import Info
from graphql_schema.mutations.payloads import CasePayload
from graphql_schema.mutations.perform import Input, Repeatable, given, maybe, perform
from models.enums import CaseKind, Language, ReporterKind


@strawberry.input(
    description="A case that an agency forwards; the agency vouches for the identity."
)
class RegisterCaseInput(Repeatable):
    reporter_name: str = given("Full name, 3–120 characters.")
    national_id: str = given("National id of ten digits, with its check digit.")
    mobile: str = given("Mobile number in any usual form: 0912…, +98912…")
    kind: CaseKind = given("Request or complaint.")
    reporter_kind: ReporterKind = given("Citizen or employee.")
    agency: str = given("Code of the agency or unit complained of; your own or one below it.")
    place: str = given("Code of the place, down to the village if known.")
    indicator: str = given("Code of the main indicator, I1–I8.")
    other_indicators: list[str] = strawberry.field(
        description="Codes of further indicators.", default_factory=list
    )
    subject: str = given("One line, 3–200 characters.")
    text: str = given("What happened, 10–5000 characters.")
    same_incident_as: str | None = maybe(
        "Tracking code of a case of the same agency that reports the same disruption; both then "
        "belong to one incident, which one result can answer."
    )
    consent: bool = maybe("Whether the citizen agrees to being named to the agency.", False)
    language: Language | None = maybe(
        "The language in which 128 texts the citizen from now on; as before, at first Persian, if "
        "not said. A text that has not been translated goes in Persian."
    )
    read_aloud: bool | None = maybe(
        "Whether results are also read out to the citizen in a call, for who cannot read a text; "
        "as before, at first not, if not said."
    )

    def draft(self) -> Draft:
        return Draft(
            kind=self.kind,
            reporter_kind=self.reporter_kind,
            agency=self.agency,
            place=self.place,
            indicator=self.indicator,
            other_indicators=self.other_indicators,
            subject=self.subject,
            text=self.text,
            consent=self.consent,
            like=self.same_incident_as,
            language=self.language,
            voice=self.read_aloud,
        )


@strawberry.type
class RegistrationMutations:
    @strawberry.mutation(description="Register a case and start its clock; the citizen is texted.")
    @staticmethod
    async def register_case(info: Info, input: Input[RegisterCaseInput]) -> CasePayload:
        return await perform(
            info,
            CasePayload,
            input,
            lambda actor: cases.forward(
                actor, input.reporter_name, input.national_id, input.mobile, input.draft()
            ),
        )
