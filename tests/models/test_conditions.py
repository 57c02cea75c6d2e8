"""Conditions written here choose the rows that Tortoise's own choose."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from tortoise.expressions import Q, Subquery
from tortoise.functions import Count

from domain import generate
from models import Agency, Breach, Case, CaseEvent, Referral, database
from models.conditions import Unwritable, Values, every, of_query
from models.enums import CaseStatus
from tests.support.world import World

ROUNDS = 300


async def chosen(model: Any, *wanted: Q) -> list[Any]:
    values = Values()
    condition = every(model, wanted, "t", values)
    rows = await database.connection().execute_query_dict(
        f'SELECT t.id AS id FROM "{model._meta.db_table}" t WHERE {condition} ORDER BY t.id',
        values.given,
    )
    return [row["id"] for row in rows]


async def expected(model: Any, *wanted: Q) -> list[Any]:
    return list(await model.filter(*wanted).order_by("id").values_list("id", flat=True))


def leaves(world: World, rng: Random) -> list[Callable[[], Q]]:
    """Conditions on cases of every kind that the rules and filters use."""
    moment = world.clock.at
    lineages = [unit.lineage for unit in world.units.values()]

    def referred() -> Q:
        own = Referral.filter(agency__lineage__startswith=rng.choice(lineages))
        return Q(id__in=Subquery(own.values("case_id")))

    return [
        lambda: Q(main_agency_id=rng.choice([1, 6, 99])),
        lambda: Q(status=rng.choice(list(CaseStatus))),
        lambda: Q(status__in=rng.sample(list(CaseStatus), rng.randint(0, 4))),
        lambda: Q(rating__gte=rng.randint(1, 5)),
        lambda: Q(rating=None),
        lambda: Q(rating__isnull=rng.random() < 0.5),
        lambda: Q(county_id__isnull=False, reopened__gt=0),
        lambda: Q(registered_at__lt=moment - timedelta(days=rng.randint(0, 60))),
        lambda: Q(folded__contains=rng.choice(["اداره", "%", "_", "باجه", "\\", "zz"])),
        lambda: Q(agency__lineage__startswith=rng.choice(lineages)),
        lambda: Q(indicator__code=rng.choice(["I1", "I2"])),
        lambda: Q(county__name__startswith="ر"),
        lambda: Q(id__in=Subquery(Breach.all().values("case_id"))),
        lambda: Q(incident_id__in=Subquery(Case.filter(rating=1).values("incident_id"))),
        referred,
        Q,
    ]


def tree(rng: Random, kinds: list[Callable[[], Q]], depth: int, *, negated: bool = False) -> Q:
    """One NOT at most above each leaf: of two Tortoise loses one before `IN`."""
    negate = not negated and rng.random() < 0.25
    if depth == 0 or rng.random() < 0.3:
        found = rng.choice(kinds)()
    else:
        parts = [
            tree(rng, kinds, depth - 1, negated=negated or negate) for _ in range(rng.randint(1, 3))
        ]
        found = Q(*parts, join_type=rng.choice([Q.AND, Q.OR]))
    return ~found if negate else found


def shown(q: Q) -> str:
    parts = [shown(child) for child in q.children] + [f"{k}={v!r}" for k, v in q.filters.items()]
    return f"{'NOT ' if q._is_negated else ''}{q.join_type}({', '.join(parts)})"


async def test_the_same_rows_as_by_tortoise(world: World) -> None:
    rng = Random(11)
    await world.case()
    await generate.generate(150, 2, seed=5)
    kinds = leaves(world, rng)
    some = 0
    for _ in range(ROUNDS):
        wanted = [tree(rng, kinds, 3) for _ in range(rng.randint(0, 2))]
        found = await chosen(Case, *wanted)
        assert found == await expected(Case, *wanted), [shown(q) for q in wanted]
        some += 0 < len(found) < 151
    assert some > ROUNDS / 5


async def test_a_null_stays_one_inside_not(world: World) -> None:
    """Entries without a referral are neither among some referrals nor not among them."""
    await generate.generate(60, 1, seed=6)
    own = Referral.filter(agency__lineage__startswith="/1/").values("id")
    for wanted in (Q(referral_id__in=Subquery(own)), ~Q(referral_id__in=Subquery(own))):
        found = await chosen(CaseEvent, wanted)
        assert found == await expected(CaseEvent, wanted)
        assert found or wanted._is_negated


@pytest.mark.parametrize("key", ["nothing", "agency__nothing", "subject__search", "rounds__number"])
async def test_what_cannot_be_written_is_said(db: str, key: str) -> None:
    with pytest.raises(Unwritable):
        every(Case, [Q(**{key: "x"})], "t", Values())


async def test_a_query_that_does_more_than_filter_is_not_written(db: str) -> None:
    for query in (Case.all().limit(1), Case.all().distinct(), Case.annotate(n=Count("id"))):
        with pytest.raises(Unwritable):
            of_query(query, "t", Values())
    with pytest.raises(Unwritable):
        every(Agency, [Q(id__in=Subquery(Case.all().limit(1).values("id")))], "t", Values())
