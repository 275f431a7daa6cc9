"""What is remembered, and what the verbs of memory answer with: plain frozen values, JSON by `dataclasses.asdict`."""

from __future__ import annotations

from dataclasses import dataclass

KINDS = (
    "decision", "constraint", "convention", "interface", "data_model", "business_rule", "bug_fix", "gotcha",
    "preference", "task_state",
)  # fmt: skip
SCOPES = ("user", "project", "branch", "module")
STATUSES = ("proposed", "active", "superseded", "rejected", "forgotten")
TRUSTS = ("proposed", "corroborated", "verified")
ROLES = ("user", "assistant", "call", "result", "error")  # call: a tool is used; result, error: what it answered
WITHHELD = frozenset({"signature_changed", "missing"})  # states of an anchor that keep a memory out of an answer


@dataclass(frozen=True, slots=True)
class Anchor:
    """The place in the code that a memory is about, and what became of it."""

    kind: str  # symbol, file or module
    qualified_name: str
    path: str
    signature_hash: str = ""
    body_hash: str = ""
    commit: str = ""
    state: str = "fresh"  # fresh, moved, renamed, body_changed, signature_changed, missing, unknown
    was: str = ""  # what it was called or where it lay before it moved
    signature: str = ""  # what it was declared as
    symbol: str = ""  # what kind of symbol it was, '' for files and modules
    now: str = ""  # as seen from an index: what it is declared as there, or where, where that is not what is kept


@dataclass(frozen=True, slots=True)
class Evidence:
    """A passage that a memory rests on."""

    session: str
    turn: str
    quote: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One memory as it stands."""

    id: str
    kind: str
    title: str
    body: str
    reason: str = ""
    scope: str = "project"
    place: str = ""
    subject: str = ""
    slot: str = ""
    status: str = "active"
    trust: str = "proposed"
    pinned: bool = False
    valid_from: str = ""
    valid_to: str | None = None
    superseded_by: str | None = None
    created_at: str = ""
    changed_at: str = ""
    uses: int = 0
    used_at: str | None = None
    anchors: tuple[Anchor, ...] = ()
    evidence: tuple[Evidence, ...] = ()

    @property
    def text(self) -> str:
        """What a reader is shown: the fact, and why."""
        said = self.body or self.title
        return f"{said} (because {self.reason})" if self.reason else said

    @property
    def is_withheld(self) -> bool:
        """Tell whether the code that it is about is gone, or called otherwise now."""
        return bool(self.anchors) and all(anchor.state in WITHHELD for anchor in self.anchors)


@dataclass(frozen=True, slots=True)
class Change:
    """One event in the life of a memory."""

    number: int
    memory_id: str
    at: str
    actor: str
    verb: str
    cause: str
    before: Entry | None
    after: Entry | None


@dataclass(frozen=True, slots=True)
class AnchorState:
    """An anchor as `remember` and `recall` report it."""

    qualified_name: str
    path: str
    state: str


@dataclass(frozen=True, slots=True)
class Turn:
    """One thing said in a session, or done by a tool: verbatim, without secrets."""

    session: str
    number: int  # from 1, in the order of the conversation
    role: str  # one of ROLES
    at: str
    text: str
    tool: str = ""  # of a call and of what it gave: Bash, Edit, shell, …
    path: str = ""  # the file that the tool was used on


@dataclass(frozen=True, slots=True)
class Session:
    """One conversation that is kept: its index line."""

    id: str
    program: str  # claude, codex, mimo, engrep or file
    project: str  # the folder it was held in, '' where the source does not say
    branch: str
    started_at: str
    ended_at: str
    title: str
    turns: int
    source: str  # the file it was read from
    rereads: int = 0  # how often it was read anew from its beginning: turns may bear other numbers since
