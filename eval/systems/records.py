"""The seam for systems that recall records: turns of conversations, distilled memories, beliefs.

A system takes all records in once, and is then asked. It has two ways to speak: `recall` answers a question, `brief` gives
what is in view whatever is asked. A memory that distils may answer with entries of its own: each names the records that it
comes from, and the text that a reader gets to see.
"""

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
    at: str = ""  # ISO 8601: when it was said, or last confirmed
    scopes: tuple[str, ...] = ()  # where it holds; none: everywhere
    kind: str = ""  # "user" and "assistant" of turns; "preference", "decision", "open_question" of beliefs
    names: tuple[str, ...] = ()  # what it is about, and by which other words that goes
    reason: str = ""  # why it matters
    related: tuple[str, ...] = ()  # records that it ties together
    owner: str = ""  # the person whose it is; "": of whoever asks
    status: str = "active"  # or "superseded", "resolved"
    superseded_by: str = ""
    pinned: bool = False
    by_hand: bool = False  # its owner wrote it, or put it right


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, and by whom from where. A system that knows nothing of a field leaves it."""

    text: str
    limit: int  # entries of the answer
    scopes: tuple[str, ...] = ()  # where the asker stands; none: anywhere
    owner: str = ""  # the person who asks
    at: str = ""  # ISO 8601: answer as things stood then; "": as they stand at the end of the records
    from_file: str | None = None  # the file that the asker has open


@dataclass(frozen=True, slots=True)
class Recalled:
    """One entry of an answer."""

    record_ids: tuple[str, ...]  # the records that it is, or was made from
    score: float = 0.0
    why: tuple[tuple[str, float], ...] = ()
    text: str | None = None  # what a reader gets to see; None: the records' own texts


class RecordIndex(Protocol):
    """One system over one set of records."""

    prepared: Prepared

    def recall(self, question: Question) -> Sequence[Recalled]:
        """Answer a question, best first; nothing where nothing fits."""
        ...

    def brief(self, question: Question) -> Sequence[Recalled]:
        """Return what is always in view where the asker stands, whatever the question; nothing where there is no such thing."""
        ...


class RecordSystem(Protocol):
    """A way to recall records."""

    name: str

    def open(self, records: Sequence[Record], state: Path) -> AbstractContextManager[RecordIndex]:
        """Take the records in; what is stored goes to `state`, which is empty at first and gone afterwards."""
        ...
