"""The work tree of a run: beside the person's, never in it, and never a program of the repository started."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from conftest import git

from engrep.agents import workspace_files as files
from engrep.agents.workspace import Workspace, start_of
from engrep.agents.workspace_paths import RefusedError
from engrep.engine.errors import StateError, UsageError

if TYPE_CHECKING:
    from conftest import MakeRepo

SUM = """
    #- calc/__init__.py
    #- calc/total.py
    def total(items):
        return sum(items) + 1
    #- tests/test_total.py
    from calc.total import total
    def test_empty():
        assert total([]) == 1
    #- .gitignore
    *.log
"""


@pytest.fixture
def space(repo: MakeRepo, tmp_path: Path) -> Workspace:
    """Make a run's work tree of a small repository."""
    root = repo(SUM, git=True)
    made = Workspace(root, tmp_path / "run", start_of(root).commit)
    made.make()
    return made


def test_states_are_kept_and_brought_back_without_touching_the_persons_tree(space: Workspace) -> None:
    """A snapshot holds new, changed and deleted files; going back and forth gives each state again."""
    (space.tree / "calc/total.py").write_text("def total(items):\n    return sum(items)\n")
    (space.tree / "new.txt").write_text("new\n")
    (space.tree / "tests/test_total.py").unlink()
    (space.tree / "noise.log").write_text("ignored\n")
    after = space.snapshot()
    assert space.changed(after) == (("M", "calc/total.py"), ("A", "new.txt"), ("D", "tests/test_total.py"))
    space.restore(space.base)
    assert (space.tree / "tests/test_total.py").exists()
    assert not (space.tree / "new.txt").exists()
    space.restore(after)
    assert (space.tree / "new.txt").read_text() == "new\n"
    assert not (space.tree / "tests/test_total.py").exists()
    assert git(space.root, "status", "--porcelain") == ""
    assert "+ 1" in (space.root / "calc/total.py").read_text()


def test_a_branch_is_added_and_nothing_else_moves(space: Workspace) -> None:
    """The result is a branch on the base; the person's branch and index stay, and the work tree goes."""
    head = git(space.root, "rev-parse", "main")
    (space.tree / "new.txt").write_text("new\n")
    tree = space.snapshot(["new.txt"])
    made = space.commit(tree, "engrep/r1", "Add new.txt")
    assert space.commit(tree, "engrep/r1", "Add new.txt") == made
    with pytest.raises(StateError, match="engrep/r1"):
        space.commit(space.base + "^{tree}", "engrep/r1", "another")
    space.remove()
    assert git(space.root, "rev-parse", "main") == head
    assert git(space.root, "show", "engrep/r1:new.txt") == "new\n"
    assert git(space.root, "worktree", "list").count("\n") == 1
    assert not space.tree.exists()


def test_the_patch_applies(space: Workspace, tmp_path: Path) -> None:
    """`git apply` takes the patch of a run, whatever the person configured for comparing."""
    git(space.root, "config", "diff.external", "/bin/false")
    (space.tree / "calc/total.py").write_text("def total(items):\n    return sum(items)\n")
    patch = tmp_path / "change.patch"
    patch.write_text(space.patch(space.snapshot()))
    git(space.root, "apply", str(patch))
    assert (space.root / "calc/total.py").read_text() == "def total(items):\n    return sum(items)\n"


def test_no_program_of_the_repository_runs(repo: MakeRepo, tmp_path: Path) -> None:
    """Hooks, filters, the file monitor and signing that a repository configures are not started."""
    root = repo(SUM + "    #- .gitattributes\n    * filter=evil merge=evil diff=evil\n", git=True)
    mark = tmp_path / "ran"
    for name in ("post-checkout", "reference-transaction", "post-index-change", "pre-commit"):
        hook = root / ".git/hooks" / name
        hook.write_text(f"#!/bin/sh\necho {name} >> {mark}\n")
        hook.chmod(0o755)
    evil = f"sh -c 'echo evil >> {mark}; cat'"
    for key in (
        "filter.evil.smudge",
        "filter.evil.clean",
        "filter.evil.process",
        "core.fsmonitor",
        "diff.evil.textconv",
    ):
        git(root, "config", key, evil)
    git(root, "config", "filter.evil.required", "true")
    git(root, "config", "commit.gpgSign", "true")
    git(root, "config", "gpg.program", str(tmp_path / "none"))
    mark.unlink(missing_ok=True)
    space = Workspace(root, tmp_path / "run", start_of(root).commit)
    space.make()
    (space.tree / "new.txt").write_text("new\n")
    tree = space.snapshot()
    assert "new.txt" in space.patch(tree)
    space.restore(space.base)
    space.commit(tree, "engrep/r1", "x")
    space.remove()
    assert not mark.exists(), mark.read_text()


