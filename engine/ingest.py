"""One index run: find what changed, prepare it in workers, write it, resolve the references, commit.

The whole run is one transaction. Whatever happens in between (a kill, a full disk), readers and the next run see the
old index, complete; and while it runs they read the old one undisturbed.
"""

from __future__ import annotations

import contextlib
import gc
import hashlib
import logging
import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from engrep.engine import edges, store, store_project
from engrep.engine.db import Connection, DamagedError, Database
from engrep.engine.embed import Embedder, EmbedderOf
from engrep.engine.embed_cost import Agree, ask_first
from engrep.engine.errors import StateError
from engrep.engine.places import make_folder
from engrep.engine.prepare import Job, Prepared, Skipped, Unchanged
from engrep.engine.store_tables import drop_indexes, finish, make_indexes, make_vectors, merge_full_text, wipe
from engrep.engine.store_write import AddedFile, Writer
from engrep.engine.types import IndexReport
from engrep.engine.worker import Outcome
from engrep.engine.workers import Reading, read_here, read_in_workers
from engrep.indexers.languages import LANGUAGES
from engrep.indexers.modules import ProjectHints, is_manifest, module_path, project_hints
from engrep.indexers.walk import FoundFile, PassedOver, git_output, start_git, walk

log = logging.getLogger(__name__)

Progress = Callable[[str, int, int], None]

FACTS_VERSION = 15  # raise it when the facts change: an index made with another number is made anew
WORKERS_FROM = 400_000  # bytes; starting two workers costs about 0.3 s
WAIT_SECONDS = 600.0
HINTED_RULES = frozenset({"python", "go", "rust"})  # whose module paths depend on more than the path and content
_BULK_SHARE = 4  # a run that changes more than a fourth of the files resolves everything anew
_TRY_AGAIN = frozenset({"unreadable", "failed"})  # for reasons that may go away while the file stays as it is
_SAME_TICK_NS = 20_000_000  # the clock of file times may stand still that long: a later edit can bear the same time


@dataclass(frozen=True, slots=True)
class Wish:
    """How an index run is to go about it."""

    full: bool = False
    jobs: int | None = None
    embedder: str | None = None  # the embedder as it was named, None when a program gives it
    agree: Agree | None = None


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


def index(
    database: Database,
    root: Path,
    embedder_of: EmbedderOf,
    wish: Wish,
    progress: Progress | None,
) -> IndexReport:
    """Bring the index of a root up to date.

    Raises:
        UsageError: much would be sent to an embedding server, and nobody agreed to that.
        StateError: the database cannot be written, or another run holds it for ten minutes.

    """
    make_folder(database.path)
    try:
        return _index(database, root, embedder_of, wish, progress or _silent)
    except DamagedError:
        aside = database.set_aside()
        log.warning("%s was damaged and is made anew; the old one is %s", database.path, aside or "gone already")
        return _index(database, root, embedder_of, wish, progress or _silent)


