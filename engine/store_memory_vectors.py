"""The vectors of memories in vectors.db, and what the file of the memories says of which have changed since."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from engrep.engine.db import Connection, only_row
from engrep.engine.store_memory import known_key
from engrep.engine.store_vectors import sign_blocks

if TYPE_CHECKING:
    from engrep.engine.vectors import Bytes, Ints

_SIGNS = "memory_vec"


class Held(NamedTuple):
    """Whose vectors are there, and how far they go."""

    identity: str
    dimensions: int
    memories: str  # names the file of the memories
    seen: int  # the number of the last event whose memory was embedded


class Embedded(NamedTuple):
    """The vector of a memory."""

    record: bytes
    signs: bytes


def held(connection: Connection) -> Held | None:
    """Return whose vectors are there, None for nobody's."""
    row = connection.execute("SELECT identity, dimensions, memories, seen FROM memory_model").fetchone()
    return None if row is None else Held(*row)


def add(connection: Connection, embedded: Mapping[int, Embedded], as_held: Held) -> None:
    """Write the vectors of memories by their rows; where those that are there are another model's or file's, they go."""
    before = held(connection)
    if before is None or before[:3] != as_held[:3]:
        connection.execute(f"DROP TABLE IF EXISTS {_SIGNS}")
        connection.execute(f"CREATE VIRTUAL TABLE {_SIGNS} USING vec0 (embedding bit[{as_held.dimensions:d}])")
        connection.execute("DELETE FROM memory_vector")
    # Not by UPDATE: sqlite-vec takes the bits for floats there. The places that are left empty are few: memories change seldom.
    connection.executemany(f"DELETE FROM {_SIGNS} WHERE rowid = ?", [(row,) for row in embedded])
    connection.executemany(
        f"INSERT INTO {_SIGNS} (rowid, embedding) VALUES (?, vec_bit(?))",
        [(row, each.signs) for row, each in embedded.items()],
    )
    connection.executemany(
        "INSERT OR REPLACE INTO memory_vector (memory_row, record) VALUES (?, ?)",
        [(row, each.record) for row, each in embedded.items()],
    )
    connection.execute("INSERT OR REPLACE INTO memory_model VALUES (1, ?, ?, ?, ?)", as_held)


def signs(connection: Connection) -> tuple[Ints, Bytes]:
    """Return all memories with vectors by their rows, and of each the bits of the signs as a row of bytes."""
    return sign_blocks(connection, _SIGNS)


def records(connection: Connection, rows: Collection[int]) -> dict[int, bytes]:
    """Return the vectors of memories."""
    found: list[tuple[Any, ...]] = connection.execute(
        "SELECT memory_row, record FROM json_each(?) AS wanted JOIN memory_vector ON memory_row = wanted.value",
        (json.dumps(list(rows)),),
    ).fetchall()
    return dict(found)


def name_of(memories: Connection) -> str:
    """Name a file of memories, by a hash of the key that it was given at its making."""
    return hashlib.blake2b(known_key(memories), digest_size=8, person=b"engrep vectors").hexdigest()


def last_event(memories: Connection) -> int:
    """Return the number of the last change of any memory, 0 where none was ever kept."""
    return int(memories.execute("SELECT max(number) FROM event").get or 0)


def changed(memories: Connection, after: int, most: int) -> tuple[int, dict[int, str]]:
    """Return how far the next changes go, at most so many, and the memories that they changed: row → what each says now."""
    upto = only_row(
        memories,
        "SELECT max(number) FROM (SELECT number FROM event WHERE number > ? ORDER BY number LIMIT ?)", (after, most),
    )[0]  # fmt: skip
    rows = memories.execute(
        "SELECT DISTINCT m.row_id, m.body FROM event e JOIN memory m ON m.id = e.memory_id "
        "WHERE e.number > ? AND e.number <= ?",
        (after, upto),
    )
    return int(upto), dict(rows)


def unchanged(memories: Connection, rows: Collection[int], since: int) -> set[int]:
    """Return those of some memories that no event after this one has changed."""
    found = memories.execute(
        "SELECT m.row_id FROM json_each(?) AS wanted JOIN memory m ON m.row_id = wanted.value "
        "WHERE NOT EXISTS (SELECT 1 FROM event e WHERE e.memory_id = m.id AND e.number > ?)",
        (json.dumps(list(rows)), since),
    )
    return {row[0] for row in found}
