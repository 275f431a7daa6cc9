"""Take the histories of other programs into the archive: on request only, and each session from where we stopped.

A batch is one transaction with the watermark in it: a process that is killed in the middle repeats nothing and loses
nothing, and of two that import the same session at the same time one stands back.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from engrep.engine import store_archive as store
from engrep.engine.db import Database
from engrep.engine.memory_types import Session, Turn
from engrep.engine.places import is_in_project
from engrep.engine.store_archive import Watermark
from engrep.indexers.redact import redact
from engrep.indexers.storable import storable
from engrep.indexers.text import readable
from engrep.indexers.transcripts import Head, Notes, bounded

BATCH_TURNS, BATCH_CHARACTERS = 1000, 1_000_000  # what one transaction takes at the most, and a little more
_TITLE = 100


class AnotherImportError(Exception):
    """Another process reads the same session."""


@dataclass(slots=True)
class Run:
    """One import: where it writes, what it takes, and what it found so far."""

    database: Database
    trees: Sequence[Path]
    key: bytes
    dry_run: bool
    counts: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)

    def is_ours(self, folder: str) -> bool:
        """Tell whether a session that was held in a folder belongs to the project."""
        return is_in_project(folder, self.trees)

    def clean(self, text: str) -> str:
        """Return a text as it is stored: without secrets, which are counted."""
        stored, found = storable(text, self.key)
        self.counts["redacted"] += found
        return stored

    def watermark(self, session_id: str) -> Watermark | None:
        """Return how far a session was read."""
        if not self.database.path.exists():
            return None
        with self.database.reading() as connection:
            return store.watermark_of(connection, storable(session_id, self.key)[0])

    def is_read(self, path: Path) -> bool:
        """Tell whether a file was read to its end as it is now."""
        status = path.stat()
        if not self.database.path.exists():
            return False
        with self.database.reading() as connection:
            return store.is_read(connection, storable(str(path), self.key)[0], status.st_size, status.st_mtime_ns)


@dataclass(slots=True)
class Writer:
    """One session as it is being read: turns gather here until they are written together."""

    run: Run
    session: Session
    before: Watermark | None
    afresh: bool  # what it had is dropped with the first batch
    notes: Notes
    otherwise_at: str = ""  # the time of turns that bear none, before any that does
    reached: str = ""  # the time of the last turn
    batch: list[Turn] = field(default_factory=list)
    size: int = 0
    written: int = 0

    def learn(self, head: Head) -> None:
        """Take up what a line tells of the session."""
        if head.branch or head.title:
            title = self.run.clean(head.title)[:_TITLE] if head.title else self.session.title
            branch = self.run.clean(head.branch) if head.branch else self.session.branch
            self.session = replace(self.session, branch=branch, title=title)

    def take(self, turns: Sequence[Turn]) -> None:
        """Add turns, without their secrets and without the middle of what is long."""
        for turn in turns:
            self.reached = max(turn.at, self.reached) if turn.at else self.reached
            text = self._redacted(turn.text, turn.path)
            number = self.session.turns + len(self.batch) + 1
            at, path, tool = (
                turn.at or self.reached or self.otherwise_at,
                self.run.clean(turn.path),
                self.run.clean(turn.tool),
            )
            clean = Turn(self.session.id, number, turn.role, at, bounded(turn.role, text), tool, path)
            self.batch.append(clean)
            self.size += len(clean.text)
            if turn.role == "user" and not self.session.title:
                self.session = replace(self.session, title=_title(clean.text))

    @property
    def is_full(self) -> bool:
        """Tell whether it is time to write."""
        return len(self.batch) >= BATCH_TURNS or self.size >= BATCH_CHARACTERS

    def write(self, watermark: Watermark) -> None:
        """Write what has gathered, and how far that takes the session.

        Raises:
            AnotherImportError: another process has written to the session meanwhile.

        """
        calls = {name: storable(call, self.run.key)[0] for name, call in self.notes.calls.items()}
        watermark = replace(watermark, state=json.dumps({"calls": calls, "leaf": self.notes.leaf}))
        if not self.batch and (watermark == self.before or self.before is None):
            return
        ended = max((turn.at for turn in self.batch), default=self.session.ended_at)
        self.session = replace(
            self.session,
            turns=self.session.turns + len(self.batch),
            started_at=self.session.started_at or (self.batch[0].at if self.batch else ""),
            ended_at=max(ended, self.session.ended_at),
        )
        if not self.run.dry_run:
            packs = store.pack(self.batch)
            with self.run.database.writing() as connection:
                if not store.append(connection, self.session, packs, watermark, before=self.before, afresh=self.afresh):
                    raise AnotherImportError
        self.written += len(self.batch)
        self.before, self.afresh, self.batch, self.size = watermark, False, [], 0

    def _redacted(self, text: str, path: str) -> str:
        if not text:
            return ""
        found = redact(readable(text), self.run.key, path)
        self.run.counts["redacted"] += found.total
        return found.text


def start(run: Run, session: Session, known: Watermark | None, otherwise_at: str, *, goes_on: bool) -> Writer:
    """Begin to read a session: on from its watermark, or anew."""
    session, found = storable(session, run.key)
    run.counts["redacted"] += found
    if known is not None:
        with run.database.reading() as connection:
            held = store.sessions_like(connection, session.id, 1)[0]
        if goes_on:
            return Writer(run, held, known, False, notes_of(known), otherwise_at, held.ended_at)
        session = replace(session, rereads=held.rereads + 1)
    return Writer(run, session, known, known is not None, Notes(), otherwise_at)


def finish(writer: Writer, known: Watermark | None, *, goes_on: bool) -> None:
    """Count what became of a session."""
    run = writer.run
    run.left_out.update(writer.notes.left_out)
    run.counts["turns"] += writer.written
    if known is None:
        run.counts["new" if writer.written else "empty"] += 1
    elif not goes_on:
        run.counts["reread"] += 1
    else:
        run.counts["grown" if writer.written else "unchanged"] += 1


def notes_of(watermark: Watermark) -> Notes:
    """Return what a reader knew when it stopped."""
    state: dict[str, Any] = json.loads(watermark.state or "{}")
    return Notes({name: tuple(call) for name, call in state.get("calls", {}).items()}, leaf=state.get("leaf", 0))


def file_id(path: Path) -> str:
    """Return the id of the conversation in a file that has none of its own."""
    return f"file-{hashlib.blake2b(str(path).encode('utf-8', 'replace'), digest_size=5).hexdigest()}"


def _title(text: str) -> str:
    line = next((line.strip() for line in text.splitlines() if line.strip()), "")
    return line if len(line) <= _TITLE else line[: _TITLE - 1] + "…"
