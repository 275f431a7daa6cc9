"""What an evaluation is made of: corpora of cases, what a system answers, how that was judged. Plain frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Value = float | tuple[float, float]
"""A measure of one case: a number, or (part, whole) where a mean over cases would weigh them wrongly, as in precision.

Either way cases are put together as the sum of parts over the sum of wholes; a number has the whole 1.
"""


@dataclass(frozen=True, slots=True)
class Case:
    """One question with what is right."""

    case_id: str  # unique in its corpus, the same in every run
    query: str
    category: str
    gold: tuple[str, ...]  # what is right, as a person reads it
    detail: Any = None  # what the task needs to judge an answer; never leaves the process
    from_file: str | None = None


@dataclass(frozen=True, slots=True)
class Corpus:
    """What a system indexes once, and the cases asked of it."""

    name: str
    language: str  # of code or of people; "" where several
    cases: tuple[Case, ...]
    detail: Any = None  # the task's own: a revision, records, a folder


@dataclass(frozen=True, slots=True)
class Found:
    """One place in the code that a system answers with."""

    path: str  # relative to the root
    start_line: int  # 1-based
    end_line: int  # inclusive
    symbol: str = ""
    qualified_name: str = ""
    module: str = ""
    kind: str = ""
    score: float = 0.0
    why: tuple[tuple[str, float], ...] = ()
    text: str | None = None  # what a reader gets to see; None: these lines of the file
    is_ambiguous: bool = False  # the system says that it cannot tell this one from its namesakes


@dataclass(frozen=True, slots=True)
class Shown:
    """One entry of an answer as a run keeps it."""

    item: str  # "net/retry.py:8 net.retry.backoff"
    score: float
    gold: tuple[int, ...] = ()  # which of the case's gold items it is
    why: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one system did on one case."""

    case_id: str
    values: Mapping[str, Value]  # measure → value; left out where a measure says nothing about the case
    ms: float | None = None  # of answering alone
    top: tuple[Shown, ...] = ()
    note: str = ""  # what the numbers do not say: "ambiguous", an error


@dataclass(frozen=True, slots=True)
class Prepared:
    """What it took a system to get ready for a corpus."""

    seconds: float
    files: int | None = None
    lines: int | None = None
    bytes: int | None = None  # of what it stores


@dataclass(frozen=True, slots=True)
class Result:
    """All that one system did on one task: the run's description, and each corpus's outcomes by case."""

    head: Mapping[str, Any]
    cases: tuple[Mapping[str, Any], ...]
    corpora: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
