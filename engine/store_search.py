"""What the lanes ask the code index."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from engrep.engine.db import Connection, only_row
from engrep.engine.details import Details, unpack_details
from engrep.engine.references import edges_in, places_in
from engrep.engine.rungs import DEFAULT_MIN_CONFIDENCE
from engrep.indexers.facts import KINDS, PROSE, VISIBILITIES

_CALLING_FILES = 4  # looked through for a caller that is shown beside a hit

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def term_frequencies(connection: Connection, terms: Iterable[str]) -> dict[str, int]:
    """Count the chunks that hold each term in their text or context; terms that none holds are left out."""
    rows = connection.execute(
        "SELECT v.term, v.doc FROM json_each(?) AS wanted JOIN chunk_vocabulary v ON v.term = wanted.value",
        (json.dumps(list(terms)),),
    )
    return dict(rows)


def lexical_chunks(connection: Connection, terms: Mapping[str, float], limit: int) -> list[tuple[int, float]]:
    """Return the chunks whose text holds terms of the greatest weight together, as (chunk id, weight)."""
    return _heaviest(connection, "chunk_fts", terms, limit)


def named_chunks(connection: Connection, terms: Mapping[str, float], limit: int) -> list[tuple[int, float]]:
    """Return the chunks whose qualified names hold terms of the greatest weight together, as (chunk id, weight)."""
    return _heaviest(connection, "name_fts", terms, limit)


def _heaviest(connection: Connection, table: str, terms: Mapping[str, float], limit: int) -> list[tuple[int, float]]:
    """Add up the weights of the terms that each row holds; the tables keep no places, so their own `bm25` is 0."""
    import numpy as np

    found = [(ids, weight) for term, weight in terms.items() if len(ids := _rows_with(connection, table, term))]
    if not found:
        return []
    scores = np.zeros(max(int(ids.max()) for ids, _ in found) + 1, np.float32)
    for ids, weight in found:
        scores[ids] += weight
    held = np.flatnonzero(scores)
    if len(held) > limit:
        held = held[scores[held] >= np.partition(scores[held], -limit)[-limit]]
    best = held[np.lexsort((held, -scores[held]))][:limit]
    return list(zip(best.tolist(), scores[best].tolist(), strict=True))


def _rows_with(connection: Connection, table: str, term: str) -> NDArray[np.int64]:
    """Return the rows that hold a term; one text of them all is read faster than so many rows."""
    import numpy as np

    quoted = '"' + term.replace('"', '""') + '"'
    joined = connection.execute(f"SELECT group_concat(rowid, ' ') FROM {table} WHERE {table} MATCH ?", (quoted,)).get
    return np.fromstring(joined or "", np.int64, sep=" ")


def blobs_of_chunks(connection: Connection, chunk_ids: Iterable[int]) -> dict[int, tuple[int, bool]]:
    """Return each chunk's blob, and whether that is a test or prose."""
    rows = connection.execute(
        "SELECT c.id, c.blob_id, b.is_test, b.language FROM json_each(?) AS wanted "
        "JOIN chunk c ON c.id = wanted.value JOIN blob b ON b.id = c.blob_id",
        (json.dumps(list(chunk_ids)),),
    )
    return {row[0]: (row[1], bool(row[2]) or row[3] in PROSE) for row in rows}


def all_files(connection: Connection) -> Iterator[tuple[int, str, str]]:
    """Yield every indexed file as (blob id, path, language)."""
    for blob_id, path, language in connection.execute("SELECT id, path, language FROM blob"):
        yield int(str(blob_id)), str(path), str(language)


def blobs_by_stem(connection: Connection, stems: Sequence[str], limit: int) -> list[int]:
    """Return the files whose stem holds most of the given words, of equal ones the first by path."""
    if not stems:
        return []
    rows = connection.execute(
        "SELECT s.blob_id, count(DISTINCT wanted.value) AS matched FROM json_each(?) AS wanted "
        "JOIN stem_word s ON s.word = wanted.value JOIN blob b ON b.id = s.blob_id GROUP BY s.blob_id "
        "ORDER BY matched DESC, b.path LIMIT ?",
        (json.dumps(list(stems)), limit),
    )
    return [row[0] for row in rows]


