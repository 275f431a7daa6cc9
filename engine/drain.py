"""Do what waits in a spool: bring the index up to date with changed files, and draw memories from transcripts.

One process at a time does it, under a lease that it prolongs while it works; it ends when nothing is left. All of it may be
done twice without harm, so a process that is killed in the midst loses nothing: the next one does its work again.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

from engrep.engine import lease, places, spool, store
from engrep.engine.embedders import EMBEDDER_VARIABLE, SERVER
from engrep.engine.spool import Spooled

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

    What fails, or ends the process, is tried again by a later one, three times in all. An event that comes while the lease is
    given back is seen here, or its bringer sees no lease and starts another process.
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
    return [each for each in spool.waiting(folder) if each.stem not in tried]


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
    n_done = 0
    for each in sorted(left, key=lambda spooled: spooled.transcript != spool.CHANGED_FILES):
        begun = spool.begin(each)
        if begun is None:  # another process has it
            continue
        wrong = _attempt(root, home, begun, worker)
        if wrong:
            spool.failed(begun, wrong)
            tried.add(begun.stem)
        else:
            spool.done(begun)
            n_done += 1
    return n_done


def _attempt(root: Path, home: Path | None, begun: Spooled, worker: Worker) -> str:
    """Do one thing, and return what went wrong."""
    if begun.transcript is None:
        return "it says nothing that can be read"
    if begun.tries > spool.MOST_TRIES:
        return f"it ended the process that did it {spool.MOST_TRIES} times"
    try:
        if begun.transcript == spool.CHANGED_FILES:
            _refresh(root, home, worker)
        else:
            _distil(begun.transcript, worker)
    except Exception as error:  # noqa: BLE001 - whatever goes wrong with one transcript must not keep the others waiting
        return f"{type(error).__name__}: {error}"
    return ""


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
    if path.suffix.lower() in TRANSCRIPTS and path.is_file():
        worker.distil(str(path))
