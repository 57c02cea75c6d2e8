"""The generic HTTP/JSON gateway: what it asks, how it reads answers, and what it never shows."""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from models.enums import MessageChannel, MessageState
from sms.gateway import (
    Accepted,
    Action,
    Capability,
    GatewayError,
    NotSent,
    Outgoing,
    Refused,
    Uncertain,
)
from sms.http_gateway import HttpGateway
from sms.http_shape import Shape, dig
from sms.transport import Transport
from tests.support.answering import answering, reply, unused_address
from tests.support.simulator import RunningSimulator, running_simulator

TOKEN = "bearer-token-0123456789"
LINE = "10009128"
TEXT = Outgoing("09121234567", "نتیجه: «خوب» & ۵٪\n", LINE, 2**61 + 1)
TAKEN = {"id": "b7-1", "status": "queued", "cost": 1200}
OTHER_NAMES = Shape.model_validate(
    {
        "to": "recipient",
        "from": "source",
        "text": "body",
        "reference": "client_ref",
        "id": "messages.0.messageId",
        "status": "messages.0.state",
        "cost": "messages.0.price.amount",
        "error": "fault.0.no",
        "states": {"DELIVRD": "delivered", "3": "sent"},
        "lookup": False,
        "idempotent": False,
    }
)


async def ask(
    answer: bytes | None, message: Outgoing = TEXT, shape: Shape | None = None
) -> tuple[GatewayError | Accepted, list[bytes]]:
    """What came of a message, and the requests that were made for it."""
    with answering(answer) as server:
        found = await outcome(f"{server.base}/messages", message, shape)
    return found, server.heard


async def outcome(
    url: str, message: Outgoing = TEXT, shape: Shape | None = None
) -> GatewayError | Accepted:
    gateway = HttpGateway(url, TOKEN, LINE, shape, workers=1, timeout=(1.0, 0.3))
    try:
        return await gateway.send(message)
    except GatewayError as error:
        return error
    finally:
        await gateway.close()


def test_capabilities() -> None:
    gateway = HttpGateway("https://sms.example/messages", TOKEN, LINE)
    assert (gateway.name, gateway.line) == ("http", LINE)
    assert gateway.capabilities == {Capability.LOOKUP}
    assert gateway.idempotent(TEXT)
    other = HttpGateway("https://sms.example/messages", TOKEN, LINE, OTHER_NAMES)
    assert other.capabilities == set()
    assert not other.idempotent(TEXT)


async def test_send() -> None:
    found, [request] = await ask(reply("202 Accepted", TAKEN))
    assert found == Accepted("b7-1", MessageState.ACCEPTED, 1200)
    head, _, body = request.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    assert lines[0] == "POST /messages HTTP/1.1"
    assert f"Authorization: Bearer {TOKEN}" in lines
    assert "Content-Type: application/json" in lines
    assert json.loads(body) == {
        "to": "09121234567",
        "from": LINE,
        "text": TEXT.text,
        "reference": "2305843009213693953",
    }


async def test_a_shape_names_everything_else() -> None:
    answer = {"messages": [{"messageId": 77, "state": 3, "price": {"amount": 9}}]}
    found, [request] = await ask(reply("200 OK", answer), shape=OTHER_NAMES)
    assert found == Accepted("77", MessageState.SENT, 9)
    sent = json.loads(request.partition(b"\r\n\r\n")[2])
    assert sent == {
        "recipient": "09121234567",
        "source": LINE,
        "body": TEXT.text,
        "client_ref": "2305843009213693953",
    }
    refused, _ = await ask(reply("400 x", {"fault": [{"no": 12}]}), shape=OTHER_NAMES)
    assert isinstance(refused, Refused)
    assert refused.code == 12


@pytest.mark.parametrize(
    ("row", "accepted"),
    [
        ({"id": 5}, Accepted("5")),
        ({"id": "x", "status": "sent"}, Accepted("x", MessageState.SENT)),
        ({"id": "x", "status": "never heard of"}, Accepted("x")),
        ({"id": "x", "status": ["sent"], "cost": "12"}, Accepted("x")),
        ({"id": "x", "cost": True}, Accepted("x")),
        ({"id": "x", "cost": -1}, Accepted("x")),
        ({"id": "x", "cost": 2**31}, Accepted("x")),
        ({"id": "x", "cost": 0}, Accepted("x", cost=0)),
    ],
)
async def test_what_is_told_beside_the_id_is_taken_if_it_can_be(
    row: dict[str, object], accepted: Accepted
) -> None:
    assert (await ask(reply("200 OK", row)))[0] == accepted