def blobs_by_path(connection: Connection, path: str, limit: int) -> list[tuple[int, str]]:
    """Return the files whose path ends with the given one, as (blob id, path)."""
    escaped = path.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    rows = connection.execute(
        "SELECT blob_id, path FROM file WHERE path = ? OR path LIKE ? ESCAPE '\\' ORDER BY length(path) LIMIT ?",
        (path, f"%/{escaped}", limit),
    )
    return [(row[0], row[1]) for row in rows]


def module_paths(connection: Connection, module: str, limit: int) -> list[str]:
    """Return the module paths that are the given one, or end with it, the shortest first."""
    rows = connection.execute(
        "SELECT DISTINCT b.module FROM file f JOIN blob b ON b.id = f.blob_id WHERE b.module = ? "
        "OR substr(b.module, -length(?) - 1) = '.' || ? ORDER BY length(b.module), b.module LIMIT ?",
        (module, module, module, limit),
    )
    return [row[0] for row in rows]


class BlobRow(NamedTuple):
    """What the scorer reads of a file."""

    blob_id: int
    path: str
    module: str
    language: str
    is_test: bool
    centrality: int
    symbol_id: int
    chunk_id: int
    terms: bytes
    widths: bytes | None  # of its vectors, see vectors.py; None where it has none
    vectors: bytes | None
    length: float | None  # of their sum


def blob_rows(connection: Connection, blob_ids: Collection[int]) -> list[BlobRow]:
    """Return files for scoring, in the order asked for."""
    rows = connection.execute(
        "SELECT b.id, b.path, b.module, b.language, b.is_test, b.centrality, b.symbol_id, b.chunk_id, t.terms, v.widths, "
        "v.vectors, v.length "
        "FROM json_each(?) AS wanted JOIN blob b ON b.id = wanted.value JOIN blob_terms t ON t.blob_id = b.id "
        "LEFT JOIN blob_vectors v ON v.blob_id = b.id ORDER BY wanted.key",
        (json.dumps(list(blob_ids)),),
    )
    return [BlobRow(*row) for row in rows]


class SymbolRow(NamedTuple):
    """A symbol with its place."""

    symbol_id: int
    blob_id: int
    name: str
    qualified_name: str
    kind: str
    start_line: int
    end_line: int
    parent_id: int | None
    visibility: str
    is_test: bool
    path: str
    module: str
    language: str
    uses: int


SYMBOLS = (
    "SELECT s.id, s.blob_id, n.text, b.module || s.local_name, s.kind, s.start_line, s.end_line, s.parent_id, "
    "s.visibility, s.is_test, b.path, b.module, b.language, n.uses FROM symbol s JOIN name n ON n.id = s.name_id "
    "JOIN blob b ON b.id = s.blob_id "
)


def symbol_row(row: tuple[Any, ...]) -> SymbolRow:
    """Make a symbol of a row that SYMBOLS selects."""
    return SymbolRow._make((*row[:4], KINDS[row[4]], *row[5:8], VISIBILITIES[row[8]], *row[9:]))


def symbols_named(connection: Connection, folded: str, limit: int) -> list[SymbolRow]:
    """Return the symbols that bear a name, case and underscores aside."""
    rows = connection.execute(
        f"{SYMBOLS} WHERE s.name_id IN (SELECT id FROM name WHERE folded = ?) ORDER BY s.id LIMIT ?",
        (folded, limit),
    )
    return [symbol_row(row) for row in rows]


def name_counts(connection: Connection, folded: Iterable[str]) -> dict[str, int]:
    """Count the definitions of each folded name that has any."""
    rows = connection.execute(
        "SELECT n.folded, count(*) FROM json_each(?) AS wanted JOIN name n ON n.folded = wanted.value "
        "JOIN symbol s ON s.name_id = n.id GROUP BY n.folded",
        (json.dumps(list(folded)),),
    )
    return dict(rows)


def symbols_by_id(connection: Connection, ids: Iterable[int]) -> dict[int, SymbolRow]:
    """Return symbols by id."""
    rows = connection.execute(f"{SYMBOLS} WHERE s.id IN (SELECT value FROM json_each(?))", (json.dumps(list(ids)),))
    return {row[0]: symbol_row(row) for row in rows}


