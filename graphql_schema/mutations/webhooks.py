# ruff: noqa: A002 - GraphQL gives the arguments their names
"""Keeping webhooks. A secret is in the answer to the request that made it, and nowhere else."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any, Self

import strawberry

import models
from domain import webhooks
from domain.actors import CASES_READ, Actor
from domain.errors import DomainError
from domain.feed import Topic
from graphql_schema.context import Info
from graphql_schema.mutations.perform import (
    Input,
    Payload,
    Repeatable,
    given,
    maybe,
    perform,
    refused,
    thing,
)
from graphql_schema.node import key_of
from graphql_schema.types.webhook import Webhook, WebhookDelivery


@strawberry.type(description="The webhook as it is now.")
class WebhookPayload(Payload):
    webhook: Webhook | None = thing("The webhook; null if nothing was done.")

    @classmethod
    def of(cls, rows: Sequence[Any]) -> Self:
        return cls(webhook=next(iter(rows), None))


@strawberry.type(description="The webhook with its new secret.")
class WebhookSecretPayload(WebhookPayload):
    secret: str | None = thing(
        "`whsec_…`, shown only now and kept sealed. Null in the answer to a repeated "
        "`idempotencyKey`: who did not get it rolls the secret."
    )


@strawberry.type(description="Which webhook is gone.")
class DeletedWebhookPayload(Payload):
    deleted_id: strawberry.ID | None = thing("Its id; null if nothing was done.")

    @classmethod
    def of(cls, rows: Sequence[Any]) -> Self:
        return cls()


@strawberry.type(description="Messages that go out now.")
class WebhookDeliveriesPayload(Payload):
    deliveries: list[WebhookDelivery] | None = thing("The messages; null if nothing was done.")

    @classmethod
    def of(cls, rows: Sequence[Any]) -> Self:
        return cls(deliveries=list(rows))


@strawberry.input(description="A new webhook.")
class CreateWebhookInput(Repeatable):
    url: str = given("An https address on the public internet, at most 500 characters.")
    topics: list[Topic] = given("What it is told of.")
    client_id: str | None = maybe("For administrators: the client's id. A key makes its own.")


@strawberry.input(description="One webhook.")
class WebhookInput(Repeatable):
    webhook_id: strawberry.ID = given("Global id of the webhook.")

    @property
    def key(self) -> int:
        return key_of(self.webhook_id, models.Webhook)


@strawberry.input(description="What is to change about a webhook; what is not given stays.")
class UpdateWebhookInput(WebhookInput):
    url: str | None = maybe("Another address.")
    topics: list[Topic] | None = maybe("Other topics.")
    active: bool | None = maybe("Switch it on or off.")


@strawberry.input(description="What is to be sent again: one message, or those of a time.")
class ReplayWebhookDeliveriesInput(WebhookInput):
    delivery_id: strawberry.ID | None = maybe("Global id of a message that does not wait.")
    since: datetime | None = maybe(
        "The first 1000 messages made at or after it that do not wait, delivered ones too."
    )


@strawberry.type
class WebhookMutations:
    @strawberry.mutation(description="Be told of changes from now on; at most five for each key.")
    @staticmethod
    async def create_webhook(info: Info, input: Input[CreateWebhookInput]) -> WebhookSecretPayload:
        try:
            to = await webhooks.address(info.context.actor, input.url)
        except DomainError as error:
            return refused(info, WebhookSecretPayload, error)
        return await _with_secret(
            info, input, lambda actor: webhooks.create(actor, to, input.topics, input.client_id)
        )

    @strawberry.mutation(description="Change a webhook's address or topics, switch it on or off.")
    @staticmethod
    async def update_webhook(info: Info, input: Input[UpdateWebhookInput]) -> WebhookPayload:
        try:
            to = (
                await webhooks.address(info.context.actor, input.url)
                if input.url is not None
                else None
            )
        except DomainError as error:
            return refused(info, WebhookPayload, error)
        return await perform(
            info,
            WebhookPayload,
            input,
            lambda actor: webhooks.change(actor, input.key, to, input.topics, input.active),
            scope=CASES_READ,
        )

    @strawberry.mutation(description="Remove a webhook and everything that was to be sent to it.")
    @staticmethod
    async def delete_webhook(info: Info, input: Input[WebhookInput]) -> DeletedWebhookPayload:
        payload = await perform(
            info,
            DeletedWebhookPayload,
            input,
            lambda actor: webhooks.delete(actor, input.key),
            scope=CASES_READ,
        )
        payload.deleted_id = None if payload.errors else input.webhook_id
        return payload

    @strawberry.mutation(description="Exchange the secret; for 24 hours the old one signs too.")
    @staticmethod
    async def roll_webhook_secret(info: Info, input: Input[WebhookInput]) -> WebhookSecretPayload:
        return await _with_secret(info, input, lambda actor: webhooks.roll_secret(actor, input.key))

    @strawberry.mutation(description="Send a message of type `webhook.ping`.")
    @staticmethod
    async def test_webhook(info: Info, input: Input[WebhookInput]) -> WebhookDeliveriesPayload:
        return await perform(
            info,
            WebhookDeliveriesPayload,
            input,
            lambda actor: webhooks.test(actor, input.key),
            scope=CASES_READ,
        )

    @strawberry.mutation(
        description="Send messages again with the same `webhook-id`, on a new schedule."
    )
    @staticmethod
    async def replay_webhook_deliveries(
        info: Info, input: Input[ReplayWebhookDeliveriesInput]
    ) -> WebhookDeliveriesPayload:
        one = input.delivery_id
        key = None if one is None else key_of(one, models.WebhookDelivery)
        return await perform(
            info,
            WebhookDeliveriesPayload,
            input,
            lambda actor: webhooks.replay(actor, input.key, key, input.since),
            scope=CASES_READ,
        )


async def _with_secret(
    info: Info,
    input: Repeatable,
    use_case: Callable[[Actor], Awaitable[tuple[models.Webhook, str]]],
) -> WebhookSecretPayload:
    """Only the webhook is kept for a repeat of the request; the secret is passed beside it."""
    shown: list[str] = []

    async def act(actor: Actor) -> models.Webhook:
        webhook, secret = await use_case(actor)
        shown.append(secret)
        return webhook

    payload = await perform(info, WebhookSecretPayload, input, act, scope=CASES_READ)
    if shown and not payload.errors:
        [payload.secret] = shown
    return payload
