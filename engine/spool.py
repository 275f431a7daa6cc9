"""What waits to be done in the background: a file for each thing to do, there whole or not at all, until it is done.

    .engrep/spool/5c1e…-0.json        a transcript waits to be read; the last number says how often it was begun
    .engrep/spool/files-0.json        files were changed
    .engrep/spool/failed/5c1e….txt    was begun three times; the newest of them are kept, with what went wrong
    .engrep/spool/drainer             the lease of the process that does the work

Nothing that was said is in them, only where it stands.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

MOST_TRIES = 3
FAILED_KEPT = 20
CHANGED_FILES = ""  # in the place of a transcript: the index is to be brought up to date
_SERIAL = itertools.count()


class Spooled(NamedTuple):
    """Work that waits, and its file."""

    file: Path
    transcript: str | None  # None for a file that says nothing
    tries: int

    @property
    def stem(self) -> str:
        """What all tries of one work have in common."""
        return self.file.name.rpartition("-")[0]


class Failed(NamedTuple):
    """Work that was given up."""

    at: str
    what: str
    why: str


def lease_in(folder: Path) -> Path:
    """Return the lease of the process that drains a spool."""
    return folder / "drainer"


def put(folder: Path, transcript: str) -> None:
    """Leave work to be done; what comes again before it is begun waits once.

    Raises:
        StateError: the folder cannot be made.
        OSError: it cannot be written.

    """
    from engrep.engine.places import make_folder

    make_folder(folder / "event")
    stem = hashlib.blake2b(os.fsencode(transcript), digest_size=8).hexdigest() if transcript else "files"
    part = folder / f"{stem}.{os.getpid()}-{next(_SERIAL)}.part"
    try:
        part.write_text(json.dumps({"transcript": transcript}), encoding="utf-8")
        part.replace(folder / f"{stem}-0.json")
    except OSError:
        part.unlink(missing_ok=True)
        raise


def waiting(folder: Path) -> list[Spooled]:
    """Return what waits."""
    try:
        names = sorted(each for each in os.listdir(folder) if each.endswith(".json"))  # noqa: PTH208 - names alone
    except OSError:
        return []
    return [Spooled(folder / name, _read(folder / name), _tries(name)) for name in names]


def is_empty(folder: Path) -> bool:
    """Tell whether nothing waits."""
    try:
        return not any(each.endswith(".json") for each in os.listdir(folder))  # noqa: PTH208
    except OSError:
        return True


def begin(spooled: Spooled) -> Spooled | None:
    """Count a try before it is made: what ends its process is not tried for ever. None where the file is gone.

    What comes again meanwhile is a file of its own then, and waits.
    """
    file = spooled.file.with_name(f"{spooled.stem}-{spooled.tries + 1}.json")
    try:
        spooled.file.replace(file)
    except FileNotFoundError:
        return None
    return spooled._replace(file=file, tries=spooled.tries + 1)


def done(begun: Spooled) -> None:
    """Take work out that is done, and the note that it failed once."""
    begun.file.unlink(missing_ok=True)
    _note(begun).unlink(missing_ok=True)


def failed(begun: Spooled, why: str) -> None:
    """Let work be tried another time, or put it aside with what went wrong."""
    if begun.tries < MOST_TRIES:
        return
    from engrep.indexers.redact import redact

    note = _note(begun)
    note.parent.mkdir(exist_ok=True)
    told = redact(f"{begun.transcript or 'changed files'}\n{why}\n").text
    note.write_text(told, encoding="utf-8", errors="backslashreplace")
    begun.file.unlink(missing_ok=True)
    for old in sorted(note.parent.glob("*.txt"), key=lambda path: path.stat().st_mtime)[:-FAILED_KEPT]:
        old.unlink(missing_ok=True)


def given_up(folder: Path) -> list[Failed]:
    """Return what was put aside, the oldest first."""
    found = []
    for note in (folder / "failed").glob("*.txt"):
        what, _, why = note.read_text(encoding="utf-8", errors="replace").strip().partition("\n")
        at = datetime.fromtimestamp(note.stat().st_mtime, UTC)
        found.append(Failed(f"{at:%Y-%m-%dT%H:%M:%SZ}", what, why))
    return sorted(found)


def _note(spooled: Spooled) -> Path:
    return spooled.file.parent / "failed" / f"{spooled.stem}.txt"


def _tries(name: str) -> int:
    told = name.removesuffix(".json").rpartition("-")[2]
    return int(told) if told.isdecimal() else 0


def _read(file: Path) -> str | None:
    try:
        told: Any = json.loads(file.read_text(encoding="utf-8"))["transcript"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return told if isinstance(told, str) else None
