"""Code search in the format of semble's benchmark: a question, and the files, or lines of files, that answer it.

A data set holds `repos.json` (see `eval/sources.py`), `annotations/NAME.json` for each repository, and perhaps
`published_ndcg10.json` with others' figures: system → repository → nDCG@10.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engrep.eval.cases import Case, Corpus, Found
from engrep.eval.datasets import Places
from engrep.eval.measures import BUDGETS
from engrep.eval.sources import Source, root, sources
from engrep.eval.systems.code import CodeSystem
from engrep.eval.task import Event
from engrep.eval.tasks.in_code import answer_in_tree, asking, work_folder
from engrep.eval.tasks.on_data import InSources

PUBLISHED = "published_ndcg10.json"


@dataclass(frozen=True, slots=True)
class Target:
    """A file, or lines of it, that answers a question; its path is told from the top of the repository."""

    path: str
    start_line: int | None = None
    end_line: int | None = None

    def __str__(self) -> str:
        return self.path if self.start_line is None else f"{self.path}:{self.start_line}-{self.end_line}"


class CodeSearch(InSources):
    """Questions about whole repositories; on a data set of the user's own the task is `code-search:NAME`."""

    name = "code-search"
    data = "semble-dev"
    title = "questions about repositories in many languages, and the files that answer them (semble's format)"
    kind = "code"
    measures: tuple[str, ...] = (
        "nDCG@10", "RR@10", "R@10", "Success@1", *(f"R@{budget}t" for budget in BUDGETS), "tokens",
    )  # fmt: skip
    average = "corpora"
    baselines: tuple[str, ...] = ("engrep", "bm25", "ripgrep", "dense")

    def corpora(self, places: Places) -> Sequence[Corpus]:
        """Return a corpus for each repository."""
        data = self.dataset(places)
        return [
            Corpus(source.name, source.language, read_cases(data.json(f"annotations/{source.name}.json")), source)
            for source in sources(data)
        ]

    def published(self, places: Places) -> Mapping[str, Mapping[str, float]]:
        """Return what was published of other systems: system → corpus → nDCG@10."""
        data = self.dataset(places)
        found: dict[str, dict[str, float]] = data.json(PUBLISHED) if PUBLISHED in data.files else {}
        return found

    def answer(
        self, corpus: Corpus, systems: Mapping[str, CodeSystem], todo: Mapping[str, Sequence[Case]], places: Places
    ) -> Iterator[Event]:
        """Index the one folder that is asked about, and ask."""
        source: Source = corpus.detail
        folder = root(source, places)

        def answers(case: Case, found: Found) -> Collection[int]:
            return answered_targets(case.detail, source.prefix + found.path, found.start_line, found.end_line)

        ask = asking(folder, answers, self.measures)
        return answer_in_tree(folder, work_folder(places, self.name, corpus.name), systems, todo, ask)


def read_cases(entries: Sequence[Mapping[str, Any]]) -> tuple[Case, ...]:
    """Read annotations: relevant and secondary targets gain alike; each is a path, or an object with path and lines."""
    cases = []
    for at, entry in enumerate(entries):
        targets = tuple(map(_target, [*entry["relevant"], *entry.get("secondary", ())]))
        cases.append(Case(str(at), entry["query"], entry["category"], tuple(map(str, targets)), targets))
    return tuple(cases)


def _target(entry: str | Mapping[str, Any]) -> Target:
    if isinstance(entry, str):
        return Target(entry)
    return Target(entry["path"], entry.get("start_line"), entry.get("end_line"))


def answered_targets(targets: Sequence[Target], path: str, start_line: int, end_line: int) -> list[int]:
    """Return which targets a place answers."""
    return [at for at, target in enumerate(targets) if matches(path, start_line, end_line, target)]


def matches(path: str, start_line: int, end_line: int, target: Target) -> bool:
    """Tell whether a place answers: its path ends with the target's on a folder boundary, and the lines overlap.

    The rule of semble's benchmark.
    """
    if path != target.path and not path.endswith("/" + target.path):
        return False
    if target.start_line is None or target.end_line is None:
        return True
    return start_line <= target.end_line and end_line >= target.start_line
