"""What walks over the call edges ask the code index."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from engrep.engine.db import Connection
from engrep.engine.references import EdgeTo, edges_in, outcomes_of, places_in
from engrep.engine.rungs import AMBIGUOUS, OUTCOMES, RUNGS, UNRESOLVED
from engrep.engine.store_project import blobs_mentioning, references_of
from engrep.engine.store_search import SYMBOLS, SymbolRow, symbol_row, symbols_by_id
from engrep.indexers.facts import REFERENCE_KINDS

CALLS = tuple(REFERENCE_KINDS.index(kind) for kind in ("call", "construct", "decorate"))
INHERITS = (REFERENCE_KINDS.index("inherit"),)
DEPENDS = tuple(range(len(REFERENCE_KINDS)))


class Step(NamedTuple):
    """One edge from a symbol that was reached to the next; the next is None for code at module level."""

    from_id: int
    symbol_id: int | None
    qualified_name: str
    path: str
    line: int
    rung: str
    confidence: float


class _Pointing(NamedTuple):
    """An edge with the file it starts in; `symbol_id` is that of the enclosing symbol, None at module level."""

    blob_id: int
    symbol_id: int | None
    line: int
    to: EdgeTo


def _edges_from(
    connection: Connection, blob_ids: Iterable[int], kinds: Collection[int], is_wanted: Callable[[EdgeTo], bool]
) -> Iterator[_Pointing]:
    """Yield the wanted edges of some kinds of reference that start in some files."""
    for blob_id, first, packed, stored in references_of(connection, blob_ids):
        found = [(at, edge) for at, edge in edges_in(stored) if is_wanted(edge)]
        places = places_in(packed) if found else None
        for at, edge in found:
            if places is not None and places.kinds[at] in kinds:
                symbol_id = None if places.symbols[at] < 0 else first + places.symbols[at]
                yield from (_Pointing(blob_id, symbol_id, line, edge) for line in places.lines[at])


def _edges_to(
    connection: Connection, ids: Collection[int], kinds: Collection[int], min_confidence: float
) -> list[_Pointing]:
    """Return the edges of some kinds of reference that end at some symbols, the surest first."""
    rows: list[Any] = connection.execute(
        "SELECT DISTINCT e.blob_id FROM json_each(?) AS wanted JOIN edge e ON e.symbol_id = wanted.value",
        (json.dumps(list(ids)),),
    ).fetchall()
    wanted, least = set(ids), round(min_confidence * 1000)
    found = _edges_from(
        connection,
        (row[0] for row in rows),
        kinds,
        lambda edge: edge.confidence >= least and edge.symbol_id in wanted,
    )
    return sorted(found, key=lambda each: -each.to.confidence)


def _inwards(connection: Connection, ids: Collection[int], kinds: Collection[int], min_confidence: float) -> list[Step]:
    found = _edges_to(connection, ids, kinds, min_confidence)
    symbols = symbols_by_id(connection, {each.symbol_id for each in found if each.symbol_id is not None})
    files = _files(connection, {each.blob_id for each in found})
    steps = []
    for each in found:
        path, module = files[each.blob_id]
        name = module if each.symbol_id is None else symbols[each.symbol_id].qualified_name
        steps.append(_step(each.to.symbol_id, each.symbol_id, name, path, each.line, each.to))
    return steps


def _files(connection: Connection, blob_ids: Collection[int]) -> dict[int, tuple[str, str]]:
    rows = connection.execute(
        "SELECT id, path, module FROM blob WHERE id IN (SELECT value FROM json_each(?))", (json.dumps(list(blob_ids)),)
    )
    return {row[0]: (row[1], row[2]) for row in rows}


def _step(from_id: int, symbol_id: int | None, name: str, path: str, line: int, edge: EdgeTo) -> Step:
    return Step(from_id, symbol_id, name, path, line, RUNGS[edge.rung], edge.confidence / 1000)


def steps_to_callers(connection: Connection, ids: Sequence[int], min_confidence: float) -> list[Step]:
    """Return the edges from symbols to those that call them."""
    return _inwards(connection, ids, CALLS, min_confidence)


def steps_to_dependents(connection: Connection, ids: Sequence[int], min_confidence: float) -> list[Step]:
    """Return the edges from symbols to those that use them in any way; a member's change reaches who uses the member."""
    return _inwards(connection, ids, DEPENDS, min_confidence)


def steps_to_subtypes(connection: Connection, ids: Sequence[int], min_confidence: float) -> list[Step]:
    """Return the edges from types to those derived from them."""
    return _inwards(connection, ids, INHERITS, min_confidence)


