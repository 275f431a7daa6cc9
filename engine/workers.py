"""A pool of worker processes that survives what a file may do to a parser.

Parsing holds the interpreter lock, so threads gain nothing. A file that two workers die or overrun their time over is
given up alone; files that are prepared in the caller's own process have no such protection.
"""

from __future__ import annotations

import contextlib
import logging
import queue
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from engrep.engine.embed import EmbedderOf
from engrep.engine.embedders import default_embedder
from engrep.engine.prepare import Job, Prepared, Skipped, prepare
from engrep.engine.vectors import Embedded, embed_files
from engrep.engine.worker import Outcome, Tasks, Texts, Vectors, Worker

if TYPE_CHECKING:
    from engrep.indexers.modules import ProjectHints

log = logging.getLogger(__name__)

WORKERS_FROM = 400_000  # bytes; starting two workers costs about 0.3 s
BATCH_BYTES = 400_000
BATCH_TEXTS = 1000
BATCH_FILES = 64  # whose texts are embedded at once without workers
_WATCH_SECONDS = 0.5


class Reading(NamedTuple):
    """The outcomes of all files, one a job, and then their vectors."""

    files: Iterator[Outcome]
    vectors: Iterator[Embedded]


@contextlib.contextmanager
def read_here(
    root: Path,
    jobs: Sequence[Job],
    hints: ProjectHints,
    embedder_of: EmbedderOf = default_embedder,
    *,
    for_model: bool = False,
) -> Iterator[Reading]:
    """Read files in this process: for a few, starting workers costs more than it saves.

    `for_model` asks for what a model reads of them, for a caller that embeds it by itself.
    """
    embedder = embedder_of()
    texts: list[tuple[str, tuple[str, ...]]] = []

    def files() -> Iterator[Outcome]:
        for job in jobs:
            outcome = prepare(root, job, hints, for_model=for_model or embedder is not None)
            if embedder is not None and isinstance(outcome, Prepared) and outcome.light:
                texts.append((job.path, outcome.light))
            yield outcome

    def vectors() -> Iterator[Embedded]:
        if embedder is not None:
            for start in range(0, len(texts), BATCH_FILES):
                yield from embed_files(embedder, texts[start : start + BATCH_FILES])

    yield Reading(files(), vectors())


@contextlib.contextmanager
def read_in_workers(
    root: Path,
    jobs: Sequence[Job],
    hints: ProjectHints,
    n_workers: int,
    embedder_of: EmbedderOf = default_embedder,
    *,
    for_model: bool = False,
) -> Iterator[Reading]:
    """Read files in worker processes, in no order; `for_model` as in `read_here`.

    The vectors are in work as soon as the files are read, whether they are asked for or not: the caller can resolve
    references meanwhile.

    Raises:
        StateError: no worker could be started.

    """
    work = _Work(deque(_batches(jobs)))
    tasks = Tasks(root, hints, embedder_of, for_model)
    feeders = [_Feeder(tasks, work, from_end=number % 2 == 1) for number in range(n_workers)]
    for feeder in feeders:
        feeder.start()
    results = _results(work, feeders)
    vectors: list[Embedded] = []

    def files() -> Iterator[Outcome]:
        left = len(jobs)
        while left:
            result = next(results)
            if isinstance(result, Vectors):
                vectors.extend(result.files)
            else:
                left -= 1
                yield result

    def rest() -> Iterator[Embedded]:
        yield from vectors
        for result in results:
            if isinstance(result, Vectors):
                yield from result.files

    try:
        yield Reading(files(), rest())
    finally:
        for feeder in feeders:
            feeder.stop()
        while any(feeder.is_alive() for feeder in feeders):
            with contextlib.suppress(queue.Empty):
                work.results.get(timeout=0.05)


def _results(work: _Work, feeders: Sequence[_Feeder]) -> Iterator[Outcome | Vectors]:
    """Yield what comes back until all feeders have ended, and see to it that no worker holds one up for ever."""
    ended = 0
    while ended < len(feeders):
        try:
            result = work.results.get(timeout=_WATCH_SECONDS)
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


class _Work:
    """What the feeders share: batches to do, and the results."""

    def __init__(self, batches: deque[list[Job]]) -> None:
        self.batches = batches
        self.texts: deque[Texts] = deque()
        self.results: queue.Queue[Outcome | Vectors | BaseException | None] = queue.Queue(maxsize=512)


class _Feeder(threading.Thread):
    """The thread that keeps one worker busy and replaces it when it dies."""

    def __init__(self, tasks: Tasks, work: _Work, *, from_end: bool) -> None:
        super().__init__(daemon=True, name="engrep-feeder")
        self._tasks, self._work, self._results = tasks, work, work.results
        # The batches lie by language; every other worker starts from the end, so that two of them rarely load one grammar.
        self._take = work.batches.pop if from_end else work.batches.popleft
        self._read: list[tuple[str, tuple[str, ...]]] = []  # files to embed
        self._worker: Worker | None = None
        self._stopped = False

    def run(self) -> None:
        try:
            with contextlib.suppress(IndexError):  # all batches are taken
                while not self._stopped:
                    self._answer(self._take())
            self._hand_on()
            with contextlib.suppress(IndexError):
                while not self._stopped:
                    self._answer([self._work.texts.popleft()])
        except BaseException as exc:  # noqa: BLE001 - raised again in the thread that waits for the results
            self._results.put(exc)
        finally:
            if self._worker is not None:
                self._worker.close()
            self._results.put(None)

    def _hand_on(self) -> None:
        """Let any worker embed what this one has read."""
        if self._read:
            self._work.texts.append(Texts(tuple(self._read)))
            self._read = []

    def _answer(self, batch: Sequence[Job | Texts]) -> None:
        """Send a batch at once, so that the worker never waits for us, and take the outcomes one by one.

        The system may end a worker for reasons of its own, so the file it was at gets a second one before it is blamed.
        """
        suspect: Job | Texts | None = None
        while batch and not self._stopped:
            if self._worker is None:
                self._worker = Worker()
                self._worker.start(self._tasks)
            for outcome in self._worker.ask(batch):
                self._results.put(self._without_texts(outcome))
                batch = batch[1:]
                if self._was_stopped():
                    return
            if batch and not self._stopped:
                self._worker.close()
                self._worker = None
                if suspect is batch[0]:
                    self._results.put(_blamed(suspect))
                    batch = batch[1:]
                else:
                    suspect = batch[0]

    def _without_texts(self, outcome: Outcome | Vectors) -> Outcome | Vectors:
        """Keep back what is to be embedded."""
        if self._tasks.for_model or not isinstance(outcome, Prepared) or not outcome.light:
            return outcome
        self._read.append((outcome.job.path, outcome.light))
        if sum(len(texts) for _, texts in self._read) >= BATCH_TEXTS:
            self._hand_on()
        return outcome._replace(light=())

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


def _blamed(item: Job | Texts) -> Outcome | Vectors:
    """Return the outcome of what has ended two workers, or has held them up."""
    if isinstance(item, Job):
        return Skipped(item, "parser_failed", "two worker processes ended or took too long")
    log.warning(
        "%d files have no vectors: the worker processes that embedded them ended or took too long", len(item.files)
    )
    return Vectors(())
