"""The floor under every localisation figure, as a system: BM25 over whole files, with nothing clever in it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from engrep.engine.errors import UsageError
from engrep.eval.cases import Found, Prepared
from engrep.eval.floor import rank_files, tokens
from engrep.indexers.languages import language_of
from engrep.indexers.walk import FoundFile, walk


@dataclass(frozen=True, slots=True)
class Floor:
    """BM25 over whole source files, tests and documents last."""

    name: str

    @contextmanager
    def open(self, root: Path, state: Path) -> Iterator[FloorIndex]:
        """Begin with nothing; all is kept in memory."""
        del state
        yield FloorIndex(root)


@dataclass(frozen=True, slots=True)
class Counted:
    """The words of one file as it was."""

    file: FoundFile
    is_source: bool
    words: Counter[str]
    n_lines: int


@dataclass(slots=True)
class FloorIndex:
    """The words of one folder's source files."""

    root: Path
    _counted: dict[str, Counted] = field(default_factory=dict)

    def update(self) -> Prepared:
        """Count the words of the files that changed."""
        started = time.perf_counter()
        held = self._counted
        files = [each for each in walk(self.root) if isinstance(each, FoundFile)]
        self._counted = {
            each.path: known if (known := held.get(each.path)) and known.file == each else _counted(self.root, each)
            for each in files
        }
        sources = [each for each in self._counted.values() if each.is_source]
        return Prepared(time.perf_counter() - started, len(sources), sum(each.n_lines for each in sources))

    def search(self, query: str, *, limit: int, from_file: str | None, per_symbol: bool) -> Sequence[Found]:
        """Rank whole files; it knows no smaller place."""
        del from_file, per_symbol
        documents = {path: each.words for path, each in self._counted.items() if each.is_source}
        return [Found(path, 1, self._counted[path].n_lines) for path in rank_files(documents, query)[:limit]]


def _counted(root: Path, file: FoundFile) -> Counted:
    try:
        data = (root / file.path).read_bytes()
    except OSError:
        data = b""
    is_source = bool(language_of(file.path, data).grammar)
    text = data.decode("utf-8", "replace") if is_source else ""
    return Counted(file, is_source, tokens(text), text.count("\n") + 1)


def floor(rest: str) -> Floor:
    """Make the system; there is nothing to switch off."""
    if rest:
        message = f"the system floor has no parts to switch off, as {rest} would"
        raise UsageError(message)
    return Floor("floor")
