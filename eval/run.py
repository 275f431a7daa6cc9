"""Run systems on a task: one child process a corpus, several side by side, every answer written as it comes.

A corpus whose process fails is reported at the end; all else is kept, and the same command does what is left.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from engrep.engine.embedders import default_embedder
from engrep.engine.errors import MissingExtraError, StateError, UsageError
from engrep.eval.cases import Case, Corpus, Outcome, Prepared, Shown
from engrep.eval.datasets import MissingDataError, Places
from engrep.eval.measures import require_library
from engrep.eval.runs import RunFile, case_row, file_name, head, prepared_row
from engrep.eval.systems.registry import make
from engrep.eval.task import Configured, Task

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Wish:
    """What to run."""

    systems: tuple[str, ...]
    corpora: tuple[str, ...] = ()  # none: all
    limit: int | None = None  # cases of each corpus
    jobs: int | None = None
    anew: bool = False


def run_systems(
    task: Task, wish: Wish, places: Places, out: Path, progress: Progress | None = None
) -> tuple[list[Path], list[str], list[str]]:
    """Have each system answer the cases it has not answered yet; return the run files, what went wrong, and what is left out.

    Raises:
        UsageError: a system or corpus is unknown, or `out` holds other runs of this name.
        StateError: another process is writing one of the files; or names in the data set are no names.
        MissingDataError: the data set, or every corpus, has to be fetched first.
        MissingExtraError: a library that the task or a system needs is not installed.

    """
    for spec in wish.systems:
        make(spec, task.kind)
    require_library(task.measures)
    systems, notes = (dict.fromkeys(wish.systems), []) if wish.systems else usual(task)
    data = task.dataset(places)
    corpora, absent = present(task, chosen(told_apart(read_corpora(task, places)), wish), places)
    model = default_embedder()
    options = {"limit": wish.limit, "corpora": list(wish.corpora), "model": model.identity if model else None}
    options |= task.options() if isinstance(task, Configured) else {}
    with ExitStack() as opened:
        files = {
            spec: opened.enter_context(
                closing(RunFile(out / file_name(task.name, spec), head(task, spec, data, options), anew=wish.anew))
            )
            for spec in systems
        }
        work = [(corpus, todo) for corpus in corpora if any((todo := left(corpus, files)).values())]
        counter = _Counter(task.name, sum(len(ids) for _, todo in work for ids in todo.values()), progress)
        with ThreadPoolExecutor(max_workers=wish.jobs or os.cpu_count() or 1) as pool:
            futures = [pool.submit(_one_corpus, task, corpus, todo, files, places, counter) for corpus, todo in work]
            try:
                ends = [(corpus.name, future.result()) for (corpus, _), future in zip(work, futures, strict=True)]
            except BaseException:  # also of Ctrl-C: what has not begun does not begin
                pool.shutdown(wait=False, cancel_futures=True)
                raise
    return [file.path for file in files.values()], [*absent, *(f"{name}: {why}" for name, why in ends if why)], notes


def usual(task: Task) -> tuple[dict[str, None], list[str]]:
    """Return the systems of a run that names none: those of the task that can run here, and why others cannot."""
    able: dict[str, None] = {}
    notes = []
    for spec in task.baselines:
        try:
            make(spec, task.kind)
        except (StateError, MissingExtraError) as error:
            notes.append(f"without {spec}: {error}")
        else:
            able[spec] = None
    if not able:
        message = f"no system of {task.name} can run here: {'; '.join(notes)}"
        raise StateError(message)
    return able, notes


def read_corpora(task: Task, places: Places) -> Sequence[Corpus]:
    """Return a task's corpora; StateError when its data are of another format."""
    try:
        return task.corpora(places)
    except (KeyError, TypeError, AttributeError) as exc:
        what = f"an entry lacks {exc}" if isinstance(exc, KeyError) else str(exc)
        folder = task.dataset(places).folder
        message = f"{folder} is not in the format of {task.name.partition(':')[0]}: {what}; datasets/README.md tells it"
        raise StateError(message) from exc


class _Counter:
    """Count the answers of all corpora, and tell."""

    def __init__(self, task: str, total: int, progress: Progress | None) -> None:
        self._task, self._total, self._progress = task, total, progress
        self._done = 0
        self._lock = threading.Lock()

    def answered(self) -> None:
        """Count one."""
        with self._lock:
            self._done += 1
            if self._progress is not None:
                self._progress(self._task, self._done, self._total)


def told_apart(corpora: Sequence[Corpus]) -> Sequence[Corpus]:
    """Return the corpora, having made sure that each has a name of its own, and in it each case.

    Raises:
        StateError: two have one: an answer to the one would be taken for an answer to the other.

    """
    named = [(f"corpora called {corpus.name}" for corpus in corpora)]
    named += [(f"cases {case.case_id} in the corpus {corpus.name}" for case in corpus.cases) for corpus in corpora]
    twice = [name for names in named for name, n in Counter(names).items() if n > 1]
    if twice:
        message = f"the data set has two {twice[0]}: a run could not tell them apart"
        raise StateError(message)
    return corpora


