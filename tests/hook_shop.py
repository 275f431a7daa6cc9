"""A repository with an index and memories, and the hook as a coding agent calls it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engrep.engine.memory import Memory

if TYPE_CHECKING:
    from conftest import Cli, MakeRepo

SHOP = '''
    #- billing/__init__.py
    """Money."""
    #- billing/retry.py
    def backoff(n):
        """Wait a day for each failed payment."""
        return n * 86400
    #- net/__init__.py
    """Sockets."""
    #- net/retry.py
    def backoff(n):
        """Wait longer after each failed request."""
        return 2 ** n
'''


def shop_in(repo: MakeRepo) -> Path:
    """Make a repository with an index and three memories."""
    folder = repo(SHOP, git=True)
    with Memory.open(folder) as memory:
        memory.index()
        memory.remember("backoff waits whole days", why="banks retry at night", about=["billing.retry.backoff"])
        memory.remember("Never log card numbers", kind="constraint", pinned=True)
        memory.remember("backoff in net doubled once by mistake", kind="bug_fix", about=["net.retry.backoff"])
    return folder


def hook(cli: Cli, payload: object, *arguments: str, cwd: Path | None = None) -> Any:
    """Give what the hook answers to a payload, None for silence; it succeeds and says nothing beside."""
    text = payload if isinstance(payload, str) else json.dumps(payload)
    done = cli("hook", *arguments, cwd=cwd or Path.cwd(), stdin=text)
    assert done.returncode == 0
    assert done.stderr == ""
    return json.loads(done.stdout) if done.stdout else None


def told(answer: Any) -> str:
    """Give the text that an answer puts before the model."""
    if answer is None:
        return ""
    inner = answer.get("hookSpecificOutput", answer)
    return str(inner.get("additionalContext") or inner.get("additional_context"))
