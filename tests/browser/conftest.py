"""A browser for the page with the two phones, on the running stack."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, expect, sync_playwright

from infra.local.phones import Phone
from tests.browser.phones_page import PhonesPage
from tests.stack import until

SCREENSHOTS = Path(__file__).resolve().parents[2] / ".local" / "screenshots"
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PATIENCE_MS = 30_000


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for all tests of this folder."""
    found = next((path for path in map(shutil.which, NAMES) if path), None)
    if found is None:
        pytest.fail(
            "tests/browser need Chromium: `sudo apt-get install -y chromium fonts-noto-cjk fonts-noto-color-emoji` "
            "(Debian, Ubuntu), or any of these on the PATH: " + ", ".join(NAMES)
        )
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    """A browser session of its own, as large as a usual laptop's window."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, locale="zh-CN", timezone_id="Asia/Shanghai")
    context.set_default_timeout(PATIENCE_MS)
    yield context
    context.close()


@pytest.fixture(scope="session")
def awake(stack: dict[str, Any]) -> dict[str, Any]:
    """The stack, once its functions have started: the first call of a fresh stack may outlast WeChat's patience."""
    somebody = Phone(stack, stack["demo"]["customers"][-1]["openid"])
    until(lambda: somebody.say("帮助"), seconds=90, what="an answer in the chat")
    return stack


@pytest.fixture
def phones(context: BrowserContext, awake: dict[str, Any]) -> Iterator[PhonesPage]:
    """The page, opened. Fails at the end when the page threw anything or broke its own security policy."""
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on(
        "console",
        lambda message: wrong.append(message.text) if "Content Security Policy" in message.text else None,
    )
    page.goto(awake["web"]["phone"])
    opened = PhonesPage(page, SCREENSHOTS)
    opened.await_people()
    yield opened
    assert wrong == []
