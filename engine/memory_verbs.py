"""The verbs of memory: keep what was said, correct it, look it up by its id. `Memory` has them beside those of code."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, TypeVar

from engrep.engine import lifecycle, store_anchored
from engrep.engine import store_memory as store
from engrep.engine.db import Connection, Database
from engrep.engine.errors import NotFoundError, UsageError
from engrep.engine.memory_types import KINDS, STATUSES, Anchor, AnchorState, Change, Entry, Evidence
from engrep.engine.places import make_folder
from engrep.engine.rooted import Rooted
from engrep.indexers.text import readable

if TYPE_CHECKING:
    from engrep.engine.identity import Asker
    from engrep.engine.report_types import Remembered
    from engrep.engine.store_anchored import Note, Reach

Answer = TypeVar("Answer")


def time_of(said_at: str) -> str:
    """Return a time as it is kept, to the second in UTC; '' for none.

    Raises:
        UsageError: it is no time.

    """
    if not said_at:
        return ""
    from engrep.indexers.transcripts import instant

    at = instant(said_at)
    if not at:
        message = f"{said_at} is no time: write it as 2025-01-31T12:00:00Z"
        raise UsageError(message)
    return at


class MemoryVerbs(Rooted):
    """What is remembered of one root, and of its user."""

    _project: Database
    _user: Database

    def remember(
        self,
        text: str,
        *,
        title: str = "",
        kind: str = "decision",
        about: Sequence[str] = (),
        why: str = "",
        scope: str | None = None,
        slot: str = "",
        pinned: bool = False,
        status: str = "active",
        trust: str = "proposed",
        from_file: str | None = None,
        evidence: Collection[Evidence] = (),
        said_at: str = "",
        actor: str = "user",
    ) -> Remembered:
        """Keep a statement, without its secrets; it is on the disk when this returns.

        `scope` is user, project, `branch:NAME` or `module:PATH`; without one the project. `title` lists what it is called,
        where that is not its first sentence.

        Raises:
            UsageError: it says nothing or far too much, or what it is about is not in the index, or may be several things.

        """
        lifecycle.short_enough(text, why, title)
        anchors = self._anchors(about, from_file)
        noted = self._notes(anchors)
        wide, _, place = (scope or "project").partition(":")
        statement = lifecycle.Statement(
            text, title, kind, why, wide, place, anchors[0].qualified_name if anchors else "", slot, status, trust, pinned,
            time_of(said_at), anchors, tuple(evidence),
        )  # fmt: skip
        reach = self._reach(place) if wide == "branch" else None
        with self._writing(self._user if wide == "user" else self._project) as connection:
            stored = lifecycle.remember(connection, statement, actor=actor)
            store_anchored.keep_notes(connection, noted)
            if reach is not None:
                store_anchored.keep_branch(connection, stored.entry.place, reach)
        return self._remembered(stored)

    def edit(
        self,
        memory_id: str,
        text: str | None = None,
        *,
        title: str | None = None,
        why: str | None = None,
        kind: str | None = None,
        scope: str | None = None,
        slot: str | None = None,
        actor: str = "user",
    ) -> Remembered:
        """Say a memory otherwise; what it said before stays in its history. What is None stays as it is.

        Raises:
            NotFoundError: there is no such memory.
            UsageError: nothing is said otherwise, or far too much; another memory says the same, or it would belong into
                another file.

        """
        lifecycle.short_enough(text or "", why or "", title or "")
        wide, _, place = scope.partition(":") if scope is not None else (None, None, None)
        from engrep.engine.edits import Edit, edit

        told = Edit(text, title, why, kind, slot, wide, place)
        database = self._holder(memory_id)
        if wide is not None and (wide == "user") != (database is self._user):
            message = (
                f"{memory_id} cannot be moved between the user and a project: remember it there, and forget it here"
            )
            raise UsageError(message)
        reach = self._reach(place) if wide == "branch" and place else None
        with database.writing() as connection:
            stored = edit(connection, memory_id, told, actor=actor)
            if reach is not None:
                store_anchored.keep_branch(connection, stored.entry.place, reach)
        return self._remembered(stored)

    def forget(self, memory_id: str, *, why: str = "", actor: str = "user") -> Entry:
        """Take a memory out of every answer; raises NotFoundError."""
        return self._changed(
            memory_id, lambda connection, found: lifecycle.forget(connection, found, actor=actor, cause=why)
        )

    def reject(self, memory_id: str, *, why: str = "", actor: str = "user") -> Entry:
        """Say that a memory is wrong, so that it is not taken up again; raises NotFoundError."""
        return self._changed(
            memory_id, lambda connection, found: lifecycle.reject(connection, found, actor=actor, cause=why)
        )

    def restore(self, memory_id: str, *, why: str = "", actor: str = "user") -> Entry:
        """Make a forgotten, rejected, superseded or proposed memory hold; raises NotFoundError."""
        return self._changed(
            memory_id, lambda connection, found: lifecycle.restore(connection, found, actor=actor, cause=why)
        )

    def pin(self, memory_id: str, *, pinned: bool = True, actor: str = "user") -> Entry:
        """Give a memory a place in every brief, or take it away; raises NotFoundError."""
        return self._changed(
            memory_id, lambda connection, found: lifecycle.pin(connection, found, pinned=pinned, actor=actor)
        )

    def undo(self, memory_id: str, *, actor: str = "user") -> Entry:
        """Take back the last change of a memory; raises NotFoundError, and UsageError when there is none left."""
        return self._changed(memory_id, lambda connection, found: lifecycle.undo(connection, found, actor=actor))

    def memory(self, memory_id: str) -> Entry:
        """Return a memory by its id or a unique beginning of it; raises NotFoundError."""
        return self.seen([self._on(memory_id, lifecycle.find)])[0]

    def history(self, memory_id: str) -> tuple[Change, ...]:
        """Return all that happened to a memory, oldest first; raises NotFoundError."""
        return self._on(
            memory_id,
            lambda connection, found: tuple(store.changes(connection, lifecycle.find(connection, found).id)),
        )

    def memories(
        self, *, status: str | None = "active", kind: str | None = None, pinned: bool = False
    ) -> tuple[Entry, ...]:
        """Return the memories of the project and the user, oldest first; `status` None for all.

        Raises:
            UsageError: there is no such status or kind.

        """
        lifecycle.among("status", status or STATUSES[0], STATUSES)
        lifecycle.among("kind", kind or KINDS[0], KINDS)
        asked = [("status = ?", status), ("kind = ?", kind), ("pinned = ?", 1 if pinned else None)]
        given = [(condition, value) for condition, value in asked if value is not None]
        where = " AND ".join(condition for condition, _ in given) or "1"
        found: list[Entry] = []
        for database in self._present():
            with database.reading() as connection:
                found += store.entries(connection, where, [value for _, value in given])
        return tuple(self.seen(sorted(found, key=lambda entry: entry.created_at)))

    def _anchors(self, about: Sequence[str], from_file: str | None) -> tuple[Anchor, ...]:
        if not about:
            return ()
        from engrep.engine.anchors import anchor_at
        from engrep.engine.identity import asker_at

        def ask(connection: Connection) -> tuple[Anchor, ...]:
            asker: Asker = asker_at(connection, self._relative(from_file))
            return tuple(dict.fromkeys(anchor_at(connection, self.root, each, asker) for each in map(readable, about)))

        return self._asked(ask)

    def _writing(self, database: Database, *, wait_seconds: float | None = None) -> AbstractContextManager[Connection]:
        make_folder(database.path)
        return database.writing(wait_seconds=wait_seconds)

    def _present(self) -> list[Database]:
        return [database for database in (self._project, self._user) if os.path.exists(database.path)]  # noqa: PTH110 - never raises

    def _remembered(self, stored: lifecycle.Stored) -> Remembered:
        from engrep.engine.report_types import Remembered

        entry = self.seen([stored.entry])[0]
        return Remembered(
            entry.id,
            entry.status,
            tuple(AnchorState(anchor.qualified_name, anchor.path, anchor.state) for anchor in entry.anchors),
            stored.superseded,
            stored.duplicate_of,
            stored.redacted,
            stored.conflicts,
        )

    def _changed(self, memory_id: str, change: Callable[[Connection, str], Entry]) -> Entry:
        database = self._holder(memory_id)
        with database.writing() as connection:
            changed = change(connection, memory_id)
        return self.seen([changed])[0]

    def _on(self, memory_id: str, ask: Callable[[Connection, str], Answer]) -> Answer:
        with self._holder(memory_id).reading() as connection:
            return ask(connection, memory_id)

    def _holder(self, memory_id: str) -> Database:
        """Return the database that has a memory: the project's, or the user's."""
        near: list[str] = []
        for database in self._present():
            with database.reading() as connection:
                try:
                    lifecycle.find(connection, memory_id)
                except NotFoundError as error:
                    near += error.near
                else:
                    return database
        message = f"there is no memory {memory_id}" if not near else f"several memories begin with {memory_id}"
        raise NotFoundError(message, tuple(near))

    def seen(self, entries: Sequence[Entry]) -> list[Entry]:
        """Return memories with the state of their anchors in this work tree."""
        raise NotImplementedError

    def visible(self, entries: Sequence[Entry]) -> list[Entry]:
        """Return the memories that hold on this branch."""
        raise NotImplementedError

    def _notes(self, anchors: Sequence[Anchor]) -> dict[str, Note]:
        raise NotImplementedError

    def _reach(self, branch: str) -> Reach | None:
        raise NotImplementedError
