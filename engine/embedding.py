"""Give vectors to the files that have none: those a run has read, those of another model before, those a run left.

It follows the run that wrote the facts, in transactions of its own: a search finds the new facts at once, and a run that
is killed has lost at most one batch. No text is embedded twice by one model while vectors.db knows it.
"""

from __future__ import annotations

import itertools
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from engrep.engine import store_vectors
from engrep.engine.db import Connection, DamagedError, Database
from engrep.engine.embed import Embedder, is_quick, no_embedder
from engrep.engine.embed_cost import Agree, Charged, ask_first
from engrep.engine.prepare import Job, Lit
from engrep.engine.store import read_meta
from engrep.engine.store_vectors import Entry, Files, Unembedded
from engrep.engine.vectors import Embedded, embed, key_of, of_file
from engrep.engine.workers import WORKERS_FROM, read_here, read_in_workers
from engrep.indexers.modules import ProjectHints

log = logging.getLogger(__name__)

Answer = TypeVar("Answer")
Progress = Callable[[str, int, int], None]

BATCH = 1000  # chunks of a transaction with a quick model
SLOW_BATCH = 256  # chunks that a slow model, which may cost money, can lose to a kill
WAIT_SECONDS = 600.0
# What vectors.db holds. A quick model's vectors are only kept when they leave the tree, for switching back; a slow one's are
# all kept, for other work trees and for indexes made anew.
_FEWEST, _QUICK_SHARE, _SLOW_SHARE = 5_000, 0.1, 3.0


def embed_rest(
    database: Database,
    vectors: Database,
    root: Path,
    hints: ProjectHints,
    embedder: Embedder,
    texts: Mapping[str, tuple[bytes, tuple[str, ...]]],
    *,
    n_workers: int,
    tell: Progress,
    agree: Agree | None,
) -> None:
    """Embed all files without vectors; `texts` has what a model reads of those that were read just now, with their hash.

    Raises:
        UsageError: much would be sent to a server, and nobody agreed to it.

    """
    files = _unembedded(database, embedder)
    pending = _texts_of(files, texts, root, hints, n_workers)
    if isinstance(embedder, Charged):
        pending = iter(read := list(pending))
        tell("ask", 0, 0)
        ask_first(embedder, _unknown(vectors, embedder, read), agree)
    done = 0
    for batch in _batches(pending, BATCH if is_quick(embedder) else SLOW_BATCH):
        embedded = _embedded(vectors, embedder, [light for _, light in batch])
        with database.writing(wait_seconds=WAIT_SECONDS) as connection:
            if not store_vectors.is_of_model(connection, embedder.identity):
                return  # another run has changed the model meanwhile
            named = {file.blob_id: own for (file, _), own in zip(batch, embedded, strict=True)}
            store_vectors.add_to_unembedded(connection, named)
        done += len(batch)
        tell("embed", done, len(files))


def keep_departed(vectors: Database, departed: Sequence[Entry]) -> None:
    """Keep what left the tree, so that it need not be embedded again when it comes back."""
    if departed:
        _write(vectors, lambda connection: store_vectors.keep(connection, departed))


def trim(vectors: Database, embedder: Embedder, n_chunks: int) -> None:
    """Hold vectors.db to its bound."""
    if vectors.path.exists():
        most = max(_FEWEST, int((_QUICK_SHARE if is_quick(embedder) else _SLOW_SHARE) * n_chunks))
        _write(vectors, lambda connection: store_vectors.trim(connection, most))


