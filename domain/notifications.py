"""What staff must know: shown under the bell; a breach also by SMS, one digest per person."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from tortoise.queryset import QuerySet

from domain import jobs, keys, outbox
from domain.actors import Actor
from domain.errors import NotFound
from domain.time import now
from domain.tracking_code import display
from models import Case, Notification, User, Webhook, statements
from models.database import transaction
from models.enums import NoticeKind, TextKind

DIGEST_PAUSE = timedelta(minutes=2)
DIGEST_CODES = 3


async def notify(
    users: Iterable[User],
    kind: NoticeKind,
    about: Case | Webhook,
    key: str,
    *,
    by_sms: bool = False,
) -> None:
    """Tell each user once per `key`; with `by_sms` the next digest carries it too."""
    people = list(users)
    rows = [
        statements.new(
            Notification,
            user_id=user.id,
            kind=kind,
            case_id=about.id if isinstance(about, Case) else None,
            webhook_id=about.id if isinstance(about, Webhook) else None,
            key=f"{key}:{user.id}",
            created_at=now(),
            by_sms=by_sms and bool(user.mobile),
        )
        for user in people
    ]
    if not rows:
        return
    await statements.insert(*rows, unless="key")
    for user in people if by_sms else []:
        if user.mobile:
            await jobs.wake(
                "staff.digest",
                f"digest:{user.id}",
                subject_id=user.id,
                run_at=now() + DIGEST_PAUSE,
            )


async def send_digest(user_id: int) -> datetime | None:
    """One SMS for everything that gathered since the last one."""
    user = await User.get(id=user_id)
    waiting = await Notification.filter(user_id=user_id, by_sms=True, sms_queued_at=None).order_by(
        "id"
    )
    if not waiting:
        return None
    cases = {row.id: row for row in await Case.filter(id__in=[n.case_id for n in waiting])}
    codes = [display(cases[n.case_id].tracking_code) for n in waiting if n.case_id in cases]
    await outbox.queue(
        TextKind.STAFF_BREACH,
        user.mobile,
        f"digest:{user_id}:{waiting[-1].id}",
        count=len(waiting),
        codes=listed(codes),
    )
    await Notification.filter(id__in=[row.id for row in waiting]).update(sms_queued_at=now())
    return None


def listed(codes: list[str]) -> str:
    """The first codes as an SMS shows them, each behind a left-to-right mark."""
    shown = "، ".join(f"\u200e{code}" for code in codes[:DIGEST_CODES])
    return shown + (" و …" if len(codes) > DIGEST_CODES else "")


async def unread(user_id: int, limit: int = 20) -> list[Notification]:
    return await Notification.filter(user_id=user_id, read_at=None).order_by("-id").limit(limit)


async def unread_count(user_id: int) -> int:
    return await Notification.filter(user_id=user_id, read_at=None).count()


def of(actor: Actor) -> QuerySet[Notification]:
    """The actor's notices; a partner's system has none."""
    if actor.user_id is None:
        return Notification.filter(id=-1)
    return Notification.filter(user_id=actor.user_id)


async def read(actor: Actor, notification_id: int) -> Notification:
    """The person has read this notice and every one before it."""
    async with transaction():
        number = keys.row_id(notification_id, "notification")
        found = await of(actor).filter(id=number).first()
        if found is None:
            raise NotFound("notification")
        await mark_read(found.user_id, number)
        await found.refresh_from_db()
    return found


async def mark_read(user_id: int, up_to: int) -> None:
    await Notification.filter(user_id=user_id, id__lte=up_to, read_at=None).update(read_at=now())
