"""All memories as lines of JSON, and back: a dump read into an empty store gives the same state, event for event.

    {"type": "engrep", "format": 1, "exported_at": "2026-01-31T12:00:00Z"}
    {"type": "memory", "id": "m4k7q2x9a", "body": …}          as it stands
    {"type": "change", "memory_id": "m4k7q2x9a", "verb": …}   what happened, oldest first
    {"type": "tombstone", "fingerprint": …}                   what was rejected

Read into a store that has memories already, what is unknown is added and what is newer takes the place of what is there,
so that two people's dumps can be put together, and the same dump twice changes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any

from engrep.engine import store_memory as store
from engrep.engine.db import Connection
from engrep.engine.errors import UsageError
from engrep.engine.lifecycle import now
from engrep.engine.memory_types import Change, Entry
from engrep.indexers.redact import redact

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Imported:
    """What a dump brought."""

    added: int
    updated: int
    unchanged: int
    redacted: int


def dump(connection: Connection) -> Iterator[str]:
    """Yield a store as lines of JSON."""
    yield _line("engrep", {"format": FORMAT, "exported_at": now()})
    for entry in store.entries(connection):
        yield _line("memory", asdict(entry))
    for change in store.changes(connection):
        fields = asdict(change)
        del fields["number"]
        yield _line("change", fields)
    for fingerprint, memory_id, at in store.tombstones(connection):
        yield _line("tombstone", {"fingerprint": fingerprint, "memory_id": memory_id, "at": at})


def _line(kind: str, fields: dict[str, Any]) -> str:
    return json.dumps({"type": kind, **fields}, ensure_ascii=False, separators=(",", ":")) + "\n"


def is_dump(first_line: str) -> bool:
    """Tell whether a file that begins so is a dump."""
    try:
        head = json.loads(first_line)
    except ValueError:
        return False
    return isinstance(head, dict) and head.get("type") == "engrep"


def load(connection: Connection, lines: Iterable[str]) -> Imported:
    """Take in a dump, all of it or nothing.

    Raises:
        UsageError: it is no dump, of a newer engrep, or damaged; the message tells the line.

    """
    rows = list(_rows(lines))
    key = store.redaction_key(connection)
    redacted = 0
    counts = {"added": 0, "updated": 0, "unchanged": 0}
    for number, row in rows:
        if row["type"] != "memory":
            continue
        entry, taken_out = _without_secrets(_entry(row, number), key)
        redacted += taken_out
        counts[_take(connection, entry)] += 1
    known = {_identity(change) for change in store.changes(connection)}
    told = [_change(row, number, key) for number, row in rows if row["type"] == "change"]
    for change in told:
        if _identity(change) not in known:
            store.add_change(connection, change)
    for _, row in rows:
        if row["type"] == "tombstone":
            store.bury(connection, str(row["fingerprint"]), str(row["memory_id"]), str(row["at"]))
    return Imported(**counts, redacted=redacted)


def _rows(lines: Iterable[str]) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in enumerate(lines, 1):
        try:
            row = json.loads(line)
        except ValueError as exc:
            message = f"line {number} of the dump is no JSON: {exc}"
            raise UsageError(message) from exc
        if number == 1 and not (isinstance(row, dict) and row.get("type") == "engrep"):
            message = "this is no dump of engrep: its first line does not say so"
            raise UsageError(message)
        if number == 1 and row.get("format") != FORMAT:
            message = f"the dump has format {row.get('format')}, this engrep knows {FORMAT}: upgrade engrep"
            raise UsageError(message)
        if isinstance(row, dict) and "type" in row:
            yield number, row


def _entry(row: dict[str, Any], number: int) -> Entry:
    try:
        return store.entry_from({name: value for name, value in row.items() if name != "type"})
    except TypeError as exc:
        message = f"line {number} of the dump is no memory: {exc}"
        raise UsageError(message) from exc


def _without_secrets(entry: Entry, key: bytes) -> tuple[Entry, int]:
    """Take out what another store may have let in; an entry without secrets stays as it is."""
    title, body, reason = (redact(text, key) for text in (entry.title, entry.body, entry.reason))
    quotes = [redact(each.quote, key) for each in entry.evidence]
    evidence = tuple(replace(each, quote=quote.text) for each, quote in zip(entry.evidence, quotes, strict=True))
    found = sum(part.total for part in (title, body, reason, *quotes))
    return replace(entry, title=title.text, body=body.text, reason=reason.text, evidence=evidence), found


def _take(connection: Connection, entry: Entry) -> str:
    """Write an entry that is new or newer; tell which."""
    held = store.entry_of(connection, entry.id)
    if held is None:
        store.write(connection, entry)
        return "added"
    if held == entry or held.changed_at >= entry.changed_at:
        return "unchanged"
    store.put(connection, entry, actor="import", verb="edit", at=now(), cause="a newer version was imported")
    return "updated"


def _change(row: dict[str, Any], number: int, key: bytes) -> Change:
    try:
        before, after = (
            _without_secrets(store.entry_from(row[side]), key)[0] if row[side] else None for side in ("before", "after")
        )
        return Change(
            0, row["memory_id"], row["at"], row["actor"], row["verb"], redact(row["cause"], key).text, before, after
        )
    except (KeyError, TypeError) as exc:
        message = f"line {number} of the dump is no change: {exc}"
        raise UsageError(message) from exc


def _identity(change: Change) -> tuple[str, ...]:
    return (
        change.memory_id, change.at, change.actor, change.verb, change.cause, store.as_json(change.before),
        store.as_json(change.after),
    )  # fmt: skip


def markdown(entries: Iterable[Entry]) -> str:
    """Write memories as Markdown that a person can read and a diff can follow: by kind, one a line, in a fixed order."""
    by_kind: dict[str, list[Entry]] = {}
    for entry in entries:
        by_kind.setdefault(entry.kind, []).append(entry)
    parts = ["# Memories\n"]
    for kind in sorted(by_kind):
        parts.append(f"## {kind.replace('_', ' ')}\n")
        parts += [
            _item(entry) for entry in sorted(by_kind[kind], key=lambda each: (each.subject, each.valid_from, each.id))
        ]
    return "\n".join(parts) + "\n"


def _item(entry: Entry) -> str:
    said = " ".join(entry.text.split())
    about = (
        f" — about {', '.join(f'`{each.qualified_name or each.path}`' for each in entry.anchors)}"
        if entry.anchors
        else ""
    )
    marks = [
        entry.valid_from[:10],
        *([entry.status] if entry.status != "active" else []),
        *(["pinned"] if entry.pinned else []),
    ]
    return f"- {said}{about} ({', '.join(marks)}; {entry.id})"
