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
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from engrep.engine.errors import StateError, UsageError

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
    files: tuple[str, ...]  # those that the checksum speaks of, sorted

    def text(self, name: str) -> str:
        """Return the text of one of its files.

        Raises:
            StateError: it is none of them.

        """
        if name not in self.files:
            message = (
                f"{MANIFEST} in {self.folder} lists no {name}: where it belongs there, `engrep eval seal` the folder"
            )
            raise StateError(message)
        return (self.folder / name).read_text(encoding="utf-8")

    def matching(self, pattern: str) -> list[str]:
        """Return the files at the top whose names match: `*.jsonl`."""
        return [name for name in self.files if "/" not in name and fnmatchcase(name, pattern)]

    def json(self, name: str) -> Any:
        """Return what a JSON file holds."""
        return _json(self.text(name), self.folder / name)

    def lines(self, name: str) -> Iterator[Any]:
        """Yield what each line of a JSONL file holds."""
        # Not `splitlines`: what JSON leaves as it is may hold other line ends, such as U+2028.
        path = self.folder / name
        return (_json(line, path) for line in self.text(name).split("\n") if line.strip())


def dataset(name: str, data: Path) -> Dataset:
    """Return a data set after comparing its files with their sums.

    Raises:
        MissingDataError: it is not there.
        UsageError: the name leads out of the folder of data sets.
        StateError: its description cannot be read, or a file is not the one that was published.

    """
    if Path(name).name != name or name == "..":
        message = f"{name} is no name of a data set: it is a folder in {data}"
        raise UsageError(message)
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
        message = f"{path} has no checksums yet: `engrep eval seal {folder}` writes them"
        raise StateError(message)
    for file, expected in manifest["files"].items():
        if not (folder / file).is_file() or _sum(folder / file) != expected:
            message = (
                f"{folder / file} is not the file that {MANIFEST} describes: restore it, "
                f"or seal the data set anew with `engrep eval seal {folder}`"
            )
            raise StateError(message)
    fields = {key: manifest.get(key, "") for key in ("name", "title", "origin", "licence", "note")}
    return Dataset(
        **fields, checksum=_checksum(manifest["files"]), folder=folder, files=tuple(sorted(manifest["files"]))
    )


def seal(folder: Path) -> Dataset:
    """Write the sums of all files of a data set into its `dataset.json`, which must be there with the rest filled in."""
    path = folder / MANIFEST
    if not path.is_file():
        message = f"{path} is missing: write it with name, title, origin and licence first"
        raise MissingDataError(message)
    manifest = _manifest(path)
    names = (each.relative_to(folder) for each in folder.rglob("*") if each.is_file() and each != path)
    kept = (name for name in names if not any(part.startswith((".", "__pycache__")) for part in name.parts))
    sums = {name.as_posix(): _sum(folder / name) for name in kept}
    manifest["files"] = dict(sorted(sums.items()))
    path.write_text(json.dumps(manifest, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return dataset(folder.name, folder.parent)


def _json(text: str, path: Path) -> Any:
    try:
        return json.loads(text)
    except ValueError as exc:
        message = f"{path} cannot be read as JSON: {exc}"
        raise StateError(message) from exc


def _manifest(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as exc:
        message = f"{path} cannot be read: {exc}"
        raise StateError(message) from exc
    if not isinstance(found, dict):
        message = f"{path} is no JSON object"
        raise StateError(message)
    return found


def _sum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _checksum(files: dict[str, str]) -> str:
    listed = "".join(f"{name}\0{total}\n" for name, total in sorted(files.items()))
    return hashlib.sha256(listed.encode()).hexdigest()[:16]
