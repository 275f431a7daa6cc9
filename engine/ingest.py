"""One index run: find what changed, prepare it in workers, write it, resolve the references, commit.

The whole run is one transaction. Whatever happens in between (a kill, a full disk), readers and the next run see the
old index, complete; and while it runs they read the old one undisturbed.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from engrep.engine import edges, store
from engrep.engine.db import Connection, Database
from engrep.engine.embed import Embedder, default_embedder
from engrep.engine.errors import StateError
from engrep.engine.prepare import Job, Prepared, Skipped, Unchanged
from engrep.engine.store_write import (
    AddedFile,
    Writer,
    drop_indexes,
    finish,
    make_indexes,
    make_vectors,
    refresh_uses,
    wipe,
)
from engrep.engine.types import IndexReport
from engrep.engine.workers import Outcome, prepare_here, prepare_in_workers
from engrep.indexers.modules import ProjectHints, is_manifest, project_hints
from engrep.indexers.walk import FoundFile, PassedOver, git, walk

Progress = Callable[[str, int, int], None]

FACTS_VERSION = 1  # raise it when the facts change: an index made with another number is made anew
WORKERS_FROM = 400_000  # bytes; starting two workers costs about 0.3 s
WAIT_SECONDS = 600.0
_BULK_SHARE = 4  # a run that changes more than a fourth of the files resolves everything anew


@dataclass(frozen=True, slots=True)
class _Plan:
    """What a run has to do."""

    jobs: list[Job]
    old: dict[str, store.FileRow]
    removed: list[store.FileRow]
    skipped: list[PassedOver]
    hints: ProjectHints
    fresh: bool  # everything is read anew


def index(database: Database, root: Path, *, full: bool, jobs: int | None, progress: Progress | None) -> IndexReport:
    """Bring the index of a root up to date.

    Raises:
        StateError: the database cannot be written, or another run holds it for ten minutes.

    """
    started = time.perf_counter()
    tell = progress or _silent
    embedder = default_embedder()
    with database.writing(wait_seconds=WAIT_SECONDS) as connection:
        tell("scan", 0, 0)
        plan = _plan(connection, root, embedder, full=full)
        if plan.fresh:
            wipe(connection)
            drop_indexes(connection)
            if embedder is not None:
                make_vectors(connection, embedder.dimensions)
        updated = _write(connection, root, plan, jobs or os.cpu_count() or 1, tell)
        tell("finish", 0, 0)
        _settle(connection, root, plan, embedder, changed=bool(updated or plan.removed))
        total = store.totals(connection)
    return IndexReport(
        root=str(root), files=total.files, skipped=total.skipped, languages=total.languages, lines=total.lines,
        symbols=total.symbols, references=total.references, edges=total.edges, chunks=total.chunks,
        seconds=round(time.perf_counter() - started, 3), updated=updated, removed=len(plan.removed),
    )  # fmt: skip


def _silent(stage: str, done: int, total: int) -> None:
    """Report nothing."""


def _plan(connection: Connection, root: Path, embedder: Embedder | None, *, full: bool) -> _Plan:
    if not root.is_dir():
        message = f"{root} is not a folder"
        raise StateError(message)
    found: list[FoundFile] = []
    skipped: list[PassedOver] = []
    for entry in walk(root):
        if isinstance(entry, FoundFile):
            found.append(entry)
        elif entry.reason != "missing":
            skipped.append(entry)
    hints = project_hints([file.path for file in found], _manifests(root, found))
    fresh = full or store.read_meta(connection, "made_with") != _made_with(root, hints, embedder)
    old = {} if fresh else store.files(connection)
    known = {} if fresh else store.skipped(connection)
    jobs = []
    for file in found:
        row, passed = old.get(file.path), known.get(file.path)
        if row is not None and (row.size, row.mtime_ns) == (file.size, file.mtime_ns):
            continue
        if passed is not None and passed[1:] == (file.size, file.mtime_ns):
            skipped.append(PassedOver(file.path, *passed))
            continue
        jobs.append(Job(file.path, file.size, file.mtime_ns, row.hash if row else b""))
    present = {file.path for file in found}
    removed = [row for path, row in old.items() if path not in present]
    return _Plan(jobs, old, removed, skipped, hints, fresh)


def _manifests(root: Path, found: Iterable[FoundFile]) -> dict[str, str]:
    texts = {}
    for file in found:
        if is_manifest(file.path):
            try:
                texts[file.path] = (root / file.path).read_text(encoding="utf-8", errors="replace")
            except OSError:
                continue
    return texts


def _made_with(root: Path, hints: ProjectHints, embedder: Embedder | None) -> str:
    """Name everything outside of a file that its facts depend on."""
    parts = (FACTS_VERSION, str(root), embedder.identity if embedder else "", sorted(hints.packages), sorted(hints.sources),
             hints.go_modules, hints.crates)  # fmt: skip
    from hashlib import blake2b

    return blake2b(repr(parts).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _write(connection: Connection, root: Path, plan: _Plan, n_workers: int, tell: Progress) -> int:
    """Write what changed and resolve the references; return how many files were read anew."""
    writer = Writer(connection)
    dangling: set[int] = set()
    before: list[edges.Interface] = []

    def forget(row: store.FileRow) -> None:
        before.append(edges.interface(connection, row.blob_id))
        dangling.update(store.references_to(connection, row.blob_id))
        writer.remove(row.blob_id)

    for row in plan.removed:
        forget(row)
        writer.remove_file(row.path)
    added: list[AddedFile] = []
    rows: list[tuple[object, ...]] = []
    for done, outcome in enumerate(_outcomes(root, plan, n_workers), 1):
        tell("read", done, len(plan.jobs))
        path = outcome.job.path
        if isinstance(outcome, Unchanged):
            writer.touch(path, outcome.job.size, outcome.job.mtime_ns)
            continue
        if path in plan.old:
            forget(plan.old[path])
        if isinstance(outcome, Skipped):
            writer.remove_file(path)
            plan.skipped.append(PassedOver(path, outcome.reason, outcome.job.size, outcome.job.mtime_ns))
        else:
            added.append(writer.add(outcome))
    writer.set_skipped((entry.path, entry.reason, entry.size, entry.mtime_ns) for entry in plan.skipped)
    if plan.fresh:
        make_indexes(connection)
    if added or before:
        tell("resolve", 0, 0)
        everything = plan.fresh or (len(added) + len(before)) * _BULK_SHARE > len(plan.old)
        edges.resolve_run(connection, writer, added, before, dangling, everything=everything)
    return len(added)


def _outcomes(root: Path, plan: _Plan, n_workers: int) -> Iterator[Outcome]:
    if n_workers < 2 or sum(job.size for job in plan.jobs) < WORKERS_FROM:  # noqa: PLR2004 - one worker is no gain
        return prepare_here(root, plan.jobs, plan.hints)
    return prepare_in_workers(root, plan.jobs, plan.hints, n_workers)


def _settle(connection: Connection, root: Path, plan: _Plan, embedder: Embedder | None, *, changed: bool) -> None:
    commit = git(root, "rev-parse", "HEAD")
    values: dict[str, str | int | float | None] = {
        "made_with": _made_with(root, plan.hints, embedder),
        "model": embedder.identity if embedder else None,
        "commit": commit.decode().strip() if commit else None,
        "indexed_at": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    if changed or plan.fresh:
        refresh_uses(connection)
    finish(connection, values, bulk=plan.fresh)
