"""What waits to be done in the background: a file for each event, there whole or not at all, until its work is done.

    .engrep/spool/19a3f…-4711-0.json        waits; the last number says how often it was tried
    .engrep/spool/failed/…                   was tried three times; the newest of them are kept, with what went wrong
    .engrep/spool/drainer                    the lease of the process that does the work

Nothing that was said is in them, only where it stands.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import json
import os
import time
from pathlib import Path
from typing import Any, NamedTuple

MOST_TRIES = 3
FAILED_KEPT = 20
_SERIAL = itertools.count()


class Waiting(NamedTuple):
    """Work that waits: a transcript to be read, or a file that was changed."""

    kind: str  # as in hook_event.py
    program: str
    session: str
    transcript: str = ""
    path: str = ""


class Spooled(NamedTuple):
    """Work that waits, and its file."""

    file: Path
    work: Waiting | None  # None for a file that says nothing
    tries: int
    at: int  # when its file was written


def lease_in(folder: Path) -> Path:
    """Return the lease of the process that drains a spool."""
    return folder / "drainer"


def put(folder: Path, work: Waiting) -> None:
    """Leave work to be done; a file that changes again waits once.

    Raises:
        StateError: the folder cannot be made.
        OSError: it cannot be written.

    """
    from engrep.engine.places import make_folder

    make_folder(folder / "event")
    if work.path:
        stamp = hashlib.blake2b(os.fsencode(f"{work.session}\0{work.path}"), digest_size=8).hexdigest()
    else:
        stamp = f"{time.time_ns():x}-{os.getpid()}-{next(_SERIAL)}"
    part = folder / f"{stamp}.{os.getpid()}.part"
    try:
        part.write_text(json.dumps(work._asdict()), encoding="utf-8")
        part.replace(folder / f"{stamp}-0.json")
    except OSError:
        part.unlink(missing_ok=True)
        raise


def waiting(folder: Path) -> list[Spooled]:
    """Return what waits, the oldest first."""
    try:
        names = sorted(each for each in os.listdir(folder) if each.endswith(".json"))  # noqa: PTH208 - names alone
    except OSError:
        return []
    return [Spooled(folder / name, _read(folder / name), _tries(name), _written(folder / name)) for name in names]


def is_empty(folder: Path) -> bool:
    """Tell whether nothing waits."""
    try:
        return not any(each.endswith(".json") for each in os.listdir(folder))  # noqa: PTH208
    except OSError:
        return True


def done(spooled: Spooled) -> None:
    """Take work out that is done, but not what came again meanwhile."""
    if _written(spooled.file) == spooled.at:
        spooled.file.unlink(missing_ok=True)


def failed(spooled: Spooled, why: str) -> None:
    """Let work be tried another time, or put it aside with what went wrong."""
    stem = spooled.file.name.rpartition("-")[0]
    if spooled.tries + 1 < MOST_TRIES:
        with contextlib.suppress(FileNotFoundError):
            spooled.file.replace(spooled.file.with_name(f"{stem}-{spooled.tries + 1}.json"))
        return
    aside = spooled.file.parent / "failed"
    aside.mkdir(exist_ok=True)
    (aside / f"{stem}.txt").write_text(f"{spooled.work}\n{why}\n", encoding="utf-8", errors="backslashreplace")
    spooled.file.unlink(missing_ok=True)
    for old in sorted(aside.iterdir(), key=lambda path: path.stat().st_mtime)[:-FAILED_KEPT]:
        old.unlink(missing_ok=True)


def _tries(name: str) -> int:
    told = name.removesuffix(".json").rpartition("-")[2]
    return int(told) if told.isdecimal() else 0


def _written(file: Path) -> int:
    try:
        return file.stat().st_mtime_ns
    except OSError:
        return 0


def _read(file: Path) -> Waiting | None:
    try:
        told: Any = json.loads(file.read_text(encoding="utf-8"))
        work = Waiting(**{name: value for name, value in told.items() if name in Waiting._fields})
    except (OSError, ValueError, AttributeError, TypeError):
        return None
    return work if all(isinstance(value, str) for value in work) else None
