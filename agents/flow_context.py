"""What roles are shown besides the task: what is remembered, who calls what changed, how a change looks, how tests ended."""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING

from engrep.agents.flow_fence import fenced
from engrep.agents.flow_tools import ends
from engrep.engine.errors import EngrepError

if TYPE_CHECKING:
    from engrep.agents.flow_run import Run
    from engrep.agents.flow_types import Evidence

MOST_SYMBOLS = 16  # changed symbols whose callers are listed
MOST_CALLERS = 12  # of each
MOST_DIFF = 60_000  # characters
_MEMORY_BUDGET = 1500  # tokens
_HUNK = re.compile(r"^@@ -(\d+)(?:,(\d+))? \+\d+(?:,\d+)? @@", re.MULTILINE)
_OLD = re.compile(r"^--- (?:a/(.+)|/dev/null)$", re.MULTILINE)


def remembered(run: Run, question: str) -> str:
    """Return what is remembered about a question, as data; '' for nothing."""
    with contextlib.suppress(EngrepError):
        found = run.memory.recall(question, budget=_MEMORY_BUDGET, types=("memory", "instruction"))
        lines = [f"[{item.id or f'{item.path}:{item.start_line}'}] {item.kind}: {item.text}" for item in found.items]
        if lines:
            return "What is remembered about this:\n" + fenced(run.fence, "memory", "\n".join(lines))
    return ""


def diff_of(run: Run, tree: str) -> str:
    """Return what a tree changes, as data."""
    return "The change:\n" + fenced(run.fence, "diff", run.space.patch(tree, context=8), MOST_DIFF)


def ended(run: Run, found: Evidence, output: str, most: int = 8_000) -> str:
    """Return how a command ended, as data."""
    return f"{found.id}: `{found.command}` ended with {found.said}.\n" + fenced(run.fence, "output", ends(output, most))


def changed_symbols(run: Run, tree: str) -> list[str]:
    """Return the qualified names of the indexed symbols that a tree changes, in the order of the change."""
    names: dict[str, None] = {}
    patch = run.space.patch(tree, context=0)
    for part in re.split(r"^(?=diff --git )", patch, flags=re.MULTILINE):
        old = _OLD.search(part)
        if old is None or old[1] is None:
            continue
        for hunk in _HUNK.finditer(part):
            first, count = int(hunk[1]), int(hunk[2] or 1)
            for line in {first, first + max(count - 1, 0)}:
                with contextlib.suppress(EngrepError):
                    hits = run.memory.symbol(f"{old[1]}:{line}", limit=1).hits
                    names |= {hit.qualified_name: None for hit in hits if hit.qualified_name and hit.path == old[1]}
    return list(names)[:MOST_SYMBOLS]


def callers_of_change(run: Run, tree: str) -> str:
    """Return who calls what a tree changes, as data; it says so where the index cannot tell."""
    lines: list[str] = []
    for name in changed_symbols(run, tree):
        with contextlib.suppress(EngrepError):
            found = run.memory.callers(name, limit=MOST_CALLERS)
            callers = "; ".join(f"{edge.qualified_name} ({edge.path}:{edge.line})" for edge in found.edges)
            more = f" and {found.total - found.shown} more" if found.total > found.shown else ""
            lines.append(
                f"{name} is called by {callers}{more}" if callers else f"{name}: {found.reason or 'no caller is known'}"
            )
    told = "\n".join(lines) or "the index knows no symbol that was there before and is changed"
    return "Callers of what changed, as the code was before:\n" + fenced(run.fence, "call graph", told)
