"""Chromium for the browser journeys: whichever is installed, driven by Playwright.

`python -m tests.support.browser` prints where it is, or fails.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
MISSING = "No Chromium: install it (Debian: apt-get install chromium) to run the browser tests"


def path() -> str | None:
    """The browser's executable: `FAVAD_TEST_CHROMIUM`, else the first one on the path."""
    given = os.environ.get("FAVAD_TEST_CHROMIUM")
    found = (shutil.which(name) for name in ((given,) if given else NAMES))
    return next((executable for executable in found if executable), None)


def require() -> str:
    """The executable; without one the test is skipped, or fails where `CI` is `true`."""
    executable = path()
    if executable is None:
        if os.environ.get("CI") == "true":
            pytest.fail(MISSING, pytrace=False)
        pytest.skip(MISSING)
    return executable


@contextmanager
def running() -> Iterator[Browser]:
    """A headless browser. Playwright's loop runs in this thread: no async test meanwhile."""
    executable = require()
    with sync_playwright() as playwright:
        # The sandbox needs privileges that root in a container does not have.
        browser = playwright.chromium.launch(
            executable_path=executable, args=["--no-sandbox"] if os.geteuid() == 0 else []
        )
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def page_of(browser: Browser, *, javascript: bool = True) -> Iterator[Page]:
    """A fresh page as a user in Iran has it. Fails on leaving if the page broke in the console."""
    context = browser.new_context(
        locale="fa-IR", timezone_id="Asia/Tehran", java_script_enabled=javascript
    )
    broken: list[str] = []

    def on_console(message: ConsoleMessage) -> None:
        if message.type == "error" and "Failed to load resource" not in message.text:
            broken.append(message.text)

    page = context.new_page()
    page.on("console", on_console)
    page.on("pageerror", lambda error: broken.append(str(error)))
    try:
        yield page
        assert not broken, "\n".join(broken)
    finally:
        context.close()


if __name__ == "__main__":
    print(path() or MISSING, file=sys.stdout if path() else sys.stderr)
    sys.exit(path() is None)
