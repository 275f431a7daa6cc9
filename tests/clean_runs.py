"""A repository whose index is held against that of a clean run."""

from __future__ import annotations

from pathlib import Path

from index_tables import differences, integrity

from engrep.engine.memory import Memory
from engrep.engine.places import code_database


class Tree:
    """A repository, its index, and a clean one beside it to compare with."""

    def __init__(self, root: Path, aside: Path) -> None:
        self.root, self.aside = root, aside
        self.runs = 0
        self.memory = Memory.open(root)

    def write(self, path: str, text: str) -> None:
        """Write one file."""
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")

    def replace(self, path: str, old: str, new: str) -> None:
        """Change one file."""
        text = (self.root / path).read_text(encoding="utf-8")
        assert old in text
        self.write(path, text.replace(old, new))

    def check(self) -> None:
        """Index what changed, then everything elsewhere, and hold the two together."""
        self.memory.index()
        self.runs += 1
        home = self.aside / str(self.runs)
        with Memory.open(self.root, home=home) as clean:
            clean.index()
        mine = code_database(self.root)
        assert differences(mine, code_database(self.root, home)) == {}
        assert integrity(mine) == "ok"
