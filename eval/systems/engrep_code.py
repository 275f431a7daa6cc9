"""engrep itself, with lanes, priors and other parts switched off by name."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from engrep.engine.memory import Memory
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
        hits = self.memory.search(query, limit=limit, from_file=from_file, per_symbol=per_symbol or None).hits
        return [
            Found(
                hit.path, hit.start_line, hit.end_line, hit.symbol, hit.qualified_name, hit.module, hit.kind, hit.score,
                tuple((why.part, why.value) for why in hit.why), hit.text,
            )
            for hit in hits
        ]  # fmt: skip


def engrep_code(rest: str) -> EngrepCode:
    """Read what is to be switched off."""
    return EngrepCode(f"engrep{rest}")
