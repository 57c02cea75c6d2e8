"""What became of texts: delivery reports, polling behind them, and the fate of uncertain ones."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timedelta

import structlog
from tortoise.expressions import Q

from domain import outbox, service
from domain.time import now
from models import OutboxMessage
from models.database import transaction
from models.enums import MessageState
from sms import codes
from sms.gateway import Gateway, GatewayError

log = structlog.get_logger("sms")

MAX_ID = 2**63 - 1
BATCH = 500
BATCHES = 10

YOUNG = timedelta(minutes=10)
POLL_YOUNG = timedelta(minutes=1)
POLL_OLD = timedelta(minutes=15)
POLLABLE = timedelta(hours=47)
"""The provider tells statuses for 48 hours."""
RECONCILE = timedelta(seconds=15)

_UNFINISHED = (MessageState.ACCEPTED, MessageState.SENT, MessageState.UNDELIVERED)


def parse(items: Iterable[object]) -> list[tuple[int, int]]:
    """`(message id, status)` of each report of a webhook. Raises ValueError for anything else."""
    return [(_number(item, "messageid"), _number(item, "status")) for item in items]


async def apply(provider_id: int, code: int) -> None:
    """Move a message forward; reports come in any order, twice, and of texts not ours."""
    async with transaction():
        row = await OutboxMessage.filter(provider_id=provider_id).select_for_update().first()
        if row is None:
            return
        state = MessageState(codes.advance(row.state, code))
        if state is not row.state:
            await outbox.report(row, state)
        if code == codes.BLOCKED_BY_RECIPIENT:
            await outbox.opt_out(row.receptor, "blocked")


async def poll(gateway: Gateway) -> datetime:
    """Ask for statuses that no delivery report has told: young texts each minute, older each 15."""
    moment = now()
    for _ in range(BATCHES):
        rows = await _to_poll(moment)
        found = await gateway.statuses([row.provider_id for row in rows if row.provider_id])
        for row in rows:
            code = found.get(row.provider_id or 0, codes.NO_INFORMATION)
            if codes.advance(row.state, code) != row.state:
                await apply(row.provider_id or 0, code)
        await OutboxMessage.filter(id__in=[row.id for row in rows]).update(looked_up_at=moment)
        if len(rows) < BATCH:
            break
    return moment + POLL_YOUNG


async def _to_poll(moment: datetime) -> list[OutboxMessage]:
    young = Q(accepted_at__gt=moment - YOUNG) & Q(looked_up_at__lt=moment)
    old = Q(accepted_at__gt=moment - POLLABLE) & Q(looked_up_at__lte=moment - POLL_OLD)
    never = Q(accepted_at__gt=moment - POLLABLE) & Q(looked_up_at=None)
    return (
        await OutboxMessage.filter(young | old | never, state__in=_UNFINISHED)
        .order_by("-accepted_at")
        .limit(BATCH)
    )


async def reconcile(gateway: Gateway) -> datetime:
    """Ask what became of uncertain texts; see `outbox.absent` for those the provider lacks."""
    try:
        for _ in range(BATCHES):
            rows = await outbox.doubtful(BATCH)
            if not rows or not await _look_up(gateway, rows):
                break
    except GatewayError as error:
        log.warning("lookup failed", error=type(error).__name__)
    old = await outbox.give_up_old()
    if old:
        log.error("sms need review", count=old)
    return now() + min(RECONCILE, timedelta(seconds=service.current().reconcile_seconds / 2))


async def _look_up(gateway: Gateway, rows: list[OutboxMessage]) -> int:
    """How many rows it learnt something about; a failing lookup teaches nothing."""
    found = await gateway.statuses_by_local_id([row.local_id for row in rows])
    learnt = 0
    for row in rows:
        if row.local_id not in found:
            continue
        provider_id, code = found[row.local_id]
        async with transaction():
            if code == codes.NO_INFORMATION:
                await outbox.absent(row)
            else:
                state = MessageState(codes.advance(MessageState.ACCEPTED, code))
                await outbox.accepted(row, provider_id, state)
        learnt += 1
        log.info("sms reconciled", message=row.id, status=code)
    return learnt


def _number(item: object, name: str) -> int:
    value = item.get(name) if isinstance(item, dict) else None
    if type(value) not in (int, str) or not re.fullmatch(r"[0-9]{1,19}", str(value).strip()):
        raise ValueError(f"{name} is not a number")
    number = int(str(value))
    if number > MAX_ID:
        raise ValueError(f"{name} is out of range")
    return number
