from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.support.simulator import API_KEY, LINE, RunningSimulator, running_simulator

PHONE = "09121234567"
OTHER = "09351112233"
HOUR = 3_600


@pytest.fixture(scope="module")
def server() -> Iterator[RunningSimulator]:
    with running_simulator(delay_accept=5.0, delay_deliver=5.0) as running:
        yield running


@pytest.fixture
def simulator(server: RunningSimulator) -> RunningSimulator:
    server.reset()
    return server


def ask(
    simulator: RunningSimulator, action: str, verb: str = "POST", key: str = API_KEY, **fields: Any
) -> dict[str, Any]:
    """One call. The HTTP status equals `return.status` up to 599."""
    url = f"{simulator.base_url}/v1/{key}/{action}.json"
    reply = requests.request(verb, url, data=fields, timeout=5)
    envelope: dict[str, Any] = reply.json()
    assert reply.status_code == (status if (status := envelope["return"]["status"]) < 600 else 400)
    assert (envelope["entries"] is None) or reply.status_code == 200
    return envelope


def code(simulator: RunningSimulator, action: str, verb: str = "POST", **fields: Any) -> int:
    return int(ask(simulator, action, verb, **fields)["return"]["status"])


def send(simulator: RunningSimulator, receptor: str = PHONE, **fields: Any) -> dict[str, Any]:
    fields = {"receptor": receptor, "message": "سلام", "sender": LINE} | fields
    return dict(ask(simulator, "sms/send", **fields)["entries"][0])


def status(simulator: RunningSimulator, message: dict[str, Any]) -> int:
    entries = ask(simulator, "sms/status", messageid=message["messageid"])["entries"]
    return int(entries[0]["status"])


def test_send_entry(simulator: RunningSimulator) -> None:
    entry = send(simulator, localid="42")
    assert set(entry) == {
        "messageid",
        "message",
        "status",
        "statustext",
        "sender",
        "receptor",
        "date",
        "cost",
    }
    assert entry["receptor"] == PHONE
    assert entry["status"] == 1
    assert abs(entry["date"] - time.time()) < 60


@pytest.mark.parametrize(
    "form", ["9121234567", "+989121234567", "00989121234567", "989121234567", "۰۹۱۲۱۲۳۴۵۶۷"]
)
def test_receptor_forms(simulator: RunningSimulator, form: str) -> None:
    assert send(simulator, form)["receptor"] == PHONE


@pytest.mark.parametrize("sender", ["", LINE, f"+98{LINE}", f"0098{LINE}"])
def test_sender_forms(simulator: RunningSimulator, sender: str) -> None:
    assert send(simulator, sender=sender)["sender"] == LINE


def test_a_get_is_read_too(simulator: RunningSimulator) -> None:
    url = f"{simulator.base_url}/v1/{API_KEY}/sms/send.json"
    fields = {"receptor": PHONE, "message": "سلام"}
    assert requests.get(url, params=fields, timeout=5).status_code == 200


@pytest.mark.parametrize(
    ("expected", "fields"),
    [
        (400, {"message": None}),
        (400, {"receptor": None}),
        (406, {"message": ""}),
        (411, {"receptor": "02188888888"}),
        (411, {"receptor": "نه"}),
        (412, {"sender": "10004346"}),
        (413, {"message": "ا" * 901}),
        (413, {"message": " "}),
        (414, {"receptor": ",".join([PHONE] * 201)}),
        (417, {"date": 1_000_000}),
        (417, {"date": "فردا"}),
        (419, {"localid": "1,2"}),
        (400, {"localid": "x"}),
        (400, {"localid": "0"}),
        (400, {"localid": str(2**63)}),
        (422, {"message": "\x01"}),
        (604, {"type": "7"}),
        (604, {"hide": "2"}),
        (607, {"tag": "برچسب"}),
        (400, {"receptor": [PHONE, OTHER]}),
    ],
)
def test_refusals_of_send(
    simulator: RunningSimulator, expected: int, fields: dict[str, Any]
) -> None:
    wanted = {"receptor": PHONE, "message": "سلام", "sender": LINE} | fields
    assert code(simulator, "sms/send", **wanted) == expected
    assert simulator.texts(PHONE) == []
    assert ask(simulator, "account/info")["entries"]["remaincredit"] == 20_000_000


def test_wrong_key_method_and_verb(simulator: RunningSimulator) -> None:
    assert ask(simulator, "account/info", key="wrong")["return"]["status"] == 403
    assert code(simulator, "sms/nothing") == 404
    assert code(simulator, "sms/sendarray", verb="GET") == 405
    assert code(simulator, "sms/send", verb="PUT") == 405
    assert ask(simulator, "utils/getdate", key="0")["return"]["status"] == 200


