"""Every text that is kept, with where it is: what a scan for secrets looks through."""

from __future__ import annotations

from collections.abc import Iterator

from engrep.engine.db import Connection
from engrep.engine.details import texts_of

_SHORTEST = 16  # characters of a term that may be a secret
# Of each table: what a row is called, and its texts.
_MEMORY = (
    "SELECT 'memory ' || id, title, body, reason, place, subject, slot FROM memory",
    "SELECT 'anchor of memory ' || m.id, qualified_name, path, signature, was FROM anchor JOIN memory m ON m.row_id = memory_row",
    "SELECT 'evidence of memory ' || m.id, session, turn, quote FROM evidence JOIN memory m ON m.row_id = memory_row",
    "SELECT 'event ' || number || ' of memory ' || memory_id, actor, verb, cause, before, after FROM event",
    "SELECT 'session ' || id, id, project, branch, title, source, state FROM session",
    "SELECT 'turn ' || number || ' of session ' || s.id, tool, path FROM turn JOIN session s ON s.row_id = session_row",
    "SELECT 'what a session was told', session, memory_id FROM injection",
    "SELECT 'how far a session was distilled', session_id FROM distilled",
    "SELECT 'how far a branch went', name FROM branch",
)
_CODE = (
    "SELECT 'path', path FROM file",
    "SELECT 'path', path FROM skipped",
    "SELECT 'problem in ' || b.path, p.detail FROM problem p JOIN blob b ON b.id = p.blob_id",
)
_PAST = (
    "SELECT 'path that a commit touched', text FROM path",
    "SELECT 'words of commits', term FROM message_vocabulary",
)
_TERMS = {
    "words of memories": "SELECT term FROM memory_vocabulary WHERE length(term) >= ?",
    "words of turns": "SELECT term FROM turn_vocabulary WHERE length(term) >= ?",
}


def memory_texts(connection: Connection) -> Iterator[tuple[str, str]]:
    """Yield (place, text) of all that memory.db keeps, but for what was said in turns: `store_archive.turns_of` has that."""
    for query in _MEMORY:
        for place, *texts in connection.execute(query):
            yield from ((place, text) for text in texts if text)
    for place, query in _TERMS.items():
        yield from ((place, term) for (term,) in connection.execute(query, (_SHORTEST,)))


def code_texts(connection: Connection) -> Iterator[tuple[str, str]]:
    """Yield (place, text) of what code.db keeps as text: paths, problems, what symbols are declared as and documented with."""
    for query in _CODE:
        yield from connection.execute(query)
    rows = connection.execute("SELECT b.path, d.details, b.symbols FROM blob b JOIN blob_details d ON d.blob_id = b.id")
    for path, packed, count in rows:
        yield from ((f"symbols of {path}", text) for text in texts_of(packed, count) if text)


def past_texts(connection: Connection) -> Iterator[tuple[str, str]]:
    """Yield (place, text) of what history.db keeps, but for the messages: `store_past.commits_by_row` has those."""
    for query in _PAST:
        yield from connection.execute(query)
