"""The code index on disk: opening, what it holds, and the reading queries that are not search.

Writing is in store_write.py, what the lanes ask is in store_search.py.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from importlib import resources
from pathlib import Path
from typing import NamedTuple

from engrep.engine.db import Connection, Database


def _first_schema(connection: Connection) -> None:
    connection.execute(resources.files("engrep.engine").joinpath("schema.sql").read_text(encoding="utf-8"))


MIGRATIONS = (_first_schema,)


def open_code(path: Path) -> Database:
    """Return the code index at a path; nothing is opened or created before it is used."""
    return Database(path, MIGRATIONS)


class FileRow(NamedTuple):
    """A file of the tree as indexed."""

    path: str
    blob_id: int
    size: int
    mtime_ns: int
    hash: bytes
    language: str


def read_meta(connection: Connection, key: str) -> str | int | float | None:
    """Return one setting, None when it was never stored."""
    row = connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    return row[0] if row else None  # type: ignore[no-any-return]


def is_indexed(connection: Connection) -> bool:
    """Tell whether an index run has completed here."""
    return read_meta(connection, "indexed_at") is not None


def files(connection: Connection) -> dict[str, FileRow]:
    """Return the indexed files by path."""
    rows = connection.execute(
        "SELECT f.path, f.blob_id, f.size, f.mtime_ns, b.hash, b.language FROM file f JOIN blob b ON b.id = f.blob_id",
    )
    return {row[0]: FileRow(*row) for row in rows}


def skipped(connection: Connection) -> dict[str, tuple[str, int, int]]:
    """Return the files passed over: path → (reason, size, mtime_ns)."""
    return {row[0]: (row[1], row[2], row[3]) for row in connection.execute("SELECT path, reason, size, mtime_ns FROM skipped")}


class Totals(NamedTuple):
    """How much the index holds."""

    files: int
    lines: int
    bytes: int
    symbols: int
    references: int
    chunks: int
    edges: int
    languages: dict[str, int]
    skipped: dict[str, int]


def totals(connection: Connection) -> Totals:
    """Count what the index holds."""
    counts = connection.execute(
        "SELECT count(*), total(b.lines), total(b.bytes), total(b.symbols), total(b.reference_count), total(b.chunks) "
        "FROM file f JOIN blob b ON b.id = f.blob_id",
    ).fetchone()
    edges = connection.execute("SELECT count(*) FROM edge").fetchone()[0]
    languages = connection.execute(
        "SELECT b.language, count(*) AS n FROM file f JOIN blob b ON b.id = f.blob_id GROUP BY 1 ORDER BY n DESC, 1",
    )
    reasons = connection.execute("SELECT reason, count(*) AS n FROM skipped GROUP BY 1 ORDER BY n DESC, 1")
    return Totals(*(int(count) for count in counts), int(edges), dict(languages), dict(reasons))


def problem_counts(connection: Connection) -> dict[str, int]:
    """Count the troubles that files made, by kind."""
    return dict(connection.execute("SELECT kind, count(*) FROM problem GROUP BY 1 ORDER BY 2 DESC, 1"))


def outcome_counts(connection: Connection) -> dict[int, int]:
    """Count the references by outcome."""
    return dict(connection.execute("SELECT outcome, count(*) FROM reference GROUP BY 1"))


def rung_counts(connection: Connection) -> dict[int, int]:
    """Count the edges by rung."""
    return dict(connection.execute("SELECT rung, count(*) FROM edge GROUP BY 1"))


def project_rows(
    connection: Connection,
) -> tuple[list[tuple[object, ...]], list[tuple[object, ...]], list[tuple[object, ...]]]:
    """Return what the resolver knows the project by: its files, symbols and imports."""
    files_ = connection.execute("SELECT id, path, module, language, is_test FROM blob").fetchall()
    symbols = [
        (*row[:6], tuple(row[6].split()) if row[6] else (), row[7], row[8])
        for row in connection.execute(
            "SELECT s.id, s.blob_id, n.text, s.qualified_name, s.kind, s.parent_id, s.bases, s.returns, s.visibility "
            "FROM symbol s JOIN name n ON n.id = s.name_id",
        )
    ]
    imports = connection.execute("SELECT blob_id, module, name, alias, symbol_id FROM import").fetchall()
    return files_, symbols, imports


_REFERENCES = (
    "SELECT r.id, r.blob_id, n.text, coalesce(v.text, ''), coalesce(t.text, ''), r.symbol_id, r.kind "
    "FROM reference r JOIN name n ON n.id = r.name_id "
    "LEFT JOIN name v ON v.id = r.receiver_id LEFT JOIN name t ON t.id = r.receiver_type_id "
)


def references_to(connection: Connection, blob_id: int) -> set[int]:
    """Return the references in other files that may mean a symbol of this file."""
    rows = connection.execute(
        "SELECT e.reference_id FROM blob b JOIN edge e ON e.symbol_id >= b.symbol_id AND e.symbol_id < b.symbol_id + b.symbols "
        "WHERE b.id = ? AND NOT (e.reference_id >= b.reference_id AND e.reference_id < b.reference_id + b.reference_count)",
        (blob_id,),
    )
    return {row[0] for row in rows}


def references_by_id(connection: Connection, ids: Iterable[int]) -> list[tuple[object, ...]]:
    """Return references as the resolver reads them; the kind is a number."""
    wanted = json.dumps(sorted(ids))
    return connection.execute(f"{_REFERENCES} WHERE r.id IN (SELECT value FROM json_each(?))", (wanted,)).fetchall()


def references_named(connection: Connection, names: Iterable[str]) -> list[tuple[object, ...]]:
    """Return the references that any of these names could decide: by name, receiver or receiver's type."""
    wanted = json.dumps(sorted(names))
    connection.execute("CREATE TEMP TABLE IF NOT EXISTS wanted (id INTEGER PRIMARY KEY)")
    connection.execute("DELETE FROM wanted")
    connection.execute("INSERT INTO wanted SELECT id FROM name WHERE text IN (SELECT value FROM json_each(?))", (wanted,))
    return connection.execute(
        f"{_REFERENCES} WHERE r.name_id IN wanted OR r.receiver_id IN wanted OR r.receiver_type_id IN wanted",
    ).fetchall()


def all_references(connection: Connection) -> list[tuple[object, ...]]:
    """Return every reference as the resolver reads it."""
    return connection.execute(f"{_REFERENCES} ORDER BY r.id").fetchall()


def interface_rows(connection: Connection, blob_id: int) -> list[tuple[object, ...]]:
    """Return what other files can see of a file, as comparable rows."""
    symbols = connection.execute(
        "SELECT 'symbol', b.path, s.qualified_name, s.kind, p.qualified_name, s.bases, s.returns, s.visibility "
        "FROM blob b JOIN symbol s ON s.id >= b.symbol_id AND s.id < b.symbol_id + b.symbols "
        "LEFT JOIN symbol p ON p.id = s.parent_id WHERE b.id = ?",
        (blob_id,),
    ).fetchall()
    imports = connection.execute(
        "SELECT 'import', b.path, i.module, i.name, i.alias FROM blob b JOIN import i ON i.blob_id = b.id WHERE b.id = ?",
        (blob_id,),
    ).fetchall()
    return symbols + imports
