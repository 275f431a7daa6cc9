"""What a person who looks around is shown: one symbol with all that is known of it, its neighbours in the call graph, a file.

Plain frozen values, and the functions that read them from the code index.
"""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from engrep.engine import store_graph as graph
from engrep.engine import store_search as asking
from engrep.engine.db import Connection
from engrep.engine.errors import NotFoundError
from engrep.engine.hits import marked_stale, named_hit, stale_paths
from engrep.engine.identity import Asker, Named, identify
from engrep.engine.memory_types import Entry
from engrep.engine.prepare import read_file
from engrep.engine.query import parse_name
from engrep.engine.store_follow import spots_in
from engrep.engine.store_search import SymbolRow
from engrep.engine.types import Hit
from engrep.indexers.text import fold

MOST_SOURCE = 400_000  # characters of a source that are shown
MOST_NAMESAKES = 12
MOST_LOOKED_AT = 1000  # symbols of a name; some bear it by the thousand, and nobody compares those


@dataclass(frozen=True, slots=True)
class Source:
    """Lines of an indexed file as they stand now."""

    path: str
    start_line: int
    lines: tuple[str, ...]
    cut: bool = False  # there is more of it
    stale: bool = False  # the file changed after it was indexed
    missing: bool = False  # it cannot be read


@dataclass(frozen=True, slots=True)
class Declared:
    """A symbol with what it is declared and documented as."""

    hit: Hit
    signature: str
    doc: str
    caller: str | None  # the qualified name of one caller
    is_test: bool


@dataclass(frozen=True, slots=True)
class SymbolPage:
    """All that is known of one symbol, and the namesakes that it may be taken for."""

    chosen: Declared
    source: Source
    namesakes: tuple[Declared, ...]
    others: int  # how many other symbols bear the name, of those that were looked at


@dataclass(frozen=True, slots=True)
class MemoryPage:
    """A page of memories, the newest first."""

    entries: tuple[Entry, ...]
    total: int  # of all that fit
    next_after: str | None  # what the next page is asked for with, None on the last
    by_status: dict[str, int]
    elsewhere: frozenset[str]  # ids of those that belong to a branch that is not merged here


def symbol_page(connection: Connection, root: Path, name: str, path: str | None, line: int) -> SymbolPage:
    """Return one symbol: by its qualified name, the file it is in and the line near it; or by any spelling of its name.

    Raises:
        NotFoundError: nothing in the index bears the name; `near` holds what is spelled like it.

    """
    symbol = _exactly(connection, name, path, line) if path else _named(connection, name)
    if symbol is None:
        raise NotFoundError(f"no symbol {name} in {path}")
    source = source_of(connection, root, symbol.path, symbol.start_line, symbol.end_line)
    same = _namesakes(connection, symbol)
    chosen, *namesakes = _declared(connection, root, [symbol, *same[:MOST_NAMESAKES]])
    return SymbolPage(chosen, source, tuple(namesakes), len(same))


def _namesakes(connection: Connection, symbol: SymbolRow) -> list[SymbolRow]:
    """Return the other symbols of the same name, those of the same kind and outside tests first."""
    found = asking.symbols_named(connection, fold(symbol.name), MOST_LOOKED_AT)
    same = [each for each in found if each.name == symbol.name and each.symbol_id != symbol.symbol_id]
    return sorted(same, key=lambda each: (each.is_test, each.kind != symbol.kind, each.path, each.start_line))


def _exactly(connection: Connection, name: str, path: str, line: int) -> SymbolRow | None:
    spots = list(spots_in(connection, [path], {name}))
    if not spots:
        return None
    chosen = min(spots, key=lambda spot: abs(spot.start_line - line)).symbol_id
    return asking.symbols_by_id(connection, [chosen])[chosen]


def _named(connection: Connection, name: str) -> SymbolRow:
    from engrep.engine.disambiguate import suggestions

    query = parse_name(name)
    named = identify(connection, query, Asker()) if query.shape == "symbol" else []
    if not named:
        last = name.rsplit(".", maxsplit=1)[-1]
        many = asking.name_counts(connection, {fold(last)}).get(fold(last), 0)
        told = f"{many:,} symbols are called {last}: say which one" if many else f"no symbol {name} in the index"
        raise NotFoundError(told, suggestions(connection, last))
    return named[0].symbol


