"""Webhooks of partners in the small world."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from domain import feed, jobs, service, webhook_address, webhook_delivery, webhook_queue, webhooks
from domain.actors import CASES_READ, CASES_WRITE, Actor, of_client
from domain.time import now
from domain.webhook_delivery import Attempt, Outcome
from models import Client, Job, Webhook, WebhookDelivery
from tests.support.world import World, client

HERE = "http://127.0.0.1:9/hook?key=1"
ALL = [topic.value for topic in feed.Topic]


async def partner(world: World, agency: str = "EDU") -> Actor:
    """The partner system of an agency; this machine may be a receiver from now on."""
    service.configure(replace(service.current(), local_webhooks=True))
    found = await Client.get_or_none(id=f"client-{agency}")
    return await of_client(found or await client(world, agency, CASES_READ, CASES_WRITE))


async def hook(
    world: World, agency: str = "EDU", url: str = HERE, topics: Sequence[str] = ALL
) -> Webhook:
    """A webhook that is told of what happens from now on."""
    actor = await partner(world, agency)
    await feed.number()
    made, _ = await webhooks.create(actor, webhook_address.parse(url), topics)
    return made


async def told(webhook: Webhook) -> list[WebhookDelivery]:
    """What the webhook was or will be told, once everything was written, oldest first."""
    while await webhook_queue.fan_out() <= now():
        pass
    return await WebhookDelivery.filter(webhook_id=webhook.id).order_by("id")


async def due() -> list[Job]:
    return [job for job, _ in await webhook_queue.claim(50, {}, jobs.LEASE)]


async def prepared() -> tuple[Job, Attempt]:
    """The next attempt that is due."""
    [job] = [job for job, _ in await webhook_queue.claim(1, {}, jobs.LEASE)]
    attempt = await webhook_delivery.prepare(job, name)
    assert attempt is not None
    return job, attempt


async def attempted(outcome: Outcome) -> Attempt:
    """The next attempt that is due is made, with this outcome."""
    job, attempt = await prepared()
    await webhook_delivery.record(job, attempt, outcome)
    return attempt


def name(row: object) -> str:
    return f"{type(row).__name__}-{getattr(row, 'pk', '')}"
