"""What tasks over source trees share: every system answers every case of one tree."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from engrep.eval.alone import alone_in
from engrep.eval.cases import Case, Found, Outcome, Shown
from engrep.eval.datasets import Places
from engrep.eval.measures import ranking_values
from engrep.eval.systems.code import CodeIndex, CodeSystem
from engrep.eval.task import Event
from engrep.indexers.tokens import count_tokens

DEPTH = 10
KEPT = 10  # entries of each answer that a run keeps
LONGEST_READ = 2000  # lines of a file that an answer without lines of its own is taken to show

_UNSAFE = re.compile(r"^\.+|[^\w.+@ -]")

Ask = Callable[[CodeIndex, Case], Outcome]
Answers = Callable[[Case, Found], Collection[int]]
"""Tells which gold items of a case a place holds."""


def answer_in_tree(
    root: Path, state: Path, systems: Mapping[str, CodeSystem], todo: Mapping[str, Sequence[Case]], ask: Ask
) -> Iterator[Event]:
    """Index one tree with each system that has something to do, and ask it its cases."""
    for name in (name for name in systems if todo[name]):
        with alone_in(state), systems[name].open(root, state) as index:
            yield name, index.update()
            for case in todo[name]:
                yield name, ask(index, case)


def work_folder(places: Places, task: str, corpus: str) -> Path:
    """Return where the systems keep their indexes of a corpus; names are other people's, and lead nowhere else."""
    task, corpus = (_UNSAFE.sub("+", name) for name in (task, corpus))
    return places.work / task / corpus


def asking(root: Path, answers: Answers, measures: Sequence[str]) -> Ask:
    """Return what asks one case about a tree, and judges the ranking as it is."""
    texts = Texts(root)

    def ask(index: CodeIndex, case: Case) -> Outcome:
        started = time.perf_counter()
        found = index.search(case.query, limit=DEPTH, from_file=case.from_file, per_symbol=False)
        return judged(case, found, answers, measures, texts, 1e3 * (time.perf_counter() - started))

    return ask


def judged(
    case: Case, found: Sequence[Found], answers: Answers, measures: Sequence[str], texts: Texts, ms: float
) -> Outcome:
    """Judge one answer."""
    found = [replace(each, text=texts.of(each)) for each in found]
    held = [tuple(answers(case, each)) for each in found]
    tokens = [count_tokens(each.text or "") for each in found]
    values = ranking_values(held, len(case.gold), measures, tokens)
    top = [
        Shown(describe(each), each.score, gold, each.why) for each, gold in zip(found[:KEPT], held[:KEPT], strict=True)
    ]
    return Outcome(case.case_id, values, ms, tuple(top))


def describe(found: Found) -> str:
    """Name a place for people: `net/retry.py:8 net.retry.backoff`."""
    return f"{found.path}:{found.start_line} {found.qualified_name or found.symbol}".rstrip()


@dataclass(slots=True)
class Texts:
    """What the reader of an answer gets to see, from the files of one tree; each is read once."""

    root: Path
    _lines: dict[str, list[str]] = field(default_factory=dict)

    def of(self, found: Found) -> str:
        """Return the text of a place: what the system shows, or else the lines that it names."""
        if found.text is not None:
            return found.text
        if found.path not in self._lines:
            try:
                text = (self.root / found.path).read_bytes().decode("utf-8", "replace")
            except (OSError, ValueError):  # a foreign system may name anything
                text = ""
            # As systems count lines: a form feed ends none.
            self._lines[found.path] = text.replace("\r\n", "\n").removesuffix("\n").split("\n")
        return "\n".join(self._lines[found.path][found.start_line - 1 : found.end_line][:LONGEST_READ])
