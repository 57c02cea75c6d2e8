"""Whether the process lives, can serve, and what it measures."""

from __future__ import annotations

import httpx2
import pytest

from api import metrics
from domain import sending, sms_rollup
from models import OutboxMessage, SendingHalt, SendingLine, database
from models.enums import Resumption
from tests.support.application import opened
from tests.support.queries import recorded
from tests.support.unchanged import unchanged
from tests.support.world import LINE, MOBILE, World

SCRAPER = "scraper-token"


async def test_a_living_process_says_so_without_a_database(world: World, db: str) -> None:
    async with opened(db) as web:
        assert (await web.get("/healthz")).text == "ok"
        await database.close()
        assert (await web.get("/healthz")).status_code == 200


async def test_ready(world: World, db: str) -> None:
    async with opened(db) as web, unchanged():
        answer = await web.get("/readyz")
        again = await web.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"ready": True})
    assert again.json() == {"ready": True}


async def test_not_ready_before_migrations(empty_database_url: str, world: World, db: str) -> None:
    async with opened(empty_database_url) as web:
        answer = await web.get("/readyz")
    assert (answer.status_code, answer.json()) == (503, {"ready": False, "reason": "migrations"})


async def test_not_ready_without_a_database_though_ready_before(world: World, db: str) -> None:
    async with opened(db) as web:
        assert (await web.get("/readyz")).status_code == 200
        await database.close()
        answer = await web.get("/readyz")
    assert (answer.status_code, answer.json()) == (503, {"ready": False, "reason": "database"})


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": ""},
        {"authorization": "Bearer "},
        {"authorization": "Bearer wrong"},
        {"authorization": f"Bearer {SCRAPER}x"},
        {"authorization": f"Basic {SCRAPER}"},
        {"authorization": b"Bearer \xff"},
    ],
)
async def test_metrics_are_not_there_without_their_token(
    world: World, db: str, headers: dict[str, str]
) -> None:
    async with opened(db, FAVAD_METRICS_TOKEN=SCRAPER) as web:
        assert (await web.get("/metrics", headers=headers)).status_code == 404


async def test_metrics_are_off_unless_a_token_is_set(world: World, db: str) -> None:
    async with opened(db) as web:
        for headers in ({}, {"authorization": "Bearer "}, {"authorization": "Bearer None"}):
            assert (await web.get("/metrics", headers=headers)).status_code == 404


async def test_metrics(world: World, db: str) -> None:
    await world.case()
    world.clock.forward(hours=4)
    async with opened(db, FAVAD_METRICS_TOKEN=SCRAPER) as web, unchanged():
        await web.get("/cases/12345")
        answer = await measured(web)
    for line in (
        "favad_clocks_running 1.0",
        "favad_cases_overdue 1.0",
        "favad_sms_oldest_seconds 14400.0",
        "favad_jobs_dead 0.0",
    ):
        assert line in answer.text
    assert 'route="/cases/{id:row}"' in answer.text
    assert "/12345" not in answer.text


async def test_metrics_of_sms(world: World, db: str) -> None:
    """By gateway and line, as the worker counted; what is put right is no longer told."""
    await world.case()
    await OutboxMessage.filter(kind="registered").update(
        gateway="http", state="delivered", parts=2, cost=2400, accepted_at=world.clock()
    )
    await sending.halt("kavenegar", "*", 418, "اعتبار", Resumption.CREDIT)
    await sending.alarm("kavenegar", "credit", "1000")
    await SendingLine.create(
        gateway="http", line=LINE, rate=2.5, tokens=1, refilled_at=world.clock()
    )
    await sms_rollup.run()
    world.clock.forward(minutes=5)
    async with opened(db, FAVAD_METRICS_TOKEN=SCRAPER) as web:
        text = (await measured(web)).text
        for line in (
            f'favad_sms_messages{{gateway="",line="{LINE}",state="pending"}} 1.0',
            f'favad_sms_messages{{gateway="http",line="{LINE}",state="delivered"}} 1.0',
            f'favad_sms_waiting{{gateway="",line="{LINE}"}} 1.0',
            f'favad_sms_waiting{{gateway="http",line="{LINE}"}} 0.0',
            f'favad_sms_needs_review{{gateway="",line="{LINE}"}} 0.0',
            "favad_sms_oldest_seconds 300.0",
            'favad_sms_halts{code="418",gateway="kavenegar",line="*"} 1.0',
            'favad_sms_alarms{code="credit",gateway="kavenegar"} 1.0',
            f'favad_sms_line_rate{{gateway="http",line="{LINE}"}} 2.5',
            f'favad_sms_parts_total{{gateway="http",line="{LINE}"}} 2.0',
            "favad_sms_response_rate NaN",
            "favad_sms_cost_per_case_rial 2400.0",
        ):
            assert line in text
        assert MOBILE[-10:] not in text
        await SendingHalt.all().delete()
        text = (await measured(web)).text
    assert "favad_sms_halts{" not in text
    assert "favad_sms_alarms{" in text


async def test_measuring_costs_the_same_however_many_messages(world: World, db: str) -> None:
    for _ in range(3):
        await world.case()
        await sms_rollup.run()
        with recorded() as statements:
            await metrics.collect()
        assert len(statements) == 7 + 10


async def measured(web: httpx2.AsyncClient) -> httpx2.Response:
    return await web.get("/metrics", headers={"authorization": f"Bearer {SCRAPER}"})
