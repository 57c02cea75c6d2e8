"""Words that stand for a score («عالی» is 5): data, edited by admins; the code only seeds them."""

from __future__ import annotations

from domain import permissions
from domain.actors import Actor
from domain.answer_words import BUILT_IN, key
from domain.errors import DomainError, NotFound
from domain.survey_parser import SCORES, may_be_label
from domain.text import clean_line, to_ascii_digits
from models import AnswerLabel, statements
from models.database import atomic
from models.enums import Role

LONGEST = 60
"""Characters of a label, as typed and as compared."""


async def load() -> dict[str, int]:
    """The labels in force, for `survey_parser.parse`."""
    rows = await statements.fetch("SELECT folded, score FROM answer_label")
    return {row["folded"]: row["score"] for row in rows}


async def seed() -> None:
    """Write the built-in labels into an empty table; one that an admin deleted stays away."""
    if await AnswerLabel.exists():
        return
    rows = {
        key(label): AnswerLabel(folded=key(label), label=label, score=score)
        for label, score in BUILT_IN.items()
    }
    await AnswerLabel.bulk_create(list(rows.values()), ignore_conflicts=True)


async def listed(actor: Actor) -> list[AnswerLabel]:
    """Best score first, then by the alphabet, Persian before Latin."""
    permissions.require_role(actor, Role.ADMIN)
    rows = await AnswerLabel.all()
    return sorted(rows, key=lambda row: (-row.score, row.folded.isascii(), row.folded))


async def add(actor: Actor, label: object, score: object) -> AnswerLabel:
    """Let a whole message stand for a score.

    Raises not_a_label for what means something else: opt-out and its opposite, digits, number
    words, tracking codes, negations, questions; taken for a label that is there.
    """
    permissions.require_role(actor, Role.ADMIN)
    text = clean_line(label, "label", max=LONGEST)
    rating = parse_score(score)
    folded = key(text)
    if len(folded) > LONGEST:
        raise DomainError("too_long", "label", max=LONGEST)
    if not may_be_label(text):
        raise DomainError("not_a_label", "label")
    row = statements.new(AnswerLabel, folded=folded, label=text, score=rating)
    async with atomic():
        if await AnswerLabel.exists(folded=folded):
            raise DomainError("taken", "label")
        await AnswerLabel.bulk_create([row], ignore_conflicts=True)
    return row


async def change(actor: Actor, folded: object, score: object) -> AnswerLabel:
    """Let a label stand for another score from now on; verdicts given before stay."""
    permissions.require_role(actor, Role.ADMIN)
    rating = parse_score(score)
    row = await _found(folded)
    row.score = rating
    await row.save(update_fields=["score"])
    return row


async def delete(actor: Actor, folded: object) -> AnswerLabel:
    """Whoever texts it from now on is asked for a plain number. The label as it was."""
    permissions.require_role(actor, Role.ADMIN)
    row = await _found(folded)
    await row.delete()
    return row


def parse_score(value: object) -> int:
    """A score as typed. Raises DomainError: required, invalid, out_of_range."""
    text = to_ascii_digits(value).strip() if isinstance(value, str) else ""
    if not text:
        raise DomainError("required", "score")
    if not (text.isascii() and text.isdecimal() and len(text) <= 3):
        raise DomainError("invalid", "score")
    if int(text) not in SCORES:
        raise DomainError("out_of_range", "score", min=SCORES[0], max=SCORES[-1])
    return int(text)


async def _found(folded: object) -> AnswerLabel:
    storable = isinstance(folded, str) and 0 < len(folded) <= LONGEST and folded.isprintable()
    row = await AnswerLabel.get_or_none(folded=folded) if storable else None
    if row is None:
        raise NotFound("label")
    return row
