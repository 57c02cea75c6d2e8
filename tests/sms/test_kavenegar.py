from __future__ import annotations

import contextlib
import json
import logging
import socket
import threading
import traceback
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from sms.gateway import Accepted, Gateway, GatewayError, NotSent, Refused, Uncertain
from sms.kavenegar import KavenegarGateway
from tests.support.simulator import (
    API_KEY,
    LINE,
    RunningSimulator,
    listening_socket,
    running_simulator,
)

PHONE = "09121234567"
OTHER = "09351112233"


@pytest.fixture(scope="module")
def server() -> Iterator[RunningSimulator]:
    with running_simulator(delay_accept=5.0, delay_deliver=5.0) as running:
        yield running


@pytest.fixture
def simulator(server: RunningSimulator) -> RunningSimulator:
    server.reset()
    return server


@pytest.fixture
async def gateway(simulator: RunningSimulator) -> AsyncIterator[Gateway]:
    made = KavenegarGateway(API_KEY, simulator.base_url, workers=2, timeout=(1.0, 0.5))
    yield made
    await made.close()


async def send(gateway: Gateway, text: str = "سلام", local_id: int = 1) -> Accepted:
    return await gateway.send(receptor=PHONE, text=text, line=LINE, local_id=local_id)


async def test_send(simulator: RunningSimulator, gateway: Gateway) -> None:
    accepted = await send(gateway, "شکایت شما ثبت شد.\nفواد ۱۲۸ & 50% + 1")
    assert accepted.status == 1
    assert accepted.cost == 1200
    message = simulator.messages(PHONE)[0]
    assert message["id"] == accepted.message_id
    assert message["text"] == "شکایت شما ثبت شد.\nفواد ۱۲۸ & 50% + 1"
    assert message["line"] == LINE
    assert message["local_id"] == 1


async def test_a_repeated_local_id_does_not_send_again(
    simulator: RunningSimulator, gateway: Gateway
) -> None:
    first = await send(gateway)
    again = await send(gateway)
    assert again == first
    assert len(simulator.texts(PHONE)) == 1


async def test_statuses(simulator: RunningSimulator, gateway: Gateway) -> None:
    first = await send(gateway, local_id=1)
    simulator.forward(5)
    second = await send(gateway, local_id=2)
    assert await gateway.statuses([first.message_id, second.message_id, 7]) == {
        first.message_id: 4,
        second.message_id: 1,
        7: 100,
    }
    assert await gateway.statuses_by_local_id([1, 2, 9]) == {
        1: (first.message_id, 4),
        2: (second.message_id, 1),
        9: (0, 100),
    }


async def test_statuses_ask_in_batches(simulator: RunningSimulator, gateway: Gateway) -> None:
    assert await gateway.statuses([]) == {}
    assert await gateway.statuses(range(1, 1002)) == dict.fromkeys(range(1, 1002), 100)
    assert [call["fields"]["messageid"].count(",") + 1 for call in simulator.calls()] == [
        1,
        500,
        500,
    ]


async def test_receive_takes_every_page_once(simulator: RunningSimulator, gateway: Gateway) -> None:
    ids = [str(simulator.reply(PHONE, f"پیام {number}")) for number in range(101)]
    received = await gateway.receive(LINE)
    assert [inbound.message_id for inbound in received] == ids
    assert received[0].sender == PHONE
    assert received[0].line == LINE
    assert received[0].text == "پیام 0"
    assert received[0].at is not None
    assert abs(received[0].at - datetime.now(UTC)) < timedelta(minutes=1)
    assert await gateway.receive(LINE) == []
    assert await gateway.inbox(LINE, datetime.now(UTC) - timedelta(hours=2)) == received


async def test_inbox_leaves_unread_texts_alone(
    simulator: RunningSimulator, gateway: Gateway
) -> None:
    simulator.reply(PHONE, "۵")
    assert await gateway.inbox(LINE, datetime.now(UTC) - timedelta(hours=2)) == []
    assert len(await gateway.receive(LINE)) == 1


async def test_blocked(simulator: RunningSimulator, gateway: Gateway) -> None:
    assert await gateway.blocked(LINE) == []
    simulator.reply(PHONE, "۱۱")
    assert await gateway.blocked(LINE) == [PHONE]


async def test_account_and_config(simulator: RunningSimulator, gateway: Gateway) -> None:
    account = await gateway.account()
    assert account.credit == 20_000_000
    assert account.kind == "master"
    assert account.expires_at is not None
    config = await gateway.config()
    assert config["debugmode"] == config["resendfailed"] == "disabled"
    assert simulator.calls()[0]["fields"] == {}


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ({"no_credit": True}, 418),
        ({"bad_key": True}, 403),
        ({"busy": 1}, 409),
        ({"too_many_calls": 1}, 451),
    ],
)
async def test_refused(
    simulator: RunningSimulator, gateway: Gateway, fault: dict[str, float], code: int
) -> None:
    simulator.faults(**fault)
    with pytest.raises(Refused) as caught:
        await send(gateway)
    assert caught.value.code == code
    assert caught.value.message
    assert simulator.texts(PHONE) == []