def test_only_the_tests_of_a_change(space: Workspace) -> None:
    """The base with the new tests alone is a tree of its own: what fails there is what the change mends."""
    (space.tree / "calc/total.py").write_text("def total(items):\n    return sum(items)\n")
    (space.tree / "tests/test_more.py").write_text("from calc.total import total\n")
    mixed = space.only(space.snapshot(), ["tests/test_more.py"])
    space.restore(mixed)
    assert "+ 1" in (space.tree / "calc/total.py").read_text()
    assert (space.tree / "tests/test_more.py").exists()


def test_no_repository_and_no_commit_are_said(repo: MakeRepo) -> None:
    """A run needs a commit to start from; what is uncommitted is counted, because it is no part of it."""
    with pytest.raises(UsageError, match="git init"):
        start_of(repo(SUM))
    empty = repo(SUM)
    git(empty, "init", "--quiet")
    with pytest.raises(UsageError, match="no commit"):
        start_of(empty)
    root = repo(SUM, git=True)
    (root / "more.txt").write_text("x")
    (root / "calc/total.py").write_text("x = 1\n")
    assert (start_of(root).uncommitted, start_of(root).branch) == (2, "main")


OUTSIDE = [
    "../secret.txt", "calc/../../secret.txt", "/etc/passwd", "~/.ssh/id_rsa", "C:\\Windows\\x", "\\\\host\\share", ".git/config",
    ".GIT/hooks/pre-commit", "calc/.git/x", ".git. /config", "git~1/config", ".git:stream", ".engrep/memory.db", ".env",
    ".env.production", "deploy/.ENV", "keys/id_rsa", "server.pem", "a\0b", "a\nb", "link.txt", "folder/x.txt", "loop/calc/total.py",
    "calc/\u202etotal.py", ".g\u200cit/config", "..\\secret.txt", "x" * 500,
]  # fmt: skip


@pytest.mark.parametrize("path", OUTSIDE)
def test_no_tool_leaves_the_work_tree_or_reads_secrets(space: Workspace, path: str) -> None:
    """Paths that lead out, through links, into git's state or to secrets are refused for reading, writing and deleting."""
    outside = space.folder / "secret.txt"
    outside.write_text("hidden")
    (space.tree / ".env").write_text("KEY=1")
    (space.tree / "link.txt").symlink_to(outside)
    (space.tree / "folder").symlink_to(space.folder)
    (space.tree / "loop").symlink_to(space.tree)
    acts: tuple[Callable[[], object], ...] = (
        lambda: files.read_lines(space.tree, path),
        lambda: files.write(space.tree, path, "x"),
        lambda: files.delete(space.tree, path),
        lambda: files.replace(space.tree, path, "a", "b"),
        lambda: files.list_names(space.tree, path),
    )
    for act in acts:
        with pytest.raises(RefusedError):
            act()
    assert outside.read_text() == "hidden"
    assert (space.tree / ".env").read_text() == "KEY=1"


