"""Why a place in the code is as it is: what is remembered of it, and the commits that its lines come from.

Git itself says which commit each line that stands there now was written in (`git blame`), so that the answer is of the
code as it is checked out; what it says of the lines is asked for when it is wanted, and nothing of it is kept.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from engrep.engine import pack, recall_commits, store_recall
from engrep.engine import store_memory as memories
from engrep.engine import store_past as asking
from engrep.engine.anchors import anchor_if_any
from engrep.engine.candidates import Candidate
from engrep.engine.db import Connection
from engrep.engine.disambiguate import suggestions
from engrep.engine.errors import NotFoundError
from engrep.engine.git_history import IGNORED, PATIENCE, PLAIN
from engrep.engine.identity import asker_at
from engrep.engine.past import names_of
from engrep.engine.recall_types import Item, Recall
from engrep.engine.sources import Sources
from engrep.engine.standing import Standing, holds
from engrep.engine.store_history import Seen
from engrep.engine.store_past import Past
from engrep.engine.store_search import symbols_named
from engrep.indexers.commits import clean
from engrep.indexers.question import weights
from engrep.indexers.redact import redact
from engrep.indexers.text import fold
from engrep.indexers.walk import git_output, start_git

W_ABOUT = 2.0  # a memory about the very place says it best
W_LINES = 1.0  # of the share of its lines that a commit wrote
W_SAYS = 0.5  # the commit says the symbol's name
W_TOUCHED = 0.1  # it touched the file, where git does not say who wrote its lines
_LATER = 200  # commits of the file, the newest, that are looked through for the name

_GROUP = re.compile(rb"([0-9a-f]{40}(?:[0-9a-f]{24})?) \d+ \d+ (\d+)")


@dataclass(slots=True)
class Written:
    """How many lines of a place a commit wrote, and what git says of it beside them."""

    lines: int = 0
    at: int = 0
    summary: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """A symbol, a file or a module, and its lines where it is one symbol."""

    name: str
    path: str  # '' for a module that is a dotted name
    start_line: int = 0  # 0 for all of the file
    end_line: int = 0
    symbol: str = ""  # its own name


def place_of(connection: Connection, root: Path, spelling: str, from_file: str | None) -> Place:
    """Return the one place that a spelling means.

    Raises:
        NotFoundError: it means nothing that is indexed; `near` holds what is spelled like it.
        UsageError: it means several symbols alike.

    """
    anchor = anchor_if_any(connection, root, spelling, asker_at(connection, from_file))
    if anchor is None:
        last = re.split(r"[./:]+", spelling.strip())[-1]
        raise NotFoundError(f"no symbol, file or module {spelling} in the index", suggestions(connection, last))
    if anchor.kind != "symbol":
        return Place(anchor.qualified_name, anchor.path)
    own = anchor.qualified_name.rpartition(".")[2]
    for row in symbols_named(connection, fold(own), 4000):
        if (row.qualified_name, row.path) == (anchor.qualified_name, anchor.path):
            return Place(row.qualified_name, row.path, row.start_line, row.end_line, own)
    return Place(anchor.qualified_name, anchor.path, symbol=own)


def why(place: Place, root: Path, sources: Sources, standing: Standing, limit: int, budget: int) -> Recall:
    """Return what is remembered of a place and which commits made it what it is, best first."""
    started = time.perf_counter()
    told = [each for each in _memories(place, sources, standing) if not each.payload.is_withheld]
    every = [*told, *_commits(place, _written(root, place), sources)]
    ranked = sorted(every, key=lambda each: -round(each.score, 6))
    items, left_out = pack.pack(ranked, _shown, budget, limit)
    ms = round((time.perf_counter() - started) * 1000, 2)
    return Recall(place.name, tuple(items), sum(item.tokens for item in items), 0, None, left_out, ms)


def _memories(place: Place, sources: Sources, standing: Standing) -> list[Candidate]:
    """Return the memories that are tied to the place, the latest first."""
    found = []
    for database in (sources.project, sources.user):
        if database.path.exists():
            with database.reading() as connection:
                paths = [] if place.symbol else [place.path]
                rows = store_recall.rows_about(connection, [place.name], paths, _LATER)
                found += [each for each in memories.entries_by_row(connection, rows).values() if holds(each, standing)]
    seen = sources.here(found)
    candidates = [Candidate("memory", seen[each.id]) for each in found if each.id in seen]
    for each in candidates:
        each.add("about", W_ABOUT)
    return sorted(candidates, key=lambda each: each.payload.valid_from, reverse=True)


def _commits(place: Place, written: Mapping[str, Written], sources: Sources) -> list[Candidate]:
    """Return the commits that the lines come from and those that name the symbol, the newest of equal ones first."""
    named = frozenset(weights(place.symbol))

    def look(connection: Connection, seen: Seen) -> list[Candidate]:
        wrote = asking.rows_by_id(connection, written).values()
        touched = (row for row in asking.touching(connection, names_of(connection, seen, place.path)) if row in seen)
        late = list(islice(touched, _LATER))
        past = asking.commits_by_row(connection, dict.fromkeys([*wrote, *late]))
        found = [_weighed(each, written, named, {*late} if not written else set()) for each in past]
        return [each for each in found if each.score > 0]

    found = sources.ask_past(look) or []
    known = {each.payload.id for each in found}
    unread = [_unread(commit, of) for commit, of in written.items() if commit not in known and of.summary]
    found += [_weighed(each, written, named, set()) for each in unread]
    return sorted(found, key=lambda each: (-each.payload.at, each.payload.id))


def _weighed(commit: Past, written: Mapping[str, Written], named: frozenset[str], touched: set[int]) -> Candidate:
    candidate = Candidate("commit", commit)
    total = sum(each.lines for each in written.values())
    if commit.id in written:
        candidate.add("lines", W_LINES * written[commit.id].lines / total)
    if named:
        candidate.add("says", W_SAYS * (named <= weights(commit.message).keys()))
    candidate.add("touched", W_TOUCHED * (commit.row in touched))
    return candidate


def _unread(commit: str, of: Written) -> Past:
    """Return a commit that is older than those that are kept, or was not read yet, as far as git tells it here."""
    return Past(0, commit, of.at, redact(clean(of.summary)).text, (), 0)


def _written(root: Path, place: Place) -> dict[str, Written]:
    """Return the commits that the lines of a place come from; nothing where git does not say it in time."""
    if not place.path:
        return {}
    lines = ("-L", f"{place.start_line},{place.end_line}") if place.start_line else ()
    mute = ("--ignore-revs-file", IGNORED) if (root / IGNORED).is_file() else ()
    asked = start_git(root, *PLAIN, "blame", "--incremental", "-w", *lines, *mute, "--", place.path)
    told = git_output(asked, PATIENCE)
    return {} if told is None else _groups(told)


def _groups(told: bytes) -> dict[str, Written]:
    """Read what `git blame --incremental` prints: a line that opens each group, and what is known of a commit once."""
    found: dict[str, Written] = {}
    current = Written()
    for line in told.split(b"\n"):
        opening = _GROUP.fullmatch(line)
        if opening:
            current = found.setdefault(opening[1].decode(), Written())
            current.lines += int(opening[2])
        elif line.startswith(b"committer-time "):
            current.at = int(line.split()[1])
        elif line.startswith(b"summary "):
            current.summary = line.removeprefix(b"summary ").decode("utf-8", "replace")
    return {commit: of for commit, of in found.items() if commit.strip("0")}  # noughts: not committed yet


def _shown(candidate: Candidate) -> Item:
    if candidate.type == "memory":
        return pack.memory_item(candidate.payload, candidate)
    said = recall_commits.said(candidate.payload, ())
    return pack.commit_item(candidate.payload, said, recall_commits.time_of(candidate.payload), candidate)
