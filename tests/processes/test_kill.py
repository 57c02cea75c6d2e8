"""kill -9 at any moment: no acknowledged case is lost, no citizen is texted twice or not at all."""

from __future__ import annotations

import asyncio
import os
import random
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import pytest

from domain import clients, integrity, time
from domain.actors import CASES_READ, CASES_WRITE, SYSTEM
from domain.outbox import WAITING
from models import Case, OutboxMessage
from models.database import is_postgres
from models.enums import CaseStatus
from tests.support.simulator import LINE, RunningSimulator, listening_socket, running_simulator
from tests.support.world import build

pytestmark = pytest.mark.processes

ROOT = Path(__file__).parents[2]
CASES = 200
KILLS = 10
CLIENTS = 6
TOKEN = "kill-test-token-0123456789"
REGISTER = """
mutation($input: RegisterCaseInput!) {
  registerCase(input: $input) { case { id trackingCode } errors { code field } }
}"""
RECORD = """
mutation($input: RecordResultInput!) {
  recordResult(input: $input) { case { trackingCode status } errors { code field } }
}"""


@dataclass
class Processes:
    """The service's processes, each started again whenever it is killed."""

    environment: dict[str, str]
    log: Path
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, command: str) -> None:
        with self.log.open("ab") as output:
            self.running[command] = subprocess.Popen(
                [sys.executable, "-m", "cli", command],
                cwd=ROOT,
                env=self.environment,
                stdout=output,
                stderr=output,
            )

    def kill(self, command: str) -> None:
        process = self.running[command]
        assert process.poll() is None, self.log.read_text(errors="replace")[-3000:]
        process.kill()
        process.wait()

    def stop(self) -> None:
        for process in self.running.values():
            process.terminate()
        for process in self.running.values():
            process.wait(20)


def free_port() -> int:
    with listening_socket() as listener:
        return int(listener.getsockname()[1])


@contextmanager
def service(
    url: str, directory: Path, simulator: RunningSimulator, port: int
) -> Iterator[Processes]:
    environment = {
        name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ
    }
    processes = Processes(
        environment
        | {
            "FAVAD_DATABASE_URL": url,
            "FAVAD_SECRET_KEY": "k" * 32,
            "FAVAD_VAR_DIR": str(directory),
            "FAVAD_PORT": str(port),
            "FAVAD_KAVENEGAR_BASE": simulator.base_url,
            "FAVAD_KAVENEGAR_API_KEY": simulator.api_key,
            "FAVAD_KAVENEGAR_SENDER": simulator.line,
            "FAVAD_SMS_RATE": "1000",
            "FAVAD_SMS_RECONCILE_SECONDS": "3",
            "FAVAD_SMS_LOOKUP_GAP_SECONDS": "1",
            "FAVAD_WEBHOOK_TOKENS": TOKEN,
        },
        directory / "processes.log",
    )
    for command in ["serve", *(["worker"] if is_postgres() else [])]:
        processes.start(command)
    try:
        yield processes
    finally:
        processes.stop()


@dataclass
class Partner:
    """A partner agency's system that repeats a request until it is answered."""

    http: httpx2.AsyncClient
    key: str

    async def call(self, query: str, **given: object) -> dict[str, Any]:
        body = {"query": query, "variables": {"input": given}}
        headers = {"Authorization": f"Bearer {self.key}"}
        for _ in range(600):
            try:
                reply = await self.http.post("/graphql", json=body, headers=headers)
            except httpx2.TransportError:
                await asyncio.sleep(0.1)
                continue
            answer = reply.json()
            assert "errors" not in answer, answer
            [payload] = answer["data"].values()
            assert not payload["errors"], payload
            return dict(payload["case"])
        raise TimeoutError("the service did not come back")

    async def handle(self, number: int) -> str:
        """Register a case and record its result; its tracking code, once both were acknowledged."""
        registered = await self.call(
            REGISTER,
            reporterName="مریم احمدی",
            nationalId=national_id(number),
            mobile=mobile(number),
            kind="COMPLAINT",
            reporterKind="CITIZEN",
            agency="EDU-c1",
            place="v1",
            indicator="I5",
            subject="باز نبودن باجه در ساعت اداری",
            text="ساعت ۹ مراجعه کردم و باجه تا ساعت ۱۰ و نیم بسته بود.",
            idempotencyKey=f"register-{number}",
        )
        answered = await self.call(
            RECORD,
            caseId=registered["id"],
            result="باجه از ساعت ۸ باز است و تذکر داده شد.",
            idempotencyKey=f"record-{number}",
        )
        assert answered["status"] == "ANSWERED"
        return str(registered["trackingCode"])


