"""Reference rows that every deployment needs: indicators, texts, competent bodies.

Run after each migration; existing rows are left as they are, so local edits survive.
"""

from __future__ import annotations

from domain.seed_data import BODIES, INDICATORS, TEMPLATES
from models import CompetentBody, Indicator, MessageTemplate


async def seed() -> None:
    """Add what is missing. Safe to run at any time and from several hosts at once."""
    await Indicator.bulk_create([Indicator(**row) for row in INDICATORS], ignore_conflicts=True)
    await MessageTemplate.bulk_create(
        [MessageTemplate(key=key, text=text) for key, text in TEMPLATES.items()],
        ignore_conflicts=True,
    )
    await CompetentBody.bulk_create(
        [CompetentBody(position=n, **row) for n, row in enumerate(BODIES)], ignore_conflicts=True
    )
