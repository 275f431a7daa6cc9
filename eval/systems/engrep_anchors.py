"""engrep's own anchors: a memory about each place, followed by index runs."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from engrep.engine.memory import Memory
from engrep.eval.cases import Prepared
from engrep.eval.systems.anchors import BODY, FRESH, MISSING, MOVED, SIGNATURE, Place, Verdict

STATES = {
    "fresh": FRESH, "moved": MOVED, "renamed": MOVED, "body_changed": BODY, "signature_changed": SIGNATURE,
    "missing": MISSING,
}  # fmt: skip
"""What engrep calls a state → what the task does."""


class EngrepAnchors:
    """What people use: remember, index, look."""

    name = "engrep"

    @contextmanager
    def open(self, root: Path, state: Path) -> Iterator[EngrepIndex]:
        """Begin with a folder."""
        with Memory.open(root, home=state) as memory:
            yield EngrepIndex(memory)


@dataclass(frozen=True, slots=True)
class EngrepIndex:
    """The memory of a folder."""

    memory: Memory

    def update(self) -> Prepared:
        """Run an index."""
        started = time.perf_counter()
        report = self.memory.index()
        return Prepared(time.perf_counter() - started, report.files)

    def anchor(self, place: Place) -> str:
        """Remember something about a place."""
        said = f"Something about {place.path}:{place.name} in line {place.start_line}"
        return self.memory.remember(said, about=[f"{place.path}:{place.name}"]).id

    def verdict(self, anchor: str) -> Verdict:
        """Look at the memory; what it is called within its file is the end of the qualified name."""
        (found,) = self.memory.memory(anchor).anchors
        if found.state == "missing":
            return Verdict(MISSING)
        symbols = self.memory.symbol(f"{found.path}:{found.qualified_name.rpartition('.')[2]}").hits
        modules = {hit.module for hit in symbols if hit.qualified_name == found.qualified_name}
        name = next((found.qualified_name.removeprefix(f"{module}.") for module in modules), found.qualified_name)
        return Verdict(STATES[found.state], found.path, name)
