"""What the engine answers with: plain frozen values, the same in the library, the CLI's JSON and the MCP server.

Every type here becomes JSON by `dataclasses.asdict`; the field names are the CLI contract.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from engrep.engine.score_types import Ambiguity as Ambiguity  # noqa: PLC0414 - they are types of answers like these
from engrep.engine.score_types import Candidate as Candidate  # noqa: PLC0414
from engrep.engine.score_types import Why as Why  # noqa: PLC0414


@dataclass(frozen=True, slots=True)
class Hit:
    """One place in the code that answers the question."""

    path: str
    start_line: int
    end_line: int
    symbol: str  # "" for prose between symbols
    qualified_name: str
    module: str
    kind: str  # a symbol kind, or "text"
    score: float
    why: tuple[Why, ...]
    text: str
    margin: float | None = None  # distance in score to the nearest namesake, None without namesakes
    stale: bool = False  # the file changed after it was indexed


@dataclass(frozen=True, slots=True)
class IndexState:
    """Which state of the code an answer speaks of."""

    commit: str | None
    stale_files: int  # of the files in the answer, how many changed since they were indexed
    files: int
    without_vectors: str | None = None  # why the question was not compared with the vectors of the index
    without_second_stage: str | None = None  # why the second model that was asked for did not look at the best places


@dataclass(frozen=True, slots=True)
class Search:
    """The answer to a search."""

    query: str
    hits: tuple[Hit, ...]
    ambiguous: Ambiguity | None
    index: IndexState
    ms: float
    did_you_mean: tuple[str, ...] = ()
    reason: str | None = None  # why there are no hits, None where there are


@dataclass(frozen=True, slots=True)
class Edge:
    """One end of a resolved call."""

    qualified_name: str
    path: str
    line: int
    rung: str
    confidence: float
    depth: int = 1


@dataclass(frozen=True, slots=True)
class Edges:
    """Callers, callees, implementations or impact of one symbol."""

    symbol: str
    total: int
    shown: int
    edges: tuple[Edge, ...]
    ambiguous_references: int
    unresolved_references: int
    reason: str | None  # why it is empty, None when it is not
    namesakes: tuple[str, ...] = ()  # qualified names that the question may have meant instead


@dataclass(frozen=True, slots=True)
class IndexReport:
    """What an index run did and what the index now holds."""

    root: str
    files: int
    skipped: dict[str, int]
    languages: dict[str, int]
    lines: int
    symbols: int
    references: int
    edges: int
    chunks: int
    seconds: float
    updated: int
    removed: int
    embedder: str | None = None  # what makes the vectors, as it was named; None: one that a program gave


@dataclass(frozen=True, slots=True)
class SkippedFile:
    """A file that is not in the index, and why."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Status:
    """What is indexed, and how far the work tree has moved on."""

    root: str
    database: str
    indexed: bool
    commit: str | None
    indexed_at: str | None
    files: int
    lines: int
    symbols: int
    references: int
    edges: int
    chunks: int
    languages: dict[str, int]
    skipped: dict[str, int]
    problems: dict[str, int]
    changed_files: int
    new_files: int
    missing_files: int
    bytes: int
    rungs: dict[str, int] = field(default_factory=dict)
    embedder: str | None = None  # what makes the vectors, as it was named; None: none, or one that a program gave
    model: str | None = None  # of the vectors that are there
    vectors: int = 0  # chunks that have one
    trust: float | None = None  # how far searches trust it
    trust_grounds: str | None = None  # on what grounds: who measured it, if anybody
    without_vectors: str | None = None  # why searches do without them
    outdated: str | None = None  # why an index that is there is of no use: an older engrep made it


@dataclass(frozen=True, slots=True)
class Moved:
    """How many files are otherwise than the index has them."""

    changed_files: int
    new_files: int
    missing_files: int

    @property
    def files(self) -> int:
        """How many files the next index run will look at."""
        return self.changed_files + self.new_files + self.missing_files


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that `doctor` looked at."""

    name: str
    ok: bool
    detail: str
    fix: str | None = None