def mobile(number: int) -> str:
    return f"0913{number:07d}"


def national_id(number: int) -> str:
    nine = f"{7_000_000 + number:09d}"
    rest = sum(int(digit) * (10 - place) for place, digit in enumerate(nine)) % 11
    return nine + str(rest if rest < 2 else 11 - rest)


@asynccontextmanager
async def partner(port: int, key: str) -> AsyncIterator[Partner]:
    base = f"http://127.0.0.1:{port}"
    async with httpx2.AsyncClient(base_url=base, timeout=20, trust_env=False) as http:
        yield Partner(http, key)


async def kill_at_random(processes: Processes, http: httpx2.AsyncClient) -> None:
    for _ in range(KILLS):
        await ready(http)
        await asyncio.sleep(random.uniform(0.1, 1.5))
        command = random.choice(list(processes.running))
        processes.kill(command)
        processes.start(command)
    await ready(http)


async def ready(http: httpx2.AsyncClient) -> None:
    for _ in range(300):
        try:
            if (await http.get("/readyz")).status_code == 200:
                return
        except httpx2.TransportError:
            pass
        await asyncio.sleep(0.1)
    raise TimeoutError("the service did not come back")


async def handle_all(sender: Partner) -> dict[int, str]:
    numbers = iter(range(CASES))
    codes: dict[int, str] = {}

    async def one_after_another() -> None:
        for number in numbers:
            codes[number] = await sender.handle(number)

    await asyncio.gather(*(one_after_another() for _ in range(CLIENTS)))
    return codes


async def settled() -> bool:
    """Wait until no text is under way; False if that takes a minute."""
    for _ in range(120):
        if not await OutboxMessage.filter(state__in=WAITING).exists():
            return True
        await asyncio.sleep(0.5)
    return False


async def test_killed_at_any_moment_the_service_loses_and_repeats_nothing(
    db: str, tmp_path: Path
) -> None:
    await build()
    time.set_clock(None)
    _, key = await clients.create(SYSTEM, "EDU", "سامانه", [CASES_READ, CASES_WRITE])
    port = free_port()
    delivery = f"http://127.0.0.1:{port}/webhooks/kavenegar/{TOKEN}/delivery"
    with running_simulator(
        line=LINE, delivery_url=delivery, webhook_retry=0.5, dedupe_local_ids=False
    ) as simulator:
        simulator.faults(lost_reply=0.05, bad_gateway=0.05, busy=0.02)
        with service(db, tmp_path, simulator, port) as processes:
            async with partner(port, key) as sender:
                codes, _ = await asyncio.gather(
                    handle_all(sender), kill_at_random(processes, sender.http)
                )
                assert await settled(), processes.log.read_text(errors="replace")[-3000:]
        await verify(simulator, codes)


async def verify(simulator: RunningSimulator, codes: dict[int, str]) -> None:
    rows = {row.tracking_code: row for row in await Case.all()}
    assert sorted(rows) == sorted(code.replace("-", "") for code in codes.values())
    assert len(rows) == CASES
    assert {row.status for row in rows.values()} == {CaseStatus.ANSWERED}
    assert list(await integrity.check()) == []
    for number in codes:
        kinds = received(simulator.texts(mobile(number)))
        assert kinds == ["registered", "result"], (number, kinds)


def received(texts: Sequence[str]) -> list[str]:
    return sorted("registered" if "ثبت شد" in text else "result" for text in texts)
