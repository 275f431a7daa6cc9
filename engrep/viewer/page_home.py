"""The first page: search, each hit with its place, the lines that matter and the parts of its score."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from engrep.engine.errors import NotIndexedError, StateError
from engrep.indexers.facts import KINDS
from engrep.viewer.asked import Ask, Page
from engrep.viewer.code import numbered
from engrep.viewer.markup import Child, Markup, element, link_to, together
from engrep.viewer.page_memories import memory_rows
from engrep.viewer.parts import bars, choice, counted, link, mark, place, spaced, symbol_link, trouble

if TYPE_CHECKING:
    from engrep.engine.types import Ambiguity, Hit, Search

PAGE, MOST = 20, 100


def search(ask: Ask) -> Page:
    """Answer a question, or show where one may start."""
    question = ask.text("q")
    if not question:
        return Page("Search", [element("h1", "Search", class_="unseen"), _filters(ask), _start(ask)], "search")
    limit = ask.number("limit", PAGE, MOST)
    found = ask.memory.search(
        question,
        limit=limit,
        path=ask.text("path") or None,
        language=ask.text("lang") or None,
        kind=ask.text("kind") or None,
    )
    heading = element("h1", f"Found for {question[:80]}", class_="unseen")
    body = [heading, _filters(ask), _summary(found), _ambiguous(found.ambiguous), _hits(ask, found, limit)]
    return Page(question[:80], body, "search")


def _filters(ask: Ask) -> Markup:
    languages = [(name, f"{name} ({count:,})") for name, count in ask.memory.languages().items()]
    fields = [
        element("input", type="hidden", name="q", value=ask.text("q")),
        element(
            "label",
            element("span", "Path"),
            element(
                "input",
                name="path",
                value=ask.text("path"),
                placeholder="src/*, *.py",
                autocomplete="off",
                spellcheck="false",
            ),
            class_="field",
        ),
        choice("lang", "Language", ask.text("lang"), [("", "any"), *languages]),
        choice("kind", "Kind", ask.text("kind"), [("", "any"), *((kind, spaced(kind)) for kind in KINDS)]),
        element("button", "Filter"),
    ]
    return element("form", fields, action="/", class_="filters", data_follows="q")


def _summary(found: Search) -> Child:
    index = found.index
    parts = [counted(len(found.hits), "hit"), f"{found.ms:.0f} ms", counted(index.files, "file")]
    parts += [f"indexed at {index.commit[:9]}"] if index.commit else []
    lacks = []
    if index.stale_files:
        lacks.append(mark(f"{counted(index.stale_files, 'file')} changed since: run engrep index", "warn"))
    if index.without_vectors:
        lacks.append(mark(f"without vectors: {index.without_vectors}", "warn"))
    near = [together(" ", symbol_link(name)) for name in found.did_you_mean]
    meant = element("p", "Nothing bears this name. Did you mean", near, "?", class_="hint") if near else None
    return [element("p", " · ".join(parts), lacks, class_="summary"), meant]


def _ambiguous(ambiguous: Ambiguity | None) -> Child:
    if ambiguous is None:
        return None
    cards = [
        element(
            "li",
            symbol_link(each.qualified_name, each.path, each.start_line),
            element("code", each.signature),
            place(each.path, each.start_line),
            element("span", "called by ", symbol_link(each.caller), class_="dim") if each.caller else None,
            class_="card",
        )
        for each in ambiguous.candidates
    ]
    told = f"Undecided between {counted(len(cards), 'namesake')} of "
    margin = element("span", f"margin {ambiguous.margin:.2f}", class_="dim")
    return element(
        "section",
        element("h2", told, element("b", ambiguous.name), " ", margin),
        element("ul", cards, class_="cards"),
        class_="undecided",
    )


def _hits(ask: Ask, found: Search, limit: int) -> Child:
    if not found.hits:
        narrowed = " with these filters" if any(ask.text(name) for name in ("path", "lang", "kind")) else ""
        return element("p", f"Nothing found{narrowed}.", class_="empty")
    from engrep.render import question_words

    words = question_words(found.query)
    matcher = re.compile("|".join(map(re.escape, words)), re.IGNORECASE) if words else None
    most = max((abs(part.value) for hit in found.hits for part in hit.why), default=0.0)
    told: dict[str, int] = {}
    about, lack = ask.memories_about({hit.qualified_name for hit in found.hits if hit.qualified_name})
    for entry in about:
        for name in {anchor.qualified_name for anchor in entry.anchors}:
            told[name] = told.get(name, 0) + 1
    rows = [_hit(hit, matcher, most, told.get(hit.qualified_name, 0)) for hit in found.hits]
    query = {name: ask.text(name) for name in ("q", "path", "lang", "kind")}
    more = (
        link("More", link_to("/", **query, limit=min(limit + PAGE, MOST)), class_="more")
        if len(rows) == limit < MOST
        else None
    )
    return [trouble(lack), element("ol", rows, class_="hits"), more]


def _hit(hit: Hit, matcher: re.Pattern[str] | None, most: float, memories: int) -> Markup:
    from engrep.snippet import chosen_lines

    lines = hit.text.split("\n")
    name = (
        symbol_link(hit.qualified_name, hit.path, hit.start_line, class_="open")
        if hit.qualified_name
        else link(
            element("span", element("b", hit.path.rpartition("/")[2]), class_="name"),
            f"{link_to('/file', path=hit.path, line=hit.start_line)}#L{hit.start_line}",
            class_="open",
        )
    )
    marks = [
        mark(spaced(hit.kind), "kind"),
        mark("changed since indexed", "warn") if hit.stale else None,
        link(
            mark(counted(memories, "memory"), "info"),
            f"{link_to('/symbol', name=hit.qualified_name, path=hit.path, line=hit.start_line)}#memories",
        )
        if memories
        else None,
    ]
    margin = (
        element("p", f"margin {hit.margin:.2f}", class_="dim", title="distance to the nearest namesake")
        if hit.margin is not None
        else None
    )
    score = element("p", element("b", f"{hit.score:.2f}"), " score", class_="score")
    return element(
        "li",
        element(
            "div",
            element("h2", name, marks),
            place(hit.path, hit.start_line),
            numbered(lines, hit.path, hit.start_line, matcher=matcher, shown=chosen_lines(lines, matcher)),
            class_="what",
        ),
        element("div", score, bars(hit.why, most, 4), margin, class_="why"),
        data_row=True,
    )


def _start(ask: Ask) -> Child:
    """Show what there is to look at: the last memories, and what is missing."""
    try:
        state = ask.memory.index_state()
        known = f"{counted(state.files, 'file')} indexed" + (f" at {state.commit[:9]}" if state.commit else "")
    except NotIndexedError:
        known = "Not indexed yet: run engrep index"
    try:
        page = ask.memory.memory_page(limit=8)
    except StateError as error:
        return [element("p", known, class_="summary"), trouble(f"Memories are left out: {error}")]
    latest = (
        element(
            "section",
            element("h2", "Remembered last", link("all", "/memories", class_="dim")),
            memory_rows(page.entries, page.elsewhere),
        )
        if page.entries
        else None
    )
    return [element("p", known, " · ", counted(page.total, "memory"), class_="summary"), latest]
