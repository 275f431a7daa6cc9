"""Memories that other programs keep in files, taken in when somebody asks for it; the files are only read.

A statement is known again by its file and its words, whatever became of it here: what was edited, forgotten or rejected is
not taken in anew. What a file no longer says is forgotten, if it rests on that file alone.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from engrep.engine import histories, lifecycle
from engrep.engine import store_memory as store
from engrep.engine.db import Connection
from engrep.engine.errors import UsageError
from engrep.engine.lifecycle import Statement
from engrep.engine.memory_types import Evidence
from engrep.engine.places import is_in_project
from engrep.engine.store_claims import resting_on
from engrep.indexers.memory_files import Noted, noted, noted_by_codex
from engrep.indexers.slots import wording
from engrep.indexers.statement_gate import InstructionLine, restates
from engrep.indexers.storable import storable

_ACTOR = "import"


@dataclass(frozen=True, slots=True)
class MemoryFile:
    """A file of memories."""

    path: Path
    source: str  # how its evidence is named: the program and the file's place in its folder
    scope: str = "project"


def files_of(source: str, trees: Sequence[Path]) -> list[MemoryFile]:
    """Return the files of memories that a program keeps for a project, or the one that is named.

    Raises:
        UsageError: there is none.

    """
    finders = {"claude": _of_claude, "codex": _of_codex, "mimo": _of_mimo}
    path = Path(source).expanduser()
    if source not in finders and not path.is_file():
        raise UsageError(f"there is no file of memories {source}; name one, or one of {', '.join(finders)}")
    found = list(finders[source](trees)) if source in finders else [MemoryFile(path.resolve(), f"file:{path.name}")]
    if not found:
        raise UsageError(f"{source} keeps no memories of this project")
    return found


def _of_claude(trees: Sequence[Path]) -> Iterator[MemoryFile]:
    home = Path(os.environ.get("CLAUDE_CONFIG_DIR") or Path.home() / ".claude").expanduser()
    for tree in trees:
        folder = home / "projects" / re.sub(r"[^A-Za-z0-9]", "-", str(tree)) / "memory"
        yield from (MemoryFile(path, f"claude:memory/{path.name}") for path in sorted(folder.glob("*.md")))


def _of_codex(_trees: Sequence[Path]) -> Iterator[MemoryFile]:
    home = Path(os.environ.get("CODEX_HOME") or Path.home() / ".codex").expanduser()
    path = home / "memories" / "MEMORY.md"
    if path.is_file():
        yield MemoryFile(path, "codex:memories/MEMORY.md")


def _of_mimo(trees: Sequence[Path]) -> Iterator[MemoryFile]:
    from engrep.engine.db_foreign import foreign
    from engrep.engine.store_mimo import mimo_projects

    database = histories.mimo_database()
    if not database.is_file():
        return
    with foreign(database) as connection:
        told = mimo_projects(connection)
    ids = {project for project, folder in told if is_in_project(folder, trees)}
    memory = next(
        (each for each in (database.parent / "memory", database.parent.parent / "memory") if each.is_dir()), None
    )
    for name in sorted(ids) if memory else ():
        if memory is not None and re.fullmatch(r"[\w.-]+", name):
            files = sorted((memory / "projects" / name).glob("MEMORY*.md"))
            yield from (MemoryFile(path, f"mimo:projects/{name}/{path.name}") for path in files)


def read(file: MemoryFile, trees: Sequence[Path]) -> list[Noted]:
    """Read a file of memories; raises UsageError for one that is larger than any."""
    text = histories.page(file.path)
    if file.source.startswith("codex:"):
        return noted_by_codex(text, lambda folder: is_in_project(folder, trees))
    return noted(text)


def take_in(
    connection: Connection, file: MemoryFile, found: Sequence[Noted], instructions: Sequence[InstructionLine]
) -> Counter[str]:
    """Keep what a file says and is not known from it, forget what it says no more, and count both."""
    counts: Counter[str] = Counter()
    key = store.redaction_key(connection)
    said_at = f"{datetime.fromtimestamp(file.path.stat().st_mtime, UTC):%Y-%m-%dT%H:%M:%SZ}"
    before = resting_on(connection, file.source)
    known = {each.quote for entry in before for each in entry.evidence if each.session == file.source}
    now: set[str] = set()
    for each in found:
        evidence = (Evidence(file.source, str(each.line), each.text),)
        statement, redacted = storable(
            Statement(
                each.text, kind=each.kind, reason=each.reason, scope=file.scope, said_at=said_at, evidence=evidence
            ),
            key,
        )
        quote = statement.evidence[0].quote
        now.add(quote)
        counts["redacted"] += redacted
        counts[_kept(connection, statement, instructions, is_known=quote in known)] += 1
        known.add(quote)
    for entry in before:
        if entry.status in ("active", "proposed") and all(
            each.session == file.source and each.quote not in now for each in entry.evidence
        ):
            lifecycle.forget(connection, entry.id, actor=_ACTOR, cause=f"{file.source} says it no more")
            counts["updated"] += 1
    return counts


def _kept(
    connection: Connection, statement: Statement, instructions: Sequence[InstructionLine], *, is_known: bool
) -> str:
    """Keep a statement, and tell what became of it."""
    if is_known:
        return "unchanged"
    if store.is_buried(connection, wording(statement.body)):
        return "rejected before"
    if restates(statement.body, instructions):
        return "said by an instruction file"
    try:
        stored = lifecycle.remember(connection, statement, actor=_ACTOR, cause=statement.evidence[0].session)
    except UsageError:
        return "no fact, or too long for one"
    return "unchanged" if stored.duplicate_of else "added"
