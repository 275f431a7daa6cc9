"""The verbs that keep memories true to the code: follow them through index runs, list the stale ones, confirm them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from engrep.engine import store_anchored as notes
from engrep.engine.db import Connection, Database, integrity
from engrep.engine.errors import EngrepError
from engrep.engine.memory_types import WITHHELD, Anchor, Entry
from engrep.engine.memory_verbs import MemoryVerbs
from engrep.engine.store_anchored import Note, Reach, Tied

if TYPE_CHECKING:
    from engrep.engine.report_types import Listed
    from engrep.engine.types import Check

log = logging.getLogger(__name__)

_SAVE = "move it away and keep it, and take the last export in again with `engrep import`"


class FollowVerbs(MemoryVerbs):
    """Memories as the code of one work tree sees them."""

    def listed(
        self, *, status: str | None = "active", kind: str | None = None, pinned: bool = False, stale: bool = False
    ) -> Listed:
        """Return the memories that hold here, oldest first; with `stale` those whose code changed or is gone, instead."""
        from engrep.engine.report_types import Listed

        every = self.memories(status=status, kind=kind, pinned=pinned)
        here = self.visible(every)
        withheld = [entry for entry in here if entry.is_withheld]
        if stale:
            chosen = [
                entry for entry in here if any(each.state in {*WITHHELD, "body_changed"} for each in entry.anchors)
            ]
        else:
            chosen = [entry for entry in here if not entry.is_withheld]
        return Listed(tuple(chosen), len(chosen), len(withheld), len(every) - len(here))

    def seen(self, entries: Sequence[Entry]) -> list[Entry]:
        """Return memories with the state that their anchors have in this work tree's index, "unknown" without one."""
        anchored = [entry for entry in entries if entry.anchors]
        if not anchored:
            return list(entries)
        from engrep.engine import following
        from engrep.engine.errors import NotIndexedError

        try:
            found = self._asked(lambda connection: following.as_seen(connection, self.root, anchored, self._former))
        except NotIndexedError:
            found = [
                replace(entry, anchors=tuple(replace(each, state="unknown") for each in entry.anchors))
                for entry in anchored
            ]
        by_id = {entry.id: entry for entry in found}
        return [by_id.get(entry.id, entry) for entry in entries]

    def visible(self, entries: Sequence[Entry]) -> list[Entry]:
        """Return the memories that hold on what is checked out: those of a branch do there, and where it is merged."""
        places = {entry.place for entry in entries if entry.scope == "branch"}
        hidden = {place for place in places if not self._is_part_of_this(place)}
        return [entry for entry in entries if entry.scope != "branch" or entry.place not in hidden]

    def _is_part_of_this(self, branch: str) -> bool:
        from engrep.engine import branches

        if not branches.is_repository(self.root) or branch == branches.current_branch(self.root):
            return True
        with self._project.reading() as connection:
            base, tip = notes.branches(connection).get(branch, Reach("", ""))
        return branches.is_merged(self.root, branch, base, tip)

    def confirm(self, memory_id: str, *, actor: str = "user") -> Entry:
        """Say that a memory holds for the code as it is now; it lets go of places that are gone. Raises NotFoundError."""
        from engrep.engine import following

        entry = self.memory(memory_id)
        anchors = [self._as_it_is(each) for each in entry.anchors if each.state != "missing"]

        def change(connection: Connection, found: str) -> Entry:
            return following.confirm(connection, found, tuple(anchors), actor=actor)

        return self._changed(memory_id, change)

    def memories_check(self) -> Check:
        """Tell doctor whether what is remembered is sound, and how much of it the code bears out."""
        from engrep.engine.types import Check

        try:
            for database in self._present():
                found = integrity(database.path, is_precious=True)
                if found != "ok":
                    return Check("memories", False, f"{database.path}: {found}", _SAVE)
            held = [entry for entry in self.memories() if entry.anchors]
        except EngrepError as error:
            return Check("memories", False, str(error))
        stale = sum(entry.is_withheld for entry in held)
        fix = "look at them with `engrep memories --stale`" if stale else None
        return Check("memories", True, f"{len(held)} about places in the code, {stale} of them stale", fix)

    def _as_it_is(self, anchor: Anchor) -> Anchor:
        from engrep.engine.anchors import anchor_again

        return self._asked(lambda connection: anchor_again(connection, anchor))

    def _former(self, entry: Entry, number: int) -> tuple[Anchor, ...]:
        from engrep.engine.following import former_places

        anchor = entry.anchors[number]
        if not anchor.was:
            return ()
        with self._holder(entry.id).reading() as connection:
            return former_places(connection, Tied(entry.id, number, anchor))

    def _notes(self, anchors: Sequence[Anchor]) -> dict[str, Note]:
        """Return what new anchors are known by, to be kept with them."""
        if not anchors:
            return {}
        from engrep.engine.follow import notes_for
        from engrep.engine.likeness import reader
        from engrep.engine.store_follow import anchor_key

        named = {anchor_key(each): each for each in anchors}
        return self._asked(lambda connection: notes_for(connection, reader(self.root), named))

    def _before_run(self) -> None:
        """Note what anchors are known by while the index is as it was; what goes wrong here must not stop the run."""
        from engrep.engine.following import note_all

        self._quietly(lambda memories: note_all(self._code, memories, self.root), logging.INFO)  # told after the run

    def _after_run(self) -> None:
        """Judge the anchors by the new index, and note how far the branch went."""
        from engrep.engine.following import follow_all

        def follow(memories: list[Database]) -> None:
            follow_all(self._code, memories, self.root)
            self._note_branch()

        self._quietly(follow, logging.WARNING)

    def _quietly(self, act: Callable[[list[Database]], object], level: int) -> None:
        memories = self._present()
        if not memories:
            return
        try:
            act(memories)
        except EngrepError as error:
            log.log(level, "memories could not be compared with the code: %s", error)

    def _note_branch(self) -> None:
        """Keep how far the branch went that is checked out, where memories are bound to it."""
        from engrep.engine import branches

        branch = branches.current_branch(self.root)
        if not self._project.path.exists():
            return
        with self._project.reading() as connection:
            known = notes.branches(connection).get(branch)
        reach = self._reach(branch) if known else None
        if reach and known and known[1] != reach.tip:
            with self._writing(self._project) as connection:
                notes.keep_branch(connection, branch, reach)

    def _reach(self, branch: str) -> Reach | None:
        """Return how far a branch goes, None where there is no such branch."""
        from engrep.engine import branches

        tip = branches.tip_of(self.root, branch) if branch else ""
        return Reach(branches.shared_tip(self.root, branch), tip) if tip else None
