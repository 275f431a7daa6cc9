"""A lease: one process at a time does a thing, and when it dies or hangs another may go on after a while.

A system's file lock ends with its process but not with its hanging, and a file alone says nothing of its owner's death: so
the lease is a file with an end, and a lock is held only for the moment in which it is read and written.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def new_owner() -> str:
    """Return a name that no other owner bears."""
    return os.urandom(8).hex()


def take(path: Path, owner: str, seconds: float) -> bool:
    """Take a lease, or prolong one's own; False while it is another's.

    Raises:
        OSError: the folder cannot be written.

    """
    with _alone(path):
        held, until = _read(path)
        now = time.time()
        # An end that no owner could have written comes of a clock that was set back.
        if held not in ("", owner) and now < until <= now + 2 * max(seconds, MOST_SECONDS):
            return False
        part = path.with_name(f"{path.name}.{owner}")
        part.write_text(json.dumps({"owner": owner, "until": now + seconds, "pid": os.getpid()}), encoding="utf-8")
        part.replace(path)
        return True


MOST_SECONDS = 120.0  # that a lease is taken for at a time


def release(path: Path, owner: str) -> None:
    """Give a lease back, where it is one's own."""
    with contextlib.suppress(OSError), _alone(path):
        if _read(path)[0] == owner:
            path.unlink()


def holder(path: Path) -> str:
    """Return who holds a lease now, '' for nobody."""
    held, until = _read(path)
    return held if time.time() < until else ""


def _read(path: Path) -> tuple[str, float]:
    try:
        told: Any = json.loads(path.read_text(encoding="utf-8"))
        return str(told["owner"]), float(told["until"])
    except (OSError, ValueError, KeyError, TypeError):
        return "", 0.0


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Keep other processes out for a moment; the lock ends with its process, whatever becomes of that."""
    descriptor = os.open(path.with_name(f"{path.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        with contextlib.suppress(OSError):  # some network file systems know no locks: two owners do no harm there
            _lock(descriptor)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int) -> None:
    try:
        import fcntl
    except ImportError:
        import msvcrt

        msvcrt.locking(descriptor, msvcrt.LK_LOCK, 1)  # type: ignore[attr-defined, unused-ignore]
    else:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
