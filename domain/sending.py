"""Whether SMS may go out, and what a person decides about them: resuming, sending again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tortoise.expressions import Q

from domain import outbox, permissions, service
from domain.actors import Actor
from domain.errors import DomainError, NotFound
from domain.time import now
from models import OutboxMessage, SendingHalt
from models.database import transaction
from models.enums import MessageState, Resumption, Role

ALL_LINES = "*"
RESENDABLE = (MessageState.NEEDS_REVIEW, MessageState.FAILED, MessageState.UNDELIVERED)
UNSETTLED = (MessageState.PENDING, MessageState.SENDING, MessageState.UNCERTAIN)

_WEAKER = {
    Resumption.TIME: (Resumption.TIME,),
    Resumption.CREDIT: (Resumption.TIME, Resumption.CREDIT),
    Resumption.OPERATOR: tuple(Resumption),
}


@dataclass(frozen=True)
class SmsState:
    """Sending as staff and metrics see it. `oldest` is when the longest waiting text was queued."""

    halts: list[SendingHalt]
    waiting: int
    oldest: datetime | None
    needs_review: int

    @property
    def flows(self) -> bool:
        return not self.halts


async def halt(
    line: str, code: int, reason: str, resumes: Resumption, until: datetime | None = None
) -> None:
    """Stop sending from `line`. A halt that only a person ends is not softened by a later one."""
    row = SendingHalt(
        line=line, code=code, reason=reason[:200], resumes=resumes, since=now(), until=until
    )
    await SendingHalt.bulk_create([row], ignore_conflicts=True)
    await SendingHalt.filter(line=line, resumes__in=_WEAKER[resumes]).update(
        code=code, reason=row.reason, resumes=resumes, until=until
    )


async def halts() -> list[SendingHalt]:
    """What stops the line in use just now; empty when SMS flow."""
    lines = (ALL_LINES, service.current().sms_line)
    return await SendingHalt.filter(Q(until=None) | Q(until__gt=now()), line__in=lines)


async def lift(resumes: Resumption) -> bool:
    """End the halts that resume in this way; whether there was one."""
    return bool(await SendingHalt.filter(resumes=resumes).delete())


async def resume(actor: Actor, line: str) -> None:
    """A person has put right what the provider complained of: send again."""
    permissions.require_role(actor, Role.ADMIN, Role.SUPERVISOR)
    if not await SendingHalt.filter(line=line).delete():
        raise NotFound("line")


async def send_again(actor: Actor, message_id: int) -> OutboxMessage:
    """A person has found out that the citizen does not have this text: it goes out once more.

    What the provider has accepted before gets a new local id, or it would not be sent.
    """
    permissions.require_role(actor, Role.ADMIN, Role.SUPERVISOR)
    async with transaction():
        row = await OutboxMessage.filter(id=message_id).select_for_update().get_or_none()
        if row is None:
            raise NotFound("message")
        if row.state not in RESENDABLE:
            raise DomainError("wrong_state", "message")
        if row.provider_id is not None:
            row.local_id = outbox.new_local_id()
        row.provider_id = row.accepted_at = None
        row.state, row.attempts, row.updated_at = MessageState.PENDING, 0, now()
        await row.save()
        await outbox.plan(row.id)
    return row


async def sms_state() -> SmsState:
    waiting = OutboxMessage.filter(state__in=UNSETTLED)
    oldest = await waiting.order_by("created_at").first()
    return SmsState(
        halts=await halts(),
        waiting=await waiting.count(),
        oldest=oldest.created_at if oldest else None,
        needs_review=await OutboxMessage.filter(state=MessageState.NEEDS_REVIEW).count(),
    )