def test_files_are_read_written_and_replaced(space: Workspace) -> None:
    """Reading numbers the lines, writing makes folders, replacing wants the old text exactly once and keeps CRLF."""
    assert (
        files.read_lines(space.tree, "./calc/total.py") == "    1  def total(items):\n    2      return sum(items) + 1"
    )
    assert files.write(space.tree, "deep/er/x.txt", "a\nb\na\n") == "deep/er/x.txt"
    with pytest.raises(RefusedError, match="2 times"):
        files.replace(space.tree, "deep/er/x.txt", "a", "c")
    with pytest.raises(RefusedError, match="not in it"):
        files.replace(space.tree, "deep/er/x.txt", "zz", "c")
    (space.tree / "dos.txt").write_bytes(b"one\r\ntwo\r\nthree\xff\r\n")
    files.replace(space.tree, "dos.txt", "one\ntwo\n", "1\n2\n")
    assert (space.tree / "dos.txt").read_bytes() == b"1\r\n2\r\nthree\xff\r\n"
    assert "er/" in files.list_names(space.tree, "deep")
    assert files.delete(space.tree, "deep/er/x.txt") == "deep/er/x.txt"
    assert [path.name for path in space.tree.rglob("*.part")] == []


def test_sizes_secrets_and_binary_files_are_limits(space: Workspace) -> None:
    """Very large texts are refused, secrets are not shown, and their marks are not written back."""
    with pytest.raises(RefusedError, match="too much"):
        files.write(space.tree, "big.txt", "x" * (files.MOST_WRITTEN + 1))
    (space.tree / "data.bin").write_bytes(b"\0\1")
    with pytest.raises(RefusedError, match="no text"):
        files.read_lines(space.tree, "data.bin")
    (space.tree / "settings.py").write_text('API_KEY = "sk-abcdefghijklmnop1234567890"\nNAME = 1\n')
    shown = files.read_lines(space.tree, "settings.py")
    assert "sk-abc" not in shown
    assert "[REDACTED:" in shown
    with pytest.raises(RefusedError, match="secret"):
        files.write(space.tree, "settings.py", 'API_KEY = "[REDACTED:model-key:12345678]"\n')
    files.replace(space.tree, "settings.py", "NAME = 1", "NAME = 2")
    assert "sk-abc" in (space.tree / "settings.py").read_text()


def test_a_hard_link_is_not_written_through(space: Workspace) -> None:
    """A file is put in its place anew, so another name of the old one keeps its text."""
    outside = space.folder / "other.txt"
    outside.write_text("kept\n")
    (space.tree / "same.txt").hardlink_to(outside)
    files.write(space.tree, "same.txt", "new\n")
    assert outside.read_text() == "kept\n"


def test_a_work_tree_that_names_another_repository_is_not_believed(space: Workspace, tmp_path: Path) -> None:
    """Commands of a run can write the file .git of its work tree: a repository with programs of theirs is never asked."""
    mark = tmp_path / "ran"
    evil = tmp_path / "evil"
    evil.mkdir()
    git(evil, "init", "--quiet")
    git(evil, "config", "filter.evil.clean", f"sh -c 'echo ran >> {mark}; cat'")
    (space.tree / ".git").write_text(f"gitdir: {evil / '.git'}\n")
    (space.tree / ".gitattributes").write_text("* filter=evil\n")
    (space.tree / "new.txt").write_text("new\n")
    tree = space.snapshot()
    space.restore(space.base)
    space.restore(tree)
    space.clean()
    assert ("A", "new.txt") in space.changed(tree)
    assert not mark.exists()
    space.remove()
    assert git(space.root, "worktree", "list").count("\n") == 1


def test_what_a_killed_git_leaves_behind_is_in_nobodys_way(space: Workspace) -> None:
    """A lock of an index whose process was killed, and a tree that was half made, stop nothing."""
    (space.folder / "index.lock").write_text("")
    (space.tree / "calc/total.py").unlink()
    space.make()
    space.restore(space.base)
    assert (space.tree / "calc/total.py").exists()


def test_removing_what_is_gone_changes_nothing_around_it(space: Workspace) -> None:
    """The folder around a work tree that was not there lost its permissions: the way to remove was opened one step too high."""
    space.folder.chmod(0o755)
    locked = space.tree / "locked"
    locked.mkdir()
    (locked / "x.txt").write_text("x")
    locked.chmod(0o500)
    space.remove()
    space.remove()
    assert not space.tree.exists()
    assert space.folder.stat().st_mode & 0o777 == 0o755
