"""What became of a task: the hidden tests, run by the engine on an agent's files when it is done.

Everything that is a test, and everything that steers how tests run, is as in the fix: what an agent did to them counts for
nothing, for good or ill.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

from engrep.agents import commands as programs
from engrep.agents.commands_environment import environment_for, writable_for
from engrep.engine.errors import StateError
from engrep.eval.agent_cases import AgentTask
from engrep.eval.agent_ground import git
from engrep.eval.snapshots import blobs, switch
from engrep.eval.snapshots import tree as files_of
from engrep.indexers.testing import is_test_path

PASSED, FAILED, SKIPPED = "passed", "failed", "skipped"
_STEERING = frozenset(
    {"conftest.py", "pytest.ini", ".pytest.ini", "pytest.toml", ".pytest.toml", "tox.ini", "setup.cfg", "pyproject.toml",
     "sitecustomize.py", "usercustomize.py"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Verdict:
    """How the hidden tests ended on an agent's files."""

    failing: tuple[str, ...]  # tests of the bug that do not pass
    broken: tuple[str, ...]  # tests that passed before and do not any more
    said: str  # how the command ended, and the end of what it printed

    @property
    def is_solved(self) -> bool:
        """Tell whether everything passes that has to."""
        return not self.failing and not self.broken


def judge(task: AgentTask, git_dir: Path, repository: Path, commit: str, work: Path) -> Verdict:
    """Run the hidden tests, which `git_dir` has, on a commit of an agent's git directory; `work` is a folder for it.

    Raises:
        StateError: git fails, or pytest is not here.

    """
    results, said = tested(task, git_dir, repository, commit, work, hidden=True)
    return Verdict(
        tuple(test for test in task.failing if results.get(test) != PASSED),
        # What a library that is not here keeps from running breaks nothing.
        tuple(test for test in task.staying if results.get(test, FAILED) == FAILED),
        said,
    )


def tested(
    task: AgentTask, git_dir: Path, repository: Path, commit: str, work: Path, *, hidden: bool
) -> tuple[dict[str, str], str]:
    """Return how each test ended on a commit, with the tests of the fix in their place or not; and how the command ended."""
    require_pytest()
    work.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=work) as made:
        tree, temporary = Path(made) / "tree", Path(made) / "tmp"
        temporary.mkdir()
        switch(repository, git("-C", str(repository), "rev-parse", f"{commit}^{{commit}}"), tree, suffixes=None)
        if hidden:
            put_in(tree, git_dir, task.fix)
        report = temporary / "tests.xml"
        environment = environment_for(tree, tree, temporary)
        argv = [sys.executable, *task.command[1:], f"--junitxml={report}"]
        bounds = programs.Bounds(seconds=task.seconds)
        ran = programs.run(argv, tree, environment, writable_for(tree, temporary), bounds)
        return read_results(report), f"{ran.said}\n{ran.output[-2000:]}"


def put_in(tree: Path, git_dir: Path, fix: str) -> None:
    """Make everything that is a test, or steers tests, as it is in the fix."""
    wanted = {path: blob for path, blob in files_of(git_dir, fix, suffixes=None).items() if _is_judging(path)}
    for path in [each for each in sorted(tree.rglob("*")) if each.is_file() or each.is_symlink()]:
        name = path.relative_to(tree).as_posix()
        if _is_judging(name) and name not in wanted:
            path.unlink()
    for (name, _), content in zip(wanted.items(), blobs(git_dir, list(wanted.values())), strict=True):
        _write(tree, name, content)


def _is_judging(path: str) -> bool:
    return path.rpartition("/")[2] in _STEERING or is_test_path(path)


def _write(tree: Path, name: str, content: bytes) -> None:
    """Write a file, also where an agent put a link or a file in the way of it."""
    place = tree
    for part in name.split("/")[:-1]:
        place = place / part
        if place.is_symlink() or place.is_file():
            place.unlink()
        place.mkdir(exist_ok=True)
    place = place / name.rpartition("/")[2]
    if place.is_symlink() or place.is_file():
        place.unlink()
    elif place.is_dir():
        shutil.rmtree(place)
    place.write_bytes(content)


def read_results(report: Path) -> dict[str, str]:
    """Return how each test ended by pytest's own report, "module.Class::name[parameters]" → how; nothing without one."""
    try:
        found = ET.parse(report)  # noqa: S314 - pytest wrote it, on this machine
    except (OSError, ET.ParseError):
        return {}
    return {f"{case.get('classname')}::{case.get('name')}": _ended(case) for case in found.iter("testcase")}


def _ended(case: ET.Element) -> str:
    if case.find("failure") is not None or case.find("error") is not None:
        return FAILED
    return SKIPPED if case.find("skipped") is not None else PASSED


def require_pytest() -> None:
    """Raise StateError where the hidden tests cannot be run."""
    from importlib.util import find_spec

    if find_spec("pytest") is None:
        message = f"the hidden tests are run by pytest, which {sys.executable} does not have: pip install pytest"
        raise StateError(message)


def counted(results: Mapping[str, str]) -> dict[str, int]:
    """Return how many tests ended how."""
    return {how: sum(each == how for each in results.values()) for how in (PASSED, FAILED, SKIPPED)}
