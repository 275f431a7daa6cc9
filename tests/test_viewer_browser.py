"""The viewer in a real browser: search, the graph, decisions and corrections, by keys and by hand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from browsing import NEEDS_BROWSER, entered, every_page, launched
from served import Served, serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = NEEDS_BROWSER


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


@pytest.fixture
def page(browser: Browser, shop: Served) -> Iterator[Page]:
    """Give a page that was let in; nothing may go wrong in it, and nothing may be asked of another machine."""
    context = browser.new_context()
    opened, wrong = entered(context, shop)
    yield opened
    context.close()
    assert wrong == []


def test_a_question_is_asked_and_answered_by_keys_alone(page: Page) -> None:
    """The slash leads to the box, j and k walk over the hits, Enter opens one, Escape leaves the box."""
    page.keyboard.press("/")
    page.keyboard.type("wait after a failed request")
    page.keyboard.press("Enter")
    page.wait_for_url("**/?q=*")
    assert page.locator("#q").input_value() == "wait after a failed request"
    names = page.locator(".hits a.open").all_inner_texts()
    assert names[0] == "net.retry.backoff"
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    assert page.locator(".chosen a.open").inner_text() == names[0]
    page.keyboard.press("Enter")
    page.wait_for_url("**/symbol?name=net.retry.backoff*")
    page.keyboard.press("/")
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("m")
    page.wait_for_url("**/memories")


def test_the_keys_are_listed(page: Page) -> None:
    """A question mark opens the list of keys, Escape closes it."""
    page.keyboard.press("?")
    assert page.locator("#keys").is_visible()
    page.keyboard.press("Escape")
    assert not page.locator("#keys").is_visible()
    page.locator("#help").click()
    assert page.locator("#keys").is_visible()


def test_a_hit_shows_the_parts_of_its_score(page: Page, shop: Served) -> None:
    """The bars of a hit, the folded ones too, are those of the library."""
    page.goto(f"{shop.base}/?q=backoff+in+billing")
    page.locator(".hits > li").first.locator("details summary").click()
    first = page.locator(".hits > li").first
    parts = first.locator(".bars li > span:first-child").all_inner_texts()
    values = [float(value) for value in first.locator(".bars .number").all_inner_texts()]
    with shop.memory() as memory:
        hit = memory.search("backoff in billing", limit=20).hits[0]
    assert sorted(parts) == sorted(each.part.replace("_", " ") for each in hit.why)
    assert sum(values) == pytest.approx(hit.score, abs=0.005 * len(values))


def test_undecided_namesakes_stand_side_by_side(page: Page, shop: Served) -> None:
    """A bare name that two modules share shows both, with what sets them apart."""
    page.goto(f"{shop.base}/?q=backoff")
    cards = page.locator(".undecided .card")
    assert cards.count() == 2
    boxes = [cards.nth(number).bounding_box() for number in range(2)]
    assert boxes[0] is not None
    assert boxes[1] is not None
    assert boxes[0]["y"] == boxes[1]["y"]
    assert {"billing.charge.charge", "net.client.Client.send"} == set(cards.locator(".dim > a").all_inner_texts())


def test_filters_narrow_an_answer(page: Page, shop: Served) -> None:
    """A chosen kind is asked for at once, with the question as it stands in the box."""
    page.goto(f"{shop.base}/?q=failed")
    page.locator("#q").fill("request")
    page.locator("select[name=kind]").select_option("class")
    page.wait_for_url("**kind=class*")
    assert page.locator(".hits a.open").all_inner_texts() == ["net.client.Client"]
    assert page.locator("#q").input_value() == "request"


def test_the_call_graph_is_drawn_and_leads_on(page: Page, shop: Served) -> None:
    """The drawing has a node for each neighbour, callers to the left, and a node is a link."""
    page.goto(f"{shop.base}/symbol?name=billing.charge.charge&path=billing/charge.py")
    titles = page.locator(".graph .node title").all_text_contents()
    assert [title.split(",")[0] for title in titles] == [
        "billing.charge.charge",
        "billing.charge.charge_all",
        "billing.retry.backoff",
    ]
    centre, caller, callee = (page.locator(".graph .node").nth(number).bounding_box() for number in range(3))
    assert centre is not None
    assert caller is not None
    assert callee is not None
    assert caller["x"] < centre["x"] < callee["x"]
    assert (page.locator(".links title").last.text_content() or "").endswith("import, 0.99")
    page.locator(".graph a", has_text="backoff").click()
    page.wait_for_url("**/symbol?name=billing.retry.backoff*")
    page.get_by_role("link", name="two steps").click()
    page.wait_for_url("**depth=2*")
    assert page.locator(".graph .node").count() == 3
    assert page.locator("#memories").get_by_role("link", name="Payments wait a day").is_visible()


def test_a_decision_is_one_key_and_can_be_taken_back(page: Page, shop: Served) -> None:
    """In the inbox x rejects the chosen one, and the notice takes it back."""
    page.goto(f"{shop.base}/review")
    before = page.locator(".inbox > li").count()
    page.keyboard.press("j")
    told = page.locator(".chosen a.open").first.inner_text()
    page.keyboard.press("x")
    page.wait_for_url("**/review?n=*")
    assert page.locator(".inbox > li").count() == before - 1
    assert page.locator(".inbox", has_text=told).count() == 0
    page.get_by_role("button", name="Undo").click()
    page.wait_for_load_state()
    assert page.locator(".inbox", has_text=told).count() == 1
    page.keyboard.press("j")
    page.keyboard.press("a")
    page.wait_for_url("**/review?n=*")
    page.get_by_role("button", name="Undo").click()
    page.wait_for_load_state()
    assert page.locator(".inbox > li").count() == before


def test_a_conflict_is_settled_side_by_side(page: Page, shop: Served) -> None:
    """Both sides of a conflict are shown; letting both stand ends it."""
    page.goto(f"{shop.base}/review")
    sides = page.locator(".conflict .sides > div")
    assert "60 seconds" in sides.nth(0).inner_text()
    assert "30 seconds" in sides.nth(1).inner_text()
    page.get_by_role("button", name="Both hold").click()
    page.wait_for_url("**/review?n=*")
    assert page.locator(".conflict").count() == 0
    with shop.memory() as memory:
        assert {memory.memory(shop.ids[each]).status for each in ("wait30", "wait60")} == {"active"}


def test_a_memory_is_said_otherwise(page: Page, shop: Served) -> None:
    """Edit, forget and undo on a memory's own page; its history tells all of it."""
    page.goto(f"{shop.base}/memory?id={shop.ids['day']}")
    assert page.get_by_role("link", name="turn 1 of session").is_visible()
    page.get_by_text("Say it otherwise").click()
    page.get_by_label("It says").fill("Payments wait two days between attempts.")
    page.get_by_role("button", name="Save").click()
    page.wait_for_url("**n=*")
    assert "two days" in page.locator("h1").inner_text()
    page.get_by_role("button", name="Forget").click()
    page.wait_for_load_state()
    assert page.locator(".history li").first.inner_text().startswith("forget")
    for _ in range(2):
        page.get_by_role("button", name="Undo last change").click()
        page.wait_for_load_state()
    assert page.locator("h1").inner_text() == "Payments wait a day between attempts."
    with shop.memory() as memory:
        assert memory.memory(shop.ids["day"]).status == "active"