@pytest.mark.parametrize(
    "answer",
    [
        reply("200 OK", b""),
        reply("200 OK", b"ok", "text/plain"),
        reply("200 OK", b"\xff"),
        reply("200 OK", b"[" * 100_000),
        reply("200 OK", None),
        reply("200 OK", []),
        reply("200 OK", {}),
        reply("200 OK", {"id": None}),
        reply("200 OK", {"id": ""}),
        reply("200 OK", {"id": True}),
        reply("200 OK", {"id": 1.5}),
        reply("200 OK", {"id": ["x"]}),
        reply("200 OK", {"id": "a b"}),
        reply("200 OK", {"id": "x\0"}),
        reply("200 OK", {"id": "شناسه"}),
        reply("200 OK", {"id": "x" * 81}),
        reply("202 Accepted", TAKEN)[:-3],
        reply("204 No Content", b""),
        reply("301 Moved", TAKEN, extra="Location: http://127.0.0.1:1/\r\n"),
        reply("302 Found", TAKEN, extra="Location: http://[\r\n"),
        reply("304 Not Modified", b""),
        reply("400 Bad Request", b"<html>", "text/html"),
        reply("400 Bad Request", {"error": "no"}),
        reply("400 Bad Request", {"error": {"code": None}}),
        reply("400 Bad Request", {"error": {"code": [1]}}),
        reply("403 Forbidden", b"<html>", "text/html"),
        reply("429 Too Many Requests", b"slow down", "text/plain"),
        reply("408 Request Timeout", {"error": {"code": 1}}),
        reply("409 Conflict", {"error": {"code": 1}}),
        reply("425 Too Early", {"error": {"code": 1}}),
        reply("500 Internal Server Error", {"error": {"code": 1}}),
        reply("502 Bad Gateway", b"<html>", "text/html"),
        reply("503 Service Unavailable", {"error": {"code": 1}}),
        reply("599 x", TAKEN),
        b"",
        b"nonsense\r\n\r\n",
        None,
    ],
)
async def test_what_is_no_clear_answer_is_uncertain(answer: bytes | None) -> None:
    found, heard = await ask(answer)
    assert isinstance(found, Uncertain)
    assert len(heard) == 1


@pytest.mark.parametrize(
    ("status", "action"),
    [
        (400, Action.PERMANENT),
        (401, Action.HALT),
        (402, Action.HALT_CREDIT),
        (403, Action.HALT),
        (404, Action.BUG),
        (405, Action.BUG),
        (410, Action.BUG),
        (413, Action.PERMANENT),
        (415, Action.BUG),
        (422, Action.PERMANENT),
        (429, Action.SLOW_DOWN),
        (451, Action.PERMANENT),
    ],
)
@pytest.mark.parametrize(
    ("code", "kept"), [(1204, 1204), ("blocked", None), (0, None), (-4, None), (2**31, None)]
)
async def test_a_refusal_that_can_be_read(
    status: int, action: Action, code: object, kept: int | None
) -> None:
    error, _ = await ask(reply(f"{status} x", {"error": {"code": code, "message": TEXT.text}}))
    assert isinstance(error, Refused)
    assert (error.code, error.action) == (kept or status, action)
    assert error.message == f"HTTP {status}"
    assert error.reason and not error.reason.isascii()


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"error": "no"}'])
async def test_a_wrong_token_needs_no_words(body: bytes) -> None:
    error, _ = await ask(reply("401 Unauthorized", body))
    assert isinstance(error, Refused)
    assert (error.code, error.action) == (401, Action.HALT)


async def test_a_gateway_that_cannot_be_reached_has_seen_nothing() -> None:
    assert isinstance(await outcome(unused_address()), NotSent)
    assert isinstance(await outcome("https://provider.invalid/x"), NotSent)
    gateway = HttpGateway("http://127.0.0.1:1", TOKEN, LINE)
    await gateway.close()
    with pytest.raises(NotSent):
        await gateway.send(TEXT)


async def test_it_reads_nothing_out() -> None:
    error, heard = await ask(reply("200 OK", TAKEN), replace(TEXT, channel=MessageChannel.CALL))
    assert isinstance(error, Refused)
    assert (error.action, heard) == (Action.FEATURE_OFF, [])


