"""Look through all that is stored for what the rules take for a secret, and tell where it is, never what it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

from engrep.engine import store_archive, store_history, store_past
from engrep.engine.db import Connection, Database
from engrep.engine.errors import EngrepError
from engrep.engine.store_memory import known_key
from engrep.engine.store_readings import reading_texts
from engrep.engine.store_secrets import code_texts, memory_texts, past_texts
from engrep.indexers.redact import redact

_PAGE = 500  # turns that are unpacked at one time


@dataclass(frozen=True, slots=True)
class Leak:
    """A place that holds secrets."""

    database: str
    place: str  # or why the database could not be looked through, without kinds then
    kinds: dict[str, int]  # kind → how many


def leaks(memories: Iterable[Database], code: Database, past: Database, readings: Database) -> list[Leak]:
    """Return the places in databases of memories (rows, events, words, sessions, turns), of code, past commits and replies."""
    found: list[Leak] = []
    others = ((_in_code, code), (_in_past, past), (_in_readings, readings))
    for look, database in (*((_in_memories, each) for each in memories), *others):
        try:
            found += look(database) if database.path.exists() else []
        except EngrepError as error:
            found.append(Leak(str(database.path), str(error), {}))
    return found


def _in_memories(database: Database) -> list[Leak]:
    with database.reading() as connection:
        return _leaks(
            database, chain(_without_path(memory_texts(connection)), _turns(connection)), known_key(connection)
        )


def _in_code(database: Database) -> list[Leak]:
    with database.reading() as connection:
        return _leaks(database, _without_path(code_texts(connection)), b"")


def _in_past(database: Database) -> list[Leak]:
    with database.reading() as connection:
        texts = chain(_without_path(past_texts(connection)), _messages(connection))
        return _leaks(database, texts, known_key(connection))


def _in_readings(database: Database) -> list[Leak]:
    with database.reading() as connection:
        return _leaks(database, _without_path(reading_texts(connection)), b"")


def _messages(connection: Connection) -> Iterator[tuple[str, str, str]]:
    rows = [node.row for node in store_history.nodes(connection)]
    for start in range(0, len(rows), _PAGE):
        for commit in store_past.commits_by_row(connection, rows[start : start + _PAGE]):
            yield f"commit {commit.id}", commit.message, ""


def _turns(connection: Connection) -> Iterator[tuple[str, str, str]]:
    for session in store_archive.sessions(connection):
        after = 0
        while page := store_archive.turns_of(connection, session.id, after, _PAGE):
            yield from ((f"turn {turn.number} of session {turn.session}", turn.text, turn.path) for turn in page)
            after = page[-1].number


def _without_path(texts: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str, str]]:
    return ((place, text, "") for place, text in texts)


def _leaks(database: Database, texts: Iterable[tuple[str, str, str]], key: bytes) -> list[Leak]:
    """Count by place; each text comes with its place and the path of the file that it is of, '' for none."""
    found: dict[str, Counter[str]] = {}
    for place, text, path in texts:
        kinds = redact(text, key, path).kinds
        if kinds:
            found.setdefault(redact(place, key).text, Counter()).update(kinds)
    return [Leak(str(database.path), place, dict(kinds)) for place, kinds in found.items()]
