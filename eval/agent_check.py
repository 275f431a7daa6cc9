"""Whether tasks for agents are what they say: each fails before its fix and passes with it, and nothing else changes."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from engrep.eval.agent_cases import AgentTask
from engrep.eval.agent_ground import git
from engrep.eval.agent_judge import FAILED, PASSED, counted, tested
from engrep.eval.datasets import MissingDataError, Places
from engrep.eval.fetch import history

Tell = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Checked:
    """What running a task's tests three times showed."""

    task: str
    problems: tuple[str, ...]  # none: the task is as it says
    before: dict[str, int]  # how the tests ended at the base
    hidden: dict[str, int]  # those of the fix at the base
    after: dict[str, int]  # those of the fix with it
    failing: tuple[str, ...]  # that fail without the fix and pass with it
    staying: tuple[str, ...]  # that pass before and after
    seconds: float  # of the slowest of the three

    @property
    def is_right(self) -> bool:
        """Tell whether the task may judge anybody."""
        return not self.problems


def check_all(name: str, wanted: Collection[str], places: Places, tell: Tell | None = None) -> list[Checked]:
    """Check the tasks of a data set, or those named.

    Raises:
        UsageError: one is not there.
        MissingDataError: one has to be fetched first.
        StateError: git or pytest cannot be run.

    """
    from engrep.eval.run import Wish, chosen, present
    from engrep.eval.tasks.registry import task as task_of

    task = task_of(name)
    corpora, absent = present(task, chosen(task.corpora(places), Wish((), tuple(wanted))), places)
    if absent:
        raise MissingDataError(absent[0])
    found = []
    for at, corpus in enumerate(corpora):
        if tell is not None:
            tell(corpus.name, at, len(corpora))
        found.append(check(corpus.detail, places))
    return found


def check(task: AgentTask, places: Places) -> Checked:
    """Run a task's tests at its base, there with the tests of the fix, and at the fix; raises StateError."""
    git_dir = history(places, task.repository)
    problems = list(_of_history(task, git_dir))
    places.work.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=places.work) as made:
        work = Path(made)
        own, said, first = _timed(task, git_dir, task.base, work, hidden=False)
        at_base, _, second = _timed(task, git_dir, task.base, work, hidden=True)
        fixed, last, third = _timed(task, git_dir, task.fix, work, hidden=True)
    seconds = max(first, second, third)
    failing = tuple(test for test, how in fixed.items() if how == PASSED and at_base.get(test) != PASSED)
    staying = tuple(test for test, how in fixed.items() if how == PASSED and at_base.get(test) == PASSED)
    problems += [] if counted(own)["failed"] == 0 and own else [f"the tests fail at the base: {_end(said)}"]
    problems += [] if counted(fixed)["failed"] == 0 and fixed else [f"the tests fail with the fix: {_end(last)}"]
    problems += _differing(task, failing, at_base, fixed)
    return Checked(
        task.name, tuple(problems), counted(own), counted(at_base), counted(fixed), failing, staying, seconds
    )


def _timed(
    task: AgentTask, git_dir: Path, commit: str, work: Path, *, hidden: bool
) -> tuple[dict[str, str], str, float]:
    begun = time.monotonic()
    results, said = tested(task, git_dir, git_dir, commit, work, hidden=hidden)
    return results, said, time.monotonic() - begun


def _of_history(task: AgentTask, git_dir: Path) -> Iterator[str]:
    """Tell what of a task's commits is otherwise than it says."""
    if git("-C", str(git_dir), "rev-parse", f"{task.fix}^") != task.base:
        yield "the base is not the parent of the fix"
    changed = set(git("-C", str(git_dir), "diff", "--name-only", task.base, task.fix).splitlines())
    if absent := sorted(set(task.tests) - changed):
        yield f"the fix does not change {', '.join(absent)}"
    past = git("-C", str(git_dir), "rev-list", task.base).splitlines()
    if task.known.commit not in past:
        yield "what is known rests on a commit that is not before the fix"


def _differing(
    task: AgentTask, failing: tuple[str, ...], at_base: Mapping[str, str], fixed: Mapping[str, str]
) -> list[str]:
    """Tell which tests are not as a task says; one that this machine skips may be anything."""
    wrong = sorted(set(task.failing) ^ set(failing))
    lost = [test for test in task.staying if FAILED in (at_base.get(test, FAILED), fixed.get(test, FAILED))]
    told = (
        [f"{len(wrong)} tests are failing and not told, or told and not failing ({', '.join(wrong[:3])})"]
        if wrong
        else []
    )
    return told + ([f"{len(lost)} tests do not stay passing ({', '.join(lost[:3])})"] if lost else [])


def _end(said: str) -> str:
    return " ".join(said.split())[-200:]
