from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests
from playwright.sync_api import Browser, expect

from tests.support.browser import page_of
from tests.support.simulator import RunningSimulator, running_simulator

pytestmark = pytest.mark.browser

PHONE = "09121234567"


@pytest.fixture(scope="module")
def server() -> Iterator[RunningSimulator]:
    with running_simulator(delay_answer=0.2) as running:
        yield running


@pytest.fixture
def simulator(server: RunningSimulator) -> RunningSimulator:
    server.reset()
    return server


def send(simulator: RunningSimulator, text: str) -> None:
    url = f"{simulator.base_url}/v1/{simulator.api_key}/sms/send.json"
    requests.post(url, data={"receptor": PHONE, "message": text}, timeout=5)


@pytest.mark.parametrize("javascript", [True, False])
def test_a_citizen_answers(browser: Browser, simulator: RunningSimulator, javascript: bool) -> None:
    send(simulator, "از ۱ تا ۵؟")
    with page_of(browser, javascript=javascript) as page:
        page.goto(f"{simulator.base_url}/phones/{PHONE}")
        expect(page.locator(".bubble.theirs")).to_contain_text("از ۱ تا ۵؟")
        page.get_by_label("متن پاسخ").fill("۵ سپاس")
        page.get_by_label("بفرست").click()
        expect(page.locator(".bubble.mine")).to_contain_text("۵ سپاس")
        page.get_by_role("button", name="همان پاسخ، دو بار").click()
        expect(page.locator(".bubble.mine")).to_have_count(3)
    replies = [row["text"] for row in simulator.messages(PHONE) if row["direction"] != "to_phone"]
    assert replies == ["۵ سپاس"] * 3


def test_a_text_appears_by_itself(browser: Browser, simulator: RunningSimulator) -> None:
    with page_of(browser) as page:
        page.goto(f"{simulator.base_url}/phones/{PHONE}")
        page.get_by_label("متن پاسخ").fill("نیمه‌کاره")
        send(simulator, "کد رهگیری شما")
        expect(page.locator(".bubble.delivered")).to_contain_text("کد رهگیری شما")
        expect(page.get_by_label("متن پاسخ")).to_have_value("نیمه‌کاره")


def test_a_call_is_answered_and_hung_up(browser: Browser, simulator: RunningSimulator) -> None:
    with page_of(browser) as page:
        page.goto(f"{simulator.base_url}/phones/{PHONE}")
        page.get_by_role("button", name="تماس با ۱۲۸").click()
        expect(page.get_by_role("dialog")).to_contain_text("ارتباط برقرار است")
        page.get_by_role("button", name="قطع تماس").click()
        expect(page.get_by_role("dialog")).to_have_count(0)


def test_a_fault_is_set_by_its_slider(browser: Browser, simulator: RunningSimulator) -> None:
    with page_of(browser) as page:
        page.goto(f"{simulator.base_url}/provider?phone={PHONE}")
        page.get_by_label("خطای ۵۰۲").fill("40")
        expect(page.locator("#live-account .warn")).to_be_visible()
        assert simulator.faults()["bad_gateway"] == 0.4
        page.get_by_role("button", name="همه خاموش").click()
        expect(page.get_by_label("خطای ۵۰۲")).to_have_value("0")
    assert simulator.faults()["bad_gateway"] == 0


def test_two_phones_are_used_side_by_side(browser: Browser, simulator: RunningSimulator) -> None:
    with page_of(browser) as page:
        page.set_viewport_size({"width": 1440, "height": 900})
        page.goto(f"{simulator.base_url}/phones/{PHONE}")
        page.get_by_label("رضا کریمی را هم کنار این بگذار").click()
        second = page.get_by_label("گوشی رضا کریمی")
        second.get_by_label("متن پاسخ").fill("از گوشی دوم")
        second.get_by_label("بفرست").click()
        expect(second.locator(".bubble.mine")).to_contain_text("از گوشی دوم")
        expect(page.locator(".device")).to_have_count(2)
        second.get_by_label("این گوشی را کنار بگذار").click()
        expect(page.locator(".device")).to_have_count(1)


def test_a_case_is_played(browser: Browser, simulator: RunningSimulator) -> None:
    with page_of(browser, javascript=False) as page:
        page.goto(simulator.base_url)
        page.get_by_role("button", name="با این پرونده تماس بگیر").first.click()
        expect(page.get_by_role("dialog")).to_contain_text("۱۲۸")
        expect(page.get_by_text("آنچه به کارشناس می‌گوید")).to_be_visible()


@pytest.mark.parametrize("path", ["/", f"/phones/{PHONE}", "/provider"])
def test_nothing_is_wider_than_a_phone(
    browser: Browser, simulator: RunningSimulator, path: str
) -> None:
    send(simulator, "نشانی: " + "ا" * 80)
    with page_of(browser) as page:
        page.set_viewport_size({"width": 360, "height": 740})
        page.goto(simulator.base_url + path)
        assert page.evaluate("document.documentElement.scrollWidth") == 360
