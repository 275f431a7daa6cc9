"""What `recall`, `recall --push` and `brief` answer with: plain frozen values, JSON by `dataclasses.asdict`."""

from __future__ import annotations

from dataclasses import dataclass

from engrep.engine.memory_types import AnchorState, Evidence
from engrep.engine.score_types import Ambiguity, Why


@dataclass(frozen=True, slots=True)
class Learned:
    """When something was learned, and in which session; None where nobody said."""

    at: str
    session: str | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that answers a question: a memory, a place in the code, a turn of a session, or a line of an instruction file."""

    type: str  # memory, code, turn, instruction or commit
    text: str
    score: float
    why: tuple[Why, ...]  # the parts of the score; they add up to it
    tokens: int
    id: str = ""  # the memory's or the commit's
    kind: str = ""  # the memory's, or the symbol's
    title: str = ""  # the memory's, or the first line of the commit's message
    status: str = ""
    anchors: tuple[AnchorState, ...] = ()
    learned: Learned | None = None
    evidence: tuple[Evidence, ...] = ()
    changed: str = ""  # what became of the code that it is about, '' while it stands as it was
    contradicted: str = ""  # the place, path:line, where an instruction file surely says otherwise
    path: str = ""
    start_line: int = 0
    end_line: int = 0
    qualified_name: str = ""
    session: str = ""  # the turn's
    number: int = 0  # of the turn in its session
    role: str = ""
    files: tuple[str, ...] = ()  # that the commit touched, as they were called then; none where it touched very many
    touched: int = 0  # how many files it touched


@dataclass(frozen=True, slots=True)
class Recall:
    """The answer to a question, best first, within a budget."""

    query: str
    items: tuple[Item, ...]
    tokens: int
    stale_withheld: int  # memories that would answer, but for code that is gone or called otherwise now
    ambiguous: Ambiguity | None
    left_out: int  # fitting items that the budget had no room for
    ms: float


@dataclass(frozen=True, slots=True)
class Brief:
    """What a new session starts with."""

    items: tuple[Item, ...]
    tokens: int
    left_out: int
