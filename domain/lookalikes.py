"""Open cases that may be about the same incident, shown before a new one is saved (design §3)."""

from __future__ import annotations

from datetime import timedelta

from domain import workflow
from domain.text import fold
from domain.time import now
from models import Case, Incident
from models.enums import CaseStatus

WINDOW = timedelta(days=14)
CANDIDATES = 200
MIN_SIMILARITY = 0.15


async def find(
    agency_id: int, place_code: str, indicator_code: str, text: str, limit: int = 5
) -> list[tuple[Case, float]]:
    """Look-alikes with their similarity 0–1, most similar first.

    Candidates are unanswered cases of the same agency and place within 14 days; the same
    indicator counts a quarter, common words the rest.
    """
    candidates = (
        await Case.filter(
            agency_id=agency_id,
            place_id=place_code,
            status__in=list(workflow.UNANSWERED | {CaseStatus.ANSWERED}),
            registered_at__gte=now() - WINDOW,
        )
        .order_by("-id")
        .limit(CANDIDATES)
        .select_related("indicator")
    )
    words = _words(fold(text))
    scored = [(case, _similarity(case, words, indicator_code)) for case in candidates]
    scored = [pair for pair in scored if pair[1] >= MIN_SIMILARITY]
    return sorted(scored, key=lambda pair: -pair[1])[:limit]


async def incident_of(case: Case) -> Incident:
    """The incident of a case, which is locked; made from the case when it has none yet."""
    fresh = await Case.filter(id=case.id).select_for_update().get()
    if fresh.incident_id:
        return await Incident.get(id=fresh.incident_id)
    incident = await Incident.create(title=fresh.subject, created_at=now())
    await Case.filter(id=case.id).update(incident_id=incident.id)
    return incident


def _similarity(case: Case, words: frozenset[str], indicator_code: str) -> float:
    other = _words(case.folded)
    common = len(words & other) / max(1, min(len(words), len(other)))
    return 0.75 * common + (0.25 if case.indicator.code == indicator_code else 0.0)


def _words(folded: str) -> frozenset[str]:
    return frozenset(word for word in folded.split() if len(word) > 2)
