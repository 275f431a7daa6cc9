"""Bring the past commits up to date with git after an index run: only new ones are read, and what no branch leads to goes.

One `git log --name-status` tells messages and files of all of them as a stream (31,881 commits of django: 1.1 s of its CPU). A file that moved
unchanged is told by its content's id alone, so that no file is read, and in a partial clone nothing is fetched.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import subprocess
from collections.abc import Collection, Iterator
from dataclasses import replace
from pathlib import Path

from engrep.engine import store_history as store
from engrep.engine.branches import common_folder
from engrep.engine.db import Connection, DamagedError, Database
from engrep.engine.places import make_folder
from engrep.engine.store_memory import redaction_key
from engrep.indexers.commits import FORMAT, Commit, commits, shortened
from engrep.indexers.redact import redact
from engrep.indexers.walk import git_output, is_ignored_root, start_git

log = logging.getLogger(__name__)

VERSION = 1  # raise it when what is kept of a commit changes
MOST_COMMITS = 50_000  # the newest
MOST_BYTES = 32 * 1024 * 1024  # of their messages
VIEWS = 32  # work trees, and commits they were at, of which is kept what they see
IGNORED = ".git-blame-ignore-revs"  # the commits that a project itself says explain nothing
_SPARE = 1000  # commits more than that, before the oldest go
_TIPS = 48  # ends of branches that git is asked for whether anything still leads to them
PATIENCE = 15.0  # seconds for an answer of git that can be done without
_CHUNK = 1 << 16
_WAIT_SECONDS = 60.0
# What a person set must not change what is printed, nor start a program; a partial clone must not fetch.
PLAIN = tuple(
    part
    for setting in (
        "log.showSignature=false", "log.diffMerges=off", "log.mailmap=false", "i18n.logOutputEncoding=UTF-8",
        "core.commentChar=#", "diff.renameLimit=2000", "protocol.allow=never",
    )
    for part in ("-c", setting)
)  # fmt: skip
_LOG = ("log", "-z", "--name-status", "--no-color", "--no-decorate", "-M100%", "--relative", f"--format={FORMAT}")


class _UntoldError(Exception):
    """Git could not tell all that it was asked for, so that nothing of it is kept."""


def catch_up(database: Database, root: Path, head: str | None) -> None:
    """Read the commits that lead to `head` and are not known yet; do nothing where there is no repository or no commit.

    Raises:
        StateError: the database cannot be written.

    """
    if not head or is_ignored_root(root):
        return
    make_folder(database.path)
    with contextlib.suppress(_UntoldError):
        try:
            _catch_up(database, root, head)
        except DamagedError:
            aside = database.set_aside()
            log.warning("%s was damaged and is read anew; the old one is %s", database.path, aside or "gone already")
            _catch_up(database, root, head)


def _catch_up(database: Database, root: Path, head: str) -> None:
    made, number = _made_with(root), store.number_of(head)
    with database.reading() as connection:
        if store.made_with(connection) == made and store.view_of(connection, number) is not None:
            return
    with database.writing(wait_seconds=_WAIT_SECONDS) as connection:
        if store.made_with(connection) != made:
            store.begin(connection, made)
        known = store.heads(connection)
        added = [] if store.is_known(connection, number) else _read(connection, root, head, known.values())
        followed = _followed(added, known)
        if followed is None or store.count(connection) > MOST_COMMITS + _SPARE:
            _tidy(connection, root, number, grown=len(added))
        else:
            before = store.view_of(connection, followed)
            own = {node.row for node in added}
            others = range((before.last if before else 0) + 1, max(own) + 1)
            store.keep_view(connection, number, {*(before.hidden if before else ()), *others} - own, VIEWS)
        store.finish(connection)


def _followed(added: Collection[store.Node], known: Collection[int]) -> int | None:
    """Return the commit of an earlier run that all new ones follow, None where there is none or more than that one."""
    numbers = {node.number for node in added}
    before = {parent for node in added for parent in node.parents if parent not in numbers}
    return before.pop() if len(before) == 1 and before <= set(known) else None


def _tidy(connection: Connection, root: Path, head: int, *, grown: int) -> None:
    """Drop what no branch leads to, and the oldest where there are too many; keep what the commit has behind it."""
    found = store.nodes(connection)
    gone = _unreachable(root, connection, found, head)
    gone |= set(store.oldest_beyond(connection, MOST_COMMITS, MOST_BYTES))
    if gone:
        store.drop(connection, gone)
        found = [node for node in found if node.row not in gone]
    if 2 * grown > len(found):
        store.merge_words(connection)
    seen = ancestors(found, [head])
    store.keep_view(connection, head, [node.row for node in found if node.row not in seen], VIEWS)


def _made_with(root: Path) -> str:
    """Name what the reading of all commits depends on besides themselves."""
    parts: list[object] = [VERSION, MOST_COMMITS, _shallow(root)]
    try:
        parts.append((root / IGNORED).read_bytes())
    except OSError:
        parts.append(b"")
    return hashlib.blake2b(repr(parts).encode(), digest_size=16).hexdigest()


def _shallow(root: Path) -> bytes:
    """Return the ids of the commits whose parents a shallow clone leaves out."""
    folder = common_folder(root)
    try:
        return (folder / "shallow").read_bytes() if folder else b""
    except OSError:
        return b""


def _ignored(root: Path) -> frozenset[str]:
    try:
        lines = (root / IGNORED).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return frozenset()
    return frozenset(line.split("#", 1)[0].strip().lower() for line in lines)


def _read(connection: Connection, root: Path, head: str, known: Collection[str]) -> list[store.Node]:
    """Read what is new and return it; raises _UntoldError where git cannot tell all of it."""
    but = [f"^{each}" for each in known]
    process = start_git(root, *PLAIN, *_LOG, f"--max-count={MOST_COMMITS}", "--ignore-missing", head, *but, "--")
    if process is None:
        raise _UntoldError
    with process:
        try:
            added = _write(connection, root, process)
        except BaseException:
            process.kill()
            raise
    if process.returncode:
        log.info("git does not tell the commits of %s", root)
        raise _UntoldError
    return added


def _write(connection: Connection, root: Path, process: subprocess.Popen[bytes]) -> list[store.Node]:
    writer, key = store.Writer(connection), redaction_key(connection)
    mute, cut = _ignored(root), frozenset(_shallow(root).decode("ascii", "replace").split())
    size = 0
    for commit in commits(_chunks(process)):
        told = _told(commit, mute, cut)
        message = shortened(redact(told.message, key).text) if told.message else ""
        size += len(message)
        writer.add(replace(told, message=message if size <= MOST_BYTES else ""))  # it still tells what came before it
    writer.flush()
    return writer.added


def _told(commit: Commit, mute: Collection[str], cut: Collection[str]) -> Commit:
    """Leave out what says nothing: a message that the project itself discounts, and the whole tree at the edge of a clone."""
    if commit.id in mute:
        return replace(commit, message="", paths=(), renamed=())
    return replace(commit, paths=(), renamed=(), touched=0) if commit.id in cut else commit


def _chunks(process: subprocess.Popen[bytes]) -> Iterator[bytes]:
    stream = process.stdout
    while stream is not None and (chunk := stream.read(_CHUNK)):
        yield chunk


def _tips(found: Collection[store.Node]) -> list[int]:
    """Return the rows of the commits that no other one follows, the last that were read first."""
    parents = {parent for node in found for parent in node.parents}
    return sorted((node.row for node in found if node.number not in parents), reverse=True)[:_TIPS]


def ancestors(found: Collection[store.Node], heads: Collection[int]) -> set[int]:
    """Return the rows of some commits, by number, and of all that came before them."""
    by_number = {node.number: node for node in found}
    pending = [number for number in heads if number in by_number]
    seen = {by_number[number].row for number in pending}
    while pending:
        for parent in by_number[pending.pop()].parents:
            node = by_number.get(parent)
            if node is not None and node.row not in seen:
                seen.add(node.row)
                pending.append(parent)
    return seen


def _unreachable(root: Path, connection: Connection, found: Collection[store.Node], head: int) -> set[int]:
    """Return the rows of commits that neither a branch, a tag nor a work tree leads to: the history was rewritten."""
    numbers = {node.row: node.number for node in found}
    rows = [row for row in _tips(found) if numbers[row] != head]
    if not rows:
        return set()
    tips, ids = [numbers[row] for row in rows], store.ids_of(connection, rows)
    present, lost = _listed(root, "--no-walk", *ids), _listed(root, *ids, "--not", "--all")
    if present is None or lost is None:
        return set()
    gone = {number for number in tips if number not in present or number in lost}
    return ancestors(found, gone) - ancestors(found, [head, *(number for number in tips if number not in gone)])


def _listed(root: Path, *arguments: str) -> frozenset[int] | None:
    """Return the commits that git lists, None where it does not in time; those that it does not have it leaves out."""
    told = git_output(start_git(root, *PLAIN, "rev-list", "--ignore-missing", *arguments), PATIENCE)
    return None if told is None else frozenset(map(store.number_of, told.decode("ascii", "replace").split()))
