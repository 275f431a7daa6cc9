"""Bring corpora with git: a bare history each, and of it the tree at one revision as plain files.

Trees have no git directory, so that nothing newer than the revision can leak into an index of them.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path
from typing import Any

from engrep.engine.errors import StateError, UsageError
from engrep.eval.datasets import Places, counted
from engrep.eval.snapshots import git, switch
from engrep.eval.task import Task

Progress = Callable[[str, int, int], None]


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


def unfetched(failures: Sequence[str]) -> StateError:
    """Make the error that tells what could not be brought."""
    shown = "; ".join(failures[:3]) + (f"; and {len(failures) - 3} more" if len(failures) > 3 else "")
    return StateError(f"{counted(len(failures))} could not be fetched: {shown}")


def history(places: Places, repository: str) -> Path:
    """Return where the bare history of a repository lies: `owner/name` is `owner+name.git`."""
    return places.histories / (repository.replace("/", "+") + ".git")


def tree(places: Places, repository: str, revision: str) -> Path:
    """Return where the files of a repository at a revision lie."""
    return places.trees / f"{repository.replace('/', '+')}@{revision[:12]}"


def fetch_history(places: Places, remote: str, repository: str, revision: str | None) -> Path:
    """Bring one revision of a repository without what came before, or (None) all of every branch and tag."""
    if revision is not None:
        return fetch_commits(places, remote, repository, [revision])
    return _fetch(places, remote, repository, ["+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"])


def fetch_commits(places: Places, remote: str, repository: str, commits: Collection[str]) -> Path:
    """Bring these commits of a repository without what came before: a tenth of a whole history, and no newer commit."""
    # Each is kept under a name: git clears away, in time, what no name leads to.
    return _fetch(places, remote, repository, [f"{each}:refs/kept/{each}" for each in commits], "--depth=1")


def _fetch(places: Places, remote: str, repository: str, refspecs: Iterable[str], *options: str) -> Path:
    url = url_of(remote, repository)
    folder = history(places, repository)
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        _git(f"{folder} cannot be made", "init", "--quiet", "--bare", str(folder))
    arguments = ("-C", str(folder), "fetch", "--quiet", "--no-tags", "--no-write-fetch-head", *options, url, *refspecs)
    _git(f"{repository} does not come from {url} (--remote names another place)", *arguments)
    return folder


def absent_commits(places: Places, repository: str, commits: Collection[str]) -> list[str]:
    """Return the commits that the history of a repository, as far as it is here, does not hold."""
    folder = history(places, repository)
    if not folder.exists():
        return list(commits)
    asked = "".join(f"{commit}^{{commit}}\n" for commit in commits)
    answers = git(folder, "cat-file", "--batch-check", given=asked.encode()).decode().splitlines()
    return [commit for commit, answer in zip(commits, answers, strict=True) if answer.split(" ")[1:2] != ["commit"]]


def fetch_tree(places: Places, remote: str, repository: str, revision: str) -> Path:
    """Bring the files of a repository at a revision."""
    folder = tree(places, repository, revision)
    if not folder.exists():
        git_dir = fetch_history(places, remote, repository, revision)
        folder.parent.mkdir(parents=True, exist_ok=True)
        # Made beside it and moved, so that a tree that is there is whole.
        with tempfile.TemporaryDirectory(dir=folder.parent) as made:
            switch(git_dir, revision, Path(made) / "tree", suffixes=None)
            shutil.move(Path(made) / "tree", folder)
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
