"""Run a command and tell its wall time, its CPU time and the memory of its whole process tree."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from engrep.engine.errors import MissingExtraError, StateError

POLL_SECONDS = 0.1  # looking at every process takes milliseconds, which the measured ones lack
FIRST_POLL_SECONDS = 0.005  # then twice as long each time: a command may be over before a tenth of a second
SHOWN_ERROR = 2000  # characters of what a failing command said


@dataclass(frozen=True, slots=True)
class Usage:
    """What one command took."""

    wall: float  # seconds from start to end
    cpu: float | None  # seconds, user and system, of the command and its children; None where nothing tells
    peak_rss: int | None  # bytes: the largest sum of resident sizes over the tree, pages shared by two counted twice
    output: str


def run(
    command: Sequence[str],
    environment: Mapping[str, str] | None = None,
    *,
    accepted: Collection[int] = (0,),
    watch: bool = True,
) -> Usage:
    """Run a command to its end.

    Without `watch` its memory is not polled, and nothing disturbs the timing of a short one.

    Raises:
        StateError: it cannot be started, or ended with a status that is not accepted.
        MissingExtraError: it is to be watched, and psutil is not installed.

    """
    watcher = Watcher() if watch else None
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        started = time.perf_counter()
        try:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=out, stderr=err, env=_environment(environment or {})
            )
        except OSError as exc:
            message = f"{command[0]} cannot be started: {exc}"
            raise StateError(message) from exc
        if watcher:
            watcher.start(process.pid)
        cpu = _wait(process)
        wall = time.perf_counter() - started
        if watcher:
            watcher.stop()
            cpu = watcher.cpu if cpu is None else cpu
        out.seek(0)
        err.seek(0)
        if process.returncode not in accepted:
            said = err.read().decode("utf-8", "replace").strip()[-SHOWN_ERROR:]
            message = f"{' '.join(command)} ended with {process.returncode}: {said}"
            raise StateError(message)
        return Usage(wall, cpu, watcher.peak_rss if watcher else None, out.read().decode("utf-8", "replace"))


def _environment(more: Mapping[str, str]) -> dict[str, str]:
    """Return our environment with more; Python keeps compiled modules, as it does for everybody who installs it."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, **more}


def _wait(process: subprocess.Popen[bytes]) -> float | None:
    """Wait for the end; return the CPU seconds of it and the children it waited for, where the system keeps them."""
    if sys.platform == "win32":
        process.wait()
        return None
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_utime + usage.ru_stime


@dataclass(slots=True)
class Watcher:
    """Looks at a process tree: soon at first, then every tenth of a second."""

    peak_rss: int = 0
    _cpu: dict[int, float] = field(default_factory=dict)  # process → seconds when it was last seen
    _done: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    @property
    def cpu(self) -> float:
        """The CPU seconds seen: too few by what each process did after it was last looked at."""
        return sum(self._cpu.values())

    def start(self, pid: int) -> None:
        """Begin."""
        psutil = _psutil()
        self._thread = threading.Thread(target=self._poll, args=(psutil, pid), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End."""
        self._done.set()
        if self._thread is not None:
            self._thread.join()

    def _poll(self, psutil: Any, pid: int) -> None:
        pause = FIRST_POLL_SECONDS
        while not self._done.wait(pause):
            pause = min(2 * pause, POLL_SECONDS)
            try:
                root = psutil.Process(pid)
                tree = [root, *root.children(recursive=True)]
            except psutil.Error:  # it ended while we looked
                continue
            self.peak_rss = max(self.peak_rss, sum(self._look(psutil, each) for each in tree))

    def _look(self, psutil: Any, process: Any) -> int:
        try:
            with process.oneshot():
                times = process.cpu_times()
                resident: int = process.memory_info().rss
        except psutil.Error:
            return 0
        self._cpu[process.pid] = times.user + times.system
        return resident


def _psutil() -> Any:
    try:
        import psutil
    except ImportError as exc:
        message = "the memory of processes is read with psutil: pip install 'engrep[eval]'"
        raise MissingExtraError(message) from exc
    return psutil
