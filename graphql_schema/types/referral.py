from __future__ import annotations

from datetime import datetime
from typing import Any

import strawberry
from tortoise.expressions import Q
from tortoise.queryset import QuerySet

import models
from domain import clock, permissions, visibility
from domain.actors import Actor
from domain.permissions import ReferralAct
from graphql_schema.context import Info
from graphql_schema.node import Node
from graphql_schema.relations import children, column, computed, in_jalali, person, related
from graphql_schema.types.agency import Agency
from graphql_schema.types.refs import CaseRef, ReferralRef, RoundRef
from models.enums import ReferralStatus, Role


@strawberry.type(description="The senior coordinator's order: what, by whom, until when (S3).")
class ActionOrder(Node):
    model = models.ActionOrder

    case: CaseRef = related("case", "The case.")
    round: RoundRef = related("round", "The round it was given in.")
    text: str = column("What must be done.")
    due_at: datetime = column("Deadline.")
    due_at_jalali: str = in_jalali("due_at", "`dueAt` in Jalali, Tehran time.")
    created_at: datetime = column("When it was given.")
    created_at_jalali: str = in_jalali("created_at", "`createdAt` in Jalali, Tehran time.")
    issued_by: str | None = person("issued_by", "Who gave it; null for a partner's system.")
    referrals: list[ReferralRef] = children("referrals", "id", "The referrals it led to.")

    @classmethod
    def visible(cls, actor: Actor) -> QuerySet[Any]:
        return super().visible(actor).filter(cls.within(actor))

    @classmethod
    def within(cls, actor: Actor) -> Q:
        return visibility.order_rule(actor)


def _remaining(row: Any, _: Actor) -> int | None:
    if row.finished_at is not None:
        return None
    return int(clock.until(row.due_at, row.case.paused_at).total_seconds())


@strawberry.type(
    description="Work handed to one unit (S4). A child reports to its parent, a top one to the "
    "senior coordinator."
)
class Referral(Node):
    model = models.Referral

    case: CaseRef = related("case", "The case.")
    round: RoundRef = related("round", "The round it belongs to.")
    order: ActionOrder | None = related("order", "The order that led to it, if one did.")
    parent: ReferralRef | None = related(
        "parent", "The referral it came from; null at the top.", visible=True
    )
    children: list[ReferralRef] = children("children", "id", "The referrals further down.")
    agency: Agency = related("agency", "The unit.")
    status: ReferralStatus = column("Where it stands.")
    instruction: str = column("What the unit is asked to do.")
    due_at: datetime = column("Deadline of the unit.")
    due_at_jalali: str = in_jalali("due_at", "`dueAt` in Jalali, Tehran time.")
    created_at: datetime = column("When the unit got it.")
    created_at_jalali: str = in_jalali("created_at", "`createdAt` in Jalali, Tehran time.")
    accepted_at: datetime | None = column("When the unit took it on.")
    finished_at: datetime | None = column("When it was reported, returned or cancelled.")
    finished_at_jalali: str | None = in_jalali("finished_at", "`finishedAt` in Jalali.")
    result: str = column("The reported result; empty before.")
    actions: str = column("What was done; may be empty.")
    return_reason: str = column("Why it was returned; empty if it was not.")

    permitted_acts: list[ReferralAct] = computed(
        lambda row, actor: sorted(permissions.referral_acts(actor, row.case, row)),
        "What the viewer may do with it now.",
        "status",
        "case.status",
        "agency.lineage",
    )
    remaining_seconds: int | None = computed(
        _remaining,
        "Seconds left to the unit's deadline, negative when it has passed; null once the unit is "
        "done. While the citizen is asked it stands still.",
        "due_at",
        "finished_at",
        "case.paused_at",
    )

    @strawberry.field(description="Names of the unit's coordinators.")
    @staticmethod
    async def coordinators(root: strawberry.Parent[models.Referral], info: Info) -> list[str]:
        loader = info.context.loaders.children(models.User, "agency_id", "id")
        people: list[models.User] = await loader.load(root.agency_id)
        return [user.full_name for user in people if user.active and user.role is Role.COORDINATOR]

    @classmethod
    def visible(cls, actor: Actor) -> QuerySet[Any]:
        return visibility.referrals(actor)

    @classmethod
    def within(cls, actor: Actor) -> Q:
        return visibility.referral_rule(actor)
