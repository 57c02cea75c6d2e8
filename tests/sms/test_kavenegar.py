"""Kavenegar behind the protocol: the mapping of its calls, and a provider that misbehaves."""

from __future__ import annotations

import contextlib
import json
import logging
import threading
import traceback
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

import pytest
from structlog.testing import capture_logs

from models.enums import MessageChannel, MessageState
from sms import codes, transport
from sms.gateway import (
    Accepted,
    Capability,
    Gateway,
    GatewayError,
    NotSent,
    Outgoing,
    Refused,
    Uncertain,
)
from sms.kavenegar import KavenegarGateway
from tests.support.answering import answering, reply, unused_address
from tests.support.simulator import (
    API_KEY,
    LINE,
    RunningSimulator,
    listening_socket,
    running_simulator,
)

PHONE = "09121234567"
OTHER = "09351112233"
TEXT = Outgoing(PHONE, "سلام", LINE, 1)
CODE = Outgoing(PHONE, "کد شما: ۱۲۳۴۵۶", LINE, 2, token="123456")
CALL = Outgoing(PHONE, "نتیجه رسیدگی", LINE, 3, MessageChannel.CALL)
TEMPLATE = "favad-code"


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
    made = KavenegarGateway(API_KEY, LINE, simulator.base_url, workers=2, timeout=(1.0, 0.5))
    yield made
    await made.close()


def test_capabilities_follow_the_settings() -> None:
    plain = KavenegarGateway(API_KEY, LINE)
    assert (plain.name, plain.line) == ("kavenegar", LINE)
    assert plain.capabilities == set(Capability) - {Capability.CODES, Capability.CALLS}
    assert plain.idempotent(TEXT) and plain.idempotent(CODE) and plain.idempotent(CALL)
    whole = KavenegarGateway(API_KEY, LINE, code_template=TEMPLATE, voice=True)
    assert whole.capabilities == set(Capability)
    assert whole.idempotent(TEXT) and whole.idempotent(CALL)
    assert not whole.idempotent(CODE)


async def test_send(simulator: RunningSimulator, gateway: Gateway) -> None:
    text = "شکایت شما ثبت شد.\nفواد ۱۲۸ & 50% + 1"
    accepted = await gateway.send(replace(TEXT, text=text))
    assert accepted.state is MessageState.ACCEPTED
    assert accepted.cost == 1200
    message = simulator.messages(PHONE)[0]
    assert str(message["id"]) == accepted.message_id
    assert message["text"] == text
    assert message["line"] == LINE
    assert message["local_id"] == 1


async def test_a_repeated_local_id_does_not_send_again(
    simulator: RunningSimulator, gateway: Gateway
) -> None:
    first = await gateway.send(TEXT)
    again = await gateway.send(TEXT)
    assert again == first
    assert len(simulator.texts(PHONE)) == 1


async def test_statuses(simulator: RunningSimulator, gateway: Gateway) -> None:
    first = await gateway.send(TEXT)
    simulator.forward(5)
    second = await gateway.send(replace(TEXT, local_id=2))
    assert await gateway.statuses(
        [first.message_id, second.message_id, "7"], MessageChannel.SMS
    ) == {first.message_id: MessageState.SENT, second.message_id: MessageState.ACCEPTED}
    assert await gateway.lookup([1, 2, 9]) == {
        1: Accepted(first.message_id, MessageState.SENT),
        2: Accepted(second.message_id, MessageState.ACCEPTED),
        9: None,
    }


async def test_statuses_ask_in_batches(simulator: RunningSimulator, gateway: Gateway) -> None:
    assert await gateway.statuses([], MessageChannel.SMS) == {}
    assert await gateway.statuses(list(map(str, range(1, 1002))), MessageChannel.SMS) == {}
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


async def test_account(simulator: RunningSimulator, gateway: Gateway) -> None:
    account = await gateway.account()
    assert account.credit == 20_000_000
    assert account.kind == "master"
    assert account.expires_at is not None
    assert account.wrong == ()
    calls = {call["action"]: call["fields"] for call in simulator.calls()}
    assert calls == {"account/info": {}, "account/config": {}}  # a parameter would change it


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
        await gateway.send(TEXT)
    meaning = codes.return_code(code)
    assert (caught.value.code, caught.value.action) == (code, meaning.action)
    assert caught.value.reason == meaning.fa
    assert caught.value.message
    assert simulator.texts(PHONE) == []


