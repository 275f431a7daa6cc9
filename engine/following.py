"""Follow the anchors of memories through an index run: note what they are known by before it, and judge them after it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from engrep.engine import store_anchored as notes
from engrep.engine import store_follow as asking
from engrep.engine import store_memory as store
from engrep.engine.db import Connection, Database
from engrep.engine.follow import Kept, judge, notes_for, twins_of
from engrep.engine.lifecycle import find, now
from engrep.engine.likeness import reader
from engrep.engine.memory_types import Anchor, Entry
from engrep.engine.store import is_usable, read_meta
from engrep.engine.store_anchored import Note, Tied
from engrep.engine.store_follow import Verdict, anchor_key, place_number

FOLLOWED = frozenset({"moved", "renamed"})

FormerOf = Callable[[Entry, int], tuple[Anchor, ...]]
"""Gives the former places of a memory's anchor."""


class Move(NamedTuple):
    """An anchor before and after it was followed, and what it is known by from now on, None to find out."""

    before: Anchor
    after: Anchor
    note: Note | None


def note_all(code: Database, memories: Iterable[Database], root: Path) -> None:
    """Note what anchors are known by that nothing is noted of yet, while the index still is as they were made."""
    for database in memories:
        with database.reading() as connection:
            anchors = {anchor_key(tied.anchor): tied.anchor for tied in notes.live_anchors(connection)}
            noted = notes.keys_noted(connection)
        if all(noted.get(key) for key in anchors) or not is_usable(code):
            continue
        with code.reading() as connection:
            made = notes_for(connection, reader(root), {key: each for key, each in anchors.items() if key not in noted})
            lacking = {
                key: each for key, each in anchors.items() if not noted.get(key) and (key in noted or key in made)
            }
            twins = twins_of(connection, lacking) if lacking else {}
        if twins:
            with database.writing() as connection:
                notes.keep_notes(connection, made)
                notes.keep_twins(connection, twins)


def follow_all(code: Database, memories: Sequence[Database], root: Path) -> dict[str, int]:
    """Judge every anchor by the index as it is now, write down where the moved ones are, and count the verdicts."""
    tied = [(database, each) for database in memories for each in _read(database, notes.live_anchors)]
    anchors = {anchor_key(each.anchor): each.anchor for _, each in tied}
    with code.reading() as connection:
        before = asking.kept_verdicts(connection)
        stand = _standing(connection, {key: each for key, each in before.items() if key in anchors})
        kept = _kept(tied, anchors.keys() - stand.keys())
        found = judge(connection, reader(root), list(kept.values()))
        moves = _moves(connection, kept, found)
    for database in memories:
        _write_moves(database, [each for owner, each in tied if owner is database], moves)
    stale = (before.keys() - anchors.keys()) | moves.keys()
    changed = {key: each for key, each in found.items() if before.get(key) != each._replace(spot=None)}
    if changed or stale:
        with code.writing() as connection:
            asking.keep_verdicts(connection, {key: changed[key] for key in changed.keys() - moves.keys()}, stale)
    return dict(Counter(verdict.state for verdict in (stand | found).values()))


def _read(database: Database, ask: Callable[[Connection], list[Tied]]) -> list[Tied]:
    with database.reading() as connection:
        return ask(connection)


def _kept(tied: Sequence[tuple[Database, Tied]], wanted: Collection[str]) -> dict[str, Kept]:
    """Return each anchor that is to be judged with its note and its former places."""
    kept: dict[str, Kept] = {}
    for database in dict.fromkeys(database for database, _ in tied) if wanted else ():
        with database.reading() as connection:
            known = notes.notes(connection, wanted)
            for owner, each in tied:
                key = anchor_key(each.anchor)
                if owner is database and key in wanted and key not in kept:
                    kept[key] = Kept(each.anchor, known.get(key), former_places(connection, each))
    return kept


def _standing(connection: Connection, before: Mapping[str, Verdict]) -> dict[str, Verdict]:
    """Return the verdicts that still hold, since the file they were found in is the same."""
    files = asking.file_hashes(connection, {each.path for each in before.values() if each.file})
    return {key: each for key, each in before.items() if each.file and files.get(each.path) == each.file}


def former_places(connection: Connection, tied: Tied) -> tuple[Anchor, ...]:
    """Return an anchor as it was before it was followed, the latest first."""
    if not tied.anchor.was:
        return ()
    changes = [each for each in store.changes(connection, tied.memory_id) if each.verb == "anchor"]
    befores = [each.before.anchors for each in reversed(changes) if each.before is not None]
    return tuple(anchors[tied.number] for anchors in befores if tied.number < len(anchors))


