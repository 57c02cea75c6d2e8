"""A remark on a case for the people who handle it; the citizen does not get it."""

from __future__ import annotations

from domain import events, permissions, referrals, visibility
from domain.actors import Actor
from domain.permissions import Act
from domain.text import clean_text
from models import CaseEvent
from models.database import atomic
from models.enums import EventKind


async def add(
    actor: Actor, key: int | str, text: object, expected_version: int | None = None
) -> CaseEvent:
    remark = clean_text(text, "text", max=2000, min=2)
    async with atomic():
        case = await visibility.locked_case(actor, key, expected_version)
        handling = await referrals.holds_open(actor, case)
        permissions.require(actor, case, Act.NOTE, handling=handling)
        await events.touch(case)
        return await events.record(case, actor, EventKind.NOTE, text=remark)