def _declared(connection: Connection, root: Path, symbols: Sequence[SymbolRow]) -> list[Declared]:
    hits = marked_stale(connection, root, [named_hit(root, Named(each, (), True), None) for each in symbols])
    details = [asking.details_of(connection, each) for each in symbols]
    return [
        Declared(hit, told.signature, told.doc, asking.one_caller(connection, symbol.symbol_id), symbol.is_test)
        for hit, told, symbol in zip(hits, details, symbols, strict=True)
    ]


def source_of(connection: Connection, root: Path, path: str, start: int, end: int) -> Source:
    """Return lines of a file that is in the index.

    Raises:
        NotFoundError: it is not in the index, or lies outside the root by now.

    """
    if not asking.file_stats(connection, [path]):
        raise NotFoundError(f"no file {path} in the index")
    whole = (root / path).resolve()
    if not whole.is_relative_to(root.resolve()):  # a folder on the way may have become a link since
        raise NotFoundError(f"{path} leads out of {root} now")
    try:
        data = read_file(whole)
    except OSError:
        return Source(path, start, (), missing=True)
    lines = data.removeprefix(BOM_UTF8).split(b"\n", end)[start - 1 : end]
    text = b"\n".join(line.removesuffix(b"\r") for line in lines).decode("utf-8", "replace")
    shown = tuple(text[:MOST_SOURCE].split("\n"))
    return Source(path, start, shown, len(text) > MOST_SOURCE, path in stale_paths(connection, root, [path]))


@dataclass(frozen=True, slots=True)
class Node:
    """A symbol in a drawing of the call graph."""

    qualified_name: str
    path: str
    line: int
    level: int  # 0 the symbol itself, -1 its callers, 1 its callees, and so on
    is_module: bool = False  # code at module level


@dataclass(frozen=True, slots=True)
class Link:
    """A call between two nodes, by their positions."""

    caller: int
    callee: int
    rung: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """The call graph around one symbol, bounded."""

    nodes: tuple[Node, ...]  # the symbol itself first
    links: tuple[Link, ...]
    left_out: dict[int, int]  # level → how many more there are


def neighbourhood(
    connection: Connection, symbol: Hit, *, depth: int, min_confidence: float, width: int
) -> Neighbourhood:
    """Return who calls a symbol and whom it calls, `depth` steps each way, at most `width` symbols a step."""
    found = _exactly(connection, symbol.qualified_name, symbol.path, symbol.start_line)
    start = Node(symbol.qualified_name, symbol.path, symbol.start_line, 0)
    drawn = Neighbourhood((start,), (), {})
    if found is None:
        return drawn
    for direction in (-1, 1):
        frontier = {found.symbol_id: 0}
        for step in range(1, depth + 1):
            drawn, frontier = _grown(connection, drawn, frontier, direction * step, min_confidence, width)
            if not frontier:
                break
    return drawn


def _grown(
    connection: Connection,
    drawn: Neighbourhood,
    frontier: dict[int, int],
    level: int,
    min_confidence: float,
    width: int,
) -> tuple[Neighbourhood, dict[int, int]]:
    """Return a neighbourhood with one level more, and the symbols of that level with their positions."""
    steps = (graph.steps_to_callers if level < 0 else graph.steps_to_callees)(
        connection, list(frontier), min_confidence
    )
    tests = {row.symbol_id for row in asking.symbols_by_id(connection, _ids(steps)).values() if row.is_test}
    steps.sort(key=lambda step: (step.symbol_id in tests, -step.confidence))
    nodes, links = list(drawn.nodes), dict.fromkeys(drawn.links)
    at: dict[object, int] = {}
    fresh: dict[int, int] = {}
    left_out: set[object] = set()
    seen = {
        (node.qualified_name, node.path): position for position, node in enumerate(nodes) if node.level * level >= 0
    }
    for step in steps:
        key = (step.qualified_name, step.path)
        position = at.get(key, seen.get(key))
        if position is None and len(at) >= width:
            left_out.add(key)
            continue
        if position is None:
            position = at[key] = len(nodes)
            nodes.append(Node(*key, step.line, level, step.symbol_id is None))
            if step.symbol_id is not None:
                fresh[step.symbol_id] = position
        ends = (position, frontier[step.from_id]) if level < 0 else (frontier[step.from_id], position)
        if not any((link.caller, link.callee) == ends for link in links):
            links[Link(*ends, step.rung, step.confidence)] = None
    more = drawn.left_out | ({level: len(left_out)} if left_out else {})
    return replace(drawn, nodes=tuple(nodes), links=tuple(links), left_out=more), fresh


def _ids(steps: Sequence[graph.Step]) -> set[int]:
    return {step.symbol_id for step in steps if step.symbol_id is not None}
