"""What is indexed, how far the files have moved on, and whether everything engrep stands on is sound."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from pathlib import Path

from engrep.engine import spool, store
from engrep.engine.choice import Choice
from engrep.engine.db import DamagedError, Database, OlderError, integrity
from engrep.engine.embedders import EMBEDDER_VARIABLE, NONE, STATIC
from engrep.engine.errors import EngrepError
from engrep.engine.rungs import RUNGS
from engrep.engine.trust import NOT_MEASURED
from engrep.engine.types import Check, Moved, Status
from engrep.indexers.walk import FoundFile, walk


def status(database: Database, root: Path, choice: Choice) -> Status:
    """Compare the index with the files; a root without an index gives zeros."""
    if not database.path.exists():
        return _nothing(database, root)
    try:
        return _status(database, root, choice)
    except OlderError as exc:
        return _nothing(database, root, str(exc))


def _nothing(database: Database, root: Path, outdated: str | None = None) -> Status:
    empty: dict[str, int] = {}
    return Status(
        str(root), str(database.path), False, None, None, 0, 0, 0, 0, 0, 0, empty, empty, empty, 0, 0, 0, 0,
        embedder=store.named_embedder(database), outdated=outdated,
    )  # fmt: skip


def _status(database: Database, root: Path, choice: Choice) -> Status:
    with database.reading() as connection:
        total = store.totals(connection)
        indexed, passed = store.files(connection), store.skipped(connection)
        commit, indexed_at = store.read_meta(connection, "commit"), store.read_meta(connection, "indexed_at")
        named, identity = store.read_meta(connection, "embedder"), store.read_meta(connection, "model")
        model = choice.to_search(connection)
        problems = store.problem_counts(connection)
        unembedded = int(store.read_meta(connection, "unembedded") or 0)
        rungs = {RUNGS[rung]: count for rung, count in store.rung_counts(connection).items()}
    moved = _compared(root, indexed, passed)
    return Status(
        root=str(root), database=str(database.path), indexed=indexed_at is not None, commit=str(commit) if commit else None,
        indexed_at=str(indexed_at) if indexed_at else None, files=total.files, lines=total.lines, symbols=total.symbols,
        references=total.references, edges=total.edges, chunks=total.chunks, languages=total.languages, skipped=total.skipped,
        problems=problems, changed_files=moved.changed_files, new_files=moved.new_files,
        missing_files=moved.missing_files, bytes=database_bytes(database.path), rungs=rungs,
        embedder=None if named is None else str(named), model=None if identity is None else str(identity),
        vectors=total.chunks - unembedded if identity else 0, trust=model.trust if model.grounds else None,
        trust_grounds=model.grounds, without_vectors=model.problem,
    )  # fmt: skip


def moved_on(database: Database, root: Path) -> Moved | None:
    """Compare the index with the files by their sizes and times alone; None without an index that can be read."""
    if not database.path.exists():
        return None
    try:
        with database.reading() as connection:
            if not store.is_indexed(connection):
                return None
            indexed, passed = store.files(connection), store.skipped(connection)
    except (DamagedError, OlderError):  # the next run makes it anew
        return None
    return _compared(root, indexed, passed)


def _compared(root: Path, indexed: dict[str, store.FileRow], passed: dict[str, tuple[str, int, int]]) -> Moved:
    found = {file.path: file for file in walk(root) if isinstance(file, FoundFile)}
    known = {path: (row.size, row.mtime_ns) for path, row in indexed.items()} | {
        path: row[1:] for path, row in passed.items()
    }
    return Moved(
        changed_files=sum(path in known and known[path] != (file.size, file.mtime_ns) for path, file in found.items()),
        new_files=sum(path not in known for path in found),
        missing_files=sum(path not in found for path in indexed),
    )


def database_bytes(path: Path) -> int:
    """Return the size of a database with its write-ahead log."""
    return sum(part.stat().st_size for part in (path, path.with_name(path.name + "-wal")) if part.exists())


def doctor(database: Database, root: Path, choice: Choice) -> tuple[Check, ...]:
    """Check the interpreter, the libraries, git, the database and the model."""
    return (
        Check("python", True, sys.version.split()[0]),
        *_library_checks(),
        _git_check(),
        _folder_check(database.path),
        _database_check(database.path),
        *_index_checks(database, root, choice),
    )


def background_check(folder: Path) -> Check:
    """Tell what waits in a spool to be done in the background, and what was given up."""
    n_waiting, given_up = len(spool.waiting(folder)), spool.given_up(folder)
    waits = f"{n_waiting} to be done when a session ends its turn" if n_waiting else "nothing waits"
    if not given_up:
        return Check("background", True, waits)
    oldest = given_up[0]
    detail = f"{len(given_up)} given up, the first at {oldest.at}: {oldest.what} ({oldest.why}); {waits}"
    fix = f"`engrep distill FILE` reads a transcript again; then delete {folder / 'failed'}"
    return Check("background", False, detail, fix)


def _library_checks() -> tuple[Check, ...]:
    needed = ("apsw", "sqlite_vec", "numpy", "tree_sitter", "platformdirs")
    missing = [name for name in needed if importlib.util.find_spec(name) is None]
    fix = "install engrep again: pip install --force-reinstall engrep" if missing else None
    return (Check("libraries", not missing, f"missing: {', '.join(missing)}" if missing else ", ".join(needed), fix),)


def _git_check() -> Check:
    path = shutil.which("git")
    return Check(
        "git",
        path is not None,
        path or "not found",
        None if path else "install git; without it ignore rules are followed, history is not",
    )


def _folder_check(path: Path) -> Check:
    folder = path.parent
    nearest = next(ancestor for ancestor in (folder, *folder.parents) if ancestor.exists())
    writable = nearest.is_dir() and os.access(nearest, os.W_OK)
    return Check("folder", writable, str(folder), None if writable else f"make {folder} writable or set ENGREP_HOME")


def _database_check(path: Path) -> Check:
    if not path.exists():
        return Check("database", True, f"{path} does not exist yet", "run `engrep index`")
    try:
        found = integrity(path)
    except EngrepError as exc:
        return Check("database", False, str(exc))  # which says what to do
    sound = found == "ok"
    return Check(
        "database", sound, f"{path}: sound" if sound else found, None if sound else "run `engrep index --full`"
    )


def _index_checks(database: Database, root: Path, choice: Choice) -> tuple[Check, ...]:
    try:
        state = status(database, root, choice)
    except EngrepError as exc:
        return Check("model", True, "unknown: the index cannot be read"), Check("index", False, str(exc))
    model = _model_check(state) if state.indexed else _coming_model_check(state, choice)
    return model, *_vector_checks(state), _freshness_check(state)


def _coming_model_check(state: Status, choice: Choice) -> Check:
    """Tell what the next index run would make vectors with."""
    try:
        spec = choice.spec_to_index(state.embedder)
    except EngrepError as exc:
        return Check("model", False, str(exc))
    if spec == NONE:
        return Check(
            "model",
            True,
            f"none, by choice: `engrep index` would make no vectors ({EMBEDDER_VARIABLE} and --embedder choose)",
        )
    named = {None: "the embedder that was given", STATIC: f"{STATIC}, the model that comes with engrep"}.get(spec, spec)
    return Check("model", True, f"`engrep index` would use {named}")


def _model_check(state: Status) -> Check:
    if state.without_vectors is not None:
        fix = f"name it: {EMBEDDER_VARIABLE} or `engrep index --embedder`; until then searches do without its vectors"
        return Check("model", False, state.without_vectors, fix)
    if state.model is None or state.embedder == NONE:
        return Check("model", True, "none: searches use words, names and the call graph")
    if state.trust is None:
        return Check("model", True, f"{state.model}, switched off by {EMBEDDER_VARIABLE}")
    detail = f"{state.model}, trusted {state.trust:g} ({state.trust_grounds})"
    if state.trust_grounds == NOT_MEASURED:
        return Check("model", True, f"{detail}: `engrep eval calibrate` measures it", "run `engrep eval calibrate`")
    return Check("model", True, detail)


def _vector_checks(state: Status) -> tuple[Check, ...]:
    """Check that all chunks have vectors of the model that searches use; nothing without one."""
    if state.trust is None:
        return ()
    is_whole = state.vectors == state.chunks
    fix = None if is_whole else "run `engrep index`: it goes on where it stopped"
    return (Check("vectors", is_whole, f"{state.vectors:,} of {state.chunks:,} chunks", fix),)


def _freshness_check(state: Status) -> Check:
    if not state.indexed:
        fix = "run `engrep index`, which makes it anew" if state.outdated else "run `engrep index`"
        return Check("index", False, state.outdated or "not indexed yet", fix)
    moved = state.changed_files + state.new_files + state.missing_files
    detail = f"{state.files} files at {state.indexed_at}" + (f", {moved} changed since" if moved else ", up to date")
    return Check("index", True, detail, "run `engrep index`" if moved else None)
