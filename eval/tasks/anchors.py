"""Anchors: does what was learned about a function still apply, replayed over git histories.

A system sees the files at one commit and is given places in them, then sees those of a later commit and tells what became
of each. No git directory lies beside the files, so that what is told is told from the code.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from engrep.eval.alone import alone_in
from engrep.eval.anchor_cases import SUFFIXES
from engrep.eval.cases import Case, Corpus, Outcome, Shown, Value
from engrep.eval.datasets import Dataset, Places
from engrep.eval.fetch import absent_commits, fetch_commits, history
from engrep.eval.snapshots import switch
from engrep.eval.systems.anchors import MISSING, MOVED, WITHHELD, AnchorIndex, AnchorSystem, Place, Verdict
from engrep.eval.task import Event
from engrep.eval.tasks.in_code import work_folder
from engrep.eval.tasks.on_data import OnDataset


@dataclass(frozen=True, slots=True)
class Step:
    """Two commits of a repository."""

    repository: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Fate:
    """A place, and what became of it."""

    place: Place
    verdict: Verdict


class Anchors(OnDataset):
    """Places of Python repositories, followed over steps of a month to three years."""

    name = data = "anchors"
    title = "what became of functions and classes between two commits, by Python's own parser"
    kind = "anchors"
    measures: tuple[str, ...] = ("verdict", "withheld precision", "withheld recall", "place")
    average = "cases"
    baselines: tuple[str, ...] = ("name", "file", "lines", "text")

    def corpora(self, places: Places) -> Sequence[Corpus]:
        """Return a corpus for each step."""
        data = self.dataset(places)
        return tuple(corpus for file in data.matching("*.jsonl") for corpus in steps(data, file))

    def missing(self, corpus: Corpus, places: Places) -> str | None:
        """Both commits have to be there."""
        step: Step = corpus.detail
        absent = absent_commits(places, step.repository, (step.before, step.after))
        return f"{step.repository} at {' and '.join(each[:12] for each in absent)} is not here" if absent else None

    def fetch(self, corpus: Corpus, places: Places, remote: str) -> None:
        """Bring both commits, without what came before."""
        step: Step = corpus.detail
        absent = absent_commits(places, step.repository, (step.before, step.after))
        fetch_commits(places, remote, step.repository, absent)

    def answer(
        self, corpus: Corpus, systems: Mapping[str, AnchorSystem], todo: Mapping[str, Sequence[Case]], places: Places
    ) -> Iterator[Event]:
        """Take the places in at the first commit, and ask about them at the second."""
        step: Step = corpus.detail
        git_dir, work = history(places, step.repository), work_folder(places, self.name, corpus.name)
        folder = work / "files"
        for name in (name for name in systems if todo[name]):
            with (
                alone_in(work),
                tempfile.TemporaryDirectory(prefix="engrep-eval-") as state,
                systems[name].open(folder, Path(state)) as index,
            ):
                switch(git_dir, step.before, folder, SUFFIXES)
                index.update()
                anchors = {case.case_id: index.anchor(case.detail.place) for case in todo[name]}
                switch(git_dir, step.after, folder, SUFFIXES)
                yield name, index.update()
                for case in todo[name]:
                    yield name, ask(index, case, anchors[case.case_id])


def steps(data: Dataset, file: str) -> Iterator[Corpus]:
    """Yield the steps of a case file."""
    step, cases = None, list[Case]()
    for row in data.lines(file):
        if "repository" in row:
            yield from _corpus(step, cases)
            step, cases = Step(row["repository"], row["from"], row["to"]), []
            continue
        place = Place(row["path"], row["name"], *row["lines"])
        path, name = ("", "") if row["verdict"] == MISSING else row.get("now", (place.path, place.name))
        fate = Fate(place, Verdict(row["verdict"], path, name))
        cases.append(Case(f"{place.path}:{place.name}", described(place), row["verdict"], (told(fate.verdict),), fate))
    yield from _corpus(step, cases)


def _corpus(step: Step | None, cases: Sequence[Case]) -> Iterator[Corpus]:
    if step is not None:
        name = f"{step.repository.rpartition('/')[2]} {step.before[:8]}-{step.after[:8]}"
        yield Corpus(name, "python", tuple(cases), step)


def described(place: Place) -> str:
    """Name a place for people."""
    return f"{place.path}:{place.start_line} {place.name}"


def told(verdict: Verdict) -> str:
    """Write a verdict for people."""
    return f"{verdict.state} {verdict.path} {verdict.name}".rstrip()


def ask(index: AnchorIndex, case: Case, anchor: object) -> Outcome:
    """Ask what became of one place."""
    started = time.perf_counter()
    verdict = index.verdict(anchor)
    ms = 1e3 * (time.perf_counter() - started)
    fate: Fate = case.detail
    gold = (0,) if verdict.state == fate.verdict.state else ()
    note = "" if gold else f"said {verdict.state}, is {fate.verdict.state}"
    return Outcome(case.case_id, values_of(verdict, fate.verdict), ms, (Shown(told(verdict), 0.0, gold),), note)


def values_of(said: Verdict, right: Verdict) -> dict[str, Value]:
    """Score a verdict: the state itself, whether a memory is rightly kept back, and the new place of what moved."""
    is_withheld, is_due = said.state in WITHHELD, right.state in WITHHELD
    values: dict[str, Value] = {"verdict": float(said.state == right.state)}
    if is_withheld:
        values["withheld precision"] = (float(is_due), 1.0)
    if is_due:
        values["withheld recall"] = (float(is_withheld), 1.0)
    if right.state == MOVED:
        values["place"] = float(said == right)
    return values