def _moves(connection: Connection, kept: Mapping[str, Kept], found: Mapping[str, Verdict]) -> dict[str, Move]:
    """Return what to tie to another place: what moved, and what changed as it moved."""
    commit = str(read_meta(connection, "commit") or "")
    moves = {}
    for key, verdict in found.items():
        anchor, spot = kept[key].anchor, verdict.spot
        is_elsewhere = (verdict.qualified_name, verdict.path) != (anchor.qualified_name, anchor.path)
        if verdict.state in FOLLOWED or (verdict.state == "body_changed" and spot is not None and is_elsewhere):
            moves[key] = _move(connection, kept[key], verdict, commit)
    return moves


def _move(connection: Connection, kept: Kept, verdict: Verdict, commit: str) -> Move:
    anchor, spot = kept.anchor, verdict.spot
    is_renamed = _last(verdict.qualified_name) != _last(anchor.qualified_name)
    was = anchor.qualified_name if verdict.qualified_name != anchor.qualified_name else anchor.path
    to = replace(
        anchor, qualified_name=verdict.qualified_name, path=verdict.path, commit=commit,
        state="renamed" if is_renamed else "moved", was=was,
    )  # fmt: skip
    if spot is None:
        return Move(anchor, to, None)
    to = replace(to, signature=asking.signature_of(connection, spot))
    if verdict.state in FOLLOWED or kept.note is None:
        return Move(anchor, to, None)
    beside = {place_number(each.path, each.qualified_name) for each in asking.spots_in(connection, [spot.path])}
    return Move(anchor, to, kept.note._replace(known=kept.note.known | beside))


def _last(name: str) -> str:
    return name.replace("/", ".").rpartition(".")[2]


def _write_moves(database: Database, tied: Sequence[Tied], moves: Mapping[str, Move]) -> None:
    """Tie memories to where their places are now, each with an event that tells from where to where."""
    due = [(each, moves[anchor_key(each.anchor)]) for each in tied if anchor_key(each.anchor) in moves]
    if not due:
        return
    with database.writing() as connection:
        for each, move in due:
            entry = store.entry_of(connection, each.memory_id)
            if entry is not None and each.number < len(entry.anchors) and entry.anchors[each.number] == move.before:
                tie(connection, entry, each.number, move.after, actor="index", cause=_told(move))
        notes.keep_notes(connection, {anchor_key(move.after): move.note for _, move in due if move.note is not None})


def tie(connection: Connection, entry: Entry, number: int, anchor: Anchor, *, actor: str, cause: str) -> Entry:
    """Put an anchor in the place of another; what the memory was about by name goes with it."""
    at, before = now(), entry.anchors[number]
    anchors = (*entry.anchors[:number], anchor, *entry.anchors[number + 1 :])
    subject = anchor.qualified_name if entry.subject == before.qualified_name else entry.subject
    changed = replace(entry, anchors=anchors, subject=subject, changed_at=at)
    return store.put(connection, changed, actor=actor, verb="anchor", at=at, cause=cause)


def confirm(connection: Connection, memory_id: str, anchors: tuple[Anchor, ...], *, actor: str) -> Entry:
    """Tie a memory to the code as it is now, which says that it still holds."""
    entry, at = find(connection, memory_id), now()
    changed = replace(entry, anchors=anchors, changed_at=at)
    return store.put(connection, changed, actor=actor, verb="anchor", at=at, cause="confirmed")


def _told(move: Move) -> str:
    before, after = move.before, move.after
    if before.qualified_name != after.qualified_name:
        return f"{before.qualified_name} is {after.qualified_name} now"
    return f"{before.qualified_name} moved from {before.path} to {after.path}"


def as_seen(connection: Connection, root: Path, entries: Sequence[Entry], former: FormerOf) -> list[Entry]:
    """Return memories with the state of their anchors in an index: as its last run found it, else as it is at once told."""
    anchors = {anchor_key(anchor): (entry, number) for entry in entries for number, anchor in enumerate(entry.anchors)}
    verdicts = asking.verdicts_of(connection, anchors.keys())
    unknown = [
        Kept(entry.anchors[number], None, former(entry, number))
        for key, (entry, number) in anchors.items()
        if key not in verdicts
    ]
    verdicts |= judge(connection, reader(root), unknown, thorough=False) if unknown else {}
    return [
        replace(entry, anchors=tuple(seen(anchor, verdicts[anchor_key(anchor)]) for anchor in entry.anchors))
        for entry in entries
    ]


def seen(anchor: Anchor, verdict: Verdict) -> Anchor:
    """Return an anchor as an index sees it."""
    is_here = verdict.state == "missing" or (verdict.qualified_name, verdict.path) == (
        anchor.qualified_name,
        anchor.path,
    )
    if is_here:
        state = anchor.state if verdict.state == "fresh" and anchor.state in FOLLOWED else verdict.state
        return replace(anchor, state=state, now=verdict.signature)
    told = verdict.signature or (verdict.qualified_name if verdict.state != "fresh" else "")
    return replace(
        anchor, state=verdict.state, qualified_name=verdict.qualified_name, path=verdict.path, now=told,
        was="" if verdict.state == "fresh" else anchor.qualified_name,
    )  # fmt: skip
