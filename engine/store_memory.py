"""Memories on disk: rows as they stand, events as they happened. Every change goes through `put`, which writes both."""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from engrep.engine.db import Connection, Database, only_row
from engrep.engine.memory_types import Anchor, Change, Entry, Evidence
from engrep.indexers.text import terms

_COLUMNS = (
    "id", "kind", "title", "body", "reason", "scope", "place", "subject", "slot", "status", "trust", "pinned",
    "valid_from", "valid_to", "superseded_by", "created_at", "changed_at", "uses", "used_at",
)  # fmt: skip
_ID_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # no letters that look like digits
_ID_LENGTH = 9


def _create(connection: Connection) -> None:
    from importlib import resources

    connection.execute(resources.files("engrep.engine").joinpath("memory_schema.sql").read_text(encoding="utf-8"))


MIGRATIONS = (_create,)


def open_memories(path: Path, *, wait_seconds: float | None = None) -> Database:
    """Return the memories at a path, each write safe on the disk when it returns; nothing is opened before it is used."""
    return Database(path, MIGRATIONS, is_precious=True, wait_seconds=wait_seconds)


def known_key(connection: Connection) -> bytes:
    """Return the key of this store's redaction hashes, b"" where nothing was ever stored; nothing is written."""
    row = connection.execute("SELECT value FROM meta WHERE key = 'redaction_key'").fetchone()
    return bytes(row[0]) if row is not None else b""


def redaction_key(connection: Connection) -> bytes:
    """Return the key of this store's redaction hashes, made when it is first asked for."""
    key = known_key(connection)
    if not key:
        key = os.urandom(32)
        connection.execute("INSERT INTO meta VALUES ('redaction_key', ?)", (key,))
    return key


def new_id(connection: Connection) -> str:
    """Return an id that no memory bears."""
    import secrets

    while True:
        made = "m" + "".join(secrets.choice(_ID_ALPHABET) for _ in range(_ID_LENGTH - 1))
        if connection.execute("SELECT 1 FROM memory WHERE id = ?", (made,)).fetchone() is None:
            return made


def put(connection: Connection, entry: Entry, *, actor: str, verb: str, at: str, cause: str = "") -> Entry:
    """Write a memory as it is from now on, and the event that made it so; return what was written."""
    from engrep.indexers.storable import storable

    before = entry_of(connection, entry.id)
    entry = write(connection, entry)
    told, _ = storable((actor, cause), redaction_key(connection))
    _insert(connection, Change(0, entry.id, at, told[0], verb, told[1], before, entry))
    return entry


def write(connection: Connection, entry: Entry) -> Entry:
    """Write a memory without an event, for `put` and for those whose events come along; return what was written.

    Whatever brought it here, no secret passes: this and `add_change` are the two ways into the file.
    """
    from engrep.indexers.storable import storable

    entry, _ = storable(entry, redaction_key(connection))
    values = [int(entry.pinned) if column == "pinned" else getattr(entry, column) for column in _COLUMNS]
    marks = ", ".join("?" * len(_COLUMNS))
    kept = ", ".join(f"{column} = excluded.{column}" for column in _COLUMNS[1:])
    sql = f"INSERT INTO memory ({', '.join(_COLUMNS)}) VALUES ({marks}) ON CONFLICT (id) DO UPDATE SET {kept} RETURNING row_id"
    row_id = only_row(connection, sql, tuple(values))[0]
    for table in ("anchor", "evidence"):
        connection.execute(f"DELETE FROM {table} WHERE memory_row = ?", (row_id,))
    connection.executemany(
        "INSERT INTO anchor VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [(row_id, number, *_anchor_values(anchor)) for number, anchor in enumerate(entry.anchors)],
    )
    connection.executemany(
        "INSERT INTO evidence VALUES (?, ?, ?, ?, ?)",
        [(row_id, number, each.session, each.turn, each.quote) for number, each in enumerate(entry.evidence)],
    )
    from engrep.engine.store_claims import write_claims  # what reads claims out of words is not loaded to look one up

    write_claims(connection, row_id, entry)
    connection.execute("DELETE FROM memory_fts WHERE rowid = ?", (row_id,))
    connection.execute(
        "INSERT INTO memory_fts (rowid, title, body, about) VALUES (?, ?, ?, ?)", (row_id, *_words(entry))
    )
    return entry


def _anchor_values(anchor: Anchor) -> tuple[str, ...]:
    return (
        anchor.kind, anchor.qualified_name, anchor.path, anchor.signature_hash, anchor.body_hash, anchor.commit,
        anchor.state, anchor.signature, anchor.symbol, anchor.was,
    )  # fmt: skip


def _words(entry: Entry) -> tuple[str, str, str]:
    """Return what a memory is found by: its title, what it says and why, and what it is about."""
    about = [entry.subject, entry.slot, entry.place, *(f"{each.qualified_name} {each.path}" for each in entry.anchors)]
    return tuple(" ".join(terms(text)) for text in (entry.title, f"{entry.body} {entry.reason}", " ".join(about)))  # type: ignore[return-value]


def as_json(entry: Entry | None) -> str:
    """Write a memory as one line of JSON, '' for none."""
    return "" if entry is None else json.dumps(asdict(entry), ensure_ascii=False, separators=(",", ":"))


