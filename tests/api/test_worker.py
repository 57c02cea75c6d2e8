from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import pytest
from structlog.testing import capture_logs

from api import lanes
from api.worker import CHORES, UPKEEP, Worker
from domain import jobs, outbox, sending, work
from domain.time import now
from models import Case, Job, OutboxMessage
from models.database import connection, is_postgres
from models.enums import CaseStatus, MessageState, TextKind
from settings import Settings, load
from sms.gateway import Accepted, NotSent, Refused
from tests.support.provider import ScriptedGateway
from tests.support.world import MOBILE, World

_numbers = itertools.count()


def settings(url: str, **changes: str) -> Settings:
    return load({"FAVAD_DATABASE_URL": url, "FAVAD_SMS_CONCURRENCY": "2", **changes})


@pytest.fixture
def gateway() -> ScriptedGateway:
    return ScriptedGateway()


@pytest.fixture
async def worker(world: World, db: str, gateway: ScriptedGateway) -> AsyncIterator[Worker]:
    made = Worker(settings(db), gateway)
    yield made
    await made.close()


@asynccontextmanager
async def running(worker: Worker) -> AsyncIterator[asyncio.Event]:
    stop = asyncio.Event()
    task = asyncio.create_task(worker.run(stop))
    try:
        yield stop
    finally:
        stop.set()
        await asyncio.wait_for(task, 10)


async def queue(mobile: str = MOBILE) -> OutboxMessage:
    row = await outbox.queue(TextKind.RESULT, mobile, f"w:{next(_numbers)}", code="1", result="متن")
    assert row is not None
    return row


async def test_what_is_due_is_done_and_nothing_else(
    world: World, worker: Worker, gateway: ScriptedGateway
) -> None:
    case = await world.case()
    assert await worker.run_due() >= 2 + len(CHORES)
    assert {row.state for row in await OutboxMessage.filter(kind="registered")} == {
        MessageState.ACCEPTED
    }
    assert await worker.run_due() == 0
    world.clock.forward(minutes=91)
    await worker.run_due()
    assert await Job.filter(kind="ladder").count() == 1
    assert (await Case.get(id=case.id)).status is CaseStatus.UNDER_REVIEW


async def test_chores_come_again_and_survive_a_failure(
    world: World, worker: Worker, gateway: ScriptedGateway
) -> None:
    await worker.run_due()
    gateway.failure = NotSent("down")
    for _ in range(20):
        world.clock.forward(minutes=15)
        await worker.run_due()
    rows = await Job.filter(kind__in=list(CHORES))
    assert {row.kind for row in rows} == set(CHORES)
    assert all(row.run_at > now() and not row.dead and row.attempts == 0 for row in rows)


async def test_a_broken_chore_is_logged_without_what_it_says(
    world: World, worker: Worker, gateway: ScriptedGateway
) -> None:
    gateway.failure = RuntimeError("0912 secret")
    with capture_logs() as logs:
        await worker.run_due()
    broken = [entry for entry in logs if entry["event"] == "chore failed"]
    assert broken and "secret" not in str(logs)
    assert broken[0]["error"] == "RuntimeError" and broken[0]["at"].startswith("provider.py:")