@pytest.mark.parametrize("fault", ["lost_reply", "bad_gateway"])
async def test_accepted_but_uncertain(
    simulator: RunningSimulator, gateway: Gateway, fault: str
) -> None:
    simulator.faults(**{fault: 1})
    with pytest.raises(Uncertain):
        await gateway.send(TEXT)
    assert len(simulator.texts(PHONE)) == 1
    simulator.faults(**{fault: 0})
    found = (await gateway.lookup([1]))[1]
    assert found is not None and found.state is MessageState.ACCEPTED


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
        await gateway.send(replace(TEXT, receptor=receptor, text=text))
    assert caught.value.code == code
    assert simulator.calls() == []


@pytest.mark.parametrize("local_id", [0, -1, 2**63])
async def test_local_id_out_of_range(
    simulator: RunningSimulator, gateway: Gateway, local_id: int
) -> None:
    with pytest.raises(ValueError, match="local id"):
        await gateway.send(replace(TEXT, local_id=local_id))
    assert simulator.calls() == []


async def test_a_closed_gateway_sends_nothing(simulator: RunningSimulator) -> None:
    gateway = KavenegarGateway(API_KEY, LINE, simulator.base_url)
    await gateway.close()
    with pytest.raises(NotSent):
        await gateway.send(TEXT)
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
        KavenegarGateway(API_KEY, LINE, base)


@pytest.mark.parametrize("base", ["http://127.0.0.1:1", "http://[::1]:1", "http://localhost:1"])
async def test_a_loopback_base_may_be_plain(base: str) -> None:
    await KavenegarGateway(API_KEY, LINE, base).close()


@pytest.mark.parametrize("key", ["", "a/b", "a?b", "a b", "کلید"])
def test_a_malformed_key_is_refused_without_showing_it(key: str) -> None:
    with pytest.raises(ValueError, match="API key") as caught:
        KavenegarGateway(key, LINE)
    assert not key or key not in str(caught.value)


# A provider that misbehaves

ENTRY = {"messageid": 8, "status": 1, "cost": 120}


def envelope(code: int, **rest: object) -> bytes:
    return json.dumps({"return": {"status": code, "message": "پیام"}, **rest}).encode()


async def outcome(base: str, timeout: tuple[float, float] = (1.0, 5.0)) -> GatewayError | Accepted:
    gateway = KavenegarGateway(API_KEY, LINE, base, workers=1, timeout=timeout)
    try:
        return await gateway.send(TEXT)
    except GatewayError as error:
        return error
    finally:
        await gateway.close()


async def test_a_refused_port_is_not_sent() -> None:
    assert isinstance(await outcome(unused_address()), NotSent)


async def test_an_unknown_host_is_not_sent() -> None:
    assert isinstance(await outcome("https://provider.invalid"), NotSent)


async def test_a_read_timeout_is_uncertain() -> None:
    with answering(None) as server:
        assert isinstance(await outcome(server.base, timeout=(1.0, 0.1)), Uncertain)


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
    with answering(answer) as server:
        assert isinstance(await outcome(server.base), Uncertain)


@pytest.mark.parametrize("entries", [[ENTRY], ENTRY])
async def test_entries_may_be_a_list_or_an_object(entries: object) -> None:
    with answering(reply("200 OK", envelope(200, entries=entries))) as server:
        assert await outcome(server.base) == Accepted("8", MessageState.ACCEPTED, 120)


@pytest.mark.parametrize(
    ("status", "code"), [("418 x", 418), ("200 OK", 418), ("604 x", 604), ("400 Bad Request", 604)]
)
async def test_a_refusal_is_read_from_the_body(status: str, code: int) -> None:
    with answering(reply(status, envelope(code, entries=None))) as server:
        error = await outcome(server.base)
    assert isinstance(error, Refused)
    assert (error.code, error.message) == (code, codes.return_code(code).en)


async def test_empty_reads() -> None:
    for body in (envelope(200, entries=None), envelope(449, entries=None)):
        with answering(reply("200 OK", body)) as server:
            gateway = KavenegarGateway(API_KEY, LINE, server.base)
            assert await gateway.receive(LINE) == []
            await gateway.close()


async def test_pages_received_before_an_error_are_kept() -> None:
    row = {"messageid": 1, "message": "۵", "sender": OTHER, "receptor": LINE, "date": "x"}
    page = reply("200 OK", envelope(200, entries=[row] * 100))
    with answering(page, reply("502 Bad Gateway", b"")) as server:
        gateway = KavenegarGateway(API_KEY, LINE, server.base, timeout=(1.0, 1.0))
        received = await gateway.receive(LINE)
        assert len(received) == 100
        assert received[0].at is None
        with pytest.raises(Uncertain):
            await gateway.receive(LINE)
        await gateway.close()


