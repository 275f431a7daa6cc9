"""What recall reads of the memories beyond their rows, and the ledger of what was put before a model unasked."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence

from engrep.engine.db import Connection

NAMING = ("title", "about")  # the columns that say what a memory is called and what it is about


def frequencies(connection: Connection, terms: Iterable[str]) -> dict[str, dict[str, int]]:
    """Return term → column → how many memories hold it there; terms that none holds are left out."""
    rows = connection.execute(
        "SELECT v.term, v.col, v.doc FROM json_each(?) AS wanted JOIN memory_vocabulary v ON v.term = wanted.value",
        (json.dumps(list(terms)),),
    )
    found: dict[str, dict[str, int]] = {}
    for term, column, count in rows:
        found.setdefault(term, {})[column] = count
    return found


def names_beginning(connection: Connection, beginning: str, limit: int) -> list[str]:
    """Return the terms of names that begin so, in their order."""
    rows = connection.execute(
        "SELECT DISTINCT term FROM memory_vocabulary WHERE term >= ? AND term < ? AND col IN ('title', 'about') LIMIT ?",
        (beginning, beginning + "\U0010ffff", limit),
    )
    return [row[0] for row in rows]


def best_rows(connection: Connection, terms: Collection[str], limit: int) -> list[int]:
    """Return the rows of the memories that hold any of the terms, the best by SQLite's bm25 first; titles count most."""
    if not terms:
        return []
    query = " OR ".join('"' + term.replace('"', '""') + '"' for term in sorted(terms))
    rows = connection.execute(
        "SELECT rowid FROM memory_fts WHERE memory_fts MATCH ? AND rank MATCH 'bm25(3.0, 1.0, 2.0)' ORDER BY rank, rowid LIMIT ?",
        (query, limit),
    )
    return [row[0] for row in rows]


def rows_about(connection: Connection, names: Collection[str], paths: Collection[str], limit: int) -> list[int]:
    """Return the rows of the memories that are anchored to one of these qualified names or paths."""
    rows = connection.execute(
        "SELECT DISTINCT a.memory_row FROM json_each(?) AS wanted JOIN anchor a ON a.qualified_name = wanted.value "
        "UNION SELECT DISTINCT a.memory_row FROM json_each(?) AS wanted JOIN anchor a ON a.path = wanted.value "
        "ORDER BY 1 DESC LIMIT ?",
        (json.dumps(sorted(names)), json.dumps(sorted(paths)), limit),
    )
    return [row[0] for row in rows]


def rows_of(connection: Connection, memory_ids: Collection[str]) -> list[int]:
    """Return the rows of memories by their ids."""
    rows = connection.execute(
        "SELECT m.row_id FROM json_each(?) AS wanted JOIN memory m ON m.id = wanted.value ORDER BY wanted.key",
        (json.dumps(list(memory_ids)),),
    )
    return [row[0] for row in rows]


def last_row(connection: Connection) -> int:
    """Return about how many memories there are, without counting them."""
    return int(connection.execute("SELECT max(row_id) FROM memory").get or 0)


def injected(connection: Connection, session: str) -> frozenset[str]:
    """Return what was put before the model in a session already."""
    rows = connection.execute("SELECT memory_id FROM injection WHERE session = ?", (session,))
    return frozenset(row[0] for row in rows)


def log_injections(
    connection: Connection, session: str, door: str, at: str, shown: Sequence[tuple[str, int]]
) -> frozenset[str]:
    """Write down which memories, with how many tokens, were put before the model; return those that were not there yet."""
    new: set[str] = set()
    for memory_id, tokens in shown:
        written = connection.execute(
            "INSERT OR IGNORE INTO injection (session, memory_id, at, door, tokens) VALUES (?, ?, ?, ?, ?) "
            "RETURNING memory_id",
            (session, memory_id, at, door, tokens),
        )
        new.update(row[0] for row in written)
    return frozenset(new)


def not_known_used(connection: Connection, session: str) -> dict[str, str]:
    """Return the memories that a session was told and that it is not known to have used: id → when it was told."""
    return dict(
        connection.execute("SELECT memory_id, at FROM injection WHERE session = ? AND used IS NOT 1", (session,))
    )


def bodies(connection: Connection, memory_ids: Sequence[str]) -> dict[str, str]:
    """Return what memories say, by their ids."""
    rows = connection.execute(
        "SELECT m.id, m.body FROM json_each(?) AS wanted JOIN memory m ON m.id = wanted.value",
        (json.dumps(list(memory_ids)),),
    )
    return dict(rows)


def set_used(connection: Connection, session: str, used: Mapping[str, bool]) -> frozenset[str]:
    """Write down which memories a session used, and return those that nobody had written down before."""
    new: set[str] = set()
    for memory_id, is_used in used.items():
        written = connection.execute(
            "UPDATE injection SET used = ? WHERE session = ? AND memory_id = ? AND used IS NOT 1 RETURNING memory_id",
            (int(is_used), session, memory_id),
        )
        new.update(row[0] for row in written if is_used)
    return frozenset(new)


def count_uses(connection: Connection, at: Mapping[str, str]) -> None:
    """Count one use more of memories, given when each was told; ids that are not here are passed over."""
    connection.executemany(
        "UPDATE memory SET uses = uses + 1, used_at = max(coalesce(used_at, ''), ?) WHERE id = ?",
        [(when, memory_id) for memory_id, when in at.items()],
    )


def turn_frequencies(connection: Connection, terms: Iterable[str]) -> dict[str, int]:
    """Count the turns that hold each term; terms that none holds are left out."""
    rows = connection.execute(
        "SELECT v.term, v.doc FROM json_each(?) AS wanted JOIN turn_vocabulary v ON v.term = wanted.value",
        (json.dumps(list(terms)),),
    )
    return dict(rows)


def sessions_by_id(connection: Connection, ids: Collection[str]) -> dict[str, tuple[str, str, str]]:
    """Return the title, the project and the branch of sessions."""
    rows = connection.execute(
        "SELECT s.id, s.title, s.project, s.branch FROM json_each(?) AS wanted JOIN session s ON s.id = wanted.value",
        (json.dumps(sorted(ids)),),
    )
    return {row[0]: (row[1], row[2], row[3]) for row in rows}


def latest_rows(connection: Connection, limit: int) -> list[int]:
    """Return the rows of the memories that came last, of those that hold."""
    rows = connection.execute(
        "SELECT row_id FROM memory WHERE status = 'active' ORDER BY row_id DESC LIMIT ?", (limit,)
    )
    return [row[0] for row in rows]
