"""Which branch a work tree is on, and whether another one is merged into it: read from git's own files where that is enough."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_NOT_IN_HEAD = ".invalid"  # what the file says where git keeps its references in tables


def current_branch(root: Path) -> str:
    """Return the branch that is checked out, '' for none: a single commit, or no repository; no program is started."""
    folder = git_folder(root)
    try:
        head = (folder / "HEAD").read_text(encoding="utf-8").strip() if folder else ""
    except (OSError, ValueError):
        return ""
    branch = head.removeprefix("ref: refs/heads/") if head.startswith("ref: refs/heads/") else ""
    return branch if branch != _NOT_IN_HEAD else _git(root, "symbolic-ref", "--quiet", "--short", "HEAD") or ""


def is_repository(root: Path) -> bool:
    """Tell whether a root lies in a work tree."""
    return git_folder(root) is not None


def git_folder(root: Path) -> Path | None:
    """Return the folder that git keeps for the work tree around a root."""
    found = work_tree(root)
    return found[1] if found else None


def work_tree(root: Path) -> tuple[Path, Path] | None:
    """Return the top of the work tree around a root, and the folder that git keeps for it."""
    for tree in (root, *root.parents):
        folder = tree / ".git"
        try:
            if not folder.is_dir():
                folder = tree / folder.read_text(encoding="utf-8").removeprefix("gitdir:").strip()
            if (folder / "HEAD").is_file():
                return tree, folder
        except (OSError, ValueError):
            continue
    return None


def common_folder(root: Path) -> Path | None:
    """Return the folder that all work trees of a repository share, None without a repository."""
    folder = git_folder(root)
    if folder is None:
        return None
    try:
        return folder / (folder / "commondir").read_text(encoding="utf-8").strip()
    except (OSError, ValueError):  # there is but one work tree, or this is the main one
        return folder


def head_commit(root: Path) -> str:
    """Return the id of the commit that is checked out, '' for none; no program is started but where files do not tell."""
    folder, common = git_folder(root), common_folder(root)
    if folder is None or common is None:
        return ""
    head = _read(folder / "HEAD")
    if not head.startswith("ref: "):
        return head if _COMMIT.fullmatch(head) else ""
    ref = head.removeprefix("ref: ")
    if ref.endswith(_NOT_IN_HEAD):
        return _git(root, "rev-parse", "--verify", "--quiet", "HEAD^{commit}") or ""
    found = _read(folder / ref) or _read(common / ref) or _packed(common, ref)
    return found if _COMMIT.fullmatch(found) else ""


def _packed(common: Path, ref: str) -> str:
    """Return the commit of a branch that git keeps in one file with others, '' where it is not there."""
    for line in _read(common / "packed-refs").splitlines():
        commit, _, name = line.partition(" ")
        if name == ref:
            return commit
    return ""


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, ValueError):
        return ""


def tip_of(root: Path, branch: str) -> str:
    """Return the newest commit of a branch, '' where there is no such branch, no commit or no git."""
    return _git(root, "rev-parse", "--verify", "--quiet", f"refs/heads/{branch}^{{commit}}") or ""


def shared_tip(root: Path, branch: str) -> str:
    """Return the newest commit of a branch where it is another's and none was made on it: nothing is its own yet; else ''."""
    tip = tip_of(root, branch)
    told = _git(root, "for-each-ref", "--contains", tip, "--format=%(refname:short)", "refs/heads") if tip else ""
    moves = _git(root, "reflog", "show", "--format=%H %gs", f"refs/heads/{branch}", "--") or ""
    is_own = any(line.startswith(f"{tip} commit") for line in moves.splitlines())
    return tip if set((told or "").split()) - {branch} and not is_own else ""


def is_merged(root: Path, branch: str, base: str, tip: str) -> bool:
    """Tell whether what a branch brought is part of what is checked out.

    `base` and `tip` are what memory.db keeps of it: a branch that never went past what it shared brought nothing yet.
    """
    newest = tip_of(root, branch) or tip
    head = _git(root, "rev-parse", "HEAD")
    return bool(newest and head) and newest != base and _is_ancestor(root, newest, head or "")


@lru_cache(maxsize=256)
def _is_ancestor(root: Path, commit: str, head: str) -> bool:
    return _git(root, "merge-base", "--is-ancestor", commit, head) is not None


def _git(root: Path, *arguments: str) -> str | None:
    """Run git and return what it printed, None where it failed or is not there."""
    from engrep.indexers.walk import git  # most questions are answered without starting a program

    try:
        printed = git(root, *arguments)
    except ValueError:  # a name that no command line can hold
        return None
    return None if printed is None else printed.decode("utf-8", "replace").strip()
