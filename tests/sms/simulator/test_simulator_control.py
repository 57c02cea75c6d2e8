from __future__ import annotations

import hashlib
import hmac
import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from domain.measure import measure
from sms import simulator as simulator_package
from sms.simulator import SimulatorConfig, text
from sms.simulator.app import server as make_server
from sms.simulator.state import DEMO_PHONES
from tests.support.announced import Receiver
from tests.support.simulator import LINE, RunningSimulator, running_simulator

PHONE = "09121234567"
APPLICATION = {"api", "cli", "domain", "graphql_schema", "models", "settings", "sms", "ui"}


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.close()


@pytest.fixture
def simulator(receiver: Receiver) -> Iterator[RunningSimulator]:
    with running_simulator(
        inbound_url=f"{receiver.url}/inbound",
        delivery_url=f"{receiver.url}/delivery",
        call_url=f"{receiver.url}/calls",
    ) as running:
        yield running


def send(simulator: RunningSimulator, receptor: str = PHONE) -> int:
    url = f"{simulator.base_url}/v1/{simulator.api_key}/sms/send.json"
    reply = requests.post(url, data={"receptor": receptor, "message": "سلام"}, timeout=5)
    return int(reply.json()["entries"][0]["messageid"])


def test_an_inbound_text_is_announced(simulator: RunningSimulator, receiver: Receiver) -> None:
    message_id = simulator.reply(PHONE, "۲ هنوز & حل + نشده")
    path, headers, body = receiver.take()
    assert path == "/inbound"
    assert headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert dict(parse_qsl(body.decode())) == {
        "messageid": str(message_id),
        "from": PHONE,
        "to": LINE,
        "message": "۲ هنوز & حل + نشده",
    }


def test_statuses_are_announced(simulator: RunningSimulator, receiver: Receiver) -> None:
    message_id = str(send(simulator))
    reports = [receiver.form(), receiver.form()]
    assert {report["status"] for report in reports} == {"4", "10"}
    assert {report["messageid"] for report in reports} == {message_id}


def test_a_webhook_is_repeated_until_it_is_taken(
    simulator: RunningSimulator, receiver: Receiver
) -> None:
    receiver.statuses = [500, 404, 302]
    simulator.reply(PHONE, "۵")
    assert len({str(receiver.form()) for _ in range(4)}) == 1
    assert simulator.wait_for_hook(lambda hook: hook["done"])["attempts"] == 4


def test_attempts_are_limited(receiver: Receiver) -> None:
    receiver.statuses = [500] * 10
    with running_simulator(
        inbound_url=receiver.url, webhook_retry=120.0, webhook_attempts=3
    ) as simulator:
        simulator.reply(PHONE, "۵")
        waiting = simulator.wait_for_hook(lambda hook: bool(hook["attempts"] == 1 and hook["due"]))
        simulator.forward(waiting["due"] - simulator.forward(0))
        waiting = simulator.wait_for_hook(lambda hook: bool(hook["attempts"] == 2 and hook["due"]))
        simulator.forward(waiting["due"] - simulator.forward(0))
        given_up = simulator.wait_for_hook(lambda hook: hook["attempts"] == 3)
        assert given_up["due"] is None
        assert given_up["result"] == "500"
        assert not given_up["done"]


def test_webhooks_may_be_duplicated_or_off(simulator: RunningSimulator, receiver: Receiver) -> None:
    simulator.faults(webhooks_duplicated=True)
    simulator.reply(PHONE, "۵")
    assert receiver.form() == receiver.form()
    simulator.faults(webhooks_off=True)
    simulator.reply(PHONE, "۴")
    assert len(simulator.webhooks()) == 2


def test_reordered_webhooks_all_come(simulator: RunningSimulator, receiver: Receiver) -> None:
    simulator.faults(webhooks_reordered=True)
    ids = {str(simulator.reply(PHONE, str(number))) for number in range(5)}
    assert {receiver.form()["messageid"] for _ in range(5)} == ids


def test_an_opt_out_may_be_swallowed(simulator: RunningSimulator, receiver: Receiver) -> None:
    simulator.faults(opt_out_swallowed=True)
    simulator.reply(PHONE, "11")
    simulator.faults(opt_out_swallowed=False)
    simulator.reply(PHONE, "۱۱")
    assert receiver.form()["message"] == "۱۱"


