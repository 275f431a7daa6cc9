"""What a file was before we first wrote it, so that it can be given back byte for byte; kept with a person's own memories.

The copy may hold keys, as the file does: nobody else may read it, and it is removed when the file is given back.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engrep.engine.places import user_database

FOLDER = "installed"


@dataclass(frozen=True, slots=True)
class Kept:
    """How a file was, and how we left it."""

    before: bytes | None  # None where there was no file
    after: str  # hash of what we wrote
    made: tuple[tuple[str, ...], ...]
    folders: tuple[str, ...]  # that were made for it


def hash_of(content: bytes) -> str:
    """Return what tells two contents apart."""
    return hashlib.sha256(content).hexdigest()


def recall(path: Path) -> Kept | None:
    """Return what is kept of a file, None for nothing."""
    try:
        told: Any = json.loads(_entry(path).read_text(encoding="utf-8"))
        before = None if told["before"] is None else base64.b64decode(told["before"])
        return Kept(before, told["after"], tuple(map(tuple, told["made"])), tuple(told["folders"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def keep(path: Path, kept: Kept) -> None:
    """Keep how a file was.

    Raises:
        OSError: it cannot be written.

    """
    entry = _entry(path)
    entry.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    before = None if kept.before is None else base64.b64encode(kept.before).decode("ascii")
    told = {"path": os.fspath(path), "before": before, "after": kept.after, "made": kept.made, "folders": kept.folders}
    part = entry.with_suffix(".part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(told, file)
    part.replace(entry)


def put_back(path: Path, kept: Kept | None) -> None:
    """Keep again what was kept before, which may be nothing; raises OSError as `keep` does."""
    if kept is None:
        forget(path)
    else:
        keep(path, kept)


def forget(path: Path) -> None:
    """Keep nothing of a file any more."""
    with contextlib.suppress(OSError):
        _entry(path).unlink()


def _entry(path: Path) -> Path:
    name = hashlib.blake2b(os.fsencode(path), digest_size=12).hexdigest()
    return user_database().with_name(FOLDER) / f"{name}.json"