async def test_a_failing_job_is_kept_with_the_type_of_its_error(
    world: World, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(_subject: int) -> datetime | None:
        raise ValueError("0912 secret")

    monkeypatch.setitem(work.HANDLERS, "ladder", broken)
    await jobs.enqueue("ladder", "ladder:x", subject_id=1)
    with capture_logs() as logs:
        await worker.run_due()
    job = await Job.get(key="ladder:x")
    assert (job.error, job.attempts, job.dead) == ("ValueError", 1, False)
    assert job.run_at > now() and job.leased_until is None
    assert "secret" not in str(logs)


async def test_a_halt_leaves_sending_jobs_unclaimed(
    world: World, worker: Worker, gateway: ScriptedGateway
) -> None:
    await queue()
    gateway.answer = Refused(403, "bad key")
    await worker.run_due()
    assert len(gateway.sent) == 1
    await queue()
    world.clock.forward(hours=1)
    await worker.run_due()
    assert (len(gateway.sent), await Job.filter(kind="sms.send").count()) == (1, 2)
    gateway.answer = None
    await sending.resume(world["supervisor"], sending.ALL_LINES)
    await worker.run_due()
    world.clock.forward(seconds=1)
    await worker.run_due()
    assert await OutboxMessage.filter(state=MessageState.ACCEPTED).count() == 2


async def test_credit_is_found_by_itself(
    world: World, worker: Worker, gateway: ScriptedGateway
) -> None:
    await queue()
    gateway.answer = Refused(418, "no credit")
    await worker.run_due()
    gateway.answer = None
    world.clock.forward(minutes=3)
    await worker.run_due()
    assert len(gateway.sent) == 1
    gateway.credit = 5000
    world.clock.forward(minutes=3)
    await worker.run_due()
    assert await OutboxMessage.filter(state=MessageState.ACCEPTED).count() == 1


async def test_a_dangerous_account_raises_an_alarm(
    world: World, worker: Worker, gateway: ScriptedGateway
) -> None:
    gateway.config_values = {"debugmode": "enabled", "resendfailed": "disabled"}
    with capture_logs() as logs:
        await worker.run_due()
    alarms = [entry for entry in logs if entry["event"] == "provider account is set wrong"]
    assert [(entry["setting"], entry["log_level"]) for entry in alarms] == [("debugmode", "error")]


async def test_without_a_provider_texts_wait(world: World, db: str) -> None:
    worker = Worker(settings(db))
    await queue()
    await worker.run_due()
    assert (await OutboxMessage.get()).state is MessageState.PENDING
    assert not await Job.filter(kind__in=list(CHORES)).exists()
    assert await Job.filter(kind__in=list(UPKEEP)).count() == len(UPKEEP)


async def test_a_running_worker_does_new_work_and_stops(
    world: World, worker: Worker, gateway: ScriptedGateway
) -> None:
    async with running(worker):
        await gateway.until(lambda: gateway.asked)
        await queue()
        await gateway.until(lambda: gateway.sent)
    assert gateway.closed
    assert (await OutboxMessage.get()).state is MessageState.ACCEPTED


async def test_a_stop_lets_what_is_held_finish(
    world: World, worker: Worker, gateway: ScriptedGateway
) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slow(_local_id: int) -> Accepted:
        begun.set()
        await go_on.wait()
        return Accepted(1, 1, None)

    gateway.answer = slow
    await queue()
    async with running(worker) as stop:
        await asyncio.wait_for(begun.wait(), 10)
        stop.set()
        await queue("+989121110000")
        go_on.set()
    states = [row.state for row in await OutboxMessage.all().order_by("id")]
    assert states == [MessageState.ACCEPTED, MessageState.PENDING]


async def test_no_more_texts_are_under_way_than_the_setting_allows(
    world: World, worker: Worker, gateway: ScriptedGateway
) -> None:
    under_way = most = 0
    go_on = asyncio.Event()

    async def slow(local_id: int) -> Accepted:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await go_on.wait()
        under_way -= 1
        return Accepted(local_id, 1, None)

    gateway.answer = slow
    for number in range(6):
        await queue(f"+98912111000{number}")
    async with running(worker):
        await gateway.until(lambda: len(gateway.sent) == 2)
        await jobs.enqueue("ladder", "ladder:none", subject_id=0)
        go_on.set()
        await gateway.until(lambda: len(gateway.sent) == 6)
    assert most == 2
    assert await OutboxMessage.filter(state=MessageState.ACCEPTED).count() == 6


async def test_a_hanging_provider_holds_up_no_other_work(
    world: World, worker: Worker, gateway: ScriptedGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on, done = asyncio.Event(), asyncio.Event()

    async def slow(_local_id: int) -> Accepted:
        await go_on.wait()
        return Accepted(1, 1, None)

    async def noted(_subject: int) -> datetime | None:
        done.set()
        return None

    gateway.answer = slow
    monkeypatch.setitem(work.HANDLERS, "ladder", noted)
    await queue()
    async with running(worker):
        await gateway.until(lambda: gateway.sent)
        await jobs.enqueue("ladder", "ladder:y", subject_id=0)
        await asyncio.wait_for(done.wait(), 10)
        go_on.set()


async def test_two_workers_share_the_work(
    world: World, db: str, worker: Worker, gateway: ScriptedGateway
) -> None:
    rows = [await queue(f"+9891211{number:05d}") for number in range(40)]
    async with running(worker), running(Worker(settings(db), gateway)):
        await gateway.until(lambda: len(gateway.sent) >= 40)
    assert sorted(gateway.sent) == sorted(row.local_id for row in rows)
    assert await OutboxMessage.filter(state=MessageState.ACCEPTED).count() == 40


async def test_a_lost_database_is_waited_for(
    world: World, worker: Worker, gateway: ScriptedGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lanes, "DATABASE_PAUSE", 0.01)
    claim, failures = jobs.claim, 0

    async def flaky(
        limit: int, *, kinds: list[str] | None = None, lease: timedelta = jobs.LEASE
    ) -> list[Job]:
        nonlocal failures
        if failures < 10:
            failures += 1
            raise ConnectionError("postgres://user:secret@host")
        return await claim(limit, kinds=kinds, lease=lease)

    monkeypatch.setattr(jobs, "claim", flaky)
    await queue()
    with capture_logs() as logs:
        async with running(worker):
            await gateway.until(lambda: gateway.sent)
    assert failures == 10 and "secret" not in str(logs)


async def _connected() -> None:
    """Until every connection of this process's pool that was lost has been noticed as lost."""
    async with asyncio.timeout(10):
        working = 0
        while working < 10:
            try:
                await asyncio.gather(*(connection().execute_query("SELECT 1") for _ in range(5)))
                working += 1
            except Exception:  # whatever a broken connection raises: the next one is another
                working = 0
                await asyncio.sleep(0.01)


async def test_broken_connections_are_replaced(
    world: World, worker: Worker, gateway: ScriptedGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not is_postgres():
        pytest.skip("SQLite has no connections to lose")
    monkeypatch.setattr(lanes, "DATABASE_PAUSE", 0.01)
    async with running(worker):
        await gateway.until(lambda: gateway.asked)
        with pytest.raises(Exception, match=r"terminat|closed"):
            await connection().execute_query(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() ORDER BY pid = pg_backend_pid()"
            )
        await _connected()
        await queue()
        await gateway.until(lambda: gateway.sent)
