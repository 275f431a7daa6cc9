"""Code that memories are about, edits to it, and what is then said of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engrep import Memory

if TYPE_CHECKING:
    from conftest import Cli


SHOP = '''
    #- billing/__init__.py
    #- billing/retry.py
    DAY = 86400


    def backoff(n, base=2):
        """Wait a day for each failed payment."""
        days = [base ** each for each in range(n)]
        return sum(days) * DAY
    #- net/__init__.py
    #- net/retry.py
    def backoff(n):
        """Wait twice as long each time."""
        return min(2 ** n, 3600) + 1
'''


RETRY = "billing/retry.py"


def change(root: Path, path: str, *swaps: tuple[str, str]) -> None:
    """Replace texts in a file."""
    text = (root / path).read_text(encoding="utf-8")
    for old, new in swaps:
        assert old in text
        text = text.replace(old, new)
    (root / path).write_text(text, encoding="utf-8")


def state_after(root: Path, home: Path, about: str, *edits: Any) -> tuple[str, str, str]:
    """Remember something about a place, edit, index, and give the anchor's state, qualified name and path."""
    with Memory.open(root, home=home) as memory:
        memory.index()
        stored = memory.remember("Five attempts at most.", about=[about])
        for edit in edits:
            edit()
        memory.index()
        (anchor,) = memory.memory(stored.id).anchors
    return anchor.state, anchor.qualified_name, anchor.path


def ask(cli: Cli, root: Path, *arguments: str) -> Any:
    """Run a command and read its JSON."""
    done = cli(*arguments, "--json", cwd=root)
    assert done.returncode in (0, 1), done.stderr
    return json.loads(done.stdout)


def move_file(root: Path, old: str, new: str) -> None:
    """Move a file."""
    (root / new).parent.mkdir(parents=True, exist_ok=True)
    (root / old).rename(root / new)
