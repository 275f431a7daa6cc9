"""What can happen to a memory: remembered, forgotten, restored, rejected, pinned, undone; edits.py has what changes its words.

Every function here runs inside one write transaction, changes memories through `put` alone, and so leaves an event for each.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from engrep.engine import store_memory as store
from engrep.engine.db import Connection
from engrep.engine.errors import NotFoundError, UsageError
from engrep.engine.memory_types import KINDS, SCOPES, STATUSES, TRUSTS, Anchor, Change, Entry, Evidence
from engrep.indexers.text import readable, terms

if TYPE_CHECKING:
    from engrep.engine.slots import Settlement

# What reads claims out of words takes 70 ms to load, so the verbs that need it load it.

MOST_CHARS = (
    4000  # of a statement, and of its reason: a fact has some sixty words, a rule with an example a few hundred
)
MOST_TITLE = 400
_NEAR = 3  # ids offered for a mistyped one


def now() -> str:
    """Return the time, to the second, in UTC."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True, slots=True)
class Statement:
    """Something to remember."""

    body: str
    title: str = ""
    kind: str = "decision"
    reason: str = ""
    scope: str = "project"
    place: str = ""
    subject: str = ""
    slot: str = ""
    status: str = "active"
    trust: str = "proposed"
    pinned: bool = False
    said_at: str = ""  # '' for now
    anchors: tuple[Anchor, ...] = ()
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of a statement."""

    entry: Entry
    superseded: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()
    duplicate_of: str | None = None
    redacted: int = 0  # secrets that were taken out of the statement


def remember(connection: Connection, statement: Statement, *, actor: str, cause: str = "") -> Stored:
    """Keep a statement; a new answer to a slot supersedes the old one, and what is known already is not kept twice.

    Raises:
        UsageError: it says nothing, or its kind, scope, status or trust is unknown.

    """
    from engrep.engine.slots import settle
    from engrep.indexers.redact import without_marks
    from engrep.indexers.slots import setting_of
    from engrep.indexers.storable import storable

    statement, found = storable(
        statement, store.redaction_key(connection)
    )  # lines tell settings, so before they are joined
    statement = replace(statement, body=one_line(statement.body), reason=one_line(statement.reason))
    check(replace(statement, body=without_marks(statement.body)))
    at = now()
    known = same_as(connection, statement)
    if known is not None:
        return replace(corroborate(connection, known, statement, actor=actor, at=at), redacted=found)
    entry = Entry(
        id=store.new_id(connection), kind=statement.kind, title=statement.title or title_of(statement.body),
        body=statement.body, reason=statement.reason, scope=statement.scope, place=statement.place,
        subject=statement.subject, slot=statement.slot or setting_of(statement.body).slot, status=statement.status,
        trust=statement.trust, pinned=statement.pinned, valid_from=statement.said_at or at, created_at=at, changed_at=at,
        anchors=statement.anchors, evidence=statement.evidence,
    )  # fmt: skip
    settled = settle(connection, entry)
    if settled.closed_by is not None:
        newer = settled.closed_by
        entry = replace(entry, status="superseded", valid_to=newer.valid_from, superseded_by=newer.id)
    store.put(connection, entry, actor=actor, verb="remember", at=at, cause=cause)
    return Stored(entry, *carry_out(connection, entry, settled, actor=actor, at=at), redacted=found)


def carry_out(
    connection: Connection, entry: Entry, settled: Settlement, *, actor: str, at: str
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Close what a statement took the place of, mark what it clashes with, and return the ids of both."""
    from engrep.engine.store_claims import add_conflict

    for other in settled.clashes:
        add_conflict(connection, entry.id, other.id, at)
    closed = [supersede(connection, each, entry, actor=actor, at=at).id for each in settled.closes]
    return tuple(closed), tuple(other.id for other in settled.clashes)


def short_enough(text: str, why: str, title: str) -> None:
    """Refuse what is no fact but a document; raises UsageError."""
    for name, said, most in (("text", text, MOST_CHARS), ("reason", why, MOST_CHARS), ("title", title, MOST_TITLE)):
        if len(said) > most:
            message = (
                f"the {name} of a memory has at most {most:,} characters, this has {len(said):,}: "
                "say the one fact, and tie it with --about to the file that holds the rest"
            )
            raise UsageError(message)


def check(said: Statement | Entry) -> None:
    """Refuse what cannot be kept; raises UsageError."""
    among("kind", said.kind, KINDS)
    among("scope", said.scope, SCOPES)
    among("status", said.status, STATUSES)
    among("trust", said.trust, TRUSTS)
    if not terms(said.body):
        message = "there is nothing to remember in it: say it in words"
        raise UsageError(message)
    has_place = said.scope in ("branch", "module")
    if has_place != bool(said.place):
        message = (
            f"the scope {said.scope} needs its name" if has_place else f"the scope {said.scope} has no {said.place}"
        )
        raise UsageError(message)


def among(what: str, value: str, known: Sequence[str]) -> None:
    """Refuse a word that is none of those that are known; raises UsageError."""
    if value not in known:
        message = f"there is no {what} {value}; there are {', '.join(known)}"
        raise UsageError(message)


def one_line(text: str) -> str:
    """Return a text with every run of blanks and line ends as one blank."""
    return " ".join(text.split())


def title_of(body: str) -> str:
    """Return the first sentence, cut to a line."""
    line = one_line(body)
    for end, char in enumerate(line):
        if char in "。！？" or (char in ".!?" and line[end + 1 : end + 2] in ("", " ")):
            line = line[: end + 1]
            break
    return line if len(line) <= 100 else line[:99] + "…"


