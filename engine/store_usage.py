"""What is asked of the index about the uses of a name in one file, and about the types that define it."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable

from engrep.engine.db import Connection
from engrep.indexers.facts import TYPE_KINDS

_USES = (
    "FROM file f JOIN blob b ON b.id = f.blob_id "
    "JOIN reference r ON r.id >= b.reference_id AND r.id < b.reference_id + b.reference_count "
)


def uses_in(connection: Connection, path: str) -> list[tuple[str, str, str]]:
    """Return every use of a name in one file: the name, what stands before it, its type as far as it is known there."""
    rows = connection.execute(
        "SELECT DISTINCT n.text, coalesce(v.text, ''), coalesce(t.text, '') "
        f"{_USES} JOIN name n ON n.id = r.name_id LEFT JOIN name v ON v.id = r.receiver_id "
        "LEFT JOIN name t ON t.id = r.receiver_type_id WHERE f.path = ?",
        (path,),
    )
    return [(row[0], row[1], row[2]) for row in rows]


def meanings_in(connection: Connection, path: str, name: str) -> dict[int, float]:
    """Return what the uses of a name in one file mean: symbol id → best confidence."""
    rows = connection.execute(
        f"SELECT e.symbol_id, max(e.confidence) / 1000.0 {_USES} JOIN edge e ON e.reference_id = r.id "
        "WHERE f.path = ? AND r.name_id = (SELECT id FROM name WHERE text = ?) GROUP BY e.symbol_id",
        (path, name),
    )
    return dict(rows)


def owners_of(connection: Connection, names: Collection[str]) -> list[tuple[str, int]]:
    """Return the symbols that members of some names lie in, as (name, symbol id)."""
    rows = connection.execute(
        "SELECT n.text, s.parent_id FROM json_each(?) AS wanted JOIN name n ON n.text = wanted.value "
        "JOIN symbol s ON s.name_id = n.id WHERE s.parent_id IS NOT NULL",
        (json.dumps(sorted(names)),),
    )
    return [(row[0], row[1]) for row in rows]


def types_by_id(connection: Connection, ids: Iterable[int]) -> list[tuple[int, str, tuple[str, ...]]]:
    """Return types as (symbol id, qualified name, the last names of their bases)."""
    rows = connection.execute(
        "SELECT s.id, s.qualified_name, s.bases FROM json_each(?) AS wanted JOIN symbol s ON s.id = wanted.value",
        (json.dumps(list(ids)),),
    )
    return [(row[0], row[1], tuple(base.rpartition(".")[2] for base in row[2].split())) for row in rows]


def types_named(connection: Connection, names: Collection[str]) -> list[tuple[str, int, str]]:
    """Return the types that bear some names, as (name, symbol id, qualified name)."""
    rows = connection.execute(
        "SELECT n.text, s.id, s.qualified_name FROM json_each(?1) AS wanted JOIN name n ON n.text = wanted.value "
        "JOIN symbol s ON s.name_id = n.id WHERE s.kind IN (SELECT value FROM json_each(?2))",
        (json.dumps(sorted(names)), json.dumps(sorted(TYPE_KINDS))),
    )
    return [(row[0], row[1], row[2]) for row in rows]
