"""A small real task for agents: a bug that a commit mended, told as a user would, with the tests of that commit hidden.

A data set holds a file for each:

    {"repository": "owner/name", "licence": "MIT", "language": "python", "base": "…", "fix": "…", "fixed": "2026-07-17",
     "statement": "What goes wrong …", "command": "python -m pytest -q tests/test_x.py", "tests": ["tests/test_x.py"],
     "failing": ["tests.test_x::test_new"], "staying": ["tests.test_x::test_old"], "seconds": 120,
     "known": {"text": "…", "why": "…", "commit": "…"}}

`base` is the parent of `fix`. None of their content is part of the data set: both are fetched.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engrep.engine.errors import StateError
from engrep.eval.datasets import Dataset

_COMMIT = re.compile(r"[0-9a-f]{40}")
_PATH = re.compile(r"(?!/)(?!.*(^|/)\.\.(/|$))[\w./+-]+", re.ASCII)
MOST_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class Known:
    """What a project had decided before, in our words; the commit shows it."""

    text: str
    why: str
    commit: str


@dataclass(frozen=True, slots=True)
class AgentTask:
    """One task with what judges it."""

    name: str
    repository: str  # owner/name
    licence: str
    language: str
    base: str  # the commit that agents begin with
    fix: str  # its child
    statement: str
    command: tuple[str, ...]  # what runs the tests that agents see, and the hidden ones in their place
    tests: tuple[str, ...]  # files that the fix brought or changed, hidden until an agent is done
    failing: tuple[str, ...]  # tests that fail at the base and must pass
    staying: tuple[str, ...]  # tests that pass at the base and must go on passing
    seconds: float  # that the tests may take
    known: Known

    @property
    def commits(self) -> tuple[str, str]:
        """What has to be here."""
        return self.base, self.fix


def agent_tasks(data: Dataset) -> list[AgentTask]:
    """Read the tasks of a data set in the order of their names.

    Raises:
        StateError: a file is not as a task is.

    """
    return [_read(name.removesuffix(".json"), data.json(name)) for name in data.matching("*.json")]


def _read(name: str, told: Mapping[str, Any]) -> AgentTask:
    try:
        task = AgentTask(
            name, told["repository"], told["licence"], told["language"], told["base"], told["fix"], told["statement"].strip(),
            tuple(shlex.split(told["command"])), tuple(told["tests"]), tuple(told["failing"]), tuple(told["staying"]),
            float(told["seconds"]), Known(told["known"]["text"], told["known"]["why"], told["known"]["commit"]),
        )  # fmt: skip
    except (KeyError, TypeError, AttributeError, ValueError) as exc:
        what = f"it lacks {exc}" if isinstance(exc, KeyError) else str(exc)
        message = f"{name}.json is no task for agents: {what}; eval/agent_cases.py tells its form"
        raise StateError(message) from exc
    problem = _problem(task)
    if problem:
        message = f"{name}.json is no task for agents: {problem}"
        raise StateError(message)
    return task


def _problem(task: AgentTask) -> str:
    """Return what is wrong with a task, '' for nothing: data sets are other people's."""
    if not all(map(_COMMIT.fullmatch, (*task.commits, task.known.commit))) or task.base == task.fix:
        return "base, fix and the commit of what is known are whole names of commits, and the first two differ"
    if not task.statement or not task.failing or set(task.failing) & set(task.staying):
        return "it needs a statement and failing tests, none of which stays"
    if not task.tests or not all(map(_PATH.fullmatch, task.tests)):
        return "tests are files relative to the project"
    if task.command[:1] != ("python",):
        return "its command begins with python"
    if not 0 < task.seconds <= MOST_SECONDS:
        return f"its tests take between 0 and {MOST_SECONDS:g} seconds"
    return ""
