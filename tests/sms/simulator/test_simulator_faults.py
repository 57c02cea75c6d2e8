from __future__ import annotations

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests

from sms.simulator.codes import RETURN_CODES
from sms.simulator.faults import Chances
from tests.support.announced import Receiver
from tests.support.simulator import API_KEY, RunningSimulator, running_simulator

PHONE = "09121234567"


@pytest.fixture(scope="module")
def server() -> Iterator[RunningSimulator]:
    with running_simulator() as running:
        yield running


@pytest.fixture
def simulator(server: RunningSimulator) -> RunningSimulator:
    server.reset()
    return server


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.close()


@pytest.fixture
def announcing(receiver: Receiver) -> Iterator[RunningSimulator]:
    with running_simulator(
        inbound_url=f"{receiver.url}/inbound",
        delivery_url=f"{receiver.url}/delivery",
        second_inbound_url=f"{receiver.url}/second/inbound",
        second_delivery_url=f"{receiver.url}/second/delivery",
    ) as running:
        yield running


def code(simulator: RunningSimulator, action: str = "sms/send", phone: str = PHONE) -> int:
    url = f"{simulator.base_url}/v1/{API_KEY}/{action}.json"
    fields = {"receptor": phone, "message": "سلام", "messageid": "1"}
    return int(requests.post(url, data=fields, timeout=5).json()["return"]["status"])


def test_a_fault_can_be_of_one_method(simulator: RunningSimulator) -> None:
    simulator.faults(**{"busy@sms/send": 1.0})
    assert (code(simulator), code(simulator, "sms/status")) == (409, 200)
    simulator.faults(**{"busy": 1.0, "busy@sms/status": 0.0})
    assert (code(simulator), code(simulator, "sms/status")) == (409, 200)
    left = simulator.faults(**{"busy": 0.0, "busy@sms/send": None, "busy@sms/status": None})
    assert not any("@" in name for name in left)
    assert code(simulator) == 200


def drawn(simulator: RunningSimulator, seed: int, phones: list[str]) -> dict[str, list[int]]:
    """What each phone's calls came to, all phones at once."""
    simulator.faults(busy=0.5, seed=seed)
    with ThreadPoolExecutor(4) as pool:
        found = pool.map(lambda phone: [code(simulator, phone=phone) for _ in range(8)], phones)
        return dict(zip(phones, found, strict=True))


def test_with_a_seed_the_same_calls_fail_again(simulator: RunningSimulator) -> None:
    phones = [f"0912000000{digit}" for digit in range(4)]
    first = drawn(simulator, 7, phones)
    assert drawn(simulator, 7, phones[::-1]) == first
    assert drawn(simulator, 8, phones) != first
    assert {200, 409} == {status for codes in first.values() for status in codes}


def test_draws_are_fair() -> None:
    chances = Chances(3)
    draws = [chances.draw("a") for _ in range(2_000)]
    assert all(0 <= value < 1 for value in draws)
    assert abs(sum(draws) / len(draws) - 0.5) < 0.05
    assert not Chances(None).happens(0.0, "a")
    assert Chances(None).happens(1.0, "a")


@pytest.mark.parametrize("expected", [number for number in RETURN_CODES if number != 200])
def test_every_return_code_can_be_answered(simulator: RunningSimulator, expected: int) -> None:
    simulator.faults(refuse_with=expected)
    assert code(simulator) == expected
    assert code(simulator, "account/info") == 200
    assert simulator.texts(PHONE) == []


def test_too_many_calls_in_a_second(simulator: RunningSimulator) -> None:
    simulator.faults(rate_limit=1)
    assert 451 in {code(simulator) for _ in range(10)}


def test_answers_may_be_slow(simulator: RunningSimulator) -> None:
    simulator.faults(latency=50)
    started = time.monotonic()
    code(simulator)
    assert time.monotonic() - started >= 0.05
    assert simulator.calls()[0]["seconds"] >= 0.05


def test_a_lost_webhook_never_comes(announcing: RunningSimulator, receiver: Receiver) -> None:
    announcing.faults(webhooks_lost=1.0)
    announcing.reply(PHONE, "گم")
    announcing.faults(webhooks_lost=0.0)
    announcing.reply(PHONE, "آمد")
    assert receiver.form()["message"] == "آمد"
    lost = announcing.wait_for_hook(lambda hook: hook["result"] == "lost")
    assert (lost["attempts"], lost["due"], lost["done"]) == (0, None, False)


def test_reports_may_come_late(announcing: RunningSimulator, receiver: Receiver) -> None:
    announcing.faults(report_delay=600)
    code(announcing)
    announcing.wait_for_hook(lambda hook: hook["body"].get("status") == "10")
    assert announcing.messages(PHONE)[0]["status"] == 10
    assert receiver.got.empty()
    announcing.forward(601)
    assert {receiver.form()["status"] for _ in range(2)} == {"4", "10"}


def test_webhooks_are_worded_in_three_ways(
    announcing: RunningSimulator, receiver: Receiver
) -> None:
    announcing.faults(webhook_format="json")
    announcing.reply(PHONE, "۵ & ۶")
    _, headers, body = receiver.take()
    assert headers["Content-Type"] == "application/json"
    assert json.loads(body)["message"] == "۵ & ۶"
    announcing.faults(webhook_format="get")
    announcing.reply(PHONE, "۵ & ۶")
    path, _, body = receiver.take()
    assert dict(parse_qsl(urlsplit(path).query))["message"] == "۵ & ۶"
    assert body == b""


def test_a_webhook_is_tried_again_at_once(announcing: RunningSimulator, receiver: Receiver) -> None:
    announcing.reply(PHONE, "۵")
    first = receiver.take()
    hook = announcing.wait_for_hook(lambda hook: hook["done"])
    announcing.retry(hook["id"])
    assert receiver.take()[2] == first[2]


def test_the_second_provider_has_webhooks_of_its_own(
    announcing: RunningSimulator, receiver: Receiver
) -> None:
    body = {"to": PHONE, "from": announcing.second_line, "text": "سلام", "reference": "21"}
    headers = {"Authorization": f"Bearer {announcing.second_token}"}
    answer = requests.post(announcing.second_url, json=body, headers=headers, timeout=5).json()
    told: list[dict[str, Any]] = []
    for _ in range(2):
        path, headers, raw = receiver.take()
        assert (path, headers["Content-Type"]) == ("/second/delivery", "application/json")
        told.append(json.loads(raw))
    assert {row["status"] for row in told} == {"sent", "delivered"}
    assert {(row["id"], row["reference"]) for row in told} == {(answer["id"], "21")}
    announcing.reply(PHONE, "۵")
    path, _, raw = receiver.take()
    inbound = json.loads(raw)
    assert path == "/second/inbound"
    assert inbound | {"id": ""} == {
        "id": "",
        "from": PHONE,
        "to": announcing.second_line,
        "text": "۵",
    }