@pytest.mark.parametrize(
    ("row", "found"),
    [
        ({"messageid": 8, "localid": "1", "status": 4}, {1: Accepted("8", MessageState.SENT)}),
        ({"messageid": 8, "localid": 1, "status": 77}, {1: Accepted("8", MessageState.ACCEPTED)}),
        ({"messageid": 0, "localid": "1", "status": 100}, {1: None}),
        ({"localid": "1", "status": 100}, {1: None}),
        ({"messageid": 0, "localid": "1", "status": 1}, {}),
        ({"messageid": None, "localid": "1", "status": 1}, {}),
    ],
)
async def test_a_lookup(row: dict[str, object], found: dict[int, Accepted | None]) -> None:
    with answering(reply("200 OK", envelope(200, entries=[row]))) as server:
        gateway = KavenegarGateway(API_KEY, LINE, server.base)
        assert await gateway.lookup([1]) == found
        await gateway.close()


async def test_an_answer_of_endless_size_is_uncertain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "MAX_REPLY", 1000)
    with answering(reply("200 OK", envelope(200, entries=[ENTRY | {"x": "x" * 1000}]))) as server:
        assert isinstance(await outcome(server.base), Uncertain)


async def test_an_answer_that_trickles_is_uncertain() -> None:
    """Each piece comes in time, the whole does not."""
    with listening_socket() as listener:
        done = threading.Event()

        def trickle() -> None:
            connection, _ = listener.accept()
            with connection, contextlib.suppress(OSError):
                connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
                while not done.wait(0.05):
                    connection.sendall(b"1\r\n \r\n")

        thread = threading.Thread(target=trickle, daemon=True)
        thread.start()
        base = f"http://127.0.0.1:{listener.getsockname()[1]}"
        assert isinstance(await outcome(base, timeout=(0.1, 0.2)), Uncertain)
        done.set()
        thread.join()


async def test_a_redirect_is_not_even_looked_at() -> None:
    found = reply("302 Found", b"", extra="Location: http://[\r\n")
    with answering(found) as server:
        assert isinstance(await outcome(server.base), Uncertain)
        assert len(server.heard) == 1


# One-time codes and calls


async def hand_over(
    message: Outgoing, *answers: bytes
) -> tuple[GatewayError | Accepted, list[tuple[str, dict[str, list[str]]]]]:
    """What came of it, and the method and fields of each request."""
    with answering(*answers) as server:
        gateway = KavenegarGateway(
            API_KEY, LINE, server.base, code_template=TEMPLATE, voice=True, timeout=(1.0, 1.0)
        )
        found: GatewayError | Accepted
        try:
            found = await gateway.send(message)
        except GatewayError as error:
            found = error
        await gateway.close()
    asked = []
    for request in server.heard:
        head, _, body = request.partition(b"\r\n\r\n")
        path = head.split()[1].decode()
        assert path.startswith(f"/v1/{API_KEY}/")
        asked.append((path.removeprefix(f"/v1/{API_KEY}/"), parse_qs(body.decode())))
    return found, asked


ACCEPTED = Accepted("8", MessageState.ACCEPTED, 120)
BY_TEMPLATE = (
    "verify/lookup.json",
    {"receptor": [PHONE], "template": [TEMPLATE], "token": ["123456"]},
)
AS_TEXT = (
    "sms/send.json",
    {"receptor": [PHONE], "message": [CODE.text], "sender": [LINE], "localid": ["2"]},
)


@pytest.mark.parametrize("entries", [[ENTRY], ENTRY])
async def test_a_code_goes_by_its_template(entries: object) -> None:
    answer = reply("200 OK", envelope(200, entries=entries))
    assert await hand_over(CODE, answer) == (ACCEPTED, [BY_TEMPLATE])


@pytest.mark.parametrize("code", sorted(codes.TEMPLATE_FAULTS))
async def test_a_code_whose_template_is_refused_goes_as_a_text(code: int) -> None:
    no, yes = reply(f"{code} x", envelope(code)), reply("200 OK", envelope(200, entries=[ENTRY]))
    with capture_logs() as logs:
        assert await hand_over(CODE, no, yes) == (ACCEPTED, [BY_TEMPLATE, AS_TEXT])
    [alarm] = logs
    assert (alarm["event"], alarm["log_level"]) == ("code template refused", "error")
    assert alarm["code"] == code


