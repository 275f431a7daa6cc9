"""A place of its own for a run: a work tree beside the person's, whose states are kept as git trees.

    .engrep/runs/<id>/tree      the work tree, detached from every branch
    .engrep/runs/<id>/index     the index that snapshots are made with
    .engrep/runs/<id>/tmp       the home and temporary folder of commands

The person's work tree, index and branches are never written; a run that succeeds adds the branch `engrep/<id>`, and nothing
is pushed. Until then `refs/engrep/<id>` names its states, so that `git gc` leaves them. What git tracks or would track is a snapshot's; what it ignores stays where it is.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import sleep

from engrep.agents.workspace_git import Git
from engrep.engine.errors import StateError, UsageError
from engrep.engine.places import main_work_tree

BRANCH_PREFIX = "engrep/"
_NOBODY = {
    "GIT_AUTHOR_NAME": "engrep", "GIT_AUTHOR_EMAIL": "engrep@localhost",
    "GIT_COMMITTER_NAME": "engrep", "GIT_COMMITTER_EMAIL": "engrep@localhost",
}  # fmt: skip
_PATCH = ("--no-ext-diff", "--no-textconv", "--no-color", "--binary", "--full-index", "-M")


@dataclass(frozen=True, slots=True)
class Start:
    """Where a run starts from."""

    commit: str
    branch: str  # that is checked out, '' for none
    uncommitted: int  # files of the person's work tree that differ: they are no part of a run


def start_of(root: Path) -> Start:
    """Return what is checked out in a root.

    Raises:
        UsageError: it is no git repository's top folder, or there is no commit yet.
        StateError: git cannot be run.

    """
    git = Git(root)
    top = git.tried("rev-parse", "--show-toplevel")
    if top.returncode or Path(os.fsdecode(top.stdout).rstrip("\n")).resolve() != root.resolve():
        message = f"{root} is not the top folder of a git repository: run `git init` and commit, or give --repo"
        raise UsageError(message)
    head = git.tried("rev-parse", "--verify", "--quiet", "HEAD^{commit}")
    if head.returncode:
        message = f"{root} has no commit yet: commit what a run is to start from"
        raise UsageError(message)
    branch = os.fsdecode(git.tried("symbolic-ref", "--quiet", "--short", "HEAD").stdout).strip()
    changed = git.run("status", "--porcelain", "-z", "--no-renames", "--ignore-submodules=all")
    return Start(head.stdout.decode().strip(), branch, len([each for each in changed.split(b"\0") if each]))


class Workspace:
    """The work tree of one run; several threads may make snapshots."""

    def __init__(self, root: Path, folder: Path, base: str) -> None:
        self.root, self.folder, self.base = root, folder, base
        self.tree = folder / "tree"
        self.temporary = folder / "tmp"
        self._git = Git(main_work_tree(root))
        self._lock = threading.RLock()
        self._home: Path | None = None
        self._names = f"refs/engrep/{folder.name}"
        self._named: set[str] = set()

    @property
    def _here(self) -> Git:
        return self._with(self.folder / "index")

    def _with(self, index: Path) -> Git:
        if self._home is None:
            self._home = self._found_home()
        if self._home is None:
            message = f"git does not know the work tree {self.tree} any more: begin a run anew"
            raise StateError(message)
        return self._git.at(self.tree, index, self._home)

    def _found_home(self) -> Path | None:
        """Return the folder that the repository keeps for the work tree, None where it keeps none."""
        common = os.fsdecode(self._git.tried("rev-parse", "--git-common-dir").stdout).rstrip("\n")
        for pointer in (self._git.folder / common / "worktrees").glob("*/gitdir"):
            with contextlib.suppress(OSError):
                if Path(pointer.read_text(encoding="utf-8").strip()).parent.resolve() == self.tree.resolve():
                    return pointer.parent.resolve()
        return None

    def make(self) -> None:
        """Make the work tree at the base, where it is not there already; raises StateError."""
        self.temporary.mkdir(parents=True, exist_ok=True)
        if not (self.tree / ".git").is_file() or self._found_home() is None:
            if self.tree.exists():  # a command took its `.git` away, or the project was moved
                _remove(self.tree)
            self._git.run("worktree", "add", "--force", "--force", "--detach", os.fspath(self.tree), self.base)
        self._git.run("update-ref", f"{self._names}/base", self.base)
        for lock in ("index.lock", "index.mixed", "index.mixed.lock"):  # of a process that was killed
            (self.folder / lock).unlink(missing_ok=True)
        here = self._here
        # The work tree's own index knows the files' times, so that the first snapshot need not read them all.
        try:
            shutil.copyfile((self._home or self.tree) / "index", self.folder / "index")
        except OSError:
            here.run("read-tree", self.base)

    def snapshot(self, paths: Sequence[str] | None = None) -> str:
        """Keep the files as a git tree and return its id; of all files, or of those that were written since the last.

        Raises:
            StateError: git fails.

        """
        with self._lock:
            if paths is None:
                self._here.run("add", "--all", ".")
            else:
                listed = b"\0".join(map(os.fsencode, paths))
                self._here.run("update-index", "-z", "--add", "--remove", "--stdin", stdin=listed + b"\0")
            return self._held(self._here.text("write-tree"))

    def _held(self, tree: str) -> str:
        """Name a tree in the repository, so that git does not clean it up before the run is over."""
        if tree not in self._named:
            self._git.run("update-ref", f"{self._names}/{tree}", tree)
            self._named.add(tree)
        return tree

    def restore(self, tree: str) -> None:
        """Make the files those of a git tree; what git ignores stays. Raises StateError."""
        with self._lock:
            self._here.run("add", "--all", ".")
            self._here.run("read-tree", "--reset", "-u", tree)

    def only(self, tree: str, paths: Sequence[str]) -> str:
        """Return the tree of the base in which these files are as in another tree, or gone as there; raises StateError."""
        index = self.folder / "index.mixed"
        mixed = self._with(index)
        try:
            mixed.run("read-tree", self.base)
            listed = mixed.run("ls-tree", "-r", "-z", tree, "--", *(f":(literal){path}" for path in paths))
            there = {os.fsdecode(each.partition(b"\t")[2]) for each in listed.split(b"\0")}
            gone = b"".join(b"0 %s\t%s\0" % (b"0" * 40, os.fsencode(path)) for path in paths if path not in there)
            mixed.run("update-index", "-z", "--index-info", stdin=gone + listed)
            return self._held(mixed.text("write-tree"))
        finally:
            index.unlink(missing_ok=True)

    def clean(self) -> None:
        """Take away what git ignores and what it does not know: only what would be committed stays."""
        self._here.run("clean", "-ffdxq")

    def changed(self, tree: str) -> tuple[tuple[str, str], ...]:
        """Return what a tree changes, as letters (A, M, D, T) and paths."""
        told = self._git.run("diff-tree", "-r", "-z", "--no-renames", "--name-status", self.base, tree)
        parts = os.fsdecode(told).split("\0")[:-1]
        return tuple(zip(parts[::2], parts[1::2], strict=True))

    def counts(self, tree: str) -> list[tuple[int, int, str]]:
        """Return how many lines a tree adds and removes, and the file; 0 and 0 where it is no text."""
        told = self._git.run("diff-tree", "-r", "-z", "--no-renames", "--numstat", "--no-ext-diff", self.base, tree)
        lines = [line.split("\t", 2) for line in os.fsdecode(told).split("\0") if line.count("\t") >= 2]
        return [(int(a) if a.isdigit() else 0, int(b) if b.isdigit() else 0, path) for a, b, path in lines]

    def patch(self, tree: str, *, context: int = 3, since: str = "") -> str:
        """Return what a tree changes as a patch that `git apply` takes."""
        told = self._git.run("diff-tree", "-r", "-p", *_PATCH, f"-U{context}", since or self.base, tree)
        return told.decode("utf-8", "surrogateescape")

    def lines_at(self, tree: str, path: str) -> list[str] | None:
        """Return the lines of a file in a tree, None where there is no such file."""
        found = self._git.tried("cat-file", "blob", f"{tree}:{path}")
        return None if found.returncode else found.stdout.decode("utf-8", "replace").splitlines()

    def commit(self, tree: str, branch: str, message: str) -> str:
        """Put a tree on a new branch and return its commit; one that is there already with this tree is kept.

        Raises:
            StateError: the branch is there with another tree, or git fails.

        """
        reference = f"refs/heads/{branch}"
        there = self._git.tried("rev-parse", "--verify", "--quiet", f"{reference}^{{tree}}")
        if not there.returncode:
            if there.stdout.decode().strip() == tree:
                return self._git.text("rev-parse", reference)
            message = f"there is a branch {branch} already, with something else: rename it, then go on with --resume"
            raise StateError(message)
        made = self._git.text("commit-tree", tree, "-p", self.base, "-m", message, variables=self._author())
        self._git.run("update-ref", reference, made, "")
        return made

    def _author(self) -> dict[str, str]:
        """Return an identity where the person has none; else nothing, so that git takes the person's."""
        known = self._git.tried("var", "GIT_COMMITTER_IDENT")
        return {} if not known.returncode else _NOBODY

    def remove(self) -> None:
        """Take the work tree and its temporary files away; what is in the run's folder beside them stays."""
        home = self._home or self._found_home()
        if home is not None:
            (home / "locked").unlink(missing_ok=True)  # where it was killed in the middle of making it
        for folder in (self.tree, self.temporary):
            _remove(folder)
        (self.folder / "index").unlink(missing_ok=True)
        names = self._git.tried("for-each-ref", "--format=delete %(refname)", f"{self._names}/").stdout
        self._git.tried("update-ref", "--stdin", stdin=names)
        self._git.tried("worktree", "prune")


def _remove(folder: Path) -> None:
    """Remove a folder, its read-only parts too; a link is removed, not followed, and nothing outside is changed."""

    def once_more(function: object, path: str, _: object) -> None:
        with contextlib.suppress(OSError):
            if folder in Path(path).parents:
                Path(path).parent.chmod(stat.S_IRWXU)
            if callable(function):
                function(path)

    for wait in (0.0, 0.1, 0.5):  # on Windows a file that a program still holds cannot be removed
        if not folder.is_symlink() and not folder.exists():
            return
        sleep(wait)
        if sys.version_info >= (3, 12):
            shutil.rmtree(folder, onexc=once_more)
        else:
            shutil.rmtree(folder, onerror=once_more)
