"""Sending of webhooks: one request to a receiver, in a lane of its own.

What a receiver answers is not read beyond its headers. It is called at the very number that was
checked, by a connection of its own: no proxy, no redirect, no connection shared between hosts.
"""

from __future__ import annotations

import asyncio
import ssl
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta

import httpx2
import structlog

import graphql_schema.types.case  # noqa: F401 - ids carry the names of these types
from api.lanes import Lane
from domain import webhook_address, webhook_delivery, webhook_queue
from domain.errors import DomainError
from domain.webhook_address import Address
from domain.webhook_delivery import Attempt, Outcome
from graphql_schema.node import global_id
from models import Job

log = structlog.get_logger("webhooks")

TIMEOUT = 10.0
"""Seconds for everything: the name, the connection, the answer's headers."""
CONNECT_TIMEOUT = 3.05
WIDTH = 32
LEASE = timedelta(seconds=60)
USER_AGENT = "favad-webhooks/1"


class WebhookSender:
    """Does the jobs `webhook.deliver`. `close` it when done; `trust` replaces the usual roots."""

    def __init__(self, trust: ssl.SSLContext | None = None) -> None:
        self._http = httpx2.AsyncClient(
            verify=trust or True,
            timeout=httpx2.Timeout(TIMEOUT, connect=CONNECT_TIMEOUT),
            limits=httpx2.Limits(max_keepalive_connections=0),
            follow_redirects=False,
            trust_env=False,
        )

    async def run(self, job: Job) -> None:
        attempt = await webhook_delivery.prepare(job, global_id)
        if attempt is None:
            return
        outcome = await self._attempt(attempt)
        await webhook_delivery.record(job, attempt, outcome)
        log.info(
            "webhook attempted",
            webhook=attempt.webhook_id,
            delivery=attempt.delivery_id,
            status=outcome.status,
            error=outcome.error,
        )

    async def close(self) -> None:
        await self._http.aclose()

    async def _attempt(self, attempt: Attempt) -> Outcome:
        try:
            async with asyncio.timeout(TIMEOUT):
                return await self._post(attempt)
        except (TimeoutError, httpx2.TimeoutException):
            return Outcome(error="timeout")
        except DomainError as refusal:
            return Outcome(error=refusal.code)
        except httpx2.TransportError:
            return Outcome(error="unreachable")

    async def _post(self, attempt: Attempt) -> Outcome:
        """Ask at the first of the receiver's numbers that takes a connection."""
        address = webhook_address.parse(attempt.url)
        *others, last = await webhook_address.numbers(address)
        for number in others:
            try:
                return await self._post_at(number, address, attempt)
            except (httpx2.ConnectError, httpx2.ConnectTimeout):
                continue
        return await self._post_at(last, address, attempt)

    async def _post_at(self, number: str, address: Address, attempt: Attempt) -> Outcome:
        headers = {
            **attempt.headers,
            "host": address.authority,
            "content-type": "application/json",
            "user-agent": USER_AGENT,
        }
        # The certificate is checked against the name, not against the number.
        extensions = {"sni_hostname": address.host} if address.secure else {}
        async with self._http.stream(
            "POST",
            address.at(number),
            content=attempt.body,
            headers=headers,
            extensions=extensions,
        ) as reply:
            return Outcome(reply.status_code, retry_after=reply.headers.get("retry-after", ""))


@dataclass(frozen=True)
class WebhookLane(Lane):
    """Attempts at deliveries, of which no webhook gets more than its share."""

    _under_way: dict[int, int] = field(default_factory=dict)
    """The webhooks of the jobs that are held, by job."""

    async def claim(self, limit: int) -> list[Job]:
        held = Counter(self._under_way.values())
        claimed = await webhook_queue.claim(limit, held, self.lease)
        self._under_way.update({job.id: webhook for job, webhook in claimed if webhook is not None})
        return [job for job, _ in claimed]

    async def one(self, job: Job) -> None:
        try:
            await super().one(job)
        finally:
            self._under_way.pop(job.id, None)


def lane(sender: WebhookSender) -> Lane:
    return WebhookLane([webhook_queue.KIND], WIDTH, sender.run, LEASE, _always)


async def _always() -> bool:
    return True
