from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.support.simulator import RunningSimulator, running_simulator

PHONE = "09121234567"
HERE = f"/phones/{PHONE}"


@pytest.fixture(scope="module")
def server() -> Iterator[RunningSimulator]:
    with running_simulator() as running:
        yield running


@pytest.fixture
def simulator(server: RunningSimulator) -> RunningSimulator:
    server.reset()
    return server


def page(simulator: RunningSimulator, path: str = HERE) -> str:
    reply = requests.get(simulator.base_url + path, timeout=5)
    assert reply.status_code == 200
    assert reply.headers["Content-Security-Policy"].startswith("default-src 'self'")
    return reply.text


def press(
    simulator: RunningSimulator, path: str, fields: dict[str, str], site: str = "same-origin"
) -> requests.Response:
    return requests.post(
        simulator.base_url + path,
        data={"back": HERE} | fields,
        headers={"Sec-Fetch-Site": site},
        allow_redirects=False,
        timeout=5,
    )


@pytest.mark.parametrize("path", ["/", HERE, "/provider", f"/provider?phone={PHONE}", "/?phone=x"])
def test_pages(simulator: RunningSimulator, path: str) -> None:
    html = page(simulator, path)
    assert "شبیه‌ساز: هیچ پیامکی از این دستگاه بیرون نمی‌رود" in html
    shown = "مریم احمدی" in html and "رضا کریمی" in html
    assert shown is not path.startswith("/provider")
    assert "<script>" not in html
    assert " style=" not in html
    assert " onclick=" not in html


def test_a_citizen_can_read_out_the_national_id(simulator: RunningSimulator) -> None:
    assert "۰۰۱۲۳۴۵۶۷۹" in page(simulator)


@pytest.mark.parametrize("path", ["/phones/09999999999", "/phones/x"])
def test_an_unknown_phone(simulator: RunningSimulator, path: str) -> None:
    assert requests.get(simulator.base_url + path, timeout=5).status_code == 404


def test_texts_are_escaped(simulator: RunningSimulator) -> None:
    simulator.reply(PHONE, "<script>alert(1)</script>")
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page(simulator)


def test_reply(simulator: RunningSimulator) -> None:
    answer = press(simulator, f"{HERE}/reply", {"text": "سلام\r\nچه شد؟"})
    assert (answer.status_code, answer.headers["Location"]) == (303, HERE)
    press(simulator, f"{HERE}/reply", {"text": "", "answer": "۵"})
    press(simulator, f"{HERE}/reply", {"text": "", "twice": "1"})
    texts = [message["text"] for message in simulator.messages(PHONE)]
    assert texts == ["سلام\nچه شد؟", "۵", "۵", "۵"]


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        (f"{HERE}/reply", {"text": " "}),
        (f"{HERE}/reply", {"text": "ا" * 1001}),
        (f"{HERE}/reply", {"twice": "1"}),
        (f"{HERE}/state", {"state": "lost"}),
        (f"{HERE}/call", {"event": "singing"}),
        ("/phones/021/reply", {"text": "سلام"}),
        ("/phones", {"number": "021"}),
        ("/provider/clock", {"forward": "-5"}),
        ("/provider/clock", {"forward": "x"}),
        ("/provider/faults", {"hang": "101"}),
        ("/provider/faults", {"latency": "x"}),
        ("/provider/faults", {"refuse_with": "200"}),
        ("/provider/faults", {"webhook_format": "xml"}),
        ("/provider/account", {"credit": "-1"}),
        ("/provider/account", {"credit": "x"}),
        ("/provider/templates", {"name": "a b", "text": "%token"}),
        ("/provider/templates", {"name": "a", "text": "no placeholder"}),
        ("/play", {"story": "none"}),
        (f"{HERE}/incoming", {"event": "sung"}),
    ],
)
def test_bad_forms_change_nothing(
    simulator: RunningSimulator, path: str, fields: dict[str, str]
) -> None:
    before = snapshot(simulator)
    assert press(simulator, path, fields).status_code == 422
    assert snapshot(simulator) == before


def snapshot(simulator: RunningSimulator) -> list[Any]:
    paths = ("phones", "faults", "account", "templates", "calls")
    return [simulator.get(f"/_sim/{path}") for path in paths] + [simulator.messages(PHONE)]


@pytest.mark.parametrize("path", [f"{HERE}/reply", "/_sim/reset"])
@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_another_site_cannot_press_a_button(
    simulator: RunningSimulator, path: str, site: str
) -> None:
    simulator.reply(PHONE, "۵")
    assert press(simulator, path, {"text": "سلام"}, site).status_code == 403
    assert len(simulator.messages(PHONE)) == 1


@pytest.mark.parametrize("back", ["https://example.com", "//example.com", "/\\example.com", ""])
def test_a_form_returns_to_this_site_only(simulator: RunningSimulator, back: str) -> None:
    answer = press(simulator, f"{HERE}/state", {"state": "off", "back": back})
    assert answer.headers["Location"] == "/"


def test_new_phone(simulator: RunningSimulator) -> None:
    answer = press(simulator, "/phones", {"number": "۰۹۱۹ ۱۱۱ ۲۲۳۳", "name": " زهرا "})
    assert answer.headers["Location"] == "/phones/09191112233"
    assert "زهرا" in page(simulator, "/phones/09191112233")


def test_a_call_from_the_phone(simulator: RunningSimulator) -> None:
    press(simulator, f"{HERE}/call", {"event": "ringing"})
    assert "در حال زنگ زدن" in page(simulator)
    press(simulator, f"{HERE}/call", {"event": "answered"})
    assert "ارتباط برقرار است" in page(simulator)
    press(simulator, f"{HERE}/call", {"event": "ended"})
    assert press(simulator, f"{HERE}/call", {"event": "ended"}).status_code == 303
    assert "ارتباط برقرار است" not in page(simulator)


