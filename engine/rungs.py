"""The rungs of the ladder from a reference to its symbol, and how far each one is to be trusted."""

from __future__ import annotations

from typing import NamedTuple

SCOPE = "same scope"
SELF = "self"
TYPED = "typed receiver"
IMPORTED = "import"
REEXPORTED = "re-export"
INHERITED = "inherited"
MODULE = "same module"
PACKAGE = "same package"
REACHABLE = "unique in reach"
UNIQUE = "unique"
AMBIGUOUS = "ambiguous"

RUNGS = (SCOPE, SELF, TYPED, IMPORTED, REEXPORTED, INHERITED, MODULE, PACKAGE, REACHABLE, UNIQUE, AMBIGUOUS)

RESOLVED = "resolved"
EXTERNAL = "external"
UNRESOLVED = "unresolved"

OUTCOMES = (RESOLVED, AMBIGUOUS, EXTERNAL, UNRESOLVED)

MAX_CANDIDATES = 256  # a name with more definitions than this says nothing
KEPT_CANDIDATES = 8  # of an ambiguous reference, nearest first; the others are its namesakes, found by name


class Candidate(NamedTuple):
    """A symbol that a reference may mean."""

    symbol_id: int
    rung: str
    confidence: float


class Resolution(NamedTuple):
    """What became of a reference; `total` counts the candidates, of which only the nearest are kept."""

    outcome: str
    candidates: tuple[Candidate, ...]
    total: int


OUTSIDE = Resolution(EXTERNAL, (), 0)
UNKNOWN = Resolution(UNRESOLVED, (), 0)

# Share of edges of a rung that jedi calls right too, over 4,500 sampled call sites of celery, django and sqlalchemy
# (`engrep eval run edges-jedi --system engrep@0` keeps each edge with its rung), rounded down. Other languages have no
# oracle here and take the same numbers but for the two rungs that guess by name, where theirs are lower: samples read by
# hand.
CONFIDENCE = {
    SCOPE: 0.99,  # 28 of 28
    SELF: 0.98,  # 479 of 487
    TYPED: 0.98,  # 138 of 139
    IMPORTED: 0.99,  # 403 of 405
    REEXPORTED: 0.98,  # 224 of 226
    INHERITED: 0.97,  # 186 of 190
    MODULE: 0.98,  # 271 of 273
    PACKAGE: 0.97,  # no Python; by hand
    REACHABLE: 0.85,  # by hand
    UNIQUE: 0.5,  # by hand
}
MEASURED = {
    ("python", REACHABLE): 0.93,  # 25 of 26
    ("python", UNIQUE): 0.6,  # 8 of 12
    ("c", REACHABLE): 0.97,  # a declaration in an included header and one definition; by hand
}
DEFAULT_MIN_CONFIDENCE = 0.8


def confidence(language: str, rung: str) -> float:
    """Return how often an edge of this rung is right."""
    return MEASURED.get((language, rung), CONFIDENCE[rung])


def ambiguous_confidence(total: int) -> float:
    """Return how likely one of several candidates is meant: jedi's answer was among them at 41 of 42 sampled sites."""
    return 0.9 / total
