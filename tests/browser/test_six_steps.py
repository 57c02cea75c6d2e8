"""All six steps in a browser, with the citizen's handset: with scripts, and the staff without."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Addresses, OpenPage
from tests.support.running import PASSWORD
from tests.support.world import NATIONAL_ID

pytestmark = pytest.mark.browser

PHONE = "09121234567"
SUBJECT = "دیر باز شدن باجه پذیرش"
RESULT = "باجه از ساعت ۸ باز است و به متصدی تذکر داده شد."
SMS_MS = 45_000
"""A text takes three seconds from the outbox to the handset; the worker may be asked again."""


def test_six_steps_with_the_handset(addresses: Addresses, open_page: OpenPage) -> None:
    handset = open_handset(open_page(), addresses)
    operator = sign_in(open_page(), addresses, "operator")
    expect(operator.get_by_text("تماسی در انتظار نیست")).to_be_visible()
    dial(handset)
    expect(operator.get_by_role("button", name="پاسخ‌گویی")).to_be_visible()
    screen(operator, "operator-ringing")
    case = register(operator, handset, search=type_ahead)
    hang_up(handset)

    senior = sign_in(open_page(), addresses, "senior")
    order(senior, addresses, case)
    county = sign_in(open_page(), addresses, "county")
    accept_and_report(county, addresses, case)
    record(senior, addresses, case)

    expect(messages(handset, RESULT)).to_be_visible(timeout=SMS_MS)
    expect(messages(handset, "راضی هستید")).to_be_visible(timeout=SMS_MS)
    screen(handset, "handset-survey")
    handset.locator("textarea[name=text]").fill("۱")
    handset.locator("button.send").click()
    expect(messages(handset, "رسیدگی دوباره به سطح بالاتر")).to_be_visible(timeout=SMS_MS)

    senior.goto(f"{addresses.service}/cases/{case}")
    expect(senior.locator("main")).to_contain_text("در حال رسیدگی")
    expect(senior.locator("main")).to_contain_text("اداره کل آموزش و پرورش استان گیلان")
    screen(senior, "case-reopened")
    provincial = sign_in(open_page(), addresses, "provincial")
    provincial.goto(f"{addresses.service}/cases/{case}")
    expect(provincial.get_by_role("button", name="پذیرش ارجاع")).to_be_visible()


def test_staff_without_scripts(addresses: Addresses, open_page: OpenPage) -> None:
    handset = open_handset(open_page(), addresses)
    operator = sign_in(open_page(javascript=False), addresses, "operator")
    dial(handset)
    operator.goto(f"{addresses.service}/operator?stay=1")
    case = register(operator, handset, search=search_button)
    hang_up(handset)
    senior = sign_in(open_page(javascript=False), addresses, "senior")
    order(senior, addresses, case)
    county = sign_in(open_page(javascript=False), addresses, "county")
    accept_and_report(county, addresses, case)
    record(senior, addresses, case)
    expect(messages(handset, RESULT)).to_be_visible(timeout=SMS_MS)


def open_handset(page: Page, addresses: Addresses) -> Page:
    page.goto(f"{addresses.handset}/phones/{PHONE}")
    return page


def dial(handset: Page) -> None:
    handset.get_by_text("تماس با ۱۲۸").first.click()
    expect(handset.locator(".calling")).to_be_visible()


def hang_up(handset: Page) -> None:
    handset.locator(".hangup").click()
    expect(handset.locator(".calling")).to_have_count(0)


def messages(handset: Page, words: str) -> Locator:
    """The latest text on the handset with these words."""
    return handset.locator(".bubble.theirs").get_by_text(words).last


def sign_in(page: Page, addresses: Addresses, name: str) -> Page:
    page.goto(f"{addresses.service}/login")
    page.locator("#f-username").fill(name)
    page.locator("#f-password").fill(PASSWORD)
    page.get_by_role("button", name="ورود").click()
    expect(page).not_to_have_url(re.compile("/login"))
    return page


def type_ahead(page: Page, field: str, words: str) -> None:
    """The list follows what is typed."""
    page.locator(f"#f-{field}-query").press_sequentially(words)


def search_button(page: Page, field: str, words: str) -> None:
    page.locator(f"#f-{field}-query").fill(words)
    page.locator(f"button[name=search][value={field}]").click()


def register(operator: Page, handset: Page, search: object) -> int:
    """S1 and S2: the number of the new case."""
    assert callable(search)
    operator.get_by_role("button", name="پاسخ‌گویی").click()
    operator.locator("#f-name").fill("مریم احمدی")
    operator.locator("#f-national_id").fill(NATIONAL_ID)
    operator.get_by_role("button", name="احراز هویت").click()
    operator.locator("#f-code").fill(identity_code(handset))
    operator.get_by_role("button", name="تأیید کد").click()

    search(operator, "place", "علی‌آ")
    operator.locator("input[name=place][value=v1]").check()
    search(operator, "agency", "آموزش رشت")
    operator.locator("input[name=agency][value=EDU-c1]").check()
    operator.locator("input[name=indicator][value=I5]").check()
    operator.locator("#f-subject").fill(SUBJECT)
    operator.locator("#f-text").fill("ساعت ۹ مراجعه کردم و باجه تا ساعت ده و نیم بسته بود.")
    screen(operator, "operator-registration")
    operator.get_by_role("button", name="ثبت و ارجاع به راهبر ارشد").click()
    expect(operator.get_by_text("پرونده ثبت و به راهبر ارشد ارجاع شد")).to_be_visible()
    code = operator.locator(".registered-code").inner_text().strip()
    expect(messages(handset, code)).to_be_visible(timeout=SMS_MS)
    return int(operator.url.partition("registered=")[2])


def identity_code(handset: Page) -> str:
    """What the citizen reads to the operator from the handset."""
    text = messages(handset, "کد احراز هویت")
    expect(text).to_be_visible(timeout=SMS_MS)
    code = re.search(r"[۰-۹]{6}", text.inner_text())
    assert code is not None
    return code.group()


def order(senior: Page, addresses: Addresses, case: int) -> None:
    """S3."""
    act = opened_act(senior, addresses, case, "دستور اقدام")
    act.locator("input[name=units][value=EDU-c1]").check()
    act.locator("textarea").fill("موضوع فوری بررسی و نتیجه اعلام شود.")
    act.get_by_role("button", name="صدور دستور").click()
    expect(senior).to_have_url(re.compile("done=ordered"))
    screen(senior, "senior-ordered")


def accept_and_report(county: Page, addresses: Addresses, case: int) -> None:
    """S4."""
    county.goto(f"{addresses.service}/queue")
    expect(county.get_by_text(SUBJECT)).to_be_visible()
    county.goto(f"{addresses.service}/cases/{case}")
    county.get_by_role("button", name="پذیرش ارجاع").click()
    expect(county).to_have_url(re.compile("done=accepted"))
    act = opened_act(county, addresses, case, "گزارش نتیجه")
    act.locator("textarea").first.fill("باجه از ساعت هشت باز است.")
    act.get_by_role("button", name="گزارش نتیجه").click()
    expect(county).to_have_url(re.compile("done=reported"))


def record(senior: Page, addresses: Addresses, case: int) -> None:
    """S5."""
    act = opened_act(senior, addresses, case, "ثبت نتیجه")
    act.locator("textarea").fill(RESULT)
    act.get_by_role("button", name="ثبت نتیجه و پیامک به شهروند").click()
    expect(senior).to_have_url(re.compile("done=answered"))
    expect(senior.locator("main")).to_contain_text("پاسخ داده")
    screen(senior, "senior-answered")


def opened_act(page: Page, addresses: Addresses, case: int, label: str) -> Locator:
    """The form of an act on the case page, unfolded."""
    page.goto(f"{addresses.service}/cases/{case}")
    act = page.locator("details").filter(has=page.locator("summary", has_text=label))
    if not act.evaluate("element => element.open"):
        act.locator("summary").click()
    return act


def screen(page: Page, name: str) -> None:
    """Keep a picture where `FAVAD_TEST_SCREENS` names a directory."""
    directory = os.environ.get("FAVAD_TEST_SCREENS")
    if directory:
        page.screenshot(path=Path(directory) / f"{name}.png", full_page=True)
