"""engrep itself, with lanes, priors and other parts switched off by name."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from engrep.engine.errors import NotFoundError
from engrep.engine.memory import Memory
from engrep.engine.types import Search
from engrep.eval.cases import Found, Prepared


@dataclass(frozen=True, slots=True)
class EngrepCode:
    """engrep over code: `engrep`, `engrep-dense`, `engrep-test-depth`, `engrep=lexical+identity`, `engrep@MODEL`."""

    name: str

    @contextmanager
    def open(self, root: Path, state: Path) -> Iterator[EngrepIndex]:
        """Open the memory of the folder."""
        with Memory.open(root, home=state / "engrep") as memory:
            yield EngrepIndex(memory)


@dataclass(frozen=True, slots=True)
class EngrepIndex:
    """One folder's memory."""

    memory: Memory

    def update(self) -> Prepared:
        """Index what changed, in this process: several corpora are measured side by side."""
        started = time.perf_counter()
        report = self.memory.index(jobs=1)
        seconds = time.perf_counter() - started
        return Prepared(seconds, report.files, report.lines, self.memory.status().bytes)

    def search(self, query: str, *, limit: int, from_file: str | None, per_symbol: bool) -> Sequence[Found]:
        """Ask."""
        return _found(self.memory.search(query, limit=limit, from_file=from_file, per_symbol=per_symbol))

    def lookup(self, name: str, *, limit: int) -> Sequence[Found]:
        """Ask for a symbol by its name."""
        try:
            return _found(self.memory.symbol(name, limit=limit))
        except NotFoundError:
            return ()


def _found(answer: Search) -> list[Found]:
    is_ambiguous = answer.ambiguous is not None
    return [
        Found(
            hit.path, hit.start_line, hit.end_line, hit.symbol, hit.qualified_name, hit.module, hit.kind, hit.score,
            tuple((why.part, why.value) for why in hit.why), hit.text, is_ambiguous,
        )
        for hit in answer.hits
    ]  # fmt: skip


def engrep_code(rest: str) -> EngrepCode:
    """Read what is to be switched off."""
    return EngrepCode(f"engrep{rest}")
