"""Data sets with their origin, licence and checksum, and the places where they and the corpora lie.

A data set is a folder with a `dataset.json`:

    {"name": "semble-dev", "title": "…", "origin": "…", "licence": "MIT", "note": "…", "files": {"repos.json": "sha256…"}}

Every file that a task reads must be listed there, and is compared with its sum before it is used.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engrep.engine.errors import StateError

DATA_VARIABLE, CACHE_VARIABLE = "ENGREP_EVAL_DATA", "ENGREP_EVAL_CACHE"
MANIFEST = "dataset.json"


class MissingDataError(StateError):
    """Data or a corpus is not here; the message says how to get it."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where an evaluation finds and keeps things."""

    data: Path  # folders with a dataset.json
    cache: Path  # what `fetch` brings, and the indexes that systems make of it

    @property
    def trees(self) -> Path:
        """Source trees at one revision."""
        return self.cache / "trees"

    @property
    def histories(self) -> Path:
        """Bare git repositories."""
        return self.cache / "git"

    @property
    def work(self) -> Path:
        """Indexes, and trees that are switched between commits."""
        return self.cache / "work"


def places(data: Path | None = None, cache: Path | None = None) -> Places:
    """Return the places: as given, else from the environment, else `datasets` beside the sources and the platform's cache.

    An installed engrep has no data sets beside it: there they are looked for in the folder that the user is in.
    """
    named_data, named_cache = os.environ.get(DATA_VARIABLE), os.environ.get(CACHE_VARIABLE)
    if data is None:
        beside = Path(__file__).resolve().parent.parent / "datasets"
        data = Path(named_data) if named_data else beside if beside.is_dir() else Path("datasets")
    if cache is None and named_cache:
        cache = Path(named_cache)
    if cache is None:
        from platformdirs import user_cache_path

        cache = user_cache_path("engrep") / "eval"
    return Places(data.resolve(), cache.resolve())


@dataclass(frozen=True, slots=True)
class Dataset:
    """A data set that was found whole."""

    name: str
    title: str
    origin: str
    licence: str
    note: str
    checksum: str  # over the names and sums of its files
    folder: Path

    def text(self, name: str) -> str:
        """Return the text of one of its files."""
        return (self.folder / name).read_text(encoding="utf-8")

    def json(self, name: str) -> Any:
        """Return what a JSON file holds."""
        return _json(self.text(name), self.folder / name)

    def lines(self, name: str) -> Iterator[Any]:
        """Yield what each line of a JSONL file holds."""
        return (_json(line, self.folder / name) for line in self.text(name).splitlines())


def counted(corpora: int) -> str:
    """Count corpora in words: "1 corpus", "3 corpora"."""
    return f"{corpora:,} {'corpus' if corpora == 1 else 'corpora'}"


def dataset(name: str, data: Path) -> Dataset:
    """Return a data set after comparing its files with their sums.

    Raises:
        MissingDataError: it is not there.
        StateError: a file is not the one that was published.

    """
    folder = data / name
    path = folder / MANIFEST
    if not path.is_file():
        message = (
            f"the data set {name} is not in {data}: name the folder that holds it with --data or {DATA_VARIABLE}; "
            "engrep's own lie in datasets/ of its source repository"
        )
        raise MissingDataError(message)
    manifest = _manifest(path)
    if "files" not in manifest:
        message = f"{path} has no checksums yet: seal the data set with `engrep eval seal {folder}`"
        raise StateError(message)
    for file, expected in manifest["files"].items():
        if not (folder / file).is_file() or _sum(folder / file) != expected:
            message = (
                f"{folder / file} is not the file that {MANIFEST} describes: restore it, "
                f"or seal the data set anew with `engrep eval seal {folder}`"
            )
            raise StateError(message)
    fields = {key: manifest.get(key, "") for key in ("name", "title", "origin", "licence", "note")}
    return Dataset(**fields, checksum=_checksum(manifest["files"]), folder=folder)


def seal(folder: Path) -> Dataset:
    """Write the sums of all files of a data set into its `dataset.json`, which must be there with the rest filled in."""
    path = folder / MANIFEST
    if not path.is_file():
        message = f"{path} is missing: write it with name, title, origin and licence first"
        raise MissingDataError(message)
    manifest = _manifest(path)
    files = (each for each in folder.rglob("*") if each.is_file() and each != path and "__pycache__" not in each.parts)
    sums = {each.relative_to(folder).as_posix(): _sum(each) for each in files}
    manifest["files"] = dict(sorted(sums.items()))
    path.write_text(json.dumps(manifest, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return dataset(folder.name, folder.parent)


def _json(text: str, path: Path) -> Any:
    try:
        return json.loads(text)
    except ValueError as exc:
        message = f"{path} is no JSON: {exc}"
        raise StateError(message) from exc


def _manifest(path: Path) -> dict[str, Any]:
    manifest = _json(path.read_text(encoding="utf-8"), path)
    if not isinstance(manifest, dict):
        message = f"{path} is no JSON object with name, title, origin and licence"
        raise StateError(message)
    return manifest


def _sum(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _checksum(files: dict[str, str]) -> str:
    listed = "".join(f"{name}\0{total}\n" for name, total in sorted(files.items()))
    return hashlib.sha256(listed.encode()).hexdigest()[:16]
