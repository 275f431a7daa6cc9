"""What walks over the call edges ask the code index."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from engrep.engine.db import Connection, only_row
from engrep.engine.rungs import RUNGS
from engrep.engine.store_search import SYMBOLS, SymbolRow
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


def _kinds(kinds: Sequence[int]) -> str:
    return f"({', '.join(map(str, kinds))})"


def _steps(connection: Connection, statement: str, ids: Iterable[int], min_confidence: float) -> list[Step]:
    rows = connection.execute(statement, (json.dumps(list(ids)), round(min_confidence * 1000)))
    return [
        Step(from_id, symbol_id, name, path, line, RUNGS[rung], confidence / 1000)
        for from_id, symbol_id, name, path, line, rung, confidence in rows
    ]


def _inwards(kinds: Sequence[int]) -> str:
    return (
        "SELECT e.symbol_id, s.id, coalesce(s.qualified_name, b.module), b.path, r.line, e.rung, e.confidence "
        "FROM json_each(?) AS wanted JOIN edge e ON e.symbol_id = wanted.value JOIN reference r ON r.id = e.reference_id "
        "JOIN blob b ON b.id = r.blob_id LEFT JOIN symbol s ON s.id = r.symbol_id "
        f"WHERE e.confidence >= ? AND r.kind IN {_kinds(kinds)} ORDER BY e.confidence DESC, r.id"
    )


def steps_to_callers(connection: Connection, ids: Sequence[int], min_confidence: float) -> list[Step]:
    """Return the edges from symbols to those that call them."""
    return _steps(connection, _inwards(CALLS), ids, min_confidence)


def steps_to_dependents(connection: Connection, ids: Sequence[int], min_confidence: float) -> list[Step]:
    """Return the edges from symbols to those that use them in any way; a member's change reaches who uses the member."""
    return _steps(connection, _inwards(DEPENDS), ids, min_confidence)


def steps_to_subtypes(connection: Connection, ids: Sequence[int], min_confidence: float) -> list[Step]:
    """Return the edges from types to those derived from them."""
    return _steps(connection, _inwards(INHERITS), ids, min_confidence)


def steps_to_callees(connection: Connection, ids: Sequence[int], min_confidence: float) -> list[Step]:
    """Return the edges from symbols to those that they, or what is nested in them, call."""
    statement = (
        "WITH RECURSIVE inside (origin, id) AS (SELECT value, value FROM json_each(?) "
        "UNION SELECT inside.origin, c.id FROM inside JOIN symbol p ON p.id = inside.id JOIN blob b ON b.id = p.blob_id "
        "JOIN symbol c ON c.id > p.id AND c.id < b.symbol_id + b.symbols AND c.parent_id = p.id) "
        "SELECT inside.origin, t.id, t.qualified_name, tb.path, r.line, e.rung, e.confidence "
        "FROM inside JOIN symbol s ON s.id = inside.id JOIN blob b ON b.id = s.blob_id "
        "JOIN reference r ON r.id >= b.reference_id AND r.id < b.reference_id + b.reference_count AND r.symbol_id = inside.id "
        "JOIN edge e ON e.reference_id = r.id JOIN symbol t ON t.id = e.symbol_id JOIN blob tb ON tb.id = t.blob_id "
        f"WHERE e.confidence >= ? AND r.kind IN {_kinds(CALLS)} ORDER BY r.id, e.confidence DESC"
    )
    return _steps(connection, statement, ids, min_confidence)


def steps_to_overrides(connection: Connection, ids: Sequence[int], min_confidence: float) -> list[Step]:
    """Return the edges from methods to the methods of the same name in types derived from theirs."""
    statement = (
        "WITH RECURSIVE derived (origin, name_id, id, rung, confidence) AS ("
        "SELECT m.id, m.name_id, m.parent_id, 0, 1000 FROM json_each(?1) AS wanted JOIN symbol m ON m.id = wanted.value "
        "UNION SELECT derived.origin, derived.name_id, r.symbol_id, e.rung, min(e.confidence, derived.confidence) "
        "FROM derived JOIN edge e ON e.symbol_id = derived.id JOIN reference r ON r.id = e.reference_id "
        f"WHERE r.kind IN {_kinds(INHERITS)} AND r.symbol_id IS NOT NULL AND e.confidence >= ?2) "
        "SELECT DISTINCT derived.origin, o.id, o.qualified_name, b.path, o.start_line, derived.rung, derived.confidence "
        "FROM derived JOIN symbol o ON o.parent_id = derived.id AND o.name_id = derived.name_id AND o.id <> derived.origin "
        "JOIN blob b ON b.id = o.blob_id"
    )
    return _steps(connection, statement, ids, min_confidence)


def open_references(connection: Connection, names: Iterable[str]) -> tuple[int, int]:
    """Count the calls of these names that stayed ambiguous, and that stayed unresolved."""
    ambiguous, unresolved = only_row(
        connection,
        "SELECT total(r.outcome = 1), total(r.outcome = 3) FROM json_each(?) AS wanted JOIN name n ON n.text = wanted.value "
        "JOIN reference r ON r.name_id = n.id AND r.outcome IN (1, 3)",
        (json.dumps(sorted(names)),),
    )
    return int(ambiguous), int(unresolved)


def symbols_touching(connection: Connection, path: str, start: int, end: int) -> list[SymbolRow]:
    """Return the innermost symbols of a file that lie in or around some lines."""
    rows = connection.execute(
        f"{SYMBOLS} JOIN file f ON f.blob_id = b.id WHERE f.path = ? AND s.id >= b.symbol_id AND s.id < b.symbol_id + b.symbols "
        "AND s.start_line <= ? AND s.end_line >= ? AND NOT EXISTS (SELECT 1 FROM symbol c WHERE c.parent_id = s.id "
        "AND c.id > s.id AND c.id < b.symbol_id + b.symbols AND c.start_line <= ? AND c.end_line >= ?)",
        (path, end, start, end, start),
    )
    return [SymbolRow(*row) for row in rows]