def test_a_case_is_ready_to_be_played(simulator: RunningSimulator) -> None:
    home = page(simulator, "/")
    assert "باجه‌ای که زود بسته شد" in home
    answer = press(simulator, "/play", {"story": "closed-desk"})
    assert answer.headers["Location"] == HERE
    html = page(simulator)
    assert "در حال زنگ زدن" in html
    assert "شعبه تأمین اجتماعی شهرستان رشت" in html


def test_phones_stand_side_by_side(simulator: RunningSimulator) -> None:
    other = "09351112233"
    html = page(simulator, f"{HERE}?beside={other},{other},x,09999999999")
    assert html.count('class="device"') == 2
    assert f'action="/phones/{other}/reply"' in html
    assert f'name="back" value="{HERE}?beside={other},' in html
    assert f'href="/phones/{other}" aria-label="این گوشی را کنار بگذار"' in html
    assert f'class="join" href="{HERE}?beside={other}"' in page(simulator)


@pytest.mark.parametrize(("event", "status"), [("heard", 10), ("declined", 11)])
def test_a_call_reads_a_text_out(event: str, status: int) -> None:
    with running_simulator(delay_deliver=60.0) as simulator:
        url = f"{simulator.base_url}/v1/{simulator.api_key}/call/maketts.json"
        requests.post(url, data={"receptor": PHONE, "message": "نتیجهٔ پرونده"}, timeout=5)
        simulator.forward(1)
        html = page(simulator)
        assert 'aria-label="تماس ورودی"' in html
        press(simulator, f"{HERE}/incoming", {"event": event})
        assert simulator.messages(PHONE)[0]["status"] == status
        html = page(simulator)
        assert 'aria-label="تماس ورودی"' not in html
        assert "تماس گویا" in html
        assert press(simulator, f"{HERE}/incoming", {"event": event}).status_code == 303


def test_the_account_and_templates_are_set_in_the_panel(simulator: RunningSimulator) -> None:
    press(simulator, "/provider/account", {"credit": "۵٬۰۰۰", "resendfailed": "on"})
    account = simulator.account()
    assert (account["credit"], account["resendfailed"]) == (5_000, "enabled")
    press(simulator, "/provider/account", {"credit": "7000"})
    assert simulator.account()["resendfailed"] == "disabled"
    press(simulator, "/provider/templates", {"name": "new", "text": "کد\r\n%token"})
    assert simulator.get("/_sim/templates")["new"] == "کد\n%token"
    html = page(simulator, "/provider")
    assert "۷٬۰۰۰" in html


def test_the_panel_shows_calls_with_their_fields(simulator: RunningSimulator) -> None:
    url = f"{simulator.base_url}/v1/{simulator.api_key}/sms/send.json"
    requests.post(url, data={"receptor": PHONE, "message": "<b>سلام</b>"}, timeout=5)
    html = page(simulator, "/provider")
    assert "&lt;b&gt;سلام&lt;/b&gt;" in html
    assert "$SIMULATOR/v1/$KEY/sms/send.json" in html
    assert simulator.api_key not in html


def test_each_fault_has_a_sentence(simulator: RunningSimulator) -> None:
    html = page(simulator, "/provider")
    for name in simulator.faults():
        assert f'id="f-{name}"' in html
        assert f'aria-describedby="h-{name}"' in html


def test_faults_and_calm(simulator: RunningSimulator) -> None:
    fields = {"lost_reply": "20", "no_credit": "on", "latency": "۲۰", "seed": "۷"}
    press(simulator, "/provider/faults", fields | {"refuse_with": "418"})
    faults = simulator.faults()
    assert faults["lost_reply"] == 0.2
    assert faults["no_credit"] is True
    assert (faults["latency"], faults["seed"], faults["refuse_with"]) == (20, 7, 418)
    assert faults["dedupe_local_ids"] is False
    press(simulator, "/provider/calm", {})
    assert simulator.faults()["no_credit"] is False
    assert simulator.faults()["dedupe_local_ids"] is True


def test_unread_texts_are_counted_until_seen(simulator: RunningSimulator) -> None:
    url = f"{simulator.base_url}/v1/{simulator.api_key}/sms/send.json"
    for number in (PHONE, "09120000001"):
        requests.post(url, data={"receptor": number, "message": "سلام"}, timeout=5)
    simulator.forward(1)
    simulator.forward(1)
    assert 'class="badge"' in page(simulator, "/?phone=09120000001")
    page(simulator, "/phones/09120000001")
    page(simulator)
    assert 'class="badge"' not in page(simulator, "/")


def test_changes_are_told(simulator: RunningSimulator) -> None:
    with requests.get(f"{simulator.base_url}/events", stream=True, timeout=5) as stream:
        lines = (line for line in stream.iter_lines() if line.startswith(b"data:"))
        first = next(lines)
        simulator.reply(PHONE, "۵")
        assert next(lines) != first


@pytest.mark.parametrize(
    "name", ["simulator.css", "simulator.js", "vazirmatn.woff2", "vazirmatn-OFL.txt", "icon.svg"]
)
def test_static_files(simulator: RunningSimulator, name: str) -> None:
    reply = requests.get(f"{simulator.base_url}/static/{name}", timeout=5)
    assert reply.status_code == 200
    assert len(reply.content) < 60 * 1024


def test_another_host_name_is_refused(simulator: RunningSimulator) -> None:
    reply = requests.get(simulator.base_url, headers={"Host": "evil.example"}, timeout=5)
    assert reply.status_code == 400