async def test_what_it_cannot_do_is_refused_without_asking() -> None:
    gateway = HttpGateway("http://127.0.0.1:1", TOKEN, LINE, OTHER_NAMES)
    for call in (
        gateway.lookup([1]),
        gateway.statuses(["1"], MessageChannel.SMS),
        gateway.receive(LINE),
        gateway.blocked(LINE),
        gateway.account(),
    ):
        with pytest.raises(Refused) as caught:
            await call
        assert caught.value.action is Action.FEATURE_OFF
    await gateway.close()


# Asking by reference


async def look_up(answer: bytes, numbers: list[int]) -> tuple[object, list[list[str]]]:
    """What came of it, and the references of each request."""
    with answering(answer) as server:
        gateway = HttpGateway(f"{server.base}/messages", TOKEN, LINE, timeout=(1.0, 1.0))
        found: object
        try:
            found = await gateway.lookup(numbers)
        except GatewayError as error:
            found = error
        await gateway.close()
    asked = []
    for request in server.heard:
        verb, target, _ = request.split(b"\r\n")[0].decode().split()
        assert verb == "GET"
        [references] = parse_qs(urlsplit(target).query)["reference"]
        asked.append(references.split(","))
    return found, asked


async def test_a_message_that_the_list_lacks_is_unknown() -> None:
    rows = [
        {"id": "b1", "reference": "1", "status": "delivered", "cost": 5},
        {"id": "b2", "reference": 2, "status": "?"},
        {"reference": "4", "status": "sent"},
    ]
    found, asked = await look_up(reply("200 OK", {"messages": rows}), [1, 2, 3, 4])
    assert found == {1: Accepted("b1", MessageState.DELIVERED, 5), 2: Accepted("b2"), 3: None}
    assert asked == [["1", "2", "3", "4"]]


async def test_lookups_ask_in_batches() -> None:
    numbers = list(range(1, 102))
    found, asked = await look_up(reply("200 OK", {"messages": []}), numbers)
    assert found == dict.fromkeys(numbers)
    assert [len(references) for references in asked] == [50, 50, 1]
    assert await look_up(reply("200 OK", {"messages": []}), []) == ({}, [])


@pytest.mark.parametrize(
    "answer",
    [
        reply("200 OK", {}),
        reply("200 OK", {"messages": None}),
        reply("200 OK", {"messages": {}}),
        reply("200 OK", {"messages": [{"id": "b1"}]}),
        reply("200 OK", {"messages": ["b1"]}),
        reply("200 OK", {"messages": [{"id": "b1", "reference": "8"}]}),
        reply("200 OK", {"messages": [{"id": "b1", "reference": 1.0}]}),
        reply("200 OK", b""),
        reply("404 Not Found", b"<html>", "text/html"),
        reply("500 x", {"messages": []}),
        reply("302 Found", {"messages": []}, extra="Location: /elsewhere\r\n"),
    ],
)
async def test_a_lookup_that_does_not_answer_says_nothing(answer: bytes) -> None:
    assert isinstance((await look_up(answer, [1]))[0], Uncertain)


async def test_a_refused_lookup() -> None:
    found, _ = await look_up(reply("429 x", {"error": {"code": 3}}), [1])
    assert isinstance(found, Refused)


# Its address, its token, its shape


@pytest.mark.parametrize(
    "url",
    ["http://sms.example/x", "http://10.0.0.1/x", "ftp://127.0.0.1", "sms.example", "", "https://"],
)
def test_an_address_that_would_leak_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="provider"):
        HttpGateway(url, TOKEN, LINE)


@pytest.mark.parametrize("token", ["", "a b", "a\r\nX: 1", "کلید"])
def test_a_malformed_token_is_refused_without_showing_it(token: str) -> None:
    with pytest.raises(ValueError, match="token of the HTTP gateway") as caught:
        HttpGateway("https://sms.example", token, LINE)
    assert not token or token not in str(caught.value)