def test_links_may_be_refused(simulator: RunningSimulator) -> None:
    fields = {"receptor": PHONE, "message": "https://example.ir/a"}
    simulator.faults(links_refused=True)
    assert code(simulator, "sms/send", **fields) == 420
    simulator.faults(links_refused=False)
    assert code(simulator, "sms/send", **fields) == 200


def test_send_to_many_with_local_ids(simulator: RunningSimulator) -> None:
    fields = {"receptor": f"{PHONE},{OTHER}", "message": "سلام", "localid": "7,8"}
    entries = ask(simulator, "sms/send", **fields)["entries"]
    assert [entry["receptor"] for entry in entries] == [PHONE, OTHER]
    assert ask(simulator, "sms/send", **fields)["entries"] == entries
    assert len(simulator.texts(PHONE)) == 1


def test_local_ids_are_deduplicated_only_if_so_set(simulator: RunningSimulator) -> None:
    simulator.faults(dedupe_local_ids=False)
    first, second = send(simulator, localid="5"), send(simulator, localid="5")
    assert first["messageid"] != second["messageid"]
    assert len(simulator.texts(PHONE)) == 2


def test_send_array(simulator: RunningSimulator) -> None:
    fields: dict[str, list[Any]] = {
        "receptor": [PHONE, OTHER],
        "sender": [LINE, LINE],
        "message": ["یک", "دو"],
        "localmessageids": [1, "2"],
    }
    packed = {name: json.dumps(value) for name, value in fields.items()}
    entries = ask(simulator, "sms/sendarray", **packed)["entries"]
    assert [entry["message"] for entry in entries] == ["یک", "دو"]
    assert ask(simulator, "sms/sendarray", **packed)["entries"] == entries
    assert code(simulator, "sms/sendarray", **packed | {"message": '["یک"]'}) == 419
    assert code(simulator, "sms/sendarray", **packed | {"message": "یک"}) == 400
    assert code(simulator, "sms/sendarray", **packed | {"message": '{"a": 1}'}) == 400
    wrong_name = {"localid" if name == "localmessageids" else name: v for name, v in packed.items()}
    assert ask(simulator, "sms/sendarray", **wrong_name)["entries"] != entries


def test_status_walk(simulator: RunningSimulator) -> None:
    message = send(simulator)
    seen = [status(simulator, message)]
    for _ in range(2):
        simulator.forward(5)
        seen.append(status(simulator, message))
    assert seen == [1, 4, 10]


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("on", [4, 10]),
        ("off", [4, 4, 11]),
        ("ad_block", [14]),
        ("never", [6]),
        ("slow", [4, 4, 10]),
    ],
)
def test_phone_switches(simulator: RunningSimulator, state: str, expected: list[int]) -> None:
    simulator.phone(PHONE, state)
    message = send(simulator)
    seen: list[int] = []
    for _ in expected:
        simulator.forward(5 if len(seen) < 2 else 60)
        seen.append(status(simulator, message))
    assert seen == expected


def test_a_phone_turned_on_again_gets_what_waits(simulator: RunningSimulator) -> None:
    simulator.phone(PHONE, "off")
    message = send(simulator)
    simulator.forward(5)
    simulator.phone(PHONE, "on")
    simulator.forward(5)
    assert status(simulator, message) == 10


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("09000000000", 10),
        ("09000000006", 6),
        ("09000000011", 11),
        ("09000000014", 14),
    ],
)
def test_magic_numbers_that_end_in_a_status(
    simulator: RunningSimulator, number: str, expected: int
) -> None:
    message = send(simulator, number)
    simulator.forward(5)
    simulator.forward(5)
    assert status(simulator, message) == expected


def test_magic_busy_number(simulator: RunningSimulator) -> None:
    fields = {"receptor": "09000000409", "message": "سلام", "localid": "1"}
    assert [code(simulator, "sms/send", **fields) for _ in range(4)] == [409, 409, 200, 200]
    assert len(simulator.texts("09000000409")) == 1


def test_magic_number_whose_reply_is_lost(simulator: RunningSimulator) -> None:
    fields = {"receptor": "09000000504", "message": "سلام", "localid": "1"}
    with pytest.raises(requests.ConnectionError):
        code(simulator, "sms/send", **fields)
    assert code(simulator, "sms/send", **fields) == 200
    assert len(simulator.texts("09000000504")) == 1


