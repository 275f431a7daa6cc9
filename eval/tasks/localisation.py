"""Issue localisation in the format of SWE-bench: the text of an issue, and the files and functions that its fix changed.

A data set holds `issues.jsonl`, and `repos.json` that says from which repository each project's commits are fetched. One
folder per project is switched from base commit to base commit, in order of time, so that systems find most files
unchanged; it holds Python and text files only, and nothing of any other commit.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from engrep.engine.errors import StateError
from engrep.eval.alone import alone_in
from engrep.eval.cases import Case, Corpus, Found, Outcome, Shown
from engrep.eval.datasets import Places
from engrep.eval.definitions import Definition, definitions
from engrep.eval.fetch import absent_commits, fetch_commits, history
from engrep.eval.localisation import DefinitionsOf, fold_gold, functions_of
from engrep.eval.measures import ranking_values
from engrep.eval.snapshots import commit_time, switch
from engrep.eval.systems.code import CodeIndex, CodeSystem
from engrep.eval.task import Event
from engrep.eval.tasks.in_code import KEPT, describe, work_folder
from engrep.eval.tasks.on_data import OnDataset

FILES = 20  # asked for; a system may give several places of one
FUNCTIONS = 60  # asked for: repeats of one, and text between functions, fall out
STRICT = ("All@5", "All@1", "All@10")
OF_FUNCTIONS = "function "  # before the name of a measure that is about functions
WITH_FUNCTION = "All@5 with function"  # of files, over issues with a gold function alone, as published figures are


@dataclass(frozen=True, slots=True)
class Issue:
    """What is known of an issue besides its text."""

    base_commit: str
    files: tuple[str, ...]
    functions: tuple[str, ...]  # "path:Class.method"


class Localisation(OnDataset):
    """Issues of Python projects; on a data set of the user's own the task is `localisation:NAME`."""

    name = "localisation"
    data = "swebench-lite"
    title = "issues of Python projects, and the files and functions that their fixes changed (SWE-bench's format)"
    kind = "code"
    measures: tuple[str, ...] = (*STRICT, WITH_FUNCTION, *(OF_FUNCTIONS + measure for measure in STRICT))
    average = "cases"
    baselines: tuple[str, ...] = ("engrep", "floor")

    def corpora(self, places: Places) -> Sequence[Corpus]:
        """Return a corpus for each project, with its issues in the order of the data set."""
        data = self.dataset(places)
        by_project: dict[str, list[Case]] = defaultdict(list)
        for entry in data.lines("issues.jsonl"):
            by_project[entry["repo"]].append(read_case(entry))
        projects = data.json("repos.json")
        unknown = by_project.keys() - {entry["name"] for entry in projects}
        if unknown:
            message = f"{data.folder} has issues of {', '.join(sorted(unknown))}, which repos.json does not name"
            raise StateError(message)
        return [
            Corpus(entry["name"], "python", tuple(by_project[entry["name"]]), entry["repository"]) for entry in projects
        ]

    def missing(self, corpus: Corpus, places: Places) -> str | None:
        """Return how many of the base commits are not here."""
        commits = _commits(corpus)
        absent = absent_commits(places, corpus.detail, commits)
        where = history(places, corpus.detail)
        return f"{len(absent)} of {len(commits)} base commits are not in {where}" if absent else None

    def fetch(self, corpus: Corpus, places: Places, remote: str) -> None:
        """Bring the base commits, and nothing of what came before or after them."""
        fetch_commits(places, remote, corpus.detail, absent_commits(places, corpus.detail, _commits(corpus)))

    def answer(
        self, corpus: Corpus, systems: Mapping[str, CodeSystem], todo: Mapping[str, Sequence[Case]], places: Places
    ) -> Iterator[Event]:
        """Switch the project's folder to each base commit, and have all systems read what changed and answer."""
        git_dir = history(places, corpus.detail)
        work = work_folder(places, self.name, corpus.name)
        folder = work / "tree"
        wanted = {(name, case.case_id) for name, cases in todo.items() for case in cases}
        indexes: dict[str, CodeIndex] = {}
        with alone_in(work), ExitStack() as opened:
            for case in _in_time({case.case_id: case for cases in todo.values() for case in cases}, git_dir):
                switch(git_dir, case.detail.base_commit, folder)
                for name in (name for name in systems if (name, case.case_id) in wanted):
                    is_new = name not in indexes
                    if is_new:
                        indexes[name] = opened.enter_context(systems[name].open(folder, work / "state"))
                    prepared = indexes[name].update()
                    if is_new:
                        yield name, prepared
                    yield name, locate(indexes[name], case, folder)


