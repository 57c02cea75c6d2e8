"""Nothing secret or personal reaches a log, an error or its traceback, whatever happens to SMS.

A whole run at the most talkative level, with every logger heard: messages that are taken, refused,
lost and doubted, webhooks right and forged, texts of citizens, one-time codes, calls, and providers
that repeat in their errors all they were told.
"""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest
import structlog
from structlog.testing import capture_logs

from api import logs
from api.wiring import build_gateways, configure_domain
from api.worker import Worker
from domain import outbox
from models import MessageStep, OutboxMessage, ProviderAlarm, SendingHalt
from models.enums import MessageChannel, TextKind
from settings import load
from sms.gateway import GatewayError, Outgoing
from tests.support.answering import answering, reply, unused_address
from tests.support.application import VARIABLES, WEBHOOK_TOKEN, application
from tests.support.private import found_in, in_digits
from tests.support.simulator import API_KEY, LINE, RunningSimulator, running_simulator
from tests.support.world import MOBILE, World

BEARER = "bearer-token-0123456789"
PHONE = "0" + MOBILE[3:]
RESULT = "نتیجه محرمانه رسیدگی"
REPLY = "پاسخ محرمانه شهروند"
CODE = "907315"
FORGED = "forged-token-0123456789abcd"


def variables(kavenegar: str, second: str) -> dict[str, str]:
    return VARIABLES | {
        "FAVAD_KAVENEGAR_BASE": kavenegar,
        "FAVAD_KAVENEGAR_API_KEY": API_KEY,
        "FAVAD_KAVENEGAR_SENDER": LINE,
        "FAVAD_KAVENEGAR_CODE_TEMPLATE": "favad-code",
        "FAVAD_VOICE": "on",
        "FAVAD_HTTP_GATEWAY_URL": f"{second}/messages",
        "FAVAD_HTTP_GATEWAY_TOKEN": BEARER,
        "FAVAD_HTTP_GATEWAY_SENDER": "10009128",
        "FAVAD_SMS_RECONCILE_SECONDS": "1",
        "FAVAD_SMS_LOOKUP_GAP_SECONDS": "0",
        "FAVAD_LOG_LEVEL": "debug",
    }


class Heard:
    """Everything that was logged, by structlog and by the standard library, and every error."""

    def __init__(self, lines: list[Any], caplog: pytest.LogCaptureFixture) -> None:
        self._lines = lines
        self._caplog = caplog
        self.errors: list[str] = []

    def caught(self, error: BaseException) -> None:
        context = [repr(error), str(error), repr(error.__cause__), repr(error.__context__)]
        self.errors += [*context, repr(vars(error)), *traceback.format_exception(error)]

    def told(self) -> str:
        standard = [self._caplog.handler.format(record) for record in self._caplog.records]
        standard = [line for line in standard if "/_sim/" not in line]  # the test's own calls
        return "\n".join([*map(repr, self._lines), *map(str, self._lines), *standard, *self.errors])


@pytest.fixture
def heard(caplog: pytest.LogCaptureFixture) -> Iterator[Heard]:
    """Listens to everything, with the logs set up as in a process of the service."""
    before = structlog.get_config()
    logs.configure(load(variables("http://127.0.0.1:1", "http://127.0.0.1:1")))
    caplog.set_level(logging.DEBUG)
    with capture_logs() as lines:
        yield Heard(lines, caplog)
    structlog.configure(**before)


def secrets() -> list[str]:
    return [API_KEY, WEBHOOK_TOKEN, BEARER, FORGED]


