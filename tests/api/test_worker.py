from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from structlog.testing import capture_logs

from api import lanes
from api.worker import CHORES, UPKEEP, Worker
from domain import jobs, outbox, sending, service, work
from domain.time import now
from models import Case, Job, OutboxMessage, SendingLine
from models.database import connection, is_postgres
from models.enums import CaseStatus, MessageState, TextKind
from settings import Settings, load
from sms.gateway import Accepted, Capability, NotSent, Outgoing
from tests.support.provider import ScriptedGateway, refused
from tests.support.queries import recorded
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
    gateway.answer = refused(403)
    await worker.run_due()
    assert len(gateway.sent) == 1
    await queue()
    world.clock.forward(hours=1)
    await worker.run_due()
    assert (len(gateway.sent), await Job.filter(kind="sms.send").count()) == (1, 2)
    gateway.answer = None
    [halt] = await sending.halts()
    await sending.resume(world["supervisor"], halt.id)
    await worker.run_due()
    world.clock.forward(seconds=1)
    await worker.run_due()
    assert await OutboxMessage.filter(state=MessageState.ACCEPTED).count() == 2


async def test_credit_is_found_by_itself(
    world: World, worker: Worker, gateway: ScriptedGateway
) -> None:
    await queue()
    gateway.answer, gateway.credit = refused(418), 0
    await worker.run_due()
    gateway.answer = None
    world.clock.forward(minutes=3)
    await worker.run_due()
    assert len(gateway.sent) == 1
    gateway.credit = 5000
    world.clock.forward(minutes=3)
    await worker.run_due()
    assert await OutboxMessage.filter(state=MessageState.ACCEPTED).count() == 1


async def test_a_dangerous_account_raises_an_alarm_whenever_a_worker_starts(
    world: World, worker: Worker, gateway: ScriptedGateway, db: str
) -> None:
    async with running(worker):
        await gateway.until(lambda: gateway.accounts_told)
    assert await sending.alarms() == []
    assert (await Job.get(key="sms.account:kavenegar")).run_at > now()
    dangerous = ScriptedGateway(wrong=("debugmode",))
    with capture_logs() as logs:
        async with running(Worker(settings(db), dangerous)):
            await dangerous.until(lambda: dangerous.accounts_told)
    assert [alarm.code for alarm in await sending.alarms()] == ["debugmode"]
    told = [entry for entry in logs if entry["event"] == "provider account is set wrong"]
    assert [(entry["setting"], entry["log_level"]) for entry in told] == [("debugmode", "error")]


async def test_each_gateway_has_the_chores_it_is_able_to(world: World, db: str) -> None:
    able = ScriptedGateway()
    silent = ScriptedGateway(name="http", capabilities=frozenset({Capability.LOOKUP}))
    worker = Worker(settings(db), able, silent)
    await worker.run_due()
    await worker.close()
    planned = {job.key for job in await Job.filter(kind__in=list(CHORES))}
    assert planned == {f"{kind}:kavenegar" for kind in CHORES} | {
        "sms.reconcile:http",
        "sms.credit:http",
    }
    assert silent.asked == []


async def test_chores_of_a_gateway_that_is_not_used_any_more_end(world: World, db: str) -> None:
    both = Worker(settings(db), ScriptedGateway(), ScriptedGateway(name="http"))
    await both.run_due()
    await both.close()
    world.clock.forward(days=1)
    one = Worker(settings(db), ScriptedGateway())
    await one.run_due()
    await one.close()
    assert not await Job.filter(key__endswith=":http").exists()


