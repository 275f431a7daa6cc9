"""A project with histories beside it, and what its archive took of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from engrep import Memory
from engrep.engine.store_archive import turn_matches, turns_by_row
from engrep.indexers.text import terms

if TYPE_CHECKING:
    import pytest

    from engrep.engine.memory_types import Turn
    from engrep.engine.report_types import Archived


def project_in(tmp_path: Path) -> Path:
    """Make a project, and histories beside it."""
    folder = tmp_path / "project"
    (folder / "sub").mkdir(parents=True)
    return folder


@contextmanager
def opened(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Memory]:
    """Open the memory of the project, with all histories in the test's own folder."""
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(tmp_path / "claude"))
    monkeypatch.setenv("CODEX_HOME", str(tmp_path / "codex"))
    monkeypatch.setenv("MIMOCODE_HOME", str(tmp_path / "mimo"))
    monkeypatch.delenv("MIMOCODE_DB", raising=False)
    with Memory.open(root, home=tmp_path / "home") as memory:
        yield memory


def claude_file(tmp_path: Path, name: str = "5e55-1") -> Path:
    """Give the place of a session of Claude Code's."""
    return tmp_path / "claude" / "projects" / "-project" / f"{name}.jsonl"


def kept(memory: Memory, session_id: str) -> list[tuple[str, str]]:
    """Give who said what in a session."""
    return [(turn.role, turn.text) for turn in memory.session(session_id, limit=1000).turns]


def found(memory: Memory, question: str) -> list[Turn]:
    """Give the turns that a question finds, best first."""
    with memory._project.reading() as connection:
        rows = [row for row, _ in turn_matches(connection, terms(question), 10)]
        by_row = turns_by_row(connection, rows)
    return [by_row[row] for row in rows]


def counts(done: Archived) -> tuple[int, int, int, int]:
    """Give how many sessions were new, grown, read anew and unchanged."""
    return done.sessions_new, done.sessions_grown, done.sessions_reread, done.sessions_unchanged
