"""One worker: a plain child process that speaks pickled values over its pipes, seen from both sides.

Unlike multiprocessing's, it never imports the caller's `__main__`, may be started from any thread, and can be killed alone.
"""

from __future__ import annotations

import contextlib
import math
import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from engrep.engine.embed import EmbedderOf
from engrep.engine.errors import StateError
from engrep.engine.prepare import Job, Lit, Prepared, Skipped, Unchanged, prepare
from engrep.engine.vectors import Embedded, embed_files

if TYPE_CHECKING:
    from engrep.indexers.modules import ProjectHints

FILE_SECONDS = 30.0
START_SECONDS = 60.0
_START = "import sys; sys.path[:] = {path!r}; from engrep.engine.worker import serve; serve()"

Outcome = Prepared | Skipped | Unchanged | Lit


class Tasks(NamedTuple):
    """What all jobs of a run have in common."""

    root: Path
    hints: ProjectHints
    embedder_of: EmbedderOf  # gives the model that the workers embed with
    for_model: bool  # what a model reads of the files is wanted even where the workers have none


class Texts(NamedTuple):
    """Files to embed: paths with what the model reads of their chunks."""

    files: tuple[tuple[str, tuple[str, ...]], ...]


class Vectors(NamedTuple):
    """The answer to it."""

    files: tuple[Embedded, ...]


class Worker:
    """The parent's side: one child process."""

    def __init__(self) -> None:
        self.deadline = time.monotonic() + START_SECONDS
        self._process = subprocess.Popen(
            [sys.executable, "-c", _START.format(path=sys.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
            process_group=0,  # Ctrl-C is for us alone: we end the workers
        )
        if self._process.stdin is None or self._process.stdout is None:
            raise RuntimeError  # never: both were asked for
        self._jobs, self._outcomes = self._process.stdin, self._process.stdout

    def start(self, tasks: Tasks) -> None:
        """Tell the process what it works on.

        Raises:
            StateError: it ended, or took too long to start.

        """
        try:
            self._send(tasks)
            self._receive()
        except (EOFError, OSError, pickle.UnpicklingError) as exc:
            self.close()
            message = f"a worker process of {sys.executable} could not start; try `engrep index --jobs 1`"
            raise StateError(message) from exc
        self.deadline = math.inf

    def ask(self, batch: Sequence[Job | Texts]) -> Iterator[Outcome | Vectors]:
        """Have files prepared or texts embedded; the iterator ends early when the worker dies or is killed over one."""
        try:
            self._send(batch)
            for _ in batch:
                self.deadline = time.monotonic() + FILE_SECONDS
                yield self._receive()
        except (EOFError, OSError, pickle.UnpicklingError):
            return
        finally:
            self.deadline = math.inf

    def kill(self) -> None:
        """End the process, whatever it is at."""
        self._process.kill()
        self._process.wait()

    def close(self) -> None:
        """Kill the process and close the pipes, which only the thread that reads them may do."""
        self.kill()
        for pipe in (self._jobs, self._outcomes):
            with contextlib.suppress(OSError):
                pipe.close()

    def _send(self, value: object) -> None:
        pickle.dump(value, self._jobs, protocol=pickle.HIGHEST_PROTOCOL)
        self._jobs.flush()

    def _receive(self) -> Outcome | Vectors:
        outcome: Outcome | Vectors = pickle.load(self._outcomes)  # noqa: S301 - from our own child
        return outcome


def serve() -> None:
    """Answer jobs from standard input until it ends; the worker's side."""
    import gc

    gc.disable()  # the facts are trees of tuples that die young; collecting them costs up to a tenth
    source: BinaryIO = sys.stdin.buffer
    sink = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # a stray print must not break the protocol
    try:
        tasks: Tasks = pickle.load(source)  # noqa: S301 - from our own parent
        embedder = tasks.embedder_of()
        pickle.dump("ready", sink)
        sink.flush()
        while True:
            for job in pickle.load(source):  # noqa: S301
                _end_when_stuck()
                answer: Outcome | Vectors
                if isinstance(job, Texts) and embedder is not None:
                    answer = Vectors(embed_files(embedder, job.files))
                else:
                    answer = prepare(tasks.root, job, tasks.hints, for_model=tasks.for_model or embedder is not None)
                pickle.dump(answer, sink, protocol=pickle.HIGHEST_PROTOCOL)
                sink.flush()
    except (EOFError, BrokenPipeError):
        os._exit(0)  # our parent has ended, perhaps by force: nobody reads what closing the streams would say


def _end_when_stuck() -> None:
    """Have the system end this process when one file costs far too much CPU: the parent that should do so may be gone."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_PROF, 2 * FILE_SECONDS)
