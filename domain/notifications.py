"""What staff must know: shown under the bell; a breach also by SMS, one digest per person."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from domain import jobs, outbox
from domain.time import now
from domain.tracking_code import display
from models import Case, Notification, User

DIGEST_PAUSE = timedelta(minutes=2)
DIGEST_CODES = 3


async def notify(
    users: Iterable[User], kind: str, case: Case, key: str, *, by_sms: bool = False
) -> None:
    """Tell each user once per `key`; with `by_sms` the next digest carries it too."""
    people = list(users)
    rows = [
        Notification(
            user_id=user.id,
            kind=kind,
            case_id=case.id,
            key=f"{key}:{user.id}",
            created_at=now(),
            by_sms=by_sms and bool(user.mobile),
        )
        for user in people
    ]
    if not rows:
        return
    await Notification.bulk_create(rows, ignore_conflicts=True)
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
    codes = [_code(cases[n.case_id]) for n in waiting if n.case_id in cases]
    shown = "، ".join(codes[:DIGEST_CODES]) + (" و …" if len(codes) > DIGEST_CODES else "")
    await outbox.queue(
        "staff_breach",
        user.mobile,
        f"digest:{user_id}:{waiting[-1].id}",
        count=len(waiting),
        codes=shown,
    )
    await Notification.filter(id__in=[row.id for row in waiting]).update(sms_queued_at=now())
    return None


async def unread(user_id: int, limit: int = 20) -> list[Notification]:
    return await Notification.filter(user_id=user_id, read_at=None).order_by("-id").limit(limit)


async def unread_count(user_id: int) -> int:
    return await Notification.filter(user_id=user_id, read_at=None).count()


async def mark_read(user_id: int, up_to: int) -> None:
    await Notification.filter(user_id=user_id, id__lte=up_to, read_at=None).update(read_at=now())


def _code(case: Case) -> str:
    """The tracking code, kept left to right inside Persian text."""
    return f"\u200e{display(case.tracking_code)}"