def steps_to_callees(connection: Connection, ids: Sequence[int], min_confidence: float) -> list[Step]:
    """Return the edges from symbols to those that they, or what is nested in them, call."""
    rows: list[Any] = connection.execute(
        "WITH RECURSIVE inside (origin, id, blob_id) AS ("
        "SELECT s.id, s.id, s.blob_id FROM json_each(?) AS wanted JOIN symbol s ON s.id = wanted.value "
        "UNION SELECT inside.origin, c.id, c.blob_id FROM inside JOIN blob b ON b.id = inside.blob_id "
        "JOIN symbol c ON c.id > inside.id AND c.id < b.symbol_id + b.symbols AND c.parent_id = inside.id) "
        "SELECT id, origin, blob_id FROM inside",
        (json.dumps(list(ids)),),
    ).fetchall()
    origins: dict[int | None, list[int]] = {}
    for symbol_id, origin, _ in rows:
        origins.setdefault(symbol_id, []).append(origin)
    least = round(min_confidence * 1000)
    edges = _edges_from(connection, {row[2] for row in rows}, CALLS, lambda edge: edge.confidence >= least)
    found = [(origin, each) for each in edges for origin in origins.get(each.symbol_id, ())]
    found.sort(key=lambda entry: (entry[1].blob_id, entry[1].line, -entry[1].to.confidence))
    targets = symbols_by_id(connection, {each.to.symbol_id for _, each in found})
    return [
        _step(origin, target.symbol_id, target.qualified_name, target.path, target.start_line, each.to)
        for origin, each in found
        for target in [targets[each.to.symbol_id]]
    ]


def steps_to_overrides(connection: Connection, ids: Sequence[int], min_confidence: float) -> list[Step]:
    """Return the edges from methods to the methods of the same name in types derived from theirs."""
    return [
        _step(method.symbol_id, each.symbol_id, each.qualified_name, each.path, each.start_line, edge)
        for method in symbols_by_id(connection, ids).values()
        for type_id, edge in _derived(connection, method.parent_id, min_confidence)
        for each in _members_named(connection, type_id, method.name)
    ]


def _derived(connection: Connection, type_id: int | None, min_confidence: float) -> Iterator[tuple[int, EdgeTo]]:
    """Yield the types derived from a type, each with the last edge on the way to it and the lowest confidence there."""
    met = {type_id}
    frontier = {} if type_id is None else {type_id: 1000}
    while frontier:
        fresh: dict[int, int] = {}
        for each in _edges_to(connection, frontier.keys(), INHERITS, min_confidence):
            if each.symbol_id is not None and each.symbol_id not in met:
                met.add(each.symbol_id)
                certainty = min(each.to.confidence, frontier[each.to.symbol_id])
                fresh[each.symbol_id] = certainty
                yield each.symbol_id, each.to._replace(confidence=certainty)
        frontier = fresh


def _members_named(connection: Connection, type_id: int, name: str) -> list[SymbolRow]:
    rows = connection.execute(
        f"{SYMBOLS} WHERE s.parent_id = ? AND s.name_id = (SELECT id FROM name WHERE text = ?)", (type_id, name)
    )
    return [symbol_row(row) for row in rows]


def open_references(connection: Connection, names: Collection[str]) -> tuple[int, int]:
    """Count the references of these names that stayed ambiguous, and that stayed unresolved."""
    counts: Counter[int] = Counter()
    for _, _, packed, stored in references_of(connection, blobs_mentioning(connection, names)):
        counts += outcomes_of(names, packed, stored)
    return counts[OUTCOMES.index(AMBIGUOUS)], counts[OUTCOMES.index(UNRESOLVED)]


def symbols_touching(connection: Connection, path: str, start: int, end: int) -> list[SymbolRow]:
    """Return the innermost symbols of a file that lie in or around some lines."""
    rows = connection.execute(
        f"{SYMBOLS} JOIN file f ON f.blob_id = b.id WHERE f.path = ? AND s.id >= b.symbol_id AND s.id < b.symbol_id + b.symbols "
        "AND s.start_line <= ? AND s.end_line >= ? AND NOT EXISTS (SELECT 1 FROM symbol c WHERE c.parent_id = s.id "
        "AND c.id > s.id AND c.id < b.symbol_id + b.symbols AND c.start_line <= ? AND c.end_line >= ?)",
        (path, end, start, end, start),
    )
    return [symbol_row(row) for row in rows]
