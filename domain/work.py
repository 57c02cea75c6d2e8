"""Which function does which kind of job. All but sending run with the job in one transaction."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime

from domain import conversation, jobs, ladder, notifications, questions, survey
from models import Job
from models.database import transaction

Handler = Callable[[int], Awaitable[datetime | None]]

HANDLERS: dict[str, Handler] = {
    "ladder": ladder.climb,
    "question.expire": questions.expire,
    "survey.ask": survey.ask,
    "survey.remind": survey.remind,
    "survey.expire": survey.expire,
    "case.close": survey.close_without_feedback,
    "staff.digest": notifications.send_digest,
    "inbox.handle": conversation.handle,
}


class LeaseLost(Exception):
    """Another worker has the job by now; what this one did is rolled back."""


async def run(job: Job) -> None:
    """Do one claimed job and finish or postpone it, all or nothing."""
    assert job.subject_id is not None
    async with transaction():
        again = await HANDLERS[job.kind](job.subject_id)
        done = await (jobs.finish(job) if again is None else jobs.postpone(job, again))
        if not done:
            raise LeaseLost(job.key)
