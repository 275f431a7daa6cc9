"""Read databases that belong to other programs."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from engrep.engine.db import ChangedError, Connection, DriverError, unlocked
from engrep.engine.db_files import WAL, beside, disk_state
from engrep.engine.errors import StateError

_COPIES = 3  # attempts to copy a database that is written meanwhile


@contextlib.contextmanager
def foreign(path: Path) -> Iterator[Connection]:
    """Read another program's database without writing anything beside it.

    One that is in use has a write-ahead log, which cannot be read without taking part in its locks: it is copied, log and
    all, to a folder of ours alone, and the copy is read.

    Raises:
        StateError: it cannot be read, or is written too often to be copied.
        ChangedError: it was written meanwhile.

    """
    state = disk_state(path)
    try:
        if not beside(path, WAL).exists():
            connection = unlocked(path)
            try:
                yield connection
            finally:
                connection.close()
            if disk_state(path) != state:
                message = f"{path} was written while it was read; import it again"
                raise ChangedError(message)
            return
        with tempfile.TemporaryDirectory(prefix="engrep-") as folder:
            connection = Connection(str(_copied(path, Path(folder))))
            try:
                yield connection
            finally:
                connection.close()
    except (DriverError, OSError) as exc:
        message = f"{path} cannot be read ({exc})"
        raise StateError(message) from exc


def _copied(path: Path, folder: Path) -> Path:
    for _ in range(_COPIES):
        state = disk_state(path)
        for each in (path, beside(path, WAL)):
            if each.exists():
                shutil.copyfile(each, folder / each.name)
        if disk_state(path) == state:
            return folder / path.name
    message = f"{path} is written all the time; close the program that it belongs to, and import it again"
    raise StateError(message)
