"""What is put before a model without its asking: a brief when a session begins, a push when a prompt calls for it.

Both hold memories alone, and both are written down: a push never tells what its session was told before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from engrep.engine import pack, recall
from engrep.engine import store_memory as memories
from engrep.engine import store_recall as asking
from engrep.engine.candidates import Candidate
from engrep.engine.db import Connection, Database
from engrep.engine.memory_types import Entry
from engrep.engine.memory_vectors import nothing_near
from engrep.engine.recall import Sources, Wanted
from engrep.engine.recall_memories import LASTING, Standing, holds, in_place
from engrep.engine.recall_types import Brief, Recall
from engrep.indexers.storable import storable
from engrep.indexers.walk import git

MAX_PUSHED = 3  # memories at one prompt
PUSH_FLOOR = 0.9  # of the score: the prompt is held nearly whole, or names what the memory is about or is called
MOST_FILES = 200  # in play
RECENT = 60  # memories looked through for what was decided lately
TASKS = 2  # open tasks that are told, the latest first

# Parts of what brings a memory into a brief, so far apart that each outweighs all below it.
W_PINNED, W_TASK, W_FILE, W_FOLDER, W_LATELY = 8.0, 4.0, 2.0, 1.0, 0.5


def push(text: str, sources: Sources, standing: Standing, session: str, budget: int) -> Recall:
    """Return the memories that a prompt cannot do without and that its session was not told yet."""
    known: frozenset[str] = frozenset()
    if sources.project.path.exists():
        with sources.project.reading() as connection:
            known = asking.injected(connection, storable(session, memories.known_key(connection))[0])
    sources = replace(sources, near_project=nothing_near, near_user=nothing_near)  # silence is the rule, and haste
    found = recall.recall(text, sources, standing, Wanted(budget, MAX_PUSHED, types=("memory",), but=known))
    items = tuple(item for item in found.items if item.score >= PUSH_FLOOR)
    _log(sources.project, session, "push", standing.now, [(item.id, item.tokens) for item in items])
    return replace(found, items=items, tokens=sum(item.tokens for item in items))


def brief(sources: Sources, standing: Standing, files: Sequence[str], session: str, budget: int) -> Brief:
    """Return pinned rules, the task left open, and what was decided lately or near the files in play, in this order."""
    entries: list[Entry] = []
    for database in (sources.project, sources.user):
        if database.path.exists():
            with database.reading() as connection:
                entries += _eligible(connection, files, standing)
    entries = [entry for entry in sources.here(entries).values() if not entry.is_withheld]
    latest = sorted(entries, key=lambda entry: (entry.valid_from, entry.body), reverse=True)
    ranked = sorted(_weighed(latest, files), key=lambda candidate: -candidate.score)
    told = pack.distinct(ranked, lambda candidate: str(candidate.payload.text))
    items, left_out = pack.pack(told, lambda each: pack.memory_item(each.payload, each), budget, len(told))
    _log(sources.project, session, "brief", standing.now, [(item.id, item.tokens) for item in items])
    return Brief(tuple(items), sum(item.tokens for item in items), left_out)


def _eligible(connection: Connection, files: Sequence[str], standing: Standing) -> list[Entry]:
    """Return the memories that may be in a brief and hold where the asker stands."""
    found = memories.entries(connection, "status = 'active' AND pinned = 1")
    found += memories.entries(connection, "status = 'active' AND kind = 'task_state'")
    rows = [*asking.latest_rows(connection, RECENT), *asking.rows_about(connection, (), files, RECENT)]
    found += memories.entries_by_row(connection, dict.fromkeys(rows)).values()
    unique = {entry.id: entry for entry in found}.values()
    return [entry for entry in unique if holds(entry, standing) and _is_here(entry, standing)]


def _is_here(entry: Entry, standing: Standing) -> bool:
    return entry.scope != "module" or in_place(entry.place, standing) is not False


def _weighed(latest: Sequence[Entry], files: Sequence[str]) -> list[Candidate]:
    in_play, folders = frozenset(files), frozenset(file.rpartition("/")[0] for file in files)
    tasks, found = 0, []
    for at, entry in enumerate(latest):
        paths = {anchor.path for anchor in entry.anchors if anchor.path}
        is_task = entry.kind == "task_state"
        tasks += is_task
        candidate = Candidate("memory", entry)
        candidate.add("pinned", W_PINNED * entry.pinned)
        candidate.add("task", W_TASK * (is_task and tasks <= TASKS))
        candidate.add("in_play", W_FILE * (not paths.isdisjoint(in_play)))
        candidate.add("folder", W_FOLDER * any(path.rpartition("/")[0] in folders for path in paths))
        candidate.add("lately", W_LATELY * (entry.kind in LASTING) * (1.0 - at / (len(latest) + 1)))
        if candidate.score:
            found.append(candidate)
    return found


def files_in_play(root: Path, from_file: str | None) -> list[str]:
    """Return the files that the work tree has changed, and the asker's own first."""
    status = git(root, "status", "--porcelain", "-z", "--no-renames", "--untracked-files=normal") or b""
    changed = [entry[len("XY ") :] for entry in status.decode("utf-8", "replace").split("\0") if entry]
    return list(dict.fromkeys([*([from_file] if from_file else []), *changed]))[:MOST_FILES]


def _log(database: Database, session: str, door: str, now: str, shown: Sequence[tuple[str, int]]) -> None:
    """Write down what was told; without a session, or anything told, there is nothing to write."""
    if session and shown and database.path.exists():
        with database.writing() as connection:
            stored, _ = storable(session, memories.redaction_key(connection))
            asking.log_injections(connection, stored, door, now, shown)
