from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

import strawberry
from tortoise.queryset import QuerySet

import models
from domain import staff
from domain.actors import Actor
from graphql_schema.connections import Connection
from graphql_schema.context import Info
from graphql_schema.node import Node
from graphql_schema.relations import column, pages, related
from graphql_schema.types.place import Place
from graphql_schema.types.refs import AgencyRef
from models.enums import AgencyLevel


@strawberry.type(description="An executive agency or one of its units (A2).")
class Agency(Node):
    model = models.Agency

    code: str = column("Code; what inputs take.")
    name: str = column("Name in Persian.")
    name_en: str = column("Name in English, if known; else empty.")
    kind: str = column("Kind: ministry, organisation, …; agencies of one kind are peers.")
    level: AgencyLevel = column("Level in the tree.")
    path: str = column("Names of the agencies above it, main agency first.")
    contact: str = column("How citizens reach it, if known; else empty.")
    generated: bool = column("True for a unit made up for trying the service out.")
    active: bool = column("False for a unit that no longer takes cases.")
    parent: AgencyRef | None = related("parent", "The unit directly above.")
    main: AgencyRef | None = related("main", "The main agency at the top of its tree.")
    place: Place | None = related("place", "The division that a provincial or county unit serves.")
    children: Connection[AgencyRef] = pages("children", "The units directly below.")

    @strawberry.field(description="Whether the main agency has someone who receives its cases.")
    @staticmethod
    def has_senior(root: strawberry.Parent[models.Agency], info: Info) -> bool:
        found: Awaitable[bool] = info.context.loaders.attended.load(root.main_id or root.id)
        return found  # type: ignore[return-value]

    @strawberry.field(description="The agencies above it, main agency first.")
    @staticmethod
    async def ancestors(root: strawberry.Parent[models.Agency], info: Info) -> list[AgencyRef]:
        keys = [int(part) for part in root.lineage.strip("/").split("/")[:-1]]
        found: Any = await info.context.loaders.row(models.Agency).load_many(keys)
        return found

    @strawberry.field(
        description="Whether somebody handles what is referred to it; else it goes to the nearest "
        "unit above that has a coordinator."
    )
    @staticmethod
    async def has_coordinator(root: strawberry.Parent[models.Agency], info: Info) -> bool:
        loaders = info.context.loaders
        people = loaders.children(models.User, "agency_id", "id").load(root.id)
        systems = loaders.children(models.Client, "agency_id", "id").load(root.id)
        return staff.is_attended(await people, await systems)

    @classmethod
    def visible(cls, actor: Actor) -> QuerySet[Any]:
        return models.Agency.all()
