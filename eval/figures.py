"""Shares with their intervals, and tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from engrep.eval.measures import wilson


def share(successes: int, n: int) -> str:
    """Write a share with its Wilson interval, in percent: "86.1 [81.6, 89.7]"."""
    low, high = wilson(successes, n)
    return f"{100 * successes / n:.1f} [{100 * low:.1f}, {100 * high:.1f}]" if n else "-"


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Write a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)
