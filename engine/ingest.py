"""One index run: find what changed, prepare it in workers, write it, resolve the references, commit; embed the rest.

All but the vectors is one transaction. Whatever happens in between (a kill, a full disk), readers and the next run see
the old index, complete; and while it runs they read the old one undisturbed. The vectors of a first run belong to it too
where the model is quick; all others follow it in batches (see embedding.py).
"""

from __future__ import annotations

import contextlib
import gc
import hashlib
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
from engrep.engine.embedding import embed_rest, keep_departed, trim
from engrep.engine.errors import StateError
from engrep.engine.places import make_folder
from engrep.engine.prepare import Job, Lit, Prepared, Skipped, Unchanged
from engrep.engine.store_tables import drop_indexes, finish, make_indexes, merge_full_text, wipe
from engrep.engine.store_write import AddedFile, Writer
from engrep.engine.types import IndexReport
from engrep.engine.worker import Outcome
from engrep.engine.workers import WORKERS_FROM, Reading, read_here, read_in_workers
from engrep.indexers.languages import LANGUAGES
from engrep.indexers.modules import ProjectHints, is_manifest, module_path, project_hints
from engrep.indexers.walk import FoundFile, PassedOver, git_output, start_git, walk

log = logging.getLogger(__name__)

Progress = Callable[[str, int, int], None]

FACTS_VERSION = 15  # raise it when the facts change: an index made with another number is made anew
WAIT_SECONDS = 600.0
HINTED_RULES = frozenset({"python", "go", "rust"})  # whose module paths depend on more than the path and content
_BULK_SHARE = 4  # a run that changes more than a fourth of the files resolves everything anew
_TRY_AGAIN = frozenset({"unreadable", "failed"})  # for reasons that may go away while the file stays as it is
_SAME_TICK_NS = 20_000_000  # the clock of file times may stand still that long: a later edit can bear the same time


@dataclass(frozen=True, slots=True)
class _Plan:
    """What a run has to do."""

    jobs: list[Job]
    old: dict[str, store.FileRow]
    removed: list[store.FileRow]
    skipped: list[PassedOver]
    hints: ProjectHints
    fresh: bool  # everything is read anew
    commit: str | None


@dataclass(frozen=True, slots=True)
class _Run:
    """What a run was asked for."""

    database: Database
    vectors: Database
    root: Path
    embedder_of: EmbedderOf
    full: bool
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
    *,
    full: bool,
    jobs: int | None,
    progress: Progress | None,
) -> IndexReport:
    """Bring the index of a root up to date; `vectors` keeps what was embedded once.

    Raises:
        StateError: the database cannot be written, or another run holds it for ten minutes.

    """
    make_folder(database.path)
    run = _Run(database, vectors, root, embedder_of, full, jobs or os.cpu_count() or 1, progress or _silent)
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
            plan = _plan(connection, run.root, full=run.full)
            _begin(connection, plan, embedder)
            with _reading(run, plan, embedder) as reading:
                written = _write(connection, plan, reading, run.tell)
            run.tell("finish", 0, 0)
            values: dict[str, str | int | float | None] = {
                "made_with": _made_with(run.root),
                "hints": _hints_digest(plan.hints),
                "commit": plan.commit,
                "started_ns": started_ns,
                "indexed_at": datetime.now(UTC).isoformat(timespec="seconds"),
            }
            finish(connection, values, bulk=plan.fresh)
            store_vectors.note_vectors(connection)
            total = store.totals(connection)
        if embedder is not None:
            _embed_rest(run, plan, embedder, written, total.chunks)
    return IndexReport(
        root=str(run.root), files=total.files, skipped=total.skipped, languages=total.languages, lines=total.lines,
        symbols=total.symbols, references=total.references, edges=total.edges, chunks=total.chunks,
        seconds=round(time.perf_counter() - started, 3), updated=written.updated, removed=len(plan.removed),
    )  # fmt: skip


def _begin(connection: Connection, plan: _Plan, embedder: Embedder | None) -> None:
    """Empty what is made anew: everything, or the vectors alone."""
    if plan.fresh:
        wipe(connection)
        drop_indexes(connection)
    if embedder is not None and not store_vectors.is_of_model(connection, embedder.identity):
        store_vectors.begin_model(connection, embedder.identity, embedder.dimensions)


