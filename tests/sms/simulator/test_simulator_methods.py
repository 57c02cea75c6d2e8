"""What Kavenegar's methods beside the sending of texts do."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.support.simulator import API_KEY, LINE, RunningSimulator, running_simulator

PHONE = "09121234567"
OTHER = "09351112233"
HOUR = 3_600
DAY = 24 * HOUR


@pytest.fixture(scope="module")
def server() -> Iterator[RunningSimulator]:
    with running_simulator(delay_accept=5.0, delay_deliver=5.0) as running:
        yield running


@pytest.fixture
def simulator(server: RunningSimulator) -> RunningSimulator:
    server.reset()
    return server


def ask(simulator: RunningSimulator, action: str, **fields: Any) -> tuple[int, Any]:
    """The return code and the entries of a call."""
    url = f"{simulator.base_url}/v1/{API_KEY}/{action}.json"
    answer = requests.post(url, data=fields, timeout=5).json()
    return answer["return"]["status"], answer["entries"]


def send(simulator: RunningSimulator, **changes: Any) -> dict[str, Any]:
    fields = {"receptor": PHONE, "message": "سلام", "sender": LINE} | changes
    return dict(ask(simulator, "sms/send", **fields)[1][0])


def speak(simulator: RunningSimulator, **changes: Any) -> dict[str, Any]:
    fields = {"receptor": PHONE, "message": "نتیجهٔ پرونده"} | changes
    return dict(ask(simulator, "call/maketts", **fields)[1][0])


def status(simulator: RunningSimulator, action: str, message: dict[str, Any]) -> int:
    return int(ask(simulator, action, messageid=message["messageid"])[1][0]["status"])


def test_a_call_rings_and_is_heard(simulator: RunningSimulator) -> None:
    call = speak(simulator)
    seen = [status(simulator, "call/status", call)]
    simulator.forward(5)
    seen.append(status(simulator, "call/status", call))
    simulator.forward(25)
    seen.append(status(simulator, "call/status", call))
    assert seen == [1, 4, 10]
    assert status(simulator, "sms/status", call) == 100
    assert status(simulator, "call/status", send(simulator)) == 100


@pytest.mark.parametrize(("heard", "expected"), [(True, 10), (False, 11)])
def test_a_call_is_picked_up_or_turned_away(
    simulator: RunningSimulator, heard: bool, expected: int
) -> None:
    call = speak(simulator)
    simulator.forward(5)
    simulator.hear(PHONE, heard)
    assert status(simulator, "call/status", call) == expected
    simulator.forward(DAY)
    assert status(simulator, "call/status", call) == expected


def test_a_call_has_a_local_id(simulator: RunningSimulator) -> None:
    first, again = speak(simulator, localid=9), speak(simulator, localid=9)
    assert first == again
    entries = ask(simulator, "sms/statuslocalmessageid", localid="9")[1]
    assert entries[0]["messageid"] == first["messageid"]
    assert ask(simulator, "call/maketts", receptor=PHONE, message="ا", localid="1,2")[0] == 419
    assert ask(simulator, "call/maketts", receptor=PHONE, message="ا", tag="برچسب")[0] == 607


def test_a_code_for_the_service(simulator: RunningSimulator) -> None:
    fields = {"receptor": PHONE, "template": "favad-code", "token": "48213"}
    code, entry = ask(simulator, "verify/lookup", **fields)
    assert code == 200
    assert "48213" in entry["message"]
    assert ask(simulator, "verify/lookup", **fields, type="call")[0] == 200
    assert [row["kind"] for row in simulator.messages(PHONE)] == ["lookup", "call"]
    assert ask(simulator, "verify/lookup", **fields, type="fax")[0] == 604


def test_templates_are_set(simulator: RunningSimulator) -> None:
    simulator.post("/_sim/templates", short="کد %token از %token2", none="بی‌کد")
    fields = {"receptor": PHONE, "template": "short", "token": "1", "token2": "2"}
    assert ask(simulator, "verify/lookup", **fields)[1]["message"] == "کد 1 از 2"
    assert ask(simulator, "verify/lookup", **fields | {"template": "none"})[0] == 432


def test_outbox(simulator: RunningSimulator) -> None:
    now = int(time.time())
    assert ask(simulator, "sms/selectoutbox", startdate=now - 60) == (200, None)
    sent = [send(simulator, receptor=number) for number in (PHONE, OTHER)]
    ids = [entry["messageid"] for entry in sent]
    chosen = ask(simulator, "sms/selectoutbox", startdate=now - 60)[1]
    assert [entry["messageid"] for entry in chosen] == ids
    latest = ask(simulator, "sms/latestoutbox", pagesize=1)[1]
    assert [entry["messageid"] for entry in latest] == ids[-1:]
    assert ask(simulator, "sms/latestoutbox", sender="3000999")[1] is None
    [counted] = ask(simulator, "sms/countoutbox", startdate=now - 60)[1]
    assert (counted["sumcount"], counted["sumpart"], counted["cost"]) == (2, 2, 2_400)
    [none] = ask(simulator, "sms/countoutbox", startdate=now - 60, status=10)[1]
    assert (none["sumcount"], none["cost"]) == (0, 0)


@pytest.mark.parametrize(
    ("action", "fields", "expected"),
    [
        ("sms/selectoutbox", {"startdate": -5 * DAY}, 417),
        ("sms/selectoutbox", {"startdate": -60, "enddate": DAY}, 417),
        ("sms/countoutbox", {"startdate": -60, "enddate": DAY}, 417),
        ("sms/countoutbox", {}, 400),
    ],
)
def test_spans_of_the_outbox(
    simulator: RunningSimulator, action: str, fields: dict[str, int], expected: int
) -> None:
    moments = {name: int(time.time()) + value for name, value in fields.items()}
    assert ask(simulator, action, **moments)[0] == expected


@pytest.mark.parametrize("action", ["sms/selectoutbox", "sms/latestoutbox", "sms/select"])
def test_whole_messages_need_a_listed_address(simulator: RunningSimulator, action: str) -> None:
    simulator.faults(ip_not_listed=True)
    assert ask(simulator, action, startdate=int(time.time()), messageid=1)[0] == 407


def test_a_text_is_planted(simulator: RunningSimulator) -> None:
    fields = {"linenumber": LINE, "sender": PHONE, "message": "۵"}
    assert ask(simulator, "sms/makereceive", **fields, isread=0)[0] == 200
    [row] = ask(simulator, "sms/unreads", linenumber=LINE, isread=0)[1]
    assert (row["sender"], row["message"]) == (PHONE, "۵")
    assert ask(simulator, "sms/makereceive", **fields | {"sender": "021"}, isread=0)[0] == 411


def test_blocked_numbers_are_counted_by_the_filter(simulator: RunningSimulator) -> None:
    ask(simulator, "line/blocked/add", linenumber=LINE, receptor=OTHER, blockreason=1)
    simulator.reply(PHONE, "11")
    url = f"{simulator.base_url}/v1/{API_KEY}/line/blocked/list.json"
    answer = requests.post(url, data={"linenumber": LINE, "blockreason": 2}, timeout=5).json()
    assert [row["number"] for row in answer["entries"]] == [PHONE]
    assert answer["metadata"]["totalcount"] == "1"


def test_an_account_that_resends_delivers_after_all(simulator: RunningSimulator) -> None:
    simulator.account(resendfailed="enabled")
    simulator.phone(PHONE, "off")
    message = send(simulator)
    simulator.forward(5)
    simulator.forward(60)
    assert status(simulator, "sms/status", message) == 11
    simulator.phone(PHONE, "on")
    simulator.forward(60)
    assert status(simulator, "sms/status", message) == 10


def test_credit_is_set(simulator: RunningSimulator) -> None:
    assert simulator.account(credit=1_200)["credit"] == 1_200
    send(simulator)
    assert ask(simulator, "sms/send", receptor=PHONE, message="سلام")[0] == 418
    assert simulator.account()["credit"] == 0


def test_all_handsets_at_once(simulator: RunningSimulator) -> None:
    send(simulator)
    send(simulator, receptor=OTHER)
    simulator.reply_twice(OTHER, "۵")
    assert simulator.handsets()["repeated"] == []
    send(simulator)
    simulator.reply(PHONE, "۱۱")
    send(simulator, message="پس از لغو")
    found = simulator.handsets()
    assert found["repeated"] == [{"number": PHONE, "text": "سلام", "times": 2}]
    assert found["counts"] == {PHONE: 3, OTHER: 1}
    assert (found["messages"], found["phones"], found["held"], found["replies"]) == (4, 2, 4, 3)
    assert (found["by_status"], found["under_way"]) == ({"1": 4}, 4)
    [late] = found["after_opt_out"]
    assert (late["number"], late["line"]) == (PHONE, LINE)
    assert late["seconds"] >= 0
    simulator.forward(5)
    simulator.forward(5)
    assert simulator.handsets()["by_status"] == {"10": 1, "14": 3}


def test_a_call_can_be_made_again_by_curl(simulator: RunningSimulator) -> None:
    send(simulator, message="یک 'نقل قول'")
    call = simulator.calls()[0]
    assert call["path"] == "/v1/•••/sms/send.json"
    assert call["curl"].startswith('curl -X POST "$SIMULATOR/v1/$KEY/sms/send.json" --data')
    assert "'message=یک '\"'\"'نقل قول'\"'\"''" in call["curl"]


def test_old_webhooks_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sms.simulator.webhooks.KEPT", 20)
    monkeypatch.setattr("sms.simulator.webhooks.TRIMMED_EACH", 10)
    with running_simulator(inbound_url="http://127.0.0.1:9/", webhook_attempts=1) as simulator:
        simulator.faults(webhooks_lost=1.0)
        for number in range(60):
            simulator.reply(PHONE, str(number))
        assert len(simulator.webhooks()) <= 30


def test_a_file_of_an_older_release_is_emptied(tmp_path: Path) -> None:
    database = tmp_path / "simulator.sqlite3"
    with sqlite3.connect(database) as old:
        old.execute("CREATE TABLE message (id INTEGER PRIMARY KEY)")
        old.execute("INSERT INTO message VALUES (1)")
    old.close()
    with running_simulator(database=str(database)) as simulator:
        send(simulator)
        assert len(simulator.texts(PHONE)) == 1
