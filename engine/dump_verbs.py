"""The verbs that carry memories from one place to another: export, and import of what it wrote."""

from __future__ import annotations

import contextlib
import os
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from engrep.engine.archive_verbs import ArchiveVerbs
from engrep.engine.db import Database
from engrep.engine.errors import UsageError
from engrep.engine.memory_verbs import MemoryVerbs
from engrep.engine.report_types import Archived, Exported

_HEAD_BYTES = 4096  # a dump says in its first line that it is one, and that is short
_MOST_BYTES = 64 * 1024 * 1024  # of a line
_WAIT_SECONDS = 60.0  # for another writer: a dump is taken in seldom, and whole


class RehearsedError(Exception):
    """Everything went well, and nothing of it is to stay."""


class DumpVerbs(MemoryVerbs, ArchiveVerbs):
    """Memories as files."""

    def export(self, file: str | Path | None = None, *, markdown: bool = False, user: bool = False) -> Exported:
        """Write the memories of the project, or of the user, to a file, whole or not at all; without one, return them.

        A dump holds every memory with its history; a page those that hold or wait for a review, and says whose code changed. What newer rules take for
        a secret is taken out of both.
        """
        from engrep.engine.dump_lines import MEMORY
        from engrep.engine.memory_markdown import ITEM

        path = None if file is None else Path(file).expanduser()
        memories = 0

        def counted() -> Iterator[str]:
            nonlocal memories
            for line in self._exported(markdown=markdown, user=user):
                memories += line.startswith(ITEM if markdown else MEMORY)
                yield line

        text = "".join(counted()) if path is None else None
        if path is not None:
            _write_whole(path, counted())
        kind, scope = "markdown" if markdown else "jsonl", "user" if user else "project"
        return Exported(None if path is None else str(path), kind, scope, memories, text)

    def _exported(self, *, markdown: bool, user: bool) -> Iterator[str]:
        from engrep.engine import dump, memory_markdown, store_memory
        from engrep.indexers.storable import storable

        database = self._user if user else self._project
        with nothing_yet() if not database.path.exists() else contextlib.nullcontext(database) as there:
            with there.reading() as connection:
                if not markdown:
                    yield from dump.dump(connection, "user" if user else "project")
                    return
                living = store_memory.entries(connection, "status IN ('active', 'proposed')")
                key = store_memory.known_key(connection)
            yield from memory_markdown.markdown(storable(each, key)[0] for each in self.seen(living))

    def export_into(self, file: str | Path, *, remove: bool = False) -> Exported:
        """Write the project's pinned rules and decisions between marks into an instruction file, or take them out again.

        All else in the file stays as it is, byte for byte. A path that is not absolute begins at the root. What the file
        says itself is not repeated, and nothing of the user's own, of a branch, or about code that is gone is written.

        Raises:
            UsageError: the marks in the file are damaged, or it is no Markdown, or not there when it is to be taken out.

        """
        from engrep.engine import exporting

        path = self.root / Path(file).expanduser()
        chosen = [] if remove else self.seen(self.visible(exporting.binding(self._project)))
        return exporting.write_block(path, chosen, self._project, remove=remove)

    def import_history(self, source: str, *, dry_run: bool = False) -> Archived:
        """Take in the sessions of this project, as `ArchiveVerbs` does, or a dump of memories: all of it, or nothing.

        Raises:
            UsageError: there is no such file or history, or the dump is damaged, cut off, or of a newer engrep.

        """
        path = Path(source).expanduser()
        if not is_dump(path):
            return super().import_history(source, dry_run=dry_run)
        started = time.perf_counter()
        counts = self._loaded(path, dry_run=dry_run)
        return Archived(
            source=source, dry_run=dry_run, sessions_new=counts["sessions_new"], sessions_grown=counts["sessions_grown"],
            sessions_reread=0, sessions_unchanged=counts["sessions_unchanged"], sessions_elsewhere=0, turns=counts["turns"],
            bytes_read=path.stat().st_size, redacted=counts["redacted"], left_out={}, problems=(),
            seconds=round(time.perf_counter() - started, 3), memories_added=counts["added"],
            memories_updated=counts["updated"], memories_unchanged=counts["unchanged"],
        )  # fmt: skip

    def _loaded(self, path: Path, *, dry_run: bool) -> Counter[str]:
        from engrep.engine import dump

        counts: Counter[str] = Counter()
        with path.open("rb") as file:
            head = dump.head_of(file.readline(_HEAD_BYTES))
            file.seek(0)
            database = self._user if head is not None and head.scope == "user" else self._project
            is_rehearsed_apart = dry_run and not database.path.exists()
            with (
                nothing_yet() if is_rehearsed_apart else contextlib.nullcontext(database) as there,
                contextlib.suppress(RehearsedError),
                self._writing(there, wait_seconds=_WAIT_SECONDS) as connection,
            ):
                counts = dump.load(connection, _lines(file))
                if dry_run:
                    raise RehearsedError
        return counts


@contextlib.contextmanager
def nothing_yet() -> Iterator[Database]:
    """Give a database without memories that is thrown away."""
    import tempfile

    from engrep.engine.store_memory import open_memories

    with tempfile.TemporaryDirectory(prefix="engrep-") as folder:
        database = open_memories(Path(folder) / "memory.db")
        try:
            yield database
        finally:
            database.close()


def is_dump(path: Path) -> bool:
    """Tell whether a file is a dump of memories; raises UsageError for one of a newer engrep."""
    from engrep.engine.dump import head_of

    if not path.is_file():
        return False
    with path.open("rb") as file:
        return head_of(file.readline(_HEAD_BYTES)) is not None


def _lines(file: BinaryIO) -> Iterator[bytes]:
    number = 0
    while line := file.readline(_MOST_BYTES):
        number += 1
        if len(line) == _MOST_BYTES:
            message = f"line {number} of the dump is longer than any that engrep writes; nothing was changed"
            raise UsageError(message)
        yield line


def _write_whole(path: Path, lines: Iterable[str]) -> None:
    """Write a file beside its place and put it there when it is whole."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with beside.open("w", encoding="utf-8", newline="\n") as file:
            file.writelines(lines)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except FileNotFoundError as exc:
        message = f"there is no folder {path.parent} to write {path.name} to"
        raise UsageError(message) from exc
    finally:
        beside.unlink(missing_ok=True)