@pytest.mark.parametrize("fault", ["lost_reply", "bad_gateway"])
async def test_accepted_but_uncertain(
    simulator: RunningSimulator, gateway: Gateway, fault: str
) -> None:
    simulator.faults(**{fault: 1})
    with pytest.raises(Uncertain):
        await send(gateway)
    assert len(simulator.texts(PHONE)) == 1
    simulator.faults(**{fault: 0})
    assert (await gateway.statuses_by_local_id([1]))[1][1] == 1


async def test_a_hanging_provider_is_uncertain() -> None:
    with running_simulator() as own:  # the record of a hanging call comes late
        own.faults(hang=1)
        assert isinstance(await outcome(own.base_url, timeout=(1.0, 0.2)), Uncertain)
        assert own.texts(PHONE) == []


@pytest.mark.parametrize(
    ("receptor", "text", "code"),
    [
        ("09121234567,09351112233", "سلام", 411),
        ("", "سلام", 411),
        ("۰۹۱۲۱۲۳۴۵۶۷", "سلام", 411),
        (PHONE, "", 413),
        (PHONE, " \n", 413),
        (PHONE, "ا" * 901, 413),
        (PHONE, "بد \ud800", 422),
        (PHONE, "بد \0", 422),
    ],
)
async def test_what_can_never_be_sent_is_refused_here(
    simulator: RunningSimulator, gateway: Gateway, receptor: str, text: str, code: int
) -> None:
    with pytest.raises(Refused) as caught:
        await gateway.send(receptor=receptor, text=text, line=LINE, local_id=1)
    assert caught.value.code == code
    assert simulator.calls() == []


@pytest.mark.parametrize("local_id", [0, -1, 2**63])
async def test_local_id_out_of_range(
    simulator: RunningSimulator, gateway: Gateway, local_id: int
) -> None:
    with pytest.raises(ValueError, match="local id"):
        await send(gateway, local_id=local_id)
    assert simulator.calls() == []


async def test_a_closed_gateway_sends_nothing(simulator: RunningSimulator) -> None:
    gateway = KavenegarGateway(API_KEY, simulator.base_url)
    await gateway.close()
    with pytest.raises(NotSent):
        await send(gateway)
    assert simulator.calls() == []


@pytest.mark.parametrize(
    "base",
    [
        "http://api.kavenegar.com",
        "http://10.0.0.1:8129",
        "http://127.0.0.1.example.com",
        "ftp://127.0.0.1",
        "127.0.0.1:8129",
        "https://user:password@api.kavenegar.com",
        "",
    ],
)
def test_a_base_that_would_leak_is_refused(base: str) -> None:
    with pytest.raises(ValueError, match="provider"):
        KavenegarGateway(API_KEY, base)


@pytest.mark.parametrize("base", ["http://127.0.0.1:1", "http://[::1]:1", "http://localhost:1"])
async def test_a_loopback_base_may_be_plain(base: str) -> None:
    await KavenegarGateway(API_KEY, base).close()


@pytest.mark.parametrize("key", ["", "a/b", "a?b", "a b", "کلید"])
def test_a_malformed_key_is_refused_without_showing_it(key: str) -> None:
    with pytest.raises(ValueError, match="API key") as caught:
        KavenegarGateway(key)
    assert not key or key not in str(caught.value)


# A provider that misbehaves

ENTRY = {"messageid": 8, "status": 1, "cost": 120}


def reply(status: str, body: bytes, kind: str = "application/json", extra: str = "") -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n{extra}"
    return f"{head}Connection: close\r\n\r\n".encode() + body


def envelope(code: int, **rest: object) -> bytes:
    return json.dumps({"return": {"status": code, "message": "پیام"}, **rest}).encode()


@contextlib.contextmanager
def answering(answer: bytes | None) -> Iterator[str]:
    """A server that gives one answer to everything; None holds the line in silence."""
    with listening_socket() as listener:
        held: list[socket.socket] = []

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    held.append(connection)
                    connection.recv(65_536)
                    if answer is not None:
                        connection.sendall(answer)
                        connection.close()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()
        for connection in held:
            connection.close()


async def outcome(base: str, timeout: tuple[float, float] = (1.0, 5.0)) -> GatewayError | Accepted:
    gateway = KavenegarGateway(API_KEY, base, workers=1, timeout=timeout)
    try:
        return await send(gateway)
    except GatewayError as error:
        return error
    finally:
        await gateway.close()


