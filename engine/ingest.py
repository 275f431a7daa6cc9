"""One index run: find what changed, prepare it in workers, write it, resolve the references, commit; embed the rest.

All but the vectors is one transaction. Whatever happens in between (a kill, a full disk), readers and the next run see
the old index, complete; and while it runs they read the old one undisturbed. The vectors of a first run belong to it too
where the model is quick; all others follow it in batches (see embedding.py).
"""

from __future__ import annotations

import contextlib
import gc
import logging
import os
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from engrep.engine import edges, store, store_project, store_vectors
from engrep.engine.db import Connection, DamagedError, Database
from engrep.engine.embed import Embedder, EmbedderOf, is_quick, no_embedder
from engrep.engine.embed_cost import Agree
from engrep.engine.embedding import embed_rest, keep_departed, trim
from engrep.engine.places import make_folder
from engrep.engine.planning import Plan, hints_digest, made_with, plan_run
from engrep.engine.prepare import Lit, Prepared, Skipped, Unchanged
from engrep.engine.store_tables import drop_indexes, finish, make_indexes, merge_full_text, wipe
from engrep.engine.store_write import AddedFile, Writer
from engrep.engine.types import IndexReport
from engrep.engine.worker import Outcome
from engrep.engine.workers import WORKERS_FROM, Reading, read_here, read_in_workers
from engrep.indexers.walk import PassedOver

log = logging.getLogger(__name__)

Progress = Callable[[str, int, int], None]

WAIT_SECONDS = 600.0
_BULK_SHARE = 4  # a run that changes more than a fourth of the files resolves everything anew


@dataclass(frozen=True, slots=True)
class Wish:
    """How an index run is to go about it."""

    full: bool = False
    jobs: int | None = None
    embedder: str | None = None  # the embedder as it was named, None when a program gives it
    agree: Agree | None = None  # to what it costs


@dataclass(frozen=True, slots=True)
class _Run:
    """What a run was asked for."""

    database: Database
    vectors: Database
    root: Path
    embedder_of: EmbedderOf
    wish: Wish
    jobs: int
    tell: Progress


@dataclass(frozen=True, slots=True)
class _Written:
    """What a run has written."""

    updated: int  # files that were read anew
    texts: dict[str, tuple[bytes, tuple[str, ...]]]  # path → hash, what a model reads of it; of those without vectors
    departed: list[store_vectors.Entry]


def index(
    database: Database,
    vectors: Database,
    root: Path,
    embedder_of: EmbedderOf,
    wish: Wish,
    progress: Progress | None,
) -> IndexReport:
    """Bring the index of a root up to date; `vectors` keeps what was embedded once.

    Raises:
        UsageError: much would be sent to an embedding server and nobody agreed to it; only the vectors are missing then.
        StateError: the database cannot be written, or another run holds it for ten minutes.

    """
    make_folder(database.path)
    run = _Run(database, vectors, root, embedder_of, wish, wish.jobs or os.cpu_count() or 1, progress or _silent)
    try:
        return _index(run)
    except DamagedError:
        aside = database.set_aside()
        log.warning("%s was damaged and is made anew; the old one is %s", database.path, aside or "gone already")
        return _index(run)


def _index(run: _Run) -> IndexReport:
    started, started_ns = time.perf_counter(), time.time_ns()
    embedder = run.embedder_of()
    with _without_collections():
        with run.database.writing(wait_seconds=WAIT_SECONDS) as connection:
            run.tell("scan", 0, 0)
            plan = plan_run(connection, run.root, full=run.wish.full)
            _begin(connection, plan, embedder)
            with _reading(run, plan, embedder) as reading:
                written = _write(connection, plan, reading, run.tell)
            run.tell("finish", 0, 0)
            values: dict[str, str | int | float | None] = {
                "made_with": made_with(run.root),
                "hints": hints_digest(plan.hints),
                "embedder": run.wish.embedder,
                "commit": plan.commit,
                "started_ns": started_ns,
                "indexed_at": datetime.now(UTC).isoformat(timespec="seconds"),
            }
            finish(connection, values, bulk=plan.fresh)
            store_vectors.tidy_signs(connection)
            store_vectors.note_vectors(connection)
            total = store.totals(connection)
        if embedder is not None:
            _embed_rest(run, plan, embedder, written, total.chunks)
    return IndexReport(
        root=str(run.root), files=total.files, skipped=total.skipped, languages=total.languages, lines=total.lines,
        symbols=total.symbols, references=total.references, edges=total.edges, chunks=total.chunks,
        seconds=round(time.perf_counter() - started, 3), updated=written.updated, removed=len(plan.removed),
        embedder=run.wish.embedder,
    )  # fmt: skip


def _begin(connection: Connection, plan: Plan, embedder: Embedder | None) -> None:
    """Empty what is made anew: everything, or the vectors alone."""
    if plan.fresh:
        wipe(connection)
        drop_indexes(connection)
    if embedder is not None and not store_vectors.is_of_model(connection, embedder.identity):
        store_vectors.begin_model(connection, embedder.identity, embedder.dimensions)


