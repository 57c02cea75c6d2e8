"""One attempt at telling a partner's webhook, and what comes of it (Standard Webhooks 1.0.0).

A delivery goes out at least once: a worker that dies between the receiver's answer and its note
leads to another attempt with the same `webhook-id`.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Final

import orjson
from tortoise.models import Model
from tortoise.queryset import QuerySet

from domain import (
    actors,
    jobs,
    notifications,
    service,
    staff,
    visibility,
    webhook_signature,
)
from domain.actors import Actor
from domain.time import now
from domain.webhook_queue import hears
from domain.work import LeaseLost
from models import Agency, Case, CaseEvent, Client, Job, User, Webhook, WebhookDelivery
from models.database import transaction
from models.enums import DeliveryState, NoticeKind, Role, WebhookStop

PAUSES: Final = tuple(
    timedelta(seconds=seconds)
    for seconds in (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
)
"""Between attempts, by the specification's schedule; after the last one the delivery is dead."""
JITTER: Final = 0.1
LONGEST_REST: Final = timedelta(days=1)
PATIENCE: Final = timedelta(days=5)
"""Of failures without a success, after which a webhook is switched off."""

Name = Callable[[Model], str]
"""The id of a row as partners know it."""


@dataclass(frozen=True)
class Attempt:
    """One request to a receiver, signed, as of now."""

    delivery_id: int
    webhook_id: int
    url: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Outcome:
    """What came of an attempt: the receiver's status, or why there is none."""

    status: int | None = None
    error: str = ""
    retry_after: str = ""
    """The header of that name."""

    @property
    def delivered(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


async def prepare(job: Job, name: Name) -> Attempt | None:
    """The attempt of a claimed job, checked and signed now; None when nothing is to be sent.

    A delivery to a webhook that is off or paused goes on waiting, without a job.
    """
    async with transaction():
        delivery = await _with_webhook(job)
        if delivery is None:
            await _finish(job)
            return None
        webhook = delivery.webhook
        if webhook.resting_until is not None and webhook.resting_until > now():
            await jobs.postpone(job, webhook.resting_until)
            return None
        body = await _body(delivery, await actors.of_client(webhook.client), name)
        if body is None:
            await WebhookDelivery.filter(id=delivery.id).update(
                state=DeliveryState.DEAD, error="not_visible"
            )
            await _finish(job)
            return None
    return Attempt(
        delivery.id,
        webhook.id,
        webhook.url,
        webhook_signature.headers(delivery.key, now(), body, _secrets(webhook)),
        body,
    )


async def record(job: Job, attempt: Attempt, outcome: Outcome) -> None:
    """Note what came of an attempt, and plan what follows from it.

    Raises LeaseLost, changing nothing, when another worker has the job by now.
    """
    async with transaction():
        webhook = await Webhook.filter(id=attempt.webhook_id).select_for_update().first()
        delivery = await WebhookDelivery.filter(id=attempt.delivery_id).first()
        if webhook is None or delivery is None:
            await _finish(job)
            return
        delivery.attempts += 1
        delivery.attempted_at = now()
        delivery.status_code = outcome.status
        delivery.error = outcome.error
        if outcome.delivered:
            delivery.state, delivery.delivered_at = DeliveryState.DELIVERED, now()
            webhook.failing_since = None
            await _finish(job)
        else:
            await _failed(job, webhook, delivery, outcome)
        await delivery.save()
        await webhook.save(update_fields=["active", "stopped", "failing_since", "resting_until"])


def pause(attempts: int, wanted: timedelta, chance: float) -> timedelta:
    """How long to wait after so many failed attempts; `chance` from 0 to 1 spreads them.

    At least as long as the receiver `wanted`.
    """
    return max(PAUSES[attempts - 1] * (1 + JITTER * chance), wanted)


def rest(retry_after: str, moment: datetime) -> timedelta:
    """What a `Retry-After` header asks for: seconds or a date; else zero; at most a day."""
    text = retry_after.strip()
    if text.isascii() and text.isdigit():
        wanted = timedelta(seconds=int(text[:9]))
    else:
        try:
            date = parsedate_to_datetime(text)
        except ValueError:
            return timedelta(0)
        wanted = (date if date.tzinfo else date.replace(tzinfo=UTC)) - moment
    return min(max(wanted, timedelta(0)), LONGEST_REST)


async def _failed(job: Job, webhook: Webhook, delivery: WebhookDelivery, outcome: Outcome) -> None:
    wanted = timedelta(0)
    if outcome.status in (429, 503):
        wanted = rest(outcome.retry_after, now())
        webhook.resting_until = now() + wanted if wanted else webhook.resting_until
    webhook.failing_since = webhook.failing_since or now()
    gone = outcome.status == 410
    if gone or delivery.attempts > len(PAUSES):
        delivery.state = DeliveryState.DEAD
        await _finish(job)
    elif not await jobs.postpone(
        job, now() + pause(delivery.attempts, wanted, secrets.randbelow(1000) / 1000)
    ):
        raise LeaseLost(job.key)
    if gone:
        await _stop(webhook, WebhookStop.GONE)
    elif webhook.failing_since <= now() - PATIENCE:
        await _stop(webhook, WebhookStop.FAILING)


async def _stop(webhook: Webhook, why: WebhookStop) -> None:
    """Switch the webhook off, and tell administrators and its agency."""
    if not webhook.active:
        return
    webhook.active, webhook.stopped = False, why
    client = await Client.get(id=webhook.client_id).select_related("agency")
    people = await User.filter(role=Role.ADMIN, active=True)
    people += await _agency_people(client.agency)
    key = f"webhook:{webhook.id}:{int(now().timestamp())}"
    await notifications.notify(people, NoticeKind.WEBHOOK_STOPPED, webhook, key)


async def _agency_people(agency: Agency) -> list[User]:
    if agency.main_id == agency.id:
        return await staff.seniors(agency.id)
    return await staff.coordinators(agency.id)


async def _with_webhook(job: Job) -> WebhookDelivery | None:
    """The waiting delivery of a job if its webhook listens, with what is needed to send it."""
    found: QuerySet[WebhookDelivery] = WebhookDelivery.filter(
        id=job.subject_id, state=DeliveryState.PENDING, webhook__active=True
    )
    row = await found.select_related("webhook__client").first()
    return row if row is not None and hears(row.webhook.client) else None


async def _body(delivery: WebhookDelivery, actor: Actor, name: Name) -> bytes | None:
    """The payload: what happened to which case, no more; None if the client may not see it now."""
    at, data = delivery.created_at, {}
    if delivery.event_id is not None:
        event = await CaseEvent.filter(visibility.event_rule(actor), id=delivery.event_id).first()
        case = await visibility.cases(actor).filter(id=event.case_id).first() if event else None
        if event is None or case is None:
            return None
        at, data = event.at, await _data(event, case, actor, name)
    timestamp = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return orjson.dumps({"type": delivery.topic, "timestamp": timestamp, "data": data})


async def _data(event: CaseEvent, case: Case, actor: Actor, name: Name) -> dict[str, Any]:
    """Names of things and how the case stands as it is sent; the partner asks for the rest."""
    referral = None
    if event.referral_id is not None:
        referral = await visibility.referrals(actor).filter(id=event.referral_id).first()
    return {
        "caseId": name(case),
        "trackingCode": case.tracking_code,
        "status": case.status.name,
        "version": case.version,
        "eventId": name(event),
        "kind": event.kind.upper(),
        "referralId": name(referral) if referral is not None else None,
    }


def _secrets(webhook: Webhook) -> list[str]:
    vault = service.current().vault
    sealed = [webhook.secret]
    if webhook.previous_until is not None and webhook.previous_until > now():
        sealed.append(webhook.previous_secret)
    return [vault.open(secret) for secret in sealed]


async def _finish(job: Job) -> None:
    if not await jobs.finish(job):
        raise LeaseLost(job.key)