async def test_the_token_is_not_replaced_by_a_user_s_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("default login me password other-secret\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    transport = Transport("https://sms.example", 1, (1.0, 1.0), [])
    mine = {"Authorization": f"Bearer {TOKEN}"}
    request = requests.Request("POST", "https://sms.example", headers=mine)
    assert (
        transport._session().prepare_request(request).headers["Authorization"] == f"Bearer {TOKEN}"
    )
    await transport.close()


async def test_token_text_and_number_show_up_nowhere(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    gateway = HttpGateway("http://127.0.0.1:1/x", TOKEN, LINE)
    shown = [repr(gateway), str(gateway)]
    await gateway.close()
    echo = {"error": {"code": 7, "message": f"{TOKEN} {TEXT.receptor} {TEXT.text}"}, "x": TOKEN}
    for answer in (
        reply("400 x", echo),
        reply("500 x", echo),
        reply("200 OK", echo),
        reply(f"302 {TOKEN}", b"", extra=f"Location: http://127.0.0.1:1/?{TOKEN}\r\n"),
        b"nonsense\r\n\r\n",
    ):
        error, [request] = await ask(answer)
        assert f"Bearer {TOKEN}".encode() in request
        assert isinstance(error, GatewayError)
        shown += ["".join(traceback.format_exception(error)), repr(error), repr(error.__context__)]
    error = await outcome(unused_address())
    shown += ["".join(traceback.format_exception(error)), repr(error), caplog.text]  # type: ignore[arg-type]
    assert "POST /messages" in caplog.text
    for private in (TOKEN, TEXT.receptor, TEXT.text.strip()):
        assert not [text for text in shown if private in text]


@pytest.mark.parametrize(
    ("value", "path", "found"),
    [
        ({"a": {"b": 1}}, "a.b", 1),
        ({"a": [{"b": 1}]}, "a.0.b", 1),
        ({"a": [1]}, "a.1", None),
        ({"a": [1]}, "a.x", None),
        ({"a": [1]}, "a.-1", None),
        ({"a": "text"}, "a.0", None),
        ({"a": None}, "a.b", None),
        (None, "a", None),
        ([{"a": 1}], "0.a", 1),
    ],
)
def test_dig(value: object, path: str, found: object) -> None:
    assert dig(value, path) == found


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(JSON, st.from_regex(r"[a-z0-9]{1,3}(\.[a-z0-9]{1,3}){0,3}", fullmatch=True))
def test_digging_never_fails(value: object, path: str) -> None:
    dig(value, path)
    assert Shape().state(value) is None or isinstance(value, str)


# Against the simulated provider


@pytest.fixture
def second() -> Iterator[RunningSimulator]:
    with running_simulator(second_token=TOKEN, second_line=LINE, delay_deliver=5.0) as running:
        yield running


@pytest.fixture
async def gateway(second: RunningSimulator) -> AsyncIterator[HttpGateway]:
    url = f"{second.base_url}/second/messages"
    made = HttpGateway(url, TOKEN, LINE, workers=2, timeout=(1.0, 2.0))
    yield made
    await made.close()


async def test_the_simulated_provider_keeps_to_the_contract(
    second: RunningSimulator, gateway: HttpGateway
) -> None:
    first = await gateway.send(TEXT)
    assert first.cost is not None
    again = await gateway.send(TEXT)
    assert again.message_id == first.message_id
    assert second.texts(TEXT.receptor) == [TEXT.text]
    found = await gateway.lookup([TEXT.local_id, 7])
    known = found[TEXT.local_id]
    assert known is not None
    assert (known.message_id, found[7]) == (first.message_id, None)


@pytest.mark.parametrize(
    ("fault", "action"),
    [
        ({"second_busy": 1}, Action.SLOW_DOWN),
        ({"second_no_credit": True}, Action.HALT_CREDIT),
        ({"second_bad_token": True}, Action.HALT),
    ],
)
async def test_a_refusal_of_the_simulated_provider(
    second: RunningSimulator, gateway: HttpGateway, fault: dict[str, float], action: Action
) -> None:
    second.faults(**fault)
    with pytest.raises(Refused) as caught:
        await gateway.send(TEXT)
    assert caught.value.action is action
    assert second.texts(TEXT.receptor) == []


async def test_a_lost_reply_of_the_simulated_provider(
    second: RunningSimulator, gateway: HttpGateway
) -> None:
    second.faults(second_lost_reply=1)
    with pytest.raises(Uncertain):
        await gateway.send(TEXT)
    assert second.texts(TEXT.receptor) == [TEXT.text]
    assert (await gateway.lookup([TEXT.local_id]))[TEXT.local_id] is not None