def test_a_passage_leads_to_its_turn(page: Page, shop: Served) -> None:
    """What a memory rests on leads to the turn in its session."""
    page.goto(f"{shop.base}/memory?id={shop.ids['day']}")
    page.get_by_role("link", name="turn 1 of session").click()
    page.wait_for_url("**#t1")
    assert "Why does the payment wait a day?" in page.locator(".turn.meant").inner_text()


def test_hostile_text_does_nothing_in_a_browser(page: Page, shop: Served) -> None:
    """Scripts in code, memories and turns are shown and never run; the fixture fails on any dialog, error or request."""
    for address in every_page(shop):
        page.goto(shop.base + address)
    assert page.locator("main script, main img").count() == 0


def test_a_key_that_is_held_down_decides_once(page: Page, shop: Served) -> None:
    """After a decision the next one is chosen; a key that stays down rejected that too, and all after it."""
    page.goto(f"{shop.base}/review")
    before = page.locator(".inbox > li").count()
    assert before > 1
    page.keyboard.down("x")
    page.wait_for_url("**/review?n=*")
    page.wait_for_load_state()
    page.keyboard.down("x")  # the browser says that it repeats
    page.wait_for_timeout(300)
    page.keyboard.up("x")
    assert page.locator(".inbox > li").count() == before - 1
    page.get_by_role("button", name="Undo").click()
    page.wait_for_load_state()
    assert page.locator(".inbox > li").count() == before
