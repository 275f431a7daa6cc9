"""The floor under every localisation figure, as a system: BM25 over whole files, or over the functions of Python ones."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from engrep.eval.cases import Found, Prepared
from engrep.eval.definitions import Definition, definitions
from engrep.eval.floor import bm25, is_demoted, rank_files, tokens
from engrep.indexers.languages import language_of
from engrep.indexers.walk import FoundFile, walk


@dataclass(frozen=True, slots=True)
class Floor:
    """BM25 over whole source files, tests and documents last."""

    name: str = "floor"

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
    _functions: dict[str, tuple[FoundFile, list[Function]]] = field(default_factory=dict)

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
        """Rank whole files, or Python functions."""
        del from_file
        if per_symbol:
            return self._search_functions(query, limit)
        documents = {path: each.words for path, each in self._counted.items() if each.is_source}
        return [Found(path, 1, self._counted[path].n_lines) for path in rank_files(documents, query)[:limit]]

    def _search_functions(self, query: str, limit: int) -> list[Found]:
        held = self._functions
        self._functions = {
            path: known if (known := held.get(path)) and known[0] == each.file else (each.file, _functions(root_file))
            for path, each in self._counted.items()
            if (root_file := self.root / path).suffix == ".py"
        }
        functions = {(path, at): each for path, (_, found) in self._functions.items() for at, each in enumerate(found)}
        scores = bm25({key: words for key, (_, words) in functions.items()}, query)
        best = sorted(scores, key=lambda key: (is_demoted(key[0]), -scores[key], key))[:limit]
        return [_found(key[0], functions[key][0]) for key in best]


Function = tuple[Definition, Counter[str]]


def _found(path: str, function: Definition) -> Found:
    return Found(path, function.line, function.end_line, function.name, function.local, kind="function")


def _functions(path: Path) -> list[Function]:
    """Count the words of each function of a file that is not part of another."""
    try:
        data = path.read_bytes()
    except OSError:
        return []
    lines = data.decode("utf-8", "replace").split("\n")
    return [
        (each, tokens("\n".join(lines[each.line - 1 : each.end_line])))
        for each in definitions(data)
        if not each.is_class and not each.is_nested
    ]


def _counted(root: Path, file: FoundFile) -> Counted:
    try:
        data = (root / file.path).read_bytes()
    except OSError:
        data = b""
    is_source = bool(language_of(file.path, data).grammar)
    text = data.decode("utf-8", "replace") if is_source else ""
    return Counted(file, is_source, tokens(text), text.count("\n") + 1)
