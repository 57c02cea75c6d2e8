"""What can be asked about webhooks."""

from __future__ import annotations

from typing import Annotated

import strawberry

import models
from domain import permissions, webhooks
from domain.actors import CASES_READ, Actor
from graphql_schema.connections import NEWEST, Listing, Slice
from graphql_schema.node import key_of
from graphql_schema.relations import listing
from graphql_schema.types.webhook import Webhook, WebhookDelivery
from models.enums import DeliveryState


@strawberry.type
class WebhookQueries:
    @listing(
        Webhook, "The key's own webhooks, in the order of their making; an administrator's: all."
    )
    @staticmethod
    async def webhooks(actor: Actor, part: Slice) -> Listing:
        permissions.require_scope(actor, CASES_READ)
        return Listing.of(webhooks.of(actor))

    @listing(WebhookDelivery, "Messages to these webhooks of the last 30 days, newest first.")
    @staticmethod
    async def webhook_deliveries(
        actor: Actor,
        part: Slice,
        webhook_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="Only to this webhook.")
        ] = None,
        state: Annotated[
            DeliveryState | None, strawberry.argument(description="Only in this state.")
        ] = None,
    ) -> Listing:
        permissions.require_scope(actor, CASES_READ)
        key = None if webhook_id is None else key_of(webhook_id, models.Webhook)
        rows = webhooks.deliveries(actor, key)
        return Listing.of(rows if state is None else rows.filter(state=state), NEWEST)
