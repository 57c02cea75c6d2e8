"""What partner systems are told: the feed of changes, and webhooks."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model

from models.case import CaseEvent
from models.enums import DeliveryState, WebhookStop
from models.people import Client


class Change(Model):
    """An entry of a timeline on its way to those who follow changes.

    Written with the entry, numbered after the commit: `position` only ever grows for readers,
    so that a reader who remembers the last one misses nothing. Kept for a week.
    """

    id = fields.BigIntField(primary_key=True)
    event_id: int
    event: fields.OneToOneRelation[CaseEvent] = fields.OneToOneField(
        "models.CaseEvent", related_name="change", on_delete=fields.CASCADE
    )
    position = fields.BigIntField(null=True, unique=True)
    created_at = fields.DatetimeField(db_index=True)

    class Meta:
        table = "change"


class Webhook(Model):
    """An address of a partner's system that is told of changes (Standard Webhooks).

    The secrets are sealed; the previous one signs too until `previous_until`. `stopped` says why
    the service itself switched it off. Until `resting_until` the receiver asked not to be called.
    """

    id = fields.BigIntField(primary_key=True)
    client_id: str
    client: fields.ForeignKeyRelation[Client] = fields.ForeignKeyField(
        "models.Client", related_name="webhooks", on_delete=fields.CASCADE
    )
    url = fields.CharField(500)
    topics: list[str] = fields.JSONField()
    secret = fields.CharField(200)
    previous_secret = fields.CharField(200, default="")
    previous_until = fields.DatetimeField(null=True)
    position = fields.BigIntField()
    active = fields.BooleanField(default=True)
    stopped = fields.CharEnumField(WebhookStop, max_length=12, null=True)
    failing_since = fields.DatetimeField(null=True)
    resting_until = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField()

    class Meta:
        table = "webhook"
        indexes = (("client_id",),)


class WebhookDelivery(Model):
    """One message to a webhook; `key` is its `webhook-id`, the same at every attempt.

    A ping tells of no event.
    """

    id = fields.BigIntField(primary_key=True)
    webhook_id: int
    webhook: fields.ForeignKeyRelation[Webhook] = fields.ForeignKeyField(
        "models.Webhook", related_name="deliveries", on_delete=fields.CASCADE
    )
    key = fields.CharField(40, unique=True)
    topic = fields.CharField(30)
    event_id: int | None
    event: fields.ForeignKeyNullableRelation[CaseEvent] = fields.ForeignKeyField(
        "models.CaseEvent", related_name="deliveries", null=True, on_delete=fields.CASCADE
    )
    state = fields.CharEnumField(DeliveryState, max_length=12)
    attempts = fields.SmallIntField(default=0)
    status_code = fields.SmallIntField(null=True)
    error = fields.CharField(120, default="")
    created_at = fields.DatetimeField(db_index=True)
    attempted_at = fields.DatetimeField(null=True)
    delivered_at = fields.DatetimeField(null=True)

    class Meta:
        table = "webhook_delivery"
        unique_together = (("webhook", "topic", "event"),)
        indexes = (("webhook_id", "state", "id"),)


class TrustedDocument(Model):
    """A GraphQL document that may be asked for by the SHA-256 of its text."""

    hash = fields.CharField(64, primary_key=True)
    text = fields.TextField()
    created_at = fields.DatetimeField()

    class Meta:
        table = "trusted_document"
