"""The seam for systems that tell what calls lead to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Definition:
    """A function or type: `Definition("net/retry.py", 8, 20, "backoff", "net.retry.backoff", "backoff", "function")`."""

    path: str
    start_line: int  # 1-based, with its decorators
    end_line: int  # inclusive
    name: str
    qualified_name: str
    local_name: str  # within its module
    kind: str
    constructor_line: int | None = None  # of a type that has one of its own
    is_declaration: bool = False  # of a method in an interface: no body that could run


@dataclass(frozen=True, slots=True)
class Edge:
    """What a call leads to, and how that was found."""

    callee: Definition
    rung: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Call:
    """One call: where, by which name, from which function; and all that it may lead to."""

    path: str
    line: int
    name: str
    caller: Definition | None  # None at the top of a file
    module: str
    edges: tuple[Edge, ...]
    outcome: str  # the system's own word: "resolved", "ambiguous"


class EdgeSystem(Protocol):
    """A way to find what calls lead to."""

    name: str

    def calls(self, texts: Mapping[str, bytes]) -> Iterable[Call]:
        """Yield every call of a program, path → content, with the edges that this system would show."""
        ...
