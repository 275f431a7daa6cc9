"""Ask a person before a run that may cost something begins."""

from __future__ import annotations

import sys
from collections.abc import Callable

from engrep.output import note


def agreement(*, yes: bool) -> Callable[[object], bool]:
    """Return what asks: a person at a terminal is asked, `--yes` has agreed, and otherwise nobody has."""

    def agree(cost: object) -> bool:
        if yes:
            note(str(cost))
            return True
        if not (sys.stdin.isatty() and sys.stderr.isatty()):
            return False
        sys.stderr.write(f"engrep: {cost}. Go on? [y/N] ")
        sys.stderr.flush()
        return sys.stdin.readline().strip().lower() in {"y", "yes"}

    return agree
