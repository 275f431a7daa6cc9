"""What a question is asked of: the code index, two stores of memories, and what holds of them where the asker stands."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engrep.engine.db import Connection, Database

if TYPE_CHECKING:
    from engrep.engine.candidates import Candidate
    from engrep.engine.instructions import InstructionFile
    from engrep.engine.memory_types import Entry
    from engrep.engine.namesakes import Meant
    from engrep.engine.store_history import Seen
    from engrep.engine.types import Search

    Instructed = Callable[[Collection[str]], list[InstructionFile]]
    Look = Callable[[Connection], tuple["Meaning", list[Candidate]]]
    LookBack = Callable[[Connection, Seen], list[Candidate]]

MAX_ITEMS = 20
TYPES = ("memory", "code", "turn", "instruction", "commit")
Near = Callable[[Connection, str], Mapping[int, float]]
"""Gives the memories that mean what a question means, given their file: row → how far their cosines are above the noise."""


def nothing_near(_memories: Connection, _question: str) -> Mapping[int, float]:
    """Find nothing: for those that ask without vectors."""
    return {}


def nothing_instructed(_folders: Collection[str]) -> list[InstructionFile]:
    """Give no file: for those that ask memories alone."""
    return []


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a question is about by name, and the files that hold it."""

    meant: Meant
    files: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Sources:
    """What is asked: the code index, the memories of the project and of the user, past commits, how to search the code."""

    ask_code: Callable[[Look], tuple[Meaning, list[Candidate]]]
    search: Callable[[str, int, str | None], Search]
    here: Callable[[Sequence[Entry]], dict[str, Entry]]  # of memories those that hold here, as this work tree sees them
    project: Database
    user: Database
    near_project: Near = nothing_near  # finds the memories of the project that mean what a question means
    near_user: Near = nothing_near
    ask_past: Callable[[LookBack], list[Candidate] | None] = lambda _: None  # the commits behind what is checked out
    instructions: Instructed = nothing_instructed  # gives the instruction files that hold in some folders


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of it may be shown, and how much."""

    budget: int
    limit: int = MAX_ITEMS
    include_stale: bool = False
    types: tuple[str, ...] = TYPES[:-1]  # commits where a question asks why
    but: frozenset[str] = frozenset()  # ids of memories that are known already
