"""Where an agent works on a task: a repository of its own that ends at the base commit, with or without what came before.

The clone is made of the objects that the base commit leads to and of no others, has no remote, and nothing in it names the
place that it came from; the fix and its tests are in no folder that the tools of an agent can reach.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from engrep.agents.config import CONFIG_VARIABLE, config_path
from engrep.engine.errors import StateError
from engrep.engine.places import HOME_VARIABLE
from engrep.eval.agent_cases import AgentTask
from engrep.eval.fetch import kept_name

if TYPE_CHECKING:
    from engrep.engine.memory import Memory

_SOMEBODY = {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "someone"), ("EMAIL", "someone@localhost"), ("DATE", "2000-01-01T00:00:00Z"))
}
_READY = "ready"  # a file that is there once a ground is whole


@dataclass(frozen=True, slots=True)
class Ground:
    """The folders of one agent at one task."""

    folder: Path

    @property
    def root(self) -> Path:
        """The repository."""
        return self.folder / "project"

    @property
    def home(self) -> Path:
        """The indexes, memories and runs: beside the repository, so that no tool lists them."""
        return self.folder / "home"

    @property
    def is_ready(self) -> bool:
        """Tell whether it was made whole: then a run may have begun on it, and goes on."""
        return (self.folder / _READY).is_file()

    def remove(self) -> None:
        """Take it away; what cannot be removed is at least no ground to go on with."""
        (self.folder / _READY).unlink(missing_ok=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    @contextmanager
    def at_home(self) -> Iterator[None]:
        """Have engrep keep everything of this process in the ground, and read none of the person's memories."""
        # Which models to ask is the person's to say, so their file of them is told before the home moves.
        moved = {HOME_VARIABLE: os.fspath(self.home), CONFIG_VARIABLE: os.fspath(config_path())}
        before = {name: os.environ.get(name) for name in moved}
        os.environ.update(moved)
        try:
            yield
        finally:
            for name, value in before.items():
                os.environ.pop(name)
                os.environ.update({name: value} if value is not None else {})


def lay(ground: Ground, git_dir: Path, task: AgentTask, *, has_memory: bool) -> float:
    """Make the ground of a task, index it and remember what was known; return the seconds that engrep took for it.

    Raises:
        StateError: git fails.

    """
    from engrep.engine.memory import Memory

    ground.remove()
    ground.home.mkdir(parents=True)
    _clone(ground.root, git_dir, task.base, has_past=has_memory)
    begun = time.monotonic()
    with ground.at_home(), Memory.open(ground.root) as memory:
        memory.index()
        if has_memory:
            _remember(memory, task)
    took = time.monotonic() - begun
    (ground.folder / _READY).touch()
    return took


def _clone(root: Path, git_dir: Path, base: str, *, has_past: bool) -> None:
    git("init", "--quiet", "--initial-branch=main", str(root))
    depth = () if has_past else ("--depth=1",)
    # By the protocol, not by a copy of files: only what the commit leads to comes along.
    git(
        "-C",
        str(root),
        "fetch",
        "--quiet",
        "--no-tags",
        "--no-write-fetch-head",
        *depth,
        "--",
        git_dir.as_uri(),
        f"{kept_name(base)}:refs/heads/base",
    )
    if has_past:
        git("-C", str(root), "update-ref", "refs/heads/main", base)
    else:
        made = git("-C", str(root), "commit-tree", "refs/heads/base^{tree}", "-m", "The project")
        git("-C", str(root), "update-ref", "refs/heads/main", made)
    git("-C", str(root), "branch", "--quiet", "-D", "base")
    git("-C", str(root), "reset", "--quiet", "--hard", "main")
    if not has_past:
        (root / ".git" / "shallow").unlink(missing_ok=True)
        git("-C", str(root), "prune", "--expire=now")


def _remember(memory: Memory, task: AgentTask) -> None:
    from engrep.engine.memory_types import Evidence

    passage = Evidence(f"git:{task.known.commit}", "commit")
    memory.remember(task.known.text, kind="decision", why=task.known.why, evidence=[passage], actor="eval")


def git(*arguments: str) -> str:
    """Run git without the person's settings and return what it says; raises StateError."""
    quiet = {
        **os.environ, **_SOMEBODY, "GIT_TERMINAL_PROMPT": "0", "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1",
    }  # fmt: skip
    try:
        ran = subprocess.run(["git", *arguments], check=True, capture_output=True, stdin=subprocess.DEVNULL, env=quiet)
    except FileNotFoundError as exc:
        message = "git is not installed"
        raise StateError(message) from exc
    except subprocess.CalledProcessError as exc:
        said = " ".join(exc.stderr.decode("utf-8", "replace").split())
        message = f"git {arguments[2] if arguments[0] == '-C' else arguments[0]} failed: {said}"
        raise StateError(message) from exc
    return ran.stdout.decode("utf-8", "surrogateescape").strip()
