"""The vectors of an index, file by file, and vectors.db, where those wait that no file of the tree has any more."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from engrep.engine.db import Connection, Database, only_row
from engrep.engine.store_tables import drop_vectors, has_vectors, make_vectors
from engrep.engine.vectors import KEY_BYTES, Embedded, pack, unpack

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_BLOCK = 1024  # rows of a block of sqlite-vec
_SPARE_BLOCKS = 8


class Entry(NamedTuple):
    """A vector that may be asked for again."""

    key: bytes
    record: bytes
    signs: bytes


class Unembedded(NamedTuple):
    """A file whose chunks have no vectors."""

    blob_id: int
    path: str
    hash: bytes
    size: int
    mtime_ns: int


def open_vectors(path: Path) -> Database:
    """Return the store of vectors at a path; nothing is opened or created before it is used."""
    return Database(path, (_make, _add_memories))


def _make(connection: Connection) -> None:
    connection.execute(resources.files("engrep.engine").joinpath("vectors_schema.sql").read_text(encoding="utf-8"))


def _add_memories(connection: Connection) -> None:
    connection.execute(
        resources.files("engrep.engine").joinpath("memory_vectors_schema.sql").read_text(encoding="utf-8")
    )


def find(connection: Connection, keys: Iterable[bytes]) -> dict[bytes, Entry]:
    """Return what is kept of some texts, and note that it was asked for."""
    now = int(time.time())
    found = {}
    for key in keys:
        row = connection.execute("SELECT key, record, signs FROM vector WHERE key = ?", (key,)).fetchone()
        if row is not None:
            found[key] = Entry(*row)
    connection.executemany("UPDATE vector SET used = ? WHERE key = ? AND used < ?", ((now, key, now) for key in found))
    return found


def keep(connection: Connection, entries: Iterable[Entry]) -> None:
    """Keep vectors for whoever asks for these texts again."""
    now = int(time.time())
    connection.executemany(
        "INSERT OR REPLACE INTO vector (key, used, record, signs) VALUES (?,?,?,?)",
        ((entry.key, now, entry.record, entry.signs) for entry in entries),
    )


def trim(connection: Connection, most: int) -> None:
    """Drop what was not asked for the longest, until no more is left than `most`."""
    (count,) = only_row(connection, "SELECT count(*) FROM vector")
    connection.execute(
        "DELETE FROM vector WHERE key IN (SELECT key FROM vector ORDER BY used LIMIT ?)", (max(int(count) - most, 0),)
    )


def begin_model(connection: Connection, identity: str, dimensions: int) -> None:
    """Make room for the vectors of a model; those of another go in the same transaction, so that no two ever mix."""
    drop_vectors(connection)
    make_vectors(connection, dimensions)
    _set(connection, "model", identity)
    _set(connection, "dimensions", dimensions)


def add_file(connection: Connection, blob_id: int, chunk_id: int, embedded: Embedded) -> None:
    """Write the vectors of one file's chunks."""
    connection.execute(
        "INSERT INTO blob_vectors (blob_id, length, keys, widths, vectors) VALUES (?,?,?,?,?)",
        (blob_id, embedded.length, b"".join(embedded.keys), *pack(embedded.records)),
    )
    connection.executemany(
        "INSERT INTO chunk_vec (rowid, embedding) VALUES (?, vec_bit(?))",
        [(chunk_id + at, signs) for at, signs in enumerate(embedded.signs)],
    )


