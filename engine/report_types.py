"""What the verbs of memory answer with: apart from what is kept, so that an answer in haste loads none of it."""

from __future__ import annotations

from dataclasses import dataclass

from engrep.engine.memory_types import AnchorState, Entry, Session, Turn


@dataclass(frozen=True, slots=True)
class Remembered:
    """What became of a statement."""

    id: str
    status: str
    anchors: tuple[AnchorState, ...]
    superseded: tuple[str, ...]
    duplicate_of: str | None
    redacted: int
    conflicts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SessionTurns:
    """A page of a session."""

    session: Session
    turns: tuple[Turn, ...]
    next_after: int | None  # the number to go on after, None on the last page


@dataclass(frozen=True, slots=True)
class Archived:
    """What an import of histories found and took."""

    source: str
    dry_run: bool
    sessions_new: int
    sessions_grown: int
    sessions_reread: int
    sessions_unchanged: int
    sessions_elsewhere: int  # held in other projects, and not taken
    turns: int
    bytes_read: int
    redacted: int
    left_out: dict[str, int]  # reason → how many lines or passages
    problems: tuple[str, ...]
    seconds: float
    memories_added: int = 0  # these are of a dump
    memories_updated: int = 0
    memories_unchanged: int = 0


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written of the memories."""

    path: str | None  # None where `text` has it
    format: str  # jsonl, markdown or block
    scope: str  # project or user
    memories: int
    text: str | None
    left_out: int = 0  # of a block: what it had no room for
    changed: bool = True  # False where the file had that block already


@dataclass(frozen=True, slots=True)
class Listed:
    """Memories of which those are left out that do not hold here."""

    entries: tuple[Entry, ...]
    total: int  # of which a page may be a part
    stale_withheld: int  # whose code is gone or declared otherwise
    elsewhere: int  # of branches that are not merged into this one
