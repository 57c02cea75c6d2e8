"""Texts from citizens: stored once, by webhook or by polling, then handled by the domain."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from tortoise.exceptions import IntegrityError

from domain import conversation, outbox
from domain.errors import DomainError
from domain.phone import parse_mobile
from domain.time import now
from models import InboxMessage
from models.database import transaction
from sms.gateway import Gateway, Inbound

log = structlog.get_logger("sms")

POLL = timedelta(minutes=2)
READ_AGAIN = timedelta(minutes=15)
READ_BACK = timedelta(hours=2)
SYNC_BLOCKED = timedelta(days=1)
SAME_TEXT = timedelta(seconds=60)
"""Without an id, the same text of the same sender within this time is one text."""

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


async def store(provider: str, texts: Sequence[Inbound]) -> int:
    """Store what is new, all or nothing; how many. After it the provider may be told 200."""
    try:
        return await _store(provider, texts)
    except IntegrityError:  # the same text came twice at once; by now the other one is stored
        return await _store(provider, texts)


async def _store(provider: str, texts: Sequence[Inbound]) -> int:
    new = 0
    async with transaction():
        for item in texts:
            sender = _canonical(item.sender)
            text = _UNSTORABLE.sub("\ufffd", item.text)
            message_id = item.message_id or await _derived_id(provider, sender, item.line, text)
            if message_id is None:
                continue
            row = await conversation.receive(provider, message_id, sender, item.line, text)
            new += row is not None
    return new


async def _derived_id(provider: str, sender: str, line: str, text: str) -> str | None:
    """An id made of the content; None when the same content came a moment ago."""
    digest = hashlib.sha256("\0".join((sender, line, text)).encode()).hexdigest()
    same = InboxMessage.filter(
        provider=provider,
        sender=sender[:20],
        message_id__startswith=f"sha256:{digest}:",
        received_at__gt=now() - SAME_TEXT,
    )
    if await same.exists():
        return None
    return f"sha256:{digest}:{int(now().timestamp()) // 60}"


def _canonical(sender: str) -> str:
    try:
        return parse_mobile(sender)
    except DomainError:
        return sender


async def poll(gateway: Gateway) -> datetime:
    """Fetch unread texts. The provider marks them read, so a failure is not repeated at once."""
    new = await store(gateway.name, await gateway.receive(gateway.line))
    if new:
        log.info("texts polled", gateway=gateway.name, count=new)
    return now() + POLL


async def read_again(gateway: Gateway) -> datetime:
    """Texts marked read whose reply to `poll` was lost on the way."""
    await store(gateway.name, await gateway.inbox(gateway.line, now() - READ_BACK))
    return now() + READ_AGAIN


async def sync_blocked(gateway: Gateway) -> datetime:
    """Numbers that blocked the line count as opted out."""
    for number in await gateway.blocked(gateway.line):
        mobile = _canonical(number)
        if mobile.startswith("+98"):
            await outbox.opt_out(mobile, "blocked")
    return now() + SYNC_BLOCKED
