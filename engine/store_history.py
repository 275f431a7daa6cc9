"""Past commits on disk: written by index runs, shared by all work trees, dropped when no branch leads to them any more.

What recall and search ask of them is in store_past.py.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from engrep.engine.db import Connection, Database, only_row
from engrep.engine.packed import deflate, inflate, squeeze
from engrep.indexers.text import terms

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from engrep.indexers.commits import Commit

PACK = 32 * 1024  # bytes of messages that are packed together, as turns are (see store_archive.py)
NUMBER = 8  # bytes of a commit's id that stand for it


class Node(NamedTuple):
    """A commit's place in the history."""

    row: int
    number: int
    parents: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Seen:
    """The commits that one commit has behind it: the rows up to one, but for some."""

    last: int
    hidden: frozenset[int]

    def those(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return of some rows those that are seen."""
        import numpy as np

        kept: NDArray[np.int64] = rows[rows <= self.last]
        return kept[~np.isin(kept, np.fromiter(self.hidden, np.int64))] if self.hidden else kept

    def __contains__(self, row: int) -> bool:
        return row <= self.last and row not in self.hidden


def _create(connection: Connection) -> None:
    connection.execute(resources.files("engrep.engine").joinpath("history_schema.sql").read_text(encoding="utf-8"))


def open_history(path: Path) -> Database:
    """Return the past commits at a path; nothing is opened or created before it is used."""
    return Database(path, (_create,))


def number_of(commit_id: str) -> int:
    """Return the number that stands for a commit: the first eight bytes of its id."""
    return int.from_bytes(bytes.fromhex(commit_id)[:NUMBER], "big", signed=True)


def made_with(connection: Connection) -> str:
    """Return what the reading of the commits that are there depended on, '' where there are none."""
    row = connection.execute("SELECT value FROM meta WHERE key = 'made_with'").fetchone()
    return str(row[0]) if row else ""


def is_known(connection: Connection, number: int) -> bool:
    """Tell whether a commit was read."""
    return connection.execute("SELECT 1 FROM git_commit WHERE number = ?", (number,)).fetchone() is not None


def count(connection: Connection) -> int:
    """Return how many commits are there."""
    return int(only_row(connection, "SELECT count(*) FROM git_commit")[0])


def begin(connection: Connection, made: str) -> None:
    """Empty the tables, and note what the next reading depends on."""
    connection.execute("INSERT INTO message_fts (message_fts) VALUES ('delete-all')")
    for table in ("meta", "git_commit", "path", "renamed", "touch", "message_pack", "view"):
        connection.execute(f"DELETE FROM {table}")
    connection.execute("INSERT INTO meta (key, value) VALUES ('made_with', ?)", (made,))


def nodes(connection: Connection) -> list[Node]:
    """Return all commits with their parents, whether these are there or not."""
    rows = connection.execute("SELECT row_id, number, parents FROM git_commit")
    return [Node(int(str(row[0])), int(str(row[1])), tuple(_numbers(row[2]))) for row in rows]


def _numbers(packed: object) -> Iterator[int]:
    data = packed if isinstance(packed, bytes) else b""
    for at in range(0, len(data), NUMBER):
        yield int.from_bytes(data[at : at + NUMBER], "big", signed=True)


def ids_of(connection: Connection, rows: Collection[int]) -> list[str]:
    """Return the ids of commits, the last row first."""
    found = connection.execute(
        "SELECT id FROM git_commit WHERE row_id IN (SELECT value FROM json_each(?)) ORDER BY row_id DESC",
        (json.dumps(list(rows)),),
    )
    return [row[0].hex() for row in found]


def heads(connection: Connection) -> dict[int, str]:
    """Return the commits that work trees were at, by number: their ids."""
    rows = connection.execute("SELECT v.head, c.id FROM view v JOIN git_commit c ON c.number = v.head")
    return {row[0]: row[1].hex() for row in rows}


class Writer:
    """Writes commits in the transaction that is open; `redacted` takes the secrets out of a text."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._paths: dict[str, int] = {}
        self._is_first = count(connection) == 0
        self._held: list[Commit] = []
        self._size = 0
        self.added: list[Node] = []

    def add(self, commit: Commit) -> None:
        """Write a commit that is not there yet, with others that fill a pack."""
        if not self._is_first and is_known(self._connection, number_of(commit.id)):
            return
        self._held.append(commit)
        self._size += len(commit.message)
        if self._size > PACK or len(self._held) > PACK // 16:
            self.flush()

    def flush(self) -> None:
        """Write what is held."""
        texts = [commit.message.encode("utf-8", "replace") for commit in self._held]
        packed = squeeze(b"".join(texts))
        pack_row = only_row(
            self._connection, "INSERT INTO message_pack (texts) VALUES (?) RETURNING row_id", (packed,)
        )[0]
        start = 0
        for commit, text in zip(self._held, texts, strict=True):
            self._write(commit, (pack_row, start, len(text)))
            start += len(text)
        self._held, self._size = [], 0

    def _write(self, commit: Commit, place: tuple[int, int, int]) -> None:
        words = terms(commit.message)
        rows = array("I", [self._path(path) for path in commit.paths])
        identity = bytes.fromhex(commit.id)
        parents = b"".join(bytes.fromhex(parent)[:NUMBER] for parent in commit.parents)
        added = self._connection.execute(
            "INSERT OR IGNORE INTO git_commit (number, id, parents, at, touched, paths, words, pack_row, start, length) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING row_id",
            (number_of(commit.id), identity, parents, commit.at, commit.touched, rows.tobytes(), len(words), *place),
        ).fetchone()
        if added is None:
            return
        row = int(added[0])
        self.added.append(Node(row, number_of(commit.id), tuple(_numbers(parents))))
        self._connection.executemany(
            "INSERT OR IGNORE INTO touch (path_row, commit_row) VALUES (?, ?)", [(path, row) for path in rows]
        )
        self._connection.executemany(
            "INSERT OR IGNORE INTO renamed (old_row, commit_row, new_row) VALUES (?, ?, ?)",
            [(self._path(old), row, self._path(new)) for old, new in commit.renamed],
        )
        if words:
            distinct = " ".join(dict.fromkeys(words))
            self._connection.execute("INSERT INTO message_fts (rowid, text) VALUES (?, ?)", (row, distinct))

    def _path(self, text: str) -> int:
        row = self._paths.get(text)
        if row is None:
            sql = "INSERT INTO path (text) VALUES (?) ON CONFLICT (text) DO UPDATE SET text = text RETURNING row_id"
            row = self._paths[text] = int(only_row(self._connection, sql, (text,))[0])
        return row


def finish(connection: Connection) -> None:
    """Note for who keeps something of it in memory that it is another one now."""
    connection.execute(
        "INSERT INTO meta (key, value) VALUES ('read', 1) ON CONFLICT (key) DO UPDATE SET value = value + 1"
    )


def merge_words(connection: Connection) -> None:
    """Merge the segments of the full-text table after many commits."""
    connection.execute("INSERT INTO message_fts (message_fts) VALUES ('optimize')")


def drop(connection: Connection, rows: Iterable[int]) -> None:
    """Drop commits, and the views that told them from others."""
    wanted = json.dumps(list(rows))
    gone = "IN (SELECT value FROM json_each(?))"
    connection.execute(f"DELETE FROM message_fts WHERE rowid {gone}", (wanted,))
    connection.execute(f"DELETE FROM touch WHERE commit_row {gone}", (wanted,))
    connection.execute(f"DELETE FROM renamed WHERE commit_row {gone}", (wanted,))
    packs = connection.execute(f"SELECT DISTINCT pack_row FROM git_commit WHERE row_id {gone}", (wanted,)).fetchall()
    connection.execute(f"DELETE FROM git_commit WHERE row_id {gone}", (wanted,))
    for (pack_row,) in packs:
        _pack_anew(connection, int(str(pack_row)))
    connection.execute("DELETE FROM view")


def _pack_anew(connection: Connection, pack_row: int) -> None:
    """Leave no message in a pack but those of commits that are still there."""
    (packed,) = only_row(connection, "SELECT texts FROM message_pack WHERE row_id = ?", (pack_row,))
    rows = connection.execute(
        "SELECT row_id, start, length FROM git_commit WHERE pack_row = ? ORDER BY start", (pack_row,)
    ).fetchall()
    if not rows:
        connection.execute("DELETE FROM message_pack WHERE row_id = ?", (pack_row,))
        return
    texts, kept, start = inflate(packed), b"", 0
    for row, at, length in ((int(str(each)) for each in row) for row in rows):
        kept += texts[at : at + length]
        connection.execute("UPDATE git_commit SET start = ? WHERE row_id = ?", (start, row))
        start += length
    connection.execute("UPDATE message_pack SET texts = ? WHERE row_id = ?", (squeeze(kept), pack_row))


def oldest_beyond(connection: Connection, most: int, most_bytes: int) -> list[int]:
    """Return the oldest commits that would have to go so that no more are left, nor more bytes of messages."""
    rows = connection.execute(
        "SELECT row_id FROM (SELECT row_id, row_number() OVER newest AS place, sum(length) OVER newest AS bytes "
        "FROM git_commit WINDOW newest AS (ORDER BY at DESC, row_id)) WHERE place > ? OR bytes > ?",
        (most, most_bytes),
    )
    return [int(str(row[0])) for row in rows]


def keep_view(connection: Connection, head: int, hidden: Iterable[int], most: int) -> None:
    """Keep which commits are not among the ancestors of one; the views that were kept the longest go."""
    connection.execute(
        "INSERT OR REPLACE INTO view (head, last_row, hidden) SELECT ?, coalesce(max(row_id), 0), ? FROM git_commit",
        (head, deflate(array("I", sorted(hidden)).tobytes())),
    )
    connection.execute(
        "DELETE FROM view WHERE head NOT IN (SELECT head FROM view ORDER BY last_row DESC, head = ? DESC LIMIT ?)",
        (head, most),
    )


def view_of(connection: Connection, head: int) -> Seen | None:
    """Return what a commit has behind it, None where no view of it was kept."""
    row = connection.execute("SELECT last_row, hidden FROM view WHERE head = ?", (head,)).fetchone()
    return None if row is None else Seen(int(row[0]), frozenset(array("I", inflate(row[1]))))


def views(connection: Connection) -> int:
    """Return how often commits were written or dropped, for who keeps something of them in memory."""
    row = connection.execute("SELECT value FROM meta WHERE key = 'read'").fetchone()
    return int(row[0]) if row else 0
