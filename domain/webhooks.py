"""Webhooks of partner systems: made and kept by the partner itself or by an administrator.

What is sent, when and how is `domain.webhook_delivery`. An actor who may not see a webhook gets
`not_found`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from tortoise.expressions import Subquery
from tortoise.queryset import QuerySet

from domain import feed, keys, service, webhook_address, webhook_signature
from domain.actors import CASES_READ, Actor
from domain.errors import DomainError, Forbidden, NotFound
from domain.feed import Topic
from domain.time import now
from domain.webhook_address import Address
from domain.webhook_queue import hears, plan, plan_waiting
from models import Client, Webhook, WebhookDelivery
from models.database import lock_name, transaction
from models.enums import ActorKind, DeliveryState, Role, WebhookStop

MAX_PER_CLIENT: Final = 5
OVERLAP: Final = timedelta(hours=24)
"""For so long a secret that was replaced signs too."""
MAX_REPLAYED: Final = 1000
PING: Final = "webhook.ping"


class State(StrEnum):
    """How a webhook stands."""

    ACTIVE = "active"
    FAILING = "failing"
    PAUSED = "paused"
    OFF = "off"
    STOPPED_GONE = "stopped_gone"
    STOPPED_FAILING = "stopped_failing"


_STOPPED = {WebhookStop.GONE: State.STOPPED_GONE, WebhookStop.FAILING: State.STOPPED_FAILING}


def of(actor: Actor) -> QuerySet[Webhook]:
    """The webhooks that the actor may see and keep."""
    if actor.role is Role.ADMIN:
        return Webhook.all()
    own = actor.client_id if _is_partner(actor) else ""
    return Webhook.filter(client_id=own)


def deliveries(actor: Actor, webhook_id: int | None = None) -> QuerySet[WebhookDelivery]:
    """What was sent, or will be, to the webhooks that the actor may see, or to one of them."""
    query = WebhookDelivery.filter(webhook_id__in=Subquery(of(actor).values("id")))
    return query if webhook_id is None else query.filter(webhook_id=webhook_id)


def state(webhook: Webhook, client: Client) -> State:
    """How the webhook of `client` stands now."""
    if webhook.stopped is not None:
        return _STOPPED[webhook.stopped]
    if not webhook.active:
        return State.OFF
    if not hears(client):
        return State.PAUSED
    return State.ACTIVE if webhook.failing_since is None else State.FAILING


async def address(actor: Actor, url: object) -> Address:
    """A receiver's address for `create` and `change`, looked up. Not inside a transaction.

    Raises DomainError forbidden, and what `webhook_address.checked` refuses.
    """
    _require(actor)
    return await webhook_address.checked(url)


async def create(
    actor: Actor, to: Address, topics: Iterable[object], client_id: object = None
) -> tuple[Webhook, str]:
    """A new webhook, told of what happens from now on, and its secret, which is shown only now.

    An administrator names the client. Raises DomainError: forbidden, not_found (client), required
    or unknown (topics), too_many.
    """
    _require(actor)
    wanted = _topics(topics)
    client = await _client(actor, client_id)
    secret = webhook_signature.new_secret()
    async with transaction():
        await lock_name(f"webhooks:{client.id}")
        if await Webhook.filter(client_id=client.id).count() >= MAX_PER_CLIENT:
            raise DomainError("too_many", "webhooks", max=MAX_PER_CLIENT)
        webhook = await Webhook.create(
            client=client,
            url=to.url,
            topics=wanted,
            secret=service.current().vault.seal(secret),
            position=await feed.latest(),
            created_at=now(),
        )
    return webhook, secret


async def change(
    actor: Actor,
    webhook_id: int,
    to: Address | None = None,
    topics: Iterable[object] | None = None,
    active: bool | None = None,
) -> Webhook:
    """Another address, other topics, off or on; what is None stays."""
    wanted = None if topics is None else _topics(topics)
    async with transaction():
        webhook = await _locked(actor, webhook_id)
        if to is not None:
            webhook.url = to.url
            webhook.resting_until = None
        if wanted is not None:
            webhook.topics = wanted
        if active is not None and (active is not webhook.active):
            _switch(webhook, active)
        await webhook.save()
        if active:
            await plan_waiting(webhook.id)
    return webhook


async def switch_off(actor: Actor, webhook_id: int) -> Webhook:
    """Send nothing more. What happens meanwhile is told after switching on, up to a week back."""
    return await change(actor, webhook_id, active=False)


async def switch_on(actor: Actor, webhook_id: int) -> Webhook:
    """Go on where it was left, with what still waited first."""
    return await change(actor, webhook_id, active=True)


async def delete(actor: Actor, webhook_id: int) -> Webhook:
    """Remove a webhook with everything that was to be sent to it."""
    async with transaction():
        webhook = await _locked(actor, webhook_id)
        await Webhook.filter(id=webhook.id).delete()
    return webhook


async def roll_secret(actor: Actor, webhook_id: int) -> tuple[Webhook, str]:
    """A new secret, shown only now; for 24 hours the old one signs too."""
    secret = webhook_signature.new_secret()
    async with transaction():
        webhook = await _locked(actor, webhook_id)
        webhook.previous_secret = webhook.secret
        webhook.previous_until = now() + OVERLAP
        webhook.secret = service.current().vault.seal(secret)
        await webhook.save()
    return webhook, secret


async def test(actor: Actor, webhook_id: int) -> WebhookDelivery:
    """Send a ping, `type` `webhook.ping`. Raises DomainError webhook_off."""
    async with transaction():
        webhook = await _locked(actor, webhook_id, on=True)
        delivery = await WebhookDelivery.create(
            webhook=webhook,
            key=webhook_signature.new_key(),
            topic=PING,
            state=DeliveryState.PENDING,
            created_at=now(),
        )
        await plan([delivery.id])
    return delivery


async def replay(
    actor: Actor,
    webhook_id: int,
    delivery_id: int | None = None,
    since: datetime | None = None,
) -> list[WebhookDelivery]:
    """Send again what is dead or was delivered, with the same `webhook-id`, on a new schedule.

    One delivery, or the first 1000 that were made at or after `since`; what still waits is left
    alone. Raises DomainError: webhook_off, not_found (delivery), required, already_waiting.
    """
    if (delivery_id is None) is (since is None):
        raise DomainError("required", "since")
    async with transaction():
        webhook = await _locked(actor, webhook_id, on=True)
        query = WebhookDelivery.filter(webhook_id=webhook.id)
        if delivery_id is not None:
            await _require_settled(query.filter(id=keys.row_id(delivery_id, "delivery")))
            query = query.filter(id=delivery_id)
        else:
            query = query.filter(created_at__gte=since)
        settled = query.exclude(state=DeliveryState.PENDING).order_by("id").limit(MAX_REPLAYED)
        ids = [row.id for row in await settled.select_for_update()]
        await WebhookDelivery.filter(id__in=ids).update(
            state=DeliveryState.PENDING, attempts=0, status_code=None, error="", delivered_at=None
        )
        await plan(ids)
    return await WebhookDelivery.filter(id__in=ids).order_by("id")


def _switch(webhook: Webhook, active: bool) -> None:
    webhook.active = active
    webhook.stopped = None  # type: ignore[assignment]
    webhook.failing_since = webhook.resting_until = None


async def _require_settled(one: QuerySet[WebhookDelivery]) -> None:
    found = await one.first()
    if found is None:
        raise NotFound("delivery")
    if found.state is DeliveryState.PENDING:
        raise DomainError("already_waiting", "delivery")


def _is_partner(actor: Actor) -> bool:
    return actor.kind is ActorKind.CLIENT and CASES_READ in actor.scopes


def _require(actor: Actor) -> None:
    if actor.role is not Role.ADMIN and not _is_partner(actor):
        raise Forbidden()


async def _locked(actor: Actor, webhook_id: int, *, on: bool = False) -> Webhook:
    _require(actor)
    query = of(actor).filter(id=keys.row_id(webhook_id, "webhook"))
    webhook = await query.select_for_update().first()
    if webhook is None:
        raise NotFound("webhook")
    if on and not webhook.active:
        raise DomainError("webhook_off", "webhook")
    return webhook


async def _client(actor: Actor, client_id: object) -> Client:
    wanted = actor.client_id if actor.kind is ActorKind.CLIENT else client_id
    known = keys.may_be_code(wanted)
    client = await Client.filter(id=wanted, revoked_at=None).first() if known else None
    if client is None:
        raise NotFound("client")
    return client


def _topics(topics: Iterable[object]) -> list[str]:
    try:
        wanted = {Topic(topic) for topic in topics}  # type: ignore[arg-type]
    except (ValueError, TypeError):
        raise DomainError("unknown", "topics") from None
    if not wanted:
        raise DomainError("required", "topics")
    return [topic.value for topic in Topic if topic in wanted]
