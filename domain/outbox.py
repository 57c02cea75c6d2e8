"""Queueing an SMS inside the business transaction, and the life of a queued one (docs/sms.md).

`dedupe_key` names the business event (`case:42:result:1`): the same event texts only once.
A change of state is one conditional UPDATE that says whether it applied, so that whatever a slow
or dead worker still brings cannot turn a message back. With it goes a `MessageStep`.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from tortoise.expressions import Q

from domain import jobs, messages, outbox_sql, service
from domain.time import now
from models import Case, MessageStep, OptOut, OutboxMessage, statements
from models.database import atomic
from models.enums import Language, MessageChannel, MessageState, TextKind

KIND: Final = "sms.send"
EXEMPT_FROM_OPT_OUT = frozenset({TextKind.IDENTITY_CODE})
"""Texts that a caller asks for while speaking to the operator; they wait for no other text."""
SHELF_LIFE: dict[str, timedelta] = {TextKind.IDENTITY_CODE: timedelta(minutes=5)}
"""After which a text of this kind would only confuse."""
TOGETHER: Final = 50
"""Reports of one state that are written by one statement."""
ERROR, NOTE = 200, 300
"""Characters that are kept of a reason: at the message, in its history."""

OPTED_OUT: Final = "opt-out"
EXPIRED: Final = "expired"
STOPPED: Final = "worker stopped"
NOT_REACHED: Final = "not reached"
UNKNOWN: Final = "unknown to the provider"
UNDECIDED: Final = "undecided"
NO_GATEWAY: Final = "no gateway"
_EXPLAINED: Final = {
    OPTED_OUT: "شهروند دریافت پیام را لغو کرده است",
    EXPIRED: "مهلت ارسال گذشته است",
    STOPPED: "ارسال‌کننده پیش از ثبت پاسخ متوقف شد",
    NOT_REACHED: "اتصال به سامانه پیامک برقرار نشد",
    UNKNOWN: "سامانه پیامک چنین پیامی را نمی‌شناسد",
    UNDECIDED: "سرنوشت پیام در مهلت مقرر روشن نشد",
    NO_GATEWAY: "درگاهی برای ارسال این پیام در دسترس نیست",
}

RESOLVABLE_FOR = timedelta(hours=11)
"""The provider remembers local ids for 12 hours; later than this only a person can tell."""
REPORTED_WITHIN = timedelta(minutes=10)
"""What no provider can be asked about goes to a person after so long without a report."""
ABSENT_LOOKUPS = 2
MOST_AMBIGUOUS_ATTEMPTS = 3

WAITING: Final = (MessageState.PENDING, MessageState.SENDING, MessageState.UNCERTAIN)
"""States of a message that the service itself still has to settle."""
_OPEN: Final = (*WAITING, MessageState.NEEDS_REVIEW)
_RANKS: Final = {
    MessageState.ACCEPTED: 1,
    MessageState.SENT: 2,
    MessageState.FAILED: 3,
    MessageState.UNDELIVERED: 3,
    MessageState.CANCELLED: 3,
    MessageState.BLOCKED: 3,
    MessageState.DELIVERED: 4,
}
"""How far a state is, of those that a provider tells of (kavenegar §3)."""

_FOUND = """
    SELECT text AS template, language,
        EXISTS (SELECT 1 FROM opt_out WHERE mobile = $2) AS opted_out
    FROM message_template
    WHERE key = $1 AND active
        AND language IN ('fa', (SELECT language FROM contact WHERE mobile = $2))
    ORDER BY language = 'fa', version DESC LIMIT 1"""
"""The newest active version in the language of the receptor, else the Persian one."""


async def queue(
    kind: TextKind,
    receptor: str,
    dedupe_key: str,
    *,
    case: Case | None = None,
    channel: MessageChannel = MessageChannel.SMS,
    token: str = "",
    author_id: int | None = None,
    **values: Any,
) -> OutboxMessage | None:
    """Write the message of template `kind`; None when this event was already texted.

    It is in the language of the number's contact. A number that opted out gets nothing: the row
    is kept as `blocked`, so that staff see that the citizen must be told by telephone.
    """
    found = await _template(kind, receptor)
    language = Language(found["language"])
    blocked = bool(found["opted_out"]) and kind not in EXEMPT_FROM_OPT_OUT
    moment = now()
    row = statements.new(
        OutboxMessage,
        local_id=new_local_id(),
        dedupe_key=dedupe_key,
        kind=kind,
        case_id=case.id if case else None,
        receptor=receptor,
        channel=channel,
        language=language,
        line=service.current().sms_line,
        text=messages.fill(found["template"], values, language),
        token=token,
        author_id=author_id,
        state=MessageState.BLOCKED if blocked else MessageState.PENDING,
        error="opt-out" if blocked else "",
        created_at=moment,
        updated_at=moment,
    )
    if not await statements.insert(row, unless="dedupe_key"):
        return None
    if author_id is not None:
        await _write_down([row.id], row.state, "", author_id=author_id)
    if not blocked:
        await plan(row.id)
    return row


async def worded(kind: TextKind, receptor: str, **values: Any) -> str:
    """The text that `queue` would write."""
    found = await _template(kind, receptor)
    return messages.fill(found["template"], values, Language(found["language"]))


def advance(current: MessageState, reported: MessageState) -> MessageState:
    """The state after a report: forward by rank, never back, and never sideways.

    Reports come in any order and more than once. States before acceptance rank lowest.
    """
    return reported if _RANKS.get(reported, 0) > _RANKS.get(current, 0) else current


def explained(note: str) -> str:
    """A reason in Persian if it is one of ours, else as the provider or the network gave it."""
    return _EXPLAINED.get(note, note)


async def withhold(row: OutboxMessage, state: MessageState, note: str) -> bool:
    """pending → an end, for a text that must not go out any more."""
    return await _change(row, (MessageState.PENDING,), note, state=state)


async def accepted(
    row: OutboxMessage, provider_ref: str, state: MessageState, cost: int | None = None
) -> bool:
    """The provider has it: true whoever learns it and however late.

    Unless a person had it sent again meanwhile: what is told of the old local id says nothing
    about the new one.
    """
    moment = now()
    values: dict[str, Any] = {"provider_ref": provider_ref, "accepted_at": moment}
    if cost is not None:
        values["cost"] = cost
    if state is MessageState.DELIVERED:
        values["delivered_at"] = moment
    changed = await _change(row, _OPEN, only=("local_id",), state=state, **values)
    if changed and state is MessageState.BLOCKED:
        await opt_out(row.receptor, "blocked")
    return changed


async def return_to_queue(
    row: OutboxMessage, note: str, code: int | None = None, *, counts: bool = True
) -> bool:
    """sending → pending: this attempt certainly sent nothing, so that any gateway may have it.

    After an attempt in doubt the message stays where it was. `counts`: it was its turn.
    """
    return await _change_own(
        row,
        note,
        code,
        state=MessageState.PENDING,
        attempts=row.attempts if counts else row.attempts - 1,
        gateway=row.gateway if row.doubts else "",
    )


async def fail(row: OutboxMessage, note: str, code: int | None = None) -> bool:
    """sending → failed: this text can never be sent."""
    return await _change_own(row, note, code, state=MessageState.FAILED)


async def doubt(
    row: OutboxMessage, note: str, code: int | None = None, *, repeatable: bool = False
) -> bool:
    """sending → uncertain: the provider may or may not have it; never sent again blindly.

    One that is `repeatable`, as a one-time code is while it lives, is pending again at once. For
    good it belongs to the gateway that may have it.
    """
    state = MessageState.PENDING if repeatable else MessageState.UNCERTAIN
    return await _change_own(row, note, code, state=state, doubts=row.doubts + 1)


async def doubtful(gateway: str, limit: int) -> list[OutboxMessage]:
    """Uncertain messages of a gateway whose fate may be asked now, longest waiting first."""
    moment, wired = now(), service.current()
    asked = moment - timedelta(seconds=wired.lookup_gap_seconds)
    return (
        await OutboxMessage.filter(
            Q(looked_up_at=None) | Q(looked_up_at__lte=asked),
            state=MessageState.UNCERTAIN,
            gateway=gateway,
            attempted_at__lte=moment - timedelta(seconds=wired.reconcile_seconds),
        )
        .order_by("attempted_at")
        .limit(limit)
    )


async def absent(row: OutboxMessage) -> bool:
    """The provider does not know it: told so twice, some time apart, the text is sent again.

    A refusal of which nobody knows what it means is tried three times. Runs in the caller's
    transaction.
    """
    uncertain = (MessageState.UNCERTAIN,)
    if row.absent_lookups + 1 < ABSENT_LOOKUPS:
        known = {"absent_lookups": row.absent_lookups + 1, "looked_up_at": now()}
        return await _change(
            row, uncertain, UNKNOWN, row.error_code, state=MessageState.UNCERTAIN, **known
        )
    if row.error_code is not None and row.attempts >= MOST_AMBIGUOUS_ATTEMPTS:
        return await _change(row, uncertain, row.error, row.error_code, state=MessageState.FAILED)
    again = await _change(row, uncertain, UNKNOWN, state=MessageState.PENDING)
    if again:
        await plan(row.id)
    return again


async def give_up(row: OutboxMessage, note: str = UNDECIDED) -> bool:
    """pending or uncertain → needs_review: only a person can find out what became of it."""
    return await _change(
        row,
        (MessageState.PENDING, MessageState.UNCERTAIN),
        note,
        row.error_code,
        state=MessageState.NEEDS_REVIEW,
    )


async def undecided(limit: int) -> list[OutboxMessage]:
    """Uncertain messages that no provider's memory can decide any more."""
    return await OutboxMessage.filter(
        state=MessageState.UNCERTAIN, attempted_at__lt=now() - RESOLVABLE_FOR
    ).limit(limit)


