"""Finding a case by its code, the caller's number or words of its text, under visibility."""

from __future__ import annotations

from domain import phone, tracking_code, visibility
from domain.actors import Actor
from domain.errors import DomainError
from domain.text import clean_line, fold
from models import Case
from models.enums import Role

MAX_WORDS = 6
SEES_NUMBERS = frozenset({Role.OPERATOR, Role.SUPERVISOR})


async def cases(actor: Actor, query: object, limit: int = 50) -> list[Case]:
    """Visible cases that match, newest first. A number is searched only by who may see numbers."""
    text = clean_line(query, "q", max=120, min=2)
    found = visibility.cases(actor)
    code = tracking_code.parse(text)
    number = _mobile(text)
    if code is not None:
        found = found.filter(tracking_code=code)
    elif number is not None:
        if actor.role not in SEES_NUMBERS:
            return []
        found = found.filter(mobile=number)
    else:
        for word in fold(text).split()[:MAX_WORDS]:
            found = found.filter(folded__contains=word)
    return (
        await found.order_by("-id")
        .limit(limit)
        .select_related("agency", "main_agency", "place", "indicator")
    )


def _mobile(text: str) -> str | None:
    try:
        return phone.parse_mobile(text)
    except DomainError:
        return None
