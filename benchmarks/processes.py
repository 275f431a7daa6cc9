"""Run a command and tell its wall time, its CPU time and the memory of its whole process tree. Linux only."""

from __future__ import annotations

import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

POLL_SECONDS = 0.1  # reading the whole of /proc takes milliseconds, which the measured processes lack
PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True)
class Usage:
    """What one command took."""

    wall: float  # seconds from start to end
    cpu: float  # seconds, user and system, of the command and every child it waited for
    peak_rss: int  # bytes: the largest sum of resident sizes over the tree, pages shared by two counted twice
    output: str


def parents() -> dict[int, int]:
    """Return process id → parent's id of every process that can be read."""
    found = {}
    for entry in os.scandir("/proc"):
        if entry.name.isdecimal():
            try:
                stat = Path(entry.path, "stat").read_bytes()
            except OSError:  # it ended while we looked
                continue
            found[int(entry.name)] = int(stat.rpartition(b") ")[2].split()[1])
    return found


def tree_of(root: int, parent_of: Mapping[int, int]) -> set[int]:
    """Return a process and all its descendants."""
    inside = {root}
    size = 0
    while len(inside) > size:
        size = len(inside)
        inside |= {pid for pid, parent in parent_of.items() if parent in inside}
    return inside


def resident(pids: Iterable[int]) -> int:
    """Return the sum of resident sizes in bytes."""
    total = 0
    for pid in pids:
        try:
            total += int(Path(f"/proc/{pid}/statm").read_bytes().split()[1]) * PAGE
        except (OSError, IndexError):
            continue
    return total


def _environment(more: Mapping[str, str]) -> dict[str, str]:
    """Return our environment with more; Python keeps compiled modules, as it does for everybody who installs it."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, **more}


def run(
    command: Sequence[str],
    environment: Mapping[str, str] | None = None,
    *,
    accepted: Collection[int] = (0,),
    watch: bool = True,
) -> Usage:
    """Run a command to its end; raises CalledProcessError with its error output on an exit status not accepted.

    Without `watch` its memory is not polled, and nothing disturbs the timing of a short one.
    """
    peak = 0
    done = threading.Event()

    def poll(pid: int) -> None:
        nonlocal peak
        while not done.wait(POLL_SECONDS):
            peak = max(peak, resident(tree_of(pid, parents())))

    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        started = time.perf_counter()
        process = subprocess.Popen(command, stdout=out, stderr=err, env=_environment(environment or {}))
        watcher = threading.Thread(target=poll, args=(process.pid,))
        if watch:
            watcher.start()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
        done.set()
        process.returncode = os.waitstatus_to_exitcode(status)
        if watch:
            watcher.join()
        out.seek(0)
        err.seek(0)
        if process.returncode not in accepted:
            raise subprocess.CalledProcessError(process.returncode, list(command), stderr=err.read().decode()[-2000:])
        return Usage(wall, usage.ru_utime + usage.ru_stime, peak, out.read().decode("utf-8", "replace"))
