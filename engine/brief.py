"""What is put before a model without its asking: when a session begins, when a prompt calls for it, when a file is touched.

All hold memories alone, and all is written down: but for a brief, none tells what its session was told before.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from pathlib import Path

from engrep.engine import pack
from engrep.engine import store_memory as memories
from engrep.engine import store_recall as asking
from engrep.engine.candidates import Candidate
from engrep.engine.db import Connection, Database
from engrep.engine.errors import StateError
from engrep.engine.memory_types import Entry
from engrep.engine.recall_types import Brief, Item
from engrep.engine.sources import Sources
from engrep.engine.standing import LASTING, Standing, holds, in_place

log = logging.getLogger(__name__)

MAX_PUSHED = 3  # memories at one prompt
MOST_FILES = 200  # in play
RECENT = 60  # memories looked through for what was decided lately
BINDING = frozenset({"decision", "constraint", "convention", "business_rule", "gotcha"})  # kinds told of a file
STATUS = ("status", "--porcelain", "-z", "--no-renames", "--untracked-files=normal")
_UUID = frozenset("0123456789abcdef-")
TASKS = 2  # open tasks that are told, the latest first

# Parts of what brings a memory into a brief, so far apart that each outweighs all below it.
W_PINNED, W_TASK, W_RULE, W_FILE, W_FOLDER, W_LATELY = 8.0, 4.0, 3.0, 2.0, 1.0, 0.5


def brief(
    sources: Sources,
    standing: Standing,
    files: Sequence[str],
    session: str,
    budget: int,
    *,
    again: bool = True,
    rules: Sequence[Entry] = (),
) -> Brief:
    """Return pinned rules, the task left open, and what was decided lately or near the files in play, in this order.

    Without `again` what the session was told before is left out. `rules` are those of instruction files that the session's
    own program does not read.
    """
    entries: list[Entry] = []
    for database in (sources.project, sources.user):
        if database.path.exists():
            with database.reading() as connection:
                entries += _eligible(connection, files, standing)
    known = frozenset() if again else told_before(sources, session)
    here = sources.here(entries).values()
    latest = _latest_first(entry for entry in here if not entry.is_withheld and entry.id not in known)
    weighed = [*_weighed(latest, files), *_ruled(rule for rule in rules if rule.id not in known)]
    ranked = sorted(weighed, key=lambda candidate: -candidate.score)
    items, left_out = _packed(ranked, budget, len(ranked))
    claimed(sources, session, "brief", standing.now, items)
    return Brief(tuple(items), sum(item.tokens for item in items), left_out)


def of_file(sources: Sources, standing: Standing, session: str, budget: int) -> Brief:
    """Return the decisions and constraints about the asker's file and what is in it, each once a session."""
    if not sources.project.path.exists():
        return Brief((), 0, 0)
    known = told_before(sources, session)
    with sources.project.reading() as connection:
        rows = asking.rows_about(connection, (), (standing.file,), RECENT)
        entries = memories.entries_by_row(connection, rows).values()
    binding = [entry for entry in entries if entry.kind in BINDING and entry.id not in known and holds(entry, standing)]
    here = [entry for entry in sources.here(binding).values() if not entry.is_withheld and _is_here(entry, standing)]
    found = []
    for entry in _latest_first(entry for entry in here if standing.file in {anchor.path for anchor in entry.anchors}):
        candidate = Candidate("memory", entry)
        candidate.add("asker", W_FILE)
        found.append(candidate)
    items, left_out = _packed(found, budget, MAX_PUSHED)
    told = claimed(sources, session, "file", standing.now, items)
    return Brief(told, sum(item.tokens for item in told), left_out)


def _latest_first(entries: Iterable[Entry]) -> list[Entry]:
    return sorted(entries, key=lambda entry: (entry.valid_from, entry.body), reverse=True)


def _packed(ranked: Sequence[Candidate], budget: int, limit: int) -> tuple[list[Item], int]:
    told = pack.distinct(ranked, lambda candidate: str(candidate.payload.text))
    return pack.pack(told, _shown, budget, limit)


def _shown(candidate: Candidate) -> Item:
    show = pack.instruction_item if candidate.type == "instruction" else pack.memory_item
    return show(candidate.payload, candidate)


def _ruled(rules: Iterable[Entry]) -> list[Candidate]:
    found = [Candidate("instruction", rule) for rule in rules]
    for each in found:
        each.add("instruction", W_RULE)
    return found


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
    from engrep.indexers.walk import git

    return changed_files(git(root, *STATUS), from_file)


def changed_files(status: bytes | None, from_file: str | None = None) -> list[str]:
    """Return the files that git says are changed, the asker's own first."""
    changed = [entry[len("XY ") :] for entry in (status or b"").decode("utf-8", "replace").split("\0") if entry]
    return list(dict.fromkeys([*([from_file] if from_file else []), *changed]))[:MOST_FILES]


def _ledger(sources: Sources) -> Database:
    """Return where it is written down what sessions were told: with the project's memories, where it has any."""
    return sources.project if sources.project.path.exists() else sources.user


def told_before(sources: Sources, session: str) -> frozenset[str]:
    """Return the memories that a session was told."""
    database = _ledger(sources)
    if not database.path.exists():
        return frozenset()
    with database.reading() as connection:
        return asking.injected(connection, _stored(session, memories.known_key(connection)))


def claimed(sources: Sources, session: str, door: str, now: str, items: Sequence[Item]) -> tuple[Item, ...]:
    """Write down what is told and return it; of what another process has just told the session, nothing.

    Without a session, or anything told, there is nothing to write.
    """
    database = _ledger(sources)
    if not session or not items or not database.path.exists():
        return tuple(items)
    try:
        with database.writing() as connection:
            stored = _stored(session, memories.redaction_key(connection))
            new = asking.log_injections(connection, stored, door, now, [(item.id, item.tokens) for item in items])
    except StateError as error:  # others write all the time: better told and not written down than not told
        log.info("what %s was told is not written down: %s", session, error)
        return tuple(items)
    return tuple(item for item in items if item.id in new)


def _stored(session: str, key: bytes) -> str:
    """Return a session's id as it is kept: one of hexadecimal digits, as programs make them, bears no secret."""
    if _UUID.issuperset(session):
        return session
    from engrep.indexers.storable import storable  # what finds secrets takes 5 ms to load

    return storable(session, key)[0]
