"""Calls to 128 as the telephone exchange announces them (S1)."""

from __future__ import annotations

from datetime import datetime, timedelta

from tortoise.queryset import QuerySet

from domain import keys, permissions, phone
from domain.actors import Actor
from domain.errors import DomainError, NotFound
from domain.text import clean_line
from domain.time import now
from models import Call, Case
from models.database import transaction
from models.enums import CallState, Role

_RANK = {CallState.RINGING: 0, CallState.ANSWERED: 1, CallState.ENDED: 2}
FRESH = timedelta(hours=2)
"""A call whose end was never announced leaves the operators' screens after this time."""


async def announce(call_id: object, event: object, caller: object, at: datetime) -> Call:
    """Store a call event. Idempotent by `call_id`; late or repeated events never turn it back."""
    identifier = clean_line(call_id, "call_id", max=80)
    try:
        state = CallState(event)  # type: ignore[arg-type]
    except ValueError:
        raise DomainError("unknown", "event") from None
    number = phone.parse_mobile(caller, "caller")
    async with transaction():
        await Call.bulk_create(
            [Call(call_id=identifier, caller=number, state=state, updated_at=now())],
            ignore_conflicts=True,
        )
        call = await Call.filter(call_id=identifier).select_for_update().get()
        if call.caller != number:
            raise DomainError("conflict", "call_id")
        _apply(call, state, at)
        await call.save()
    return call


def _apply(call: Call, state: CallState, at: datetime) -> None:
    field = f"{state.value}_at"
    if getattr(call, field) is None:
        setattr(call, field, at)
    if _RANK[state] > _RANK[call.state]:
        call.state = state
    call.updated_at = now()


async def waiting() -> list[Call]:
    """Calls on the line that no operator has taken here, oldest first.

    The exchange may have answered already: a queue with music, or the operator's own handset.
    """
    fresh = Call.filter(operator_id=None, updated_at__gte=now() - FRESH)
    return await fresh.exclude(state=CallState.ENDED).order_by("id").limit(50)


async def current(actor: Actor) -> Call | None:
    """The call that the operator is speaking on."""
    return await speaking(actor).order_by("-id").first()


async def take(actor: Actor, call_pk: int) -> Call:
    """The operator answers a waiting call; the first one wins."""
    permissions.require_role(actor, Role.OPERATOR)
    async with transaction():
        number = keys.row_id(call_pk, "call")
        call = await Call.filter(id=number).select_for_update().get_or_none()
        if call is None:
            raise NotFound("call")
        if call.operator_id not in (None, actor.user_id):
            raise DomainError("already_taken", "call")
        if call.state is CallState.ENDED:
            raise DomainError("wrong_state", "call")
        call.operator_id = actor.user_id
        _apply(call, CallState.ANSWERED, now())
        await call.save()
    return call


async def own(actor: Actor, call_pk: int) -> Call:
    """A call taken by this operator, speaking or just ended; others do not exist for them."""
    permissions.require_role(actor, Role.OPERATOR)
    number = keys.row_id(call_pk, "call")
    call = await Call.filter(id=number, operator_id=actor.user_id).first()
    if call is None:
        raise NotFound("call")
    return call


async def hang_up(actor: Actor, call_pk: int) -> Call:
    """The operator closes the call on their screen, also when the exchange never told its end."""
    async with transaction():
        known = await own(actor, call_pk)
        call = await Call.filter(id=known.id).select_for_update().get()
        _apply(call, CallState.ENDED, now())
        await call.save()
    return call


async def history(call: Call, limit: int = 20) -> list[Case]:
    """Earlier cases of the caller's number, newest first."""
    return (
        await Case.filter(mobile=call.caller)
        .order_by("-id")
        .limit(limit)
        .select_related("agency", "indicator")
    )


def speaking(actor: Actor) -> QuerySet[Call]:
    """Calls that the operator has on the line; one whose end was never announced leaves at last."""
    return Call.filter(
        operator_id=actor.user_id, state=CallState.ANSWERED, updated_at__gte=now() - FRESH
    )
