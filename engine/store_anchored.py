"""What memory.db keeps for following: the anchors of memories that hold, what each was known by, branches' commits."""

from __future__ import annotations

import json
from array import array
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from engrep.engine.db import Connection
from engrep.engine.memory_types import Anchor


class Note(NamedTuple):
    """What a place was known by when a memory was tied to it; numbers of 32 bits."""

    parts: array[int]  # hashes of a symbol's words, or of the bodies in a file or module
    known: frozenset[int]  # the places beside it and of its namesakes
    twins: frozenset[int] | None  # the other places with the same body, None when not looked for yet


class Tied(NamedTuple):
    """An anchor and whose it is."""

    memory_id: str
    number: int
    anchor: Anchor


def live_anchors(connection: Connection) -> list[Tied]:
    """Return the anchors of all memories that hold or wait for a review."""
    rows = connection.execute(
        "SELECT m.id, a.number, a.kind, a.qualified_name, a.path, a.signature_hash, a.body_hash, a.commit_id, a.state, "
        "a.was, a.signature, a.symbol FROM memory m JOIN anchor a ON a.memory_row = m.row_id "
        "WHERE m.status IN ('active', 'proposed') ORDER BY m.row_id, a.number"
    )
    return [Tied(row[0], row[1], Anchor(*row[2:])) for row in rows]


def notes(connection: Connection, keys: Collection[str]) -> dict[str, Note]:
    """Return what places were known by."""
    rows = connection.execute(
        "SELECT anchor, parts, known, twins FROM anchored WHERE anchor IN (SELECT value FROM json_each(?))",
        (json.dumps(list(keys)),),
    )
    return {
        key: Note(
            array("I", parts), frozenset(array("I", known)), None if twins is None else frozenset(array("I", twins))
        )
        for key, parts, known, twins in rows
    }


def keys_noted(connection: Connection) -> dict[str, bool]:
    """Return the anchors with a note, and whether its twins were looked for."""
    return {key: bool(done) for key, done in connection.execute("SELECT anchor, twins IS NOT NULL FROM anchored")}


def keep_notes(connection: Connection, found: Mapping[str, Note]) -> None:
    """Keep what places are known by."""
    connection.executemany(
        "INSERT OR IGNORE INTO anchored VALUES (?, ?, ?, ?)",
        [
            (key, note.parts.tobytes(), _packed(note.known), None if note.twins is None else _packed(note.twins))
            for key, note in found.items()
        ],
    )


def keep_twins(connection: Connection, found: Mapping[str, Collection[int]]) -> None:
    """Keep where else the same bodies stand."""
    connection.executemany(
        "UPDATE anchored SET twins = ? WHERE anchor = ?", [(_packed(twins), key) for key, twins in found.items()]
    )


def _packed(numbers: Iterable[int]) -> bytes:
    return array("I", sorted(numbers)).tobytes()


class Reach(NamedTuple):
    """How far a branch went."""

    base: str  # the commit that it shared with other branches when its first memory was made, '' for none
    tip: str  # the newest that was seen


def branches(connection: Connection) -> dict[str, Reach]:
    """Return the branches that memories are bound to, and how far each went."""
    rows = connection.execute("SELECT name, base, tip FROM branch ORDER BY name")
    return {name: Reach(base, tip) for name, base, tip in rows}


def keep_branch(connection: Connection, name: str, reach: Reach) -> None:
    """Keep how far a branch went; its first base stays."""
    connection.execute(
        "INSERT INTO branch VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET tip = excluded.tip", (name, *reach)
    )
