"""Read files into the archive: those of lines from where the last import stopped, others whole."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from engrep.engine import histories
from engrep.engine.archive import AnotherImportError, Run, Writer, file_id, finish, notes_of, start
from engrep.engine.errors import UsageError
from engrep.engine.histories import Found, lines, mark_at, peek
from engrep.engine.memory_types import Session, Turn
from engrep.engine.store_archive import Watermark
from engrep.indexers import transcripts_claude as claude
from engrep.indexers import transcripts_plain
from engrep.indexers.transcripts import Head, Notes, fields_of, instant


def import_path(run: Run, path: Path, *, asked: bool) -> None:
    """Take in a file; `asked` when the user named it, so that it is taken whatever folder its session was held in."""
    try:
        if run.is_read(path):
            run.counts["unchanged"] += 1
        elif path.suffix.lower() == ".jsonl":
            _import_lines(run, path, asked=asked)
        else:
            _import_page(run, path, asked=asked)
    except (OSError, UsageError) as error:
        run.problems.append(f"{path}: {error}")


def _import_lines(run: Run, path: Path, *, asked: bool) -> None:
    found = peek(path)
    if found is None:
        _import_conversations(run, path, _conversations_in(path), asked=asked)
    elif found.head.is_side:
        run.left_out["sidechain"] += 1
    elif not asked and not (_is_plain(found) or run.is_ours(found.head.project)):
        run.counts["elsewhere"] += 1
    else:
        _attempt(run, path, found)


def _is_plain(found: Found) -> bool:
    return found.format.program in ("file", "cursor") and not found.head.project


def _attempt(run: Run, path: Path, found: Found) -> None:
    """Read a file, again where another process was first: that one has come further each time, so this ends."""
    while True:
        with contextlib.suppress(AnotherImportError):
            return _read_on(run, path, found)


def _read_on(run: Run, path: Path, found: Found) -> None:
    """Read a file from where the last import stopped, or anew where it was rewritten."""
    status = path.stat()
    session_id = found.head.id or file_id(path)
    known = run.watermark(session_id)
    goes_on = known is not None and known.consumed <= status.st_size and known.mark == mark_at(path, known.consumed)
    begin = known.consumed if known and goes_on else 0
    kept = None
    if found.format.is_tree:
        kept = claude.conversation(_links(path, begin), notes_of(known).leaf if known and goes_on else 0)
        if kept is None:  # the person went back to an earlier message: what followed it was said no more
            goes_on, begin, kept = False, 0, claude.conversation(_links(path, 0))
    session = Session(session_id, found.format.program, found.head.project, "", "", "", "", 0, str(path))
    writer = start(run, session, known, instant(status.st_mtime), goes_on=goes_on)
    consumed = _take_lines(writer, path, found, begin, kept)
    writer.write(Watermark(status.st_size, status.st_mtime_ns, consumed, mark_at(path, consumed)))
    run.counts["bytes"] += consumed - begin
    finish(writer, known, goes_on=goes_on)


def _take_lines(writer: Writer, path: Path, found: Found, begin: int, kept: set[int] | None) -> int:
    """Read the lines of a file from a place on, and return the place that was reached; the last batch is not written."""
    consumed = begin
    for line in lines(path, begin):
        if writer.is_full:
            writer.write(Watermark(0, 0, consumed, mark_at(path, consumed)))
        consumed = line.end
        if line.fields is None:
            writer.notes.left_out[line.reason] += bool(line.reason)
            continue
        writer.learn(found.format.head(line.fields))
        if kept is None or _is_of_conversation(line.fields, kept, writer.notes):
            writer.take(found.format.turns(line.fields, writer.notes))
    return consumed


def _is_of_conversation(fields: dict[str, object], kept: set[int], notes: Notes) -> bool:
    """Tell whether a line of a tree is on the way that was gone, and remember how far that leads."""
    link = claude.link(fields)
    if link is None:
        return True
    if link.own in kept or link.parent == notes.leaf:
        notes.leaf = link.own
    if link.own in kept:
        return True
    notes.left_out["abandoned"] += link.is_leaf
    return False


def _links(path: Path, begin: int) -> Iterator[claude.Link]:
    for line in lines(path, begin):
        if line.fields is not None and (link := claude.link(line.fields)) is not None:
            yield link


def _conversations_in(path: Path) -> Iterator[dict[str, object]]:
    """Yield the conversations of a file that has one a line."""
    for line in lines(path):
        if line.fields is not None and transcripts_plain.is_session(line.fields):
            yield line.fields


def _import_page(run: Run, path: Path, *, asked: bool) -> None:
    text = histories.page(path)
    if path.suffix.lower() != ".json":
        notes = Notes()
        turns = transcripts_plain.markdown_turns(text, notes, is_note=asked)
        if turns or run.watermark(file_id(path)):
            _import_whole(run, path, Head(file_id(path)), turns, text, notes)
        else:
            run.counts["unknown"] += 1
        return
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        run.left_out["unreadable"] += 1
        return
    _import_conversations(run, path, map(fields_of, value if isinstance(value, list) else [value]), asked=asked)


def _import_conversations(run: Run, path: Path, told: Iterable[dict[str, object]], *, asked: bool) -> None:
    """Take in conversations that are each written as one object; a list of turns is one of them."""
    loose: list[dict[str, object]] = []
    taken = 0
    for number, fields in enumerate(told, 1):
        if not transcripts_plain.is_session(fields):
            loose += [fields] * transcripts_plain.is_turn(fields)
            continue
        taken += 1
        head, notes = transcripts_plain.head(fields), Notes()
        if head.project and not asked and not run.is_ours(head.project):
            run.counts["elsewhere"] += 1
            continue
        named = replace(head, id=f"{file_id(path)}-{head.id or number}")
        _import_whole(run, path, named, transcripts_plain.turns(fields, notes), json.dumps(fields), notes)
    if loose:
        notes = Notes()
        turns = [turn for fields in loose for turn in transcripts_plain.turns(fields, notes)]
        _import_whole(run, path, Head(file_id(path)), turns, json.dumps(loose), notes)
    elif not taken:
        run.counts["unknown"] += 1


def _import_whole(run: Run, path: Path, head: Head, turns: list[Turn], text: str, notes: Notes) -> None:
    """Take in a conversation that is read whole, anew when it changed."""
    mark = hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=16).hexdigest()
    known = run.watermark(head.id)
    if known is not None and known.mark == mark:
        run.counts["unchanged"] += 1
        return
    session = Session(head.id, "file", head.project, "", "", "", "", 0, str(path))
    writer = start(run, session, known, instant(path.stat().st_mtime), goes_on=False)
    writer.notes = notes
    writer.learn(head)
    writer.take(turns)
    try:
        writer.write(Watermark(consumed=len(text), mark=mark))
    except AnotherImportError:
        run.counts["unchanged"] += 1
        return
    run.counts["bytes"] += len(text)
    finish(writer, known, goes_on=False)
