"""Any program as a system: `command:NAME=PROGRAM ARGUMENTS…`, spoken to in JSON objects, one a line.

The program is started with two more arguments: the folder to search, and a folder that is its own to keep things in.
It reads the folder, and then says so on its standard output:

    {"ready": true, "files": 120, "bytes": 90000}        (the numbers may be left out)

For each line on its standard input it writes one line, best hit first:

    {"query": "where do we retry", "limit": 10, "from": null}
    {"hits": [{"path": "net/retry.py", "start_line": 8, "end_line": 20, "score": 1.5}]}

Paths are relative to the folder; a hit may also have symbol, qualified_name, module, kind and text. At any point
{"error": "what is wrong"} ends it. Its standard error is shown where it fails; when its standard input ends, so does it.
"""

from __future__ import annotations

import json
import os
import queue
import re
import shlex
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engrep.engine.errors import StateError, UsageError
from engrep.eval.cases import Found, Prepared

READY_SECONDS, ANSWER_SECONDS, END_SECONDS = 1800.0, 120.0, 5.0
_TEXTS = ("symbol", "qualified_name", "module", "kind")


@dataclass(frozen=True, slots=True)
class Command:
    """A program that answers questions about a folder."""

    name: str
    argv: tuple[str, ...]

    @contextmanager
    def open(self, root: Path, state: Path) -> Iterator[CommandIndex]:
        """Begin with a folder; the program runs from the first update to the end."""
        folder = state / re.sub(r"\W+", "_", self.name)
        folder.mkdir(parents=True, exist_ok=True)
        index = CommandIndex(self.name, (*self.argv, os.fspath(root.resolve()), os.fspath(folder.resolve())))
        try:
            yield index
        finally:
            index.close()


class CommandIndex:
    """A running program."""

    def __init__(self, name: str, argv: Sequence[str]) -> None:
        self._name, self._argv = name, argv
        self._program: _Program | None = None

    def update(self) -> Prepared:
        """Start the program, anew if it runs: it reads the folder once."""
        self.close()
        started = time.perf_counter()
        self._program = _Program(self._name, self._argv)
        said = self._program.heard(READY_SECONDS)
        if said.get("ready") is not True:
            message = f"{self._name} began with {json.dumps(said)[:200]}, not with ready"
            raise StateError(message)
        return Prepared(time.perf_counter() - started, said.get("files"), bytes=said.get("bytes"))

    def search(self, query: str, *, limit: int, from_file: str | None, per_symbol: bool) -> Sequence[Found]:
        """Ask the program; its places are taken as they come."""
        del per_symbol
        if self._program is None:
            message = f"{self._name} was not started"
            raise StateError(message)
        said = self._program.asked({"query": query, "limit": limit, "from": from_file})
        try:
            return [_found(hit) for hit in said["hits"]][:limit]
        except (KeyError, TypeError, ValueError) as exc:
            message = f"{self._name} answered {json.dumps(said)[:200]}, which is no list of hits"
            raise StateError(message) from exc

    def close(self) -> None:
        """End the program."""
        if self._program is not None:
            self._program.end()
            self._program = None


class _Program:
    """A child process whose lines come with a time limit."""

    def __init__(self, name: str, argv: Sequence[str]) -> None:
        self._name = name
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed in `end`
        try:
            self._process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors)
        except OSError as exc:
            self._errors.close()
            message = f"{name} cannot be started: {argv[0]}: {exc.strerror or exc}"
            raise StateError(message) from exc
        self._lines: queue.Queue[bytes | None] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)  # pipes have no time limit of their own
        self._reader.start()

    def _read(self) -> None:
        for line in self._process.stdout or ():
            self._lines.put(line)
        self._lines.put(None)

    def asked(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Send a line and wait for one; a program that is gone is noticed by what it no longer says."""
        if self._process.stdin is not None:
            with suppress(OSError):
                self._process.stdin.write(json.dumps(request).encode() + b"\n")
                self._process.stdin.flush()
        return self.heard(ANSWER_SECONDS)

    def heard(self, seconds: float) -> dict[str, Any]:
        """Wait for a line.

        Raises:
            StateError: none came in time, the program ended, or what it said is an error or no JSON object.

        """
        try:
            line = self._lines.get(timeout=seconds)
        except queue.Empty:
            self._process.kill()
            message = f"{self._name} said nothing for {seconds:g} s and was ended"
            raise StateError(message) from None
        if line is None:
            message = f"{self._name} ended with {self._process.wait()}: {self._last_words()}"
            raise StateError(message)
        try:
            said = json.loads(line)
        except ValueError:
            said = None
        if not isinstance(said, dict):
            message = f"{self._name} said {line[:200].decode('utf-8', 'replace').strip()!r}, which is no JSON object"
            raise StateError(message)
        if "error" in said:
            message = f"{self._name}: {said['error']}"
            raise StateError(message)
        return said

    def _last_words(self) -> str:
        self._errors.seek(0)
        return self._errors.read().decode("utf-8", "replace").strip().rpartition("\n")[2] or "it said nothing"

    def end(self) -> None:
        """Let the program end by itself, or else by force."""
        if self._process.stdin is not None:
            with suppress(OSError):
                self._process.stdin.close()
        try:
            self._process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join(END_SECONDS)  # a child of the program may still hold the pipe
        if self._process.stdout is not None and not self._reader.is_alive():
            self._process.stdout.close()
        self._errors.close()


def _found(hit: Mapping[str, Any]) -> Found:
    symbol, qualified_name, module, kind = (str(hit.get(name) or "") for name in _TEXTS)
    path, text = str(hit["path"]).replace("\\", "/").removeprefix("./"), hit.get("text")
    return Found(
        path, int(hit["start_line"]), int(hit["end_line"]), symbol, qualified_name, module, kind,
        float(hit.get("score", 0.0)), text=None if text is None else str(text),
    )  # fmt: skip


def command(rest: str) -> Command:
    """Read `:NAME=PROGRAM ARGUMENTS`.

    Raises:
        UsageError: it is not of this form.

    """
    read = re.fullmatch(r":([\w.+-]+)=(.*\S.*)", rest)
    try:
        argv = tuple(shlex.split(read[2], posix=os.name != "nt")) if read else ()
    except ValueError:
        argv = ()
    if read is None or not argv:
        message = (
            f"command{rest} is not of the form command:NAME=PROGRAM ARGUMENTS, NAME of letters, digits and . _ + -: "
            "`engrep eval systems --help` has the rest"
        )
        raise UsageError(message)
    return Command(read[1], argv)
