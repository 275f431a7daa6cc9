"""The code index on disk: opening, what it holds, and the reading queries that are not search.

Writing is in store_write.py and store_tables.py, what the lanes ask is in store_search.py.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import NamedTuple

from engrep.engine.db import Connection, Database, OlderError, only_row
from engrep.engine.errors import StateError
from engrep.engine.references import unpack_meanings, unpack_uses


def _make_anew(connection: Connection) -> None:
    """Replace whatever is there by the empty tables of schema.sql: all of it can be made again from the files."""
    made = "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql LIKE ? AND name NOT GLOB 'sqlite_*'"
    for kind in ("CREATE VIRTUAL %", "CREATE TABLE %"):  # a virtual table takes its own tables with it
        for (name,) in connection.execute(made, (kind,)).fetchall():
            quoted = str(name).replace('"', '""')
            connection.execute(f'DROP TABLE IF EXISTS "{quoted}"')
    from importlib import resources

    connection.execute(resources.files("engrep.engine").joinpath("schema.sql").read_text(encoding="utf-8"))


SCHEMA_VERSION = 4
MIGRATIONS = (_make_anew,) * SCHEMA_VERSION


def open_code(path: Path, *, wait_seconds: float | None = None) -> Database:
    """Return the code index at a path; nothing is opened or created before it is used."""
    return Database(path, MIGRATIONS, is_made_anew=True, wait_seconds=wait_seconds)


def is_usable(database: Database) -> bool:
    """Tell whether a code index is there, and of this engrep's schema; raises StateError where it cannot be read."""
    if not database.path.exists():
        return False
    try:
        with database.reading() as connection:
            return is_indexed(connection)
    except OlderError:
        return False


class FileRow(NamedTuple):
    """A file of the tree as indexed."""

    path: str
    blob_id: int
    size: int
    mtime_ns: int
    hash: bytes
    language: str
    module: str


def read_meta(connection: Connection, key: str) -> str | int | float | None:
    """Return one setting, None when it was never stored."""
    row = connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    return row[0] if row else None


def named_embedder(database: Database) -> str | None:
    """Return the embedder that an index was made with, as it was named; None without an index that can be read."""
    if not database.path.exists():
        return None
    try:
        with database.reading(older_too=True) as connection:
            found = read_meta(connection, "embedder")
    except StateError:  # the run makes it anew, or says what is wrong
        return None
    return None if found is None else str(found)


def is_indexed(connection: Connection) -> bool:
    """Tell whether an index run has completed here."""
    return read_meta(connection, "indexed_at") is not None


def files(connection: Connection) -> dict[str, FileRow]:
    """Return the indexed files by path."""
    rows = connection.execute(
        "SELECT f.path, f.blob_id, f.size, f.mtime_ns, b.hash, b.language, b.module FROM file f JOIN blob b ON b.id = f.blob_id",
    )
    return {row[0]: FileRow(*row) for row in rows}


def skipped(connection: Connection) -> dict[str, tuple[str, int, int]]:
    """Return the files passed over: path → (reason, size, mtime_ns)."""
    return {
        row[0]: (row[1], row[2], row[3])
        for row in connection.execute("SELECT path, reason, size, mtime_ns FROM skipped")
    }


class Totals(NamedTuple):
    """How much the index holds."""

    files: int
    lines: int
    symbols: int
    references: int
    chunks: int
    edges: int
    languages: dict[str, int]
    skipped: dict[str, int]


def totals(connection: Connection) -> Totals:
    """Count what the index holds."""
    files_, lines, symbols, references, chunks = map(
        int,
        only_row(
            connection,
            "SELECT count(*), total(b.lines), total(b.symbols), total(b.reference_count), total(b.chunks) "
            "FROM file f JOIN blob b ON b.id = f.blob_id",
        ),
    )
    (edges,) = only_row(connection, "SELECT total(edges) FROM blob_references")
    languages = connection.execute(
        "SELECT b.language, count(*) AS n FROM file f JOIN blob b ON b.id = f.blob_id GROUP BY 1 ORDER BY n DESC, 1",
    )
    reasons = connection.execute("SELECT reason, count(*) AS n FROM skipped GROUP BY 1 ORDER BY n DESC, 1")
    return Totals(files_, lines, symbols, references, chunks, int(edges), dict(languages), dict(reasons))


def problem_counts(connection: Connection) -> dict[str, int]:
    """Count the troubles that files made, by kind."""
    return dict(connection.execute("SELECT kind, count(*) FROM problem GROUP BY 1 ORDER BY 2 DESC, 1"))


def rung_counts(connection: Connection) -> dict[int, int]:
    """Count the edges by rung."""
    counts: Counter[int] = Counter()
    for uses, meanings in connection.execute("SELECT uses, meanings FROM blob_references"):
        for use, meaning in zip(unpack_uses(uses), unpack_meanings(meanings), strict=True):
            for edge in meaning.edges:
                counts[edge.rung] += len(use.lines)
    return counts
