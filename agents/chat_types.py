"""What a chat answers with, and what it tells while it answers: plain frozen values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from engrep.agents.model_types import NO_USAGE, Usage
from engrep.engine.recall_types import Item

EXTRACTS, MODEL = "extracts", "model"  # who answered
YES, NO, ALWAYS = "yes", "no", "always"  # what a person says who is asked for leave


@dataclass(frozen=True, slots=True)
class Citation:
    """A place or a memory that an answer names."""

    text: str  # as it stands in the answer
    kind: str  # code or memory
    verified: bool  # it is there
    path: str = ""  # relative to the root
    line: int = 0
    end_line: int = 0
    id: str = ""
    problem: str = ""  # why it is not verified


@dataclass(frozen=True, slots=True)
class Extract:
    """A passage that answers a question: what was brought back, and the lines of it that matter."""

    item: Item
    cite: str  # path:line, or the id of a memory, a commit, or a turn
    first_line: int
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Use:
    """One use of a tool that a model asked for."""

    tool: str
    arguments: Mapping[str, Any]
    subject: str  # what it was to be used on
    decision: str  # allow, ask (a person said no) or deny; ask that was agreed to is allow
    error: str = ""
    result: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, and all that it rests on."""

    question: str
    answer: str
    mode: str  # EXTRACTS or MODEL
    model: str = ""
    citations: tuple[Citation, ...] = ()
    recalled: tuple[Item, ...] = ()
    extracts: tuple[Extract, ...] = ()
    uses: tuple[Use, ...] = ()
    notes: tuple[str, ...] = ()  # what a reader has to know of how it came about
    problem: str = ""  # why a model that is configured gave no answer
    session: str = ""
    usage: Usage = NO_USAGE
    costs: Mapping[str, float] = field(default_factory=dict)  # currency → amount
    seconds: float = 0.0
    first_seconds: float | None = None  # from the question to the first piece of the answer
    is_stopped: bool = False  # the person stopped it


@dataclass(frozen=True, slots=True)
class Recalled:
    """What was brought back for a question, before it is used."""

    items: tuple[Item, ...]
    tokens: int
    withheld: int  # memories whose code has changed


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of the answer; a restart says that all pieces of this answer before it are void."""

    text: str = ""
    is_restart: bool = False
    is_extract: bool = False  # code and memories as they stand: nothing in it is Markdown


@dataclass(frozen=True, slots=True)
class Using:
    """A tool is about to be used."""

    tool: str
    subject: str


@dataclass(frozen=True, slots=True)
class Used:
    """A tool was used, or was not."""

    use: Use


@dataclass(frozen=True, slots=True)
class Noted:
    """Something that a person should know now."""

    text: str


@dataclass(frozen=True, slots=True)
class Wish:
    """A use of a tool that a person has to agree to."""

    tool: str
    subject: str
    arguments: Mapping[str, Any]


Event: TypeAlias = Recalled | Piece | Using | Used | Noted
Heard: TypeAlias = Callable[[Event], None]
Agree: TypeAlias = Callable[[Wish], str]  # gives YES, NO or ALWAYS


def unheard(_event: Event) -> None:
    """Take no notice of an event."""
