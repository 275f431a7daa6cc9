"""What language models replied to passages of sessions, on disk: kept as soon as it came, since it was paid for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any

from engrep.engine.db import Connection, Database
from engrep.indexers.storable import storable


def open_readings(path: Path) -> Database:
    """Return the kept replies at a path; nothing is opened or created before it is used."""
    return Database(path, (_create,), is_precious=True)


def _create(connection: Connection) -> None:
    connection.execute(resources.files("engrep.engine").joinpath("readings_schema.sql").read_text(encoding="utf-8"))


class Readings:
    """The replies of one project, by key."""

    def __init__(self, database: Database, secrets: bytes, at: str) -> None:
        self._database, self._secrets, self._at = database, secrets, at

    def get(self, key: str) -> str | None:
        """Return a reply that came before."""
        if not self._database.path.exists():
            return None
        with self._database.reading() as connection:
            row = connection.execute("SELECT reply FROM reading WHERE key = ?", (key,)).fetchone()
        return str(row[0]) if row is not None else None

    def put(self, key: str, reply: str) -> None:
        """Keep a reply, text by text without secrets, so that it stays JSON; it is safe on the disk when this returns."""
        clean = json.dumps(_cleaned(json.loads(reply), self._secrets), ensure_ascii=False)
        with self._database.writing() as connection:
            connection.execute("INSERT OR REPLACE INTO reading VALUES (?, ?, ?)", (key, self._at, clean))

    def mark(self, session: str, rereads: int) -> int:
        """Return the number of the last turn of a session that a model has read."""
        if not self._database.path.exists():
            return 0
        with self._database.reading() as connection:
            row = connection.execute(
                "SELECT watermark FROM read WHERE session_id = ? AND rereads = ?", (session, rereads)
            ).fetchone()
        return int(str(row[0])) if row is not None else 0

    def set_mark(self, session: str, rereads: int, turn: int) -> None:
        """Remember how far a model has read a session."""
        with self._database.writing() as connection:
            connection.execute("INSERT OR REPLACE INTO read VALUES (?, ?, ?, ?)", (session, turn, rereads, self._at))


def _cleaned(value: Any, secrets: bytes) -> Any:
    if isinstance(value, str):
        return storable(value, secrets)[0]
    if isinstance(value, list):
        return [_cleaned(each, secrets) for each in value]
    return {name: _cleaned(each, secrets) for name, each in value.items()} if isinstance(value, dict) else value


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _texts(each)


def reading_texts(connection: Connection) -> Iterator[tuple[str, str]]:
    """Yield (place, text) of all that is kept, for a scan for secrets."""
    for (reply,) in connection.execute("SELECT reply FROM reading"):
        try:
            yield from (("reply of a model", text) for text in _texts(json.loads(reply)))
        except ValueError:  # not as we wrote it
            yield "reply of a model", str(reply)
    yield from connection.execute("SELECT 'how far a model read a session', session_id FROM read")
