"""What a run is asked for and what it tells at its end: plain frozen values, JSON by `dataclasses.asdict`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

SOLVED, FAILED, STOPPED = "solved", "failed", "stopped"
ROUNDS = 3
COMMAND_SECONDS = 600.0
# How a command was ended, in words; one that ended by itself says so by its exit code.
ENDED = {
    "time": "ran past its time", "output": "printed too much", "processes": "started too many processes",
    "missing": "is not installed",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person asks of a run."""

    task: str
    test: str | None = None
    allow: tuple[str, ...] = ()
    rounds: int = ROUNDS
    tokens: int | None = None
    cost: float | None = None
    minutes: float | None = None
    command_seconds: float = COMMAND_SECONDS
    branch: bool = True  # False: a patch alone
    network: bool = False
    change_tests: bool = False  # tests that passed before need not pass as they were


@dataclass(frozen=True, slots=True)
class Evidence:
    """A command that the engine ran, and how it ended."""

    id: str  # e1, e2, …
    purpose: str
    command: str
    ended: str
    exit: int
    seconds: float
    log: str  # the file with its output, relative to the report
    tree: str  # of git: the very files that it ran on
    network: str
    writes: str
    role: str = ""  # that asked for it, '' for the engine
    secrets: str = ""  # as network and writes: whether it could read the person's keys

    @property
    def is_passed(self) -> bool:
        """Tell whether it ended by itself, with 0."""
        return self.ended == "exit" and self.exit == 0

    @property
    def said(self) -> str:
        """How it ended, in words."""
        return {**ENDED, "signal": "killed", "empty": "ran no test"}.get(self.ended, f"exit {self.exit}")


@dataclass(frozen=True, slots=True)
class Refusal:
    """Something that a role wanted and that no role may do."""

    role: str
    tool: str
    wanted: str
    why: str


@dataclass(frozen=True, slots=True)
class FileChange:
    """One file of the result."""

    path: str
    change: str  # added, changed or deleted
    added: int
    removed: int


@dataclass(frozen=True, slots=True)
class Found:
    """A finding of the reviewer whose place exists."""

    path: str
    line: int
    severity: str
    claim: str
    advice: str
    round: int


@dataclass(frozen=True, slots=True)
class Claim:
    """A statement of the report, and what it rests on: ids of evidence, or places as path:line."""

    text: str
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RoleSum:
    """What one role took."""

    role: str
    models: tuple[str, ...]
    calls: int
    failed: int
    sent: int
    received: int
    is_estimated: bool
    costs: Mapping[str, float]
    unpriced: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Seconds:
    """Where the time of a run went; what is neither a model's nor a command's is engrep's own."""

    total: float
    models: float
    commands: float
    own: float


@dataclass(frozen=True, slots=True)
class Report:
    """All that a run tells."""

    id: str
    status: str  # solved, failed or stopped
    reason: str
    task: str
    base: str
    approved: bool
    verified: bool
    rounds: int
    branch: str
    commit: str
    patch: str  # a file, '' for none
    files: tuple[FileChange, ...]
    plan: tuple[str, ...]
    claims: tuple[Claim, ...]
    evidence: tuple[Evidence, ...]
    findings: tuple[Found, ...]
    refusals: tuple[Refusal, ...]
    memories: tuple[str, ...]
    notes: tuple[str, ...]
    roles: tuple[RoleSum, ...]
    seconds: Seconds
    folder: str
    report: str
    resume: str = ""  # the command that goes on, '' where there is nothing to go on with


@dataclass(frozen=True, slots=True)
class Step:
    """Something that a run has just begun or done, for whoever looks on."""

    role: str
    what: str
    is_done: bool = False
    seconds: float = 0.0


@dataclass(slots=True)
class Outcome:
    """What the rounds of a run have come to so far."""

    status: str = FAILED
    reason: str = ""
    approved: bool = False
    verified: bool = False
    rounds: int = 0
    branch: str = ""
    commit: str = ""
    tree: str = ""
    plan: tuple[str, ...] = ()
    claims: list[Claim] = field(default_factory=list)
    findings: list[Found] = field(default_factory=list)
    memories: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


OnStep = Callable[[Step], None]
