"""Open SQLite the way engrep needs it; the only file that knows the driver.

apsw brings its own current SQLite with FTS5 and loadable extensions on every Python; the standard library's module
lacks extensions on some. Connections belong to one thread each; a `Database` hands every thread its own.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import apsw

from engrep.engine.db_files import disk_state, is_at_rest, set_aside
from engrep.engine.db_threads import Held, ThreadConnections
from engrep.engine.errors import StateError
from engrep.engine.packed import PackedError
from engrep.engine.schema import Migrations, is_older, migrate

Connection = apsw.Connection
DriverError = apsw.Error

_PAGE_SIZE = 8192
_SAVE = "nothing was changed: move it away and keep it, and take the last export in again with `engrep import`"
_BUSY_MS = 5000
_WAIT = 5.0  # seconds for another writer
# With 32 processes that write all the time, 2 of 8,308 writes waited for more than 5 s.
_PRECIOUS_WAIT = 30.0
_POLL_MS = 200  # while SQLite waits for a lock Ctrl-C is not heard, so a long wait is cut into short ones


class DamagedError(StateError):
    """A file that is no database, or no longer a sound one."""


class ChangedError(StateError):
    """A file that could not be locked was written while it was read; asking again helps."""


class OlderError(StateError):
    """A file that an older engrep made, and that is made anew by the next run that writes it."""


class Database:
    """One SQLite file: migrated when opened for writing, one connection a thread, closed together."""

    def __init__(
        self,
        path: Path,
        migrations: Migrations,
        *,
        is_precious: bool = False,
        is_made_anew: bool = False,
        wait_seconds: float | None = None,
    ) -> None:
        """`is_precious` says that nothing can make it anew: writes are safe on the disk, and it is copied before a migration.

        `is_made_anew` says that a migration empties it: one of an older schema stays as it is until somebody writes.
        `wait_seconds` is how long it waits for others who have it locked: 5, and 30 to write where the file is precious. Who
        gives it is in haste, and has no functions of vectors.
        """
        self.path = path
        self._migrations = migrations
        self._is_precious, self._is_made_anew = is_precious, is_made_anew
        self._wait = wait_seconds or (_PRECIOUS_WAIT if is_precious else _WAIT)
        self._is_hasty = wait_seconds is not None
        self._busy_ms = _BUSY_MS if wait_seconds is None else round(wait_seconds * 1000)
        self._connections = ThreadConnections(self._connect, self._is_current)
        self._opened: int | None = None  # the inode that is open

    @contextlib.contextmanager
    def reading(self, *, older_too: bool = False) -> Iterator[Connection]:
        """Give a consistent view of the file for some queries; with `older_too` also of one that waits to be made anew.

        Raises:
            StateError: the file cannot be opened or is no database.
            SchemaError: the file was written by a newer engrep.
            ChangedError: the file could not be locked, and its owner wrote it meanwhile.
            OlderError: the file is of an older schema and waits to be made anew.

        """
        with _translated(self.path, self._is_precious), self._connections.using() as held:
            connection = held.connection
            if connection.in_transaction:
                yield connection
                return
            connection.execute("BEGIN")
            try:
                if not older_too:
                    self._refuse_what_is_older(connection)
                yield connection
            except Exception as exc:
                self._refuse_what_changed(held, exc)
                raise
            else:
                self._refuse_what_changed(held, None)
            finally:
                with contextlib.suppress(apsw.SQLError):  # after some errors SQLite has rolled back by itself
                    connection.execute("ROLLBACK")

    @contextlib.contextmanager
    def writing(self, *, wait_seconds: float | None = None) -> Iterator[Connection]:
        """Run one write transaction: all of it is kept, or nothing.

        Raises:
            StateError: others wrote for longer than `wait_seconds` (what the file was opened with, else 5, and 30 where it is
                precious: many small writers take turns by chance), the file is read-only, or the disk is full.

        """
        with _translated(self.path, self._is_precious), self._connections.using() as held:
            connection = held.connection
            if connection.readonly("main"):
                message = f"{self.path} is read-only; make it and its folder writable, or set ENGREP_HOME"
                raise StateError(message)
            migrate(connection, self.path, self._migrations, is_precious=self._is_precious)
            _begin(connection, wait_seconds or self._wait, self._busy_ms)
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def set_aside(self) -> Path | None:
        """Move a damaged file away under a free name and return it; None when another process has already done so."""
        self.close()
        return set_aside(self.path, self._opened)

    def close(self) -> None:
        """Close every thread's connection; one that is in use closes when its thread is done with it."""
        self._connections.close()

    def _is_current(self, held: Held) -> bool:
        return held.unlocked in (None, disk_state(self.path))

    def _refuse_what_changed(self, held: Held, error: Exception | None) -> None:
        if not self._is_current(held):
            message = f"{self.path} was written while it was read; ask again"
            raise ChangedError(message) from error

    def _refuse_what_is_older(self, connection: Connection) -> None:
        if is_older(connection, self._migrations):
            version = connection.pragma("user_version")
            message = (
                f"{self.path} was made by an older engrep (schema {version}, this one has {len(self._migrations)})"
            )
            raise OlderError(message)

    def _connect(self) -> Held:
        try:
            name = os.fspath(self.path)
            name.encode()
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._opened = self.path.stat().st_ino if self.path.exists() else None
        except UnicodeEncodeError as exc:
            message = f"{self.path!a} is no UTF-8 name, which SQLite needs; set ENGREP_HOME to another folder"
            raise StateError(message) from exc
        except OSError as exc:
            message = f"{self.path.parent} cannot be used: {exc.strerror or exc}"
            raise StateError(message) from exc
        try:
            return Held(self._configured(apsw.Connection(name)), None)
        except (apsw.CantOpenError, apsw.ReadOnlyError):
            state = disk_state(self.path)
            if not is_at_rest(self.path):
                raise
        # Without the right to write its folder SQLite cannot make the shared memory of a write-ahead log. Its owner may
        # still write it, which `immutable` does not notice: that is why we watch the file ourselves.
        return Held(self._configured(unlocked(self.path)), state)

    def _configured(self, connection: Connection) -> Connection:
        try:
            connection.set_busy_timeout(self._busy_ms)
            if not connection.readonly("main"):
                connection.execute(f"PRAGMA page_size = {_PAGE_SIZE}")
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute(f"PRAGMA synchronous = {'FULL' if self._is_precious else 'NORMAL'}")
            connection.execute("PRAGMA temp_store = MEMORY")
            connection.execute("PRAGMA cache_size = -65536")
            connection.execute("PRAGMA mmap_size = 1073741824")
            if not self._is_hasty:
                load_vectors(connection)
            if not (self._is_made_anew and is_older(connection, self._migrations)):
                migrate(connection, self.path, self._migrations, is_precious=self._is_precious)
        except BaseException:
            connection.close()
            raise
        return connection


