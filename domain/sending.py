"""Whether SMS may go out, and what a person decides about them: resuming, sending again."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from tortoise.expressions import Q

from domain import claiming, contacts, keys, outbox, permissions
from domain.actors import Actor
from domain.errors import DomainError, NotFound
from domain.text import clean_line
from domain.time import now
from models import OptOut, OutboxMessage, ProviderAlarm, SendingHalt, statements
from models.database import transaction
from models.enums import MessageState, Resumption, Role

ALL_LINES: Final = "*"
RESENDABLE: Final = (
    MessageState.NEEDS_REVIEW,
    MessageState.FAILED,
    MessageState.UNDELIVERED,
    MessageState.CANCELLED,
    MessageState.BLOCKED,
)
"""Ends after which the citizen does not have the text, or may not."""
MIN_REASON, MAX_REASON = 3, 200

_IN_CHARGE = (Role.ADMIN, Role.SUPERVISOR)
_WEAKER = {
    Resumption.TIME: (Resumption.TIME,),
    Resumption.CREDIT: (Resumption.TIME, Resumption.CREDIT),
    Resumption.OPERATOR: tuple(Resumption),
}


async def halt(
    gateway: str,
    line: str,
    code: int,
    reason: str,
    resumes: Resumption,
    until: datetime | None = None,
) -> None:
    """Stop sending from a line. A halt that only a person ends is not softened by a later one."""
    row = SendingHalt(
        gateway=gateway,
        line=line,
        code=code,
        reason=reason[:200],
        resumes=resumes,
        since=now(),
        until=until,
    )
    await SendingHalt.bulk_create([row], ignore_conflicts=True)
    await SendingHalt.filter(gateway=gateway, line=line, resumes__in=_WEAKER[resumes]).update(
        code=code, reason=row.reason, resumes=resumes, until=until
    )


async def halts() -> list[SendingHalt]:
    """What stops sending just now, by gateway and line, oldest first; empty when SMS flow."""
    return await SendingHalt.filter(Q(until=None) | Q(until__gt=now())).order_by("since", "id")


async def lift(gateway: str, resumes: Resumption) -> bool:
    """End the halts of a gateway that resume in this way; whether there was one."""
    return bool(await SendingHalt.filter(gateway=gateway, resumes=resumes).delete())


async def tidy_halts(gateway: str, line: str) -> None:
    """Forget halts whose time is over, and those of lines that the gateway uses no more."""
    unused = ~Q(line__in=(line, ALL_LINES))
    await SendingHalt.filter(unused | Q(until__lte=now()), gateway=gateway).delete()


async def resume(actor: Actor, halt_id: int) -> None:
    """A person has put right what the provider complained of: send again."""
    permissions.require_role(actor, *_IN_CHARGE)
    if not await SendingHalt.filter(id=keys.row_id(halt_id, "halt")).delete():
        raise NotFound("halt")


async def alarms() -> list[ProviderAlarm]:
    """What a person must put right at a provider, oldest first."""
    return await ProviderAlarm.all().order_by("since", "id")


async def alarm(gateway: str, code: str, detail: str = "") -> bool:
    """Raise an alarm; whether it is new. One that stands is told of anew, with its old date."""
    row = statements.new(
        ProviderAlarm, gateway=gateway, code=code[:40], detail=detail[:200], since=now()
    )
    standing = ProviderAlarm.filter(gateway=gateway, code=row.code)
    if await standing.update(detail=row.detail):
        return False
    await ProviderAlarm.bulk_create([row], ignore_conflicts=True)
    return True


async def calm(gateway: str, code: str) -> bool:
    """It is right again; whether there was such an alarm."""
    return bool(await ProviderAlarm.filter(gateway=gateway, code=code).delete())


async def dismiss(actor: Actor, alarm_id: int) -> None:
    """A person has dealt with an alarm. What still is wrong raises it again."""
    permissions.require_role(actor, *_IN_CHARGE)
    if not await ProviderAlarm.filter(id=keys.row_id(alarm_id, "alarm")).delete():
        raise NotFound("alarm")


async def send_again(actor: Actor, message_id: int, reason: object) -> OutboxMessage:
    """A person has found out that the citizen does not have this text: it goes out once more.

    Operators may in the conversations they see, the national centre and admins for all.
    Refused are what is on its way or arrived (`wrong_state`), a number that opted out
    (`opted_out`), and a code that would be of no use any more (`expired`).
    """
    permissions.require_role(actor, *_IN_CHARGE, Role.OPERATOR)
    why = clean_line(reason, "reason", max=MAX_REASON, min=MIN_REASON)
    async with transaction():
        number = keys.row_id(message_id, "message")
        row = await OutboxMessage.filter(id=number).select_for_update().get_or_none()
        if row is None or not await _may_see(actor, row):
            raise NotFound("message")
        if row.state not in RESENDABLE:
            raise DomainError("wrong_state", "message")
        if claiming.expired(row):
            raise DomainError("expired", "message")
        exempt = row.kind in outbox.EXEMPT_FROM_OPT_OUT
        if not exempt and await OptOut.exists(mobile=row.receptor):
            raise DomainError("opted_out", "message")
        await outbox.send_again(row, why, actor.user_id)
        return await OutboxMessage.get(id=number)


async def _may_see(actor: Actor, row: OutboxMessage) -> bool:
    if actor.role in _IN_CHARGE:
        return True
    return await contacts.visible(actor).filter(mobile=row.receptor).exists()
