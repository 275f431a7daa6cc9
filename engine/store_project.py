"""What resolving asks the code index: the project's files, symbols and imports, and the references to look up.

The order of what is returned never depends on ids: files come by path, symbols by file and place. So the edges come out
the same however many runs an index was made in.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from engrep.engine.db import Connection, only_row

if TYPE_CHECKING:
    from engrep.engine.prepare import Prepared

Row = tuple[Any, ...]
Interface = tuple[Any, ...]
"""What other files can see of a file, in order: its path, language and module, its symbols and imports without places."""

_SYMBOLS = (
    "SELECT s.id, s.blob_id, n.text, s.qualified_name, s.kind, s.parent_id, s.bases, s.returns, s.visibility "
    "FROM symbol s JOIN name n ON n.id = s.name_id "
)
_REFERENCES = (
    "SELECT r.id, r.blob_id, n.text, coalesce(v.text, ''), coalesce(t.text, ''), r.symbol_id, r.kind, r.outcome "
    "FROM reference r JOIN name n ON n.id = r.name_id "
    "LEFT JOIN name v ON v.id = r.receiver_id LEFT JOIN name t ON t.id = r.receiver_type_id "
)


def file_rows(connection: Connection) -> list[Row]:
    """Return the files: id, path, module, language, is_test."""
    return connection.execute("SELECT id, path, module, language, is_test FROM blob ORDER BY path").fetchall()


def file_row(connection: Connection, blob_id: int) -> Row:
    """Return one file as `file_rows` does."""
    return only_row(connection, "SELECT id, path, module, language, is_test FROM blob WHERE id = ?", (blob_id,))


def project_rows(connection: Connection) -> tuple[list[Row], list[Row], list[Row]]:
    """Return what the resolver knows the project by: its files, symbols and imports."""
    files = file_rows(connection)
    place = {row[0]: at for at, row in enumerate(files)}
    symbols = [_symbol(row) for row in connection.execute(f"{_SYMBOLS} ORDER BY s.id")]
    symbols.sort(key=lambda row: place[row[1]])
    imports = connection.execute("SELECT blob_id, module, name, alias, symbol_id FROM import").fetchall()
    imports.sort(key=lambda row: place[row[0]])
    return files, symbols, imports


def symbols_of_file(connection: Connection, blob_id: int) -> list[Row]:
    """Return a file's symbols, in order."""
    rows = connection.execute(
        f"{_SYMBOLS} JOIN blob b ON b.id = ? WHERE s.id >= b.symbol_id AND s.id < b.symbol_id + b.symbols ORDER BY s.id",
        (blob_id,),
    )
    return [_symbol(row) for row in rows]


def symbol_of_id(connection: Connection, symbol_id: int) -> Row | None:
    """Return one symbol."""
    row = connection.execute(f"{_SYMBOLS} WHERE s.id = ?", (symbol_id,)).fetchone()
    return _symbol(row) if row else None


def symbols_of_names(connection: Connection, names: Iterable[str]) -> list[Row]:
    """Return the symbols that bear any of some names, by file and place."""
    rows = connection.execute(
        f"{_SYMBOLS} JOIN blob b ON b.id = s.blob_id WHERE s.name_id IN "
        "(SELECT id FROM name WHERE text IN (SELECT value FROM json_each(?))) ORDER BY b.path, s.id",
        (json.dumps(list(names)),),
    )
    return [_symbol(row) for row in rows]


def imports_of_file(connection: Connection, blob_id: int) -> list[Row]:
    """Return a file's imports, in order."""
    return connection.execute(
        "SELECT blob_id, module, name, alias, symbol_id FROM import WHERE blob_id = ? ORDER BY rowid",
        (blob_id,),
    ).fetchall()


def _symbol(row: Row) -> Row:
    return (*row[:6], tuple(str(row[6]).split()), row[7], row[8])


def references_to(connection: Connection, blob_id: int) -> set[int]:
    """Return the references in other files that may mean a symbol of this file."""
    rows = connection.execute(
        "SELECT e.reference_id FROM blob b JOIN edge e ON e.symbol_id >= b.symbol_id AND e.symbol_id < b.symbol_id + b.symbols "
        "WHERE b.id = ? AND NOT (e.reference_id >= b.reference_id AND e.reference_id < b.reference_id + b.reference_count)",
        (blob_id,),
    )
    return {row[0] for row in rows}


def references_by_id(connection: Connection, ids: Iterable[int]) -> list[Row]:
    """Return references as the resolver reads them, with their outcome; kinds and outcomes are numbers."""
    wanted = json.dumps(sorted(ids))
    return connection.execute(
        f"{_REFERENCES} WHERE r.id IN (SELECT value FROM json_each(?)) ORDER BY r.id", (wanted,)
    ).fetchall()


def references_spelled(connection: Connection, name_ids: Collection[int]) -> list[Row]:
    """Return the references with any of some names as name, receiver or receiver's type."""
    connection.execute("CREATE TEMP TABLE IF NOT EXISTS wanted (id INTEGER PRIMARY KEY)")
    connection.execute("DELETE FROM wanted")
    connection.executemany("INSERT OR IGNORE INTO wanted VALUES (?)", ((number,) for number in name_ids))
    return connection.execute(
        f"{_REFERENCES} WHERE r.name_id IN wanted OR r.receiver_id IN wanted OR r.receiver_type_id IN wanted ORDER BY r.id",
    ).fetchall()


def names(connection: Connection) -> list[Row]:
    """Return every name that a symbol or a reference is spelled with, as (id, text)."""
    return connection.execute("SELECT id, text FROM name").fetchall()


def all_references(connection: Connection) -> list[Row]:
    """Return every reference as `references_by_id` does."""
    return connection.execute(f"{_REFERENCES} ORDER BY r.id").fetchall()


def edges_of(connection: Connection, ids: Collection[int] | None) -> dict[int, set[Row]]:
    """Return the edges of some references, None for all: reference id → (symbol, reference, rung, confidence)."""
    chosen, given = ("", ()) if ids is None else (
        "WHERE reference_id IN (SELECT value FROM json_each(?))", (json.dumps(sorted(ids)),),
    )  # fmt: skip
    rows = connection.execute(
        f"SELECT symbol_id, reference_id, rung, confidence FROM edge {chosen} ORDER BY reference_id", given
    )
    return {reference_id: set(found) for reference_id, found in groupby(rows, itemgetter(1))}


def interface_of_file(connection: Connection, blob_id: int) -> Interface:
    """Return what other files see of an indexed file."""
    path, language, module, is_test, first = only_row(
        connection, "SELECT path, language, module, is_test, symbol_id FROM blob WHERE id = ?", (blob_id,)
    )
    symbols = [
        (*row[2:5], -1 if row[5] is None else row[5] - first, row[6], row[7], row[8])
        for row in symbols_of_file(connection, blob_id)
    ]
    imports = [(*row[1:4], -1 if row[4] is None else row[4] - first) for row in imports_of_file(connection, blob_id)]
    return path, language, module, bool(is_test), tuple(symbols), tuple(imports)


def interface_of_prepared(prepared: Prepared) -> Interface:
    """Return what other files will see of a file that is about to be written; comparable with `interface_of_file`."""
    symbols = [
        (s.name, s.qualified_name, s.kind, s.parent, tuple(" ".join(s.bases).split()), s.returns, s.visibility)
        for s in prepared.symbols
    ]
    imports = [(i.module, i.name, i.alias, i.symbol) for i in prepared.imports]
    return prepared.job.path, prepared.language, prepared.module, bool(prepared.is_test), tuple(symbols), tuple(imports)
