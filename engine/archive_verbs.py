"""The verbs of the archive: take histories in, keep a session as it is held, list sessions, read their turns."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from engrep.engine.db import Database
from engrep.engine.errors import NotFoundError, UsageError
from engrep.engine.memory_types import Session, Turn
from engrep.engine.places import make_folder, work_trees
from engrep.engine.report_types import Archived, SessionTurns
from engrep.indexers.text import readable

if TYPE_CHECKING:
    from engrep.engine.archive import Run

OWN_PROGRAM = "engrep"  # the program of sessions that were held here
_NEAR = 3  # ids offered for a mistyped one


class ArchiveVerbs:
    """What was said in the sessions of one root."""

    root: Path
    _project: Database

    def import_history(self, source: str, *, dry_run: bool = False) -> Archived:
        """Take in the sessions of this project: `claude`, `codex`, `mimo`, or those in a file or folder.

        What was taken in already is not taken twice; nothing is written with `dry_run`.

        Raises:
            UsageError: there is no such file, folder or history.

        """
        from engrep.engine.archive import Run

        started = time.perf_counter()
        run = Run(self._project, work_trees(self.root), self._archive_key(dry_run=dry_run), dry_run)
        _take_in(run, source)
        counts = run.counts
        if counts["unknown"]:
            run.left_out["unknown format"] += counts["unknown"]
        return Archived(
            source=source, dry_run=dry_run, sessions_new=counts["new"], sessions_grown=counts["grown"],
            sessions_reread=counts["reread"], sessions_unchanged=counts["unchanged"],
            sessions_elsewhere=counts["elsewhere"], turns=counts["turns"], bytes_read=counts["bytes"],
            redacted=counts["redacted"], left_out={name: n for name, n in sorted(run.left_out.items()) if n},
            problems=tuple(run.problems), seconds=round(time.perf_counter() - started, 3),
        )  # fmt: skip

    def record(self, session_id: str, turns: Sequence[Turn]) -> int:
        """Add turns to a session that is being held here, without their secrets; they are on the disk when this returns.

        Returns how many turns the session has now; the numbers of the given ones do not count.
        """
        from engrep.engine.archive import AnotherImportError, Run, start
        from engrep.engine.branches import current_branch
        from engrep.engine.lifecycle import now
        from engrep.engine.store_archive import Watermark

        run = Run(self._project, work_trees(self.root), self._archive_key(dry_run=False), dry_run=False)
        while True:  # of two processes that add to one session each is first once
            known = run.watermark(session_id)
            held = Session(session_id, OWN_PROGRAM, str(self.root), current_branch(self.root), "", "", "", 0, "")
            writer = start(run, held, known, now(), goes_on=known is not None)
            writer.take(turns)
            consumed = (known.consumed if known else 0) + len(turns)
            with contextlib.suppress(AnotherImportError):
                writer.write(Watermark(consumed=consumed))
                return writer.session.turns

    def sessions(self) -> tuple[Session, ...]:
        """Return the sessions that are kept, the oldest first."""
        from engrep.engine import store_archive

        if not self._project.path.exists():
            return ()
        with self._project.reading() as connection:
            return tuple(store_archive.sessions(connection))

    def session(self, session_id: str, *, after: int = 0, limit: int = 50) -> SessionTurns:
        """Return a page of a session, by its id or a unique beginning of it.

        Raises:
            NotFoundError: there is none, or several; `near` names them.

        """
        from engrep.engine import store_archive

        wanted = readable(session_id).strip()
        if not self._project.path.exists():
            raise NotFoundError(f"there is no session {session_id}")
        with self._project.reading() as connection:
            like = store_archive.sessions_like(connection, wanted, _NEAR + 1) if wanted else []
            if not like or (len(like) > 1 and like[0].id != wanted):
                what = f"several sessions begin with {session_id}" if like else f"there is no session {session_id}"
                raise NotFoundError(what, tuple(each.id for each in like[:_NEAR]))
            turns = store_archive.turns_of(connection, like[0].id, after, limit + 1)
        shown = tuple(turns[:limit])
        return SessionTurns(like[0], shown, shown[-1].number if len(turns) > limit else None)

    def _archive_key(self, *, dry_run: bool) -> bytes:
        from engrep.engine.store_memory import known_key, redaction_key

        if dry_run:
            if not self._project.path.exists():
                return b""
            with self._project.reading() as connection:
                return known_key(connection)
        make_folder(self._project.path)
        with self._project.writing() as connection:
            return redaction_key(connection)


def _take_in(run: Run, source: str) -> None:
    from engrep.engine import histories
    from engrep.engine.archive_files import import_path

    if source == "mimo":
        from engrep.engine.archive_mimo import import_mimo

        database = histories.mimo_database()
        if not database.is_file():
            raise UsageError(f"there is no history of MiMo Code: {database} is not there")
        import_mimo(run, database)
        return
    path = Path(source).expanduser()
    if source not in histories.PROGRAMS and not path.exists():
        raise UsageError(f"there is no file or folder {source}; name one, or one of {', '.join(histories.PROGRAMS)}")
    files = {"claude": histories.claude_files, "codex": histories.codex_files}.get(source)
    paths = files() if files else [path.resolve()] if path.is_file() else histories.files_below(path.resolve())
    for each in paths:
        import_path(run, each, asked=files is None and path.is_file())
