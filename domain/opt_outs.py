"""Who wants no texts, and the way back: the word «شروع», or the citizen's word on a call.

An opt-out itself is written by `domain.outbox.opt_out`, whatever tells of it: a text, a blocked
message, the provider's list. Both queueing and claiming look at it (docs/sms.md).
"""

from __future__ import annotations

from domain import permissions
from domain.actors import Actor
from domain.errors import DomainError
from domain.text import clean_line
from domain.time import now
from models import OptIn, OptOut
from models.database import atomic
from models.enums import Role

BY_TEXT = "text"


async def of(mobile: str) -> OptOut | None:
    """The opt-out of a number, if its owner wants no texts."""
    return await OptOut.get_or_none(mobile=mobile)


async def lift(mobile: str) -> bool:
    """The citizen texted that texts are welcome again; False when they always were."""
    return await _lift(mobile, BY_TEXT, None)


async def opt_in(actor: Actor, mobile: str, reason: object) -> None:
    """A person lifts the opt-out on the citizen's word; who, when and why is kept.

    Raises already_done when there is none.
    """
    permissions.require_role(actor, Role.OPERATOR, Role.SUPERVISOR)
    why = clean_line(reason, "reason", max=200, min=3)
    async with atomic():
        if not await _lift(mobile, why, actor.user_id):
            raise DomainError("already_done")


async def _lift(mobile: str, reason: str, user_id: int | None) -> bool:
    if not await OptOut.filter(mobile=mobile).delete():
        return False
    await OptIn.create(mobile=mobile, reason=reason, by_id=user_id, at=now())
    return True
