"""Read an index back as values that do not depend on ids, so that two indexes can be compared."""

from __future__ import annotations

import contextlib
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import apsw

from engrep.engine.db import load_vectors, only_row
from engrep.engine.references import unpack_meanings, unpack_uses

_PER_RUN = ("indexed_at", "started_ns", "embedded")
TABLES = {
    "file": "SELECT f.path, b.path, f.size, f.mtime_ns FROM file f LEFT JOIN blob b ON b.id = f.blob_id",
    "blob": "SELECT path, hash, language, module, bytes, lines, is_test, symbols, reference_count, chunks, code_terms, "
    "comment_terms FROM blob",
    "centrality": "SELECT path, centrality FROM blob",
    "skipped": "SELECT * FROM skipped",
    "meta": "SELECT key, value FROM meta",
    "problem": "SELECT b.path, p.kind, p.line, p.detail FROM problem p LEFT JOIN blob b ON b.id = p.blob_id",
    "stem_word": "SELECT b.path, w.word FROM stem_word w LEFT JOIN blob b ON b.id = w.blob_id",
    "blob_details": "SELECT b.path, d.details FROM blob_details d LEFT JOIN blob b ON b.id = d.blob_id",
    "blob_terms": "SELECT b.path, t.terms FROM blob_terms t LEFT JOIN blob b ON b.id = t.blob_id",
    "blob_vectors": "SELECT b.path, v.length, v.keys, v.widths, v.vectors FROM blob_vectors v LEFT JOIN blob b ON b.id = v.blob_id",
    "import": "SELECT b.path, i.module, i.name, i.alias, i.symbol_id - b.symbol_id FROM import i "
    "LEFT JOIN blob b ON b.id = i.blob_id",
    "symbol": "SELECT b.path, s.id - b.symbol_id, n.text, s.local_name, s.kind, s.start_line, s.end_line, "
    "s.parent_id - b.symbol_id, s.visibility, s.is_test, s.bases, s.returns FROM symbol s "
    "LEFT JOIN blob b ON b.id = s.blob_id LEFT JOIN name n ON n.id = s.name_id",
    "edge": "SELECT rb.path, sb.path, s.local_name, s.start_line FROM edge e LEFT JOIN blob rb ON rb.id = e.blob_id "
    "LEFT JOIN symbol s ON s.id = e.symbol_id LEFT JOIN blob sb ON sb.id = s.blob_id",
    "chunk": "SELECT b.path, c.id - b.chunk_id, c.symbol_id - b.symbol_id, c.start_line, c.end_line "
    "FROM chunk c LEFT JOIN blob b ON b.id = c.blob_id",
    "name": "SELECT text, folded, uses FROM name",
    "blob_references": "SELECT b.path, r.edges FROM blob_references r LEFT JOIN blob b ON b.id = r.blob_id",
    "mention_fts": "SELECT b.path, i.term FROM temp.mention_terms i LEFT JOIN blob b ON b.id = i.doc",
    "chunk_fts": "SELECT b.path, c.id - b.chunk_id, i.term FROM temp.chunk_terms i LEFT JOIN chunk c ON c.id = i.doc "
    "LEFT JOIN blob b ON b.id = c.blob_id",
    "name_fts": "SELECT b.path, c.id - b.chunk_id, i.term FROM temp.name_terms i LEFT JOIN chunk c ON c.id = i.doc "
    "LEFT JOIN blob b ON b.id = c.blob_id",
    "followed": "SELECT anchor, state, qualified_name, path, signature, hash FROM followed",
    "chunk_vocabulary": "SELECT * FROM chunk_vocabulary",
    "chunk_vec": "SELECT b.path, c.id - b.chunk_id, v.embedding FROM chunk_vec v LEFT JOIN chunk c ON c.id = v.rowid "
    "LEFT JOIN blob b ON b.id = c.blob_id",
}


def tables(database: Path) -> dict[str, list[tuple[object, ...]]]:
    """Give every table of an index, sorted, with paths and places instead of ids."""
    with _opened(database) as connection:
        for table in ("chunk", "name", "mention"):
            connection.execute(
                f"CREATE VIRTUAL TABLE temp.{table}_terms USING fts5vocab (main, {table}_fts, 'instance')"
            )
        found = {}
        for name, query in TABLES.items():
            try:
                rows = connection.execute(query).fetchall()
            except apsw.SQLError:
                if name != "chunk_vec":
                    raise
                rows = []
            found[name] = sorted(rows, key=repr)
        found["reference"] = sorted(_references(connection), key=repr)
    found["meta"] = [row for row in found["meta"] if row[0] not in _PER_RUN]
    return found


def _references(connection: apsw.Connection) -> Iterator[tuple[object, ...]]:
    """Give every reference with what it may mean, which is packed with the ids of symbols."""
    symbols = {
        row[0]: row[1:]
        for row in connection.execute(
            "SELECT s.id, b.path, s.local_name, s.start_line FROM symbol s JOIN blob b ON b.id = s.blob_id"
        )
    }
    rows = connection.execute(
        "SELECT b.path, r.uses, r.meanings FROM blob_references r LEFT JOIN blob b ON b.id = r.blob_id"
    )
    for path, uses, meanings in rows:
        for use, meaning in zip(unpack_uses(uses), unpack_meanings(meanings), strict=True):
            yield path, use, meaning.outcome, [(symbols.get(edge.symbol_id), *edge[1:]) for edge in meaning.edges]


def integrity(database: Path) -> str:
    """Give "ok" for a sound file."""
    with _opened(database) as connection:
        for table in ("chunk_fts", "name_fts", "mention_fts"):
            connection.execute(f"INSERT INTO {table} ({table}) VALUES ('integrity-check')")  # noqa: S608 - two constants
        return str(only_row(connection, "PRAGMA integrity_check")[0])


def differences(database: Path, other: Path) -> dict[str, tuple[object, object]]:
    """Give the tables in which two indexes differ, with some of the rows that only one of them has."""
    one, two = tables(database), tables(other)
    found: dict[str, tuple[object, object]] = {}
    for name in one:
        if one[name] != two[name]:
            found[name] = _only(one[name], two[name]), _only(two[name], one[name])
    return found


def _only(rows: list[tuple[object, ...]], others: list[tuple[object, ...]]) -> list[tuple[object, ...]]:
    counts: dict[str, int] = defaultdict(int)
    for row in others:
        counts[repr(row)] += 1
    left = []
    for row in rows:
        counts[repr(row)] -= 1
        if counts[repr(row)] < 0:
            left.append(row)
    return left[:6]


@contextlib.contextmanager
def _opened(database: Path) -> Iterator[apsw.Connection]:
    connection = apsw.Connection(str(database))
    try:
        load_vectors(connection)
        yield connection
    finally:
        connection.close()
