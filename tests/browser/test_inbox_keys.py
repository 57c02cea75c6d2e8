"""The operators' inbox by keyboard alone; without a script it is tests/ui/test_inbox.py."""

from __future__ import annotations

import httpx2
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import LINE, Addresses, OpenPage
from tests.browser.test_six_steps import sign_in

pytestmark = pytest.mark.browser

TOKEN = "browser-test-token-0123456789"
TEXTS = ("سلام", "کسی هست؟", "چه ساعتی باز است؟", "ممنون")


def test_keys(addresses: Addresses, open_page: OpenPage) -> None:
    operator = sign_in(open_page(), addresses, "operator")
    for number, text in enumerate(TEXTS):
        arrive(addresses, number, text)
    reload_until(operator, addresses, len(TEXTS))
    expect(chosen(operator)).to_contain_text("سلام")
    press(operator, "j", "j", "k")
    expect(chosen(operator)).to_contain_text("کسی هست؟")

    press(operator, "r")
    expect(entries(operator)).to_have_count(3)
    expect(operator.locator(".toast").last).to_contain_text("خوانده‌شده")
    expect(chosen(operator)).to_contain_text("چه ساعتی باز است؟")

    press(operator, "c")
    expect(entries(operator)).to_have_count(2)
    expect(operator.locator(".toast").last).to_contain_text("تماس برگشتی")

    refused = chosen(operator).get_attribute("id")
    press(operator, "5")
    expect(operator.locator(f"#{refused}")).to_contain_text("نظرسنجی بی‌پاسخی نیست")
    expect(entries(operator)).to_have_count(2)
    expect(operator.locator(f"#{refused}[aria-current]")).to_be_visible()

    press(operator, "r")
    expect(entries(operator)).to_have_count(1)
    press(operator, "r")
    expect(operator.get_by_text("پیامک نیازمند بررسی نیست")).to_be_visible()
    with_nothing_left_the_page_stays(operator)


def with_nothing_left_the_page_stays(page: Page) -> None:
    """A live part of an empty page does not load the page anew, which would go on for ever."""
    page.wait_for_load_state()
    page.evaluate("window.stays = true")
    page.evaluate("document.dispatchEvent(new Event('htmx:after:settle'))")
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert page.evaluate("window.stays")


def arrive(addresses: Addresses, number: int, text: str) -> None:
    form = {
        "messageid": f"{number + 1}",
        "from": f"0935000000{number}",
        "to": LINE,
        "message": text,
    }
    path = f"{addresses.service}/webhooks/kavenegar/{TOKEN}/inbound"
    assert httpx2.post(path, data=form, trust_env=False).status_code == 200


def reload_until(page: Page, addresses: Addresses, count: int) -> None:
    """The worker takes each text a moment after it came."""
    page.goto(f"{addresses.service}/inbox")
    for _ in range(100):
        if entries(page).count() == count:
            return
        page.wait_for_timeout(100)
        page.reload()
    expect(entries(page)).to_have_count(count)


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def entries(page: Page) -> Locator:
    return page.locator("[data-entry]")


def chosen(page: Page) -> Locator:
    return page.locator("[data-entry][aria-current]")