def chosen(corpora: Sequence[Corpus], wish: Wish) -> list[Corpus]:
    """Return the corpora to run, cut to so many cases each."""
    unknown = sorted(set(wish.corpora) - {corpus.name for corpus in corpora})
    if unknown:
        message = f"there is no corpus {', '.join(unknown)}; there are {', '.join(corpus.name for corpus in corpora)}"
        raise UsageError(message)
    return [
        Corpus(corpus.name, corpus.language, corpus.cases[: wish.limit], corpus.detail)
        for corpus in corpora
        if not wish.corpora or corpus.name in wish.corpora
    ]


def present(task: Task, corpora: Sequence[Corpus], places: Places) -> tuple[list[Corpus], list[str]]:
    """Divide corpora into those that are here, and what to say of the others."""
    here, absent = [], []
    for corpus in corpora:
        reason = task.missing(corpus, places)
        if reason is None:
            here.append(corpus)
        else:
            absent.append(f"{corpus.name}: {reason} (bring it with `engrep eval fetch {task.name}`)")
    if not here:
        raise MissingDataError(absent[0] if absent else f"{task.name} has no corpus")
    return here, absent


def left(corpus: Corpus, files: Mapping[str, RunFile]) -> dict[str, list[str]]:
    """Return, for each system, the cases of a corpus that it has not answered."""
    return {
        spec: [case.case_id for case in corpus.cases if (corpus.name, case.case_id) not in file.done]
        for spec, file in files.items()
    }


def _one_corpus(
    task: Task,
    corpus: Corpus,
    todo: Mapping[str, Collection[str]],
    files: Mapping[str, RunFile],
    places: Places,
    counter: _Counter,
) -> str:
    """Run one corpus in a process of its own; return why it failed, or nothing."""
    job = {
        "task": task.name,
        "corpus": corpus.name,
        "todo": {spec: list(ids) for spec, ids in todo.items()},
        "data": str(places.data),
        "cache": str(places.cache),
    }
    cases = {case.case_id: case for case in corpus.cases}
    n_left = sum(map(len, todo.values()))
    with tempfile.TemporaryFile() as errors, _worker(job, errors) as process:
        for line in process.stdout or ():
            spec, kind, content = json.loads(line)
            if kind == "prepared":
                files[spec].add(prepared_row(corpus, Prepared(**content)))
                continue
            outcome = read_outcome(content)
            files[spec].add(case_row(corpus, cases[outcome.case_id], outcome))
            counter.answered()
            n_left -= 1
        if process.wait() == 0:
            return f"{n_left} cases were not answered" if n_left else ""
        errors.seek(0)
        said = errors.read().decode("utf-8", "replace").strip()
    return said.rpartition("\n")[2] or f"its process ended with {process.returncode}"


def _worker(job: Mapping[str, Any], errors: IO[bytes]) -> subprocess.Popen[bytes]:
    """Start the child with its job on stdin: the names of a thousand cases are more than a command line holds."""
    with tempfile.TemporaryFile() as given:
        given.write(json.dumps(job).encode())
        given.seek(0)
        command = [sys.executable, "-m", "engrep.eval.worker"]
        return subprocess.Popen(command, stdin=given, stdout=subprocess.PIPE, stderr=errors)


def read_outcome(content: dict[str, Any]) -> Outcome:
    """Read an outcome as the worker wrote it."""
    top = tuple(
        Shown(each["item"], each["score"], tuple(each["gold"]), tuple(map(tuple, each["why"])))
        for each in content["top"]
    )
    return Outcome(content["case_id"], content["values"], content["ms"], top, content["note"])


def work(job: Mapping[str, Any], write: Callable[[str], object]) -> None:
    """Do one corpus, in the child process: a JSON line for everything that happens."""
    from engrep.eval.tasks.registry import task as task_of

    places = Places(Path(job["data"]), Path(job["cache"]))
    task = task_of(job["task"])
    corpus = next(each for each in task.corpora(places) if each.name == job["corpus"])
    systems = {spec: make(spec, task.kind) for spec in job["todo"]}
    todo: dict[str, Sequence[Case]] = {}
    for spec, ids in job["todo"].items():
        wanted = set(ids)
        todo[spec] = [case for case in corpus.cases if case.case_id in wanted]
    for spec, event in task.answer(corpus, systems, todo, places):
        kind = "prepared" if isinstance(event, Prepared) else "case"
        write(json.dumps([spec, kind, asdict(event)]) + "\n")
