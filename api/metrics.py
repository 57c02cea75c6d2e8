"""What the service measures about itself, in Prometheus' format."""

from __future__ import annotations

from prometheus_client import Gauge, Histogram

from domain.sending import sms_state
from domain.time import now
from domain.workflow import RUNNING
from models import Case, Job, OutboxMessage, Webhook, WebhookDelivery
from models.enums import DeliveryState, MessageState

REQUEST_SECONDS = Histogram(
    "favad_request_seconds",
    "Time to answer a request, by route pattern.",
    ["method", "route", "status"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
)
OVERDUE = Gauge("favad_cases_overdue", "Unanswered cases whose 3-hour clock has ended.")
RUNNING_CLOCKS = Gauge("favad_clocks_running", "Cases whose 3-hour clock runs.")
OUTBOX_WAITING = Gauge("favad_sms_waiting", "SMS queued and not yet accepted by the provider.")
OUTBOX_AGE = Gauge("favad_sms_oldest_seconds", "Age of the oldest SMS that still waits.")
OUTBOX_REVIEW = Gauge("favad_sms_needs_review", "SMS whose fate a person must decide.")
SMS_HALTS = Gauge("favad_sms_halts", "Reasons for which sending is halted now.")
JOBS_DUE = Gauge("favad_jobs_due", "Jobs that are due and not done.")
JOBS_DEAD = Gauge("favad_jobs_dead", "Jobs given up after the last attempt.")
WEBHOOKS_WAITING = Gauge("favad_webhooks_waiting", "Messages to webhooks not yet delivered.")
WEBHOOKS_DEAD = Gauge("favad_webhooks_dead", "Messages to webhooks given up, of the last 30 days.")
WEBHOOKS_FAILING = Gauge("favad_webhooks_failing", "Webhooks whose last attempt failed.")


async def collect() -> None:
    """Read the gauges from the database."""
    running = Case.filter(status__in=list(RUNNING))
    RUNNING_CLOCKS.set(await running.count())
    OVERDUE.set(await running.filter(due_at__lt=now()).count())
    waiting = OutboxMessage.filter(
        state__in=[MessageState.PENDING, MessageState.SENDING, MessageState.UNCERTAIN]
    )
    OUTBOX_WAITING.set(await waiting.count())
    oldest = await waiting.order_by("created_at").first()
    OUTBOX_AGE.set((now() - oldest.created_at).total_seconds() if oldest else 0)
    OUTBOX_REVIEW.set(await OutboxMessage.filter(state=MessageState.NEEDS_REVIEW).count())
    SMS_HALTS.set(len((await sms_state()).halts))
    JOBS_DUE.set(await Job.filter(dead=False, run_at__lte=now()).count())
    JOBS_DEAD.set(await Job.filter(dead=True).count())
    deliveries = WebhookDelivery.all()
    WEBHOOKS_WAITING.set(await deliveries.filter(state=DeliveryState.PENDING).count())
    WEBHOOKS_DEAD.set(await deliveries.filter(state=DeliveryState.DEAD).count())
    WEBHOOKS_FAILING.set(await Webhook.filter(active=True, failing_since__isnull=False).count())