def test_a_call_is_signed(simulator: RunningSimulator, receiver: Receiver) -> None:
    ids = set()
    for event in ("ringing", "answered", "ended"):
        answer = simulator.call(PHONE, event)
        path, headers, body = receiver.take()
        told = json.loads(body)
        assert path == "/calls"
        assert answer == {"call_id": told["call_id"], "event": event, "status": "200"}
        assert told["event"] == event
        assert told["caller"] == PHONE
        assert told["at"].endswith("+00:00")
        stamp = headers["X-Favad-Timestamp"]
        assert abs(int(stamp) - time.time()) < 60
        digest = hmac.new(b"call-secret", stamp.encode() + b"." + body, hashlib.sha256)
        assert headers["X-Favad-Signature"] == f"sha256={digest.hexdigest()}"
        ids.add(told["call_id"])
    assert len(ids) == 1


def test_a_second_call_ends_the_first(simulator: RunningSimulator, receiver: Receiver) -> None:
    simulator.call(PHONE)
    simulator.call(PHONE)
    events = [json.loads(receiver.take()[2]) for _ in range(3)]
    assert [event["event"] for event in events] == ["ringing", "ended", "ringing"]
    assert events[0]["call_id"] == events[1]["call_id"] != events[2]["call_id"]


def test_a_call_keeps_the_real_time(simulator: RunningSimulator, receiver: Receiver) -> None:
    simulator.forward(43_200)
    simulator.call(PHONE)
    assert abs(int(receiver.take()[1]["X-Favad-Timestamp"]) - time.time()) < 60


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        (f"/_sim/phones/{PHONE}/call", b'{"event": "answered"}', 409),
        (f"/_sim/phones/{PHONE}/call", b'{"event": "singing"}', 400),
        (f"/_sim/phones/{PHONE}/reply", b"{}", 400),
        (f"/_sim/phones/{PHONE}/reply", b'{"text": ""}', 400),
        (f"/_sim/phones/{PHONE}/reply", b'{"text": 5}', 400),
        (f"/_sim/phones/{PHONE}/reply", b'{"text": "a", "line": "x"}', 400),
        (f"/_sim/phones/{PHONE}/reply", b'{"text": "\\ud800"}', 400),
        (f"/_sim/phones/{PHONE}/reply", b"null", 400),
        (f"/_sim/phones/{PHONE}/reply", b"\xff", 400),
        (f"/_sim/phones/{PHONE}/reply", b"[1", 400),
        ("/_sim/phones/021/reply", b'{"text": "a"}', 404),
        (f"/_sim/phones/{PHONE}", b'{"state": "drowned"}', 400),
        (f"/_sim/phones/{PHONE}", b'{"state": ["on"]}', 400),
        ("/_sim/faults", b'{"hang": 2}', 400),
        ("/_sim/faults", b'{"hang": null}', 400),
        ("/_sim/faults", b'{"hang@sms/none": 1}', 400),
        ("/_sim/faults", b'{"no_credit@sms/send": 1}', 400),
        ("/_sim/faults", b'{"latency": -1}', 400),
        ("/_sim/faults", b'{"latency": true}', 400),
        ("/_sim/faults", b'{"refuse_with": 200}', 400),
        ("/_sim/faults", b'{"refuse_with": 999}', 400),
        ("/_sim/faults", b'{"webhook_format": "xml"}', 400),
        ("/_sim/faults", b'{"seed": "a"}', 400),
        ("/_sim/account", b'{"credit": -1}', 400),
        ("/_sim/account", b'{"credit": true}', 400),
        ("/_sim/account", b'{"debugmode": "perhaps"}', 400),
        ("/_sim/account", b'{"debugmode": 1}', 400),
        ("/_sim/templates", b'{"a b": "x"}', 400),
        ("/_sim/templates", b'{"a": ""}', 400),
        ("/_sim/webhooks/7/retry", b"", 404),
        (f"/_sim/phones/{PHONE}/incoming", b'{"heard": 1}', 400),
        (f"/_sim/phones/{PHONE}/incoming", b"", 409),
        (f"/_sim/phones/{PHONE}/reply", b'{"text": "a", "twice": 2}', 400),
        ("/_sim/faults", b'{"hang": "1"}', 400),
        ("/_sim/faults", b'{"hang": NaN}', 400),
        ("/_sim/faults", b'{"no_credit": 1}', 400),
        ("/_sim/faults", b'{"busy": 1, "earthquake": 1}', 400),
        ("/_sim/clock", b'{"forward": -1}', 400),
        ("/_sim/clock", b'{"forward": 1e300}', 400),
        ("/_sim/clock", b'{"forward": "1"}', 400),
        ("/_sim/identities", b'{"national_id": "1", "mobile": "09121234567"}', 400),
    ],
)
def test_bad_input_is_answered_in_json_and_changes_nothing(
    simulator: RunningSimulator, path: str, body: bytes, status: int
) -> None:
    before = snapshot(simulator)
    reply = requests.post(simulator.base_url + path, data=body, timeout=5)
    assert reply.status_code == status
    assert reply.json()["error"]
    assert snapshot(simulator) == before