def test_debug_mode_delivers_nothing(simulator: RunningSimulator) -> None:
    assert ask(simulator, "account/config")["entries"]["debugmode"] == "disabled"
    changed = ask(simulator, "account/config", debugmode="enabled")["entries"]
    assert changed["debugmode"] == "enabled"
    message = send(simulator)
    simulator.forward(5)
    assert status(simulator, message) == 13
    assert ask(simulator, "account/info")["entries"]["remaincredit"] == 20_000_000


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [("debugmode", "perhaps", 604), ("defaultsender", "1000", 412), ("other", "1", 604)],
)
def test_config_refuses(simulator: RunningSimulator, field: str, value: str, expected: int) -> None:
    before = ask(simulator, "account/config")["entries"]
    assert code(simulator, "account/config", **{field: value}) == expected
    assert ask(simulator, "account/config")["entries"] == before


def test_status_windows(simulator: RunningSimulator) -> None:
    message = send(simulator, localid="3")
    simulator.forward(12 * HOUR - 60)
    by_local = ask(simulator, "sms/statuslocalmessageid", localid="3,4")["entries"]
    assert by_local[0]["messageid"] == message["messageid"]
    assert by_local[0]["localid"] == "3"
    assert by_local[1] | {"statustext": ""} == {
        "messageid": 0,
        "status": 100,
        "localid": "4",
        "statustext": "",
    }
    simulator.forward(120)
    by_local = ask(simulator, "sms/statuslocalmessageid", localid="3")["entries"]
    assert by_local[0]["status"] == 100
    assert status(simulator, message) == 10
    simulator.forward(36 * HOUR)
    assert status(simulator, message) == 100


@pytest.mark.parametrize(
    ("action", "field"),
    [
        ("sms/status", "messageid"),
        ("sms/statuslocalmessageid", "localid"),
        ("sms/select", "messageid"),
        ("sms/cancel", "messageid"),
    ],
)
def test_at_most_500_ids(simulator: RunningSimulator, action: str, field: str) -> None:
    assert code(simulator, action, **{field: ",".join(["1"] * 500)}) == 200
    assert code(simulator, action, **{field: ",".join(["1"] * 501)}) == 414
    assert code(simulator, action, **{field: "1,x"}) == 400
    assert code(simulator, action) == 400


def test_status_by_receptor(simulator: RunningSimulator) -> None:
    now = int(time.time())
    assert code(simulator, "sms/statusbyreceptor", receptor=PHONE, startdate=now) == 449
    message = send(simulator)
    found = ask(simulator, "sms/statusbyreceptor", receptor=PHONE, startdate=now)["entries"]
    assert [entry["messageid"] for entry in found] == [message["messageid"]]
    assert "message" not in found[0]
    fields: dict[str, Any] = {"receptor": PHONE, "startdate": now, "enddate": now + 25 * HOUR}
    assert code(simulator, "sms/statusbyreceptor", **fields) == 417


def test_select_needs_an_allow_listed_address(simulator: RunningSimulator) -> None:
    message = send(simulator)
    entries = ask(simulator, "sms/select", messageid=message["messageid"])["entries"]
    assert entries == [message]
    simulator.faults(ip_not_listed=True)
    assert code(simulator, "sms/select", messageid=message["messageid"]) == 407


def test_only_what_waits_can_be_cancelled(simulator: RunningSimulator) -> None:
    gone = send(simulator)
    simulator.forward(5)
    later = send(simulator, date=int(time.time()) + HOUR)
    assert later["status"] == 2
    ids = f"{gone['messageid']},{later['messageid']},5"
    entries = ask(simulator, "sms/cancel", messageid=ids)["entries"]
    assert [entry["status"] for entry in entries] == [4, 13, 100]
    simulator.forward(2 * HOUR)
    assert status(simulator, later) == 13
    assert ask(simulator, "account/info")["entries"]["remaincredit"] == 20_000_000 - gone["cost"]


def test_receive_marks_read_even_if_the_reply_is_lost(simulator: RunningSimulator) -> None:
    simulator.reply(PHONE, "۵")
    simulator.faults(lost_reply=1)
    with pytest.raises(requests.ConnectionError):
        ask(simulator, "sms/receive", linenumber=LINE, isread=0)
    simulator.faults(lost_reply=0)
    assert ask(simulator, "sms/receive", linenumber=LINE, isread=0)["entries"] is None
    read = ask(simulator, "sms/receive", linenumber=LINE, isread=1)["entries"]
    assert [(row["sender"], row["receptor"], row["message"]) for row in read] == [
        (PHONE, LINE, "۵")
    ]
    assert code(simulator, "sms/receive", linenumber="1000", isread=0) == 412
    assert code(simulator, "sms/receive", linenumber=LINE) == 400
    assert code(simulator, "sms/receive", linenumber=LINE, isread=2) == 604


