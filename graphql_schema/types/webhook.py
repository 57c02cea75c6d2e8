from __future__ import annotations

from datetime import datetime
from typing import Any

import strawberry
from tortoise.queryset import QuerySet

import models
from domain import webhooks
from domain.actors import Actor
from domain.feed import Topic
from domain.webhooks import State
from graphql_schema.connections import Connection
from graphql_schema.context import Info
from graphql_schema.node import Node
from graphql_schema.relations import column, pages, related
from graphql_schema.types.enums import described
from graphql_schema.types.event import CaseEvent
from graphql_schema.types.refs import WebhookDeliveryRef
from models.enums import DeliveryState

described(
    Topic,
    "WebhookTopic",
    "What a webhook can be told of; the `type` of a message is written as in quotes.",
    CASE_CHANGED="`case.changed`: every entry of the timeline of a case of the key's agency.",
    REFERRAL_ASSIGNED="`referral.assigned`: the unit of a referral has new work.",
    CLOCK_WARNING="`clock.warning`: a case's clock climbed a rung, or ran out.",
)
described(
    State,
    "WebhookState",
    "How a webhook stands.",
    ACTIVE="It is told of what happens.",
    FAILING="It is told, but the last attempt failed.",
    PAUSED="The key is revoked, has expired or may not read cases; what happens waits a week.",
    OFF="Switched off by hand; what happens waits a week.",
    STOPPED_GONE="Switched off by the service: the receiver answered 410 Gone.",
    STOPPED_FAILING="Switched off by the service after five days without a success.",
)
described(
    DeliveryState,
    "WebhookDeliveryState",
    "Where a message to a webhook stands.",
    PENDING="To be sent, now or again.",
    DELIVERED="The receiver answered with a status from 200 to 299.",
    DEAD="Given up; `replayWebhookDeliveries` sends it again.",
)


@strawberry.type(description="An address that is told of changes, by Standard Webhooks 1.0.0.")
class Webhook(Node):
    model = models.Webhook

    url: str = column("Where messages are posted.")
    created_at: datetime = column("When it was made.")
    failing_since: datetime | None = column("Since when no attempt succeeded; null if one did.")
    resting_until: datetime | None = column("Until when the receiver asked not to be called.")
    previous_until: datetime | None = column(
        "Until when the secret before this one signs too.", name="previousSecretUntil"
    )
    deliveries: Connection[WebhookDeliveryRef] = pages(
        "deliveries", "Its messages of the last 30 days, newest first.", newest=True
    )

    @strawberry.field(description="What it is told of.")
    @staticmethod
    def topics(root: strawberry.Parent[models.Webhook]) -> list[Topic]:
        return [Topic(topic) for topic in root.topics]

    @strawberry.field(description="How it stands.")
    @staticmethod
    async def state(root: strawberry.Parent[models.Webhook], info: Info) -> State:
        client = await info.context.loaders.row(models.Client).load(root.client_id)
        return webhooks.state(root, client)

    @strawberry.field(description="Name of the partner's system that it belongs to.")
    @staticmethod
    async def client_name(root: strawberry.Parent[models.Webhook], info: Info) -> str:
        client = await info.context.loaders.row(models.Client).load(root.client_id)
        return str(client.name)

    @classmethod
    def visible(cls, actor: Actor) -> QuerySet[Any]:
        return webhooks.of(actor)


@strawberry.type(description="One message to a webhook.")
class WebhookDelivery(Node):
    model = models.WebhookDelivery

    webhook: Webhook = related("webhook", "The webhook.")
    key: str = column("The `webhook-id` header, the same at every attempt.", name="messageId")
    topic: str = column("The message's `type`: a topic, or `webhook.ping`.", name="type")
    event: CaseEvent | None = related(
        "event", "What it tells of; null for a ping or where it is not seen.", visible=True
    )
    state: DeliveryState = column("Where it stands.")
    attempts: int = column("Attempts since it was made or last replayed.")
    status_code: int | None = column("The receiver's status at the last attempt, if it answered.")
    error: str = column(
        "Why the last attempt got no answer: `timeout`, `unreachable`, `unresolvable`, "
        "`address_refused`, or `not_visible` if the key may not see it any more. Empty otherwise."
    )
    created_at: datetime = column("When it was made.")
    attempted_at: datetime | None = column("When it was last tried.")
    delivered_at: datetime | None = column("When it was delivered.")

    @classmethod
    def visible(cls, actor: Actor) -> QuerySet[Any]:
        return webhooks.deliveries(actor)
