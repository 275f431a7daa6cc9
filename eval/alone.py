"""Keep two processes from doing one thing at once: a lock on a file, which ends with the process that holds it."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from engrep.engine.errors import StateError

_HELD = {errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES, errno.EDEADLK}


def lock(file: IO[bytes], held: str) -> None:
    """Lock an open file until it is closed; some network file systems know no locks, and go without.

    Raises:
        StateError: another process has it; `held` says so.

    """
    try:
        _lock(file)
    except OSError as exc:
        if exc.errno in _HELD:
            raise StateError(held) from exc


if sys.platform == "win32":
    import msvcrt

    _BEYOND = 1 << 40  # the lock keeps others from reading these bytes, so it lies behind all content

    def _lock(file: IO[bytes]) -> None:
        at = file.tell()
        file.seek(_BEYOND)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        finally:
            file.seek(at, os.SEEK_SET)
else:
    import fcntl

    def _lock(file: IO[bytes]) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Keep every other run out of a work folder, which is made where it is not there.

    Raises:
        StateError: another run is in it.

    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "run.lock"
    with path.open("ab") as file:
        lock(file, f"another run is at work in {folder}: wait for its end, or name another --cache")
        yield