@asynccontextmanager
async def opened(url: str, given: dict[str, str]) -> AsyncIterator[httpx2.AsyncClient]:
    transport = httpx2.ASGITransport(app=application(url, **given), raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://favad.test") as client:
        yield client


async def queue_all(number: int) -> None:
    """A result, a one-time code and a call."""
    await outbox.queue(TextKind.RESULT, MOBILE, f"r{number}", code="1", result=RESULT)
    await outbox.queue(TextKind.IDENTITY_CODE, MOBILE, f"i{number}", token=CODE, code=CODE)
    await outbox.queue(
        TextKind.RESULT,
        MOBILE,
        f"c{number}",
        channel=MessageChannel.CALL,
        code="1",
        result=RESULT,
    )


async def work(worker: Worker, world: World) -> None:
    for _ in range(3):
        await worker.run_due()
        world.clock.forward(minutes=11)


async def call_webhooks(provider: httpx2.AsyncClient) -> None:
    """As providers do it, as others would, and as nobody should."""
    text = {"messageid": "801", "from": PHONE, "to": LINE, "message": REPLY}
    plain = {"id": "b801", "from": MOBILE, "to": LINE, "text": REPLY}
    report = {"messageid": "801", "status": "10", "id": "b801", "reference": "5"}
    for token in (WEBHOOK_TOKEN, FORGED, WEBHOOK_TOKEN + "x"):
        for name in ("kavenegar", "http", "telegram"):
            for kind in ("inbound", "delivery", "other"):
                path = f"/webhooks/{name}/{token}/{kind}"
                for body in (text, plain, report, [text, plain], {"x": REPLY}, None):
                    await provider.post(path, json=body)
                    await provider.post(path, data=text | report)
                await provider.get(path, params=text | report)
                await provider.put(path, json=text)
                await provider.head(path)
                await provider.post(path, content=json.dumps(text) * 1000)
                await provider.post(path, content=b"\xff" + REPLY.encode())


@pytest.fixture(scope="module")
def simulator() -> Iterator[RunningSimulator]:
    with running_simulator() as running:
        yield running


FAULTS: list[dict[str, float | bool]] = [
    {},
    {"lost_reply": 1},
    {"bad_gateway": 1},
    {"busy": 1},
    {"too_many_calls": 1},
    {"no_credit": True},
    {"bad_key": True},
]


async def test_a_whole_run_tells_nothing(
    world: World, db: str, simulator: RunningSimulator, heard: Heard
) -> None:
    echo = json.dumps({"error": {"code": 7, "message": f"{BEARER} {PHONE} {RESULT} {CODE}"}})
    answers = [
        reply(f"{status} {BEARER}", echo.encode()) for status in (400, 429, 500, 402, 401, 200, 302)
    ]
    with answering(*answers) as second:
        given = variables(simulator.base_url, second.base)
        configure_domain(load(given))
        worker = Worker(load(given))
        async with opened(db, given) as provider:
            for number, fault in enumerate(FAULTS):
                simulator.reset()
                simulator.faults(**fault)
                await queue_all(number)
                simulator.reply(PHONE, f"{REPLY} {number}")
                await work(worker, world)
                await SendingHalt.all().delete()
                await call_webhooks(provider)
        await worker.close()
    assert len(second.heard) > 3
    states = set(await OutboxMessage.all().values_list("state", flat=True))
    assert len(states) > 2, states
    texts = [str(text) for text in await OutboxMessage.all().values_list("text", flat=True)]
    told = heard.told()
    assert "sms refused" in told and "sms uncertain" in told and "/sms/send.json" in told
    assert "path" in told and "/webhooks/http/***/delivery" in told
    assert found_in(told, secrets(), [MOBILE], [*texts, RESULT, REPLY], [CODE]) == []
    assert found_in(await kept_reasons(), secrets(), [MOBILE], [*texts, RESULT], [CODE]) == []


async def kept_reasons() -> str:
    """What is kept of errors, beside the messages themselves."""
    kept: list[object] = [row.error for row in await OutboxMessage.all()]
    kept += [step.note for step in await MessageStep.all()]
    kept += [alarm.detail for alarm in await ProviderAlarm.all()]
    kept += [halt.reason for halt in await SendingHalt.all()]
    return "\n".join(map(str, kept))


def echoing(text: str) -> list[bytes]:
    """Answers of a provider that repeats in them whatever it knows."""
    echo = f"/v1/{API_KEY}/sms/send.json?receptor={PHONE} {MOBILE} {text} {CODE} {BEARER}"
    persian = in_digits(echo, "۰۱۲۳۴۵۶۷۸۹")
    bodies: list[object] = []
    for said in (echo, persian, [echo], {echo: echo}):
        bodies += [{"return": {"status": code, "message": said}, "entries": None}
                   for code in (400, 411, 418, 424, 777)]  # fmt: skip
        bodies += [{"return": {"status": 200}, "entries": [{"messageid": said, "status": said}]}]
        bodies += [{"error": {"code": said, "message": said}}, {"id": said}, said]
    return [
        reply(f"{status} {BEARER}", body, extra=f"Location: http://{BEARER}/{API_KEY}\r\n")
        for body in bodies
        for status in (200, 302, 400, 401, 418, 500)
    ] + [echo.encode() + b"\r\n\r\n", reply("200 OK", echo.encode())]


async def test_no_error_tells_what_was_asked(heard: Heard) -> None:
    text = f"{RESULT}\nکد شما: {CODE}"
    messages = [
        Outgoing(PHONE, text, LINE, 1),
        Outgoing(PHONE, text, LINE, 2, token=CODE),
        Outgoing(PHONE, text, LINE, 3, MessageChannel.CALL),
        Outgoing(f"{PHONE},{PHONE}", text, LINE, 4),
        Outgoing(PHONE, f"{text}\0", LINE, 5),
        Outgoing(PHONE, text * 100, LINE, 6),
    ]
    for answer in [*echoing(text), None]:
        base = unused_address() if answer is None else ""
        with answering(answer or b"") as server:
            await send_all(variables(base or server.base, base or server.base), messages, heard)
    assert len(heard.errors) > 1000
    assert found_in(heard.told(), secrets(), [MOBILE], [text, RESULT], [CODE]) == []


async def send_all(given: dict[str, str], messages: list[Outgoing], heard: Heard) -> None:
    for gateway in build_gateways(load(given)):
        heard.errors += [repr(gateway), str(gateway)]
        for message in messages:
            try:
                await gateway.send(message)
            except GatewayError as error:
                heard.caught(error)
        for call in (gateway.lookup([1]), gateway.account(), gateway.receive(LINE)):
            try:
                await call
            except GatewayError as error:
                heard.caught(error)
        await gateway.close()
