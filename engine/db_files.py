"""The files of a database as the system sees them: whether they changed, and how a damaged one is moved out of the way."""

from __future__ import annotations

import contextlib
import itertools
import os
from collections.abc import Iterator
from pathlib import Path

WAL, SHARED_MEMORY = "-wal", "-shm"

DiskState = tuple[tuple[int, int, int], ...]
"""Inode, size and time of change of a database and of its write-ahead log, where they exist."""


def disk_state(path: Path) -> DiskState:
    """Return what differs as soon as somebody has written a database."""
    return tuple(
        (status.st_ino, status.st_size, status.st_mtime_ns)
        for each in (path, beside(path, WAL))
        if (status := _status(each)) is not None
    )


def is_at_rest(path: Path) -> bool:
    """Tell whether no writer is at work or has left its log behind, and whether we could not be one ourselves."""
    log = _status(beside(path, WAL))
    return path.exists() and not os.access(path.parent, os.W_OK) and (log is None or log.st_size == 0)


def beside(path: Path, ending: str) -> Path:
    """Return the file of this ending that belongs to a database."""
    return path.with_name(path.name + ending)


def set_aside(path: Path, opened: int | None) -> Path | None:
    """Move a damaged file away under a free name and return it.

    None when the file is no longer the one that was opened, by its inode: another process was first.
    """
    with _alone_in(path.parent):
        status = _status(path)
        if status is None or opened not in (None, status.st_ino):
            return None
        names = (path.with_name(f"{path.name}.corrupt-{number}") for number in itertools.count(1))
        aside = next(name for name in names if not name.exists())
        for ending in (SHARED_MEMORY, WAL, ""):
            with contextlib.suppress(FileNotFoundError):
                beside(path, ending).replace(beside(aside, ending))
        return aside


def _status(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except OSError:
        return None


@contextlib.contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Keep other processes that do the same out, where the system can; the lock ends with its process."""
    try:
        import fcntl
    except ImportError:
        yield
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):  # some network file systems know no locks
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
