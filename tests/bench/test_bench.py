"""What stands beside the product gives its answers, so that what is measured is comparable."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest

from domain.generate import generate
from domain.tracking_code import parse
from models import Case, CaseEvent, Round
from tests.bench import agreement, data, graphql, multiply, partners, processes
from tests.bench.partners import Sample
from tests.bench.scenarios import SCENARIOS
from tests.support.world import World

pytestmark = pytest.mark.processes
GENERATED, CASES = 200, 300


@pytest.fixture
async def sample(world: World, db: str) -> AsyncIterator[Sample]:
    """The small world with cases, a third of them copies, and its partners."""
    await generate(GENERATED, 2, seed=7, focus="EDU-c1")
    async with data.session(db) as opened:
        await multiply.multiply(opened, CASES, lambda _: None)
        await opened.finish()
        await agreement.forget_new_rows(opened)
        yield await partners.prepare(opened)


async def test_copies_have_whole_histories_of_their_own(sample: Sample) -> None:
    codes = [str(code) for code in await Case.all().values_list("tracking_code", flat=True)]
    assert len(codes) == len(set(codes)) == CASES
    assert all(parse(code) == code for code in codes)
    for copy in await Case.all().order_by("-id").limit(20):
        assert await Round.filter(case_id=copy.id).count() == copy.round
        events = await CaseEvent.filter(case_id=copy.id).order_by("id")
        assert events[0].at == copy.registered_at


async def test_all_servers_answer_alike(sample: Sample, db: str, tmp_path: Path) -> None:
    ask = partial(graphql.requests, sample)
    with (
        processes.running("product", db, tmp_path / "product.log") as product,
        processes.running("bare", db, tmp_path / "bare.log") as bare,
        processes.running("strawberry", db, tmp_path / "strawberry.log") as strawberry,
    ):
        servers = {"bare": bare, "strawberry": strawberry}
        for scenario in SCENARIOS:
            await agreement.check(db, scenario, product, servers[scenario.beside], ask)
