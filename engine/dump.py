"""All memories as lines of JSON, and back: a dump read into an empty store gives the same state, event for event.

    {"type": "engrep", "format": 1, "scope": "project", "exported_at": "2026-01-31T12:00:00Z"}
    {"type": "branch", "name": "trial", …}                    how far the branches went that memories are bound to
    {"type": "session", "session": {…}, "watermark": {…}}     the sessions that memories rest on
    {"type": "turn", "session": "s1", "number": 1, …}         and what was said in them
    {"type": "distilled", "session": "s1", …}                 how far sessions were distilled
    {"type": "memory", "id": "m4k7q2x9a", "body": …}          as it stands
    {"type": "change", "memory_id": "m4k7q2x9a", "verb": …}   what happened, oldest first
    {"type": "conflict", "memory_id": …, "other_id": …}       what waits for a decision
    {"type": "tombstone", "fingerprint": …}                   what was rejected
    {"type": "end", "lines": 9}

Read into a store that has memories already, what is unknown is added and what is newer takes the place of what is there,
so that two people's dumps can be put together, and the same dump twice changes nothing. Left out is what an index run makes
again: what anchors are known by; and what concerns this machine alone: what was injected into which session.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from engrep.engine import store_anchored, store_archive, store_claims
from engrep.engine import store_memory as store
from engrep.engine.db import Connection
from engrep.engine.dump_lines import FORMAT, Branch, Clash, End, Head, Kept, Reached, Tombstone, read, written
from engrep.engine.errors import UsageError
from engrep.engine.lifecycle import now
from engrep.engine.memory_types import Change, Entry, Turn
from engrep.indexers.storable import storable

_PAGE = 1000  # turns that are held at one time


def dump(connection: Connection, scope: str = "project") -> Iterator[str]:
    """Yield a store as lines of JSON, without what newer rules take for a secret."""
    key, count = store.known_key(connection), 0
    for value in _values(connection, scope):
        yield written(storable(value, key)[0])
        count += 1
    yield written(End(count))


def _values(connection: Connection, scope: str) -> Iterator[object]:
    yield Head(FORMAT, scope, now())
    for name, reach in store_anchored.branches(connection).items():
        yield Branch(name, *reach)
    cited = store_claims.cited_sessions(connection)
    for session in store_archive.sessions(connection):
        if session.id in cited:
            yield Kept(session, store_archive.watermark_of(connection, session.id) or store_archive.Watermark())
            yield from _turns(connection, session.id)
    yield from (Reached(*each) for each in store_claims.watermarks(connection))
    yield from store.entries(connection)
    yield from store.changes(connection)
    yield from (Clash(*each) for each in store_claims.every_conflict(connection))
    yield from (Tombstone(*each) for each in store.tombstones(connection))


def _turns(connection: Connection, session: str) -> Iterator[Turn]:
    after = 0
    while page := store_archive.turns_of(connection, session, after, _PAGE):
        yield from page
        after = page[-1].number


def head_of(first_line: bytes) -> Head | None:
    """Return the first line of a dump, None for a file that is none; raises UsageError for one of a newer engrep."""
    try:
        told = json.loads(first_line.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return None
    if not isinstance(told, dict) or told.get("type") != "engrep":
        return None
    head = read(1, first_line)
    return head if isinstance(head, Head) else None


def load(connection: Connection, lines: Iterable[bytes]) -> Counter[str]:
    """Take in a dump, within a transaction of the caller's, and count what came of it.

    Raises:
        UsageError: it is no dump, of a newer engrep, cut off or damaged; the message tells the line.

    """
    loading = _Loading(connection, store.redaction_key(connection))
    number, is_whole = 0, False
    for number, line in enumerate(lines, 1):
        value, found = storable(read(number, line), loading.key)
        loading.counts["redacted"] += found
        if is_whole or (number == 1) != isinstance(value, Head):
            message = f"line {number} of the dump cannot be taken in: it does not belong there; nothing was changed"
            raise UsageError(message)
        is_whole = isinstance(value, End) and value.lines == number - 1
        loading.take(value, number)
    if not is_whole:
        message = f"the dump is cut off after line {number}: take it again; nothing was changed"
        raise UsageError(message)
    loading.finish()
    return loading.counts


@dataclass(slots=True)
class _Loading:
    """A dump while it is taken in, line by line."""

    connection: Connection
    key: bytes
    counts: Counter[str] = field(default_factory=Counter)
    scope: str = ""
    numbers: dict[int, int] = field(default_factory=dict)  # of the dump's events → here
    events: set[int] = field(default_factory=set)  # numbers of those that are here and in the dump
    known: Counter[str] = field(default_factory=Counter)  # memory → how many of its events were here before
    unknown: Counter[str] = field(default_factory=Counter)
    different: list[tuple[Entry, Entry, int]] = field(
        default_factory=list
    )  # here, in the dump; how many events it had here
    into: Kept | None = None  # the session that turns are taken into
    before: store_archive.Watermark | None = None
    batch: list[Turn] = field(default_factory=list)
    taken: int = 0  # turns of that session

    def take(self, value: object, number: int) -> None:
        if not isinstance(value, Turn):
            self._end_session(number)
        match value:
            case Head():
                self.scope = value.scope
            case Branch():
                if value.name not in store_anchored.branches(self.connection):
                    store_anchored.keep_branch(self.connection, value.name, store_anchored.Reach(value.base, value.tip))
            case Kept():
                self._begin_session(value)
            case Turn():
                self._take_turn(value, number)
            case Reached():
                store_claims.raise_watermark(self.connection, value.session, value.rereads, value.watermark, value.at)
            case Entry():
                self._take_entry(value, number)
            case Change():
                self._take_change(value)
            case Clash():
                store_claims.add_conflict(self.connection, value.memory_id, value.other_id, value.at)
            case Tombstone():
                self._take_tombstone(value)

    def finish(self) -> None:
        """Put what is newer in the place of what is here; its events are in already."""
        for held, entry, events in self.different:
            if not self._is_newer(held, entry, events):
                self.counts["unchanged"] += 1
                continue
            self.counts["updated"] += 1
            if store.changes(self.connection, entry.id)[-1].after == entry:
                store.write(self.connection, entry)
            else:
                cause = "a newer version was imported"
                store.put(self.connection, entry, actor="import", verb="edit", at=now(), cause=cause)
            if entry.status != "rejected":
                store.unbury(self.connection, entry.id)

    def _is_newer(self, held: Entry, entry: Entry, events: int) -> bool:
        """Tell whether the dump goes on from what is here; where each went its own way, the later one counts."""
        if self.unknown[entry.id] and self.known[entry.id] == events:
            return True
        is_behind = not self.unknown[entry.id] and self.known[entry.id] < events
        return not is_behind and held.changed_at < entry.changed_at

    def _begin_session(self, kept: Kept) -> None:
        held = next(iter(store_archive.sessions_like(self.connection, kept.session.id, 1)), None)
        held = held if held is not None and held.id == kept.session.id else None
        is_known = held is not None and (held.rereads, held.turns) >= (kept.session.rereads, kept.session.turns)
        self.counts["sessions_unchanged" if is_known else "sessions_grown" if held else "sessions_new"] += 1
        self.into, self.taken = kept, 0
        self.before = store_archive.watermark_of(self.connection, kept.session.id)
        if not is_known:
            store_archive.append(
                self.connection, kept.session, (), kept.watermark, before=self.before, afresh=held is not None
            )
        self.before = None if is_known else kept.watermark

    def _take_turn(self, turn: Turn, number: int) -> None:
        if self.into is None or (turn.session, turn.number) != (self.into.session.id, self.taken + 1):
            message = f"line {number} of the dump is a turn that does not follow the one before; nothing was changed"
            raise UsageError(message)
        self.taken += 1
        if self.before is not None:
            self.batch.append(turn)
        if len(self.batch) >= _PAGE:
            self._write_turns(self.into)

    def _write_turns(self, kept: Kept) -> None:
        packs = store_archive.pack(self.batch)
        store_archive.append(self.connection, kept.session, packs, kept.watermark, before=kept.watermark, afresh=False)
        self.counts["turns"] += len(self.batch)
        self.batch = []

    def _end_session(self, number: int) -> None:
        if self.into is None:
            return
        if self.taken != self.into.session.turns:
            message = f"turns are missing before line {number} of the dump; nothing was changed"
            raise UsageError(message)
        if self.batch:
            self._write_turns(self.into)
        self.into = None

    def _take_entry(self, entry: Entry, number: int) -> None:
        if (entry.scope == "user") != (self.scope == "user"):
            message = f"line {number} of the dump is a memory of the {entry.scope}'s among those of a {self.scope}; nothing was changed"
            raise UsageError(message)
        held = store.entry_of(self.connection, entry.id)
        if held is None:
            store.write(self.connection, entry)
            self.counts["added"] += 1
        elif held == entry:
            self.counts["unchanged"] += 1
        else:
            self.different.append((held, entry, len(store.changes(self.connection, entry.id))))

    def _take_change(self, change: Change) -> None:
        """Add an event that is not here yet; one that takes another back names it by the number that it bears here."""
        if change.verb == "undo" and change.cause.isdecimal():
            change = replace(change, cause=str(self.numbers.get(int(change.cause), 0)))
        known = [each for each in store.numbers_of(self.connection, change) if each not in self.events]
        (self.known if known else self.unknown)[change.memory_id] += 1
        number = min(known) if known else store.add_change(self.connection, change)
        self.numbers[change.number] = number
        self.events.add(number)

    def _take_tombstone(self, told: Tombstone) -> None:
        held = store.entry_of(self.connection, told.memory_id)
        if held is None or held.status == "rejected":
            store.bury(self.connection, told.fingerprint, told.memory_id, told.at)
