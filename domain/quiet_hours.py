"""Hours in which citizens are left alone: calls at night, surveys outside their hours."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from domain import rules
from domain.jalali import TEHRAN
from domain.rules import Rules
from domain.survey import next_opening
from domain.time import now
from models import OutboxMessage
from models.enums import MessageChannel, TextKind

SURVEY_KINDS: Final = frozenset({TextKind.SURVEY, TextKind.SURVEY_REMINDER})


async def opening(row: OutboxMessage) -> datetime | None:
    """When a message may go out, if not now."""
    if row.channel is MessageChannel.CALL:
        opens = next_call(now(), await rules.load())
    elif row.kind in SURVEY_KINDS:
        opens = next_opening(now(), await rules.load())
    else:
        return None
    return opens if opens > now() else None


def next_call(moment: datetime, policy: Rules) -> datetime:
    """`moment` itself when citizens may be called then, else the next time they may."""
    local = moment.astimezone(TEHRAN)
    midnight = datetime(local.year, local.month, local.day, tzinfo=TEHRAN)
    opens = midnight + timedelta(hours=policy.call_from_hour)
    if local >= midnight + timedelta(hours=policy.call_to_hour):
        opens += timedelta(days=1)
    return max(local, opens).astimezone(moment.tzinfo)
