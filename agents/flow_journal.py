"""The journal of a run: what was paid for and what was done, each line on the disk before anything is made of it.

    {"key": "plan/1/reply", "value": {…}, "at": "2026-11-22T21:50:03Z", "spent": 3.2}

A run that is resumed is told from its beginning again: each step asks the journal first, and only what it does not hold is
done. A line that a kill cut short is no line. JSON lines and not SQLite: there is one writer and one reader, every record is
read once, in order, at a resume, and a person can read what happened with `less`.
"""

from __future__ import annotations

import contextlib
import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from engrep.engine.errors import StateError


class Journal:
    """The journal of one run; several threads may write."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._held: dict[str, Any] = {}
        self._events: list[dict[str, Any]] = []
        self._latest: dict[str, Any] = {}
        self._numbers: dict[str, int] = {}
        self._begun = time.monotonic()
        self.spent = 0.0  # seconds that earlier processes worked on the run
        self._file: int | None = None
        self._end = 0  # of the last whole line
        self._lease: int | None = None

    def open(self) -> None:
        """Read what is there and keep other processes out.

        Raises:
            StateError: another process works on the run, or the file cannot be written.

        """
        self._lease = _alone(self._path.with_suffix(".lock"))
        end = 0
        for line, after in _lines(self._path):
            end, self.spent = after, float(line.get("spent", 0.0))
            if "key" in line:
                self._keep(line["key"], line["value"])
            else:
                self._events.append(line["event"])
        try:
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
            os.ftruncate(self._file, end)
            self._end = os.lseek(self._file, end, os.SEEK_SET)
        except OSError as exc:
            message = f"{self._path} cannot be written: {exc.strerror or exc}"
            raise StateError(message) from exc

    def close(self) -> None:
        """Let others work on the run."""
        for descriptor in (self._file, self._lease):
            if descriptor is not None:
                os.close(descriptor)
        self._file = self._lease = None

    def has(self, key: str) -> bool:
        """Tell whether a step was done."""
        with self._lock:
            return key in self._held

    def get(self, key: str) -> Any:
        """Return what a step that was done gave, None for one that was not."""
        with self._lock:
            return self._held.get(key)

    def put(self, key: str, value: Any) -> None:
        """Write down what a step gave; it is on the disk when this returns."""
        with self._lock:
            self._write({"key": key, "value": value}, sync=True)
            self._keep(key, value)

    def once(self, key: str, do: Callable[[], Any]) -> Any:
        """Return what a step gave, doing it where it was not done."""
        if not self.has(key):
            self.put(key, do())
        return self.get(key)

    def tell(self, event: dict[str, Any], *, sync: bool = False) -> None:
        """Write down something that happened once, such as a refusal or a call that was paid for."""
        with self._lock:
            self._events.append(event)
            self._write({"event": event}, sync=sync)

    def events(self, kind: str) -> list[dict[str, Any]]:
        """Return what happened of a kind, in order."""
        with self._lock:
            return [each for each in self._events if each.get("kind") == kind]

    def latest(self, name: str) -> Any:
        """Return what the last step said of a name, of those that said anything: the state of the files, for one."""
        with self._lock:
            return self._latest.get(name)

    def next_number(self, name: str) -> int:
        """Return a number that no step took before: the number of the steps that said anything of a name, and one."""
        with self._lock:
            return self._numbers.get(name, 0) + 1

    def _keep(self, key: str, value: Any) -> None:
        self._held[key] = value
        if isinstance(value, dict):
            self._latest |= value
            for name in value:
                self._numbers[name] = self._numbers.get(name, 0) + 1

    def _write(self, line: dict[str, Any], *, sync: bool) -> None:
        if self._file is None:
            message = f"{self._path} is closed"
            raise StateError(message)
        line |= {"at": _now(), "spent": round(self.spent + time.monotonic() - self._begun, 3)}
        data = json.dumps(line, ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n"
        try:
            written = 0
            while written < len(data):  # a disk that is nearly full takes a part, and says so with the next one only
                written += os.write(self._file, data[written:])
            if sync:
                os.fsync(self._file)
            self._end += written
        except OSError as exc:
            with contextlib.suppress(OSError):  # what follows a half line would be unreadable
                os.ftruncate(self._file, self._end)
                os.lseek(self._file, self._end, os.SEEK_SET)
            message = f"{self._path} cannot be written: {exc.strerror or exc}"
            raise StateError(message) from exc


def _lines(path: Path) -> Iterator[tuple[dict[str, Any], int]]:
    """Give the whole lines of a journal, each with the place where it ends; stop at the first that is none."""
    end = 0
    with contextlib.suppress(FileNotFoundError), path.open("rb") as file:
        for raw in file:
            try:
                line = json.loads(raw.decode("utf-8", "surrogatepass"))
            except ValueError:
                return
            if not raw.endswith(b"\n") or not isinstance(line, dict):
                return
            end += len(raw)
            yield line, end


def _alone(path: Path) -> int:
    """Return a lock that ends with this process, whatever becomes of it; raises StateError where another has it."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as exc:
        message = f"{path} cannot be written: {exc.strerror or exc}"
        raise StateError(message) from exc
    try:
        try:
            import fcntl
        except ImportError:
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined, unused-ignore]
        else:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as exc:
        os.close(descriptor)
        message = f"another process works on the run in {path.parent}: wait for it, or end it"
        raise StateError(message) from exc
    return descriptor


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
