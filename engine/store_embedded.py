"""Vectors that a server was asked for, kept by text: a run that is stopped, another branch, another clone ask for none twice."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path

from engrep.engine.db import Connection, Database


def _create(connection: Connection) -> None:
    connection.execute(
        "CREATE TABLE embedded (model TEXT NOT NULL, text BLOB NOT NULL, vector BLOB NOT NULL, PRIMARY KEY (model, text)) "
        "STRICT, WITHOUT ROWID"
    )


def open_embedded(path: Path) -> Database:
    """Return the kept vectors at a path; nothing is opened before it is used."""
    return Database(path, (_create,))


def text_key(text: str) -> bytes:
    """Return what stands for a text, which itself is not kept."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def kept(connection: Connection, model: str, keys: Iterable[bytes]) -> dict[bytes, bytes]:
    """Return the vectors of a model that are kept, by their texts' keys."""
    found = {}
    for key in keys:
        row = connection.execute("SELECT vector FROM embedded WHERE model = ? AND text = ?", (model, key)).fetchone()
        if row is not None:
            found[key] = bytes(row[0])
    return found


def keep(connection: Connection, model: str, rows: Sequence[tuple[bytes, bytes]]) -> None:
    """Keep vectors, packed as `vectors.quantise` does it."""
    connection.executemany("INSERT OR REPLACE INTO embedded VALUES (?,?,?)", [(model, *row) for row in rows])
