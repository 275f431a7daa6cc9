"""Do what waits in a spool: bring the index up to date with changed files, and draw memories from transcripts.

One process at a time does it, under a lease that it prolongs while it works; it ends when nothing is left. All of it may be
done twice without harm, so a process that is killed in the midst loses nothing: the next one does its work again.
"""

from __future__ import annotations

import contextlib
import logging
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Protocol

from engrep.engine import hook_event as events
from engrep.engine import lease, places, spool, store
from engrep.engine.embedders import EMBEDDER_VARIABLE, SERVER
from engrep.engine.spool import Spooled

log = logging.getLogger(__name__)

LEASE_SECONDS = 20.0
MOST_SECONDS = 900.0  # that one process drains: a transcript that takes longer is not worth it


TRANSCRIPTS = frozenset({".jsonl", ".json"})


class Worker(Protocol):
    """Who does the work: `Memory`."""

    def index(self) -> object:
        """Bring the code index up to date."""
        ...

    def distil(self, source: str) -> object:
        """Take a transcript in, and draw memories from it."""
        ...


def drain(root: Path, owner: str, worker: Worker, home: Path | None = None) -> int:
    """Do what waits for a root until nothing is left; return how much was done.

    What fails is tried again by a later process. An event that comes while the lease is given back is seen here, or its
    bringer sees no lease and starts another process.
    """
    folder = places.spool_folder(root, home)
    tried: set[str] = set()
    n_done = 0
    while _left(folder, tried) and _is_ours(folder, owner):
        with _holding(folder, owner):
            while left := _left(folder, tried):
                n_done += _do(root, home, left, worker, tried)
    return n_done


def _is_ours(folder: Path, owner: str) -> bool:
    with contextlib.suppress(OSError):
        return lease.take(spool.lease_in(folder), owner, LEASE_SECONDS)
    return False


def _left(folder: Path, tried: set[str]) -> list[Spooled]:
    return [each for each in spool.waiting(folder) if _stem(each) not in tried]


def _stem(spooled: Spooled) -> str:
    return spooled.file.name.rpartition("-")[0]


@contextlib.contextmanager
def _holding(folder: Path, owner: str) -> Iterator[None]:
    """Prolong the lease while work is done, and give it back."""
    over = threading.Event()

    def prolong() -> None:
        while not over.wait(LEASE_SECONDS / 4):
            _is_ours(folder, owner)

    thread = threading.Thread(target=prolong, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        lease.release(spool.lease_in(folder), owner)


def _do(root: Path, home: Path | None, left: Sequence[Spooled], worker: Worker, tried: set[str]) -> int:
    """Do a batch: files that changed come first, so that what is drawn afterwards finds their symbols."""
    by_transcript: dict[str, list[Spooled]] = {}
    changed = []
    for each in left:
        if each.work is None:
            spool.failed(each, "it says nothing that can be read")
            tried.add(_stem(each))
        elif each.work.kind == events.CHANGE:
            changed.append(each)
        else:
            by_transcript.setdefault(each.work.transcript, []).append(each)
    n_done = _attempt(changed, tried, partial(_refresh, root, home, worker))
    for transcript, told in by_transcript.items():
        n_done += _attempt(told, tried, partial(_distil, transcript, worker))
    return n_done


def _attempt(spooled: Sequence[Spooled], tried: set[str], work: Callable[[], None]) -> int:
    """Do one thing for all who wait for it, and return how many they are; of what fails each is to be tried again."""
    if not spooled:
        return 0
    try:
        work()
    except Exception as error:  # noqa: BLE001 - whatever goes wrong with one transcript must not keep the others waiting
        log.info("%s could not be done: %s", spooled[0].work, error)
        for each in spooled:
            spool.failed(each, f"{type(error).__name__}: {error}")
            tried.add(_stem(each))
        return 0
    for each in spooled:
        spool.done(each)
    return len(spooled)


def _refresh(root: Path, home: Path | None, worker: Worker) -> None:
    """Bring the index up to date, where there is one; what a server embeds costs money, so that is left to people."""
    code = store.open_code(places.code_database(root, home))
    try:
        chosen = os.environ.get(EMBEDDER_VARIABLE) or store.named_embedder(code) or ""
        if not code.path.exists() or chosen.startswith(SERVER):
            return
        with code.reading() as connection:
            if not store.is_indexed(connection):
                return
    finally:
        code.close()
    worker.index()


def _distil(transcript: str, worker: Worker) -> None:
    """Take a transcript in and draw memories from what is new in it; any other file is none of ours."""
    path = Path(transcript).expanduser()
    if transcript and path.suffix.lower() in TRANSCRIPTS and path.is_file():
        worker.distil(str(path))
