"""Reference rows that every deployment needs: indicators, texts, competent bodies.

Run after each migration; existing rows are left as they are, so local edits survive.
"""

from __future__ import annotations

from domain import answer_labels
from domain.seed_data import BODIES, INDICATORS
from domain.seed_texts import TEXTS
from models import CompetentBody, Indicator, MessageTemplate


async def seed() -> None:
    """Add what is missing. Safe to run at any time and from several hosts at once."""
    await Indicator.bulk_create([Indicator(**row) for row in INDICATORS], ignore_conflicts=True)
    await MessageTemplate.bulk_create(
        [
            MessageTemplate(key=kind, language=language, text=text)
            for language, texts in TEXTS.items()
            for kind, text in texts.items()
        ],
        ignore_conflicts=True,
    )
    await CompetentBody.bulk_create(
        [CompetentBody(position=n, **row) for n, row in enumerate(BODIES)], ignore_conflicts=True
    )
    await answer_labels.seed()
