"""How the viewer looks: contrast in both themes, names of controls, a phone's width, focus; and without scripts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from browsing import NEEDS_BROWSER, entered, every_page, launched
from served import Served, serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = NEEDS_BROWSER

# Every visible text of a page whose contrast with what is behind it is less than WCAG AA asks for.
PALE = """() => {
  const channel = (c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const numbers = (css) => (css.match(/[\\d.]+/g) || []).map(Number);
  const behind = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const own = numbers(getComputedStyle(at).backgroundColor);
      if (own.length === 3 || own[3] === 1) return own.slice(0, 3);
    }
    return numbers(getComputedStyle(document.body).backgroundColor);
  };
  const pale = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let text = walker.nextNode(); text; text = walker.nextNode()) {
    const node = text.parentElement;
    if (!text.data.trim() || !node.checkVisibility() || node.closest("svg, option, .unseen, .skip")) continue;
    const [one, two] = [light(numbers(getComputedStyle(node).color)), light(behind(node))];
    const ratio = (Math.max(one, two) + 0.05) / (Math.min(one, two) + 0.05);
    if (ratio < 4.5) pale.push(`${text.data.trim().slice(0, 30)} ${ratio.toFixed(2)}`);
  }
  return pale;
}"""
NAMELESS = """() => [...document.querySelectorAll("input:not([type=hidden]), select, textarea, button, a")]
  .filter((node) => !(node.textContent.trim() || node.ariaLabel || node.labels?.length))
  .map((node) => node.outerHTML.slice(0, 80))"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start one browser."""
    with launched() as started:
        yield started


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve a shop."""
    with serving(tmp_path_factory.mktemp("browser") / "shop") as served:
        yield served


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_text_can_be_read(theme: str, browser: Browser, shop: Served) -> None:
    """All text has the contrast that WCAG AA asks for, in both themes, and every control has a name."""
    context = browser.new_context(color_scheme="dark" if theme == "dark" else "light")
    page, _ = entered(context, shop)
    behind = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, re.findall(r"\d+", behind))) < 200) is (theme == "dark")
    for address in every_page(shop):
        page.goto(shop.base + address)
        assert page.evaluate(PALE) == [], address
        assert page.evaluate(NAMELESS) == [], address
        for landmark in ("header", "nav", "main", "[role=search]"):
            assert page.locator(landmark).count() >= 1, address
        assert page.locator("h1, h2").count() >= 1, address
    context.close()


def test_nothing_is_wider_than_a_phone(browser: Browser, shop: Served) -> None:
    """At 390 pixels no page scrolls to the side; wide drawings and code scroll in their own box."""
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page, _ = entered(context, shop)
    with shop.memory() as memory:  # a branch may be called at length, and its name has no room to break
        memory.remember("Cards may be tried twice.", status="proposed", scope="branch:" + "b" * 100)
    for address in every_page(shop):
        page.goto(shop.base + address)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, address
    context.close()


def test_focus_is_seen(browser: Browser, shop: Served) -> None:
    """Going on by Tab shows where one is, first the link that skips the frame."""
    page, _ = entered(browser.new_context(), shop)
    page.goto(f"{shop.base}/memories")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    for _ in range(6):
        page.keyboard.press("Tab")
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline != "none"


def test_pages_work_without_scripts(browser: Browser, shop: Served) -> None:
    """Search and a decision need no JavaScript."""
    context = browser.new_context(java_script_enabled=False)
    page, _ = entered(context, shop)
    page.locator("#q").fill("charge a card")
    page.locator("#q").press("Enter")
    page.wait_for_url("**/?q=*")
    assert page.locator(".hits > li").count() > 0
    page.goto(f"{shop.base}/memory?id={shop.ids['day']}")
    page.get_by_role("button", name="Pin", exact=True).click()
    page.wait_for_url("**n=*")
    page.get_by_role("button", name="Unpin").click()
    page.wait_for_load_state()
    context.close()
