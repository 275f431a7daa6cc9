"""What MiMo Code keeps: sessions, their messages, and the parts of each; read only."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from engrep.engine.db import Connection


class MimoSession(NamedTuple):
    """A session of MiMo Code's."""

    id: str
    directory: str
    title: str
    created: int  # milliseconds
    until: str  # the message from which on the person took everything back, '' for none


class Message(NamedTuple):
    """A message and its parts."""

    id: str
    data: dict[str, Any]
    parts: list[dict[str, Any]]
    digest: str


def mimo_sessions(connection: Connection) -> list[MimoSession]:
    """Return the sessions that a person held, the oldest first; those that the program held with itself are left out."""
    known = _columns(connection, "session")
    if not {"id", "directory"} <= known:
        return []
    parent = "WHERE parent_id IS NULL" if "parent_id" in known else ""
    title, created, revert = (name if name in known else "''" for name in ("title", "time_created", "revert"))
    rows = connection.execute(f"SELECT id, directory, {title}, {created}, {revert} FROM session {parent} ORDER BY 4, 1")
    return [
        MimoSession(
            str(row[0]), str(row[1]), str(row[2] or ""), int(row[3] or 0), str(_object(row[4]).get("messageID", ""))
        )
        for row in rows.fetchall()
    ]


def mimo_projects(connection: Connection) -> list[tuple[str, str]]:
    """Return the ids of projects with the folders that their sessions were held in."""
    if not {"project_id", "directory"} <= _columns(connection, "session"):
        return []
    rows = connection.execute("SELECT DISTINCT project_id, directory FROM session")
    return [(str(row[0]), str(row[1])) for row in rows.fetchall()]


def mimo_messages(connection: Connection, session_id: str, start: int) -> Iterator[Message]:
    """Yield the messages of a session's main agent in order, from the one with this number on, the first being 0."""
    main = "AND agent_id = 'main'" if "agent_id" in _columns(connection, "message") else ""
    rows = connection.execute(
        f"SELECT id, data FROM message WHERE session_id = ? {main} ORDER BY time_created, id LIMIT -1 OFFSET ?",
        (session_id, start),
    )
    for message_id, data in rows:
        texts = [
            row[0]
            for row in connection.execute("SELECT data FROM part WHERE message_id = ? ORDER BY id", (message_id,))
        ]
        digest = hashlib.blake2b(digest_size=16)
        for text in (message_id, data, *texts):
            digest.update(str(text).encode("utf-8", "replace") + b"\0")
        yield Message(str(message_id), _object(data), [_object(text) for text in texts], digest.hexdigest())


def _columns(connection: Connection, table: str) -> set[str]:
    return {str(row[0]) for row in connection.execute("SELECT name FROM pragma_table_info(?)", (table,))}


def _object(text: object) -> dict[str, Any]:
    try:
        value = json.loads(str(text)) if text else {}
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
