"""Read MiMo Code's database into the archive."""

from __future__ import annotations

import contextlib
from pathlib import Path

from engrep.engine.archive import AnotherImportError, Run, Writer, finish, start
from engrep.engine.db import Connection
from engrep.engine.db_foreign import foreign
from engrep.engine.errors import StateError
from engrep.engine.memory_types import Session
from engrep.engine.store_archive import Watermark
from engrep.engine.store_mimo import MimoSession, mimo_messages, mimo_sessions
from engrep.indexers import transcripts_mimo
from engrep.indexers.transcripts import Head, instant


def import_mimo(run: Run, path: Path) -> None:
    """Take in the project's sessions; the database is read only, or a copy of it while it is in use."""
    try:
        with foreign(path) as connection:
            for told in mimo_sessions(connection):
                if run.is_ours(told.directory):
                    _attempt(run, connection, path, told)
                else:
                    run.counts["elsewhere"] += 1
    except StateError as error:
        run.problems.append(str(error))


def _attempt(run: Run, connection: Connection, path: Path, told: MimoSession) -> None:
    """Read a session, again where another process was first: that one has come further each time, so this ends."""
    while True:
        with contextlib.suppress(AnotherImportError):
            return _read_on(run, connection, path, told)


def _read_on(run: Run, connection: Connection, path: Path, told: MimoSession) -> None:
    """Read a session from the message where the last import stopped, or anew where that one is another now."""
    known = run.watermark(told.id)
    goes_on = known is not None and known.mark == _mark_at(connection, told.id, known.consumed)
    session = Session(told.id, "mimo", told.directory, "", "", "", "", 0, str(path))
    writer = start(run, session, known, instant(told.created), goes_on=goes_on)
    writer.learn(Head(title=told.title))
    _take_messages(writer, connection, told, known.consumed if known and goes_on else 0, known.mark if known else "")
    finish(writer, known, goes_on=goes_on)


def _mark_at(connection: Connection, session_id: str, consumed: int) -> str:
    """Return what the last message that was read is like now, '' when it is there no more."""
    if not consumed:
        return ""
    last = next(mimo_messages(connection, session_id, consumed - 1), None)
    return last.digest if last else ""


def _take_messages(writer: Writer, connection: Connection, told: MimoSession, begin: int, mark: str) -> None:
    consumed = begin
    for message in mimo_messages(connection, told.id, begin):
        if message.id == told.until or not transcripts_mimo.is_finished(message.data):
            break
        writer.take(transcripts_mimo.turns(message.data, message.parts, writer.notes))
        consumed, mark = consumed + 1, message.digest
        if writer.is_full:
            writer.write(Watermark(consumed=consumed, mark=mark))
    if consumed > begin or writer.afresh:
        writer.write(Watermark(consumed=consumed, mark=mark if consumed else ""))
