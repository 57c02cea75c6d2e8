"""Scope check at intake (A6, A2, B13): 128 hears only about the manner of a service.

A caller with another matter is recorded, told the competent body, and never counted in a figure.
"""

from __future__ import annotations

from domain import calls, keys, outbox, permissions
from domain.actors import Actor
from domain.errors import DomainError
from domain.text import clean_line
from domain.time import now
from models import CompetentBody, OutOfScopeContact
from models.database import transaction
from models.enums import Role, TextKind


async def bodies() -> list[CompetentBody]:
    return await CompetentBody.all().order_by("position", "code")


async def body(code: object) -> CompetentBody:
    found = await CompetentBody.get_or_none(code=keys.code(code, "category", keys.BODY))
    if found is None:
        raise DomainError("unknown", "category")
    return found


async def redirect(
    actor: Actor, call_pk: int, category: object, note: object = "", *, by_sms: bool = True
) -> OutOfScopeContact:
    """Record an out-of-scope call and tell the caller the competent body, also by SMS."""
    permissions.require_role(actor, Role.OPERATOR)
    call = await calls.own(actor, call_pk)
    competent = await body(category)
    remark = clean_line(note, "note", max=500, min=0)
    async with transaction():
        contact = await OutOfScopeContact.create(
            call_id=call.id,
            mobile=call.caller,
            category=competent.code,
            note=remark,
            operator_id=actor.user_id,
            created_at=now(),
        )
        if by_sms:
            await outbox.queue(
                TextKind.OUT_OF_SCOPE,
                call.caller,
                f"scope:{contact.id}",
                body=competent.title,
                guidance=competent.guidance,
            )
    return contact