def _embed_rest(run: _Run, plan: Plan, embedder: Embedder, written: _Written, n_chunks: int) -> None:
    keep_departed(run.vectors, written.departed)
    if not (plan.fresh and is_quick(embedder)):
        embed_rest(
            run.database, run.vectors, run.root, plan.hints, embedder, written.texts,
            n_workers=run.jobs, tell=run.tell, agree=run.wish.agree,
        )  # fmt: skip
    trim(run.vectors, embedder, n_chunks)


@contextlib.contextmanager
def _without_collections() -> Iterator[None]:
    """Keep the collector of cycles away: a run makes millions of small values and hardly a cycle."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _silent(stage: str, done: int, total: int) -> None:
    """Report nothing."""


def _write(connection: Connection, plan: Plan, reading: Reading, tell: Progress) -> _Written:
    """Write what changed and resolve the references."""
    writer = Writer(connection)
    replaced: list[edges.Gone] = []
    for row in plan.removed:
        replaced.append(edges.gone(connection, row.blob_id))
        writer.remove(row.blob_id)
        writer.remove_file(row.path)
    added, texts = _write_files(connection, writer, plan, reading.files, replaced, tell)
    if plan.fresh:
        merge_full_text(connection)
        make_indexes(connection)
    if added or replaced:
        tell("resolve", 0, 0)
        is_bulk = plan.fresh or (len(added) + len(replaced)) * _BULK_SHARE > len(plan.old)
        edges.resolve_run(connection, writer, list(added.values()), replaced, everything=is_bulk)
        writer.refresh_names(bulk=is_bulk)
    for embedded in reading.vectors:
        writer.add_vectors(added[embedded.path], embedded)
    return _Written(len(added), texts, writer.departed)


def _write_files(
    connection: Connection,
    writer: Writer,
    plan: Plan,
    outcomes: Iterable[Outcome],
    replaced: list[edges.Gone],
    tell: Progress,
) -> tuple[dict[str, AddedFile], dict[str, tuple[bytes, tuple[str, ...]]]]:
    """Write what was read, note what it replaces, and return the files that were read anew, with what a model reads."""
    added: dict[str, AddedFile] = {}
    texts: dict[str, tuple[bytes, tuple[str, ...]]] = {}
    for done, outcome in enumerate(outcomes, 1):
        tell("read", done, len(plan.jobs))
        if isinstance(outcome, Unchanged):
            writer.touch(*outcome.job[:3])
            continue
        if isinstance(outcome, Lit):
            continue  # never: nobody asked for it
        symbol_id = _forget(connection, writer, plan, outcome, replaced)
        if isinstance(outcome, Skipped):
            _pass_over(writer, plan, outcome)
        else:
            added[outcome.job.path] = writer.add(outcome, symbol_id)
            if outcome.light:
                texts[outcome.job.path] = outcome.hash, outcome.light
    writer.write_names()
    writer.set_skipped((entry.path, entry.reason, entry.size, entry.mtime_ns) for entry in plan.skipped)
    return added, texts


def _forget(
    connection: Connection,
    writer: Writer,
    plan: Plan,
    outcome: Prepared | Skipped,
    replaced: list[edges.Gone],
) -> int | None:
    """Remove the indexed version of a file; return its first symbol id where the new one looks the same to others."""
    row = plan.old.get(outcome.job.path)
    if row is None:
        return None
    if isinstance(outcome, Prepared):
        after = store_project.interface_of_prepared(outcome)
        if after == store_project.interface_of_file(connection, row.blob_id):
            return writer.remove_content(row.blob_id)
    replaced.append(edges.gone(connection, row.blob_id))
    writer.remove(row.blob_id)
    return None


def _pass_over(writer: Writer, plan: Plan, outcome: Skipped) -> None:
    job = outcome.job
    writer.remove_file(job.path)
    if outcome.reason == "missing":
        return
    if outcome.detail:
        log.warning("%s is not indexed: %s (%s)", job.path, outcome.reason, outcome.detail)
    plan.skipped.append(PassedOver(job.path, outcome.reason, job.size, job.mtime_ns))


def _reading(run: _Run, plan: Plan, embedder: Embedder | None) -> contextlib.AbstractContextManager[Reading]:
    at_once = plan.fresh and embedder is not None and is_quick(embedder)
    for_model = embedder is not None and not at_once
    embedder_of = run.embedder_of if at_once else no_embedder
    if run.jobs < 2 or sum(job.size for job in plan.jobs) < WORKERS_FROM:
        return read_here(run.root, plan.jobs, plan.hints, embedder_of, for_model=for_model)
    return read_in_workers(run.root, plan.jobs, plan.hints, run.jobs, embedder_of, for_model=for_model)