def unlocked(path: Path) -> Connection:
    """Open a file that nobody else writes, without taking part in anyone's locks."""
    uri = f"{path.absolute().as_uri()}?immutable=1"
    return apsw.Connection(uri, flags=apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI)


def _begin(connection: Connection, wait_seconds: float, busy_ms: int) -> None:
    """Start a write transaction, waiting for another writer; `busy_ms` is what reads wait afterwards."""
    deadline = time.monotonic() + wait_seconds
    connection.set_busy_timeout(min(_POLL_MS, busy_ms))
    try:
        while True:
            try:
                connection.execute("BEGIN IMMEDIATE")
            except apsw.BusyError:
                if time.monotonic() >= deadline:
                    raise
            else:
                return
    finally:
        connection.set_busy_timeout(busy_ms)


def only_row(connection: Connection, query: str, values: tuple[int | str | bytes, ...] = ()) -> tuple[Any, ...]:
    """Return the row of a query that always has one.

    Raises:
        LookupError: it has none.

    """
    row: tuple[Any, ...] | None = connection.execute(query, values).fetchone()
    if row is None:
        message = f"no row for {query}"
        raise LookupError(message)
    return row


def load_vectors(connection: Connection) -> None:
    """Load sqlite-vec into a connection."""
    import importlib.util

    # The package's own `loadable_path` would import numpy's typing first, 65 ms that a cold start does not have.
    found = importlib.util.find_spec("sqlite_vec")
    if found is None or found.origin is None:
        message = "sqlite-vec is not installed; install engrep again"
        raise StateError(message)
    connection.enable_load_extension(True)
    connection.load_extension(str(Path(found.origin).with_name("vec0")))
    connection.enable_load_extension(False)


def integrity(path: Path, *, is_precious: bool = False) -> str:
    """Return "ok", or what SQLite finds wrong with a file."""
    with _translated(path, is_precious):
        connection = unlocked(path) if is_at_rest(path) else apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
        try:
            load_vectors(connection)
            rows = connection.execute("PRAGMA integrity_check(5)").fetchall()
        finally:
            connection.close()
    return "; ".join(str(row[0]) for row in rows)


@contextlib.contextmanager
def _translated(path: Path, is_precious: bool) -> Iterator[None]:
    try:
        yield
    except apsw.BusyError as exc:
        message = f"{path} is locked by another process; try again when it has finished"
        raise StateError(message) from exc
    except apsw.FullError as exc:
        message = f"{path}: the disk is full; nothing was changed"
        raise StateError(message) from exc
    except (apsw.NotADBError, apsw.CorruptError) as exc:
        message = (
            f"{path} is damaged ({exc}); {_SAVE if is_precious else '`engrep index` sets it aside and makes it anew'}"
        )
        raise DamagedError(message) from exc
    except PackedError as exc:
        message = f"{path} is damaged ({exc}); {_SAVE if is_precious else '`engrep index --full` makes it anew'}"
        raise DamagedError(message) from exc
    except apsw.IOError as exc:
        message = f"{path} cannot be read or written ({exc}); is the disk full? nothing was changed"
        raise StateError(message) from exc
    except (apsw.CantOpenError, apsw.ReadOnlyError, apsw.PermissionsError) as exc:
        message = f"{path} cannot be opened ({exc}); make it and its folder writable, or set ENGREP_HOME"
        raise StateError(message) from exc
    except apsw.Error as exc:
        message = f"{path}: {exc}"
        raise StateError(message) from exc
