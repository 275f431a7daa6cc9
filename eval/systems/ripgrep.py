"""The baseline of keyword search: what an agent with ripgrep sees who greps for the words of the question.

All words are searched at once, in any case and inside longer words, without the words that say nothing. Files come by
how many different words they hold, then by how often; of a file the window of lines is shown that holds most.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from engrep.engine.errors import MissingExtraError, StateError
from engrep.eval.cases import Found, Prepared
from engrep.eval.systems.files import indexed_files
from engrep.indexers.text import STOP_WORDS, words

WINDOW = 40  # lines, as in the baseline of full text
MOST_WORDS = 64
ARGUMENT_CHARACTERS = 24_000  # of one command: Windows allows 32,767

Lines = Mapping[int, set[str]]
"""The words on each line that holds any."""


@dataclass(frozen=True, slots=True)
class Ripgrep:
    """`ripgrep`."""

    program: str
    name: str = "ripgrep"

    @contextmanager
    def open(self, root: Path, state: Path) -> Iterator[RipgrepIndex]:
        """Begin with a folder; nothing is stored."""
        del state
        yield RipgrepIndex(self.program, root)


@dataclass(slots=True)
class RipgrepIndex:
    """The names of one folder's files."""

    program: str
    root: Path
    paths: list[str] = field(default_factory=list)

    def update(self) -> Prepared:
        """List the files."""
        started = time.perf_counter()
        self.paths = [file.path for file, _ in indexed_files(self.root)]
        return Prepared(time.perf_counter() - started, len(self.paths))

    def search(self, query: str, *, limit: int, from_file: str | None, per_symbol: bool) -> Sequence[Found]:
        """Grep for all words, and rank the files."""
        del from_file, per_symbol
        asked = dict.fromkeys(word.lower() for word in words(query) if len(word) > 1)
        kept = [word for word in asked if word not in STOP_WORDS] or list(asked)
        matched = self._matched(kept[:MOST_WORDS])
        counted = [(len(set().union(*lines.values())), count, path) for path, (lines, count) in matched.items()]
        best = sorted(counted, key=lambda each: (-each[0], -each[1], each[2]))[:limit]
        return [_found(path, matched[path][0], distinct) for distinct, _, path in best]

    def _matched(self, kept: Sequence[str]) -> dict[str, tuple[dict[int, set[str]], int]]:
        """Return for each file that holds a word its lines, and how many matches there are."""
        found: dict[str, tuple[dict[int, set[str]], int]] = {}
        longest_first = sorted(kept, key=len, reverse=True)
        patterns = [argument for word in longest_first for argument in ("-e", word)]
        for batch in _batches(self.paths) if kept else ():
            for path, line, match in self._rg([*patterns, "--", *batch]):
                lines, count = found.get(path, ({}, 0))
                lines.setdefault(line, set()).update(word for word in kept if word in match)
                found[path] = lines, count + 1
        return found

    def _rg(self, arguments: Sequence[str]) -> Iterator[tuple[str, int, str]]:
        """Run rg and yield path, line and matched text in lower case."""
        options = ["--no-config", "-n", "-o", "-i", "-F", "--null", "--with-filename", "--no-heading", "--color=never"]
        command = [self.program, *options, *arguments]
        done = subprocess.run(command, cwd=self.root, stdin=subprocess.DEVNULL, capture_output=True, check=False)
        if done.returncode > 1:  # 1 says that nothing matched
            message = f"{self.program} failed: {done.stderr.decode('utf-8', 'replace').strip()[:300]}"
            raise StateError(message)
        for row in done.stdout.decode("utf-8", "replace").splitlines():
            path, _, rest = row.partition("\0")
            line, _, match = rest.partition(":")
            if line.isdecimal():
                yield path.replace(os.sep, "/"), int(line), match.lower()


def _batches(paths: Iterable[str]) -> Iterator[list[str]]:
    """Cut a list of paths into pieces that fit a command line."""
    batch: list[str] = []
    for path in paths:
        if batch and sum(map(len, batch)) + len(batch) + len(path) > ARGUMENT_CHARACTERS:
            yield batch
            batch = []
        batch.append(path)
    if batch:
        yield batch


def _found(path: str, lines: Lines, distinct: int) -> Found:
    """Show the window that holds most different words, then most lines with any; of equal ones the first."""
    numbers = sorted(lines)

    def worth(start: int) -> tuple[int, int]:
        held = numbers[bisect_left(numbers, start) : bisect_left(numbers, start + WINDOW)]
        return len(set().union(*(lines[number] for number in held))), len(held)

    start = max(numbers, key=lambda number: (worth(number), -number))
    return Found(path, start, start + WINDOW - 1, score=float(distinct))


def ripgrep() -> Ripgrep:
    """Find rg.

    Raises:
        MissingExtraError: it is not installed.

    """
    program = shutil.which("rg")
    if program is None:
        message = "ripgrep is not installed: its program rg must be on the PATH"
        raise MissingExtraError(message)
    return Ripgrep(program)
