"""Why something is an answer, and between which it is undecided: apart from the other types, so that little is loaded."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Why:
    """One part of a score; the parts of a hit add up to its score."""

    part: str
    value: float


@dataclass(frozen=True, slots=True)
class Candidate:
    """One of several namesakes, with what sets it apart."""

    qualified_name: str
    module: str
    path: str
    start_line: int
    kind: str
    signature: str
    caller: str | None  # the qualified name of one caller
    score: float


@dataclass(frozen=True, slots=True)
class Ambiguity:
    """Namesakes that the evidence cannot tell apart."""

    name: str
    margin: float
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class Share:
    """The share of a question that a text holds, and whether a telling word is among it."""

    value: float
    is_telling: bool
    held: frozenset[str]


NOTHING = Share(0.0, False, frozenset())
