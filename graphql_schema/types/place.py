from __future__ import annotations

from typing import Any

import strawberry
from tortoise.queryset import QuerySet

import models
from domain.actors import Actor
from graphql_schema.connections import Connection
from graphql_schema.node import Node
from graphql_schema.relations import column, pages, related
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
    parent: PlaceRef | None = related("parent", "The division directly around it.")
    province: PlaceRef | None = related("province", "The province it lies in.")
    county: PlaceRef | None = related("county", "The county it lies in.")
    children: Connection[PlaceRef] = pages("children", "The divisions directly inside, by code.")

    @classmethod
    def visible(cls, actor: Actor) -> QuerySet[Any]:
        return models.Place.all()
