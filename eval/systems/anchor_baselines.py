"""Plain ways to tell whether a place in Python code is still what it was, each blind to something else.

name    fresh while the file defines the name, else missing: knows nothing of changes
file    fresh while the file is the same to the byte, else its body changed: knows nothing of what is in it
lines   fresh while the same lines hold the same text: loses what an edit above pushes down
text    fresh while its file holds its text, moved to the one other file that does, changed while the name is defined
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from engrep.eval.cases import Prepared
from engrep.eval.definitions import definitions
from engrep.eval.systems.anchors import BODY, FRESH, MISSING, MOVED, Place, Verdict

Files = dict[str, str]
"""Path → text of the Python files of a folder."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What these baselines keep of a place."""

    place: Place
    text: str  # of its lines
    file: str


Judge = Callable[[Kept, Files], Verdict]


def by_name(kept: Kept, files: Files) -> Verdict:
    """Ask whether the name is still defined in the file."""
    place = kept.place
    return Verdict(FRESH, place.path, place.name) if _is_defined(place, files) else Verdict(MISSING)


def by_file(kept: Kept, files: Files) -> Verdict:
    """Ask whether the file is the same."""
    place, now = kept.place, files.get(kept.place.path)
    return Verdict(MISSING) if now is None else Verdict(FRESH if now == kept.file else BODY, place.path, place.name)


def by_lines(kept: Kept, files: Files) -> Verdict:
    """Ask whether the lines are the same."""
    place, now = kept.place, files.get(kept.place.path)
    if now is None:
        return Verdict(MISSING)
    return Verdict(FRESH if text_at(now, place) == kept.text else BODY, place.path, place.name)


def by_text(kept: Kept, files: Files) -> Verdict:
    """Look for the text, here and elsewhere."""
    place = kept.place
    if kept.text in files.get(place.path, ""):
        return Verdict(FRESH, place.path, place.name)
    others = [path for path, text in files.items() if kept.text in text]
    if len(others) == 1:
        return Verdict(MOVED, others[0], place.name)
    return Verdict(BODY, place.path, place.name) if _is_defined(place, files) else Verdict(MISSING)


def _is_defined(place: Place, files: Files) -> bool:
    return any(each.local == place.name for each in definitions(files.get(place.path, "")))


def text_at(text: str, place: Place) -> str:
    """Return the lines of a place."""
    return "\n".join(text.split("\n")[place.start_line - 1 : place.end_line])


@dataclass(frozen=True, slots=True)
class Baseline:
    """One way to tell."""

    name: str
    judge: Judge

    @contextmanager
    def open(self, root: Path, state: Path) -> Iterator[BaselineIndex]:
        """Begin with a folder; nothing is stored."""
        del state
        yield BaselineIndex(root, self.judge, {})


@dataclass(slots=True)
class BaselineIndex:
    """The files of a folder as they were last read."""

    root: Path
    judge: Judge
    files: Files

    def update(self) -> Prepared:
        """Read all Python files."""
        started = time.perf_counter()
        self.files = {
            path.relative_to(self.root).as_posix(): path.read_bytes().decode("utf-8", "replace")
            for path in sorted(self.root.rglob("*.py"))
        }
        return Prepared(time.perf_counter() - started, len(self.files))

    def anchor(self, place: Place) -> Kept:
        """Keep the text."""
        file = self.files[place.path]
        return Kept(place, text_at(file, place), file)

    def verdict(self, anchor: Kept) -> Verdict:
        """Judge."""
        return self.judge(anchor, self.files)


ANCHOR_BASELINES = {
    "name": (by_name, "fresh while the file defines the name, else missing"),
    "file": (by_file, "fresh while the file is the same to the byte"),
    "lines": (by_lines, "fresh while the same lines hold the same text"),
    "text": (by_text, "looks for the text in its file, then in all others"),
}
"""Name → how it judges, and one line about it."""