async def report(gateway: str, provider_refs: Sequence[str], state: MessageState) -> int:
    """A provider told of the state of messages it accepted; to how many that was news.

    Only those whose state comes before it by rank move. Who blocks the line is opted out.
    """
    moment = now()
    before = tuple(known for known in _RANKS if advance(known, state) is not known)
    changed: list[int] = []
    async with atomic():
        for start in range(0, len(provider_refs), TOGETHER):
            refs = _filled_up(provider_refs[start : start + TOGETHER])
            told = (gateway, moment, *refs)
            query = outbox_sql.forward(state, before, len(refs))
            news = await statements.fetch(query, *told)
            changed += [row["id"] for row in news]
            if state is MessageState.BLOCKED:
                await statements.fetch(outbox_sql.opt_out_of(len(refs)), *told)
        await _write_down(changed, state, gateway)
    return len(changed)


async def send_again(row: OutboxMessage, reason: str, author_id: int | None) -> bool:
    """An ended message → pending, by a person's decision. Runs in the caller's transaction.

    What the provider accepted before gets a new local id, or it would not be sent; it may then
    take any gateway. What one may have stays with it under the same local id.
    """
    fresh: dict[str, Any] = {"attempts": 0}
    if row.provider_ref is not None:
        fresh |= {"local_id": new_local_id(), "provider_ref": None, "accepted_at": None}
        fresh |= {"delivered_at": None, "doubts": 0, "gateway": ""}
    elif not row.doubts:
        fresh["gateway"] = ""
    changed = await _change(
        row,
        (row.state,),
        reason,
        author_id=author_id,
        state=MessageState.PENDING,
        error="",
        error_code=None,
        **fresh,
    )
    if changed:  # a worker that still waits for the answer of before must not end the new job
        await jobs.wake(KIND, _key(row.id), subject_id=row.id, run_at=now())
    return changed


