"""The call graph around a symbol as an SVG: callers to the left, callees to the right, a column for each step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from engrep.engine.rungs import DEFAULT_MIN_CONFIDENCE
from engrep.output import safe_line
from engrep.viewer.markup import Markup, element, link_to
from engrep.viewer.parts import counted

if TYPE_CHECKING:
    from engrep.engine.browse import Link, Neighbourhood, Node

WIDTH, HEIGHT = 196, 38  # of a node
ACROSS, DOWN = 272, 48  # from one node to the next
EDGE = 14  # around the drawing
NAME, MODULE = 26, 31  # characters that a node has room for, in its two lines


def drawn(graph: Neighbourhood) -> Markup:
    """Draw a neighbourhood; each node leads to its symbol, each line tells its rung and confidence."""
    levels = sorted({node.level for node in graph.nodes} | set(graph.left_out))
    columns = {level: [at for at, node in enumerate(graph.nodes) if node.level == level] for level in levels}
    columns = _ordered(columns, graph)
    tallest = max(len(columns[level]) + (level in graph.left_out) for level in levels)
    places = {
        at: _corner(levels.index(level), row, len(rows) + (level in graph.left_out), tallest)
        for level, rows in columns.items()
        for row, at in enumerate(rows)
    }
    width, height = EDGE * 2 + ACROSS * (len(levels) - 1) + WIDTH, EDGE * 2 + DOWN * (tallest - 1) + HEIGHT
    more = [
        _more(_corner(levels.index(level), len(columns[level]), len(columns[level]) + 1, tallest), count)
        for level, count in graph.left_out.items()
    ]
    arrow = element(
        "marker",
        element("path", d="M0,0 L7,3.5 L0,7 z"),
        id="arrow",
        viewBox="0 0 7 7",
        refX="6.5",
        refY="3.5",
        markerWidth="7",
        markerHeight="7",
        orient="auto",
    )
    callers, callees = (sum(node.level * side > 0 for node in graph.nodes) for side in (-1, 1))
    told = f"{counted(callers, 'caller')} to the left, {counted(callees, 'callee')} to the right"
    return element(
        "svg",
        element("title", f"Call graph of {graph.nodes[0].qualified_name}: {told}"),
        element("defs", arrow),
        element("g", [_line(link, places, graph.nodes) for link in graph.links], class_="links"),
        [_node(node, places[at]) for at, node in enumerate(graph.nodes)],
        more,
        viewBox=f"0 0 {width} {height}",
        width=width,
        height=height,
        class_="graph",
        role="group",
    )


def _ordered(columns: dict[int, list[int]], graph: Neighbourhood) -> dict[int, list[int]]:
    """Put each column in the order of what its nodes are linked with nearer to the middle, so that fewer lines cross."""
    rank = {0: 0.0}
    out: dict[int, list[int]] = {}
    for level in sorted(columns, key=abs):
        nearer = {at: row for at, row in rank.items() if abs(graph.nodes[at].level) < abs(level)}
        height = {at: _height(at, graph.links, nearer) for at in columns[level]}
        out[level] = sorted(columns[level], key=height.__getitem__)
        rank |= {at: float(row) for row, at in enumerate(out[level])}
    return out


def _height(at: int, links: Sequence[Link], nearer: Mapping[int, float]) -> float:
    """Return how far down, on the average, the nodes are that a node is linked with."""
    ends = [(link.caller, link.callee) for link in links if at in (link.caller, link.callee)]
    linked = [nearer[other] for pair in ends for other in pair if other in nearer]
    return sum(linked) / len(linked) if linked else 0.0


def _corner(column: int, row: int, rows: int, tallest: int) -> tuple[float, float]:
    return EDGE + ACROSS * column, EDGE + DOWN * (row + (tallest - rows) / 2)


def _node(node: Node, at: tuple[float, float]) -> Markup:
    x, y = at
    before, _, own = node.qualified_name.rpartition(".")
    kind = "node self" if node.level == 0 else "node module" if node.is_module else "node"
    lines = [
        element("text", _short(own or node.qualified_name, NAME), x=10, y=16, class_="own"),
        element("text", _short(before or node.path, MODULE, from_end=True), x=10, y=30, class_="before"),
    ]
    box = element("rect", width=WIDTH, height=HEIGHT, rx=6)
    inside = element(
        "g",
        element("title", f"{node.qualified_name}, {node.path}:{node.line}"),
        box,
        lines,
        transform=f"translate({x:g} {y:g})",
        class_=kind,
    )
    if node.is_module:
        return element("a", inside, href=f"{link_to('/file', path=node.path, line=node.line)}#L{node.line}")
    return (
        inside
        if node.level == 0
        else element("a", inside, href=link_to("/symbol", name=node.qualified_name, path=node.path))
    )


def _more(at: tuple[float, float], count: int) -> Markup:
    return element("text", f"and {count:,} more", x=at[0] + 10, y=at[1] + 23, class_="rest")


def _line(link: Link, places: dict[int, tuple[float, float]], nodes: Sequence[Node]) -> Markup:
    (from_x, from_y), (to_x, to_y) = places[link.caller], places[link.callee]
    start, end = (from_x + WIDTH, from_y + HEIGHT / 2), (to_x - 2, to_y + HEIGHT / 2)
    if link.caller == link.callee:
        path = f"M{from_x + WIDTH - 30:g},{from_y:g} c0,-16 24,-16 24,-1"
    elif end[0] > start[0]:
        middle = (start[0] + end[0]) / 2
        path = f"M{start[0]:g},{start[1]:g} C{middle:g},{start[1]:g} {middle:g},{end[1]:g} {end[0]:g},{end[1]:g}"
    else:  # within a column, or back: around the outside
        out = max(start[0], to_x + WIDTH) + 34
        path = f"M{start[0]:g},{start[1]:g} C{out:g},{start[1]:g} {out:g},{end[1]:g} {to_x + WIDTH + 2:g},{end[1]:g}"
    told = f"{nodes[link.caller].qualified_name} calls {nodes[link.callee].qualified_name}: {link.rung}, {link.confidence:.2f}"
    sure = "sure" if link.confidence >= DEFAULT_MIN_CONFIDENCE else "unsure"
    return element("path", element("title", told), d=path, class_=sure, marker_end="url(#arrow)")


def _short(text: str, most: int, *, from_end: bool = False) -> str:
    shown = safe_line(text)
    if len(shown) <= most:
        return shown
    return f"…{shown[1 - most :]}" if from_end else f"{shown[: most - 1]}…"
