"""What is to be told to partners' webhooks: from the feed to deliveries with a job each.

`fan_out` writes what is to be told and how far it has come in one transaction, so that nothing is
lost or written twice. Sending is `domain.webhook_delivery`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from tortoise.expressions import Subquery

from domain import actors, feed, jobs, webhook_signature
from domain.actors import CASES_READ, Actor
from domain.errors import DomainError
from domain.feed import Topic
from domain.time import now
from models import Change, Client, Job, Webhook, WebhookDelivery
from models.database import transaction
from models.enums import DeliveryState

KIND: Final = "webhook.deliver"
FAN_OUT: Final = "webhook.fan_out"
TIDY: Final = "webhook.tidy"
FAN_OUT_EVERY: Final = timedelta(seconds=1)
TIDY_EVERY: Final = timedelta(minutes=10)
KEPT: Final = timedelta(days=30)
MOST_WAITING: Final = 10_000
"""Deliveries of one webhook that may wait; beyond that its part of the feed waits."""
PER_WEBHOOK: Final = 2
"""Attempts to one webhook that one worker makes at once."""


def hears(client: Client) -> bool:
    """Whether a client may be told of cases now."""
    expired = client.expires_at is not None and client.expires_at < now()
    return client.revoked_at is None and not expired and CASES_READ in client.scopes


async def plan(ids: Sequence[int]) -> None:
    """One job for each of these deliveries, due now."""
    rows = [Job(kind=KIND, key=f"webhook:{key}", subject_id=key, run_at=now()) for key in ids]
    await Job.bulk_create(rows, ignore_conflicts=True)


async def plan_waiting(webhook_id: int) -> None:
    """A job for each delivery that waits without one, as after a pause."""
    waiting = WebhookDelivery.filter(webhook_id=webhook_id, state=DeliveryState.PENDING)
    planned = await Job.filter(kind=KIND, subject_id__in=Subquery(waiting.values("id")))
    done = {job.subject_id for job in planned}
    await plan([row.id for row in await waiting.order_by("id") if row.id not in done])


async def fan_out() -> datetime:
    """Write what every listening webhook is to be told; when to look again."""
    last = await feed.number()
    more = False
    for webhook in await _listening():
        if webhook.position != last:
            more |= await _tell(webhook.id)
    return now() if more else now() + FAN_OUT_EVERY


async def tidy() -> datetime:
    """Forget what is older than 30 days, and go on where a pause has ended; when to do it again."""
    await WebhookDelivery.filter(created_at__lt=now() - KEPT).delete()
    for webhook in await _listening():
        async with transaction():
            await plan_waiting(webhook.id)
    return now() + TIDY_EVERY


async def claim(
    limit: int, held: Mapping[int, int], lease: timedelta
) -> list[tuple[Job, int | None]]:
    """Due deliveries with their webhooks, at most `PER_WEBHOOK` of each beside those `held`.

    What exceeds that, or is for a receiver that wants to rest, stays for later, so that one
    receiver who hangs takes the turn of no other.
    """
    busy = [webhook for webhook, count in held.items() if count >= PER_WEBHOOK]
    claimed = await jobs.claim(limit, kinds=[KIND], lease=lease, among=_not_held_up(busy))
    rows = await WebhookDelivery.filter(id__in=[job.subject_id for job in claimed])
    webhooks = {row.id: row.webhook_id for row in rows}
    counts = dict(held)
    taken: list[tuple[Job, int | None]] = []
    for job in sorted(claimed, key=lambda job: job.id):
        webhook = webhooks.get(job.subject_id or 0)
        if webhook is not None and counts.get(webhook, 0) >= PER_WEBHOOK:
            await jobs.postpone(job, job.run_at)
            continue
        if webhook is not None:
            counts[webhook] = counts.get(webhook, 0) + 1
        taken.append((job, webhook))
    return taken


def _not_held_up(busy: Sequence[int]) -> str:
    """The condition on jobs that neither these webhooks nor resting ones are what they are for."""
    also = f" OR webhook.id IN ({', '.join(map(str, busy))})" if busy else ""
    return (
        "subject_id NOT IN (SELECT delivery.id FROM webhook_delivery AS delivery"  # noqa: S608
        " JOIN webhook ON webhook.id = delivery.webhook_id"
        f" WHERE delivery.state = 'pending' AND (webhook.resting_until > $1{also}))"
    )


async def _listening() -> list[Webhook]:
    rows = await Webhook.filter(active=True).select_related("client").order_by("id")
    return [row for row in rows if hears(row.client)]


async def _tell(webhook_id: int) -> bool:
    """Write the next part of the feed as deliveries; whether more was there."""
    async with transaction():
        webhook = await Webhook.filter(id=webhook_id, active=True).select_for_update().first()
        client = await Client.get(id=webhook.client_id) if webhook is not None else None
        if webhook is None or client is None or not hears(client):
            return False
        waiting = WebhookDelivery.filter(webhook_id=webhook_id, state=DeliveryState.PENDING)
        if await waiting.count() >= MOST_WAITING:
            return False
        topics = [Topic(topic) for topic in webhook.topics]
        page = await _next(await actors.of_client(client), webhook, topics)
        await _write(webhook, page.entries)
        webhook.position = page.position
        await webhook.save(update_fields=["position"])
    return page.more


async def _next(actor: Actor, webhook: Webhook, topics: Collection[Topic]) -> feed.Page:
    """What follows the webhook's position; from the oldest that is kept when that has gone."""
    try:
        return await feed.read(actor, webhook.position, topics)
    except DomainError:
        oldest = await Change.filter(position__isnull=False).order_by("position").first()
        after = oldest.position - 1 if oldest is not None and oldest.position else 0
        return await feed.read(actor, after, topics)


async def _write(webhook: Webhook, entries: Sequence[feed.Entry]) -> None:
    if not entries:
        return
    rows = [
        WebhookDelivery(
            webhook_id=webhook.id,
            key=webhook_signature.new_key(),
            topic=entry.topic.value,
            event_id=entry.event.id,
            state=DeliveryState.PENDING,
            created_at=now(),
        )
        for entry in entries
    ]
    await WebhookDelivery.bulk_create(rows, ignore_conflicts=True)
    written = WebhookDelivery.filter(key__in=[row.key for row in rows]).order_by("id")
    await plan([row.id for row in await written])
