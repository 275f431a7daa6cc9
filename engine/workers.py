"""A pool of worker processes that survives what a file may do to a parser.

Parsing holds the interpreter lock, so threads gain nothing. The workers are plain child processes that speak pickled
values over their pipes: unlike multiprocessing's, they never import the caller's `__main__`, may be started from any
thread, and can be killed alone. A file that two workers die or overrun their time over is given up alone; files that are
prepared in the caller's own process have no such protection.
"""

from __future__ import annotations

import contextlib
import math
import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from engrep.engine.errors import StateError
from engrep.engine.prepare import Job, Prepared, Skipped, Unchanged, prepare

if TYPE_CHECKING:
    from engrep.indexers.modules import ProjectHints

Outcome = Prepared | Skipped | Unchanged

BATCH_BYTES = 400_000
FILE_SECONDS = 30.0
START_SECONDS = 60.0
_WATCH_SECONDS = 0.5
_START = "import sys; sys.path[:] = {path!r}; from engrep.engine.workers import serve; serve()"


def prepare_here(root: Path, jobs: Sequence[Job], hints: ProjectHints) -> Generator[Outcome]:
    """Prepare files in this process: for a few, starting workers costs more than it saves."""
    from engrep.engine.embed import default_embedder

    embedder = default_embedder()
    for job in jobs:
        yield prepare(root, job, hints, embedder)


def prepare_in_workers(root: Path, jobs: Sequence[Job], hints: ProjectHints, n_workers: int) -> Generator[Outcome]:
    """Prepare files in worker processes; the order is not kept, every job gives one outcome.

    Raises:
        StateError: no worker could be started.

    """
    batches = deque(_batches(jobs))
    results: queue.Queue[Outcome | BaseException | None] = queue.Queue(maxsize=512)
    # The batches lie by language; every other worker starts from the end, so that two of them rarely load one grammar.
    takes = (batches.popleft, batches.pop)
    feeders = [_Feeder(root, hints, takes[number % 2], results) for number in range(n_workers)]
    for feeder in feeders:
        feeder.start()
    try:
        ended = 0
        while ended < n_workers:
            try:
                result = results.get(timeout=_WATCH_SECONDS)
            except queue.Empty:
                for feeder in feeders:
                    feeder.kill_when_overdue()
                continue
            if result is None:
                ended += 1
            elif isinstance(result, BaseException):
                raise result
            else:
                yield result
    finally:
        for feeder in feeders:
            feeder.stop()
        while any(feeder.is_alive() for feeder in feeders):
            with contextlib.suppress(queue.Empty):
                results.get(timeout=0.05)


def _batches(jobs: Sequence[Job]) -> Iterator[list[Job]]:
    """Cut jobs into batches of about equal size, by language: compiling a grammar's query takes up to half a second."""
    batch: list[Job] = []
    size = 0
    for job in sorted(jobs, key=lambda job: (job.path.rpartition(".")[2], -job.size)):
        batch.append(job)
        size += job.size
        if size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


class _Feeder(threading.Thread):
    """The thread that keeps one worker busy and replaces it when it dies."""

    def __init__(
        self,
        root: Path,
        hints: ProjectHints,
        take: Callable[[], list[Job]],
        results: queue.Queue[Outcome | BaseException | None],
    ) -> None:
        super().__init__(daemon=True, name="engrep-feeder")
        self._root, self._hints, self._take, self._results = root, hints, take, results
        self._worker: _Worker | None = None
        self._stopped = False

    def run(self) -> None:
        try:
            while not self._stopped:
                self._prepare(self._take())
        except IndexError:  # all batches are taken
            pass
        except BaseException as exc:  # noqa: BLE001 - raised again in the thread that waits for the results
            self._results.put(exc)
        finally:
            if self._worker is not None:
                self._worker.close()
            self._results.put(None)

    def _prepare(self, batch: list[Job]) -> None:
        """Send a batch at once, so that the worker never waits for us, and take the outcomes one by one.

        The system may end a worker for reasons of its own, so the file it was at gets a second one before it is blamed.
        """
        suspect: Job | None = None
        while batch and not self._stopped:
            if self._worker is None:
                self._worker = _Worker()
                self._worker.start(self._root, self._hints)
            for outcome in self._worker.ask(batch):
                self._results.put(outcome)
                batch = batch[1:]
                if self._was_stopped():
                    return
            if batch and not self._stopped:
                self._worker.close()
                self._worker = None
                if suspect is batch[0]:
                    self._results.put(Skipped(suspect, "parser_failed", "two worker processes ended or took too long"))
                    batch = batch[1:]
                else:
                    suspect = batch[0]

    def _was_stopped(self) -> bool:
        return self._stopped

    def kill_when_overdue(self) -> None:
        worker = self._worker
        if worker is not None and time.monotonic() > worker.deadline:
            worker.kill()

    def stop(self) -> None:
        self._stopped = True
        worker = self._worker
        if worker is not None:
            worker.kill()


class _Worker:
    """One child process."""

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

    def start(self, root: Path, hints: ProjectHints) -> None:
        """Tell the process what it works on.

        Raises:
            StateError: it ended, or took too long to start.

        """
        try:
            self._send((os.fspath(root), hints))
            self._receive()
        except (EOFError, OSError, pickle.UnpicklingError) as exc:
            self.close()
            message = f"a worker process of {sys.executable} could not start; try `engrep index --jobs 1`"
            raise StateError(message) from exc
        self.deadline = math.inf

    def ask(self, batch: list[Job]) -> Iterator[Outcome]:
        """Have files prepared; the iterator ends early when the worker dies or is killed over one."""
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

    def _receive(self) -> Outcome:
        outcome: Outcome = pickle.load(self._outcomes)  # noqa: S301 - from our own child
        return outcome


def serve() -> None:
    """Answer jobs from standard input until it ends; the worker's side."""
    import gc

    from engrep.engine.embed import default_embedder

    gc.disable()  # the facts are trees of tuples that die young; collecting them costs up to a tenth
    source: BinaryIO = sys.stdin.buffer
    sink = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # a stray print must not break the protocol
    root, hints = pickle.load(source)  # noqa: S301 - from our own parent
    embedder = default_embedder()
    pickle.dump("ready", sink)
    sink.flush()
    try:
        while True:
            for job in pickle.load(source):  # noqa: S301
                _end_when_stuck()
                pickle.dump(prepare(Path(root), job, hints, embedder), sink, protocol=pickle.HIGHEST_PROTOCOL)
                sink.flush()
    except (EOFError, BrokenPipeError):
        os._exit(0)  # our parent has ended, perhaps by force: nobody reads what closing the streams would say


def _end_when_stuck() -> None:
    """Have the system end this process when one file costs far too much CPU: the parent that should do so may be gone."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_PROF, 2 * FILE_SECONDS)
