"""The verbs of distilling: draw memories from sessions, and decide what waits for a decision."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from engrep.engine.archive_verbs import ArchiveVerbs
from engrep.engine.errors import UsageError
from engrep.engine.memory_types import Anchor, Entry, Session, Turn
from engrep.engine.memory_verbs import MemoryVerbs

if TYPE_CHECKING:
    from engrep.engine.db import Connection, Database
    from engrep.engine.distil import Distilled, Ground
    from engrep.engine.distil_reading import ModelPart
    from engrep.engine.model_reading import AgreeReading, ModelReader, ReadingDone
    from engrep.engine.report_types import Archived
    from engrep.engine.review import Open

_MOST_ANCHORS = 3
_NAMES_CODE = re.compile(r"(?=.*[_./:A-Z])[\w./:-]+")  # an ordinary word in backticks leads nowhere


@dataclass(frozen=True, slots=True)
class DistilReport:
    """What the sessions gave, and how much of them was read."""

    sessions: tuple[Distilled, ...]
    turns: int
    active: int
    proposed: int
    known_already: int
    rejected_before: int
    dry_run: bool
    model: ReadingDone | None = None  # the part that a language model had


class DistilVerbs(MemoryVerbs, ArchiveVerbs):
    """What sessions taught, and what of it a person should look at."""

    _readings: Database

    def distil(
        self,
        source: str | None = None,
        *,
        dry_run: bool = False,
        reader: ModelReader | None = None,
        agree: AgreeReading | None = None,
    ) -> DistilReport:
        """Draw memories from a session by its id, from the sessions in a file, or from all that are kept.

        Each turn is read once. What the user stated holds at once; what is inferred waits in `review`. With a `reader` a
        language model reads too, each turn once; `agree` is told what that takes before anything is sent. A dry run asks no
        model.

        Raises:
            UsageError: a file cannot be read, or nobody agreed to a large run.
            NotFoundError: there is no such session.

        """
        from engrep.engine.dump_verbs import is_dump
        from engrep.indexers.storable import storable

        if source is not None and Path(source).expanduser().is_file():
            if is_dump(Path(source).expanduser()):
                message = f"{source} is a dump of memories: `engrep import` takes it in"
                raise UsageError(message)
            if dry_run:
                return self._rehearsed(Path(source).expanduser(), reader)
            self._taken_in(source)
            path, _ = storable(str(Path(source).expanduser().resolve()), self._archive_key(dry_run=True))
            chosen = [each for each in self.sessions() if each.source and Path(each.source).resolve() == Path(path)]
        else:
            chosen = [self.session(source, limit=1).session] if source is not None else list(self.sessions())
        return self._distilled(chosen, reader, agree, dry_run=dry_run)

    def _taken_in(self, source: str) -> None:
        done = self.import_history(source)
        if done.problems:
            raise UsageError("; ".join(done.problems))

    def _rehearsed(self, path: Path, reader: ModelReader | None) -> DistilReport:
        """Distil a file in a database that is thrown away."""
        import tempfile

        from engrep.engine.store_memory import open_memories

        with tempfile.TemporaryDirectory(prefix="engrep-") as folder:
            kept, self._project = self._project, open_memories(Path(folder) / "memory.db")
            try:
                self._taken_in(str(path))
                return self._distilled(list(self.sessions()), reader, None, dry_run=True)
            finally:
                self._project.close()
                self._project = kept

    def _distilled(
        self,
        sessions: Sequence[Session],
        reader: ModelReader | None,
        agree: AgreeReading | None,
        *,
        dry_run: bool,
    ) -> DistilReport:
        from engrep.engine.distil import distil
        from engrep.engine.heeded import learn
        from engrep.engine.places import make_folder

        done: list[Distilled] = []
        part = self._part_of(reader, sessions, agree, dry_run=dry_run) if reader is not None else None
        if not dry_run:
            make_folder(self._user.path)
        with self._ground() as ground:
            for session in sorted(sessions, key=lambda each: each.started_at):
                turns = self._turns(session)
                about = replace(ground, branch=session.branch, rereads=session.rereads, reach_of=self._reach)
                more = part.found(session, turns) if part is not None and not dry_run else ()
                done.append(distil(self._project, self._user, session.id, turns, about, more=more, dry_run=dry_run))
                if not dry_run:
                    learn(self._project, self._user, session.id, turns)
                if part is not None and not dry_run:
                    part.finish(session, turns)
        drawn = [each for one in done for each in one.drawn]
        new = [each for each in drawn if each.duplicate_of is None]
        return DistilReport(
            tuple(one for one in done if one.turns or one.drawn), sum(one.turns for one in done),
            sum(each.status == "active" for each in new), sum(each.status == "proposed" for each in new),
            len(drawn) - len(new), sum(one.rejected_before for one in done), dry_run,
            part.report() if part is not None else None,
        )  # fmt: skip

    def _part_of(
        self, reader: ModelReader, sessions: Sequence[Session], agree: AgreeReading | None, *, dry_run: bool
    ) -> ModelPart:
        """Return the part that a model has in a run, agreed to."""
        from engrep.engine.distil_reading import ModelPart
        from engrep.engine.lifecycle import now
        from engrep.engine.store_readings import Readings

        part = ModelPart(reader, Readings(self._readings, self._archive_key(dry_run=dry_run), now()))
        turns = ((each, self._turns(each)) for each in sessions)
        if dry_run:
            part.weigh(turns)
        else:
            part.ask_first(turns, agree)
        return part

    def _turns(self, session: Session) -> list[Turn]:
        from engrep.engine.store_archive import turns_of

        with self._project.reading() as connection:
            return [self._own_path(turn, session) for turn in turns_of(connection, session.id)]

    def _own_path(self, turn: Turn, session: Session) -> Turn:
        """Return a turn with the path that it touched relative to the project."""
        if not turn.path:
            return turn
        for folder in (session.project, str(self.root)):
            if folder and PurePath(turn.path).is_relative_to(folder):
                return replace(turn, path=PurePath(turn.path).relative_to(folder).as_posix())
        return turn

    @contextmanager
    def _ground(self) -> Iterator[Ground]:
        """Give what the gate may know of the project: its names, its places in the code, its instruction files."""
        from engrep.engine import store
        from engrep.engine.distil import Ground
        from engrep.indexers.statement_gate import instruction_lines

        said = (each.body for file in self._instructions().files() for each in file.entries())
        lines = [line for text in said for line in instruction_lines(text)]
        if not store.is_usable(self._code):
            yield Ground(instructions=lines)
            return
        with self._code.reading() as connection:
            place = self._place_of(connection)
            yield Ground(
                lambda name: place(name) is not None,
                lines,
                lambda hints: tuple(dict.fromkeys(each for hint in hints if (each := place(hint))))[:_MOST_ANCHORS],
            )

    def _place_of(self, connection: Connection) -> Callable[[str], Anchor | None]:
        from engrep.engine.anchors import anchor_at
        from engrep.engine.identity import Asker

        @lru_cache(maxsize=4096)
        def place(name: str) -> Anchor | None:
            if not _NAMES_CODE.fullmatch(name):
                return None
            try:
                return anchor_at(connection, self.root, name, Asker())
            except UsageError:
                return None

        return place

    def import_memories(self, source: str, *, dry_run: bool = False) -> Archived:
        """Take in what a program wrote down as memories of this project: `claude`, `codex`, `mimo`, or a file of it.

        Nothing is taken twice, and what an instruction file says is not taken at all; what the file says no more is forgotten.

        Raises:
            UsageError: there are none.

        """
        from engrep.engine.memory_importing import import_memories
        from engrep.indexers.statement_gate import instruction_lines

        said = (each.body for file in self._instructions().files() for each in file.entries())
        lines = [line for text in said for line in instruction_lines(text)]
        return import_memories(self._project, self.root, source, lines, dry_run=dry_run)

    def review(self) -> tuple[Open, ...]:
        """Return what waits for a decision: conflicts first, then what was only inferred.

        A memory that an instruction file contradicts waits too, until somebody approves it.
        """
        from engrep.engine.contradicted import said_otherwise
        from engrep.engine.review import Open, inbox
        from engrep.engine.store_memory import entries

        found: list[Open] = []
        for database in self._present():
            with database.reading() as connection:
                found += inbox(connection)
                setting = entries(connection, "status = 'active' AND trust <> 'verified' AND slot <> ''")
            against = said_otherwise(setting, self._instructions().files() if setting else ())
            found += [Open("conflict", each, (against[each.id],)) for each in setting if each.id in against]
        return tuple(sorted(found, key=lambda each: each.why != "conflict"))

    def approve(self, memory_ids: Sequence[str], *, actor: str = "user") -> tuple[Entry, ...]:
        """Let memories hold, in place of what they contradict; those approved together stand beside each other.

        Raises:
            NotFoundError: there is no such memory.

        """
        from engrep.engine.review import approve

        held: dict[Database, list[str]] = {}
        for memory_id in memory_ids:
            held.setdefault(self._holder(memory_id), []).append(memory_id)
        found: list[Entry] = []
        for database, ids in held.items():
            with database.writing() as connection:
                found += approve(connection, ids, actor=actor)
        return tuple(found)

    def merge(self, kept_id: str, other_id: str, *, actor: str = "user") -> Entry:
        """Put two memories together: the first stays, with the evidence of both.

        Raises:
            NotFoundError: there is no such memory.
            UsageError: it is the same one, or one holds for the project and the other for the user.

        """
        from engrep.engine import edits

        database = self._holder(kept_id)
        if self._holder(other_id) is not database:
            raise UsageError(f"{kept_id} and {other_id} hold in different scopes: forget one of them")
        with database.writing() as connection:
            return edits.merge(connection, kept_id, other_id, actor=actor)