def details_of(connection: Connection, symbol: SymbolRow) -> Details:
    """Return what is known of a symbol beyond its row."""
    packed, first, count = only_row(
        connection,
        "SELECT d.details, b.symbol_id, b.symbols FROM blob b JOIN blob_details d ON d.blob_id = b.id WHERE b.id = ?",
        (symbol.blob_id,),
    )
    return unpack_details(packed, symbol.symbol_id - first, count)


def symbols_at(connection: Connection, blob_id: int, line: int) -> list[SymbolRow]:
    """Return the symbols of a file that enclose a line, the innermost first."""
    rows = connection.execute(
        f"{SYMBOLS} WHERE s.id >= b.symbol_id AND s.id < b.symbol_id + b.symbols AND b.id = ? "
        "AND s.start_line <= ? AND s.end_line >= ? ORDER BY s.end_line - s.start_line, s.id DESC",
        (blob_id, line, line),
    )
    return [symbol_row(row) for row in rows]


def near_names(connection: Connection, folded: str, limit: int) -> list[str]:
    """Return names of symbols of about the same length that begin or end as the given one does, for a closer look."""
    rows = connection.execute(
        "SELECT text FROM name WHERE abs(length(folded) - length(?1)) <= 3 "
        "AND (substr(folded, 1, 2) = substr(?1, 1, 2) OR substr(folded, -2) = substr(?1, -2)) "
        "ORDER BY abs(length(folded) - length(?1)), text LIMIT ?2",
        (folded, limit),
    )
    return [row[0] for row in rows]


class ChunkRow(NamedTuple):
    """A chunk's place, and the symbol it shows."""

    chunk_id: int
    symbol_id: int | None
    start_line: int
    end_line: int


def chunk_rows(connection: Connection, ids: Iterable[int]) -> dict[int, ChunkRow]:
    """Return chunks by id."""
    rows = connection.execute(
        "SELECT c.id, c.symbol_id, c.start_line, c.end_line "
        "FROM json_each(?) AS wanted JOIN chunk c ON c.id = wanted.value",
        (json.dumps(list(ids)),),
    )
    return {row[0]: ChunkRow(*row) for row in rows}


def imports_of(connection: Connection, path: str) -> list[tuple[str, str, str]]:
    """Return what a file imports, as (module, name, alias)."""
    rows = connection.execute(
        "SELECT i.module, i.name, i.alias FROM file f JOIN import i ON i.blob_id = f.blob_id WHERE f.path = ?",
        (path,),
    )
    return [(row[0], row[1], row[2]) for row in rows]


def one_caller(connection: Connection, symbol_id: int) -> str | None:
    """Return the qualified name of one symbol that does refer to this one, the surest of some."""
    rows = connection.execute(
        "SELECT b.symbol_id, r.uses, r.meanings FROM edge e JOIN blob b ON b.id = e.blob_id "
        "JOIN blob_references r ON r.blob_id = b.id WHERE e.symbol_id = ? LIMIT ?",
        (symbol_id, _CALLING_FILES),
    )
    callers: list[tuple[int, int]] = []
    for first, uses, meanings in rows:
        around = places_in(uses).symbols
        callers += [
            (edge.confidence, first + around[at])
            for at, edge in edges_in(meanings)
            if edge.symbol_id == symbol_id and around[at] >= 0 and edge.confidence >= DEFAULT_MIN_CONFIDENCE * 1000
        ]
    callers = [caller for caller in callers if caller[1] != symbol_id]
    if not callers:
        return None
    _, best = max(callers, key=lambda caller: caller[0])
    return symbols_by_id(connection, [best])[best].qualified_name


def chunk_count(connection: Connection) -> int:
    """Return how many chunks there are."""
    row = connection.execute("SELECT value FROM meta WHERE key = 'chunks'").fetchone()
    return int(row[0]) if row else 0


def file_stats(connection: Connection, paths: Iterable[str]) -> dict[str, tuple[int, int]]:
    """Return the size and time that files had when they were indexed: path → (size, mtime_ns)."""
    rows = connection.execute(
        "SELECT f.path, f.size, f.mtime_ns FROM json_each(?) AS wanted JOIN file f ON f.path = wanted.value",
        (json.dumps(list(paths)),),
    )
    return {row[0]: (row[1], row[2]) for row in rows}
