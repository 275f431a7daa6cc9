"""The lane over instruction files: their statements, weighed as memories are that a person has pinned."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from engrep.engine import recall_memories
from engrep.engine.candidates import Candidate
from engrep.engine.evidence import Asked, searched, told
from engrep.engine.instructions import InstructionFile, holds_for
from engrep.engine.namesakes import Meant
from engrep.engine.standing import Standing
from engrep.indexers.text import terms


def gather(files: Sequence[InstructionFile], asked: Asked, meant: Meant, standing: Standing) -> list[Candidate]:
    """Return the statements that answer, scored, in the order of the files."""
    entries = [entry for file in files if holds_for(file, standing.file) for entry in file.entries()]
    wanted = searched(asked)
    held = [wanted & _words(entry.title, entry.body) for entry in entries]
    weighed = told(asked, Counter(term for words in held for term in words), len(entries), {})
    found = []
    for entry in (entry for entry, words in zip(entries, held, strict=True) if words):
        # A heading is no name by which one statement below it is called: it counts as little as a reason does.
        candidate = recall_memories.scored(replace(entry, title="", reason=entry.title), weighed, meant, standing)
        candidate.type, candidate.payload = "instruction", entry
        found.append(candidate)
    return recall_memories.above_floor(found)


@lru_cache(maxsize=1 << 13)
def _words(heading: str, body: str) -> frozenset[str]:
    return frozenset(terms(f"{heading} {body}"))  # 45 µs for a line; a file is asked again and again
