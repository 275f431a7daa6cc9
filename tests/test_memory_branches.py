"""Memories of a branch: where they hold is read from git, on the real command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from conftest import git, write_files

if TYPE_CHECKING:
    from conftest import Cli, MakeRepo

SHOP = "#- a.py\ndef a(): return 1\n"


def ask(cli: Cli, root: Path, *arguments: str) -> dict[str, Any]:
    """Run a command and give its JSON."""
    done = cli(*arguments, "--json", cwd=root)
    assert done.returncode in (0, 1), done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def commit(root: Path, name: str) -> None:
    """Add a file in a commit of its own."""
    write_files(root, f"#- {name}.py\nX = 1\n")
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", name)


@pytest.fixture
def trial(repo: MakeRepo) -> Path:
    """Give a repository on a branch of its own."""
    root = repo(SHOP, git=True)
    git(root, "checkout", "--quiet", "-b", "trial")
    return root


def conversation(root: Path, branch: str) -> str:
    """Write a conversation that was held on a branch."""
    path = root.parent / "told.json"
    said = "On this branch, always use three attempts because five are slow."
    path.write_text(json.dumps({"id": "s", "branch": branch, "messages": [{"role": "user", "content": said}]}))
    return str(path)


def test_what_is_drawn_from_a_session_of_a_branch_is_bound_to_it(trial: Path, cli: Cli) -> None:
    """Before the branch had a commit it held everywhere, and after the branch was deleted nowhere."""
    assert ask(cli, trial, "distill", conversation(trial, "trial"))["active"] == 1
    git(trial, "checkout", "--quiet", "main")
    assert ask(cli, trial, "memories")["elsewhere"] == 1
    git(trial, "checkout", "--quiet", "trial")
    commit(trial, "new")
    ask(cli, trial, "index")
    git(trial, "checkout", "--quiet", "main")
    git(trial, "merge", "--quiet", "--no-ff", "--message", "merge", "trial")
    git(trial, "branch", "--quiet", "--delete", "trial")
    assert ask(cli, trial, "memories")["total"] == 1


def test_a_branch_that_no_command_line_can_name_stops_nothing(trial: Path, cli: Cli) -> None:
    """A history is somebody else's text: its branch held a zero byte, and distilling failed."""
    assert ask(cli, trial, "distill", conversation(trial, "tri\0al"))["active"] == 1
    assert ask(cli, trial, "memories")["elsewhere"] == 1


def test_a_hook_of_another_repository_does_not_mislead(trial: Path, cli: Cli, tmp_path: Path) -> None:
    """In a git hook the environment names the hook's repository, and the branch was looked up in that one."""
    commit(trial, "new")
    ask(cli, trial, "remember", "Try three attempts.", "--scope", "branch:trial")
    git(trial, "checkout", "--quiet", "main")
    other = tmp_path / "other"
    git(tmp_path, "clone", "--quiet", "--branch", "trial", str(trial), str(other))
    done = cli("memories", "--json", cwd=trial, GIT_DIR=str(other / ".git"))
    assert json.loads(done.stdout)["elsewhere"] == 1


def test_in_a_linked_work_tree_the_branch_is_its_own(trial: Path, cli: Cli, tmp_path: Path) -> None:
    """Two work trees of one repository share the memories, and each sees those of its branch."""
    commit(trial, "new")
    ask(cli, trial, "remember", "Try three attempts.", "--scope", "branch:trial")
    other = tmp_path / "linked"
    git(trial, "worktree", "add", "--quiet", str(other), "main")
    assert [ask(cli, tree, "memories")["total"] for tree in (trial, other)] == [1, 0]


def test_a_branch_that_starts_from_another_takes_nothing_from_it(trial: Path, cli: Cli) -> None:
    """What was decided on the first of two that stand on one commit never showed after its merge."""
    commit(trial, "new")
    git(trial, "branch", "--quiet", "further")
    ask(cli, trial, "remember", "Try three attempts.", "--scope", "branch:trial")
    git(trial, "checkout", "--quiet", "main")
    assert ask(cli, trial, "memories")["total"] == 0
    git(trial, "merge", "--quiet", "--no-ff", "--message", "merge", "trial")
    assert ask(cli, trial, "memories")["total"] == 1
