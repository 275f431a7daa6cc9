"""The list of memories: the newest first, a page at a time, by kind, status, scope, words, and whether the code moved on."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from engrep.engine.memory_types import KINDS, SCOPES, STATUSES
from engrep.viewer.asked import Ask, Page
from engrep.viewer.markup import Child, Markup, element, link_to
from engrep.viewer.parts import anchor_link, choice, counted, day, exceptions, link, mark, spaced, state_mark, wording

if TYPE_CHECKING:
    from engrep.engine.browse import MemoryPage
    from engrep.engine.memory_types import Entry

PAGE = 50


def memories(ask: Ask) -> Page:
    """List memories."""
    status = ask.text("status") or "active"
    found = ask.memory.memory_page(
        status=None if status == "all" else status,
        kind=ask.text("kind") or None,
        scope=ask.text("scope") or None,
        text=ask.text("text"),
        pinned=bool(ask.text("pinned")),
        stale=bool(ask.text("stale")),
        after=ask.text("after") or None,
        limit=PAGE,
    )
    nothing = "Nothing is remembered yet." if not found.by_status else "No memory fits."
    rows = memory_rows(found.entries, found.elsewhere) if found.entries else element("p", nothing, class_="empty")
    body = [
        element("h1", "Memories", class_="unseen"),
        _tabs(ask, status, found),
        _filters(ask, status),
        element("p", f"{counted(found.total, 'memory')}, the newest first", class_="summary"),
        rows,
        _pages(ask, found),
    ]
    return Page("Memories", body, "memories")


def _tabs(ask: Ask, status: str, found: MemoryPage) -> Markup:
    kept = {name: ask.text(name) for name in ("kind", "scope", "text", "pinned", "stale")}
    every = {**{each: found.by_status.get(each, 0) for each in STATUSES}, "all": sum(found.by_status.values())}
    order = ("active", "proposed", "superseded", "rejected", "forgotten", "all")
    tabs = [
        link(
            [each, element("span", f"{every[each]:,}", class_="count")],
            link_to("/memories", status=each, **kept),
            aria_current="true" if each == status else None,
        )
        for each in order
    ]
    return element("nav", tabs, class_="tabs", aria_label="By status")


def _filters(ask: Ask, status: str) -> Markup:
    return element(
        "form",
        element("input", type="hidden", name="status", value=status),
        element(
            "label",
            element("span", "Words"),
            element("input", type="search", name="text", value=ask.text("text"), autocomplete="off"),
            class_="field",
        ),
        choice("kind", "Kind", ask.text("kind"), [("", "any"), *((kind, spaced(kind)) for kind in KINDS)]),
        choice("scope", "Scope", ask.text("scope"), [("", "any"), *((scope, scope) for scope in SCOPES)]),
        _box("pinned", "pinned", ask),
        _box("stale", "code moved on", ask),
        element("button", "Filter"),
        action="/memories",
        class_="filters",
    )


def _box(name: str, label: str, ask: Ask) -> Markup:
    return element(
        "label",
        element("input", type="checkbox", name=name, value="1", checked=bool(ask.text(name))),
        label,
        class_="check",
    )


def _pages(ask: Ask, found: MemoryPage) -> Child:
    kept = {name: ask.text(name) for name in ("status", "kind", "scope", "text", "pinned", "stale")}
    first = link("The newest", link_to("/memories", **kept), rel="first") if ask.text("after") else None
    older = (
        link("Older", link_to("/memories", **kept, after=found.next_after), rel="next") if found.next_after else None
    )
    return element("nav", first, older, class_="pages", aria_label="Pages of memories") if first or older else None


def memory_rows(entries: Iterable[Entry], elsewhere: Collection[str] = ()) -> Markup:
    """Show memories as rows: what each says, what it is about and how that stands, since when."""
    return element("ol", [_row(entry, entry.id in elsewhere) for entry in entries], class_="rows")


def _row(entry: Entry, is_elsewhere: bool) -> Markup:
    about = entry.anchors[:1]
    more = len(entry.anchors) - 1
    headline, said = wording(entry)
    where = [
        (anchor_link(anchor), " ", state_mark(anchor.state) if anchor.state == "fresh" else None) for anchor in about
    ]
    marks = [*exceptions(entry), mark("not on this branch") if is_elsewhere else None]
    return element(
        "li",
        element("p", mark(spaced(entry.kind), "kind"), class_="kinds"),
        element(
            "div",
            element("h3", link(headline, link_to("/memory", id=entry.id), class_="open")),
            element("p", said, class_="said") if said else None,
            element("p", "because ", entry.reason, class_="reason") if entry.reason else None,
            element("p", marks, where, f" and {more} more" if more > 0 else None, class_="about")
            if where or any(marks)
            else None,
        ),
        element(
            "p",
            element("span", entry.trust, class_="dim") if entry.trust != "proposed" else None,
            day(entry.valid_from or entry.created_at),
            class_="when",
        ),
        data_row=True,
    )
