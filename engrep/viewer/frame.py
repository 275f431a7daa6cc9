"""The frame of every page: the menu, the search box, notices, the list of keys."""

from __future__ import annotations

from engrep.engine.errors import EngrepError
from engrep.viewer.asked import Ask, Notice, Page
from engrep.viewer.markup import Child, Markup, document, element, link_to, together
from engrep.viewer.parts import action, link

MENU = (
    ("search", "Search", "/", "s"),
    ("memories", "Memories", "/memories", "m"),
    ("review", "Review", "/review", "r"),
    ("sessions", "Sessions", "/sessions", "e"),
    ("status", "Status", "/status", "t"),
)
KEYS = (
    ("/", "go to the search box"),
    ("j  k", "next, previous entry"),
    ("Enter", "open it"),
    ("a  x", "in review: approve, reject"),
    ("g then s m r e t", "search, memories, review, sessions, status"),
    ("?", "this list"),
    ("Esc", "leave the box, close this"),
)


def framed(ask: Ask, page: Page) -> bytes:
    """Put a page into its frame."""
    head = together(
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("link", rel="stylesheet", href="/static/viewer.css"),
        element("link", rel="icon", href="/static/icon.svg", type="image/svg+xml"),
        element("script", src="/static/viewer.js", defer=True),
    )
    notice = ask.site.take(ask.text("n"))
    body = element(
        "body",
        element("a", "Skip to the content", class_="skip", href="#content"),
        _header(ask, page),
        element("main", _notice(ask, notice) if notice else None, page.body, id="content", tabindex="-1"),
        _keys(),
        data_section=page.section,
    )
    return document(f"{page.title} · {ask.memory.root.name}", head, body)


def troubled(title: str, told: str, status: int, near: tuple[str, ...] = ()) -> Page:
    """Make the page that says what is wrong, and what may have been meant."""
    also = element(
        "p",
        "Did you mean ",
        [together(", " if i else None, link(name, link_to("/symbol", name=name))) for i, name in enumerate(near)],
        "?",
    )
    body = element(
        "section",
        element("h1", title),
        element("p", told[:1].upper() + told[1:]),
        also if near else None,
        class_="trouble",
    )
    return Page(title, body, status=status)


def _header(ask: Ask, page: Page) -> Markup:
    waiting = _waiting(ask)
    entries = [
        element(
            "a",
            name,
            element("span", f"{waiting:,}", class_="count", aria_label=f"{waiting} waiting")
            if key == "review" and waiting
            else None,
            href=address,
            data_go=letter,
            aria_current="page" if key == page.section else None,
        )
        for key, name, address, letter in MENU
    ]
    box = element(
        "form",
        element("label", "Search the code", for_="q", class_="unseen"),
        element(
            "input",
            type="search",
            id="q",
            name="q",
            value=ask.text("q") if page.section == "search" else "",
            placeholder="Search by words, a name, or what it should do",
            autocomplete="off",
            spellcheck="false",
        ),
        element("kbd", "/", aria_hidden="true"),
        action="/",
        role="search",
    )
    name = element(
        "a",
        element("b", "engrep"),
        element("span", ask.memory.root.name, title=str(ask.memory.root)),
        href="/",
        class_="home",
    )
    return element("header", name, box, element("nav", entries, aria_label="Pages"))


def _waiting(ask: Ask) -> int:
    """Count what waits for a decision; a page that says what is wrong with the memories must not fail for the same reason."""
    try:
        return ask.memory.waiting()
    except EngrepError:
        return 0


def _notice(ask: Ask, notice: Notice) -> Markup:
    undo = action(ask, "undo", "Undo", {"id": notice.undo}, class_="plain") if notice.undo else None
    return element(
        "p", element("span", notice.text), undo, class_="notice wrong" if notice.is_error else "notice", role="status"
    )


def _keys() -> Child:
    rows = [
        together(element("dt", [element("kbd", key) for key in keys.split()]), element("dd", told))
        for keys, told in KEYS
    ]
    closing = element("form", element("button", "Close", class_="plain"), method="dialog")
    return together(
        element("button", "?", class_="help", type="button", id="help", aria_label="Keys", title="Keys (?)"),
        element(
            "dialog",
            element("h2", "Keys", id="keys-title"),
            element("dl", rows),
            closing,
            id="keys",
            aria_labelledby="keys-title",
        ),
    )