def same_as(connection: Connection, statement: Statement | Entry) -> Entry | None:
    """Return the active or proposed memory that says the same already."""
    from engrep.engine.store_claims import same_words
    from engrep.indexers.slots import wording

    known = store.entries_by_row(connection, same_words(connection, wording(statement.body)))
    return next(
        (
            entry
            for _, entry in sorted(known.items())
            if entry.status in ("active", "proposed")
            and (entry.subject, entry.scope, entry.place) == (statement.subject, statement.scope, statement.place)
        ),
        None,
    )


def corroborate(connection: Connection, known: Entry, statement: Statement, *, actor: str, at: str) -> Stored:
    """Add what a repetition brings: its evidence, trust when it comes from another session, a person's word."""
    evidence = tuple(dict.fromkeys((*known.evidence, *statement.evidence)))
    is_new_witness = {each.session for each in evidence} > {each.session for each in known.evidence}
    trust = "corroborated" if known.trust == "proposed" and is_new_witness and known.evidence else known.trust
    status = "active" if statement.status == "active" else known.status
    changed = replace(known, evidence=evidence, trust=trust, status=status, pinned=known.pinned or statement.pinned)
    if changed == known:
        return Stored(known, duplicate_of=known.id)
    from engrep.engine.slots import Settlement, settle

    settled = settle(connection, changed) if status != known.status else Settlement()
    changed = replace(changed, changed_at=at)
    store.put(connection, changed, actor=actor, verb="remember", at=at, cause="said again")
    closed, clashes = carry_out(connection, changed, settled, actor=actor, at=at)
    return Stored(changed, closed, clashes, known.id)


def supersede(connection: Connection, old: Entry, new: Entry, *, actor: str, at: str) -> Entry:
    """Close a memory because another took its place."""
    closed = replace(old, status="superseded", valid_to=new.valid_from, superseded_by=new.id, changed_at=at)
    return store.put(connection, closed, actor=actor, verb="supersede", at=at, cause=new.id)


def forget(connection: Connection, memory_id: str, *, actor: str, cause: str = "") -> Entry:
    """Take a memory out of every answer; `restore` brings it back."""
    entry, at = find(connection, memory_id), now()
    gone = replace(entry, status="forgotten", valid_to=at, changed_at=at)
    return store.put(connection, gone, actor=actor, verb="forget", at=at, cause=cause)


def reject(connection: Connection, memory_id: str, *, actor: str, cause: str = "") -> Entry:
    """Say that a memory is wrong: it goes, and the same statement is not taken up again."""
    from engrep.indexers.slots import wording

    entry, at = find(connection, memory_id), now()
    store.bury(connection, wording(entry.body), entry.id, at)
    gone = replace(entry, status="rejected", valid_to=at, changed_at=at)
    return store.put(connection, gone, actor=actor, verb="reject", at=at, cause=cause)


def restore(connection: Connection, memory_id: str, *, actor: str, cause: str = "") -> Entry:
    """Make a memory hold again; what took its place meanwhile stays beside it."""
    entry, at = find(connection, memory_id), now()
    store.unbury(connection, entry.id)
    again = replace(entry, status="active", valid_to=None, superseded_by=None, changed_at=at)
    return store.put(connection, again, actor=actor, verb="restore", at=at, cause=cause)


def pin(connection: Connection, memory_id: str, *, pinned: bool, actor: str) -> Entry:
    """Give a memory a place in every brief, or take it away."""
    entry, at = find(connection, memory_id), now()
    verb = "pin" if pinned else "unpin"
    return store.put(connection, replace(entry, pinned=pinned, changed_at=at), actor=actor, verb=verb, at=at)


def undo(connection: Connection, memory_id: str, *, actor: str) -> Entry:
    """Take back the last change of a memory that was not taken back yet; undoing the first one forgets it.

    Raises:
        UsageError: there is nothing left to take back.

    """
    entry, at = find(connection, memory_id), now()
    undone = {change.cause for change in store.changes(connection, entry.id) if change.verb == "undo"}
    last = next(
        (
            change
            for change in reversed(store.changes(connection, entry.id))
            if change.verb != "undo" and str(change.number) not in undone
        ),
        None,
    )
    if last is None:
        message = f"every change of {memory_id} is taken back already"
        raise UsageError(message)
    before = last.before or replace(entry, status="forgotten", valid_to=at)
    if last.verb == "reject":
        store.unbury(connection, entry.id)
    for old in _closed_by(connection, entry, last):  # what it took the place of holds again
        restore(connection, old.id, actor=actor, cause=f"undo of {entry.id}")
    return store.put(
        connection, replace(before, changed_at=at), actor=actor, verb="undo", at=at, cause=str(last.number)
    )


def _closed_by(connection: Connection, entry: Entry, change: Change) -> Iterator[Entry]:
    """Yield the memories that made room for another one when a change was made, or after it."""
    for old in store.entries(connection, "superseded_by = ? AND status = 'superseded'", (entry.id,)):
        closings = [each.number for each in store.changes(connection, old.id) if each.verb == "supersede"]
        if closings and closings[-1] > change.number:
            yield old


def find(connection: Connection, memory_id: str) -> Entry:
    """Return a memory by its id, or by the beginning of one that is unique.

    Raises:
        NotFoundError: there is none, or several; `near` names them.

    """
    wanted = readable(memory_id).strip().lower()
    exact = store.entry_of(connection, wanted)
    if exact is not None:
        return exact
    like = store.ids_like(connection, wanted, _NEAR + 1) if wanted else []
    if len(like) == 1:
        return store.entries(connection, "id = ?", (like[0],))[0]
    message = f"there is no memory {memory_id}" if not like else f"several memories begin with {memory_id}"
    raise NotFoundError(message, tuple(like[:_NEAR]))