async def opt_out(mobile: str, reason: str) -> None:
    """No more texts to this number, but for what its owner asks for on a call."""
    row = OptOut(mobile=mobile, reason=reason, created_at=now())
    await OptOut.bulk_create([row], ignore_conflicts=True)


def new_local_id() -> int:
    """The provider's idempotency key: positive, below 2^62."""
    return secrets.randbits(61) + 1


async def plan(message_id: int) -> None:
    """Ask for sending; asked twice it is still done once."""
    await jobs.enqueue(KIND, _key(message_id), subject_id=message_id)


def _key(message_id: int) -> str:
    return f"sms:{message_id}"


async def _template(kind: TextKind, receptor: str) -> Mapping[str, Any]:
    rows = await statements.fetch(_FOUND, kind, receptor)
    if not rows:
        raise LookupError(f"no message template {kind!r}; run `favad migrate`")
    return rows[0]


async def _change_own(row: OutboxMessage, note: str, code: int | None, **values: Any) -> bool:
    """Only while the attempt that `row` stands for is still the last one and under way."""
    return await _change(row, (MessageState.SENDING,), note, code, only=("attempted_at",), **values)


async def _change(
    row: OutboxMessage,
    states: tuple[MessageState, ...],
    note: str = "",
    code: int | None = None,
    *,
    only: tuple[str, ...] = (),
    author_id: int | None = None,
    **values: Any,
) -> bool:
    """Change a message that is in one of these states, and write down what was learnt.

    Nothing happens to one of which the columns `only` differ from what `row` says. `author_id`
    decided it, and no gateway told it.
    """
    moment = now()
    new = {"error": note[:ERROR], "error_code": code, "updated_at": moment, **values}
    if author_id is not None:
        new["author_id"] = author_id
    query = outbox_sql.update(states, tuple(new), only)
    known = [getattr(row, name) for name in only]
    async with atomic():
        if not await statements.fetch(query, row.id, *new.values(), *known):
            return False
        gateway = row.gateway if author_id is None else ""
        await _write_down([row.id], values["state"], gateway, note, code, author_id)
    return True


async def _write_down(
    message_ids: Sequence[int],
    state: MessageState,
    gateway: str,
    note: str = "",
    code: int | None = None,
    author_id: int | None = None,
) -> None:
    moment = now()
    steps = [
        statements.new(
            MessageStep,
            message_id=message_id,
            at=moment,
            state=state,
            gateway=gateway,
            code=code,
            note=note[:NOTE],
            author_id=author_id,
        )
        for message_id in message_ids
    ]
    for start in range(0, len(steps), TOGETHER):
        await statements.insert(*steps[start : start + TOGETHER])


def _filled_up(refs: Sequence[str]) -> list[str]:
    """One reference, or as many as `TOGETHER` by repeating the last, so that statements are few."""
    missing = 0 if len(refs) == 1 else TOGETHER - len(refs)
    return [*refs, *[refs[-1]] * missing]
