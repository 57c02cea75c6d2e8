"""What became of texts: delivery reports, polling behind them, and the fate of uncertain ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import structlog

from domain import outbox, service
from domain.time import now
from models import OutboxMessage, statements
from models.database import transaction
from models.enums import MessageChannel, MessageState
from sms import halting
from sms.gateway import Capability, Gateway, GatewayError, Refused

log = structlog.get_logger("sms")

BATCH: Final = 500
BATCHES: Final = 20
YOUNG: Final = timedelta(minutes=10)
POLL_YOUNG: Final = timedelta(minutes=1)
POLL_OLD: Final = timedelta(minutes=15)
POLLABLE: Final = timedelta(hours=47)
"""The provider tells statuses for 48 hours."""
RECONCILE: Final = timedelta(seconds=15)

_TO_POLL = f"""
    SELECT id, provider_ref, state FROM outbox_message
    WHERE state IN ('accepted', 'sent', 'undelivered') AND updated_at > $3
        AND gateway = $1 AND channel = $2 AND provider_ref IS NOT NULL AND accepted_at > $3
        AND (looked_up_at IS NULL OR looked_up_at <= $4
            OR accepted_at > $5 AND looked_up_at < $6)
    ORDER BY looked_up_at NULLS FIRST, id LIMIT {BATCH}"""  # noqa: S608 - our own number


async def apply(
    gateway: str, provider_ref: str, state: MessageState, local_id: int | None = None
) -> None:
    """Move a message forward; reports come in any order, twice, and of texts not ours.

    One that repeats our local id is believed even before we know that the text was accepted.
    """
    row = None
    if local_id is not None:
        row = await OutboxMessage.get_or_none(local_id=local_id, gateway=gateway)
    if row is None:
        await outbox.report(gateway, [provider_ref], state)
        return
    ref = row.provider_ref or provider_ref
    async with transaction():
        if not await outbox.accepted(row, ref, state):
            await outbox.report(gateway, [ref], state)


async def poll(gateway: Gateway) -> datetime:
    """Ask for statuses that no delivery report has told: young texts each minute, older each 15."""
    moment = now()
    await _poll(gateway, MessageChannel.SMS, moment)
    if Capability.CALLS in gateway.capabilities:
        await _poll(gateway, MessageChannel.CALL, moment)
    return moment + POLL_YOUNG


async def _poll(gateway: Gateway, channel: MessageChannel, moment: datetime) -> None:
    times = (moment - POLLABLE, moment - POLL_OLD, moment - YOUNG, moment)
    for _ in range(BATCHES):
        rows = await statements.fetch(_TO_POLL, gateway.name, channel, *times)
        if not rows:
            return
        found = await gateway.statuses([row["provider_ref"] for row in rows], channel)
        await _learn(gateway.name, rows, found)
        await OutboxMessage.filter(id__in=[row["id"] for row in rows]).update(looked_up_at=moment)
        if len(rows) < BATCH:
            return


async def _learn(
    gateway: str, rows: Sequence[Mapping[str, Any]], found: Mapping[str, MessageState]
) -> None:
    """Write down the states that are news, those of one kind together."""
    news: dict[MessageState, list[str]] = {}
    for row in rows:
        known, told = MessageState(row["state"]), found.get(row["provider_ref"])
        if told is not None and outbox.advance(known, told) is not known:
            news.setdefault(told, []).append(row["provider_ref"])
    for state, refs in news.items():
        await outbox.report(gateway, refs, state)


async def reconcile(gateway: Gateway) -> datetime:
    """Ask what became of uncertain texts; see `outbox.absent` for those the provider lacks."""
    try:
        for _ in range(BATCHES):
            rows = await outbox.doubtful(gateway.name, BATCH)
            if not rows or not await _settle(gateway, rows):
                break
    except GatewayError as error:
        log.warning("lookup failed", gateway=gateway.name, error=type(error).__name__)
        if isinstance(error, Refused):
            await halting.heed(gateway, error)
    await _give_up(await outbox.undecided(BATCH))
    return now() + min(RECONCILE, timedelta(seconds=service.current().reconcile_seconds / 2))


async def _settle(gateway: Gateway, rows: list[OutboxMessage]) -> int:
    """Of how many uncertain texts something was learnt; a failing lookup teaches nothing.

    Those of a gateway that cannot be asked wait for a report, then go to a person.
    """
    if Capability.LOOKUP in gateway.capabilities:
        return await _look_up(gateway, rows)
    return await _give_up([row for row in rows if _waited(row)])


async def _look_up(gateway: Gateway, rows: list[OutboxMessage]) -> int:
    found = await gateway.lookup([row.local_id for row in rows])
    known = [row for row in rows if row.local_id in found]
    for row in known:
        answer = found[row.local_id]
        async with transaction():
            if answer is None:
                await outbox.absent(row)
            else:
                await outbox.accepted(row, answer.message_id, answer.state, answer.cost)
        log.info("sms reconciled", message=row.id, known=answer is not None)
    return len(known)


async def _give_up(rows: list[OutboxMessage]) -> int:
    given_up = [row for row in rows if await outbox.give_up(row)]
    if given_up:
        log.error("sms need review", count=len(given_up))
    return len(given_up)


def _waited(row: OutboxMessage) -> bool:
    return row.attempted_at is not None and now() - row.attempted_at >= outbox.REPORTED_WITHIN