@pytest.mark.parametrize("code", sorted(codes.RETURN_CODES.keys() - codes.TEMPLATE_FAULTS))
async def test_another_refusal_of_a_code_is_its_end(code: int) -> None:
    http = code if code < 600 else 400
    error, asked = await hand_over(CODE, reply(f"{http} x", envelope(code)))
    assert isinstance(error, Refused)
    assert (error.code, error.action) == (code, codes.return_code(code).action)
    assert asked == [BY_TEMPLATE]


async def test_a_code_in_doubt_is_not_sent_as_a_text_too() -> None:
    error, asked = await hand_over(CODE, reply("502 Bad Gateway", b"<html>"))
    assert isinstance(error, Uncertain)
    assert asked == [BY_TEMPLATE]


async def test_a_text_is_read_out_in_a_call() -> None:
    answer = reply("200 OK", envelope(200, entries=[ENTRY]))
    fields = {"receptor": [PHONE], "message": [CALL.text], "localid": ["3"]}
    assert await hand_over(CALL, answer) == (ACCEPTED, [("call/maketts.json", fields)])
    assert await hand_over(replace(CALL, token="123456"), answer) == (
        ACCEPTED,
        [("call/maketts.json", fields)],
    )


async def test_statuses_of_calls_are_asked_in_batches() -> None:
    rows = [{"messageid": 7, "status": 10}, {"messageid": 8, "status": 100}]
    with answering(reply("200 OK", envelope(200, entries=rows))) as server:
        gateway = KavenegarGateway(API_KEY, LINE, server.base, voice=True)
        ids = list(map(str, range(1, 502)))
        found = await gateway.statuses(ids, MessageChannel.CALL)
        await gateway.close()
    assert found == {"7": MessageState.DELIVERED}
    assert len(server.heard) == 2
    assert all(b"/call/status.json" in request for request in server.heard)


# The account


@pytest.mark.parametrize(
    ("config", "wrong"),
    [
        ({"debugmode": "disabled", "resendfailed": "disabled"}, ()),
        ({"debugmode": "enabled", "resendfailed": "disabled"}, ("debugmode",)),
        ({"debugmode": "disabled", "resendfailed": "enabled"}, ("resendfailed",)),
        ({"debugmode": "enabled", "resendfailed": "enabled"}, ("debugmode", "resendfailed")),
        ({}, ()),
    ],
)
async def test_settings_of_the_account_that_are_wrong(
    config: dict[str, str], wrong: tuple[str, ...]
) -> None:
    info = reply("200 OK", envelope(200, entries={"remaincredit": 5, "type": "child"}))
    with answering(info, reply("200 OK", envelope(200, entries=config))) as server:
        gateway = KavenegarGateway(API_KEY, LINE, server.base)
        account = await gateway.account()
        await gateway.close()
    assert (account.credit, account.kind, account.wrong) == (5, "child", wrong)


async def test_an_account_that_may_not_ask_its_settings_still_has_credit() -> None:
    info = reply("200 OK", envelope(200, entries={"remaincredit": 5, "type": "child"}))
    with answering(info, reply("407 x", envelope(407))) as server:
        gateway = KavenegarGateway(API_KEY, LINE, server.base)
        account = await gateway.account()
        await gateway.close()
    assert (account.credit, account.wrong) == (5, ())


# Nothing of it may leak


@pytest.mark.parametrize("code", [411, 777])
async def test_what_the_provider_says_is_not_repeated(code: int) -> None:
    said = f"/v1/{API_KEY}/sms/send.json {PHONE} {TEXT.text}"
    body = {"return": {"status": code, "message": said}, "entries": None}
    with answering(reply("400 x", body)) as server:
        error = await outcome(server.base)
    meaning = codes.return_code(code)
    assert isinstance(error, Refused)
    assert (error.message, error.reason) == (meaning.en, meaning.fa)


async def test_the_key_shows_up_nowhere(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    shown = []
    gateway = KavenegarGateway(API_KEY, LINE, "http://127.0.0.1:1")
    shown += [repr(gateway), str(gateway), repr(gateway._client), str(gateway._client)]
    await gateway.close()
    answers = [reply("418 x", envelope(418)), b"nonsense\r\n\r\n", reply("200 OK", b"null")]
    for answer in answers:
        with answering(answer) as server:
            error = await outcome(server.base)
        assert isinstance(error, GatewayError)
        shown += ["".join(traceback.format_exception(error)), repr(error.__context__)]
    error = await outcome(unused_address())
    assert isinstance(error, NotSent)
    assert error.__context__ is None
    shown += ["".join(traceback.format_exception(error)), caplog.text]
    assert "POST /v1/***/sms/send.json" in caplog.text
    assert not [text for text in shown if API_KEY in text]
