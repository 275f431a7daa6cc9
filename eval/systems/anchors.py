"""The seam for systems that tie a memory to a place in the code, and tell later whether it still applies."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from engrep.eval.cases import Prepared

FRESH, MOVED, BODY, SIGNATURE, MISSING = STATES = ("fresh", "moved", "body changed", "signature changed", "missing")
WITHHELD = frozenset({SIGNATURE, MISSING})
"""A memory about such a place is kept back unless it is asked for."""


@dataclass(frozen=True, slots=True)
class Place:
    """A function or class of one state of the files: `Place("net/pool.py", "Pool.take", 12, 20)`."""

    path: str
    name: str  # within its file: enclosing classes and its own, joined by dots
    start_line: int  # 1-based, with decorators
    end_line: int  # inclusive


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a place, and, unless it is missing, where it is now."""

    state: str  # one of STATES
    path: str = ""
    name: str = ""


class AnchorIndex(Protocol):
    """One system over one folder that changes."""

    def update(self) -> Prepared:
        """Read the folder as it is now."""
        ...

    def anchor(self, place: Place) -> Any:
        """Return all that is to be kept of a place of the folder as it was last read."""
        ...

    def verdict(self, anchor: Any) -> Verdict:
        """Tell what became of an anchor in the folder as it was last read."""
        ...


class AnchorSystem(Protocol):
    """A way to follow places."""

    name: str

    def open(self, root: Path, state: Path) -> AbstractContextManager[AnchorIndex]:
        """Begin with a folder; what is stored goes to `state`, which is empty at first and gone afterwards."""
        ...