async def test_a_refused_port_is_not_sent() -> None:
    with listening_socket() as listener:
        port = listener.getsockname()[1]
    assert isinstance(await outcome(f"http://127.0.0.1:{port}"), NotSent)


async def test_an_unknown_host_is_not_sent() -> None:
    assert isinstance(await outcome("https://provider.invalid"), NotSent)


async def test_a_read_timeout_is_uncertain() -> None:
    with answering(None) as base:
        assert isinstance(await outcome(base, timeout=(1.0, 0.1)), Uncertain)


@pytest.mark.parametrize(
    "answer",
    [
        reply("502 Bad Gateway", b"<html>502</html>", "text/html"),
        reply("302 Found", b"", extra="Location: http://127.0.0.1:1/\r\n"),
        reply("200 OK", b"null"),
        reply("200 OK", b"[]"),
        reply("200 OK", b"\xff\xfe"),
        reply("200 OK", b""),
        reply("200 OK", b'{"return": null}'),
        reply("200 OK", b'{"return": {"status": "200"}, "entries": []}'),
        reply("200 OK", envelope(200)),
        reply("200 OK", envelope(200, entries=None)),
        reply("200 OK", envelope(200, entries=[])),
        reply("200 OK", envelope(200, entries=[ENTRY, ENTRY])),
        reply("200 OK", envelope(200, entries=[1])),
        reply("200 OK", envelope(200, entries=[{"status": 1}])),
        reply("200 OK", envelope(200, entries=[{"messageid": "x", "status": 1}])),
        reply("500 Internal Server Error", envelope(200, entries=[ENTRY])),
        reply("500 Internal Server Error", envelope(500, entries=None)),
        reply("502 Bad Gateway", envelope(418, entries=None)),
        reply("418 x", b"<html>", "text/html"),
        b"",
        b"nonsense\r\n\r\n",
        reply("200 OK", envelope(200, entries=[ENTRY]))[:-5],
    ],
)
async def test_what_is_no_clear_answer_is_uncertain(answer: bytes) -> None:
    with answering(answer) as base:
        assert isinstance(await outcome(base), Uncertain)


@pytest.mark.parametrize("entries", [[ENTRY], ENTRY])
async def test_entries_may_be_a_list_or_an_object(entries: object) -> None:
    with answering(reply("200 OK", envelope(200, entries=entries))) as base:
        assert await outcome(base) == Accepted(8, 1, 120)


@pytest.mark.parametrize(
    ("status", "code"), [("418 x", 418), ("200 OK", 418), ("604 x", 604), ("400 Bad Request", 604)]
)
async def test_a_refusal_is_read_from_the_body(status: str, code: int) -> None:
    with answering(reply(status, envelope(code, entries=None))) as base:
        error = await outcome(base)
    assert isinstance(error, Refused)
    assert (error.code, error.message) == (code, "پیام")


async def test_empty_reads() -> None:
    for body in (envelope(200, entries=None), envelope(449, entries=None)):
        with answering(reply("200 OK", body)) as base:
            gateway = KavenegarGateway(API_KEY, base)
            assert await gateway.receive(LINE) == []
            await gateway.close()


async def test_pages_received_before_an_error_are_kept() -> None:
    row = {"messageid": 1, "message": "۵", "sender": OTHER, "receptor": LINE, "date": "x"}
    with answering(reply("200 OK", envelope(200, entries=[row] * 100))) as base:
        gateway = KavenegarGateway(API_KEY, base, timeout=(1.0, 1.0))
        client = gateway._client
        original, left = client.sms_receive, [1]

        def once(fields: dict[str, object]) -> object:
            if not left:
                raise Uncertain("lost")
            left.pop()
            return original(fields)

        client.sms_receive = once
        received = await gateway.receive(LINE)
        assert len(received) == 100
        assert received[0].at is None
        with pytest.raises(Uncertain):
            await gateway.receive(LINE)
        await gateway.close()


async def test_the_key_shows_up_nowhere(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    shown = []
    gateway = KavenegarGateway(API_KEY, "http://127.0.0.1:1")
    shown += [repr(gateway), str(gateway), repr(gateway._client), str(gateway._client)]
    await gateway.close()
    answers = [reply("418 x", envelope(418)), b"nonsense\r\n\r\n", reply("200 OK", b"null")]
    for answer in answers:
        with answering(answer) as base:
            error = await outcome(base)
        assert isinstance(error, GatewayError)
        shown += ["".join(traceback.format_exception(error)), repr(error.__context__)]
    with listening_socket() as listener:
        port = listener.getsockname()[1]
    error = await outcome(f"http://127.0.0.1:{port}")
    assert isinstance(error, NotSent)
    assert error.__context__ is None
    shown += ["".join(traceback.format_exception(error)), caplog.text]
    assert "POST /v1/***/sms/send.json" in caplog.text
    assert not [text for text in shown if API_KEY in text]
