from __future__ import annotations

from datetime import datetime
from typing import Any

import strawberry
from tortoise.expressions import Q, Subquery
from tortoise.queryset import QuerySet

import models
from domain import permissions, steps, visibility
from domain.actors import Actor
from domain.permissions import Act
from domain.referrals import held_rule
from domain.steps import Step
from graphql_schema.connections import Connection
from graphql_schema.context import Info
from graphql_schema.node import Node
from graphql_schema.relations import (
    Some,
    children,
    column,
    computed,
    in_jalali,
    pages,
    person,
    related,
    same,
)
from graphql_schema.types import message
from graphql_schema.types.agency import Agency
from graphql_schema.types.clock import Clock, running_round
from graphql_schema.types.event import CaseEvent, Question
from graphql_schema.types.indicator import Indicator
from graphql_schema.types.place import Place
from graphql_schema.types.referral import ActionOrder, Referral
from graphql_schema.types.refs import CaseRef
from graphql_schema.types.round import Breach, Feedback, Round
from models.enums import CaseKind, CaseStatus, Channel, ReporterKind


@strawberry.type(description="One disruption that several citizens report.")
class Incident(Node):
    model = models.Incident

    title: str = column("Subject of its first case.")
    created_at: datetime = column("When it was found.")
    created_at_jalali: str = in_jalali("created_at", "`createdAt` in Jalali, Tehran time.")
    cases: Connection[CaseRef] = pages("cases", "Its cases as far as the viewer sees them.")

    @classmethod
    def visible(cls, actor: Actor) -> QuerySet[Any]:
        seen = visibility.cases(actor).values("incident_id")
        return models.Incident.filter(id__in=Subquery(seen))


@strawberry.type(description="A step that a round has passed.")
class PassedStep:
    step: Step = strawberry.field(description="Which.")
    at: datetime | None = strawberry.field(
        description="When; null where nothing marks it, as in a case answered without an order."
    )
    at_jalali: str | None = in_jalali("at", "`at` in Jalali, Tehran time.")


@strawberry.type(description="One request or complaint (پرونده), from registration to the end.")
class Case(Node):
    model = models.Case

    tracking_code: str = column("Twelve digits that the citizen has too; the last is a check.")
    kind: CaseKind = column("Request or complaint.")
    reporter_kind: ReporterKind = column("Citizen or employee.")
    channel: Channel = column("How it came in.")
    status: CaseStatus = column("Where it stands.")
    resume_status: CaseStatus | None = column(
        "Where the citizen's answer brings it back to; null unless it waits for one."
    )
    consent: bool = column("Whether the citizen agreed to being named to the agency.")
    at_centre: bool = column("Whether the national centre holds it instead of the agency.")
    agency: Agency = related("agency", "The agency or unit complained of.")
    main_agency: Agency = related("main_agency", "Its main agency, whose senior reviews the case.")
    place: Place = related("place", "Where it happened.")
    province: Place = related("province", "The province of the place.")
    county: Place | None = related("county", "The county of the place, if it lies in one.")
    indicator: Indicator = related("indicator", "The main indicator.")
    subject: str = column("What it is about, in one line.")
    text: str = column("What happened.")
    registered_at: datetime = column("When it was registered.")
    registered_at_jalali: str = in_jalali("registered_at", "`registeredAt` in Jalali, Tehran time.")
    answered_at: datetime | None = column("When the citizen was told the result of this round.")
    answered_at_jalali: str | None = in_jalali("answered_at", "`answeredAt` in Jalali.")
    closed_at: datetime | None = column("When it ended.")
    closed_at_jalali: str | None = in_jalali("closed_at", "`closedAt` in Jalali, Tehran time.")
    updated_at: datetime = column("When it last changed.")
    updated_at_jalali: str = in_jalali("updated_at", "`updatedAt` in Jalali, Tehran time.")
    registered_by: str | None = person(
        "registered_by", "Who registered it; null for a partner's system."
    )
    round: int = column("The present round, from 1.", name="roundNumber")
    reopened: int = column("How often it was reopened.")
    misrouted: int = column("How often it was returned to the centre as the wrong agency's.")
    rating: int | None = column("The citizen's verdict on this round, 1 (bad) to 5 (good).")
    version: int = column("Grows with each change; give it as `expectedVersion`.")
    incident: Incident | None = related("incident", "The incident it belongs to, if any.")
    duplicate_of: CaseRef | None = related(
        "duplicate_of", "The case that pursues the same matter.", visible=True
    )
    rounds: list[Round] = children("rounds", "number", "The rounds with their results.")
    referrals: list[Referral] = children(
        "referrals", "id", "The referrals the viewer may see; `parent` makes them a tree."
    )
    orders: list[ActionOrder] = children("orders", "id", "The action orders.")
    questions: list[Question] = children("questions", "id", "The questions to the citizen.")
    feedback: list[Feedback] = children("feedback", "id", "Every verdict of the citizen.")
    breaches: list[Breach] = children("breaches", "id", "The breaches of its clock.")
    timeline: Connection[CaseEvent] = pages("events", "What happened, oldest first.")

    clock: Clock = same("The clock of the present round.")
    permitted_acts: list[Act] = computed(
        lambda row, actor: sorted(permissions.acts(actor, row, handling=row.handled)),
        "What the viewer may do with it now.",
        "status",
        "at_centre",
        "main_agency_id",
        handled=Some("referrals", held_rule),
    )
    identity_visible: bool = computed(
        lambda row, actor: visibility.shows_identity(actor, row),
        "Whether `viewIdentity` may open the identity: by consent, never an employee's.",
        "consent",
        "reporter_kind",
    )

    @strawberry.field(description="Further indicators.")
    @staticmethod
    async def other_indicators(root: strawberry.Parent[models.Case], info: Info) -> list[Indicator]:
        found: Any = await info.context.loaders.other_indicators.load(root.id)
        return found

    @strawberry.field(description="The step that it is in; null when it has ended.")
    @staticmethod
    async def step(root: strawberry.Parent[models.Case], info: Info) -> Step | None:
        number = await _step(root, info)
        return list(Step)[number - 1] if number < steps.DONE else None

    @strawberry.field(description="The steps of the present round that are behind it.")
    @staticmethod
    async def steps_passed(root: strawberry.Parent[models.Case], info: Info) -> list[PassedStep]:
        loaders = info.context.loaders
        running = await running_round(root, info)
        events = await loaders.children(models.CaseEvent, "case_id", "id").load(root.id)
        passed = steps.passed(root, running, events, await _step(root, info))
        return [PassedStep(step=step, at=at) for step, at in passed.items()]

    @strawberry.field(description="The text messages with the citizen, oldest first.")
    @staticmethod
    async def messages(root: strawberry.Parent[models.Case], info: Info) -> list[message.Message]:
        return await message.of_case(root, info)

    @classmethod
    def visible(cls, actor: Actor) -> QuerySet[Any]:
        return visibility.cases(actor)

    @classmethod
    def within(cls, actor: Actor) -> Q:
        return visibility.rule(actor)


async def _step(case: models.Case, info: Info) -> int:
    loaders = info.context.loaders
    running = await running_round(case, info)
    referrals = await loaders.children(models.Referral, "case_id", "id").load(case.id)
    return steps.current(case, running.id, referrals)


@strawberry.type(description="Who reported a case. Each view is kept with who, when and why.")
class Identity:
    name: str = strawberry.field(description="Full name.")
    national_id: str = strawberry.field(description="Ten digits.")
    mobile: str = strawberry.field(description="`+989xxxxxxxxx`.")
