"""GraphiQL in a real browser: nothing from outside, nothing that the pages' policy refuses."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Request, expect

from tests.browser.conftest import Addresses, OpenPage
from tests.support.running import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.processes]


def test_staff_ask_in_graphiql(addresses: Addresses, open_page: OpenPage) -> None:
    page = open_page()
    asked: list[str] = []

    def on_request(request: Request) -> None:
        asked.append(request.url)

    page.on("request", on_request)
    page.goto(f"{addresses.service}/graphiql")
    page.get_by_label("نام کاربری").fill("supervisor")
    page.get_by_label("گذرواژه").fill(PASSWORD)
    page.get_by_role("button", name="ورود").click()
    expect(page).to_have_title("GraphiQL – Favad 128")
    page.get_by_role("button", name="Execute query").click()
    answer = page.locator(".result-window")
    expect(answer).to_contain_text('"role": "SUPERVISOR"')
    page.get_by_role("button", name="Show Documentation Explorer").click()
    page.get_by_role("link", name="Query").click()
    expect(page.locator(".graphiql-doc-explorer")).to_contain_text("trackingCode")
    page.get_by_role("button", name="Open settings dialog").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert {urlsplit(url).netloc for url in asked if not url.startswith("data:")} == {
        urlsplit(addresses.service).netloc
    }
