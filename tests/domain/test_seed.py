"""Reference rows: complete, and never written over."""

from __future__ import annotations

from domain.scope import bodies
from domain.seed import seed
from domain.seed_data import BODIES, INDICATORS
from domain.seed_texts import TEXTS
from models import CompetentBody, Indicator, MessageTemplate
from tests.support.world import World


async def counts() -> tuple[int, int, int]:
    return (
        await Indicator.all().count(),
        await MessageTemplate.all().count(),
        await CompetentBody.all().count(),
    )


async def test_everything_once(world: World) -> None:
    expected = (len(INDICATORS), sum(map(len, TEXTS.values())), len(BODIES))
    assert await counts() == expected
    await seed()
    assert await counts() == expected


async def test_local_edits_survive_and_what_is_missing_comes_back(world: World) -> None:
    status = MessageTemplate.filter(key="status", language="fa")
    await status.update(text="وضعیت {code}")
    await MessageTemplate.filter(key="status", language="en").delete()
    await CompetentBody.filter(code="police").update(title="پلیس محلی")
    await Indicator.filter(code="I8").delete()
    await seed()
    assert (await status.get()).text == "وضعیت {code}"
    assert await MessageTemplate.exists(key="status", language="en")
    assert (await CompetentBody.get(code="police")).title == "پلیس محلی"
    assert await Indicator.filter(code="I8").exists()


async def test_the_eight_indicators(world: World) -> None:
    assert [row["code"] for row in INDICATORS] == [f"I{number}" for number in range(1, 9)]
    for row in INDICATORS:
        assert len(row["title"]) <= 300 and len(row["short"]) <= 80 and len(row["examples"]) == 3


async def test_bodies_in_their_order(world: World) -> None:
    assert [row.code for row in await bodies()] == [row["code"] for row in BODIES]