def _index(database: Database, root: Path, embedder_of: EmbedderOf, wish: Wish, tell: Progress) -> IndexReport:
    started, started_ns = time.perf_counter(), time.time_ns()
    embedder = embedder_of()
    with database.writing(wait_seconds=WAIT_SECONDS) as connection, _without_collections():
        tell("scan", 0, 0)
        plan = _plan(connection, root, embedder, full=wish.full)
        if plan.fresh:
            wipe(connection)
            drop_indexes(connection)
            if embedder is not None:
                make_vectors(connection, embedder.dimensions)
        with _reading(root, plan, embedder_of, wish, tell) as reading:
            updated = _write(connection, plan, reading, tell)
        tell("finish", 0, 0)
        values: dict[str, str | int | float | None] = {
            "made_with": _made_with(root, embedder),
            "hints": _hints_digest(plan.hints),
            "embedder": wish.embedder,
            "model": embedder.identity if embedder else None,
            "dimensions": embedder.dimensions if embedder else None,
            "commit": plan.commit,
            "started_ns": started_ns,
            "indexed_at": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        finish(connection, values, bulk=plan.fresh)
        total = store.totals(connection)
    return IndexReport(
        root=str(root), files=total.files, skipped=total.skipped, languages=total.languages, lines=total.lines,
        symbols=total.symbols, references=total.references, edges=total.edges, chunks=total.chunks,
        seconds=round(time.perf_counter() - started, 3), updated=updated, removed=len(plan.removed),
    )  # fmt: skip


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


def _plan(connection: Connection, root: Path, embedder: Embedder | None, *, full: bool) -> _Plan:
    if not root.is_dir():
        message = f"{root} is not a folder"
        raise StateError(message)
    head = start_git(root, "rev-parse", "HEAD")
    entries = list(walk(root))
    commit = git_output(head)
    found = [entry for entry in entries if isinstance(entry, FoundFile)]
    skipped = [entry for entry in entries if isinstance(entry, PassedOver) and entry.reason != "missing"]
    hints = project_hints([file.path for file in found], _manifests(root, found))
    fresh = full or store.read_meta(connection, "made_with") != _made_with(root, embedder)
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


def _made_with(root: Path, embedder: Embedder | None) -> str:
    """Name what the facts of all files depend on."""
    return _digest(FACTS_VERSION, str(root), embedder.identity if embedder else "")


def _hints_digest(hints: ProjectHints) -> str:
    return _digest(sorted(hints.packages), sorted(hints.sources), hints.go_modules, hints.crates)


def _digest(*parts: object) -> str:
    return hashlib.blake2b(repr(parts).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _write(connection: Connection, plan: _Plan, reading: Reading, tell: Progress) -> int:
    """Write what changed and resolve the references; return how many files were read anew."""
    writer = Writer(connection)
    replaced: list[edges.Gone] = []
    for row in plan.removed:
        replaced.append(edges.gone(connection, row.blob_id))
        writer.remove(row.blob_id)
        writer.remove_file(row.path)
    added = _write_files(connection, writer, plan, reading.files, replaced, tell)
    if plan.fresh:
        merge_full_text(connection)
        make_indexes(connection)
    if added or replaced:
        tell("resolve", 0, 0)
        is_bulk = plan.fresh or (len(added) + len(replaced)) * _BULK_SHARE > len(plan.old)
        edges.resolve_run(connection, writer, list(added.values()), replaced, everything=is_bulk)
        writer.refresh_names(bulk=is_bulk)
    for done, embedded in enumerate(reading.vectors, 1):
        tell("embed", done, len(added))
        writer.add_vectors(added[embedded.path], embedded)
    return len(added)


def _write_files(
    connection: Connection,
    writer: Writer,
    plan: _Plan,
    outcomes: Iterable[Outcome],
    replaced: list[edges.Gone],
    tell: Progress,
) -> dict[str, AddedFile]:
    """Write what was read, note what it replaces, and return the files that were read anew."""
    added: dict[str, AddedFile] = {}
    for done, outcome in enumerate(outcomes, 1):
        tell("read", done, len(plan.jobs))
        if isinstance(outcome, Unchanged):
            writer.touch(*outcome.job[:3])
            continue
        symbol_id = _forget(connection, writer, plan, outcome, replaced)
        if isinstance(outcome, Skipped):
            _pass_over(writer, plan, outcome)
        else:
            added[outcome.job.path] = writer.add(outcome, symbol_id)
    writer.write_names()
    writer.set_skipped((entry.path, entry.reason, entry.size, entry.mtime_ns) for entry in plan.skipped)
    return added


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


def _reading(
    root: Path, plan: _Plan, embedder_of: EmbedderOf, wish: Wish, tell: Progress
) -> contextlib.AbstractContextManager[Reading]:
    def before(embedder: Embedder, texts: Sequence[str]) -> None:
        tell("ask", 0, 0)
        ask_first(embedder, texts, wish.agree)

    n_workers = wish.jobs or os.cpu_count() or 1
    if n_workers < 2 or sum(job.size for job in plan.jobs) < WORKERS_FROM:
        return read_here(root, plan.jobs, plan.hints, embedder_of, before)
    return read_in_workers(root, plan.jobs, plan.hints, n_workers, embedder_of, before)
