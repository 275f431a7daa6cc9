"""One import of memory files: all files of a program in one transaction, rehearsed where nothing is to be written."""

from __future__ import annotations

import contextlib
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from engrep.engine.db import Database
from engrep.engine.dump_verbs import RehearsedError, nothing_yet
from engrep.engine.memory_import import files_of, read, take_in
from engrep.engine.places import make_folder, work_trees
from engrep.engine.report_types import Archived
from engrep.indexers.statement_gate import InstructionLine

_MEMORY_COUNTS = ("added", "updated", "unchanged", "redacted")


def import_memories(
    database: Database, root: Path, source: str, instructions: Sequence[InstructionLine], *, dry_run: bool
) -> Archived:
    """Take in the memories that a program keeps of a project."""
    started = time.perf_counter()
    trees = work_trees(root)
    files = [(file, read(file, trees)) for file in files_of(source, trees)]
    counts: Counter[str] = Counter()
    is_apart = dry_run and not database.path.exists()
    if not dry_run:
        make_folder(database.path)
    with nothing_yet() if is_apart else contextlib.nullcontext(database) as there:
        if is_apart:
            make_folder(there.path)
        with contextlib.suppress(RehearsedError), there.writing() as connection:
            for file, found in files:
                counts += take_in(connection, file, found, instructions)
            if dry_run:
                raise RehearsedError
    return Archived(
        source=source, dry_run=dry_run, sessions_new=0, sessions_grown=0, sessions_reread=0, sessions_unchanged=0,
        sessions_elsewhere=0, turns=0, bytes_read=sum(file.path.stat().st_size for file, _ in files),
        redacted=counts["redacted"], problems=(), seconds=round(time.perf_counter() - started, 3),
        left_out={name: n for name, n in sorted(counts.items()) if name not in _MEMORY_COUNTS},
        memories_added=counts["added"], memories_updated=counts["updated"], memories_unchanged=counts["unchanged"],
    )  # fmt: skip
