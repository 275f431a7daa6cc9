"""What resolving asks the code index: the project's files, symbols and imports, and the references to look up.

The order of what is returned never depends on ids: files come by path, symbols by file and place. So the edges come out
the same however many runs an index was made in.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from engrep.engine.db import Connection, only_row
from engrep.engine.references import mention, unpack_uses
from engrep.indexers.facts import KINDS, VISIBILITIES

if TYPE_CHECKING:
    from engrep.engine.prepare import Prepared

Row = tuple[Any, ...]
Interface = tuple[Any, ...]
"""What other files can see of a file, in order: its path, language and module, its symbols and imports without places."""

_SYMBOLS = (
    "SELECT s.id, s.blob_id, n.text, b.module || s.local_name, s.kind, s.parent_id, s.bases, s.returns, s.visibility "
    "FROM symbol s JOIN name n ON n.id = s.name_id JOIN blob b ON b.id = s.blob_id "
)
_REFERENCES = (
    "SELECT r.blob_id, b.symbol_id, r.uses, r.meanings FROM blob_references r JOIN blob b ON b.id = r.blob_id "
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
        f"{_SYMBOLS} WHERE b.id = ? AND s.id >= b.symbol_id AND s.id < b.symbol_id + b.symbols ORDER BY s.id",
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
        f"{_SYMBOLS} WHERE s.name_id IN "
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
    return (*row[:4], KINDS[row[4]], row[5], tuple(row[6].split()), row[7], VISIBILITIES[row[8]])


def blobs_meaning(connection: Connection, blob_id: int) -> set[int]:
    """Return the other files whose references may mean a symbol of this one."""
    rows = connection.execute(
        "SELECT DISTINCT e.blob_id FROM blob b JOIN edge e ON e.symbol_id >= b.symbol_id AND e.symbol_id < b.symbol_id + b.symbols "
        "WHERE b.id = ?1 AND e.blob_id <> ?1",
        (blob_id,),
    )
    return {row[0] for row in rows}


def references_of(connection: Connection, blob_ids: Iterable[int] | None) -> Iterator[Row]:
    """Yield the references of some files, None for all, as (blob id, its first symbol, uses, meanings)."""
    if blob_ids is None:
        yield from connection.execute(_REFERENCES)
        return
    for blob_id in sorted(blob_ids):
        yield from connection.execute(f"{_REFERENCES} WHERE r.blob_id = ?", (blob_id,))


def blobs_mentioning(connection: Connection, names: Iterable[str]) -> set[int]:
    """Return the files with references that are spelled with any of some names, and perhaps some others."""
    match = " OR ".join(sorted({f'"{mention(name)}"' for name in names}))
    if not match:
        return set()
    return {row[0] for row in connection.execute("SELECT rowid FROM mention_fts WHERE mention_fts MATCH ?", (match,))}


def count_uses(connection: Connection) -> Counter[str]:
    """Count by how many files each name is referred to."""
    counts: Counter[str] = Counter()
    for _, _, uses, _ in references_of(connection, None):
        counts.update({use.name for use in unpack_uses(uses)})
    return counts


def all_imports(connection: Connection) -> list[Row]:
    """Return every import, as (blob id, module, name, alias)."""
    return connection.execute("SELECT blob_id, module, name, alias FROM import").fetchall()


def all_types(connection: Connection) -> list[Row]:
    """Return every declared type with the name of the symbol that it is of."""
    return connection.execute(
        "SELECT DISTINCT s.returns, n.text FROM symbol s JOIN name n ON n.id = s.name_id WHERE s.returns <> ''"
    ).fetchall()


def all_bases(connection: Connection) -> set[str]:
    """Return every base class, interface or trait that a type names."""
    rows = connection.execute("SELECT DISTINCT bases FROM symbol WHERE bases <> ''")
    return {base for (bases,) in rows for base in str(bases).split()}


def interface_of_file(connection: Connection, blob_id: int) -> Interface:
    """Return what other files see of an indexed file."""
    path, language, module, is_test, first = only_row(
        connection, "SELECT path, language, module, is_test, symbol_id FROM blob WHERE id = ?", (blob_id,)
    )
    symbols = connection.execute(
        "SELECT n.text, s.local_name, s.kind, ifnull(s.parent_id - b.symbol_id, -1), s.visibility, s.bases, s.returns "
        "FROM blob b JOIN symbol s ON s.id >= b.symbol_id AND s.id < b.symbol_id + b.symbols "
        "JOIN name n ON n.id = s.name_id WHERE b.id = ? ORDER BY s.id",
        (blob_id,),
    )
    imports = [(*row[1:4], -1 if row[4] is None else row[4] - first) for row in imports_of_file(connection, blob_id)]
    return path, language, module, bool(is_test), tuple(symbols), tuple(imports)


def interface_of_prepared(prepared: Prepared) -> Interface:
    """Return what other files will see of a file that is about to be written; comparable with `interface_of_file`."""
    symbols = tuple((*row[:3], row[5], row[6], *row[8:]) for row in prepared.symbols)
    return prepared.job.path, prepared.language, prepared.module, bool(prepared.is_test), symbols, prepared.imports
