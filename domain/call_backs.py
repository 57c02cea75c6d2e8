"""Calls that operators owe to citizens whose text needs a talk (S6)."""

from __future__ import annotations

from tortoise.queryset import QuerySet

from domain import contacts, events, keys, permissions
from domain.actors import Actor
from domain.errors import DomainError, NotFound
from domain.text import clean_line
from domain.time import now
from models import CallBack, Case, IdentityView, InboxMessage
from models.database import transaction
from models.enums import EventKind, Role

VIEWED = "تماس برگشتی"
"""Why a number was looked at, as its log says."""


def waiting() -> QuerySet[CallBack]:
    """Calls to be made, oldest first."""
    return contacts.owed_calls().order_by("id")


def of_number(mobile: str) -> QuerySet[CallBack]:
    """Calls owed to a number: its owner may be on the line just now."""
    return waiting().filter(contact__mobile=mobile)


async def ask(
    actor: Actor,
    mobile: str,
    reason: str,
    *,
    text: InboxMessage | None = None,
    case: Case | None = None,
) -> CallBack:
    """Put a call on the list, in the caller's transaction."""
    contact = await contacts.of(mobile)
    return await CallBack.create(
        contact_id=contact.id,
        case_id=case.id if case else None,
        text_id=text.id if text else None,
        reason=reason,
        asked_by_id=actor.user_id,
        created_at=now(),
    )


async def show(actor: Actor, call_back_id: int) -> CallBack:
    """The call with its number, which is logged where it is of a case (design §2)."""
    _require_caller(actor)
    row = await _found(call_back_id).select_related("contact", "case", "text", "asked_by").first()
    if row is None:
        raise NotFound("call_back")
    if row.case_id is not None:
        await IdentityView.create(
            case_id=row.case_id, user_id=actor.user_id, reason=VIEWED, at=now()
        )
    return row


async def done(
    actor: Actor, call_back_id: int, outcome: object, *, mobile: str | None = None
) -> CallBack:
    """The citizen was spoken to, or cannot be reached; `outcome` says what came of it.

    `mobile`: only a call owed to this number, on whose call the operator is.
    """
    _require_caller(actor)
    result = clean_line(outcome, "outcome", max=300, min=2)
    async with transaction():
        row = await _found(call_back_id).select_for_update().first()
        if row is None or not await _is_of(row, mobile):
            raise NotFound("call_back")
        if row.done_at is not None:
            raise DomainError("already_done")
        row.done_at, row.done_by_id, row.outcome = now(), actor.user_id, result
        await row.save()
        await _tell(actor, row)
    return row


async def _is_of(row: CallBack, mobile: str | None) -> bool:
    return mobile is None or (await row.contact).mobile == mobile


async def _tell(actor: Actor, row: CallBack) -> None:
    if row.case_id is None:
        return
    case = await Case.filter(id=row.case_id).select_for_update().get()
    await events.record(case, actor, EventKind.NOTE, text=f"{VIEWED}: {row.outcome}")


def _found(call_back_id: int) -> QuerySet[CallBack]:
    return CallBack.filter(id=keys.row_id(call_back_id, "call_back"))


def _require_caller(actor: Actor) -> None:
    permissions.require_role(actor, Role.OPERATOR, Role.SUPERVISOR)
