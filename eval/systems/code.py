"""The seam for systems that search code."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from itertools import islice
from pathlib import Path
from typing import Protocol, runtime_checkable

from engrep.eval.cases import Found, Prepared


class CodeIndex(Protocol):
    """One system over one folder."""

    def update(self) -> Prepared:
        """Read the folder as it is now."""
        ...

    def search(self, query: str, *, limit: int, from_file: str | None, per_symbol: bool) -> Sequence[Found]:
        """Answer a question, best first; `per_symbol` asks for functions, several of a file, rather than files."""
        ...


@runtime_checkable
class SymbolLookup(Protocol):
    """An index that also looks up a symbol by its name, as a person spells it."""

    def lookup(self, name: str, *, limit: int) -> Sequence[Found]:
        """Return what the name may mean, best first; nothing where nothing bears it."""
        ...


class CodeSystem(Protocol):
    """A way to search code."""

    name: str

    def open(self, root: Path, state: Path) -> AbstractContextManager[CodeIndex]:
        """Begin with a folder; what is stored goes to `state`, which other systems share."""
        ...


def chosen(ranked: Iterable[Found], limit: int, *, per_symbol: bool) -> list[Found]:
    """Take the first of a ranking; of each file only its best place, unless several of one file are wanted."""
    if per_symbol:
        return list(islice(ranked, limit))
    best: dict[str, Found] = {}
    for found in ranked:
        best.setdefault(found.path, found)
        if len(best) == limit:
            break
    return list(best.values())
