"""What the service measures about itself, in Prometheus' format."""

from __future__ import annotations

from collections.abc import Mapping
from math import nan
from typing import Any

from prometheus_client import Gauge, Histogram

from domain import sending, sms_figures
from domain.time import now
from domain.workflow import RUNNING
from models import Case, Job, Webhook, WebhookDelivery
from models.enums import DeliveryState

NOTHING = nan
"""Where nothing was measured."""
REQUEST_SECONDS = Histogram(
    "favad_request_seconds",
    "Time to answer a request, by route pattern.",
    ["method", "route", "status"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
)
OVERDUE = Gauge("favad_cases_overdue", "Unanswered cases whose 3-hour clock has ended.")
RUNNING_CLOCKS = Gauge("favad_clocks_running", "Cases whose 3-hour clock runs.")
_LINE = ("gateway", "line")
SMS_MESSAGES = Gauge(
    "favad_sms_messages", "SMS queued in the last hour, as they stand.", [*_LINE, "state"]
)
SMS_WAITING = Gauge("favad_sms_waiting", "SMS queued and not yet accepted by a provider.", _LINE)
SMS_OLDEST = Gauge("favad_sms_oldest_seconds", "Age of the oldest SMS that still waits.")
SMS_REVIEW = Gauge("favad_sms_needs_review", "SMS whose fate a person must decide.", _LINE)
SMS_HALTS = Gauge(
    "favad_sms_halts", "1 for each reason for which sending is halted now.", [*_LINE, "code"]
)
SMS_ALARMS = Gauge(
    "favad_sms_alarms", "1 for each thing to put right at a provider.", ["gateway", "code"]
)
SMS_RATE = Gauge("favad_sms_line_rate", "SMS a second that may leave, as of the last one.", _LINE)
SMS_PARTS = Gauge("favad_sms_parts_total", "Parts of SMS that providers took over.", _LINE)
SMS_RESPONSE = Gauge(
    "favad_sms_response_rate", "Share of the surveys of 30 days answered in time, 0 to 1."
)
SMS_COST = Gauge(
    "favad_sms_cost_per_case_rial", "Cost of SMS for each case registered in the last 30 days."
)
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
    await _collect_sms()
    JOBS_DUE.set(await Job.filter(dead=False, run_at__lte=now()).count())
    JOBS_DEAD.set(await Job.filter(dead=True).count())
    deliveries = WebhookDelivery.all()
    WEBHOOKS_WAITING.set(await deliveries.filter(state=DeliveryState.PENDING).count())
    WEBHOOKS_DEAD.set(await deliveries.filter(state=DeliveryState.DEAD).count())
    WEBHOOKS_FAILING.set(await Webhook.filter(active=True, failing_since__isnull=False).count())


async def _collect_sms() -> None:
    """Figures of `domain.sms_figures`; what is no more is no longer told."""
    oldest = await sms_figures.oldest()
    SMS_OLDEST.set((now() - oldest).total_seconds() if oldest else 0)
    lines = (await sms_figures.recent()).lines
    _set(SMS_WAITING, {(line.gateway, line.line): line.waiting for line in lines})
    _set(SMS_REVIEW, {(line.gateway, line.line): line.needs_review for line in lines})
    states = await sms_figures.states()
    _set(
        SMS_MESSAGES,
        {(row["gateway"], row["line"], row["state"]): row["messages"] for row in states},
    )
    halts = await sending.halts()
    _set(SMS_HALTS, {(halt.gateway, halt.line, str(halt.code)): 1 for halt in halts})
    alarms = await sending.alarms()
    _set(SMS_ALARMS, {(alarm.gateway, alarm.code): 1 for alarm in alarms})
    _set(SMS_RATE, await sms_figures.rates())
    parts = await sms_figures.parts()
    _set(SMS_PARTS, {(row["gateway"], row["line"]): row["parts"] for row in parts})
    summary = await sms_figures.summary()
    response = sms_figures.response(summary).value if summary else None
    SMS_RESPONSE.set(NOTHING if response is None else response)
    cost = sms_figures.cost_per_case(summary) if summary else None
    SMS_COST.set(NOTHING if cost is None else cost)


def _set(gauge: Gauge, values: Mapping[Any, float]) -> None:
    gauge.clear()
    for labels, value in values.items():
        gauge.labels(*labels).set(value)