def _commits(corpus: Corpus) -> list[str]:
    return list(dict.fromkeys(case.detail.base_commit for case in corpus.cases))


def _in_time(cases: Mapping[str, Case], git_dir: Path) -> list[Case]:
    """Sort cases by the time of their base commits: neighbours in time differ in few files."""
    return sorted(cases.values(), key=lambda case: (commit_time(git_dir, case.detail.base_commit), case.case_id))


def read_case(entry: Mapping[str, Any]) -> Case:
    """Read one issue; its category tells how many definitions share a gold function's name."""
    issue = Issue(entry["base_commit"], tuple(entry["gold_files"]), tuple(entry["gold_functions_flat"]))
    category = _category(issue, max(entry.get("name_collisions", {}).values(), default=0))
    return Case(entry["instance_id"], entry["problem_statement"], category, (*issue.files, *issue.functions), issue)


def _category(issue: Issue, namesakes: int) -> str:
    if not issue.functions:
        return "files only"
    if namesakes >= 5:
        return "5 or more namesakes"
    return "2 to 4 namesakes" if namesakes >= 2 else "unique name"


def locate(index: CodeIndex, case: Case, folder: Path) -> Outcome:
    """Ask an issue's text for files and, where functions were changed, for functions."""
    issue: Issue = case.detail
    started = time.perf_counter()
    files = index.search(case.query, limit=FILES, from_file=None, per_symbol=False)
    ms = 1e3 * (time.perf_counter() - started)
    top, values = _files(files, issue)
    if issue.functions:
        found = index.search(case.query, limit=FUNCTIONS, from_file=None, per_symbol=True)
        functions, more = _functions(found, issue, cache(lambda path: _definitions(folder / path)))
        top, values = top + functions, {**values, **more}
        if "All@5" in values:
            values[WITH_FUNCTION] = values["All@5"]
    return Outcome(case.case_id, values, ms, tuple(top))


def _files(answer: Sequence[Found], issue: Issue) -> tuple[list[Shown], dict[str, Any]]:
    first = {each.path: each for each in reversed(answer)}
    ranked = [first[path] for path in dict.fromkeys(each.path for each in answer)]
    held = [tuple(at for at, gold in enumerate(issue.files) if gold == each.path) for each in ranked]
    top = [Shown(describe(each), each.score, gold, each.why) for each, gold in zip(ranked, held, strict=True)]
    return top[:KEPT], dict(ranking_values(held, len(issue.files), STRICT))


def _functions(
    answer: Sequence[Found], issue: Issue, definitions_of: DefinitionsOf
) -> tuple[list[Shown], dict[str, Any]]:
    gold = fold_gold(issue.functions, definitions_of)
    ranked = functions_of(answer, definitions_of)
    places = list(gold)
    values = ranking_values([[places.index(name)] if name in gold else [] for name in ranked], len(gold), STRICT)
    offset = len(issue.files)
    top = [Shown(OF_FUNCTIONS + name, 0.0, tuple(offset + at for at in gold.get(name, ()))) for name in ranked[:KEPT]]
    return top, {OF_FUNCTIONS + measure: value for measure, value in values.items()}


def _definitions(path: Path) -> Sequence[Definition]:
    try:
        return definitions(path.read_bytes())
    except OSError:
        return ()