def from_json(text: str) -> Entry | None:
    """Read what `as_json` wrote; fields of a newer engrep are left out."""
    if not text:
        return None
    return entry_from(json.loads(text))


def entry_from(fields: dict[str, Any]) -> Entry:
    """Make a memory of its fields."""
    own = {name: value for name, value in fields.items() if name in Entry.__dataclass_fields__}
    own["anchors"] = tuple(Anchor(**each) for each in own.get("anchors", ()))
    own["evidence"] = tuple(Evidence(**each) for each in own.get("evidence", ()))
    return Entry(**own)


def entry_of(connection: Connection, memory_id: str) -> Entry | None:
    """Return a memory by its id."""
    return next(iter(entries(connection, "id = ?", (memory_id,))), None)


def entries(connection: Connection, where: str = "1", values: Sequence[str | int] = ()) -> list[Entry]:
    """Return memories that fit a condition of ours (never a user's text), oldest first."""
    rows = connection.execute(
        f"SELECT row_id, {', '.join(_COLUMNS)} FROM memory WHERE {where} ORDER BY row_id", values
    ).fetchall()
    return list(_whole(connection, rows))


def entries_by_row(connection: Connection, row_ids: Collection[int]) -> dict[int, Entry]:
    """Return memories by their rows."""
    marks = ", ".join("?" * len(row_ids))
    rows = connection.execute(
        f"SELECT row_id, {', '.join(_COLUMNS)} FROM memory WHERE row_id IN ({marks})", list(row_ids)
    ).fetchall()
    return dict(zip((int(str(row[0])) for row in rows), _whole(connection, rows), strict=True))


def _whole(connection: Connection, rows: Sequence[tuple[Any, ...]]) -> Iterator[Entry]:
    """Add their anchors and evidence to rows of memories."""
    for row in rows:
        fields = dict(zip(_COLUMNS, row[1:], strict=True))
        anchors = connection.execute(
            "SELECT kind, qualified_name, path, signature_hash, body_hash, commit_id, state, was, signature, symbol FROM anchor "
            "WHERE memory_row = ? ORDER BY number",
            (row[0],),
        )
        evidence = connection.execute(
            "SELECT session, turn, quote FROM evidence WHERE memory_row = ? ORDER BY number", (row[0],)
        )
        fields |= {
            "pinned": bool(fields["pinned"]),
            "anchors": tuple(Anchor(*each) for each in anchors),
            "evidence": tuple(Evidence(*each) for each in evidence),
        }
        yield Entry(**fields)


def ids_like(connection: Connection, beginning: str, limit: int) -> list[str]:
    """Return the ids that begin so."""
    rows = connection.execute(
        "SELECT id FROM memory WHERE substr(id, 1, ?) = ? ORDER BY id LIMIT ?", (len(beginning), beginning, limit)
    )
    return [row[0] for row in rows]


def changes(connection: Connection, memory_id: str | None = None) -> list[Change]:
    """Return the events of a memory, or all, in the order they happened."""
    where, values = ("WHERE memory_id = ?", (memory_id,)) if memory_id else ("", ())
    rows = connection.execute(
        f"SELECT number, memory_id, at, actor, verb, cause, before, after FROM event {where} ORDER BY number", values
    )
    return [Change(*row[:6], *map(from_json, row[6:])) for row in rows]


def add_change(connection: Connection, change: Change) -> int:
    """Write an event, without secrets, and return its number."""
    from engrep.indexers.storable import storable

    told, _ = storable(change, redaction_key(connection))
    return _insert(connection, told)


def _insert(connection: Connection, told: Change) -> int:
    sql = "INSERT INTO event (memory_id, at, actor, verb, cause, before, after) VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING number"
    values = (told.memory_id, told.at, told.actor, told.verb, told.cause, as_json(told.before), as_json(told.after))
    return int(only_row(connection, sql, values)[0])


def numbers_of(connection: Connection, change: Change) -> list[int]:
    """Return the numbers of the events that say the same; there are several where it happened twice in a second."""
    rows = connection.execute(
        "SELECT number FROM event WHERE (memory_id, at, actor, verb, cause, before, after) = (?, ?, ?, ?, ?, ?, ?)",
        (
            change.memory_id, change.at, change.actor, change.verb, change.cause, as_json(change.before),
            as_json(change.after),
        ),
    )  # fmt: skip
    return [row[0] for row in rows]


def bury(connection: Connection, fingerprint: str, memory_id: str, at: str) -> None:
    """Keep a rejected statement from coming back."""
    connection.execute("INSERT OR REPLACE INTO tombstone VALUES (?, ?, ?)", (fingerprint, memory_id, at))


def unbury(connection: Connection, memory_id: str) -> None:
    """Let a statement come back."""
    connection.execute("DELETE FROM tombstone WHERE memory_id = ?", (memory_id,))


def is_buried(connection: Connection, fingerprint: str) -> bool:
    """Tell whether a statement was rejected."""
    return connection.execute("SELECT 1 FROM tombstone WHERE fingerprint = ?", (fingerprint,)).fetchone() is not None


def tombstones(connection: Connection) -> list[tuple[str, str, str]]:
    """Return every rejected statement's fingerprint, its memory and when it was rejected."""
    return list(connection.execute("SELECT fingerprint, memory_id, at FROM tombstone ORDER BY fingerprint"))
