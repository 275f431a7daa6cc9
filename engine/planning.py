"""What an index run has to do: which files are new, changed, gone or passed over."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from engrep.engine import store
from engrep.engine.db import Connection
from engrep.engine.errors import StateError
from engrep.engine.prepare import Job
from engrep.indexers.languages import LANGUAGES
from engrep.indexers.modules import ProjectHints, is_manifest, module_path, project_hints
from engrep.indexers.walk import FoundFile, PassedOver, git_output, start_git, walk

FACTS_VERSION = 17  # raise it when facts or edges change: an index made with another number is made anew
HINTED_RULES = frozenset({"python", "go", "rust"})  # whose module paths depend on more than the path and content
_TRY_AGAIN = frozenset({"unreadable", "failed"})  # for reasons that may go away while the file stays as it is
_SAME_TICK_NS = 20_000_000  # the clock of file times may stand still that long: a later edit can bear the same time


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run has to do."""

    jobs: list[Job]
    old: dict[str, store.FileRow]
    removed: list[store.FileRow]
    skipped: list[PassedOver]
    hints: ProjectHints
    fresh: bool  # everything is read anew
    commit: str | None


def plan_run(connection: Connection, root: Path, *, full: bool) -> Plan:
    """Compare the files with the index.

    Raises:
        StateError: the root is no folder.

    """
    if not root.is_dir():
        message = f"{root} is not a folder"
        raise StateError(message)
    head = start_git(root, "rev-parse", "HEAD")
    entries = list(walk(root))
    commit = git_output(head)
    found = [entry for entry in entries if isinstance(entry, FoundFile)]
    skipped = [entry for entry in entries if isinstance(entry, PassedOver) and entry.reason != "missing"]
    hints = project_hints([file.path for file in found], _manifests(root, found))
    fresh = full or store.read_meta(connection, "made_with") != made_with(root)
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
    return Plan(jobs, old, removed, skipped, hints, fresh, commit.decode().strip() if commit else None)


def _moved(connection: Connection, hints: ProjectHints, old: dict[str, store.FileRow]) -> set[str]:
    """Return the files whose module path is another one since a package or manifest came, went or changed."""
    if store.read_meta(connection, "hints") == hints_digest(hints):
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


def made_with(root: Path) -> str:
    """Name what the facts of all files depend on."""
    return _digest(FACTS_VERSION, str(root))


def hints_digest(hints: ProjectHints) -> str:
    """Name what the module paths of all files depend on besides their own."""
    return _digest(sorted(hints.packages), sorted(hints.sources), hints.go_modules, hints.crates)


def _digest(*parts: object) -> str:
    return hashlib.blake2b(repr(parts).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
