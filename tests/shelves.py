"""Small repositories that are indexed when they are first asked about."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from textwrap import dedent

import pytest
from conftest import write_files

from engrep import Memory
from engrep.engine.types import Search

TWO_RETRIES = '''
    #- billing/__init__.py
    #- billing/retry.py
    def backoff(attempt):
        """Seconds before the next attempt."""
        return 60 * 4 ** attempt
    #- net/__init__.py
    #- net/retry.py
    def backoff(attempt):
        """Seconds before the next attempt."""
        return 60 * 4 ** attempt
'''


class Shelf:
    """Indexed repositories, one for each text of files that was asked about."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.memories: dict[str, Memory] = {}

    def memory(self, fixture: str) -> Memory:
        """Give the memory of the files of a fixture, indexed when it is first asked for."""
        if fixture not in self.memories:
            root = write_files(self.folder / str(len(self.memories)), fixture)
            self.memories[fixture] = Memory.open(root, home=self.folder / "home")
            self.memories[fixture].index(jobs=1)
        return self.memories[fixture]


@contextmanager
def shelf_in(folder: Path) -> Iterator[Shelf]:
    """Search without an embedding model, whatever the environment configures."""
    found = Shelf(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ENGREP_EMBEDDER", "none")
        yield found
    for memory in found.memories.values():
        memory.close()


def check_search(shelf: Shelf, fixture: str, question: str, *, first: str, from_file: str | None = None) -> Search:
    """Check that a symbol, or a file's path, is the first hit; give the whole answer."""
    answer = shelf.memory(fixture).search(question, from_file=from_file)
    assert answer.hits, f"nothing found for {question!r}"
    assert first in (answer.hits[0].qualified_name, answer.hits[0].path), [hit.qualified_name for hit in answer.hits]
    return answer


def together(*fixtures: str) -> str:
    """Join the files of several texts."""
    return "\n".join(map(dedent, fixtures))


def candidates(answer: Search) -> dict[str, str]:
    """Give the module of every candidate that the answer lists as undecided."""
    listed = answer.ambiguous.candidates if answer.ambiguous else ()
    return {candidate.qualified_name: candidate.module for candidate in listed}
