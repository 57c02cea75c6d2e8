from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.support.simulator import LINE, RunningSimulator, running_simulator

PHONE = "09121234567"


@pytest.fixture(scope="module")
def server() -> Iterator[RunningSimulator]:
    with running_simulator(delay_accept=5.0, delay_deliver=5.0) as running:
        yield running


@pytest.fixture
def simulator(server: RunningSimulator) -> RunningSimulator:
    server.reset()
    return server


def ask(simulator: RunningSimulator, method: str, **how: Any) -> requests.Response:
    headers = {"Authorization": f"Bearer {simulator.second_token}"}
    return requests.request(method, simulator.second_url, headers=headers, timeout=5, **how)


def message(simulator: RunningSimulator, **changes: Any) -> dict[str, Any]:
    values = {"to": PHONE, "from": simulator.second_line, "text": "سلام", "reference": "11"}
    return values | changes


def send(simulator: RunningSimulator, **changes: Any) -> requests.Response:
    return ask(simulator, "POST", json=message(simulator, **changes))


def found(simulator: RunningSimulator, references: str) -> list[dict[str, Any]]:
    answer = ask(simulator, "GET", params={"reference": references})
    return list(answer.json()["messages"])


def test_a_message_is_taken_over(simulator: RunningSimulator) -> None:
    answer = send(simulator)
    assert answer.status_code == 202
    taken = answer.json()
    assert taken == {"id": taken["id"], "status": "queued", "cost": 1200}
    assert taken["id"].startswith("b")
    [held] = simulator.messages(PHONE)
    assert (held["provider"], held["line"], held["reference"]) == (
        "second",
        simulator.second_line,
        "11",
    )
    assert simulator.account()["credit"] == 20_000_000


def test_a_reference_repeated_sends_nothing_again(simulator: RunningSimulator) -> None:
    first = send(simulator)
    again = send(simulator, text="چیز دیگر")
    assert (first.status_code, again.status_code) == (202, 200)
    assert again.json() == first.json()
    assert simulator.texts(PHONE) == ["سلام"]


def test_states_are_told_by_reference(simulator: RunningSimulator) -> None:
    send(simulator)
    seen = []
    for _ in range(3):
        [row] = found(simulator, "11,12")
        seen.append(row["status"])
        assert set(row) == {"id", "reference", "status", "cost"}
        simulator.forward(5)
    assert seen == ["queued", "sent", "delivered"]
    simulator.forward(48 * 3_600)
    assert found(simulator, "11") == []


@pytest.mark.parametrize(
    ("number", "status"), [("09000000006", "failed"), ("09000000011", "undelivered")]
)
def test_magic_numbers(simulator: RunningSimulator, number: str, status: str) -> None:
    send(simulator, to=number)
    simulator.forward(5)
    simulator.forward(5)
    assert found(simulator, "11")[0]["status"] == status


def test_magic_numbers_that_disturb_the_call(simulator: RunningSimulator) -> None:
    codes = [send(simulator, to="09000000409").status_code for _ in range(3)]
    assert codes == [429, 429, 202]
    with pytest.raises(requests.ConnectionError):
        send(simulator, to="09000000504", reference="12")
    assert send(simulator, to="09000000504", reference="12").status_code == 200


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"to": "02188888888"}, 1204),
        ({"from": LINE}, 1205),
        ({"text": " "}, 1202),
        ({"text": "ا" * 1001}, 1202),
        ({"text": 5}, 1201),
        ({"reference": None}, 1201),
        ({"reference": "الف"}, 1203),
        ({"reference": ""}, 1203),
        ({"text": "\ud800"}, 1200),
    ],
)
def test_refusals(simulator: RunningSimulator, changes: dict[str, Any], code: int) -> None:
    answer = send(simulator, **changes)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, code)
    assert simulator.texts(PHONE) == []


@pytest.mark.parametrize("body", [b"", b"null", b"[1]", b"{", b"\xff"])
def test_bodies_that_are_no_message(simulator: RunningSimulator, body: bytes) -> None:
    assert ask(simulator, "POST", data=body).json()["error"]["code"] in (1200, 1201)


@pytest.mark.parametrize("references", ["", ",", ",".join(map(str, range(101)))])
def test_references_that_cannot_be_asked_for(simulator: RunningSimulator, references: str) -> None:
    assert ask(simulator, "GET", params={"reference": references}).status_code == 400


@pytest.mark.parametrize("header", ["", "Bearer ", "Bearer wrong"])
def test_a_token_is_needed(simulator: RunningSimulator, header: str) -> None:
    answer = requests.post(
        simulator.second_url,
        json=message(simulator),
        headers={"Authorization": header},
        timeout=5,
    )
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, 1001)
    assert simulator.texts(PHONE) == []


@pytest.mark.parametrize(
    ("fault", "status"),
    [("second_busy", 429), ("second_no_credit", 402), ("second_bad_token", 401)],
)
def test_faults_that_refuse(simulator: RunningSimulator, fault: str, status: int) -> None:
    simulator.faults(**{fault: True})
    answer = send(simulator)
    assert answer.status_code == status
    assert isinstance(answer.json()["error"]["code"], int)
    assert simulator.texts(PHONE) == []


@pytest.mark.parametrize(("fault", "held"), [("second_down", 0), ("second_lost_reply", 1)])
def test_faults_that_leave_doubt(simulator: RunningSimulator, fault: str, held: int) -> None:
    simulator.faults(**{fault: 1})
    with pytest.raises(requests.ConnectionError):
        send(simulator)
    assert len(simulator.texts(PHONE)) == held
    simulator.faults(**{fault: 0})
    assert len(found(simulator, "11")) == held


def test_the_providers_do_not_know_each_others_messages(simulator: RunningSimulator) -> None:
    own = int(send(simulator).json()["id"][1:])
    url = f"{simulator.base_url}/v1/{simulator.api_key}/sms/status.json"
    entries = requests.post(url, data={"messageid": own}, timeout=5).json()["entries"]
    assert entries[0]["status"] == 100


def test_an_answer_goes_to_the_line_that_texted_last(simulator: RunningSimulator) -> None:
    send(simulator)
    simulator.reply(PHONE, "۵")
    assert simulator.messages(PHONE)[-1]["line"] == simulator.second_line


def test_eleven_blocks_its_line_too(simulator: RunningSimulator) -> None:
    simulator.reply(PHONE, "۱۱", simulator.second_line)
    send(simulator)
    simulator.forward(5)
    assert found(simulator, "11")[0]["status"] == "blocked"


def test_its_badge_is_in_the_bubbles(simulator: RunningSimulator) -> None:
    send(simulator)
    html = requests.get(f"{simulator.base_url}/phones/{PHONE}", timeout=5).text
    assert html.count("اپراتور دوم") == 2


def test_its_calls_are_recorded_without_the_token(simulator: RunningSimulator) -> None:
    send(simulator)
    call = simulator.calls()[0]
    assert (call["action"], call["code"], call["fields"]["to"]) == ("second/messages", 202, PHONE)
    assert "$TOKEN" in call["curl"]
    assert simulator.second_token not in str(simulator.calls())
