"""The value that reading a session gives: one statement that may be worth keeping, with the passage that it rests on."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Candidate:
    """A statement as a session has it; the gate and a person decide whether it becomes a memory."""

    kind: str
    body: str  # at most MOST_WORDS
    turns: tuple[int, ...]  # the numbers of the turns that it rests on, in order
    quote: str
    reason: str = ""
    hints: tuple[str, ...] = ()  # names and paths that it mentions
    is_stated: bool = False  # the user said it as a rule or a decision; else it is inferred
    is_confirmed: bool = False  # a test passed, or the user said that it works
    scope: str = "project"


MOST_WORDS = 60
