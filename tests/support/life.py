"""Steps of a case's life that tests of the domain share: jobs, texts, results, surveys."""

from __future__ import annotations

from contextlib import suppress

from domain import conversation, jobs, referrals, results, review, work
from models import Case, InboxMessage, OutboxMessage, Referral, Survey
from models.database import transaction
from tests.support.world import LINE, World

SENDER = "09121234567"
RESULT = "باجه از ساعت ۸ باز است و به کارمند تذکر داده شد."


async def run_jobs() -> None:
    """Do everything that is due, as the worker does, but for sending."""
    while batch := await jobs.claim(50, kinds=list(work.HANDLERS)):
        for job in batch:
            with suppress(work.LeaseLost):  # an earlier job of the batch woke it: it comes again
                await work.run(job)


async def text_in(text: str, sender: str = SENDER) -> InboxMessage:
    """A text reaches the line and is handled; how it was understood."""
    row = await arrives(text, sender)
    await run_jobs()
    return await InboxMessage.get(id=row.id)


async def arrives(text: str, sender: str = SENDER) -> InboxMessage:
    """A text reaches the line and waits to be handled."""
    count = await InboxMessage.all().count()
    async with transaction():
        row = await conversation.receive("kavenegar", f"in-{count}", sender, LINE, text)
    assert row is not None
    return row


async def ordered(world: World, case: Case, *units: str, minutes: object = None) -> list[Referral]:
    """An action order of the senior coordinator; its referrals."""
    row = await review.order(
        world["senior"], case.id, "بررسی و رفع مشکل", units or ["EDU-c1"], minutes
    )
    return await Referral.filter(order_id=row.id).order_by("id")


async def answered(world: World, case: Case, by: str = "senior") -> Case:
    """The result is recorded without a report of a unit."""
    [row] = await results.record(world[by], case.id, RESULT)
    return row


async def answered_by_county(world: World, case: Case) -> Case:
    [referral] = await ordered(world, case)
    await referrals.report(world["county"], referral.id, "باجه باز شد", "")
    return await answered(world, case)


async def asked(world: World, case: Case, **delta: float) -> Survey:
    """The result has arrived, and its time has come: the survey of the case, as it is then."""
    await world.delivered(case)
    world.clock.forward(**(delta or {"minutes": 46}))
    await run_jobs()
    return await survey_of(case)


async def survey_of(case: Case) -> Survey:
    found = await Survey.filter(case_id=case.id).order_by("-id").first()
    assert found is not None
    return found


async def texts(kind: str, receptor: str | None = None) -> list[str]:
    """What was queued of one kind, oldest first."""
    rows = OutboxMessage.filter(kind=kind).order_by("id")
    if receptor is not None:
        rows = rows.filter(receptor=receptor)
    return [row.text for row in await rows]
