"""Queueing an SMS inside the business transaction, and the life of a queued one (docs/sms.md).

`dedupe_key` names the business event (`case:42:result:1`): the same event texts only once.
A change of state is one conditional UPDATE that says whether it applied, so that whatever a slow
or dead worker still brings cannot turn a message back.
"""

from __future__ import annotations

import secrets
from datetime import timedelta

from tortoise.expressions import Q

from domain import jobs, messages, service
from domain.time import now
from models import Case, Job, OptOut, OutboxMessage, statements
from models.enums import MessageState, TextKind

MAX_UNITS = 900
EXEMPT_FROM_OPT_OUT = frozenset({TextKind.IDENTITY_CODE})
"""Texts that a caller asks for while speaking to the operator; they wait for no other text."""
SHELF_LIFE: dict[str, timedelta] = {TextKind.IDENTITY_CODE: timedelta(minutes=5)}
"""After which a text of this kind would only confuse."""
EXPIRED = "expired"

RESOLVABLE_FOR = timedelta(hours=11)
"""The provider remembers local ids for 12 hours; later than this only a person can tell."""
ABSENT_LOOKUPS = 2
MOST_AMBIGUOUS_ATTEMPTS = 3
AMBIGUOUS = 402

_OPEN = (
    MessageState.PENDING,
    MessageState.SENDING,
    MessageState.UNCERTAIN,
    MessageState.NEEDS_REVIEW,
)

_FOUND = f"""SELECT ({messages.TEMPLATE}) AS template,
    EXISTS (SELECT 1 FROM opt_out WHERE mobile = $3) AS opted_out"""  # noqa: S608


async def queue(
    kind: TextKind, receptor: str, dedupe_key: str, *, case: Case | None = None, **values: object
) -> OutboxMessage | None:
    """Write the message of template `kind`; None when this event was already texted.

    A number that opted out gets nothing: the row is kept as `blocked`, so that staff see that
    the citizen must be told by telephone.
    """
    [found] = await statements.fetch(_FOUND, kind, messages.LANGUAGE, receptor)
    text = messages.fill(kind, found["template"], values)
    blocked = bool(found["opted_out"]) and kind not in EXEMPT_FROM_OPT_OUT
    moment = now()
    row = statements.new(
        OutboxMessage,
        local_id=new_local_id(),
        dedupe_key=dedupe_key,
        kind=kind,
        case_id=case.id if case else None,
        receptor=receptor,
        line=service.current().sms_line,
        text=text[:MAX_UNITS],
        state=MessageState.BLOCKED if blocked else MessageState.PENDING,
        error="opt-out" if blocked else "",
        created_at=moment,
        updated_at=moment,
    )
    if not await statements.insert(row, unless="dedupe_key"):
        return None
    if not blocked:
        await plan(row.id)
    return row


async def begin(row: OutboxMessage, parts: int) -> bool:
    """pending → sending, or the end of a text that must not go out any more (then False).

    Call it with the row locked, and commit before the provider is asked. The text leaves from the
    line in use now, whichever that was when it was queued.
    """
    if await _opted_out(row.kind, row.receptor):
        await _end(row, MessageState.BLOCKED, "opt-out")
        return False
    if row.kind in SHELF_LIFE and now() - row.created_at > SHELF_LIFE[row.kind]:
        await _end(row, MessageState.FAILED, EXPIRED)
        return False
    row.state = MessageState.SENDING
    row.line = service.current().sms_line
    row.parts = parts
    row.attempts += 1
    row.attempted_at = row.updated_at = now()
    row.absent_lookups, row.looked_up_at = 0, None
    row.error_code, row.error = None, ""
    await row.save()
    return True


async def follows_another(row: OutboxMessage) -> bool:
    """Whether an earlier text to this phone is still to be sent, and not stuck in retries."""
    if row.kind in EXEMPT_FROM_OPT_OUT:
        return False
    earlier = await OutboxMessage.filter(
        Q(state=MessageState.SENDING) | Q(state=MessageState.PENDING, attempts=0),
        receptor=row.receptor,
        id__lt=row.id,
    ).values_list("id", flat=True)
    keys = [_key(int(number)) for number in earlier]  # type: ignore[call-overload]
    return bool(keys) and await Job.filter(key__in=keys, dead=False).exists()


async def accepted(
    row: OutboxMessage, provider_id: int, state: MessageState, cost: int | None = None
) -> bool:
    """The provider has it: true whoever learns it and however late."""
    moment = now()
    return await _change(
        row,
        _OPEN,
        state=state,
        provider_id=provider_id,
        cost=cost,
        accepted_at=moment,
        delivered_at=moment if state is MessageState.DELIVERED else None,
        error="",
        error_code=None,
    )


