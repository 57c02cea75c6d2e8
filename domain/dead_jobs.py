"""Jobs that were given up after their last attempt, and what an administrator does about them.

A job that is tried again begins anew. One that is deleted is never done: the administrator has
seen to its effect in another way, or it has none any more.
"""

from __future__ import annotations

from datetime import datetime

from tortoise.queryset import QuerySet

from domain import jobs, keys, outbox, permissions
from domain.actors import Actor
from domain.errors import NotFound
from domain.time import now
from models import Job, OutboxMessage
from models.database import transaction
from models.enums import MessageState, Role


def of(actor: Actor) -> QuerySet[Job]:
    """Dead jobs, for administrators."""
    permissions.require_role(actor, Role.ADMIN)
    return Job.filter(dead=True)


def since(job: Job) -> datetime:
    """When a dead job was given up."""
    return job.run_at - jobs.pause(job.attempts)


async def retry(actor: Actor, job_id: object) -> None:
    """Try a dead job again at once, with all its attempts."""
    dead = of(actor).filter(id=keys.row_id(job_id, "job"))
    if not await dead.update(dead=False, attempts=0, run_at=now(), error=""):
        raise NotFound("job")


async def delete(actor: Actor, job_id: object) -> None:
    """Give up a dead job for good. A message that it was to send goes to a person."""
    async with transaction():
        job = await of(actor).filter(id=keys.row_id(job_id, "job")).select_for_update().first()
        if job is None:
            raise NotFound("job")
        if job.kind == outbox.KIND:
            await _strand(job)
        await job.delete()


async def _strand(job: Job) -> None:
    """What may be on its way is asked after like any other; what is not is for a person."""
    message = await OutboxMessage.get_or_none(id=job.subject_id)
    if message is None:
        return
    if message.state is MessageState.SENDING:
        await outbox.doubt(message, outbox.STOPPED)
    else:
        await outbox.give_up(message, outbox.STOPPED)