@pytest.mark.parametrize(
    ("code", "halted", "alarms"),
    [(403, True, []), (407, False, ["off"]), (604, False, ["code"]), (409, False, [])],
)
async def test_a_chore_that_is_refused_does_what_the_refusal_asks_for(
    world: World,
    worker: Worker,
    gateway: ScriptedGateway,
    code: int,
    halted: bool,
    alarms: list[str],
) -> None:
    gateway.failure = refused(code)
    await worker.run_due()
    assert bool(await sending.halts()) is halted
    kinds = {alarm.code.partition(":")[0] for alarm in await sending.alarms()}
    assert kinds == set(alarms)
    job = await Job.get(key="sms.blocked:kavenegar")
    pause = (job.run_at - now()).total_seconds()
    assert pause == (3600 if code == 407 else 60)
    gateway.failure = None
    world.clock.forward(days=1)
    await worker.run_due()
    assert {alarm.code.partition(":")[0] for alarm in await sending.alarms()} <= {"code"}


async def test_a_chore_that_calls_too_often_slows_sending_down(
    world: World, worker: Worker, gateway: ScriptedGateway
) -> None:
    gateway.failure = refused(451)
    await worker.run_due()
    line = await SendingLine.get(gateway="kavenegar")
    assert line.rate < service.current().sms_rate


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

    async def slow(_message: Outgoing) -> Accepted:
        begun.set()
        await go_on.wait()
        return Accepted("1")

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

    async def slow(message: Outgoing) -> Accepted:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await go_on.wait()
        under_way -= 1
        return Accepted(str(message.local_id))

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

    async def slow(_message: Outgoing) -> Accepted:
        await go_on.wait()
        return Accepted("1")

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


async def test_a_message_goes_on_by_the_second_gateway_when_the_first_halts(
    world: World, db: str
) -> None:
    first = ScriptedGateway(answer=refused(403))
    second = ScriptedGateway(name="http", line="3000128")
    rows = [await queue(f"+9891211{number:05d}") for number in range(20)]
    async with running(Worker(settings(db), first, second)):
        await second.until(lambda: len(second.sent) == 20)
    assert sorted(second.sent) == sorted(row.local_id for row in rows)
    assert 1 <= len(first.sent) <= 2
    assert await OutboxMessage.filter(state=MessageState.ACCEPTED).count() == 20


async def test_what_was_claimed_beforehand_is_given_back_at_a_stop(
    world: World, worker: Worker, gateway: ScriptedGateway
) -> None:
    go_on = asyncio.Event()

    async def slow(_message: Outgoing) -> Accepted:
        await go_on.wait()
        return Accepted("1")

    gateway.answer = slow
    for number in range(6):
        await queue(f"+98912111000{number}")
    async with running(worker) as stop:
        await gateway.until(lambda: len(gateway.sent) == 2)
        stop.set()
        go_on.set()
    left = await Job.filter(kind=outbox.KIND)
    assert [(job.lease, job.leased_until) for job in left] == [("", None)] * 4


async def test_a_lane_claims_many_by_one_statement(
    world: World, db: str, gateway: ScriptedGateway
) -> None:
    for number in range(64):
        await queue(f"+9891211100{number:02d}")
    with recorded() as statements:
        async with running(Worker(settings(db, FAVAD_SMS_CONCURRENCY="8"), gateway)):
            await gateway.until(lambda: len(gateway.sent) == 64)
    claims = [text for text in statements if "UPDATE job SET lease" in text and "sms.send" in text]
    assert len(claims) <= 32


async def test_no_more_messages_leave_than_the_rate_allows(
    world: World, worker: Worker, gateway: ScriptedGateway
) -> None:
    service.configure(replace(service.current(), sms_rate=3))
    for number in range(8):
        await queue(f"+9891211100{number:02d}")
    sent = []
    for _ in range(4):
        await worker.run_due()
        sent.append(len(gateway.sent))
        world.clock.forward(seconds=1)
    assert sent == [3, 6, 8, 8]


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
        limit: int, *, kinds: list[str], lease: timedelta = jobs.LEASE, among: str = ""
    ) -> list[Job]:
        nonlocal failures
        if failures < 10:
            failures += 1
            raise ConnectionError("postgres://user:secret@host")
        return await claim(limit, kinds=kinds, lease=lease, among=among)

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
