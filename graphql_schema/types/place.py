from __future__ import annotations

from typing import Any

import strawberry
from tortoise.queryset import QuerySet

import models
from domain import places
from domain.actors import Actor
from graphql_schema.connections import Connection
from graphql_schema.context import Info
from graphql_schema.node import Node
from graphql_schema.relations import column, computed, pages, related
from graphql_schema.types.refs import PlaceRef
from models.enums import PlaceLevel


@strawberry.type(description="An official division of the country, province to village (B10).")
class Place(Node):
    model = models.Place

    code: str = column("Official code; what inputs take.")
    name: str = column("Name, without the level: «علی‌آباد».")
    level: PlaceLevel = column("Level.")
    path: str = column("Names of the divisions around it, from the province down.")
    active: bool = column("False for a division that a newer list no longer has.")
    kind: str = column("How large a village is: `large`, `village` or `site`; else empty.")
    parent: PlaceRef | None = related("parent", "The division directly around it.")
    province: PlaceRef | None = related("province", "The province it lies in.")
    county: PlaceRef | None = related("county", "The county it lies in.")
    children: Connection[PlaceRef] = pages("children", "The divisions directly inside, by code.")

    full_name: str = computed(
        lambda row, _: places.full_path(row),
        "Name with its level and all around it, smallest first.",
        "name",
        "kind",
        "level",
        "path",
    )

    @strawberry.field(description="The divisions around it, from the province down.")
    @staticmethod
    async def ancestors(root: strawberry.Parent[models.Place], info: Info) -> list[PlaceRef]:
        codes = root.lineage.strip("/").split("/")[:-1]
        found: Any = await info.context.loaders.row(models.Place).load_many(codes)
        return found

    @classmethod
    def visible(cls, actor: Actor) -> QuerySet[Any]:
        return models.Place.all()