def test_inbox_pages(simulator: RunningSimulator) -> None:
    for number in range(201):
        simulator.reply(PHONE, str(number))
    now = int(time.time())
    fields: dict[str, Any] = {"linenumber": LINE, "isread": 0, "startdate": now - 60}
    assert code(simulator, "sms/inboxpaged", **fields | {"enddate": now + 49 * HOUR}) == 417
    count: dict[str, Any] = {"startdate": now - 60, "linenumber": LINE, "isread": 0}
    assert ask(simulator, "sms/countinbox", **count)["entries"][0]["sumcount"] == 201
    first = ask(simulator, "sms/inboxpaged", **fields)
    assert len(first["entries"]) == 200
    assert first["metadata"] == {
        "totalcount": "201",
        "currentpage": "1",
        "totalpages": "2",
        "pagesize": "200",
    }
    assert ask(simulator, "sms/countinbox", **count)["entries"][0]["sumcount"] == 1


@pytest.mark.parametrize("text", ["11", "۱۱", "لغو۱۱", "لغو 11", " ١١ "])
def test_eleven_blocks_the_line(simulator: RunningSimulator, text: str) -> None:
    simulator.reply(PHONE, text)
    listed = ask(simulator, "line/blocked/list", linenumber=LINE)["entries"]
    assert [(row["number"], row["blockreason"]) for row in listed] == [(PHONE, 2)]
    message = send(simulator)
    simulator.forward(5)
    assert status(simulator, message) == 14


@pytest.mark.parametrize("text", ["لغو", "1", "111", "۵"])
def test_other_texts_block_nothing(simulator: RunningSimulator, text: str) -> None:
    simulator.reply(PHONE, text)
    assert ask(simulator, "line/blocked/list", linenumber=LINE)["entries"] is None


@pytest.mark.parametrize("verb", ["DELETE", "POST"])
def test_blocked_numbers(simulator: RunningSimulator, verb: str) -> None:
    fields = {"linenumber": LINE, "receptor": f"{PHONE},{OTHER}"}
    ask(simulator, "line/blocked/add", **fields, blockreason=1)
    exists = ask(simulator, "line/blocked/exists", **fields)["entries"]
    assert [row["exists"] for row in exists] == [True, True]
    ask(simulator, "line/blocked/remove", verb=verb, linenumber=LINE, receptor=PHONE)
    exists = ask(simulator, "line/blocked/exists", **fields)["entries"]
    assert [row["exists"] for row in exists] == [False, True]


def test_lookup_passes_the_ad_block(simulator: RunningSimulator) -> None:
    simulator.phone(PHONE, "ad_block")
    fields = {"receptor": PHONE, "template": "verify", "token": "12345"}
    entry = ask(simulator, "verify/lookup", **fields)["entries"]
    assert entry["message"] == "کد تایید فواد ۱۲۸: 12345"
    assert entry["sender"] != LINE
    simulator.forward(5)
    simulator.forward(5)
    assert status(simulator, entry) == 10
    assert code(simulator, "verify/lookup", **fields | {"template": "none"}) == 424
    assert code(simulator, "verify/lookup", **fields | {"token": "1 2"}) == 431
    assert code(simulator, "verify/lookup", **fields | {"token": "1" * 101}) == 431


def test_a_spoken_message(simulator: RunningSimulator) -> None:
    ask(simulator, "call/maketts", receptor=PHONE, message="کد شما ۱۲۳ است")
    assert simulator.messages(PHONE)[0]["kind"] == "call"


def test_credit_runs_out(simulator: RunningSimulator) -> None:
    simulator.faults(no_credit=True)
    assert code(simulator, "sms/send", receptor=PHONE, message="سلام") == 418
    assert ask(simulator, "account/info")["entries"]["remaincredit"] == 0
    assert simulator.texts(PHONE) == []


def test_calls_are_recorded_without_the_key(simulator: RunningSimulator) -> None:
    send(simulator)
    record = simulator.calls()[0]
    assert record["action"] == "sms/send"
    assert record["fields"]["receptor"] == PHONE
    assert record["code"] == 200
    assert API_KEY not in json.dumps(simulator.calls())
    for _ in range(205):
        code(simulator, "account/info")
    assert len(simulator.calls()) == 200
