"""Where the files of a corpus come from: a repository at one revision, or a folder that lies here already.

A data set says so in its `repos.json`, one object a corpus:

    {"name": "tokio", "language": "rust", "repository": "tokio-rs/tokio", "revision": "…", "benchmark_root": "tokio/src"}
    {"name": "shop", "language": "python", "folder": "/home/me/src/shop"}
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath
from typing import Any

from engrep.engine.errors import StateError
from engrep.eval.datasets import Dataset, MissingDataError, Places
from engrep.eval.fetch import fetch_tree, tree


@dataclass(frozen=True, slots=True)
class Source:
    """One entry of `repos.json`: a repository and revision, or else a folder."""

    name: str
    language: str
    repository: str = ""
    revision: str = ""
    folder: Path | None = None
    inner: str = ""  # the folder within that alone is indexed, "" for all

    @property
    def prefix(self) -> str:
        """What stands before the path of an indexed file where paths are told from the top: "tokio/src/"."""
        return f"{self.inner}/" if self.inner else ""


def sources(data: Dataset, file: str = "repos.json", inner: str = "benchmark_root") -> list[Source]:
    """Read the sources of a data set; a folder may be told relative to the data set."""
    return [_source(entry, data.folder / file, inner) for entry in data.json(file)]


def _source(entry: Mapping[str, Any], file: Path, inner: str) -> Source:
    repository, revision, folder = (entry.get(name) or "" for name in ("repository", "revision", "folder"))
    if not (folder or (repository and revision)):
        message = f"{file}: {entry.get('name')} needs a repository and a revision, or a folder"
        raise StateError(message)
    where = file.parent / folder if folder else None
    within = inner_folder(entry.get(inner) or "")
    return Source(entry["name"], entry.get("language") or "", repository, revision, where, within)


def inner_folder(told: str) -> str:
    """Return a folder within a tree, "" for all of it.

    Raises:
        StateError: it lies elsewhere: data sets are other people's, and what they name is read and indexed.

    """
    if ".." in re.split(r"[/\\]", told) or PureWindowsPath(told).drive:
        message = f"{told} is no folder within a repository"
        raise StateError(message)
    return told.strip("/")


def top(source: Source, places: Places) -> Path:
    """Return the folder that all its files lie in."""
    return source.folder or tree(places, source.repository, source.revision)


def root(source: Source, places: Places) -> Path:
    """Return the folder to index."""
    return top(source, places) / source.inner


def missing_tree(source: Source, places: Places) -> str | None:
    """Return what is not here of the folder to index, None when it is."""
    whole = top(source, places)
    if not whole.is_dir():
        what = str(whole) if source.folder else f"{source.repository} at {source.revision[:12]}"
        return f"{what} is not {'a folder' if source.folder else f'in {places.trees}'}"
    return None if root(source, places).is_dir() else f"{whole} has no folder {source.inner}"


def fetch_source(source: Source, places: Places, remote: str) -> None:
    """Bring the files of a repository at its revision.

    Raises:
        MissingDataError: they should lie in a folder that is not there; or the revision has no such folder within.

    """
    if source.folder is None:
        fetch_tree(places, remote, source.repository, source.revision)
    reason = missing_tree(source, places)
    if reason is not None:
        raise MissingDataError(reason)
