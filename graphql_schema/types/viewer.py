from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import strawberry

import models
from domain import notifications
from domain.actors import Actor
from graphql_schema.connections import (
    NEWEST,
    After,
    Before,
    Connection,
    First,
    Last,
    Listing,
    Slice,
)
from graphql_schema.context import Info
from graphql_schema.relations import column
from graphql_schema.types.agency import Agency
from graphql_schema.types.enums import KeyScope
from graphql_schema.types.notification import Notification
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
    def scopes(root: strawberry.Parent[Actor]) -> list[KeyScope]:
        return [scope for scope in KeyScope if scope in root.scopes]

    @strawberry.field(description="When a partner's key expires; null if never, and for staff.")
    @staticmethod
    async def key_expires_at(root: strawberry.Parent[Actor], info: Info) -> datetime | None:
        if root.client_id is None:
            return None
        client: models.Client = await info.context.loaders.row(models.Client).load(root.client_id)
        return client.expires_at

    @strawberry.field(description="How many notifications are unread; 0 for a partner's system.")
    @staticmethod
    async def unread_notifications(root: strawberry.Parent[Actor]) -> int:
        return await notifications.of(root).filter(read_at__isnull=True).count()

    @strawberry.field(description="Notifications, newest first; none for a partner's system.")
    @staticmethod
    async def notifications(
        root: strawberry.Parent[Actor],
        unread: Annotated[
            bool | None, strawberry.argument(description="Only unread, or only read ones.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Notification]:
        rows = notifications.of(root)
        if unread is not None:
            rows = rows.filter(read_at__isnull=unread)
        return await Listing.of(rows, NEWEST).page(Slice.of(first, after, last, before))
