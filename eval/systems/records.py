"""The seam for systems that recall records: turns of conversations, distilled memories, beliefs."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from engrep.eval.cases import Prepared


@dataclass(frozen=True, slots=True)
class Record:
    """One thing that was said, or is held to be true."""

    record_id: str
    text: str
    session: str = ""
    at: str = ""  # ISO 8601
    scopes: tuple[str, ...] = ()
    kind: str = ""
    names: tuple[str, ...] = ()  # what it is about, and by which other words that goes
    status: str = "active"
    superseded_by: str = ""
    pinned: bool = False


@dataclass(frozen=True, slots=True)
class Recalled:
    """One record of an answer."""

    record_id: str
    score: float = 0.0
    why: tuple[tuple[str, float], ...] = ()


class RecordIndex(Protocol):
    """One system over one set of records."""

    prepared: Prepared

    def recall(self, query: str, *, limit: int, scopes: Sequence[str]) -> Sequence[Recalled]:
        """Answer a question from within scopes (none: from anywhere), best first; nothing where nothing fits."""
        ...


class RecordSystem(Protocol):
    """A way to recall records."""

    name: str

    def open(self, records: Sequence[Record], state: Path) -> AbstractContextManager[RecordIndex]:
        """Take the records in; what is stored goes to `state`."""
        ...
