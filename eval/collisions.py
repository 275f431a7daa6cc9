"""Find the names that a Python repository defines again and again, from its sources alone."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engrep.eval.definitions import definitions
from engrep.eval.floor import is_demoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

MIN_MODULES = 3  # modules that define a name before it counts as colliding
PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")


@dataclass(frozen=True, slots=True)
class Namesake:
    """One definition of a name: `Namesake("save", "app/db.py", 12, "app.db", "Model.save", …)`."""

    name: str
    path: str  # relative to the root, "/" separated
    line: int  # of "def" or "class"
    module: str
    local: str  # name within the file
    doc: str
    is_class: bool
    can_be_asked: bool  # in a package, no test, not inside a function, the only definition of its local name there

    @property
    def qualified_name(self) -> str:
        """The module path and the local name."""
        return f"{self.module}.{self.local}"


def module_path(root: Path, path: Path) -> tuple[str, bool]:
    """Return the dotted module of a file and whether it lies in a package.

    A package starts at the topmost folder of an unbroken chain with `__init__.py`; outside one, the path is dotted.
    """
    folder = path.parent
    while folder != root and (folder / "__init__.py").exists():
        folder = folder.parent
    is_packaged = folder != path.parent
    parts = path.relative_to(folder if is_packaged else root).with_suffix("").parts
    if parts[-1] == "__init__" and len(parts) > 1:
        parts = parts[:-1]
    return ".".join(parts), is_packaged


def all_definitions(root: Path) -> list[Namesake]:
    """Return every function and class of every Python file under `root`, hidden folders left out, in path order."""
    found = []
    for path in sorted(root.rglob("*.py")):
        inner = path.relative_to(root)
        if path.is_file() and not any(part.startswith(".") for part in inner.parts):
            found += file_definitions(root, path)
    return found


def file_definitions(root: Path, path: Path) -> list[Namesake]:
    """Return the definitions of one file."""
    inner = path.relative_to(root).as_posix()
    module, is_packaged = module_path(root, path)
    is_source = is_packaged and not is_demoted(inner)
    entries = definitions(path.read_bytes())
    locals_ = [entry.local for entry in entries]
    return [
        Namesake(
            entry.name,
            inner,
            entry.line,
            module,
            entry.local,
            entry.doc,
            entry.is_class,
            is_source and not entry.is_nested and locals_.count(entry.local) == 1,
        )
        for entry in entries
    ]


def by_name(found: Iterable[Namesake]) -> dict[str, list[Namesake]]:
    """Group definitions by name, tests and inner functions too: whoever asks may meet those as well."""
    groups: dict[str, list[Namesake]] = defaultdict(list)
    for each in found:
        groups[each.name].append(each)
    return groups


def colliding(groups: Mapping[str, list[Namesake]]) -> list[Namesake]:
    """Return the definitions that can be asked for and share their name across at least MIN_MODULES modules."""
    chosen = []
    for name, group in groups.items():
        asked = [each for each in group if each.can_be_asked]
        if not name.startswith("__") and len({each.module for each in asked}) >= MIN_MODULES:
            chosen += asked
    return chosen


def words(text: str) -> list[str]:
    """Split identifiers and dotted or slashed paths into lower-case words."""
    return [part.lower() for part in PART.findall(text)]
