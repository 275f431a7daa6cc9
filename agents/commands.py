"""Commands of a run: programs with arguments, never a shell's text, within limits of time, memory and output.

On POSIX a process of ours stands between (commands_guard.py); what it could not take away on this system is said with each
result. On Windows a command has limits of time and output alone.
"""

from __future__ import annotations

import json
import os
import re
import select
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from engrep.agents.flow_types import ENDED
from engrep.indexers.redact import redact

GUARD = Path(__file__).with_name("commands_guard.py")
MOST_SECONDS = 600.0
MOST_MEMORY = 4 << 30  # bytes of data of one process
MOST_FILE = 1 << 30  # bytes of a file that a command writes
MOST_PROCESSES = 1024  # at a time
MOST_OUTPUT = 32 << 20  # bytes: a command that prints more is ended
HEAD, TAIL = 64 << 10, 192 << 10  # bytes of the output that are kept
_GRACE = 5.0  # seconds for the guard to end what it watches
_ESCAPES = re.compile(r"\x1b(\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)|[@-Z\\-_])")


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one command may take."""

    seconds: float = MOST_SECONDS
    memory: int = MOST_MEMORY
    output: int = MOST_OUTPUT
    processes: int = MOST_PROCESSES
    offline: bool = True
    hidden: tuple[Path, ...] = ()  # files and folders that it may not read


@dataclass(frozen=True, slots=True)
class Ran:
    """How a command ended: `ended` is exit, signal, time, output, processes, missing or parent."""

    argv: tuple[str, ...]
    ended: str
    code: int
    seconds: float
    output: str  # without secrets, in the middle cut where it is long
    network: str  # "off", or "on: " and why
    writes: str  # "off" outside the work tree, or "on: " and why
    secrets: str  # "off": what is hidden cannot be read, or "on: " and why

    @property
    def is_passed(self) -> bool:
        """Tell whether it ended by itself, with 0."""
        return self.ended == "exit" and self.code == 0

    @property
    def said(self) -> str:
        """How it ended, in words."""
        return ENDED.get(self.ended, f"exit {self.code}" if self.ended == "exit" else f"was killed ({-self.code})")


def run(
    argv: Sequence[str],
    cwd: Path,
    environment: Mapping[str, str],
    writable: Sequence[Path],
    bounds: Bounds | None = None,
) -> Ran:
    """Run one command in a folder; never raises for what the command does."""
    limits, begun = bounds or Bounds(), time.monotonic()
    if os.name == "nt":
        told, output = _run_bare(argv, cwd, environment, limits)
    else:
        told, output = _run_guarded(argv, cwd, environment, writable, limits)
    seconds = float(told.get("seconds", time.monotonic() - begun))
    return Ran(
        tuple(argv), str(told["ended"]), int(told["code"]), seconds, cleaned(output), str(told["network"]),
        str(told["writes"]), str(told["secrets"]),
    )  # fmt: skip


def cleaned(output: bytes) -> str:
    """Return what a command printed as text without secrets and without what only a terminal understands."""
    return redact(_ESCAPES.sub("", output.decode("utf-8", "replace"))).text.replace("\r\n", "\n")


def _run_guarded(
    argv: Sequence[str], cwd: Path, environment: Mapping[str, str], writable: Sequence[Path], bounds: Bounds
) -> tuple[dict[str, Any], bytes]:
    reader, writer = os.pipe()
    spec = {
        "argv": list(argv), "cwd": os.fspath(cwd), "seconds": bounds.seconds, "memory": bounds.memory,
        "file": MOST_FILE, "processes": bounds.processes, "offline": bounds.offline, "writable": [os.fspath(path) for path in writable],
        "status": writer, "hidden": [os.fspath(path) for path in bounds.hidden],
    }  # fmt: skip
    guard = subprocess.Popen(
        [sys.executable, "-I", "-S", os.fspath(GUARD), json.dumps(spec)], cwd=cwd, env=dict(environment),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, pass_fds=[writer], start_new_session=True,
    )  # fmt: skip
    os.close(writer)
    with guard, os.fdopen(reader, "rb") as status:
        output, is_too_much = _collected(guard, bounds)
        told = _status(status.read())
    if is_too_much:
        told["ended"] = "output"
    return told, output


def _status(line: bytes) -> dict[str, Any]:
    """Return what the guard told at its end; a guard that was killed told nothing, and nothing passed."""
    try:
        found = json.loads(line)
    except ValueError:
        found = None
    unknown = {
        "ended": "signal",
        "code": -9,
        "network": "on: not known",
        "writes": "on: not known",
        "secrets": "on: not known",
    }
    return {**unknown, **found} if isinstance(found, dict) else unknown


def _run_bare(
    argv: Sequence[str], cwd: Path, environment: Mapping[str, str], bounds: Bounds
) -> tuple[dict[str, Any], bytes]:
    """Run a command where there is no guard: Windows."""
    unguarded = "on: Windows gives no way to take it away"
    off = dict.fromkeys(("network", "writes", "secrets"), unguarded)
    told: dict[str, Any] = {**off, "ended": "exit", "code": 127}
    try:
        process = subprocess.Popen(
            list(argv), cwd=cwd, env=dict(environment), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )  # fmt: skip
    except OSError as exc:
        return {**told, "ended": "missing"}, str(exc).encode()
    with process:
        output, is_too_much = _collected(process, bounds)
        process.wait()
    ended = "output" if is_too_much else "time" if process.returncode == 1 and not output else "exit"
    return {**told, "ended": ended, "code": process.returncode}, output


def _collected(process: subprocess.Popen[bytes], bounds: Bounds) -> tuple[bytes, bool]:
    """Return the beginning and the end of what a process prints, and whether it was ended because it printed too much."""
    assert process.stdout is not None  # noqa: S101 - it is a pipe
    overdue = threading.Timer(bounds.seconds + _GRACE, _end, [process])
    overdue.daemon = True
    overdue.start()
    try:
        head, tail, size = _read(process, process.stdout, bounds)
        if size > bounds.output:
            _end(process)
        process.wait()
    finally:
        overdue.cancel()
        _end(process)
    gap = size - len(head) - len(tail)
    middle = f"\n… {gap:,} bytes left out …\n".encode() if gap > 0 else b""
    return head + middle + tail, size > bounds.output


def _read(process: subprocess.Popen[bytes], stream: IO[bytes], bounds: Bounds) -> tuple[bytes, bytes, int]:
    head, tail, size = b"", b"", 0
    until = time.monotonic() + bounds.seconds + 3 * _GRACE
    while size <= bounds.output:
        if os.name != "nt" and not select.select([stream], [], [], _GRACE / 10)[0]:
            if process.poll() is not None:  # who still holds the pipe has ended the guard and is not waited for
                break
            continue
        piece = os.read(stream.fileno(), 1 << 16)
        if not piece or time.monotonic() > until:
            break
        size += len(piece)
        room = HEAD - len(head)
        head += piece[:room]
        tail = (tail + piece[room:])[-TAIL:] if room < len(piece) else tail
    return head, tail, size


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process and what it started: the guard ends its command when its standard input ends."""
    if process.poll() is not None:
        return
    if os.name == "nt":
        subprocess.run(["taskkill", "/F", "/T", "/PID", str(process.pid)], capture_output=True, check=False)
        return
    if process.stdin is not None:
        process.stdin.close()
    try:
        process.wait(_GRACE)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, 9)