def entries_of(connection: Connection, blob_id: int, chunk_id: int) -> list[Entry]:
    """Return the vectors of a file; none where it has not been embedded."""
    row = connection.execute("SELECT keys, widths, vectors FROM blob_vectors WHERE blob_id = ?", (blob_id,)).fetchone()
    if row is None:
        return []
    keys, widths, vectors = row
    signs = dict(
        connection.execute(
            "SELECT rowid, embedding FROM chunk_vec WHERE rowid IN (SELECT value FROM json_each(?))",
            (json.dumps(list(range(chunk_id, chunk_id + len(keys) // KEY_BYTES))),),
        )
    )
    return [
        Entry(keys[at * KEY_BYTES : (at + 1) * KEY_BYTES], record, signs[chunk_id + at])
        for at, record in enumerate(unpack(widths, vectors))
    ]


def add_to_unembedded(connection: Connection, files: Mapping[int, Embedded]) -> None:
    """Write the vectors of files, of those among them that are there and have none yet."""
    rows: list[tuple[Any, ...]] = connection.execute(
        "SELECT b.id, b.chunk_id, b.chunks FROM json_each(?) AS wanted JOIN blob b ON b.id = wanted.value "
        "WHERE NOT EXISTS (SELECT 1 FROM blob_vectors v WHERE v.blob_id = b.id)",
        (json.dumps(list(files)),),
    ).fetchall()
    for blob_id, chunk_id, chunks in rows:
        if len(files[blob_id].records) == chunks:
            add_file(connection, blob_id, chunk_id, files[blob_id])
    note_vectors(connection)


def tidy_signs(connection: Connection) -> None:
    """Write the signs anew where sqlite-vec keeps many empty places: it fills none again before a whole block is empty."""
    if not has_vectors(connection):
        return
    (blocks,) = only_row(connection, "SELECT count(*) FROM chunk_vec_chunks")
    (count,) = only_row(connection, "SELECT count(*) FROM chunk_vec_rowids")
    if blocks * _BLOCK <= 2 * count + _SPARE_BLOCKS * _BLOCK:
        return
    rows: list[tuple[Any, ...]] = connection.execute("SELECT rowid, embedding FROM chunk_vec ORDER BY rowid").fetchall()
    connection.execute("DELETE FROM chunk_vec")
    connection.executemany("INSERT INTO chunk_vec (rowid, embedding) VALUES (?, vec_bit(?))", rows)


def note_vectors(connection: Connection) -> None:
    """Note how many chunks have no vectors, and for who keeps vectors in memory that there are others."""
    (unembedded,) = only_row(
        connection,
        "SELECT total(b.chunks) FROM blob b WHERE NOT EXISTS (SELECT 1 FROM blob_vectors v WHERE v.blob_id = b.id)",
    )
    _set(connection, "unembedded", int(unembedded))
    _set(connection, "embedded", time.time_ns())


def unembedded_files(connection: Connection) -> list[Unembedded]:
    """Return the files whose chunks have no vectors, by path."""
    rows = connection.execute(
        "SELECT b.id, f.path, b.hash, f.size, f.mtime_ns FROM file f JOIN blob b ON b.id = f.blob_id WHERE b.chunks > 0 "
        "AND NOT EXISTS (SELECT 1 FROM blob_vectors v WHERE v.blob_id = b.id) ORDER BY f.path"
    )
    return [Unembedded(*row) for row in rows]


def chunk_spans(connection: Connection) -> list[tuple[str, int, int]]:
    """Return where each file's chunks are: its path, the first chunk and how many there are."""
    rows: list[tuple[Any, ...]] = connection.execute("SELECT path, chunk_id, chunks FROM blob").fetchall()
    return [(path, chunk_id, chunks) for path, chunk_id, chunks in rows]


def _set(connection: Connection, key: str, value: str | int) -> None:
    connection.execute("INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)", (key, value))


def is_of_model(connection: Connection, identity: str) -> bool:
    """Tell whether the vectors that are there are a model's."""
    row = connection.execute("SELECT value FROM meta WHERE key = 'model'").fetchone()
    return row is not None and row[0] == identity and has_vectors(connection)


Files = Sequence[tuple[Unembedded, tuple[str, ...]]]
"""Files with what a model reads of their chunks."""


def sign_blocks(connection: Connection, table: str = "chunk_vec") -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Return all rows of a table of vectors, and of each the bits of the signs as a row of bytes; nothing without a model.

    sqlite-vec's own blocks of a thousand rows are read as they lie: row by row it takes a hundred times as long.
    """
    import numpy as np

    if not has_vectors(connection, table):
        return np.zeros(0, np.int64), np.zeros((0, 0), np.uint8)
    blocks: list[tuple[Any, ...]] = connection.execute(
        f"SELECT c.validity, c.rowids, v.vectors FROM {table}_chunks c "
        f"JOIN {table}_vector_chunks00 v ON v.rowid = c.chunk_id ORDER BY c.chunk_id"
    ).fetchall()
    validity, rowids, vectors = (b"".join(row[at] for row in blocks) for at in range(3))
    ids = np.frombuffer(rowids, "<i8")
    rows = np.frombuffer(vectors, np.uint8).reshape(len(ids), -1) if blocks else np.zeros((0, 0), np.uint8)
    taken = np.flatnonzero(np.unpackbits(np.frombuffer(validity, np.uint8), bitorder="little"))
    return ids[taken], rows[taken]


def first_chunks(connection: Connection) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the files that have chunks, by their first chunk, and that chunk."""
    import numpy as np

    joined = connection.execute("SELECT group_concat(chunk_id || ' ' || id, ' ') FROM blob WHERE chunks > 0").get
    both = np.fromstring(joined or "", np.int64, sep=" ").reshape(-1, 2)  # one text is read faster than so many rows
    both = both[both[:, 0].argsort()]
    return both[:, 1], both[:, 0]


def packed_records(connection: Connection, blob_ids: Iterable[int]) -> dict[int, tuple[bytes, bytes]]:
    """Return the vectors of files, packed; files that have none are left out."""
    rows: list[tuple[Any, ...]] = connection.execute(
        "SELECT blob_id, widths, vectors FROM blob_vectors WHERE blob_id IN (SELECT value FROM json_each(?))",
        (json.dumps(list(blob_ids)),),
    ).fetchall()
    return {blob_id: (widths, vectors) for blob_id, widths, vectors in rows}