def snapshot(simulator: RunningSimulator) -> list[Any]:
    paths = ("phones", "faults", "identities", "webhooks", "account", "templates")
    return [simulator.get(f"/_sim/{path}") for path in paths] + [simulator.messages(PHONE)]


def verify(simulator: RunningSimulator, national_id: str, mobile: str) -> bool:
    reply = requests.post(
        f"{simulator.base_url}/verifier/match",
        json={"national_id": national_id, "mobile": mobile},
        headers={"Authorization": "Bearer verifier-token"},
        timeout=5,
    )
    return bool(reply.json()["matched"])


def test_verifier(simulator: RunningSimulator) -> None:
    for number, _, national_id in DEMO_PHONES:
        assert verify(simulator, national_id, number)
    assert verify(simulator, DEMO_PHONES[0][2], "+989121234567")
    assert not verify(simulator, DEMO_PHONES[1][2], PHONE)
    assert verify(simulator, "0499370899", "09120000000")
    assert not verify(simulator, "0499370899", "09120000009")
    simulator.post("/_sim/identities", national_id="0499370899", mobile="09120000009")
    assert verify(simulator, "0499370899", "09120000009")


@pytest.mark.parametrize("header", ["", "Bearer wrong", "Bearer ", "verifier-token"])
def test_verifier_needs_its_token(simulator: RunningSimulator, header: str) -> None:
    reply = requests.post(
        f"{simulator.base_url}/verifier/match",
        json={"national_id": DEMO_PHONES[0][2], "mobile": PHONE},
        headers={"Authorization": header},
        timeout=5,
    )
    assert reply.status_code == 401
    assert "matched" not in reply.json()


def test_it_survives_a_restart(tmp_path: Path) -> None:
    database = str(tmp_path / "simulator.sqlite3")
    with running_simulator(database=database, delay_accept=60.0) as simulator:
        send(simulator)
        simulator.reply(PHONE, "۵")
        simulator.faults(busy=0.5)
        before, then = simulator.messages(PHONE), simulator.forward(30)
    with running_simulator(database=database, delay_accept=60.0) as simulator:
        assert simulator.messages(PHONE) == before
        assert simulator.faults()["busy"] == 0.5
        assert simulator.forward(31) > then + 30
        assert simulator.messages(PHONE)[0]["status"] in (4, 10)


def test_ids_are_not_given_again_after_a_reset(simulator: RunningSimulator) -> None:
    first = (send(simulator), simulator.reply(PHONE, "۵"))
    simulator.reset()
    second = (send(simulator), simulator.reply(PHONE, "۵"))
    assert second > first
    assert second[1] > first[1]


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "::"])
def test_it_listens_on_loopback_only(host: str) -> None:
    with pytest.raises(ValueError, match="loopback"):
        make_server(SimulatorConfig(api_key="k", line=LINE), host=host)


def test_secrets_are_not_shown(simulator: RunningSimulator) -> None:
    simulator.reply(PHONE, "۵")
    shown = repr(simulator.config) + simulator._http.get(simulator.base_url).text
    for secret in (simulator.api_key, "call-secret", "verifier-token", "/inbound"):
        assert secret not in shown


@given(st.text(max_size=400))
def test_both_sides_count_parts_alike(value: str) -> None:
    """Alike but for two-unit characters at the end of a part, which the network may split."""
    ours = max(measure(value).parts, 1)
    assert text.parts(value) in (ours, ours - 1)
    if not re.search(r"[\f^{}\\\[~\]|€\U00010000-\U0010ffff]", value):
        assert text.parts(value) == ours


def test_it_shares_no_code_with_the_application() -> None:
    package = Path(simulator_package.__file__).parent
    imported = {
        name
        for path in package.glob("*.py")
        for name in re.findall(r"^(?:from|import) (\S+)", path.read_text(), re.MULTILINE)
    }
    ours = {name for name in imported if name.split(".")[0] in APPLICATION}
    assert ours
    assert all(name.startswith("sms.simulator") for name in ours)
