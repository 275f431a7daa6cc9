"""A real browser for the tests of the viewer, where there is one."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page
    from served import Served

CHROMIUM = os.environ.get("ENGREP_CHROMIUM") or next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), ""
)
NEEDS_BROWSER = pytest.mark.skipif(
    not CHROMIUM, reason="no Chromium here: install it, or name one with ENGREP_CHROMIUM"
)


@contextmanager
def launched() -> Iterator[Browser]:
    """Start a browser without a window."""
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as started:
        chromium = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield chromium
        chromium.close()


def entered(context: BrowserContext, shop: Served) -> tuple[Page, list[str]]:
    """Open the address with the token; give the page, and a list that gathers whatever goes wrong in it."""
    page = context.new_page()
    wrong: list[str] = []
    page.on("console", lambda told: wrong.append(told.text))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("dialog", lambda dialog: wrong.append(dialog.message))
    page.on("request", lambda sent: wrong.extend([] if sent.url.startswith(shop.base) else [sent.url]))
    page.goto(shop.url)
    page.wait_for_url(shop.base + "/")
    return page, wrong


def every_page(shop: Served) -> list[str]:
    """Give an address of each kind of page."""
    return [
        "/", "/?q=backoff", "/?q=hostile", "/symbol?name=net.retry.backoff&depth=2", "/symbol?name=hostile.hostile", "/file?path=hostile.py",
        "/memories", "/memories?status=all", f"/memory?id={shop.ids['evil']}", f"/memory?id={shop.ids['wait60']}", "/review", "/sessions",
        f"/session?id={shop.session}", f"/session?id={shop.session}&turn=2", "/status", "/doctor",
    ]  # fmt: skip