def _embed_rest(run: _Run, plan: _Plan, embedder: Embedder, written: _Written, n_chunks: int) -> None:
    keep_departed(run.vectors, written.departed)
    if not (plan.fresh and is_quick(embedder)):
        embed_rest(
            run.database, run.vectors, run.root, plan.hints, embedder, written.texts, n_workers=run.jobs, tell=run.tell
        )
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


def _plan(connection: Connection, root: Path, *, full: bool) -> _Plan:
    if not root.is_dir():
        message = f"{root} is not a folder"
        raise StateError(message)
    head = start_git(root, "rev-parse", "HEAD")
    entries = list(walk(root))
    commit = git_output(head)
    found = [entry for entry in entries if isinstance(entry, FoundFile)]
    skipped = [entry for entry in entries if isinstance(entry, PassedOver) and entry.reason != "missing"]
    hints = project_hints([file.path for file in found], _manifests(root, found))
    fresh = full or store.read_meta(connection, "made_with") != _made_with(root)
    old = {} if fresh else store.files(connection)
    known = {} if fresh else store.skipped(connection)
    moved = set() if fresh else _moved(connection, hints, old)
    settled_ns = int(store.read_meta(connection, "started_ns") or 0) - _SAME_TICK_NS
    jobs = []
    for file in found:
        row, passed = old.get(file.path), known.get(file.path)
        stands = file.mtime_ns < settled_ns and file.path not in moved
        if stands and row is not None and (row.size, row.mtime_ns) == (file.size, file.mtime_ns):
            continue
        if stands and passed is not None and passed[1:] == (file.size, file.mtime_ns) and passed[0] not in _TRY_AGAIN:
            skipped.append(PassedOver(file.path, *passed))
            continue
        jobs.append(Job(file.path, file.size, file.mtime_ns, row.hash if row and file.path not in moved else b""))
    present = {file.path for file in found}
    removed = [row for path, row in old.items() if path not in present]
    return _Plan(jobs, old, removed, skipped, hints, fresh, commit.decode().strip() if commit else None)


def _moved(connection: Connection, hints: ProjectHints, old: dict[str, store.FileRow]) -> set[str]:
    """Return the files whose module path is another one since a package or manifest came, went or changed."""
    if store.read_meta(connection, "hints") == _hints_digest(hints):
        return set()
    rules = {language.name: language for language in LANGUAGES if language.module_rule in HINTED_RULES}
    hinted = (row for row in old.values() if row.language in rules)
    return {row.path for row in hinted if module_path(row.path, rules[row.language], hints) != row.module}


def _manifests(root: Path, found: Iterable[FoundFile]) -> dict[str, str]:
    texts = {}
    for file in found:
        if is_manifest(file.path):
            try:
                texts[file.path] = (root / file.path).read_text(encoding="utf-8", errors="replace")
            except OSError:
                continue
    return texts


def _made_with(root: Path) -> str:
    """Name what the facts of all files depend on."""
    return _digest(FACTS_VERSION, str(root))


def _hints_digest(hints: ProjectHints) -> str:
    return _digest(sorted(hints.packages), sorted(hints.sources), hints.go_modules, hints.crates)


def _digest(*parts: object) -> str:
    return hashlib.blake2b(repr(parts).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _write(connection: Connection, plan: _Plan, reading: Reading, tell: Progress) -> _Written:
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
    plan: _Plan,
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
    plan: _Plan,
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


def _pass_over(writer: Writer, plan: _Plan, outcome: Skipped) -> None:
    job = outcome.job
    writer.remove_file(job.path)
    if outcome.reason == "missing":
        return
    if outcome.detail:
        log.warning("%s is not indexed: %s (%s)", job.path, outcome.reason, outcome.detail)
    plan.skipped.append(PassedOver(job.path, outcome.reason, job.size, job.mtime_ns))


def _reading(run: _Run, plan: _Plan, embedder: Embedder | None) -> contextlib.AbstractContextManager[Reading]:
    at_once = plan.fresh and embedder is not None and is_quick(embedder)
    for_model = embedder is not None and not at_once
    embedder_of = run.embedder_of if at_once else no_embedder
    if run.jobs < 2 or sum(job.size for job in plan.jobs) < WORKERS_FROM:
        return read_here(run.root, plan.jobs, plan.hints, embedder_of, for_model=for_model)
    return read_in_workers(run.root, plan.jobs, plan.hints, run.jobs, embedder_of, for_model=for_model)
