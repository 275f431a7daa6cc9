"""All that is known of one symbol: what it is, its graph, who calls it, its namesakes, what is remembered of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engrep.engine.errors import NotFoundError, UsageError
from engrep.viewer.asked import Ask, Elsewhere, Page
from engrep.viewer.code import numbered
from engrep.viewer.drawing import drawn
from engrep.viewer.markup import Child, Markup, block, element, link_to, together
from engrep.viewer.page_memories import memory_rows
from engrep.viewer.parts import link, mark, place, spaced, symbol_link, symbol_name, trouble

if TYPE_CHECKING:
    from engrep.engine.browse import Declared, SymbolPage
    from engrep.engine.memory_types import Entry
    from engrep.engine.types import Edge, Edges, Hit

MOST_EDGES = 60
UNFOLDED = 10  # callers, and callees, that are shown at once
SURE = 0.8
WIDTHS = {1: 9, 2: 8}  # symbols a step that a drawing has room for, by its depth


def symbol(ask: Ask) -> Page | Elsewhere:
    """Show one symbol; where a name with its file is none, as of code outside of any, the file."""
    name, path, line = ask.query.get("name", ""), ask.query.get("path", ""), ask.number("line", 0, 10_000_000)
    try:
        found = ask.memory.symbol_page(name, path=path or None, line=line)
    except NotFoundError:
        if not path:
            raise
        ask.memory.file_page(path, lines=1)  # raises when that is not in the index either
        return Elsewhere(link_to("/file", path=path, line=line or None))
    hit = found.chosen.hit
    about, lack = ask.memories_about({hit.qualified_name})
    body = [
        _heading(found.chosen),
        trouble(lack),
        _contents(found, about),
        _memories(about),
        _graph(ask, hit),
        element(
            "div",
            _source(found),
            element("div", _edges(ask, hit, "caller"), _edges(ask, hit, "callee")),
            class_="beside",
        ),
        _namesakes(found),
    ]
    return Page(hit.qualified_name, body, "search")


def _heading(chosen: Declared) -> Child:
    hit = chosen.hit
    marks = [
        mark(spaced(hit.kind), "kind"),
        mark("test") if chosen.is_test else None,
        mark("changed since indexed", "warn") if hit.stale else None,
    ]
    lines = element("span", f" – {hit.end_line}", class_="dim") if hit.end_line > hit.start_line else None
    return element(
        "div",
        element("h1", symbol_name(hit.qualified_name), marks),
        element("p", place(hit.path, hit.start_line), lines, class_="where"),
        element("pre", element("code", chosen.signature), class_="signature") if chosen.signature else None,
        _doc(chosen.doc.strip()),
        class_="symbol",
    )


def _doc(text: str) -> Child:
    """Show the first paragraph of a doc, the rest folded."""
    first, _, rest = text.partition("\n\n")
    more = element("details", element("summary", "more"), element("p", block(rest.strip()))) if rest.strip() else None
    return element("div", element("p", block(first)), more, class_="doc") if text else None


def _contents(found: SymbolPage, about: tuple[Entry, ...]) -> Markup:
    entries = [
        ("#memories", "Memories", len(about)),
        ("#graph", "Graph", None),
        ("#source", "Source", None),
        ("#callers", "Callers", None),
        ("#callees", "Callees", None),
        ("#namesakes", "Namesakes", found.others),
    ]
    return element(
        "nav",
        [
            link([name, element("span", number, class_="count") if number else None], to)
            for to, name, number in entries
            if number != 0
        ],
        class_="contents",
        aria_label="On this page",
    )


def _graph(ask: Ask, hit: Hit) -> Markup:
    depth = ask.number("depth", 1, 2) or 1
    least = 0.0 if ask.text("all") else SURE
    graph = ask.memory.neighbourhood(hit, depth=depth, min_confidence=least, width=WIDTHS[depth])
    here: dict[str, str | int | None] = {"name": hit.qualified_name, "path": hit.path, "line": hit.start_line}
    switches = [
        link(
            "one step",
            f"{link_to('/symbol', **here, all=ask.text('all'))}#graph",
            aria_current="true" if depth == 1 else None,
        ),
        link(
            "two steps",
            f"{link_to('/symbol', **here, depth=2, all=ask.text('all'))}#graph",
            aria_current="true" if depth == 2 else None,
        ),
        link(
            "unsure calls too",
            f"{link_to('/symbol', **here, depth=depth, all=None if ask.text('all') else 1)}#graph",
            aria_current="true" if ask.text("all") else None,
        ),
    ]
    drawing = (
        element("div", drawn(graph), class_="canvas", tabindex="0", role="region", aria_label="Call graph")
        if len(graph.nodes) > 1
        else element("p", "Nothing in the index calls it, and it calls nothing there.", class_="empty")
    )
    return element(
        "section", element("h2", "Call graph", element("span", switches, class_="switches")), drawing, id="graph"
    )


def _edges(ask: Ask, hit: Hit, noun: str) -> Markup:
    walk = ask.memory.callers if noun == "caller" else ask.memory.callees
    least = 0.0 if ask.text("all") else SURE
    try:
        edges = walk(hit.qualified_name, min_confidence=least, limit=MOST_EDGES, from_file=hit.path)
    except (NotFoundError, UsageError) as error:
        return element(
            "section", element("h2", f"{noun.capitalize()}s"), element("p", str(error), class_="empty"), id=f"{noun}s"
        )
    heading = element("h2", f"{noun.capitalize()}s", element("span", f"{edges.total:,}", class_="count"))
    return element("section", heading, _edge_rows(edges), _open_ends(edges), id=f"{noun}s")


def _edge_rows(edges: Edges) -> Markup:
    if not edges.edges:
        return element("p", edges.reason, class_="empty")
    rows = [_edge_row(edge) for edge in edges.edges]
    folded = (
        element(
            "details",
            element("summary", f"{len(rows) - UNFOLDED:,} more"),
            element("ol", rows[UNFOLDED:], class_="edges"),
        )
        if len(rows) > UNFOLDED
        else None
    )
    return together(element("ol", rows[:UNFOLDED], class_="edges"), folded)


def _edge_row(edge: Edge) -> Markup:
    certain = element("span", f"{edge.confidence:.2f}", class_="number" if edge.confidence >= SURE else "number unsure")
    where = element("p", place(edge.path, edge.line), element("span", edge.rung), certain, class_="dim")
    return element("li", symbol_link(edge.qualified_name, edge.path, class_="open"), where, data_row=True)


def _open_ends(edges: Edges) -> Child:
    left = f"{edges.total - edges.shown:,} more are not shown. " if edges.total > edges.shown else ""
    parts = (("ambiguous", edges.ambiguous_references), ("unresolved", edges.unresolved_references))
    named = " and ".join(f"{number:,} {word}" for word, number in parts if number)
    told = left + (f"Not counted: {named} references of that name." if named else "")
    return element("p", told, class_="hint") if told else None


def _source(found: SymbolPage) -> Markup:
    source = found.source
    if source.missing:
        return element(
            "section",
            element("h2", "Source"),
            element("p", "The file cannot be read now.", class_="empty"),
            id="source",
        )
    stale = (
        element(
            "p", "The file changed after it was indexed: these lines may be others. Run engrep index.", class_="hint"
        )
        if source.stale
        else None
    )
    cut = element("p", "There is more of it: open the file.", class_="hint") if source.cut else None
    return element(
        "section",
        element("h2", "Source"),
        stale,
        numbered(source.lines, source.path, source.start_line),
        cut,
        id="source",
    )


def _namesakes(found: SymbolPage) -> Child:
    if not found.others:
        return None
    name = found.chosen.hit.symbol
    cards = [_card(each) for each in (found.chosen, *found.namesakes)]
    left = found.others - len(found.namesakes)
    more = (
        element(
            "p", f"{left:,} more are called so; ", link("search for the name", link_to("/", q=name)), ".", class_="hint"
        )
        if left > 0
        else None
    )
    heading = element(
        "h2",
        "Namesakes",
        element("span", f"{found.others:,}", class_="count"),
        element("span", f"what else is called {name}", class_="dim"),
    )
    return element("section", heading, element("ul", cards, class_="cards"), more, id="namesakes")


def _card(each: Declared) -> Markup:
    hit = each.hit
    said = each.doc.strip().split("\n", 1)[0]
    return element(
        "li",
        symbol_link(hit.qualified_name, hit.path, hit.start_line),
        element("code", each.signature),
        element("p", said) if said else None,
        element(
            "p",
            place(hit.path, hit.start_line),
            " · ",
            spaced(hit.kind),
            " · test" if each.is_test else None,
            class_="dim",
        ),
        element("p", "called by ", symbol_link(each.caller), class_="dim") if each.caller else None,
        class_="card",
    )


def _memories(about: tuple[Entry, ...]) -> Child:
    if not about:
        return None
    heading = element("h2", "Memories", element("span", len(about), class_="count"))
    return element("section", heading, memory_rows(about), id="memories")
