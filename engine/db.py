"""Open SQLite the way engrep needs it; the only file that knows the driver.

apsw brings its own current SQLite with FTS5 and loadable extensions on every Python; the standard library's module
lacks extensions on some. Connections belong to one thread each; a `Database` hands every thread its own.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import apsw

from engrep.engine.errors import SchemaError, StateError

log = logging.getLogger(__name__)

Connection = apsw.Connection
Migration = Callable[[Connection], None]

_PAGE_SIZE = 8192
_BUSY_MS = 5000


class Database:
    """One SQLite file: migrated when opened for writing, one connection a thread, closed together."""

    def __init__(self, path: Path, migrations: tuple[Migration, ...], *, synchronous: str = "NORMAL") -> None:
        self.path = path
        self._migrations = migrations
        self._synchronous = synchronous
        self._local = threading.local()
        self._open: list[Connection] = []
        self._lock = threading.Lock()

    def connection(self) -> Connection:
        """Return this thread's connection, opening and migrating the file when needed.

        Raises:
            StateError: the file cannot be opened or is no database.
            SchemaError: the file was written by a newer engrep.

        """
        held: Connection | None = getattr(self._local, "connection", None)
        if held is None:
            with _translated(self.path):
                held = self._connect()
            self._local.connection = held
            with self._lock:
                self._open.append(held)
        return held

    @contextlib.contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a consistent view of the file for some queries."""
        connection = self.connection()
        with _translated(self.path):
            if connection.in_transaction:
                yield connection
                return
            connection.execute("BEGIN")
            try:
                yield connection
            finally:
                connection.execute("ROLLBACK")

    @contextlib.contextmanager
    def writing(self, *, wait_seconds: float = 5.0) -> Iterator[Connection]:
        """Run one write transaction: all of it is kept, or nothing.

        Raises:
            StateError: another writer held the file for longer than `wait_seconds`, or the disk is full.

        """
        connection = self.connection()
        with _translated(self.path):
            connection.set_busy_timeout(int(wait_seconds * 1000))
            connection.execute("BEGIN IMMEDIATE")
            connection.set_busy_timeout(_BUSY_MS)
            try:
                yield connection
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    def close(self) -> None:
        """Close every thread's connection."""
        with self._lock:
            for connection in self._open:
                connection.close()
            self._open.clear()
        self._local = threading.local()

    def _connect(self) -> Connection:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as exc:
            message = f"{self.path.parent} cannot be created: {exc.strerror or exc}"
            raise StateError(message) from exc
        connection = apsw.Connection(str(self.path))
        try:
            connection.set_busy_timeout(_BUSY_MS)
            connection.execute(f"PRAGMA page_size = {_PAGE_SIZE}")
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute(f"PRAGMA synchronous = {self._synchronous}")
            connection.execute("PRAGMA temp_store = MEMORY")
            connection.execute("PRAGMA cache_size = -65536")
            connection.execute("PRAGMA mmap_size = 1073741824")
            load_vectors(connection)
            _migrate(connection, self._migrations, self.path)
        except BaseException:
            connection.close()
            raise
        return connection


def load_vectors(connection: Connection) -> None:
    """Load sqlite-vec into a connection."""
    import sqlite_vec

    connection.enable_load_extension(True)
    connection.load_extension(sqlite_vec.loadable_path())
    connection.enable_load_extension(False)


def integrity(path: Path) -> str:
    """Return "ok", or what SQLite finds wrong with a file."""
    with _translated(path):
        connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
        try:
            load_vectors(connection)
            rows = connection.execute("PRAGMA integrity_check(5)").fetchall()
        finally:
            connection.close()
    return "; ".join(str(row[0]) for row in rows)


def _migrate(connection: Connection, migrations: tuple[Migration, ...], path: Path) -> None:
    version = connection.pragma("user_version")
    if version == len(migrations):
        return
    if version > len(migrations):
        message = (
            f"{path} has schema version {version}, this engrep knows {len(migrations)}; "
            "upgrade engrep, or move the file away to start afresh"
        )
        raise SchemaError(message)
    for number in range(version, len(migrations)):
        connection.execute("BEGIN IMMEDIATE")
        try:
            if connection.pragma("user_version") == number:
                migrations[number](connection)
                connection.pragma("user_version", number + 1)
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        log.info("migrated %s to schema version %d", path, number + 1)


@contextlib.contextmanager
def _translated(path: Path) -> Iterator[None]:
    try:
        yield
    except apsw.BusyError as exc:
        message = f"{path} is locked by another process; try again when it has finished"
        raise StateError(message) from exc
    except apsw.FullError as exc:
        message = f"{path}: the disk is full; nothing was changed"
        raise StateError(message) from exc
    except (apsw.NotADBError, apsw.CorruptError) as exc:
        message = f"{path} is damaged ({exc}); `engrep index --full` sets it aside and rebuilds it"
        raise StateError(message) from exc
    except apsw.Error as exc:
        message = f"{path}: {exc}"
        raise StateError(message) from exc
