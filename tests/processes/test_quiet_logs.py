"""The log of a real process at its most talkative holds no number, text, code, key or token."""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import subprocess
import sys
import time as clock
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

import pytest

from domain import outbox, time
from models import InboxMessage, OutboxMessage
from models.enums import MessageState, TextKind
from tests.support.private import found_in
from tests.support.simulator import LINE, RunningSimulator, listening_socket, running_simulator
from tests.support.world import MOBILE, build

pytestmark = pytest.mark.processes

ROOT = Path(__file__).parents[2]
TOKEN, FORGED = "quiet-token-0123456789abc", "forged-token-0123456789ab"
BEARER, KEY = "bearer-token-0123456789", "quietkey0123456789"
RESULT, REPLY, CODE = "نتیجه محرمانه رسیدگی", "پاسخ محرمانه شهروند", "907315"
PATIENCE = 60.0
UNDER_WAY = (MessageState.PENDING, MessageState.SENDING, MessageState.UNCERTAIN)


@contextmanager
def served(url: str, directory: Path, simulator: RunningSimulator) -> Iterator[tuple[int, Path]]:
    """Web and worker in one process; its port and its log."""
    with listening_socket() as listener:
        port = int(listener.getsockname()[1])
    variables = {
        "FAVAD_DATABASE_URL": url,
        "FAVAD_SECRET_KEY": "k" * 32,
        "FAVAD_VAR_DIR": str(directory),
        "FAVAD_PORT": str(port),
        "FAVAD_WORKER": "on",
        "FAVAD_KAVENEGAR_BASE": simulator.base_url,
        "FAVAD_KAVENEGAR_API_KEY": KEY,
        "FAVAD_KAVENEGAR_SENDER": LINE,
        "FAVAD_HTTP_GATEWAY_URL": f"{simulator.base_url}/nowhere",
        "FAVAD_HTTP_GATEWAY_TOKEN": BEARER,
        "FAVAD_HTTP_GATEWAY_SENDER": "10009128",
        "FAVAD_WEBHOOK_TOKENS": TOKEN,
        "FAVAD_SMS_RECONCILE_SECONDS": "1",
        "FAVAD_SMS_LOOKUP_GAP_SECONDS": "0",
        "FAVAD_LOG_LEVEL": "debug",
    }
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    log = directory / "serve.log"
    with log.open("wb") as output:
        command = [sys.executable, "-X", "dev", "-W", "ignore", "-m", "cli", "serve"]
        process = subprocess.Popen(
            command, cwd=ROOT, env=kept | variables, stdout=output, stderr=output
        )
    try:
        yield port, log
    finally:
        process.terminate()
        process.wait(20)


def ask(port: int, method: str, path: str, body: bytes = b"", kind: str = "") -> int:
    """One request as a provider, or anybody, makes it; its status, 0 for a cut connection."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request(method, path, body, {"Content-Type": kind} if kind else {})
        return connection.getresponse().status
    except (http.client.HTTPException, ConnectionError):
        return 0
    finally:
        connection.close()


def call_webhooks(port: int) -> None:
    text = {"messageid": "801", "from": MOBILE, "to": LINE, "message": REPLY}
    plain = {"id": "b801", "from": "0" + MOBILE[3:], "to": LINE, "text": REPLY}
    query = urlencode(text)
    for token in (TOKEN, FORGED):
        for name in ("kavenegar", "http", "telegram"):
            for kind in ("inbound", "delivery", "other"):
                path = f"/webhooks/{name}/{token}/{kind}"
                for body in (text, plain, [text, plain]):
                    ask(port, "POST", path, json.dumps(body).encode(), "application/json")
                ask(port, "POST", path, query.encode(), "application/x-www-form-urlencoded")
                ask(port, "POST", path, json.dumps(text).encode() * 600)
                for method in ("GET", "HEAD", "PUT", "BREW"):
                    ask(port, method, f"{path}?{query}")
                ask(port, "GET", f"{path}?{query}&x={'x' * 100_000}")


async def until_served(port: int) -> None:
    deadline = clock.monotonic() + PATIENCE
    while await asyncio.to_thread(ask, port, "GET", "/healthz") != 200:
        assert clock.monotonic() < deadline
        await asyncio.sleep(0.1)


async def settled() -> None:
    deadline = clock.monotonic() + PATIENCE
    while await OutboxMessage.filter(state__in=UNDER_WAY).exists():
        assert clock.monotonic() < deadline, await OutboxMessage.all().values("state", "error")
        await asyncio.sleep(0.1)


async def test_a_talkative_process_tells_nothing(db: str, tmp_path: Path) -> None:
    await build()
    time.set_clock(None)
    with running_simulator(api_key=KEY, line=LINE) as simulator:
        simulator.faults(lost_reply=0.5)
        with served(db, tmp_path, simulator) as (port, log):
            await until_served(port)
            for number in range(5):
                await outbox.queue(TextKind.RESULT, MOBILE, f"r{number}", code="1", result=RESULT)
            await outbox.queue(TextKind.IDENTITY_CODE, MOBILE, "i", token=CODE, code=CODE)
            await asyncio.to_thread(call_webhooks, port)
            await settled()
        assert await InboxMessage.filter(text=REPLY).count() == 2
        texts = [str(text) for text in await OutboxMessage.all().values_list("text", flat=True)]
        told = log.read_text(errors="replace")
        assert "sms accepted" in told and "/webhooks/http/***/delivery" in told
        secrets = [TOKEN, FORGED, BEARER, KEY]
        assert found_in(told, secrets, [MOBILE], [*texts, RESULT, REPLY], [CODE]) == []
