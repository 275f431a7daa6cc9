"""A project in whose memory much has happened, and what a dump has of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engrep import Memory

if TYPE_CHECKING:
    from conftest import Cli

SHOP = """
    #- billing/retry.py
    def backoff(n):
        return n * 86400
"""
TOLD = {
    "id": "s1",
    "messages": [
        {"role": "user", "content": "Never deploy on Fridays because nobody is there on Saturdays.", "at": "2026-01-01T10:00:00Z"},
        {"role": "assistant", "content": "Understood: no deploys on Fridays."},
    ],
}  # fmt: skip
Run = Callable[..., dict[str, Any]]


def opened(root: Path) -> Memory:
    """Open the memory that the commands of a root use."""
    return Memory.open(root, home=root.parent / f"{root.name}-home")


def rows(root: Path) -> list[str]:
    """Give all that a dump has of a root, without the moment of the dump."""
    with opened(root) as memory:
        text = memory.export().text
    assert text is not None
    return text.splitlines()[1:]


def kinds(lines: list[str]) -> set[str]:
    """Give the types of lines."""
    return {json.loads(line)["type"] for line in lines}


def runner(cli: Cli) -> Run:
    """Make what runs a command in a root and gives its JSON."""

    def ask(root: Path, *arguments: str, code: int = 0) -> dict[str, Any]:
        done = cli(*arguments, "--json", cwd=root, ENGREP_HOME=str(root.parent / f"{root.name}-home"))
        assert done.returncode == code, done.stdout + done.stderr
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer

    return ask


def live(root: Path, tmp_path: Path) -> Path:
    """Let much happen in the memory of a root."""
    told = tmp_path / "told.json"
    told.write_text(json.dumps(TOLD), encoding="utf-8")
    with opened(root) as memory:
        memory.index()
        tabs = memory.remember("Indent with tabs.")
        memory.remember("Indent with spaces.")
        kept = memory.remember("重试最多五次。", about=["billing.retry.backoff"], why="six block the card").id
        memory.edit(kept, "重试最多六次。")
        memory.undo(kept)
        memory.undo(kept)
        memory.restore(kept, why="it was right")
        memory.pin(kept)
        memory.pin(kept)
        memory.reject(tabs.id)
        memory.remember("The build runs on Linux.", scope="branch:main")
        memory.remember("Use FastAPI with PostgreSQL.")
        assert memory.remember("Use MySQL.").conflicts
        assert memory.distil(str(told)).active == 1
    return root
