"""Ask a person before a run that may cost something begins."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from engrep.output import note

if TYPE_CHECKING:
    from engrep.engine.embed_cost import Agree, Cost


def agreement(*, yes: bool) -> Agree:
    """Return what asks: a person at a terminal is asked, `--yes` has agreed, and otherwise nobody has."""

    def agree(cost: Cost) -> bool:
        if yes:
            note(str(cost))
            return True
        if not (sys.stdin.isatty() and sys.stderr.isatty()):
            return False
        sys.stderr.write(f"engrep: {cost}. Go on? [y/N] ")
        sys.stderr.flush()
        return sys.stdin.readline().strip().lower() in {"y", "yes"}

    return agree
