"""Today's figures as the overview shows them, under the visibility of who asks (design §6)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from math import sqrt
from statistics import median
from typing import Final

from tortoise.expressions import Subquery
from tortoise.queryset import QuerySet

from domain import clock, jalali, visibility, worklists
from domain.actors import SYSTEM, Actor
from domain.time import now
from models import Breach, Feedback, Round
from models.enums import CaseStatus, Role

Z: Final = 1.96
SATISFIED: Final = 4
BINS: Final = (-60, 0, 30, 60, 90, 120, 150)
"""Upper ends of the bars in minutes of time left; a last bar holds what is above."""
NATIONAL: Final = frozenset({Role.SUPERVISOR, Role.ADMIN})


@dataclass
class Figures:
    """One line of figures. Answers are rounds; times are service time in seconds."""

    registered: int = 0
    answered: int = 0
    in_time: int = 0
    times: list[float] = field(default_factory=list)
    ratings: int = 0
    satisfied: int = 0

    @property
    def share_in_time(self) -> float | None:
        return self.in_time / self.answered if self.answered else None

    @property
    def interval(self) -> tuple[float, float] | None:
        return wilson(self.in_time, self.answered) if self.answered else None

    @property
    def median(self) -> float | None:
        return median(self.times) if self.times else None

    @property
    def csat(self) -> float | None:
        return self.satisfied / self.ratings if self.ratings else None


@dataclass(frozen=True)
class Today:
    total: Figures
    breaches: int
    by_indicator: dict[str, Figures]
    by_agency: dict[str, Figures]
    by_province: dict[str, Figures]


def wilson(successes: int, trials: int) -> tuple[float, float]:
    """The 95 % interval of a share."""
    share = successes / trials
    square = Z * Z
    middle = share + square / (2 * trials)
    spread = Z * sqrt(share * (1 - share) / trials + square / (4 * trials * trials))
    return (middle - spread) / (1 + square / trials), (middle + spread) / (1 + square / trials)


async def figures(actor: Actor) -> Today:
    """Four queries, whatever the number of lines."""
    reader = SYSTEM if actor.role is Role.ADMIN else actor
    start, end = jalali.day_bounds(now())
    agency = "main_agency__name" if actor.role in NATIONAL else "agency__name"
    keys = ("indicator__short", agency, "province__name")
    lines = _Lines()
    registered = visibility.cases(reader).filter(registered_at__gte=start, registered_at__lt=end)
    for row in await registered.exclude(status=CaseStatus.OUT_OF_SCOPE).values_list(*keys):
        for line in lines.of(row):
            line.registered += 1
    for *names, began, due, answered, paused in await _answered(reader, start, end, keys):
        taken = clock.service_calendar().between(began, answered).total_seconds() - paused
        for line in lines.of(names):
            line.answered += 1
            line.in_time += answered <= due
            line.times.append(taken)
    for *names, rating in await _ratings(reader, start, end, keys):
        for line in lines.of(names):
            line.ratings += 1
            line.satisfied += rating >= SATISFIED
    late = Breach.filter(case_id__in=_visible(reader), created_at__gte=start, created_at__lt=end)
    return Today(lines.total, await late.count(), *lines.tables)


async def waiting(actor: Actor) -> list[int]:
    """How many cases wait now with how much time left, by the ends of `BINS`; paused ones last."""
    reader = SYSTEM if actor.role is Role.ADMIN else actor
    counts = [0] * (len(BINS) + 2)
    running = worklists.running(reader).order_by()
    for due_at, paused_at in await running.values_list("due_at", "paused_at"):
        if paused_at is not None:
            counts[-1] += 1
            continue
        left = clock.until(due_at).total_seconds() / 60
        counts[sum(left > end for end in BINS)] += 1
    return counts


class _Lines:
    def __init__(self) -> None:
        self.total = Figures()
        self.tables: tuple[dict[str, Figures], ...] = tuple(defaultdict(Figures) for _ in range(3))

    def of(self, keys: Iterable[str]) -> list[Figures]:
        return [self.total, *(table[key] for table, key in zip(self.tables, keys, strict=True))]


def _visible(actor: Actor) -> Subquery:
    return Subquery(visibility.cases(actor).values("id"))


async def _answered(
    actor: Actor, start: datetime, end: datetime, keys: tuple[str, ...]
) -> list[tuple]:  # type: ignore[type-arg]
    rounds: QuerySet[Round] = Round.filter(answered_at__gte=start, answered_at__lt=end)
    if actor is not SYSTEM:
        rounds = rounds.filter(case_id__in=_visible(actor))
    return await rounds.values_list(
        *(f"case__{key}" for key in keys), "started_at", "due_at", "answered_at", "paused_seconds"
    )


async def _ratings(
    actor: Actor, start: datetime, end: datetime, keys: tuple[str, ...]
) -> list[tuple]:  # type: ignore[type-arg]
    verdicts = Feedback.filter(created_at__gte=start, created_at__lt=end, superseded=False)
    if actor is not SYSTEM:
        verdicts = verdicts.filter(case_id__in=_visible(actor))
    return await verdicts.values_list(*(f"case__{key}" for key in keys), "rating")


def scope_of(actor: Actor, unit: str) -> str:
    """Whose figures they are."""
    if actor.role in NATIONAL:
        return "سراسر کشور"
    return unit or "پرونده‌های شما"
