"""The machine's Chromium, for pages of ours: what they load and what goes wrong in them fails the test."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.support.processes import DEADLINE, ROOT

SCREENSHOTS = Path(os.environ.get("SCREENSHOTS", ROOT / "build" / "screenshots"))
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
QUIET += ["--disable-component-update", "--disable-sync"]
Scheme = Literal["light", "dark"]
expect.set_options(timeout=DEADLINE * 1000)  # its own 5 s are few for a browser beside other tests


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=QUIET)
        yield started
        started.close()


@contextmanager
def opened(browser: Browser, may_load: str, scheme: Scheme = "light", *, width: int = 1280) -> Iterator[Page]:
    """A page. Errors, words on its console and requests for anything whose address does not begin with `may_load` fail the
    test."""
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page.set_default_timeout(DEADLINE * 1000)
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda message: wrong.extend([message.text] * (message.type in ("error", "warning"))))
    # A request that the next page cuts off is no failure.
    page.on("requestfailed", lambda request: wrong.extend([request.url] * (request.failure != "net::ERR_ABORTED")))
    page.on("request", lambda request: wrong.extend([request.url] * (not request.url.startswith(may_load))))
    yield page
    page.close()
    assert wrong == []


def picture(page: Page, name: str, *, full_page: bool = False) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    content = page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=full_page)
    assert len(content) > 20_000, "an empty page is smaller"
