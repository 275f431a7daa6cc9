"""Bring corpora with git: a bare history each, and of it the tree at one revision as plain files.

Trees have no git directory, so that nothing newer than the revision can leak into an index of them.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

from engrep.engine.errors import StateError, UsageError
from engrep.eval.datasets import Places
from engrep.eval.snapshots import git, switch
from engrep.eval.task import Task

Progress = Callable[[str, int, int], None]

_PART = re.compile(r"(?!-|\.{1,2}$)[\w.-]+", re.ASCII)
_REVISION = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_PATIENCE = ("-c", "http.lowSpeedLimit=1", "-c", "http.lowSpeedTime=120")  # seconds without a byte


def fetch_corpora(
    task: Task, names: tuple[str, ...], places: Places, remote: str, progress: Progress | None = None
) -> dict[str, Any]:
    """Bring what is missing of a task's corpora; return the names of those fetched and of those that were here.

    One that cannot be brought keeps no other from being brought; the "failures" say which, and why.
    """
    corpora = [corpus for corpus in task.corpora(places) if not names or corpus.name in names]
    unknown = sorted(set(names) - {corpus.name for corpus in corpora})
    if unknown:
        there = ", ".join(corpus.name for corpus in task.corpora(places))
        message = f"{task.name} has no corpus {', '.join(unknown)}; there are {there}"
        raise UsageError(message)
    fetched, present, failures = [], [], list[str]()
    for at, corpus in enumerate(corpora):
        if progress is not None:
            progress(f"{task.name}: {corpus.name}", at, len(corpora))
        if task.missing(corpus, places) is None:
            present.append(corpus.name)
        else:
            try:
                task.fetch(corpus, places, remote)
            except StateError as error:
                failures.append(f"{corpus.name}: {error}")
            else:
                fetched.append(corpus.name)
    return {"task": task.name, "fetched": fetched, "present": present, "failures": failures}


def history(places: Places, repository: str) -> Path:
    """Return where the bare history of a repository lies: `owner/name` is `owner+name.git`."""
    return places.histories / f"{_folder(repository)}.git"


def tree(places: Places, repository: str, revision: str) -> Path:
    """Return where the files of a repository at a revision lie."""
    return places.trees / f"{_folder(repository)}@{_whole(revision)[:12]}"


def _folder(repository: str) -> str:
    """Name a folder after a repository.

    Data sets are other people's: a name must lead to no other folder, and be nothing that git takes for an option.
    """
    parts = repository.split("/")
    if len(parts) < 2 or any(_PART.fullmatch(part) is None for part in parts):
        message = f"{repository!r} is no repository: it is told as owner/name"
        raise StateError(message)
    return "+".join(parts)


def _whole(revision: str) -> str:
    if _REVISION.fullmatch(revision) is None:
        message = f"{revision!r} is no revision: it is told as the whole name of a commit"
        raise StateError(message)
    return revision


def fetch_commits(places: Places, remote: str, repository: str, commits: Collection[str]) -> Path:
    """Bring these commits of a repository without what came before: a tenth of a whole history, and no newer commit."""
    return _fetched(places, remote, repository, commits, "--depth=1")


def fetch_past(places: Places, remote: str, repository: str, commits: Collection[str]) -> Path:
    """Bring these commits of a repository with all that came before, and no newer commit."""
    whole = ("--unshallow",) if is_shallow(history(places, repository)) else ()
    return _fetched(places, remote, repository, commits, *whole)


def is_shallow(git_dir: Path) -> bool:
    """Tell whether a history, where it is here at all, lacks what came before some commit."""
    return (git_dir / "shallow").is_file()


def kept_name(commit: str) -> str:
    """Return the name that a fetched commit is kept under: git clears away, in time, what no name leads to."""
    return f"refs/kept/{_whole(commit)}"


def _fetched(places: Places, remote: str, repository: str, commits: Collection[str], *options: str) -> Path:
    refspecs = [f"{each}:{kept_name(each)}" for each in commits]
    url, folder = url_of(remote, repository), history(places, repository)
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        _git(f"{folder} cannot be made", "init", "--quiet", "--bare", str(folder))
    usual = ("--quiet", "--no-tags", "--no-write-fetch-head")
    failure = f"{repository} does not come from {url} (--remote names another place)"
    _git(failure, "-C", str(folder), *_PATIENCE, "fetch", *usual, *options, "--", url, *refspecs)
    return folder


def absent_commits(places: Places, repository: str, commits: Collection[str]) -> list[str]:
    """Return the commits that the history of a repository, as far as it is here, does not hold."""
    folder = history(places, repository)
    if not folder.exists():
        return list(commits)
    asked = "".join(f"{_whole(commit)}^{{commit}}\n" for commit in commits)
    answers = git(folder, "cat-file", "--batch-check", given=asked.encode()).decode().splitlines()
    return [commit for commit, answer in zip(commits, answers, strict=True) if answer.split(" ")[1:2] != ["commit"]]


def fetch_tree(places: Places, remote: str, repository: str, revision: str) -> Path:
    """Bring the files of a repository at a revision."""
    folder = tree(places, repository, revision)
    if not folder.exists():
        git_dir = fetch_commits(places, remote, repository, [revision])
        folder.parent.mkdir(parents=True, exist_ok=True)
        # Made beside it and moved, so that a tree that is there is whole.
        with tempfile.TemporaryDirectory(dir=folder.parent) as made:
            switch(git_dir, revision, Path(made) / "tree", suffixes=None)
            try:
                (Path(made) / "tree").rename(folder)
            except OSError:  # another process has brought it meanwhile
                if not folder.is_dir():
                    raise
    return folder


def url_of(remote: str, repository: str) -> str:
    """Fill in a template: `https://host/{repository}.git`, `file:///mirrors/{owner}+{name}`."""
    owner, _, name = repository.partition("/")
    try:
        return remote.format(repository=repository, owner=owner, name=name)
    except (KeyError, IndexError, ValueError) as exc:
        message = f"{remote} is no template of a URL ({exc}): it may hold {{repository}}, {{owner}} and {{name}}"
        raise UsageError(message) from exc


def _git(failure: str, *arguments: str) -> None:
    """Run git; where it fails, say what that means and what git said."""
    quiet = {**os.environ, "GIT_TERMINAL_PROMPT": "0"}  # a repository that is not there must not ask for a password
    try:
        subprocess.run(["git", *arguments], check=True, capture_output=True, stdin=subprocess.DEVNULL, env=quiet)
    except FileNotFoundError as exc:
        message = "git is not installed"
        raise StateError(message) from exc
    except subprocess.CalledProcessError as exc:
        message = f"{failure}: git says: {' '.join(exc.stderr.decode('utf-8', 'replace').split())}"
        raise StateError(message) from exc
