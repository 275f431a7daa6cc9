"""A small repository with a reason in its history, and how its past commits are asked for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conftest import git, write_files

from engrep import Memory

if TYPE_CHECKING:
    from conftest import Cli, MakeRepo

    from engrep.engine.recall_types import Item, Recall

TOKEN = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6"
PAY = """
    #- pay.py
    LIMIT = {limit}


    def charge(card, attempts={attempts}):
        \"\"\"Charge a card.\"\"\"
        return card, attempts
"""
REASON = "Try a payment three times\n\nThe acquirer drops every twentieth connection at night."


def commit(root: Path, message: str, files: str = "", *, author: str = "A <a@example.org>") -> str:
    """Commit all files, perhaps after writing some, and give the commit's id."""
    write_files(root, files)
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--allow-empty", f"--author={author}", "--message", message)
    return git(root, "rev-parse", "HEAD").strip()


def shop_of(repo: MakeRepo) -> Path:
    """Give a repository in which attempts were raised for a reason."""
    root = repo(PAY.format(limit=1, attempts=1), git=True)
    commit(root, REASON, PAY.format(limit=1, attempts=3))
    return root


def ask(cli: Cli, root: Path, *arguments: str) -> dict[str, Any]:
    """Run a command and give its JSON."""
    done = cli(*arguments, "--json", cwd=root)
    assert done.returncode in (0, 1), done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def told(root: Path, question: str = "why is a payment tried three times") -> list[str]:
    """Index a root, ask, and give the first lines of the commits that answer."""
    with Memory.open(root) as memory:
        memory.index(jobs=1)
        return [item.title for item in memory.recall(question).items if item.type == "commit"]


def commits(found: Recall) -> list[Item]:
    """Give the commits of an answer."""
    return [item for item in found.items if item.type == "commit"]
