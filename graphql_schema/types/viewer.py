from __future__ import annotations

from typing import Any

import strawberry

import models
from domain.actors import Actor
from graphql_schema.context import Info
from graphql_schema.relations import column
from graphql_schema.types.agency import Agency
from models.enums import ActorKind, Role


@strawberry.type(description="Who is asking.")
class Viewer:
    kind: ActorKind = column("A partner's system or a member of staff.")
    name: str = column("Name of the person or the system.")
    role: Role | None = column("Role of a member of staff; null for a partner's system.")

    @strawberry.field(description="The unit that the person or the key belongs to, if any.")
    @staticmethod
    async def agency(root: strawberry.Parent[Actor], info: Info) -> Agency | None:
        found: Any = root.agency_id and await info.context.loaders.row(models.Agency).load(
            root.agency_id
        )
        return found or None

    @strawberry.field(description="What a partner's key is for; empty for staff, who need none.")
    @staticmethod
    def scopes(root: strawberry.Parent[Actor]) -> list[str]:
        return sorted(root.scopes)