async def return_to_queue(
    row: OutboxMessage, error: str, code: int | None = None, *, counts: bool = True
) -> bool:
    """sending → pending: this attempt certainly sent nothing. `counts`: it was this text's turn."""
    attempts = row.attempts if counts else row.attempts - 1
    return await _change_own(
        row, state=MessageState.PENDING, attempts=attempts, error=error[:200], error_code=code
    )


async def fail(row: OutboxMessage, error: str, code: int | None = None) -> bool:
    """sending → failed: this text can never be sent."""
    return await _change_own(row, state=MessageState.FAILED, error=error[:200], error_code=code)


async def doubt(row: OutboxMessage, error: str, code: int | None = None) -> bool:
    """sending → uncertain: the provider may or may not have it; never sent again blindly."""
    return await _change_own(row, state=MessageState.UNCERTAIN, error=error[:200], error_code=code)


async def doubtful(limit: int) -> list[OutboxMessage]:
    """Uncertain messages whose fate may be asked now, longest waiting first."""
    moment, wired = now(), service.current()
    asked = moment - timedelta(seconds=wired.lookup_gap_seconds)
    return (
        await OutboxMessage.filter(
            Q(looked_up_at=None) | Q(looked_up_at__lte=asked),
            state=MessageState.UNCERTAIN,
            attempted_at__lte=moment - timedelta(seconds=wired.reconcile_seconds),
        )
        .order_by("attempted_at")
        .limit(limit)
    )


async def absent(row: OutboxMessage) -> bool:
    """The provider does not know it: told so twice, some time apart, the text is sent again.

    Runs in the caller's transaction.
    """
    if row.absent_lookups + 1 < ABSENT_LOOKUPS:
        return await _change(
            row,
            (MessageState.UNCERTAIN,),
            absent_lookups=row.absent_lookups + 1,
            looked_up_at=now(),
        )
    if row.error_code == AMBIGUOUS and row.attempts >= MOST_AMBIGUOUS_ATTEMPTS:
        return await _change(row, (MessageState.UNCERTAIN,), state=MessageState.FAILED)
    again = await _change(row, (MessageState.UNCERTAIN,), state=MessageState.PENDING)
    if again:
        await plan(row.id)
    return again


async def give_up_old() -> int:
    """uncertain → needs_review where the provider's memory cannot decide any more."""
    return await OutboxMessage.filter(
        state=MessageState.UNCERTAIN, attempted_at__lt=now() - RESOLVABLE_FOR
    ).update(state=MessageState.NEEDS_REVIEW, updated_at=now())


async def report(row: OutboxMessage, state: MessageState) -> None:
    """The provider reported a later state of an accepted message (row locked by the caller)."""
    row.state = state
    row.updated_at = now()
    if state is MessageState.DELIVERED:
        row.delivered_at = now()
    await row.save(update_fields=["state", "updated_at", "delivered_at"])


async def opt_out(mobile: str, reason: str) -> None:
    """No more texts to this number, but for what its owner asks for on a call."""
    row = OptOut(mobile=mobile, reason=reason, created_at=now())
    await OptOut.bulk_create([row], ignore_conflicts=True)


def new_local_id() -> int:
    """The provider's idempotency key: positive, below 2^62."""
    return secrets.randbits(61) + 1


async def plan(message_id: int) -> None:
    """Ask for sending; asked twice it is still done once."""
    await jobs.enqueue("sms.send", _key(message_id), subject_id=message_id)


def _key(message_id: int) -> str:
    return f"sms:{message_id}"


async def _opted_out(kind: str, receptor: str) -> bool:
    return kind not in EXEMPT_FROM_OPT_OUT and await OptOut.exists(mobile=receptor)


async def _end(row: OutboxMessage, state: MessageState, error: str) -> None:
    row.state, row.error, row.updated_at = state, error, now()
    await row.save()


async def _change(row: OutboxMessage, states: tuple[MessageState, ...], **values: object) -> bool:
    changed = await OutboxMessage.filter(id=row.id, state__in=states).update(
        updated_at=now(), **values
    )
    return bool(changed)


async def _change_own(row: OutboxMessage, **values: object) -> bool:
    """Only while the attempt that `row` stands for is still the last one and under way."""
    changed = await OutboxMessage.filter(
        id=row.id, state=MessageState.SENDING, attempted_at=row.attempted_at
    ).update(updated_at=now(), **values)
    return bool(changed)