def _texts_of(
    files: Sequence[Unembedded],
    texts: Mapping[str, tuple[bytes, tuple[str, ...]]],
    root: Path,
    hints: ProjectHints,
    n_workers: int,
) -> Iterator[tuple[Unembedded, tuple[str, ...]]]:
    """Yield files with what a model reads of their chunks; one that changed since it was indexed waits for the next run."""
    to_read: dict[str, Unembedded] = {}
    for file in files:
        content, light = texts.get(file.path, (b"", ()))
        if content == file.hash:
            yield file, light
        else:
            to_read[file.path] = file
    jobs = [Job(file.path, file.size, file.mtime_ns, file.hash, only_light=True) for file in to_read.values()]
    if not jobs:
        return
    in_workers = n_workers > 1 and sum(job.size for job in jobs) >= WORKERS_FROM
    reading = (
        read_in_workers(root, jobs, hints, n_workers, no_embedder)
        if in_workers
        else read_here(root, jobs, hints, no_embedder)
    )
    with reading as read:
        yield from ((to_read[lit.job.path], lit.light) for lit in read.files if isinstance(lit, Lit))


def _unembedded(database: Database, embedder: Embedder) -> list[Unembedded]:
    """Return the files to embed; all of them where a server has changed its model without giving it another name."""
    with database.reading() as connection:
        files = store_vectors.unembedded_files(connection)
        held = read_meta(connection, "dimensions")
    if is_quick(embedder) or not files or embedder.dimensions == held:
        return files
    with database.writing(wait_seconds=WAIT_SECONDS) as connection:
        store_vectors.begin_model(connection, embedder.identity, embedder.dimensions)
        store_vectors.note_vectors(connection)
        return store_vectors.unembedded_files(connection)


def _unknown(vectors: Database, embedder: Embedder, files: Files) -> list[str]:
    """Return the texts that vectors.db does not know."""
    texts = {key_of(embedder, text): text for _, light in files for text in light}
    if vectors.path.exists():
        known = _write(vectors, lambda connection: store_vectors.find(connection, texts))
        texts = {key: text for key, text in texts.items() if key not in known}
    return list(texts.values())


def _batches(files: Iterable[tuple[Unembedded, tuple[str, ...]]], size: int) -> Iterator[Files]:
    """Cut files into batches of about so many texts."""
    batch: list[tuple[Unembedded, tuple[str, ...]]] = []
    n_texts = 0
    for file, light in files:
        if batch and n_texts + len(light) > size:
            yield batch
            batch, n_texts = [], 0
        batch.append((file, light))
        n_texts += len(light)
    if batch:
        yield batch


def _embedded(vectors: Database, embedder: Embedder, files: Sequence[tuple[str, ...]]) -> list[Embedded]:
    """Return the vectors of files: those that vectors.db has from there, the others from the model.

    Two runs at once wait for each other here, so that they never have the same text embedded.
    """
    keys = [[key_of(embedder, text) for text in light] for light in files]
    texts = dict(zip(itertools.chain(*keys), itertools.chain(*files), strict=True))

    def known_or_made(connection: Connection) -> dict[bytes, Entry]:
        known = store_vectors.find(connection, texts)
        made = _made(embedder, {key: text for key, text in texts.items() if key not in known})
        if not is_quick(embedder):
            store_vectors.keep(connection, made.values())
        return known | made

    stored = vectors.path.exists() or not is_quick(embedder)
    found = _write(vectors, known_or_made) if stored else _made(embedder, texts)
    of_files = [[found[key] for key in own] for own in keys]
    return [
        of_file(embedder, "", own, [entry.record for entry in entries], [entry.signs for entry in entries])
        for own, entries in zip(keys, of_files, strict=True)
    ]


def _made(embedder: Embedder, texts: Mapping[bytes, str]) -> dict[bytes, Entry]:
    if not texts:
        return {}
    records, signs = embed(embedder, list(texts.values()))
    return {key: Entry(key, *own) for key, *own in zip(texts, records, signs, strict=True)}


def _write(vectors: Database, act: Callable[[Connection], Answer]) -> Answer:
    """Do something to vectors.db in a transaction; where it is damaged, to a new one."""
    try:
        with vectors.writing(wait_seconds=WAIT_SECONDS) as connection:
            return act(connection)
    except DamagedError:
        aside = vectors.set_aside()
        log.warning("%s was damaged and is made anew; the old one is %s", vectors.path, aside or "gone already")
        with vectors.writing(wait_seconds=WAIT_SECONDS) as connection:
            return act(connection)
